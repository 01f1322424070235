//! Names in the language for the columns of a file, and which columns contain days.

use crate::{
    diagnose::FileId,
    syntax::parse,
    value::{day_patterns, functions::unaccent},
};
use std::collections::HashSet;

/// One column or member of a file.
#[derive(Clone, Debug)]
pub struct Column {
    /// As the file writes it.
    pub written: String,
    /// As the language writes it, different from those of all columns before.
    pub name: String,
    /// The pattern of its days; `None` if it contains anything else, or if the days can be read in two ways.
    pub day: Option<&'static str>,
}

/// The columns with their names, and with the patterns of days found in the records.
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

/// The pattern that all cells fit, if there is exactly one: days that can be read in two ways are left as text.
fn pattern_of(cells: &[&str]) -> Option<&'static str> {
    let (first, rest) = cells.split_first()?;
    let mut fitting = day_patterns::written(first);
    for cell in rest {
        let of_cell = day_patterns::written(cell);
        fitting.retain(|pattern| of_cell.contains(pattern));
    }
    if let [only] = fitting[..] { Some(only) } else { None }
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
