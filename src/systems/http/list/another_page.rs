//! What an answer says of another page, in a list whose lines know of one page alone. Such a list may have grown beyond what its system
//! gives at once, and whoever is on the other pages would count as missing.

use super::{evidence::Onward, link};
use crate::{
    check::model::usual,
    systems::{
        formats::members,
        http::{document::Document, items::BodyError},
    },
};
use reqwest::header::HeaderMap;
use serde_json::{Map, Value as Json, value::RawValue};

/// Objects beside a list that tell of its pages.
const AROUND: [&str; 12] =
    ["meta", "metadata", "paging", "pagination", "page", "pageinfo", "pages", "links", "responsemetadata", "info", "cursor", "cursors"];

/// How many records there are in all, as members and headers say it.
const TOTALS: [&str; 8] =
    ["total", "totalcount", "totalresults", "totalrecords", "totalitems", "totalelements", "numfound", "recordstotal"];

/// The headers that say it.
const TOTAL_HEADERS: [&str; 3] = ["x-total-count", "x-total", "total-count"];

/// An answer that shows all records of a list on one page.
pub struct OnlyPage<'a> {
    pub headers: &'a HeaderMap,
    pub document: &'a Document<'a>,
    /// How many records it shows.
    pub count: u64,
    /// Whether a line of the call reads something of this name.
    pub is_read: &'a dyn Fn(&str) -> bool,
}

impl OnlyPage<'_> {
    /// # Errors
    /// Something says that there is another page: what, and where.
    pub fn is_the_only_one(&self) -> Result<(), BodyError> {
        match self.in_headers().or_else(|| self.in_members(&self.members(), "$")) {
            Some(sign) => Err(BodyError::AnotherPage(sign)),
            None => Ok(()),
        }
    }

    fn in_headers(&self) -> Option<String> {
        if matches!(link::in_header(self.headers, "link"), Ok(Onward::To(_))) && !(self.is_read)("link") {
            return Some("the header `link`".to_owned());
        }
        let counts_more = |name: &&str| {
            let number = self.headers.get(*name)?.to_str().ok()?.trim().parse::<u64>().ok()?;
            (number > self.count && !(self.is_read)(name)).then(|| format!("the header `{name}` ({number})"))
        };
        TOTAL_HEADERS.iter().find_map(counts_more)
    }

    /// The members at the top that may tell of pages.
    fn members(&self) -> Map<String, Json> {
        let fits = |name: &str| {
            let name = usual::letters(name);
            AROUND.contains(&name.as_str()) || TOTALS.contains(&name.as_str()) || usual::MORE.has(&name)
        };
        match self.document {
            Document::Raw(body) => {
                let read = |(name, value): (String, &RawValue)| Some((name, serde_json::from_str(value.get()).ok()?));
                members::of_names(body, fits).into_iter().filter_map(read).collect()
            }
            Document::Tree(tree) => tree.as_object().cloned().unwrap_or_default(),
            Document::Xml(tree) => {
                let root = tree.as_object().and_then(|all| all.values().next()).and_then(Json::as_object);
                root.cloned().unwrap_or_default()
            }
            Document::Rows(_) => Map::new(),
        }
    }

    fn in_members(&self, members: &Map<String, Json>, at: &str) -> Option<String> {
        members.iter().find_map(|(name, value)| {
            let (place, letters) = (format!("{at}.{name}"), usual::letters(name));
            match value {
                _ if (self.is_read)(name) => None,
                Json::Object(inner) if at == "$" && AROUND.contains(&letters.as_str()) => self.in_members(inner, &place),
                _ if usual::MORE.has(&letters) && says_more(value) => Some(format!("`{place}`")),
                _ if TOTALS.contains(&letters.as_str()) => {
                    number(value).filter(|all| *all > self.count).map(|all| format!("`{place}` ({all})"))
                }
                _ => None,
            }
        })
    }
}

/// Whether a member such as `has_more` or `next` says that there is another page.
fn says_more(value: &Json) -> bool {
    match value {
        Json::Bool(more) => *more,
        Json::String(text) => !text.trim().is_empty() && !usual::verdict(text).1,
        Json::Object(link) => link.values().any(|value| value.as_str().is_some_and(|text| !text.trim().is_empty())),
        Json::Null | Json::Number(_) | Json::Array(_) => false,
    }
}

fn number(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
