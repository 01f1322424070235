//! Did you mean …?

use crate::diagnose::{Diagnostic, Fix, Span};

/// The candidate that a word was most likely meant to be, if one is near enough.
pub(super) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = (word.chars().count() / 3).clamp(1, 3);
    let scored = candidates.into_iter().filter(|candidate| *candidate != word).map(|candidate| (distance(word, candidate), candidate));
    scored.filter(|(distance, _)| *distance <= far).min().map(|(_, candidate)| candidate)
}

/// Edits between the two; a change of case or of `-`, `_` and `.` is less than one.
fn distance(word: &str, candidate: &str) -> usize {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', '.', ' '], "");
    strsim::damerau_levenshtein(&plain(word), &plain(candidate))
}

/// Adds `did you mean …?` and the edit, if there is something near; else a sentence with what there is.
pub(super) fn suggest<'a>(
    diagnostic: Diagnostic,
    word: &str,
    span: Span,
    there_is: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    match closest(word, there_is.clone()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(Fix::replace(span, near, "")),
        None => match list(there_is) {
            Some(list) => diagnostic.help(format!("there is {list}")),
            None => diagnostic,
        },
    }
}

/// ``` `a`, `b` and `c` ```, not more than eight.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
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
            assert_eq!(closest(typed, words), meant, "{typed}");
        }
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(["a"]).as_deref(), Some("`a`"));
        assert_eq!(list(["a", "b", "c"]).as_deref(), Some("`a`, `b` and `c`"));
        assert_eq!(list(["a", "b", "c", "d", "e", "f", "g", "h", "i"]).as_deref(), Some("`a`, `b`, `c`, `d`, `e`, `f`, `g` and 2 more"));
        assert_eq!(list([]), None);
    }
}
