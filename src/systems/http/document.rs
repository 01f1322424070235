//! The body of an answer in the format of its system, with access to its values and records.

use super::{
    items::{self, BodyError},
    list::evidence::Looked,
};
use crate::{
    compile::system::WireFormat,
    systems::{
        formats::{json_api, lists::Lists, rows, xml},
        scope::AnswerBody,
    },
    value::{
        halves,
        path::{Found, JsonPath},
        unique,
    },
};
use serde_json::{Value as Json, value::RawValue};
use std::borrow::Cow;

/// A body, read.
#[derive(Debug)]
pub enum Document<'a> {
    /// JSON that is split without building a tree.
    Raw(&'a RawValue),
    /// JSON:API, its references resolved, and whether U+FFFD stands for halves of characters in it.
    Tree(Json, bool),
    /// XML as JSON.
    Xml(Json),
    /// Records without an envelope.
    Rows(Vec<Cow<'a, [u8]>>),
}

impl<'a> Document<'a> {
    /// Reads a body; `name` is the request, for messages.
    ///
    /// # Errors
    /// [`BodyError::Broken`], if it is not in that format.
    pub fn read(format: WireFormat, body: &'a [u8], lists: &Lists, name: &str) -> Result<Self, BodyError> {
        match format {
            WireFormat::Json | WireFormat::ScimJson => items::json(body).map(Self::Raw),
            WireFormat::JsonApi => {
                let text = items::json(body)?.get();
                let (mut tree, twice) = unique::tree(text).map_err(|error| items::not_json(&error, text.len()))?;
                twice.map_or(Ok(()), |member| Err(BodyError::Twice("$".to_owned(), member)))?;
                json_api::resolve(&mut tree);
                Ok(Self::Tree(tree, halves::any(text)))
            }
            WireFormat::Xml => xml::parse(body, lists).map(Self::Xml).map_err(|why| BodyError::Broken("XML", why.to_string())),
            WireFormat::Csv => {
                let rows = rows::csv(body, name).map_err(|why| BodyError::Broken("CSV", why.to_string()))?;
                Ok(Self::Rows(rows.into_iter().map(Cow::Owned).collect()))
            }
            WireFormat::JsonLines => {
                let rows = rows::json_lines(body).map_err(|why| BodyError::Broken("lines of JSON", why.to_string()))?;
                Ok(Self::Rows(rows.into_iter().map(Cow::Borrowed).collect()))
            }
        }
    }

    /// The JSON text of the one value at a path.
    pub fn at(&self, path: &JsonPath) -> Option<Cow<'_, str>> {
        self.look(path).ok().flatten()
    }

    /// What is at a path.
    pub fn look(&self, path: &JsonPath) -> Looked<'_> {
        match self {
            Self::Raw(body) => items::look(body, path),
            Self::Tree(tree, _) | Self::Xml(tree) => items::looked(path.find(tree)),
            Self::Rows(_) => Ok(None),
        }
    }

    /// What was found, where blanks count: between the two tags of an empty element of XML they are only how it is laid out.
    pub fn without_blanks<'f>(&self, found: Option<Cow<'f, str>>) -> Option<Cow<'f, str>> {
        let is_blank = |text: &str| matches!(self, Self::Xml(_)) && items::text(text).is_some_and(|text| text.trim().is_empty());
        found.map(|found| if is_blank(&found) { Cow::Borrowed("\"\"") } else { found })
    }

    /// The text, number or truth at a path.
    pub fn text_at(&self, path: &JsonPath) -> Option<String> {
        items::text(&self.at(path)?)
    }

    /// The body, for expressions about the answer.
    pub fn body(&self) -> AnswerBody<'_> {
        match self {
            Self::Raw(body) => AnswerBody::Raw(body),
            Self::Tree(tree, _) | Self::Xml(tree) => AnswerBody::Tree(tree),
            Self::Rows(_) => AnswerBody::Nothing,
        }
    }

    /// The records of a page; none where there is no list.
    ///
    /// # Errors
    /// The path finds something that can't be a list of records.
    pub fn records(&self, path: Option<&JsonPath>) -> Result<Option<Vec<Cow<'_, [u8]>>>, BodyError> {
        let found = match (self, path) {
            (Self::Raw(body), path) => items::records(body, path),
            (Self::Rows(rows), _) => Ok(Some(rows.iter().map(|row| Cow::Borrowed(&**row)).collect())),
            (Self::Xml(tree), Some(path)) => in_xml(tree, path),
            (Self::Tree(tree, _), Some(path)) if !path.is_singular() => items::selected(tree, path),
            (Self::Tree(tree, _), Some(path)) => match path.find(tree) {
                Found::One(Json::Array(list)) => items::objects(list).map(Some),
                _ => Ok(None),
            },
            (Self::Tree(tree, _) | Self::Xml(tree), None) => tree.as_array().map(items::objects).transpose(),
        };
        Ok(found?.map(|records| records.into_iter().map(|record| self.as_it_came(record)).collect()))
    }

    /// A record with the halves of characters that it came with, which a tree can't hold: they reject it where it is read.
    pub fn as_it_came<'r>(&self, record: Cow<'r, [u8]>) -> Cow<'r, [u8]> {
        let has_halves = || match self {
            Self::Raw(body) => halves::any(body.get()),
            Self::Tree(_, has_halves) => *has_halves,
            Self::Xml(_) | Self::Rows(_) => false,
        };
        match std::str::from_utf8(&record) {
            Ok(text) if matches!(record, Cow::Owned(_)) && text.contains(char::REPLACEMENT_CHARACTER) && has_halves() => {
                Cow::Owned(halves::restored(text).into_bytes())
            }
            _ => record,
        }
    }

    /// The one record of an answer, as JSON text.
    ///
    /// # Errors
    /// Nothing is there, or no object.
    pub fn record(&self, path: Option<&JsonPath>) -> Result<Box<[u8]>, BodyError> {
        let found = match (self, path) {
            (Self::Rows(rows), _) => match rows.as_slice() {
                [one] => return Ok(Box::from(&**one)),
                _ => return Err(BodyError::NoRecord),
            },
            (_, Some(path)) => {
                let looked = self.look(path);
                items::doubtful(&looked, path)?;
                looked.ok().flatten().ok_or_else(|| BodyError::Nothing(path.text.clone()))?
            }
            (Self::Raw(body), None) => Cow::Borrowed(body.get()),
            (Self::Tree(tree, _) | Self::Xml(tree), None) => Cow::Owned(tree.to_string()),
        };
        let is_object = found.starts_with('{');
        let record = match found {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        if is_object { Ok(self.as_it_came(record).into_owned().into()) } else { Err(BodyError::NoRecord) }
    }
}

/// XML leaves out empty lists, so what leads to the list shows that the answer has the expected form.
fn in_xml<'a>(tree: &Json, path: &JsonPath) -> Result<Option<Vec<Cow<'a, [u8]>>>, BodyError> {
    let found = if path.is_singular() {
        match path.find(tree) {
            Found::One(Json::Array(list)) => items::objects(list)?,
            _ => Vec::new(),
        }
    } else {
        match path.selected(tree) {
            Some(all) if path.find_all(tree).len() < all => items::selected(tree, path)?.unwrap_or_default(),
            _ => items::objects(path.find_all(tree))?,
        }
    };
    Ok((!found.is_empty() || may_hold(tree, path)?).then_some(found))
}

/// Whether an element that may hold the list is there, as each on the way to it, once. Of a list of roots it is the root itself.
///
/// # Errors
/// An element on the way is there more than once: the records in it would be lost.
fn may_hold(tree: &Json, path: &JsonPath) -> Result<bool, BodyError> {
    let way: Vec<&str> = path.outline().into_iter().map_while(|step| step).collect();
    let [way @ .., last] = way.as_slice() else { return Ok(false) };
    let mut at = tree;
    for name in way {
        at = match at.get(name) {
            Some(Json::Array(several)) if several.len() > 1 => return Err(BodyError::Twice(path.text.clone(), (*name).to_owned())),
            Some(Json::Array(one)) => one.first().unwrap_or(&Json::Null),
            Some(one) => one,
            None => return Ok(false),
        };
    }
    Ok(match at {
        Json::Object(_) => !way.is_empty() || at.get(last).is_some(),
        Json::String(text) => text.trim().is_empty(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(body: &str, path: &str) -> Result<Option<usize>, BodyError> {
        let path = JsonPath::parse(path).unwrap();
        let document = Document::read(WireFormat::Xml, body.as_bytes(), &[path.clone()].iter().collect(), "GET /x")?;
        document.records(Some(&path)).map(|records| records.map(|records| records.len()))
    }

    #[test]
    fn what_leads_to_a_list_of_xml_is_there_once() {
        for path in ["$.r.users.user", "$.r.users.user[*]", "$.r.users.user[?@.k == 1]"] {
            for body in ["<r><users/></r>", "<r><users> \n</users></r>", "<r><page>3</page><users></users></r>", "<r><users n='0'/></r>"] {
                assert_eq!(taken(body, path), Ok(Some(0)), "{path} {body}");
            }
            for body in ["<r/>", "<r><error>timeout</error></r>", "<r><users>timeout</users></r>", "<error><users/></error>"] {
                assert_eq!(taken(body, path), Ok(None), "{path} {body}");
            }
            let user = "<user><k>1</k></user>";
            for (one, other) in [(user, user), (user, ""), ("", user), ("", "")] {
                let body = format!("<r><users>{one}</users><users>{other}</users></r>");
                assert_eq!(taken(&body, path), Err(BodyError::Twice(path.to_owned(), "users".to_owned())), "{path} {body}");
            }
        }
        let nil = "<r xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><users i:nil='true'/></r>";
        assert_eq!(taken(nil, "$.r.users.user"), Ok(None));
    }

    #[test]
    fn a_list_in_the_root_of_xml_needs_the_root_alone() {
        for path in ["$.r.user", "$.r.user[*]", "$.r"] {
            assert_eq!(taken("<r/>", path), Ok(Some(0)), "{path}");
            assert_eq!(taken("<error/>", path), Ok(None), "{path}");
        }
        assert_eq!(taken("<r><page>3</page></r>", "$.r.user"), Ok(Some(0)));
        assert_eq!(taken("<r>timeout</r>", "$.r.user"), Ok(None));
    }
}
