//! Which edits are offered: only those that fix their mistake, bring no new one and lose no comment.
//!
//! What writes an edit sees one place; whether the file is right afterwards, only a check of the edited file can say.

use super::checked::Checked;
use crate::{
    diagnose::{Diagnostic, FileId, Fix, Sources, edit},
    syntax::keeps_comments,
};
use std::collections::{BTreeMap, HashMap};

/// Leaves out the edits that would not fix their mistake, or would bring another. `with` checks the file as if some of its files had
/// other texts.
pub(super) fn keep_what_helps(checked: &mut Checked, with: &dyn Fn(BTreeMap<FileId, String>) -> Checked) {
    let mut diagnostics = std::mem::take(&mut checked.diagnostics);
    let size: usize = checked.sources.iter().map(|(_, source)| source.text.len()).sum();
    let mut trials = TRIED / size.max(1);
    let before = Mistakes::of(&diagnostics);
    for one in diagnostics.iter_mut().filter(|one| !one.fixes.is_empty()) {
        let fixes = std::mem::take(&mut one.fixes);
        // The reading that is left is still one of several: the author chooses.
        one.is_choice = fixes.len() > 1;
        let mut helps = |fix: &Fix| {
            if trials == 0 {
                return false;
            }
            trials -= 1;
            let texts = edit::texts([fix], &checked.sources);
            let edits = |file| fix.edits.iter().filter(move |edit| edit.span.file == file);
            let keeps = |(file, text): (&FileId, &String)| keeps_comments(&checked.sources.file(*file).text, edits(*file), text);
            texts.iter().all(keeps) && before.is_fixed(one, fix, &with(texts), &checked.sources)
        };
        one.fixes = fixes.into_iter().filter(|fix| helps(fix)).collect();
    }
    checked.diagnostics = diagnostics;
}

/// How many bytes are checked to try edits; of files that are larger, fewer edits are tried, and those that are not are not offered.
const TRIED: usize = 8 << 20;

/// Mistakes, by what is said of them: an edit moves the places of those that stay.
struct Mistakes {
    count: HashMap<(&'static str, String), usize>,
}

impl Mistakes {
    fn of<'d>(all: impl IntoIterator<Item = &'d Diagnostic>) -> Self {
        let mut count = HashMap::new();
        for one in all {
            *count.entry((one.code, one.message.clone())).or_default() += 1;
        }
        Self { count }
    }

    fn of_same(&self, one: &Diagnostic) -> usize {
        self.count.get(&(one.code, one.message.clone())).copied().unwrap_or_default()
    }

    /// Whether a fix takes away its mistake, and brings no error that the file does not have.
    fn is_fixed(&self, one: &Diagnostic, fix: &Fix, after: &Checked, sources: &Sources) -> bool {
        // The same mistake further on in the line is one of its own, which the first one hid; so is another word of old.
        let is_next = |other: &Diagnostic| is_same(one, other) || is_next_foreign(one, other, after, sources);
        let again = |other: &&Diagnostic| one.is_syntax() && is_next(other) && is_behind(other, fix);
        let then = Mistakes::of(after.diagnostics.iter().filter(|other| !again(other)));
        // Once a line is understood, or a list that was too long is shorter, mistakes of other lines come to light that were there before.
        let was_hidden = |other: &Diagnostic| (one.is_syntax() && !other.is_syntax()) || self.is_full();
        let is_new = |other: &&Diagnostic| other.is_error() && !again(other) && then.of_same(other) > self.of_same(other);
        let is_own = |other: &Diagnostic| !was_hidden(other) || is_edited(other, fix, after, sources);
        then.of_same(one) < self.of_same(one) && !after.diagnostics.iter().filter(is_new).any(is_own)
    }

    fn is_full(&self) -> bool {
        self.count.values().sum::<usize>() >= crate::syntax::MOST_MISTAKES
    }
}

fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    (one.code, &one.message) == (other.code, &other.message)
}

/// Whether both are words of other languages or of old in one line, and the second has its fix as well.
fn is_next_foreign(one: &Diagnostic, other: &Diagnostic, after: &Checked, sources: &Sources) -> bool {
    let foreign = one.code == "E0105" && other.code == "E0105" && !other.fixes.is_empty();
    foreign && one.span.file == other.span.file && sources.position(one.span).0 == after.sources.position(other.span).0
}

/// Whether a mistake begins behind what an edit wrote.
fn is_behind(one: &Diagnostic, fix: &Fix) -> bool {
    let end = |edit: &edit::Edit| edit.span.start as usize + edit.text.len();
    fix.edits.iter().filter(|edit| edit.span.file == one.span.file).map(end).max().is_some_and(|end| one.span.start as usize >= end)
}

/// Whether a mistake is on a line that the edit wrote.
fn is_edited(one: &Diagnostic, fix: &Fix, after: &Checked, sources: &Sources) -> bool {
    if fix.edits.iter().all(|edit| edit.span.file != one.span.file) {
        return false;
    }
    let text = &after.sources.file(one.span.file).text;
    let line = text.lines().nth(after.sources.position(one.span).0 as usize - 1);
    line.is_some_and(|line| sources.file(one.span.file).text.lines().all(|before| before != line))
}
