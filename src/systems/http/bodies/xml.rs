//! XML from the JSON that stands for it: members are elements, `@name` is an attribute, a list repeats its element.

use super::flat;
use crate::{plan::system::ErrorClass, systems::CallError};
use serde_json::{Map, Value as Json};

/// The text of an element that has attributes besides.
const TEXT: &str = "#text";

/// One element with all that it holds.
///
/// # Errors
/// A name or a text can't stand in XML.
pub fn document(name: &str, content: &Json) -> Result<String, CallError> {
    let mut out = String::new();
    element(&mut out, name, content)?;
    Ok(out)
}

/// The elements of an object, without one around them.
///
/// # Errors
/// As [`document`].
pub fn fragment(members: &Json) -> Result<String, CallError> {
    let mut out = String::new();
    if let Json::Object(members) = members {
        children(&mut out, members)?;
    }
    Ok(out)
}

fn element(out: &mut String, name: &str, content: &Json) -> Result<(), CallError> {
    check_name(name)?;
    if let Json::Array(items) = content {
        return items.iter().try_for_each(|item| element(out, name, item));
    }
    out.push('<');
    out.push_str(name);
    let inner = match content {
        Json::Object(members) => {
            attributes(out, members)?;
            let mut inner = String::new();
            children(&mut inner, members)?;
            inner
        }
        scalar => escaped(&flat::text(scalar))?,
    };
    if inner.is_empty() {
        out.push_str(" />");
    } else {
        out.push('>');
        out.push_str(&inner);
        out.push_str(&format!("</{name}>"));
    }
    Ok(())
}

fn attributes(out: &mut String, members: &Map<String, Json>) -> Result<(), CallError> {
    for (name, value) in members.iter().filter_map(|(name, value)| Some((name.strip_prefix('@')?, value))) {
        check_name(name)?;
        out.push_str(&format!(" {name}=\"{}\"", escaped(&flat::text(value))?.replace('"', "&quot;")));
    }
    Ok(())
}

/// Links, which are attributes alone, stand after what they belong to.
fn children(out: &mut String, members: &Map<String, Json>) -> Result<(), CallError> {
    let elements = || members.iter().filter(|(name, _)| !name.starts_with('@'));
    for (name, value) in elements().filter(|(_, value)| !is_link(value)).chain(elements().filter(|(_, value)| is_link(value))) {
        if name == TEXT {
            out.push_str(&escaped(&flat::text(value))?);
        } else {
            element(out, name, value)?;
        }
    }
    Ok(())
}

fn is_link(value: &Json) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty() && members.keys().all(|name| name.starts_with('@')))
}

/// Text as it stands in an element (XML 1.0, 2.2 and 2.4).
///
/// # Errors
/// It holds a character that no XML holds.
pub fn escaped(text: &str) -> Result<String, CallError> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => return Err(unwritable(character)),
            control if control < ' ' => return Err(unwritable(control)),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn unwritable(character: char) -> CallError {
    let message = format!("a value holds the character U+{:04X}, which can't stand in XML", u32::from(character));
    CallError::unsent(ErrorClass::Invalid, message)
}

fn check_name(name: &str) -> Result<(), CallError> {
    let begins = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = name.chars().all(|each| each.is_alphanumeric() || "_-.:".contains(each));
    if begins && goes_on {
        Ok(())
    } else {
        Err(CallError::unsent(ErrorClass::Invalid, format!("`{name}` can't be the name of an element in XML")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_attributes_lists_and_links() {
        let field = json!({ "Field": [{
            "Name": "Sectors",
            "Link": { "@href": "https://x.example.com/a?b&\"c\"" },
            "Value": { "StringArray": { "String": ["Health & care", "<b>"] } },
        }], "Empty": null });
        assert_eq!(
            document("CustomFields", &field).unwrap(),
            "<CustomFields><Field><Name>Sectors</Name><Value><StringArray><String>Health &amp; care</String><String>&lt;b&gt;</String></StringArray></Value>\
             <Link href=\"https://x.example.com/a?b&amp;&quot;c&quot;\" /></Field><Empty /></CustomFields>"
        );
    }

    #[test]
    fn what_xml_can_t_hold_is_refused() {
        assert_eq!(document("A", &json!("x\u{b}")).unwrap_err().message, "a value holds the character U+000B, which can't stand in XML");
        assert_eq!(document("a b", &json!("x")).unwrap_err().message, "`a b` can't be the name of an element in XML");
    }
}
