//! What an API says on every page, so that it says nothing of the last one.

use crate::{
    check::model::page_counts::{counts_page, limits_page},
    compile::program::{Comparator, Name, Program},
    sandbox::answer::{Answer, solve},
    value::path::JsonPath,
};
use serde_json::{Value as Json, json};

/// Members that are true after any success, and false.
const TRUE: [&str; 6] = ["success", "successful", "succeeded", "ok", "okay", "valid"];
const FALSE: [&str; 10] = ["error", "errors", "haserror", "haserrors", "failed", "failure", "fault", "warning", "warnings", "errno"];

/// What any success says of itself, at any place.
const SUCCESS: [&str; 6] = ["ok", "okay", "success", "successful", "succeeded", "200"];

/// Members that say what kind of thing a page is.
const KINDS: [&str; 10] = ["type", "kind", "object", "class", "resource", "version", "apiversion", "schema", "format", "context"];

/// Members that are true if another page follows, and false.
const MORE: [&str; 11] = [
    "more",
    "hasmore",
    "hasnext",
    "hasnextpage",
    "nextpage",
    "next",
    "morepages",
    "moreavailable",
    "morerecords",
    "truncated",
    "istruncated",
];
const LAST: [&str; 14] = [
    "last",
    "islast",
    "lastpage",
    "islastpage",
    "done",
    "end",
    "isend",
    "ended",
    "eof",
    "final",
    "finished",
    "complete",
    "completed",
    "endofstream",
];

/// Where a page stands among all.
const POSITIONS: [&str; 7] = ["page", "pagenumber", "pageno", "currentpage", "pageindex", "offset", "skip"];

/// Headers that servers write by themselves.
const HEADERS: [&str; 7] = ["contenttype", "server", "cachecontrol", "connection", "vary", "via", "contentencoding"];

/// What a member of this name says of any success.
pub fn verdict(name: &str) -> Option<bool> {
    if TRUE.contains(&name) { Some(true) } else { FALSE.contains(&name).then_some(false) }
}

/// Adds to a full page what a rule asks for, where a page with another one after it may have it.
pub fn add(answer: &mut Answer, when: &Program, size: u64) {
    let mut counts = Vec::new();
    when.names(&mut |name| {
        if let Name::Answer(path) = name
            && !path.text.contains('[')
        {
            counts.push(solve::Place::Path(path.clone()));
        }
    });
    // How many records a page has, and how many it may have.
    for place in counts.iter().filter(|place| counts_page(&name_of(place)) || limits_page(&name_of(place))) {
        solve::put(answer, place, json!(size));
    }
    for part in when.parts() {
        if let Some((place, values)) = asked(part)
            && let Some(value) = values.into_iter().find(|value| is_on_any_page(answer, &place, value))
        {
            solve::put(answer, &of_the_first(place), value);
        }
    }
}

/// Whether a rule asks for something of each record: `$.data[*].id`.
pub fn asks_each(when: &Program) -> bool {
    let mut each = false;
    when.answer_paths(&mut |path| each |= path.text.contains(EACH));
    each
}

const EACH: &str = "[*]";

/// The same place of the first record alone.
fn of_the_first(place: solve::Place) -> solve::Place {
    match &place {
        solve::Place::Path(path) => JsonPath::parse(&path.text.replace(EACH, "[0]")).map_or(place, solve::Place::Path),
        _ => place,
    }
}

/// A place, and the constants of which a condition asks for one there.
fn asked(part: &Program) -> Option<(solve::Place, Vec<Json>)> {
    match part {
        Program::Compare(Comparator::Equal | Comparator::Contains, _) | Program::In { negated: false, .. } => {
            solve::place_of_leaf(part).map(|place| (place, solve::constants(part)))
        }
        _ => None,
    }
}

fn is_on_any_page(answer: &Answer, place: &solve::Place, value: &Json) -> bool {
    let name = name_of(place);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
    let (yes, no) = (matches!(&*text, "true" | "1" | "yes"), matches!(&*text, "false" | "0" | "no"));
    let path = match place {
        solve::Place::Header(_) => return HEADERS.contains(&&*name),
        solve::Place::Path(path) => path,
        _ => return false,
    };
    if path.text.contains('[') {
        return is_of_a_record(answer, path, value);
    }
    let nothing = no || matches!(&*text, "" | "[]" | "{}");
    SUCCESS.contains(&&*text)
        || KINDS.contains(&&*name) && value.is_string()
        || yes && (TRUE.contains(&&*name) || MORE.contains(&&*name))
        || nothing && FALSE.contains(&&*name)
        || no && (LAST.contains(&&*name) || name.ends_with("code"))
        || value.is_u64() && POSITIONS.contains(&&*name)
}

/// A record of any page may have the value that a rule asks of one at a fixed place, `$.data[0].id == "1"`; of the last one, words may be
/// those of an end.
fn is_of_a_record(answer: &Answer, path: &JsonPath, value: &Json) -> bool {
    let is_fixed = !path.text.contains("[-");
    let is_number = value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
    (is_fixed || is_number) && answer.has(path)
}

/// The last name of a place, in small letters alone.
pub fn name_of(place: &solve::Place) -> String {
    let name = match place {
        solve::Place::Path(path) => path.text.rsplit('.').next().unwrap_or_default(),
        solve::Place::Header(name) => name,
        _ => "",
    };
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
