//! `table NAME { … }` and `table NAME from "FILE"`.

use super::used_files::TableTexts;
use crate::check::{
    environment::Environment,
    model::Table,
    types::{Place, Typing, a_kind},
};
use crate::{
    diagnose::Diagnostic,
    syntax::tree::{self, TableBody, Words},
    value::{
        Kind, Type, Value, canonical,
        csv::{self, CsvError, Row, RowProblem},
        encoding::MARK,
    },
};
use std::collections::{HashMap, HashSet};

impl Environment<'_> {
    pub fn table(&self, written: &tree::Table, texts: &TableTexts) -> Table {
        let (rows, default) = match &written.body {
            TableBody::Rows { rows, default } => {
                if rows.is_empty() && default.is_none() && !self.report.syntax.is_in(written.span) {
                    let message = format!("the table `{}` has no row", written.name.text);
                    self.report.error_help("E0706", written.name.span, message, "write its rows, such as `\"FR\" = \"France\"`");
                }
                self.rows(rows, default.as_ref())
            }
            TableBody::File { file, key, value } => {
                let text = texts.get(&(file.span.file, file.text.clone())).and_then(Option::as_deref);
                (text.map(|text| self.csv_rows(text, file, key, value)).unwrap_or_default(), None)
            }
        };
        let broken = self.report.has_error_in(written.span);
        let key = if broken { Kind::Nothing } else { kind_of(rows.iter().map(|(key, _)| key)) };
        let values = rows.iter().map(|(_, value)| value).chain(&default);
        let value = Type { kind: kind_of(values.clone()), optional: values.into_iter().any(Value::is_missing) };
        Table { name: written.name.text.clone(), rows, default, key: Type::present(key), value, span: written.name.span }
    }

    fn rows(&self, rows: &[(tree::Expr, tree::Expr)], default: Option<&tree::Expr>) -> (Vec<(Value, Value)>, Option<Value>) {
        let typing = Typing::new(self, Place::Constants);
        let mut known = Column::default();
        let mut values = Column::default();
        let (mut out, mut seen) = (Vec::new(), HashSet::new());
        for (left, right) in rows {
            let pair = (known.take(self, &typing, left), values.take(self, &typing, right));
            if let (Some(left_value), Some(right_value)) = pair {
                // A missing value has no key in an index, and can be looked up all the same.
                if !seen.insert(canonical::index_key(&left_value, canonical::Comparison::default())) {
                    self.twice_in_table(left);
                }
                out.push((left_value, right_value));
            }
        }
        let default = default.and_then(|default| values.take(self, &typing, default));
        (out, default)
    }

    fn twice_in_table(&self, written: &tree::Expr) {
        let message = format!("`{}` appears twice in this table", self.text(written.span));
        self.report.error_help("E0210", written.span, message, "take one of the two out");
    }

    /// The rows of a CSV file, read by the rules of a source: what a source refuses, a table refuses in the same words.
    fn csv_rows(&self, text: &str, file: &Words, key: &Words, value: &Words) -> Vec<(Value, Value)> {
        let (mut header, mut rows) = (Vec::new(), Vec::new());
        let mut at = (None, None);
        let bytes = text.trim_start_matches(MARK).as_bytes();
        let read = csv::each(bytes, delimiter(text), &mut |row| match row {
            Row::Header { names, .. } => {
                let column = |wanted: &Words| names.iter().position(|name| *name == wanted.text);
                at = (column(key), column(value));
                header = names.iter().map(|name| (*name).to_owned()).collect();
            }
            Row::Cells { cells, line, .. } => {
                if let (Some(key), Some(value)) = at {
                    rows.push((line, Value::text(cells[key]), Value::text(cells[value])));
                }
            }
            Row::Blank(_) => {}
        });
        match read {
            Err(error) => self.unreadable_csv(&error, file),
            Ok(()) if header.iter().all(String::is_empty) => {
                let message = format!("`{}` is empty", file.text);
                self.report.error_help("E0706", file.span, message, "its first line holds the names of the columns");
            }
            Ok(()) => [key, value].into_iter().for_each(|name| self.has_column(&header, file, name)),
        }
        self.every_row_tells(&rows, file, [key, value]);
        rows.into_iter().map(|(_, key, value)| (key, value)).collect()
    }

    fn unreadable_csv(&self, error: &CsvError, file: &Words) {
        let (message, help) = match error {
            CsvError::Row { problem: RowProblem::OneColumn(_), .. } => {
                (format!("`{}` has one column only", file.text), "separate its columns by `,`, by `;` or by a tab")
            }
            _ => (error.of(&file.text), "correct the file: tables and sources read CSV by the same rules"),
        };
        self.report.error_help("E0706", file.span, message, help);
    }

    /// Reports rows without a key or a value, which have no effect, and rows with the key of an earlier row, which contradict it. Their cells
    /// are not quoted, because they may be personal data.
    fn every_row_tells(&self, rows: &[(u64, Value, Value)], file: &Words, [key_name, value_name]: [&Words; 2]) {
        let mut seen = HashMap::new();
        for (line, key, value) in rows {
            let blank = [(key, key_name), (value, value_name)].into_iter().find(|(cell, _)| cell.is_missing());
            if let Some((_, name)) = blank {
                let message = format!("`{}`, line {line}: there is no `{}`", file.text, name.text);
                return self.report.error_help("E0706", file.span, message, "fill the cell, or take the row out");
            }
            if let Some(first) = seen.insert(canonical::index_key(key, canonical::Comparison::default()), line) {
                let message = format!("lines {first} and {line} of `{}` have the same `{}`", file.text, key_name.text);
                return self.report.error_help("E0210", file.span, message, "take one of the two rows out");
            }
        }
    }

    fn has_column(&self, header: &[String], file: &Words, name: &Words) {
        if !header.contains(&name.text) {
            let diagnostic = Diagnostic::error("E0706", name.span, format!("`{}` has no column `{}`", file.text, name.text));
            let names = csv::names_to_show(header).unwrap_or_default();
            let count = || format!("its first row has {}: it holds the names of the columns", csv::cells(header.len()));
            let help = crate::check::suggest::list(names).map_or_else(count, |list| format!("there is {list}"));
            self.report.say(diagnostic.help(help));
        }
    }
}

/// The values of one side of a table: all of one kind.
#[derive(Default)]
struct Column {
    kind: Option<Kind>,
}

impl Column {
    fn take(&mut self, env: &Environment<'_>, typing: &Typing<'_>, written: &tree::Expr) -> Option<Value> {
        let expr = typing.expr(written);
        let value = expr.as_constant()?.clone();
        let kind = expr.ty.kind;
        match &self.kind {
            Some(Kind::Nothing) | None => self.kind = Some(kind),
            Some(known) if *known != kind && kind != Kind::Nothing => {
                let message = format!("this side of the table is {}, and this is {}", a_kind(known), a_kind(&kind));
                env.report.error_help("E0308", written.span, message, "make all values of a side of one type");
                return None;
            }
            Some(_) => {}
        }
        Some(value)
    }
}

fn kind_of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Kind {
    values.into_iter().map(value_kind).find(|kind| *kind != Kind::Nothing).unwrap_or(Kind::Nothing)
}

fn value_kind(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::Decimal(_) => Kind::Decimal,
        Value::Text(_) | Value::Pending(_) => Kind::Text,
        Value::Date(_) => Kind::Date,
        Value::DateTime(_) => Kind::DateTime,
        Value::Duration(_) => Kind::Duration,
        Value::List(items) => Kind::List(Box::new(kind_of(items.iter()))),
        Value::Json(_) => Kind::Json,
        Value::Absent | Value::Null => Kind::Nothing,
    }
}

/// The one of `,`, `;` and tab that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    *[b',', b';', b'\t'].iter().max_by_key(|byte| (first.bytes().filter(|one| one == *byte).count(), **byte == b',')).unwrap_or(&b',')
}
