//! Lines of old that are written in another form now. The fix writes it where the meaning is the same; where a person has to decide,
//! the message says between what.

use super::{Explained, Stop, old_blocks, old_entries::is_hundred, token::*};
use crate::syntax::{faults, grammar::Rule, words};
use std::ops::Range;

/// How often a request is sent again, if nothing is said.
const RETRIES: &str = "6";

/// The statuses that meant success beside those that `good` listed, if none of these did.
const USUAL: [&str; 4] = ["200", "201", "202", "204"];

/// The failures of an old `retry` that are sent again today as well.
const REPEATED: [&str; 5] = ["429", "5xx", "timeout", "408", "425"];

impl Stop<'_> {
    /// A line whose words were all replaced.
    pub(super) fn old_line(&self) -> Option<Explained> {
        let words = words_of(self.unit.text);
        let text: Vec<&str> = words.iter().map(|word| &self.unit.text[word.clone()]).collect();
        match (self.unit.block, &text[..]) {
            (Rule::call_block, ["good", statuses @ ..]) => self.good(&listed_statuses(statuses)?),
            (Rule::call_block, ["merged", status]) if is_status(status) => {
                Some(self.rewritten_line("merged", &format!("moved when status == {status}")))
            }
            (Rule::call_block, ["ends", "on", status]) if is_status(status) => {
                Some(self.rewritten_line("ends on", &format!("last page when status == {status}")))
            }
            (Rule::call_block, ["on", "unknown", "repeat"]) => Some(self.blind_repeat()),
            (Rule::http_block, ["retry", classes @ .., "up", "to", times, "times" | "time"]) => Some(self.retry_list(classes, times)),
            (Rule::call_block | Rule::collection_block | Rule::http_block, ["page", "by", "last", name, ..]) => {
                Some(self.page_by_last(words[2].start..words[3].end, name))
            }
            (Rule::http_block, ["limit", _, "per", _, ..]) => self.limit_unit(),
            (Rule::http_block, ["verify", ..]) if self.found() == "identity" => Some(self.identity()),
            _ => None,
        }
    }

    fn rewritten_line(&self, old: &str, new: &str) -> Explained {
        let range = 0..self.unit.text.trim_end().len();
        let is = new.split(" when ").next().unwrap_or(new);
        let message = format!("`{old}` is written `{is} when` here");
        Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{new}`")).edit(range, new)
    }

    /// Without a status of success, `good` added to the usual ones; of a list it named the end.
    fn good(&self, statuses: &[&str]) -> Option<Explained> {
        let succeeds = statuses.iter().any(|status| status.starts_with('2'));
        let lists = self.unit.blocks().next().is_some_and(|(head, _)| head.starts_with("list ") || head.starts_with("find "));
        let (outcome, statuses) = match (succeeds, lists) {
            (true, _) => ("done", statuses.to_vec()),
            (false, true) => ("last page", statuses.to_vec()),
            (false, false) => ("done", [&USUAL, statuses].concat()),
        };
        (!statuses.is_empty()).then(|| self.rewritten_line("good", &status_rule(outcome, &statuses, &[])))
    }

    /// `limit 60 per minute`
    fn limit_unit(&self) -> Option<Explained> {
        let new = match words::unit(self.found())? {
            "days" => "day",
            unit => unit,
        };
        let message = format!("`per {}` is written `per {new}` here", self.found());
        let explained = Explained::new(faults::FOREIGN, self.found.clone(), message, format!("write `{new}`"));
        self.helps(&self.found, new).then(|| explained.edit(self.found.clone(), new))
    }

    /// What is `limit` or `temporary` is sent again, so a list of failures says nothing, unless it left some out.
    fn retry_list(&self, classes: &[&str], times: &str) -> Explained {
        let range = 0..self.unit.text.trim_end().len();
        let new = format!("retry {times} times");
        let all = classes.contains(&"5xx") && classes.iter().all(|class| *class == "," || REPEATED.contains(class) || is_5xx(class));
        if !all {
            let message = "`retry` takes no list of failures: what is `limit` or `temporary` is sent again, as time-outs and 5xx are";
            let help = format!(
                "write `{new}`, and `never repeat` in the calls that must not be sent again; other answers need a rule, such as \
                 `temporary when status == 423`"
            );
            return Explained { offered: false, ..Explained::new(faults::FOREIGN, range.clone(), message, help).edit(range, new) };
        }
        let message = format!("`retry … up to {times} times` is written `{new}` here");
        match times == RETRIES {
            true => Explained::new(faults::FOREIGN, range.clone(), message + ", the default", "remove the line").edit(range, ""),
            false => Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{new}`")).edit(range, new),
        }
    }

    /// What may have been done is not sent again by guess.
    fn blind_repeat(&self) -> Explained {
        let range = 0..self.unit.text.trim_end().len();
        let message = "`on unknown repeat` would send a create again that may have been done";
        let help = "write `idempotent` if the vendor discards a second one, `never repeat` to leave it to a person, or remove the line to have \
                    it looked up";
        Explained { offered: false, ..Explained::new(faults::FOREIGN, range.clone(), message, help).edit(range, "never repeat") }
    }

    /// The cursor is a place of the last record: found where the records and the attribute are at plain paths.
    fn page_by_last(&self, range: Range<usize>, name: &str) -> Explained {
        let message = format!("`page by last {name}` is written `page by cursor` with the place of `{name}` in the last record");
        match old_blocks::last_record(self.unit, name) {
            Some(path) => {
                let new = format!("cursor {path}");
                Explained::new(faults::FOREIGN, range.clone(), message, format!("write `page by {new}`")).edit(range, new)
            }
            None => {
                let help = format!("write where the last record has it, such as `page by cursor $.data[-1].{name}`");
                let explained = Explained::new(faults::FOREIGN, range.clone(), message, help);
                Explained { offered: false, ..explained.edit(range, format!("cursor $.data[-1].{name}")) }
            }
        }
    }

    /// `verify GET "/me" identity $.name`
    fn identity(&self) -> Explained {
        let range = self.found.start..self.unit.text.trim_end().len();
        let path = self.unit.text[self.found.end..].trim();
        let new = format!("{{ item {path} }}");
        let message = "`identity` is written `item`, in the block of the call";
        Explained::new(faults::FOREIGN, self.found.clone(), message, format!("write `{new}`")).edit(range, new)
    }
}

/// `done when status in [200, 204]`, `invalid when status >= 400 and status < 500`: a hundred without those of them in `others`.
pub(super) fn status_rule(outcome: &str, statuses: &[&str], others: &[&str]) -> String {
    let (hundreds, exact): (Vec<&str>, Vec<&str>) = statuses.iter().partition(|status| is_hundred(status));
    let one_of = |all: &[&str], equal: &str, within: &str| match all {
        [] => None,
        [one] => Some(format!("status {equal} {one}")),
        several => Some(format!("status {within} [{}]", several.join(", "))),
    };
    let hundred = |first: &str| {
        let from = format!("status >= {first}00");
        let below = first.parse().ok().filter(|first| *first < 5).map(|first: u8| format!("status < {}00", first + 1));
        let others: Vec<&str> = others.iter().copied().filter(|one| is_status(one) && one.starts_with(first)).collect();
        [Some(from), below, one_of(&others, "!=", "not in")].into_iter().flatten().collect::<Vec<_>>().join(" and ")
    };
    let hundreds = hundreds.iter().map(|one| hundred(&one[..1]));
    format!("{outcome} when {}", one_of(&exact, "==", "in").into_iter().chain(hundreds).collect::<Vec<_>>().join(" or "))
}

pub(super) fn is_status(word: &str) -> bool {
    word.len() == 3 && word.chars().all(|c| c.is_ascii_digit())
}

fn is_5xx(word: &str) -> bool {
    is_status(word) && word.starts_with('5')
}

/// The statuses of a list with commas; none if it is no such list.
fn listed_statuses<'w>(words: &[&'w str]) -> Option<Vec<&'w str>> {
    let (statuses, others): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| is_status(word));
    others.iter().all(|word| *word == ",").then_some(statuses)
}

/// The words, texts and signs of a text.
pub(super) fn words_of(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        at = text.len() - text[at..].trim_start().len();
        let word = token(text, at);
        if word.is_empty() {
            return words;
        }
        at = word.end;
        words.push(word);
    }
}
