//! The prepared text that the grammar sees, with the position of each byte in the file.

/// A piece of the file that is replaced for the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Where in the file it starts.
    pub start: usize,
    /// Where in the file it ends; the same as `start` for an insertion.
    pub end: usize,
    pub text: String,
}

impl Change {
    pub(super) fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self { start, end, text: text.into() }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at, at, text)
    }
}

/// The prepared text with its way back to the file.
#[derive(Debug)]
pub(super) struct Prepared {
    pub text: String,
    shifts: Vec<Shift>,
}

/// A change that was made: the bytes `out` of the prepared text replace the bytes `file` of the file.
#[derive(Debug)]
struct Shift {
    out: (usize, usize),
    file: (usize, usize),
}

impl Prepared {
    /// Applies changes to a text; of two that overlap the first holds.
    pub(super) fn new(base: &str, changes: &[Change]) -> Self {
        let mut sorted: Vec<&Change> = changes.iter().collect();
        sorted.sort_by_key(|change| change.start);
        let mut prepared = Self { text: String::with_capacity(base.len() + 64), shifts: Vec::new() };
        let mut at = 0;
        for change in sorted.into_iter().filter(|change| change.start <= change.end) {
            if change.start >= at {
                prepared.apply(base, at, change);
                at = change.end;
            }
        }
        prepared.text.push_str(&base[at..]);
        prepared
    }

    fn apply(&mut self, base: &str, at: usize, change: &Change) {
        self.text.push_str(&base[at..change.start]);
        let start = self.text.len();
        self.text.push_str(&change.text);
        self.shifts.push(Shift { out: (start, self.text.len()), file: (change.start, change.end) });
    }

    /// The place in the file of a stretch of the prepared text.
    pub(super) fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let from = self.offset(start, false);
        (from, self.offset(end, true).max(from))
    }

    fn offset(&self, at: usize, is_end: bool) -> usize {
        let after = self.shifts.partition_point(|shift| if is_end { shift.out.0 < at } else { shift.out.0 <= at });
        match after.checked_sub(1).map(|last| &self.shifts[last]) {
            None => at,
            Some(shift) if at >= shift.out.1 => shift.file.1 + (at - shift.out.1),
            Some(shift) if is_end => shift.file.1,
            Some(shift) => shift.file.0,
        }
    }
}
