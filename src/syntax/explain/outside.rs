//! Attributes that are written in their collection, outside of its block of attributes: one message for all lines that follow one another.

use super::{
    enclosing::{block_around, statement_in},
    stop,
};
use crate::syntax::{grammar::Rule, words};
use std::ops::Range;

/// Lines of attributes in a collection, in places of the whole prepared text.
pub(in crate::syntax) struct Outside {
    /// The lines, each without what is around it.
    pub lines: Vec<Range<usize>>,
    /// The `}` of the block of attributes that the collection has, if it has one.
    pub end_of_block: Option<usize>,
}

/// The types by their first word, where more of the line may be wrong.
const TYPES: [&str; 9] = ["text", "bool", "int", "decimal", "date", "datetime", "duration", "json", "list"];

/// The first lines of a collection that declare attributes, of lines that were not understood there.
pub(in crate::syntax) fn attributes_outside(file: &str, not_understood: &[Range<usize>]) -> Option<Outside> {
    let is_one = |range: &&Range<usize>| is_attribute(&file[(*range).clone()]);
    let first = not_understood.iter().position(|range| is_one(&range))?;
    let mut lines = vec![not_understood[first].clone()];
    for next in not_understood[first + 1..].iter().take_while(is_one) {
        let end = lines[lines.len() - 1].end;
        if next.start < end || !file[end..next.start].trim().is_empty() {
            break;
        }
        lines.push(next.clone());
    }
    let collection = block_around(file, lines[0].start);
    let end_of_block = statement_in(file, &collection, "attributes").map(|block| block.end);
    Some(Outside { lines, end_of_block })
}

/// `number : text at $.number`, with whatever may be wrong after the type.
fn is_attribute(line: &str) -> bool {
    let Some((name, words)) = line.split_once(':') else { return false };
    let name = name.trim();
    let word = words.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let is_type = |word: &str| TYPES.contains(&word.split(' ').next().unwrap_or_default());
    let named = stop(Rule::name_word, name).is_none() && !name.is_empty();
    named && (is_type(word) || words::native_words(word).iter().any(|native| is_type(native)))
}

impl Outside {
    /// `` `number` `` or `` `number` and 3 more lines ``, with what they are.
    pub fn message(&self, file: &str) -> String {
        let name = self.name(file);
        match self.lines.len() {
            1 => format!("`{name}` is declared outside of the block of attributes"),
            many => format!("`{name}` and {} declared outside of a block of attributes", more(many - 1)),
        }
    }

    /// The first of them.
    pub fn name<'t>(&self, file: &'t str) -> &'t str {
        file[self.lines[0].clone()].split(':').next().unwrap_or_default().trim()
    }

    pub fn help(&self) -> String {
        let (it, them) = if self.lines.len() == 1 { ("it", "the line") } else { ("them", "the lines") };
        match self.end_of_block {
            Some(_) => format!("move {them} into `attributes {{ … }}`"),
            None => format!("enclose {it} in `attributes {{ … }}`"),
        }
    }
}

fn more(count: usize) -> String {
    if count == 1 { "1 more are".to_owned() } else { format!("{count} more are") }
}
