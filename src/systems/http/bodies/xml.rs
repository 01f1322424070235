//! XML that is sent: a record, or parts of one.

use crate::{
    compile::system::ErrorClass,
    systems::{CallError, formats::xml},
};
use serde_json::{Map, Value as Json, json};

/// One element with all its content.
///
/// # Errors
/// A name or a text cannot be written in XML.
pub fn document(name: &str, content: &Json) -> Result<String, CallError> {
    let bytes = xml::write(&json!({ name: links_last(content) })).map_err(|error| unwritable(&error))?;
    String::from_utf8(bytes).map_err(|error| unwritable(&error))
}

/// The elements of an object, without one around them.
///
/// # Errors
/// As [`document`].
pub fn fragment(members: &Map<String, Json>) -> Result<String, CallError> {
    let each = members.iter().flat_map(|(name, value)| match value {
        Json::Array(items) => items.iter().map(|item| (name, item)).collect::<Vec<_>>(),
        one => vec![(name, one)],
    });
    each.map(|(name, value)| document(name, value)).collect()
}

/// Text as it is written in an element or an attribute.
///
/// # Errors
/// As [`document`].
pub fn escaped(text: &str) -> Result<String, CallError> {
    xml::escaped(text).map_err(|error| unwritable(&error))
}

fn unwritable(why: &dyn std::error::Error) -> CallError {
    CallError::unsent(ErrorClass::Invalid, why.to_string())
}

/// Links, which have attributes only, come after what they belong to.
fn links_last(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(links_last).collect(),
        Json::Object(members) => {
            let (links, others): (Vec<_>, Vec<_>) = members.iter().partition(|(_, value)| is_link(value));
            Json::Object(others.into_iter().chain(links).map(|(name, value)| (name.clone(), links_last(value))).collect())
        }
        scalar => scalar.clone(),
    }
}

fn is_link(value: &Json) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty() && members.keys().all(|name| name.starts_with('@')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_last_and_lists_repeat() {
        let field = json!({ "Field": [{
            "Name": "Sectors",
            "Link": { "@href": "https://x.example.com/a?b&\"c\"" },
            "Value": { "StringArray": { "String": ["Health & care", "<b>"] } },
        }] });
        assert_eq!(
            document("CustomFields", &field).unwrap(),
            "<CustomFields><Field><Name>Sectors</Name><Value><StringArray><String>Health &amp; care</String><String>&lt;b&gt;</String></StringArray></Value>\
             <Link href=\"https://x.example.com/a?b&amp;&quot;c&quot;\"/></Field></CustomFields>"
        );
        assert_eq!(
            fragment(field.as_object().unwrap()).unwrap().len(),
            document("CustomFields", &field).unwrap().len() - "<CustomFields></CustomFields>".len()
        );
    }
}
