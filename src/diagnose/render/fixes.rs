//! The ways to fix a diagnostic, each shown as the edited line.

use crate::diagnose::{Diagnostic, Edit, Fix, Sources, edit};
use unicode_width::UnicodeWidthStr;

/// `fix    …` for the one edit that can be meant; `a      …` and `b      …` where the author chooses.
pub(super) fn lines(diagnostic: &Diagnostic, sources: &Sources) -> Vec<String> {
    let here = sources.file(diagnostic.span.file).position(diagnostic.span.start).0;
    let shown: Vec<(String, String)> =
        diagnostic.fixes.iter().map(|fix| (edited(fix, sources), words(fix, diagnostic, here, sources))).collect();
    let width = shown.iter().map(|(text, _)| text.width()).max().unwrap_or(0);
    let single = edit::fixable(diagnostic);
    let gap = if single { 5 } else { 3 };
    let line = |(at, (text, words)): (usize, &(String, String))| {
        let mark = if single { "fix".to_owned() } else { char::from(b'a' + at as u8 % 26).to_string() };
        let words = if words.is_empty() { String::new() } else { format!("{}# {words}", " ".repeat(width - text.width() + gap)) };
        format!("{mark:<6} {text}{words}")
    };
    shown.iter().enumerate().map(line).collect()
}

/// The line as the edit leaves it; of an insertion of lines, the lines, on one.
fn edited(fix: &Fix, sources: &Sources) -> String {
    let Some(first) = fix.edits.first() else { return String::new() };
    let file = sources.file(first.span.file);
    if !fix.edits.iter().all(|edit| within_its_line(edit, sources)) || !on_one_line(fix, sources) {
        let texts = fix.edits.iter().map(|edit| edit.text.split_whitespace().collect::<Vec<_>>().join(" "));
        return texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" … ");
    }
    let line = file.position(first.span.start).0;
    let whole = edit::apply(&file.text, &fix.edits.iter().collect::<Vec<_>>());
    whole.lines().nth(line as usize - 1).unwrap_or_default().trim().to_owned()
}

fn within_its_line(edit: &Edit, sources: &Sources) -> bool {
    let file = sources.file(edit.span.file);
    !edit.text.contains('\n') && file.position(edit.span.start).0 == file.position(edit.span.end).0
}

fn on_one_line(fix: &Fix, sources: &Sources) -> bool {
    let place = |edit: &Edit| (edit.span.file, sources.position(edit.span).0);
    fix.edits.iter().all(|edit| place(edit) == place(&fix.edits[0]))
}

/// The remark after `#`: what the fix does, or where the edit is if it is not in the line shown.
fn words(fix: &Fix, diagnostic: &Diagnostic, here: u32, sources: &Sources) -> String {
    let Some(first) = fix.edits.first() else { return fix.words.clone() };
    let line = sources.position(first.span).0;
    if !fix.words.is_empty() {
        return fix.words.clone();
    }
    if first.span.file != diagnostic.span.file {
        return sources.place(first.span);
    }
    let (start, end) = (first.text.starts_with(['\n', '\r']), first.text.contains('\n'));
    if start && first.text.trim().is_empty() {
        return format!("`{}` on a line of its own", next_word(first, sources));
    }
    match (start, end, first.text.trim().is_empty()) {
        (_, _, true) if !within_its_line(first, sources) => taken_out(first, sources),
        (true, _, _) => format!("after line {line}"),
        (_, true, _) => format!("before line {line}"),
        _ if line != here => format!("line {line}"),
        _ => String::new(),
    }
}

/// The first word after an edit.
fn next_word<'s>(edit: &Edit, sources: &'s Sources) -> &'s str {
    let rest = sources.file(edit.span.file).text.get(edit.span.end as usize..).unwrap_or_default();
    rest.split_whitespace().next().unwrap_or_default()
}

fn taken_out(edit: &Edit, sources: &Sources) -> String {
    let file = sources.file(edit.span.file);
    let (first, (end, column)) = (file.position(edit.span.start).0, file.position(edit.span.end));
    let last = if column == 1 { end - 1 } else { end };
    if first >= last { format!("without line {first}") } else { format!("without lines {first} to {last}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{FileId, Span};

    const TEXT: &str = "pipeline a {\n  leaver {\n  }\n  mode update\n}\n";

    fn shown(fixes: Vec<Fix>) -> Vec<String> {
        let mut sources = Sources::default();
        sources.add("a.sync", TEXT);
        let one = Diagnostic { fixes, ..Diagnostic::error("E0203", at("leaver"), "") };
        lines(&one, &sources)
    }

    fn at(word: &str) -> Span {
        let start = TEXT.find(word).unwrap() as u32;
        Span { file: FileId(0), start, end: start + word.len() as u32 }
    }

    #[test]
    fn an_edit_of_another_line_says_where_it_goes() {
        let guard = "\n\n  guard {\n    leavers at most 5\n  }";
        let after = Fix::replace(at("  }").after(), guard, "");
        assert_eq!(shown(vec![after]), ["fix    guard { leavers at most 5 }     # after line 3"]);
        assert_eq!(shown(vec![Fix::replace(at("update"), "create", "")]), ["fix    mode create     # line 4"]);
        assert_eq!(shown(vec![Fix::replace(at("leaver"), "lever", "")]), ["fix    lever {"]);
        assert_eq!(shown(vec![Fix::replace(at("  mode update\n"), "", "")]), ["fix         # without line 4"]);
    }

    #[test]
    fn a_line_that_is_divided_is_not_taken_out() {
        let divided = Fix::replace(Span { end: at("update").start, ..at("mode").after() }, "\n  ", "");
        assert_eq!(shown(vec![divided]), ["fix         # `update` on a line of its own"]);
    }

    #[test]
    fn choices_are_aligned_and_say_what_they_mean() {
        let after = |text: &str, words: &str| Fix::replace(at("update").after(), text, words);
        let choices = vec![after(" or create", "both"), after(" only", "one")];
        assert_eq!(shown(choices), ["a      mode update or create   # both", "b      mode update only        # one"]);
    }
}
