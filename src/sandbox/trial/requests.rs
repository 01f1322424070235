//! Calls that can't be told apart by what is sent: a stand-in would take one for the other.

use super::Trial;
use crate::{
    compile::{
        program::{Name, Operator, Program, TemplatePart},
        system::{Body, Call, Parameter},
    },
    diagnose::Diagnostic,
    sandbox::{
        forced,
        route::{self, Action},
    },
    value::{Kind, format::Codec},
};

impl Trial<'_> {
    /// The pairs of calls that have the same method, address and constants.
    pub fn requests(&self) -> Vec<Diagnostic> {
        let all = self.system.collections.iter().flat_map(|collection| {
            let named =
                move |(action, call): (Action, _)| (format!("`{}` of `{}`", forced::name_of(collection, action), collection.name), call);
            route::actions(collection).into_iter().map(named)
        });
        let (mut known, mut found): (Vec<(String, String, &Call)>, _) = (Vec::new(), Vec::new());
        for (name, call) in all {
            let sent = signature(&name, call);
            let alike_to = |(known, first, _): &&(String, String, &Call)| *known == sent && !is_upsert(first, &name);
            if let Some((_, first, other)) = known.iter().find(alike_to) {
                found.push(alike(&name, call, first, other));
            }
            known.push((sent, name, call));
        }
        found
    }
}

/// One call that creates a record or changes it, as the URL names it.
fn is_upsert(first: &str, name: &str) -> bool {
    first.contains("create`") && first.replacen("create`", "update`", 1) == name
}

fn alike(name: &str, call: &Call, first: &str, other: &Call) -> Diagnostic {
    let message = format!("{name} can't be told apart from {first}: method, URL and constants are the same");
    Diagnostic::error("E0572", call.span, message)
        .related(other.span, "this call sends the same")
        .help("give one of the two a constant in its query or body, as the vendor tells them apart, or take it out")
}

/// What is fixed in a request, with `{}` for each value.
fn signature(name: &str, call: &Call) -> String {
    let mut queries: Vec<_> = call.queries.iter().map(query).collect();
    queries.sort();
    let body = call.body.as_ref().map_or_else(|| usual_body(name).to_owned(), |body| body_text(name, body));
    format!("{} {}?{} {body}", call.method, text(&call.path), queries.join("&"))
}

fn query(query: &Parameter) -> String {
    format!("{}={}", query.name, text(&query.value))
}

fn body_text(name: &str, body: &Body) -> String {
    body.value.as_ref().map_or_else(|| usual_body(name).to_owned(), text)
}

/// What a call sends that does not say: a create and an update the record, the others nothing.
fn usual_body(name: &str) -> &'static str {
    let writes = ["create`", "update`"].iter().any(|word| name.split_whitespace().any(|part| part.trim_start_matches('`') == *word));
    if writes { "{}" } else { "" }
}

/// An expression with its constants, and `{}` for all that is filled in.
fn text(program: &Program) -> String {
    match program {
        Program::Constant(value) => Codec::natural(Kind::Json).write(value).unwrap_or_default().to_string().trim_matches('"').to_owned(),
        Program::Name(Name::Secret(name)) => format!("secret {name}"),
        Program::Template(parts) => {
            let part = |part: &TemplatePart| match part {
                TemplatePart::Text(text) => text.to_string(),
                TemplatePart::Program(program) => text(program),
            };
            parts.iter().map(part).collect()
        }
        Program::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
        Program::Each(one) => format!("[each {}]", text(one)),
        Program::Record(members) => {
            let member = |(name, value): &(String, Program)| format!("{name}:{}", text(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Program::Arithmetic(Operator::Add, both) => format!("{}+{}", text(&both.0), text(&both.1)),
        _ => "{}".to_owned(),
    }
}
