//! What an answer says of other records, where its call takes it for the end: the one page of a list whose lines know of no other, the
//! last page, or a look-up that found nobody. Whoever is elsewhere would count as missing.

use super::{evidence::Onward, link};
use crate::{
    check::model::usual,
    systems::{
        formats::members::{self, OnTheWay},
        http::{document::Document, items::BodyError},
    },
    value::{
        halves,
        path::{JsonPath, Passage},
    },
};
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, value::RawValue};

/// What an answer is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOf {
    /// All of a list that is read as one page.
    OnePage,
    /// The last of several pages.
    Pages,
    /// A look-up that found nobody.
    LookUp,
}

/// An answer that is taken for the end of a list.
pub struct ListEnd<'a> {
    pub end: EndOf,
    pub headers: &'a HeaderMap,
    pub document: &'a Document<'a>,
    /// Where the elements are, if that is a path.
    pub items: Option<&'a JsonPath>,
    /// How many records were shown; none where a total may count others.
    pub count: Option<u64>,
    /// Whether the request has sent a value under this name.
    pub is_echo: &'a dyn Fn(&str, &Json) -> bool,
    /// Whether a line of the call reads something of this name.
    pub is_read: &'a dyn Fn(&str) -> bool,
}

impl ListEnd<'_> {
    /// # Errors
    /// Something says that there is another page: what, and where.
    pub fn announces_no_more(&self) -> Result<(), BodyError> {
        match self.in_headers().or_else(|| self.in_body()) {
            Some(sign) => Err(BodyError::AnotherPage(sign, self.end)),
            None => Ok(()),
        }
    }

    fn in_headers(&self) -> Option<String> {
        if matches!(link::in_header(self.headers, "link"), Ok(Onward::To(_))) && !(self.is_read)("link") {
            return Some("the header `link`".to_owned());
        }
        let counts_more = |name: &&str| {
            let number = self.headers.get(*name)?.to_str().ok()?.trim().parse::<u64>().ok()?;
            (self.counts_more(number) && !(self.is_read)(name)).then(|| format!("the header `{name}` ({number})"))
        };
        usual::TOTAL_HEADERS.iter().find_map(counts_more).or_else(|| self.in_range())
    }

    /// What `Content-Range: items 0-36/40` says. One in bytes is about a body, and not about a list.
    fn in_range(&self) -> Option<String> {
        const NAME: &str = "content-range";
        let range = self.headers.get(NAME)?.to_str().ok()?.trim();
        let all = range.rsplit_once('/')?.1.trim().parse().ok().filter(|all| self.counts_more(*all))?;
        (!range.starts_with("bytes") && !(self.is_read)(NAME)).then(|| format!("the header `{NAME}` ({all})"))
    }

    /// Looks at each object on the way to the list.
    fn in_body(&self) -> Option<String> {
        let mut way = self.items.map(JsonPath::passages).unwrap_or_default();
        way.truncate(way.iter().rposition(|passage| matches!(passage, Passage::Name(_))).map_or(0, |last| last + 1));
        if way.is_empty() {
            // No member has this name, so that the way ends at the object at the top.
            way.push(Passage::Name(""));
        }
        match self.document {
            Document::Raw(body) => self.in_text(body, &way),
            Document::Tree(tree, _) => self.in_tree(tree, &way, "$"),
            Document::Xml(tree) => {
                let root = tree.as_object().and_then(|all| all.iter().next())?;
                let inside = if way.len() > 1 { &way[1..] } else { &[Passage::Name("")] };
                self.in_tree(root.1, inside, &format!("$.{}", root.0))
            }
            Document::Rows(_) => None,
        }
    }

    fn in_text(&self, body: &RawValue, way: &[Passage<'_>]) -> Option<String> {
        let mut seen = OnTheWay { way, fits: &|_, name| may_tell(name), found: Vec::new(), passed: Vec::new() };
        seen.go(body, 0);
        seen.found.iter().find_map(|(level, name, value)| {
            let before = way[..*level].iter().filter_map(|passage| if let Passage::Name(name) = passage { Some(*name) } else { None });
            let place = before.fold("$".to_owned(), |place, name| format!("{place}.{name}"));
            self.sign_in(name, value, &place)
        })
    }

    /// As [`Self::sign`], of a value that is not read: each of two members of one name may say it, and one that can't be built is not
    /// known to say nothing.
    fn sign_in(&self, name: &str, value: &RawValue, around: &str) -> Option<String> {
        let place = format!("{around}.{name}");
        if value.get().starts_with('{') && usual::tells_of_pages(name) {
            return members::of_names(value, may_tell).iter().find_map(|(name, value)| self.sign_in(name, value, &place));
        }
        let may_say = usual::leads_on(name) || usual::tells_last(name) || usual::counts_records(name);
        halves::tree(value.get())
            .map_or_else(|_| (may_say && !(self.is_read)(name)).then(|| format!("`{place}`")), |value| self.sign(name, &value, around))
    }

    fn in_tree(&self, at: &Json, way: &[Passage<'_>], place: &str) -> Option<String> {
        match (way.split_first()?, at) {
            ((Passage::Name(own), rest), Json::Object(inside)) => {
                let here = inside.iter().filter(|(name, _)| name != own && may_tell(name));
                let sign = here.filter_map(|(name, value)| self.sign(name, value, place)).next();
                sign.or_else(|| self.in_tree(inside.get(*own)?, rest, &format!("{place}.{own}")))
            }
            ((Passage::Index(index), rest), Json::Array(items)) => {
                self.in_tree(&items[members::place_of(*index, items.len())?], rest, place)
            }
            _ => None,
        }
    }

    /// How a member says that there is more: by itself, or by one inside of it, as in `$.meta.pagination.links.next`.
    fn sign(&self, name: &str, value: &Json, around: &str) -> Option<String> {
        let place = format!("{around}.{name}");
        let is_left_out = || (self.is_read)(name) || (self.is_echo)(name, value);
        match value {
            // A line that reads one member of it reads no other one.
            Json::Object(inside) if usual::tells_of_pages(name) => {
                inside.iter().filter(|(name, _)| may_tell(name)).find_map(|(name, value)| self.sign(name, value, &place))
            }
            _ if is_left_out() => None,
            Json::Array(links) if usual::tells_of_pages(name) => links.iter().any(is_link_onward).then(|| format!("`{place}`")),
            _ if usual::leads_on(name) && says_more(value) || usual::tells_last(name) && says_no(value) => Some(format!("`{place}`")),
            _ => {
                let counts = || usual::counts_records(name) || self.end == EndOf::LookUp && usual::counts_found(name);
                let all = number(value).filter(|all| counts() && self.counts_more(*all))?;
                Some(format!("`{place}` ({all})"))
            }
        }
    }

    /// Whether a number of all records is greater than that of the page, unless the elements are a selection of what it counts.
    fn counts_more(&self, all: u64) -> bool {
        let is_selection = |items: &JsonPath| items.text.trim_end_matches("[*]").contains(['?', '*']);
        self.count.is_some_and(|count| all > count) && !self.items.is_some_and(is_selection)
    }
}

fn may_tell(name: &str) -> bool {
    let counts = usual::counts_records(name) || usual::counts_found(name);
    usual::tells_of_pages(name) || usual::leads_on(name) || usual::tells_last(name) || counts
}

/// `false`, as JSON or as text.
fn says_no(value: &Json) -> bool {
    match value {
        Json::Bool(said) => !said,
        Json::String(text) => usual::verdict(text).1,
        _ => false,
    }
}

/// Whether a member such as `has_more` or `next` says that there is another page.
fn says_more(value: &Json) -> bool {
    match value {
        Json::Bool(more) => *more,
        Json::Number(page) => page.as_f64() != Some(0.0),
        Json::String(text) => is_address(text),
        Json::Object(link) => {
            ["href", "url", "uri", "link"].iter().any(|name| link.get(*name).and_then(Json::as_str).is_some_and(is_address))
        }
        Json::Null | Json::Array(_) => false,
    }
}

/// `{"rel": "next", "href": "/people?page=2"}`
fn is_link_onward(link: &Json) -> bool {
    link["rel"].as_str() == Some("next") && says_more(link)
}

fn is_address(text: &str) -> bool {
    !usual::says_no_error(text) && text.trim() != "-"
}

fn number(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_members_say_of_another_page() {
        for no in [json!(false), json!("false"), json!("no")] {
            assert!(says_no(&no) && !says_more(&json!(false)), "{no}");
        }
        for other in [json!(true), json!("true"), json!("/people?page=2"), json!(0), json!(null)] {
            assert!(!says_no(&other), "{other}");
        }
        for more in [json!(true), json!(2), json!("/people?page=2"), json!({"href": "/people?page=2"}), json!({"url": "/people?page=2"})] {
            assert!(says_more(&more), "{more}");
        }
        for end in [json!(null), json!(0), json!("-"), json!(""), json!({"href": null}), json!([])] {
            assert!(!says_more(&end), "{end}");
        }
    }

    #[test]
    fn a_number_of_records_may_be_written_as_text() {
        assert_eq!(
            [json!(7), json!(" 7 "), json!("7 pages"), json!(true), json!(null)].map(|value| number(&value)),
            [Some(7), Some(7), None, None, None]
        );
    }
}
