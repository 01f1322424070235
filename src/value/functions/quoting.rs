//! Quoting for a vendor's filter syntax, so that a value can't end the quotes and change the filter.

use super::declaration::{Apply, Argument, Checked, Function, Misuse, internal, no_args};
use crate::value::{Fault, FaultCode, Kind, Type, Value};

fn quoted(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    no_args(args)?;
    match input.kind {
        Kind::List(_) | Kind::Json | Kind::Schedule | Kind::Nothing => Err(Misuse::Input("a single value".to_owned())),
        _ => Ok(Type { kind: Kind::Text, optional: input.optional }),
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "json_quoted",
        signature: "json_quoted",
        types: "T → text",
        help: "Puts a value in double quotes with JSON's escapes, as SCIM filters need it.",
        fails: false,
        examples: &[("\"O\\\"Brien\"", "json_quoted", "\"\\\"O\\\\\\\"Brien\\\"\""), ("57", "json_quoted", "\"\\\"57\\\"\"")],
        result: quoted,
        bind: |_| on_any(|text| Ok(serde_json::Value::from(text).to_string())),
    },
    Function {
        name: "doubled_quoted",
        signature: "doubled_quoted",
        types: "T → text",
        help: "Puts a value in single quotes and doubles each single quote in it, as OData and SQL filters need it.",
        fails: false,
        examples: &[("\"O'Brien\"", "doubled_quoted", "\"'O''Brien'\"")],
        result: quoted,
        bind: |_| on_any(|text| Ok(format!("'{}'", text.replace('\'', "''")))),
    },
    Function {
        name: "soql_quoted",
        signature: "soql_quoted",
        types: "T → text",
        help: "Puts a value in single quotes with the escapes of SOQL.",
        fails: false,
        examples: &[("\"O'Brien\"", "soql_quoted", "\"'O\\\\'Brien'\"")],
        result: quoted,
        bind: |_| on_any(|text| Ok(format!("'{}'", soql_escaped(text)))),
    },
    Function {
        name: "strictly_quoted",
        signature: "strictly_quoted",
        types: "T → text",
        help: "Puts a value in single quotes for vendors that have no escapes; a value with a quote or a backslash is refused.",
        fails: true,
        examples: &[
            ("\"ann\"", "strictly_quoted", "\"'ann'\""),
            ("\"O'Brien\"", "strictly_quoted", "fails"),
            ("\"a\\\\b\"", "strictly_quoted", "fails"),
        ],
        result: quoted,
        bind: |_| on_any(strictly),
    },
];

fn on_any(quote: impl Fn(&str) -> Result<String, Box<Fault>> + Send + Sync + 'static) -> Checked<Apply> {
    Ok(Box::new(move |value| quote(&value.to_text().ok_or_else(|| internal(value))?).map(Value::text)))
}

fn soql_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' | '"' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

fn strictly(text: &str) -> Result<String, Box<Fault>> {
    if text.contains(['\'', '"', '`', '\\']) || text.contains(char::is_control) {
        return Err(Fault::new(
            FaultCode::NotQuotable,
            "holds a quote, a backslash or a control character, which this system has no way to escape",
        )
        .of(text));
    }
    Ok(format!("'{text}'"))
}
