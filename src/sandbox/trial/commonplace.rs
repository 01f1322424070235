//! What an API says on every page, so that it says nothing of the last one.

use crate::{
    check::model::{
        page_counts::{counts_page, limits_page},
        unfinished::is_unfinished,
        usual::{self, BEFORE, ENVELOPE, FALSE, FIRST, HEADERS, KIND_NAMES, LAST, MORE, POSITIONS, REPEATED, SUCCESS_WORDS, TRUE, Words},
    },
    compile::program::{Comparator, Name, Program},
    sandbox::answer::{Answer, search, solve},
    value::path::JsonPath,
};
use serde_json::{Value as Json, json};

/// What a member of this name says of any success.
pub fn verdict(name: &str) -> Option<bool> {
    if TRUE.has(name) { Some(true) } else { FALSE.has(name).then_some(false) }
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
        if let Some(place) = without(part).filter(|place| is_empty_on_any_page(&name_of(place))) {
            solve::take(answer, &place);
        } else if let Some(place) = measured(part) {
            let values = numbers_around(&solve::constants(part));
            let met = values.into_iter().find(|value| solve::put(answer, &place, json!(value)) && search::holds(answer, part));
            solve::put(answer, &place, json!(met.unwrap_or(1)));
        } else if let Some((place, values)) = asked(part)
            && let Some(value) = values.into_iter().find(|value| is_on_any_page(answer, &place, value))
        {
            solve::put(answer, &of_the_first(place), value);
        }
    }
}

/// Adds what a rule asks for and any failure says, where it asks for such; whether it does.
pub fn add_failure(answer: &mut Answer, when: &Program) -> bool {
    let mut is_asked = false;
    for part in when.parts() {
        if let Some((place, values)) = asked(part)
            && let Some(value) = values.into_iter().find(|value| is_of_failure(&place, value))
        {
            is_asked |= solve::put(answer, &place, value);
        }
    }
    is_asked
}

/// A number such as 500 is the status of a failure where a place is one of a status or a code.
fn is_of_failure(place: &solve::Place, value: &Json) -> bool {
    let name = name_of(place);
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let is_number = text.trim().parse::<i64>().is_ok();
    let is_status = ["status", "code", "error", "state", "result"].iter().any(|end| name.ends_with(end));
    matches!(place, solve::Place::Path(_))
        && !value.is_null()
        && (!is_number || is_status || usual::FAILURE_NAMES.has(&name) || TRUE.has(&name))
        && usual::says_failure(&name, &text, value.is_string())
}

/// The place that a part wants to have nothing.
fn without(part: &Program) -> Option<solve::Place> {
    match part {
        Program::IsMissing(value) | Program::IsAbsent(value) => {
            solve::place_of_leaf(part).filter(|_| !matches!(**value, Program::Constant(_)))
        }
        _ => None,
    }
}

/// What is false, empty or missing on each page, or on the first one.
fn is_empty_on_any_page(name: &str) -> bool {
    FALSE.has(name) || BEFORE.has(name) || REPEATED.has(name)
}

/// A place of how long an answer took, or the like, that is compared with numbers.
fn measured(part: &Program) -> Option<solve::Place> {
    let is_range =
        matches!(part, Program::Compare(how, _) if !matches!(how, Comparator::Equal | Comparator::NotEqual | Comparator::Contains));
    let place = solve::place_of_leaf(part).filter(|_| is_range)?;
    let is_anywhere = ENVELOPE.has(&name_of(&place)) || usual::is_of_limits(text_of(&place));
    (is_anywhere && solve::constants(part).iter().any(Json::is_number)).then_some(place)
}

/// Numbers beside the constants of a range, one of which meets it.
fn numbers_around(constants: &[Json]) -> Vec<i64> {
    constants.iter().filter_map(Json::as_i64).flat_map(|number| [number, number - 1, number + 1]).collect()
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
        solve::Place::Header(header) => return HEADERS.has(&name) || usual::is_of_limits(header),
        solve::Place::Path(path) => path,
        _ => return false,
    };
    if path.text.contains('[') {
        return is_of_a_record(answer, path, value);
    }
    let is_zero = text.trim().parse() == Ok(0);
    let nothing = no || value.is_null() || matches!(&*text, "" | "[]" | "{}");
    SUCCESS_WORDS.has(&text)
        || text == "200"
        || ENVELOPE.has(&name)
        || REPEATED.has(&name)
        || KIND_NAMES.has(&name) && value.is_string()
        || yes && (TRUE.has(&name) || MORE.has(&name) || FIRST.has(&name))
        || nothing && (FALSE.has(&name) || BEFORE.has(&name) || usual::counts_trouble(&name))
        || (no || is_zero) && (LAST.has(&name) || name.ends_with("code"))
        || (yes || no) && usual::is_flag(path)
        || value.is_number() && usual::is_of_limits(&path.text)
        || STATES.has(&name) && !is_of_failure(place, value) && value.as_str().is_some_and(is_unfinished)
        || value.is_u64() && (POSITIONS.has(&name) || limits_page(&name))
}

/// Members that say how far an answer has come.
const STATES: Words = Words("status state result phase outcome");

/// A record of any page may have the value that a rule asks of one at a fixed place, `$.data[0].id == "1"`; of the last one, words may be
/// those of an end.
fn is_of_a_record(answer: &Answer, path: &JsonPath, value: &Json) -> bool {
    let is_fixed = !path.text.contains("[-");
    let is_number = value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
    (is_fixed || is_number) && answer.has(path)
}

/// A place as it is written.
fn text_of(place: &solve::Place) -> &str {
    match place {
        solve::Place::Path(path) => &path.text,
        solve::Place::Header(name) => name,
        _ => "",
    }
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
