//! What the lists of a collection prove, its attributes, and what it sends: `explain SYSTEM.COLLECTION`.

use super::{collection::Written, duration, number, pad};
use crate::{
    check::model::{
        proof::{Cover, EndProof, ListProof, Proof},
        system::{Attribute, Collection, System},
        wire::{Direction, Limit, WireFormat},
    },
    diagnose::render::page::wrapped,
};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

/// A collection with its proof.
pub struct Proved<'a> {
    pub system: &'a System,
    pub collection: &'a Collection,
    /// As it is written in its file.
    pub written: Option<Written<'a>>,
    /// In columns.
    pub width: usize,
}

/// How far the words of a section are from the margin.
const INDENT: usize = 9;

impl Proved<'_> {
    fn proof(&self) -> Proof {
        self.collection.proof()
    }

    /// As text: what its lists prove, its attributes, and what it sends.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("{}.{}", self.system.name, self.collection.name), String::new()];
        lines.extend(self.proof_lines());
        lines.extend(self.attribute_lines());
        for (word, said) in self.written.iter().flat_map(Written::sections) {
            lines.push(String::new());
            lines.extend(self.under(word, &said));
        }
        lines.join("\n") + "\n"
    }

    /// What shows the end of a list.
    fn end(&self, list: &ListProof) -> &'static str {
        match (self.is_of_rows(list), list.end, self.collection.get.is_some()) {
            (true, _, true) => {
                "one answer holds all; where it comes with neither a length nor chunks, its end is weak: each linked record that seems missing \
                 is asked for by `get`"
            }
            (true, _, false) => {
                "one answer holds all; where it comes with neither a length nor chunks, its end is weak: without a `get`, nobody leaves by \
                 being missing"
            }
            (_, EndProof::ShortPage, false) => {
                "a page is short, which is weak: without a `get`, nobody leaves by being missing, and people without a link are looked up \
                 by `find by`"
            }
            (_, end, _) => end.sentence(),
        }
    }

    /// Whether one answer of rows holds all: rows have no end of their own.
    fn is_of_rows(&self, list: &ListProof) -> bool {
        let is_of_rows = self.system.http().is_some_and(|http| matches!(http.format, WireFormat::Csv | WireFormat::JsonLines));
        is_of_rows && list.end == EndProof::OnePage
    }

    fn is_weak(&self, list: &ListProof) -> bool {
        list.end == EndProof::ShortPage || self.is_of_rows(list)
    }

    /// End, shape, cover and walk.
    fn proof_lines(&self) -> Vec<String> {
        if self.collection.file.is_some() {
            return vec!["It is a file, which is read whole: a record that is not in it does not exist.".to_owned()];
        }
        let proof = self.proof();
        if proof.lists.is_empty() {
            return vec!["It has no `list`, so no read of it proves that a record does not exist.".to_owned()];
        }
        let mut lines = Vec::new();
        let ends: Vec<_> = proof.lists.iter().map(|list| format!("{}: {}", self.list(list), self.end(list))).collect();
        lines.extend(self.under("end", &ends));
        let shapes: Vec<_> = proof.lists.iter().map(|list| self.shape(list)).collect();
        lines.extend(self.under("shape", &shapes));
        lines.extend(self.under("cover", &[self.cover(&proof.cover)]));
        let skipped = if matches!(proof.cover, Cover::Filtered(_)) { "" } else { ", and no element is skipped" };
        lines.extend(self.under("walk", &[format!("no page, link or cursor comes twice{skipped}")]));
        lines.extend(self.by_get().into_iter().flat_map(|words| self.under("get", &[words])));
        lines
    }

    /// Each attribute with its type and its place in a record, in columns.
    fn attribute_lines(&self) -> Vec<String> {
        let rows: Vec<_> =
            self.collection.attributes.iter().map(|one| (one.name.as_str(), one.read_type().to_string(), place_of(one))).collect();
        let names = rows.iter().map(|(name, ..)| name.width()).max().unwrap_or(0);
        let types = rows.iter().map(|(_, ty, _)| ty.width()).max().unwrap_or(0);
        let before = INDENT + names + types + 4;
        let room = self.width.saturating_sub(before).max(INDENT);
        let mut lines = Vec::new();
        for (name, ty, place) in &rows {
            let lead = format!("{:INDENT$}{}  {}  ", "", pad(name, names), pad(ty, types));
            let place = wrapped(room, place);
            lines.extend(
                place.lines().enumerate().map(|(at, line)| if at == 0 { format!("{lead}{line}") } else { format!("{:before$}{line}", "") }),
            );
        }
        if lines.is_empty() { lines } else { [String::new(), "  attributes".to_owned()].into_iter().chain(lines).collect() }
    }

    /// Lines below each other, with the word of their section before the first. What is written on several lines stays so.
    fn under(&self, word: &str, all: &[String]) -> Vec<String> {
        let room = self.width.saturating_sub(INDENT).max(INDENT);
        let fitted = |said: &String| if said.contains('\n') { said.clone() } else { wrapped(room, said) };
        let lines: Vec<String> = all.iter().map(fitted).collect();
        let lines = lines.iter().flat_map(|said| said.lines());
        lines.enumerate().map(|(at, line)| format!("  {:<6} {line}", if at == 0 { word } else { "" }).trim_end().to_owned()).collect()
    }

    /// What lists leave out, and what asking for it costs.
    fn by_get(&self) -> Option<String> {
        let names: Vec<_> = self.shown_by_get().map(|name| format!("`{name}`")).collect();
        let limit = self.system.http().and_then(|http| http.limit);
        let pace = limit.map_or_else(|| "no `limit` is declared".to_owned(), pace);
        let names = (!names.is_empty()).then(|| names.join(", "))?;
        Some(format!("{names}: one call for each record where a pipeline uses it; {pace}"))
    }

    fn shown_by_get(&self) -> impl Iterator<Item = &str> {
        self.collection.attributes.iter().filter(|attribute| attribute.from_get).map(|attribute| attribute.name.as_str())
    }

    /// As JSON.
    pub fn json(&self) -> Json {
        let proof = self.proof();
        let list = |list: &ListProof| {
            json!({
                "request": list.request,
                "end": self.end(list),
                "weak": self.is_weak(list),
                "items": list.items,
                "closed": list.closed,
                "values": list.values,
                "parent": list.parent.map(|at| self.system.collections[at].name.as_str()),
            })
        };
        json!({
            "name": format!("{}.{}", self.system.name, self.collection.name),
            "kind": "collection",
            "text": self.text(),
            "file": self.collection.file.is_some(),
            "lists": proof.lists.iter().map(list).collect::<Vec<_>>(),
            "cover": self.cover(&proof.cover),
            "get": self.collection.get.is_some(),
            "from_get": self.shown_by_get().collect::<Vec<_>>(),
            "attributes": self.collection.attributes.iter().map(json_attribute).collect::<Vec<_>>(),
            "sent": self.written.as_ref().map(Written::json),
        })
    }

    fn list(&self, list: &ListProof) -> String {
        let each = if list.values > 0 { format!(" for each of {} values", list.values) } else { String::new() };
        let below = list.parent.map(|at| format!(" for each of {}", self.system.collections[at].name)).unwrap_or_default();
        format!("{}{each}{below}", list.request)
    }

    fn shape(&self, list: &ListProof) -> String {
        let key = self.collection.key_names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
        let key = (!key.is_empty()).then(|| format!(", each element its key {key}"));
        let closed = if list.closed { ", and a `done` rule holds" } else { "" };
        format!("{}: every page has its records at `{}`{}{closed}", list.request, list.items, key.unwrap_or_default())
    }

    fn cover(&self, cover: &Cover) -> String {
        match cover {
            Cover::Said => "`lists all`: a record that is not listed has no account".to_owned(),
            Cover::Values(name) => format!("the lists show every value of `{name}` together"),
            Cover::OpenOnly => "`lists open only`: a record that is not listed may have a closed account".to_owned(),
            Cover::Filtered(path) => {
                format!(
                    "elements that `{path}` does not select are left out, and nothing says which records these are: add `where` to the list"
                )
            }
            Cover::Part => "each list shows a part, and nothing says that they show all together: write `lists all`".to_owned(),
            Cover::Unsaid => "nothing says whether closed accounts are listed: write `lists all` or `lists open only`".to_owned(),
        }
    }
}

/// `at $.mail, from get, read only`
fn place_of(attribute: &Attribute) -> String {
    let path = &attribute.path.text;
    let written = attribute.written_at.as_ref().map(|path| path.text.as_str());
    let mut place = match (attribute.direction, written) {
        (Direction::WriteOnly, written) => format!("written at {}, not read", written.unwrap_or(path)),
        (_, Some(written)) => format!("at {path}, written at {written}"),
        _ if attribute.unshown => "in no element: the list, or the key that is asked for, tells it".to_owned(),
        _ => format!("at {path}"),
    };
    let words = [
        (attribute.from_get, ", from get"),
        (attribute.direction == Direction::ReadOnly, ", read only"),
        (attribute.discovered, ", as the system says"),
    ];
    words.iter().filter(|(is_so, _)| *is_so).for_each(|(_, words)| place.push_str(words));
    place
}

fn json_attribute(attribute: &Attribute) -> Json {
    json!({
        "name": attribute.name,
        "type": attribute.read_type().to_string(),
        "at": Some(&attribute.path.text).filter(|_| attribute.is_read() && !attribute.unshown),
        "from_get": attribute.from_get,
    })
}

/// `600 requests a minute`
pub fn allowance(limit: Limit) -> String {
    let unit = match limit.per_seconds {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        seconds => format!("per {seconds} s"),
    };
    format!("{} requests {unit}", limit.amount)
}

/// How long one call for each of many records takes within a limit.
pub fn pace(limit: Limit) -> String {
    const RECORDS: u64 = 1000;
    let milliseconds = RECORDS.saturating_mul(limit.per_seconds).saturating_mul(1000) / limit.amount.max(1);
    format!("{} records take {} at {}", number(RECORDS), duration(milliseconds), allowance(limit))
}
