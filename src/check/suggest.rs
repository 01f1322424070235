//! Did you mean …?

use crate::diagnose::{Diagnostic, Fix, Span};
use std::collections::HashSet;

/// The candidates that a word was most likely meant to be, all equally near; none if nothing is near enough.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let far = (word.chars().count() / 3).clamp(1, 3);
    let scored = candidates.into_iter().filter(|candidate| *candidate != word).map(|candidate| (distance(word, candidate), candidate));
    let near: Vec<_> = scored.filter(|(distance, _)| *distance <= far).collect();
    let nearest = near.iter().map(|(distance, _)| *distance).min();
    let mut words: Vec<_> = near.into_iter().filter(|(distance, _)| Some(*distance) == nearest).map(|(_, word)| word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Edits between the two; a change of case or of `-`, `_` and `.` is less than one.
fn distance(word: &str, candidate: &str) -> usize {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', '.', ' '], "");
    strsim::damerau_levenshtein(&plain(word), &plain(candidate))
}

/// Adds `did you mean …?` and the edit, if there is something near; else a sentence with what there is.
pub(crate) fn suggest<'a>(
    diagnostic: Diagnostic,
    word: &str,
    span: Span,
    there_is: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let near = closest(word, there_is.clone());
    if near.is_empty() {
        let mut there_is: Vec<_> = there_is.into_iter().collect();
        // Of many, those are named that are nearest to what was written.
        if there_is.len() > 8 {
            there_is.sort_by_key(|one| distance(word, one));
        }
        let help = list(there_is).map_or_else(|| "there is none: declare it first".to_owned(), |list| format!("there is {list}"));
        return diagnostic.help(help);
    }
    let meant = near.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
    let diagnostic = diagnostic.help(format!("did you mean {meant}?"));
    near.into_iter().fold(diagnostic, |diagnostic, word| diagnostic.fix(Fix::replace(span, word, "")))
}

/// ``` `a`, `b` and `c` ```, not more than eight.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut seen = HashSet::new();
    let words: Vec<_> = words.into_iter().filter(|word| seen.insert(*word)).map(|word| format!("`{word}`")).collect();
    let (last, first) = words.split_last()?;
    if first.is_empty() {
        return Some(last.clone());
    }
    if words.len() > 8 {
        return Some(format!("{} and {} more", words[..7].join(", "), words.len() - 7));
    }
    Some(format!("{} and {last}", first.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["email", "employee_number", "last_name", "id"];
        for (typed, meant) in
            [("mail", Some("email")), ("lastname", Some("last_name")), ("Email", Some("email")), ("phone", None), ("xy", None)]
        {
            assert_eq!(closest(typed, words), Vec::from_iter(meant), "{typed}");
        }
        assert_eq!(closest("line_3", ["line_2", "city", "line_1"]), ["line_1", "line_2"]);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(["a"]).as_deref(), Some("`a`"));
        assert_eq!(list(["a", "b", "c"]).as_deref(), Some("`a`, `b` and `c`"));
        assert_eq!(list(["a", "b", "c", "d", "e", "f", "g", "h", "i"]).as_deref(), Some("`a`, `b`, `c`, `d`, `e`, `f`, `g` and 2 more"));
        assert_eq!(list([]), None);
    }
}
