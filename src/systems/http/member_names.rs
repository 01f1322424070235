//! The names of members in answers of systems that speak SCIM, where case does not count (RFC 7643, 2.1).

use super::requested::in_answer;
use crate::{
    compile::system::{Call, Collection, Connection, System},
    value::path::JsonPath,
};
use std::collections::HashMap;

/// The names that the declaration of a system uses, by their small letters; none where it uses two that differ in case alone.
#[derive(Debug, Default)]
pub(super) struct MemberNames(HashMap<String, Option<String>>);

impl MemberNames {
    /// Those of a system.
    pub fn of(system: &System) -> Self {
        let mut names = Self::default();
        let mut see = |path: &JsonPath| names.add(&path.text);
        if let Connection::Http(http) = &system.connection {
            http.rules.expressions().for_each(|rule| rule.answer_paths(&mut see));
            http.verify.iter().for_each(|verify| in_call(verify, &mut see));
        }
        system.collections.iter().for_each(|collection| in_collection(collection, &mut see));
        names
    }

    /// The names in a path, in its filters too.
    fn add(&mut self, path: &str) {
        let mut rest = path;
        while let Some(at) = rest.find(['.', '"', '\'']) {
            let (quote, after) = (&rest[at..=at], &rest[at + 1..]);
            let end = match quote {
                "." => after.find(|each: char| !each.is_alphanumeric() && each != '_'),
                quote => after.find(quote),
            };
            let (name, next) = after.split_at(end.unwrap_or(after.len()));
            self.note(name);
            rest = if quote == "." { next } else { next.get(1..).unwrap_or_default() };
        }
    }

    fn note(&mut self, name: &str) {
        let known = self.0.entry(name.to_ascii_lowercase()).or_insert_with(|| Some(name.to_owned()));
        if known.as_deref().is_some_and(|known| known != name) {
            *known = None;
        }
    }

    /// Spells the names of members in JSON as the declaration does. Two spellings in one object become a member that is there twice.
    pub fn spell(&self, body: &mut [u8]) {
        let mut at = 0;
        while let Some(start) = body[at..].iter().position(|byte| *byte == b'"').map(|found| at + found + 1) {
            let Some(end) = end_of_text(body, start) else { return };
            let is_name = body[end + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
            if is_name && let Some(known) = self.other_spelling(&body[start..end]) {
                body[start..end].copy_from_slice(known.as_bytes());
            }
            at = end + 1;
        }
    }

    /// As the declaration spells a name, if otherwise. It has as many bytes.
    fn other_spelling(&self, name: &[u8]) -> Option<&str> {
        let name = std::str::from_utf8(name).ok()?;
        self.0.get(&name.to_ascii_lowercase())?.as_deref().filter(|known| *known != name)
    }
}

/// The quote that ends a text of JSON.
fn end_of_text(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match body.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn in_collection(collection: &Collection, see: &mut dyn FnMut(&JsonPath)) {
    for attribute in &collection.attributes {
        see(&attribute.path);
        attribute.written_at.iter().for_each(&mut *see);
    }
    let of_parts = collection.parts.iter().flat_map(|part| [&part.create, &part.update, &part.delete].into_iter().flatten());
    let single = [&collection.get, &collection.create, &collection.update, &collection.delete].into_iter().flatten();
    let finds = collection.finds.iter().map(|(_, call)| call);
    let named = collection.named.iter().map(|(_, call)| call);
    collection.all_lists().chain(single).chain(finds).chain(named).chain(of_parts).for_each(|call| in_call(call, see));
    collection.parts.iter().for_each(|part| see(&part.at));
}

fn in_call(call: &Call, see: &mut dyn FnMut(&JsonPath)) {
    in_answer(call, see);
    call.rules.expressions().chain(&call.key).for_each(|program| program.answer_paths(see));
    if let Some(element) = &call.element {
        element.rules.expressions().chain(&element.status).for_each(|program| program.answer_paths(see));
    }
    for each in &call.each {
        let parts = [Some(&each.items), Some(&each.by), each.key.as_ref(), each.status.as_ref()];
        parts.into_iter().flatten().chain(each.rules.expressions()).for_each(|program| program.answer_paths(see));
    }
    call.follow.iter().for_each(|follow| in_call(&follow.call, see));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_the_declaration_does_and_values_stay() {
        let mut names = MemberNames::default();
        names.add("$.userName");
        names.add("$.emails[?@.type == \"work\"].value ?? $.Mail");
        names.add("$[\"urn:example:2.0:User\"].department");
        let spelled = |body: &str| {
            let mut bytes = body.as_bytes().to_vec();
            names.spell(&mut bytes);
            String::from_utf8(bytes).unwrap()
        };
        let answer =
            r#"{"USERNAME" : "userNAME", "Emails": [{"Type": "Work", "VALUE": "a\"TYPE\": b"}], "URN:example:2.0:user": {"é": 1}}"#;
        let known = r#"{"userName" : "userNAME", "emails": [{"type": "Work", "value": "a\"TYPE\": b"}], "urn:example:2.0:User": {"é": 1}}"#;
        assert_eq!(spelled(answer), known);
        assert_eq!(spelled(r#"{"username": 1, "userName": 2}"#), r#"{"userName": 1, "userName": 2}"#);
        assert_eq!(spelled(r#"{"broken"#), r#"{"broken"#);
        names.add("$.mail");
        let mut both = br#"{"MAIL": 1}"#.to_vec();
        names.spell(&mut both);
        assert_eq!(both, br#"{"MAIL": 1}"#, "which of the two it is, nobody can tell");
    }
}
