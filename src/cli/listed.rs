//! A list from standard input, in CSV or in JSON lines: what `export` writes, and what a spreadsheet makes of it.

use super::{failure::Failure, views::links::from_spreadsheet};

use crate::value::{
    csv::{self, CsvError},
    encoding::MARK,
};
use std::{fmt::Display, io::Read as _};

/// The most that is read from standard input.
const LONGEST_LIST: u64 = 256 << 20;

/// What a list has in each of its rows.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'c> {
    pub needed: &'c [&'c str],
    pub optional: &'c [&'c str],
    /// What has not happened if the list can't be used: `nothing was linked`.
    pub refusal: &'c str,
    /// A command that reads a list in a file.
    pub example: &'c str,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `line 17`
    pub place: String,
    /// In the order of the needed and then the optional columns; empty where the list has none.
    pub cells: Vec<String>,
}

impl Columns<'_> {
    /// Reads a list from standard input.
    ///
    /// # Errors
    /// It can't be read, is too long, or lacks a column.
    pub fn read(&self) -> Result<Vec<Row>, Failure> {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(LONGEST_LIST + 1).read_to_string(&mut text);
        read.map_err(|error| self.unusable(format!("standard input can't be read: {error}")))?;
        if text.len() as u64 > LONGEST_LIST {
            return Err(self.unusable("the list is longer than 256 MB; divide it"));
        }
        self.rows(&text)
    }

    /// A list that is refused before the project is opened.
    fn unusable(&self, why: impl Display) -> Failure {
        Failure::command(format!("{}: {why}", self.refusal))
    }

    fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        self.needed.iter().map(|name| (*name, true)).chain(self.optional.iter().map(|name| (*name, false)))
    }

    /// `` `key` and `account` ``
    fn words(&self) -> String {
        self.needed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    }

    fn rows(&self, text: &str) -> Result<Vec<Row>, Failure> {
        let text = text.strip_prefix(MARK).unwrap_or(text);
        match text.trim_start().chars().next() {
            None => Err(self.unusable(format!("nothing came on standard input; a list in a file: {}", self.example))),
            Some('{') => text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(line, at)| self.json(line, at)).collect(),
            Some(_) => self.csv(text),
        }
    }

    fn json(&self, line: &str, at: usize) -> Result<Row, Failure> {
        let place = format!("line {at}");
        let json: serde_json::Value = serde_json::from_str(line).map_err(|_| self.unusable(format!("{place} is not JSON")))?;
        let member = |(name, needed): (&str, bool)| match &json[name] {
            serde_json::Value::String(text) => Ok(text.clone()),
            serde_json::Value::Number(number) => Ok(number.to_string()),
            serde_json::Value::Null if !needed => Ok(String::new()),
            _ if needed => Err(self.unusable(format!("{place} has no `{name}`: each line is an object with {}", self.words()))),
            _ => Err(self.unusable(format!("`{name}` of {place} is neither a text nor a number"))),
        };
        Ok(Row { cells: self.all().map(member).collect::<Result<_, _>>()?, place })
    }

    fn csv(&self, text: &str) -> Result<Vec<Row>, Failure> {
        let first = text.lines().next().unwrap_or_default();
        let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
        let (mut columns, mut rows) = (Ok(Vec::new()), Vec::new());
        // By the rules of a source: a list that is read with leniency may name another account.
        let read = csv::each(text.as_bytes(), delimiter, &mut |row| match row {
            csv::Row::Header { names, .. } => columns = self.all().map(|wanted| self.column(wanted, names)).collect(),
            csv::Row::Cells { cells, line, .. } => {
                let cell = |at: &Option<usize>| from_spreadsheet(at.map_or("", |at| cells[at])).to_owned();
                let cells = columns.iter().flatten().map(cell).collect();
                rows.push(Row { cells, place: format!("line {line}") });
            }
            csv::Row::Blank(_) => {}
        });
        columns?;
        read.map_err(|error| match error {
            CsvError::Row { line, problem } => self.unusable(format!("line {line}: {problem}")),
            whole => self.unusable(format!("the list {whole}")),
        })?;
        Ok(rows)
    }

    /// Where a list has a column.
    fn column(&self, (name, needed): (&str, bool), names: &[&str]) -> Result<Option<usize>, Failure> {
        let mut fitting = (0..names.len()).filter(|at| names[*at].eq_ignore_ascii_case(name));
        match (fitting.next(), fitting.next()) {
            (None, _) if needed => Err(self.unusable(format!("the list has no column `{name}`: its first line names {}", self.words()))),
            (_, Some(_)) => Err(self.unusable(format!("the list has two columns `{name}`: rename one of them"))),
            (at, None) => Ok(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: Columns<'static> =
        Columns { needed: &["key", "account"], optional: &["why"], refusal: "nothing was linked", example: "counterpart import < FILE" };

    fn rows(text: &str) -> Result<Vec<String>, String> {
        let rows = LINKS.rows(text).map_err(|failure| failure.to_string())?;
        Ok(rows.into_iter().map(|row| format!("{}: {}", row.place, row.cells.join("|"))).collect())
    }

    #[test]
    fn a_list_is_read_as_csv_or_as_json_lines() {
        let both = |place: [&str; 2], why: &str| Ok(vec![format!("{}: 1|a,b|{why}", place[0]), format!("{}: -2|7|", place[1])]);
        let lines = ["line 2", "line 3"];
        assert_eq!(rows("\u{feff}Key,name,Account\n1,x,\"a,b\"\n'-2,y,7\n"), both(lines, ""));
        assert_eq!(rows("account;key;WHY\r\na,b;1;moved\r\n7;-2;\r\n"), both(lines, "moved"));
        assert_eq!(rows("\n{\"key\": \"1\", \"account\": \"a,b\"}\n{\"account\": 7, \"key\": \"-2\", \"why\": null}\n"), both(lines, ""));
    }

    #[test]
    fn an_unusable_list_is_refused_with_its_line() {
        for (text, says) in [
            ("", "nothing came"),
            ("number,account\n1,2\n", "no column `key`"),
            ("key,account\n1\n", "line 2: it has 1 of 2 cells"),
            ("key,account\n1,\"a1\"x\n", "line 2: there is text behind the quotation mark"),
            ("key,account\r\n0,a0\r\n1, \"a1\"\r\n", "line 3: there is a blank before the quotation mark"),
            ("key,account\n1,a\"1\n", "line 2: there is a quotation mark inside of a cell"),
            ("key,account\n1,\"a1\n2,a2\n", "the list has a quotation mark that is never closed"),
            ("key,key,account\n1,2,3\n", "line 1: the column `key` appears twice"),
            ("Key,key,account\n1,2,3\n", "two columns `key`"),
            ("key,account\n1,2,3\n", "line 2: it has 3 of 2 cells"),
            ("{\"key\": 1}\n", "line 1 has no `account`"),
            ("{\"key\": 1, \"account\": 2}\nx\n", "line 2 is not JSON"),
            ("{\"key\": 1, \"account\": 2, \"why\": []}\n", "`why` of line 1"),
        ] {
            let said = rows(text).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
