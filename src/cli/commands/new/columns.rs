//! What the columns of a file are called in the language, and which of them hold days.

use crate::{diagnose::FileId, syntax::parse, value::functions::unaccent};
use jiff::civil::Date;
use std::collections::HashSet;

/// How days are written. The orders with the month first are here so that what could be either is taken for neither.
const PATTERNS: [&str; 7] = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"];

/// One column or member of a file.
#[derive(Clone, Debug)]
pub struct Column {
    /// As the file writes it.
    pub written: String,
    /// As the language writes it, different from those of all columns before.
    pub name: String,
    /// How its days are written; `None` if it does not hold days only, or they can be read in two ways.
    pub day: Option<&'static str>,
}

/// The columns with their names, and with the days that the records show.
pub fn columns(written: Vec<String>, records: &[Vec<String>]) -> Vec<Column> {
    let mut taken = HashSet::new();
    let column = |(at, written): (usize, String)| {
        let mut name = name_of(&written);
        if !is_name(&name) {
            name = format!("column_{}", if name.is_empty() { (at + 1).to_string() } else { name });
        }
        while !taken.insert(name.clone()) {
            name = format!("{name}_{}", at + 1);
        }
        let cells = records.iter().filter_map(|record| record.get(at)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        Column { written, name, day: pattern_of(&cells.collect::<Vec<_>>()) }
    };
    written.into_iter().enumerate().map(column).collect()
}

/// Whether a pipeline, a system or an attribute can be called so.
pub fn is_name(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !word.is_empty();
    plain && parse(FileId::default(), &format!("pipeline {word} {{\n}}\n")).1.is_empty()
}

/// `Prénom d'usage` as the language writes a name: `prenom_d_usage`.
pub fn name_of(column: &str) -> String {
    let mut name = String::new();
    for c in unaccent(column.trim()).chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// The one pattern that all cells fit.
fn pattern_of(cells: &[&str]) -> Option<&'static str> {
    let mut fitting = PATTERNS.into_iter().filter(|pattern| !cells.is_empty() && cells.iter().all(|cell| is_day(cell, pattern)));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Whether a cell is a day whose year has four digits: `01/02/26` says a century that nobody wrote.
fn is_day(cell: &str, pattern: &str) -> bool {
    cell.split(|c: char| !c.is_ascii_digit()).any(|part| part.len() == 4) && Date::strptime(pattern, cell).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(written: &[&str]) -> Vec<String> {
        columns(written.iter().map(|&one| one.to_owned()).collect(), &[]).into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn a_column_is_named_by_its_letters_without_accents() {
        assert_eq!(names(&["Prénom", "Größe (cm)", "N° d'élève", "2e nom"]), ["prenom", "grosse_cm", "n_d_eleve", "column_2e_nom"]);
    }

    #[test]
    fn a_name_that_cannot_be_written_or_is_taken_gets_another() {
        assert_eq!(names(&["姓名", "Prenom", "Prénom", "not"]), ["column_1", "prenom", "prenom_3", "column_not"]);
    }

    #[test]
    fn days_are_known_by_the_one_pattern_that_all_fit() {
        for (cells, pattern) in [
            (&["31/08/2026", "01/09/2026"][..], Some("%d/%m/%Y")),
            (&["08/31/2026", "01/09/2026"], Some("%m/%d/%Y")),
            (&["2026-08-31"], Some("%Y-%m-%d")),
            (&["31.8.2026"], Some("%d.%m.%Y")),
            (&["01/09/2026"], None),
            (&["31/08/2026", "never"], None),
            (&["31/08/26"], None),
            (&[], None),
        ] {
            assert_eq!(pattern_of(cells), pattern, "{cells:?}");
        }
    }
}
