//! `file [newest] "F" FORMAT`, and the options of a format.

use crate::check::{
    environment::Environment,
    model::{
        system::{Collection, File, Later},
        wire::{CsvOptions, FileFormat},
    },
    types::{Place, SystemPlace, Typing, plain_text},
};
use crate::{
    diagnose::Span,
    syntax::{
        catalogue::formats::{self, Format, FormatUse},
        tree::{self, CallItem, CollectionItem as C, DataFormat, Element, Expr, ExprKind as T, Ident, Words},
    },
    value::{Kind, encoding::CharacterEncoding},
};

impl Environment<'_> {
    /// The file of a collection, and where its records are in it.
    pub fn file_source(
        &self,
        collection: &mut Collection,
        written: &tree::FileSource,
        of: &tree::Collection,
        place: &SystemPlace<'_>,
        connected: bool,
    ) {
        let later = |what: &str| place.later.borrow_mut().push(Later { code: "E0901", span: written.format.span, what: what.to_owned() });
        let Some(format) = self.format_named(&written.format, FormatUse::File) else {
            collection.broken = true;
            return;
        };
        let options = self.options(format, FormatUse::File, &written.options);
        if connected {
            later("a file beside `http` in one system");
        }
        if format.kind == DataFormat::Xml {
            later("a file of XML");
        }
        let items = self.items_of_file(of, format);
        let format = match format.kind {
            DataFormat::Csv => FileFormat::Csv(self.csv_options(&options)),
            DataFormat::Json => FileFormat::Json { items },
            _ => FileFormat::JsonLines,
        };
        if let Some(span) = written.newest {
            self.newest_fits(&written.file, span);
        }
        let path = Typing::new(self, Place::System(*place)).of_kind(&written.file, &Kind::Text, "`file`");
        collection.file = Some(File { path, newest: written.newest.is_some(), format });
    }

    /// A format by its name, if something of this kind may be written in it.
    pub fn format_named(&self, name: &Ident, of: FormatUse) -> Option<&'static Format> {
        let known = formats::by_name(&name.text).filter(|format| format.of.contains(&of));
        if known.is_none() {
            let what = if of == FormatUse::File { "format of files" } else { "format of a body" };
            self.no_such_word(what, name, &formats::names(of));
        }
        known
    }

    /// The options that a format has, with their values; the others are reported.
    pub fn options<'t>(&self, format: &Format, of: FormatUse, written: &'t [(Words, Expr)]) -> Vec<(&'static str, &'t Expr)> {
        let known: Vec<_> = format.options.iter().filter(|option| option.of == of).map(|option| option.name).collect();
        let mut found: Vec<(&'static str, &Expr)> = Vec::new();
        for (name, value) in written {
            match known.iter().find(|known| **known == name.text) {
                Some(known) if found.iter().any(|(before, _)| before == known) => {
                    self.report.error_help("E0210", name.span, format!("`{known}` is given twice"), "take one of the two out");
                }
                Some(known) => found.push((known, value)),
                None => {
                    let message = format!("`{}` has no option `{}`", format.kind.name(), name.text);
                    self.report.error_help("E0533", name.span, message, there_are(&known));
                }
            }
        }
        found
    }

    fn csv_options(&self, options: &[(&'static str, &Expr)]) -> CsvOptions {
        let mut made = CsvOptions::default();
        for (name, value) in options {
            match *name {
                "delimiter" => made.delimiter = self.delimiter(value).unwrap_or(made.delimiter),
                "encoding" => made.encoding = self.encoding(value).unwrap_or_default(),
                _ => made.skip = self.lines_to_skip(value),
            }
        }
        made
    }

    fn delimiter(&self, value: &Expr) -> Option<u8> {
        match fixed_text(value).unwrap_or_default().as_bytes() {
            [one] if one.is_ascii() && !b"\"\r\n".contains(one) => Some(*one),
            _ => {
                self.report.error_help("E0516", value.span, "a delimiter is one character", "write `\",\"`, `\";\"` or `\"\\t\"`");
                None
            }
        }
    }

    fn encoding(&self, value: &Expr) -> Option<CharacterEncoding> {
        let text = fixed_text(value).unwrap_or_default();
        let known = CharacterEncoding::parse(&text);
        if known.is_none() {
            let word = Ident { text, span: value.span };
            self.no_such_word("encoding", &word, &CharacterEncoding::names());
        }
        known
    }

    fn lines_to_skip(&self, value: &Expr) -> u64 {
        match &value.kind {
            T::Int(lines) if (0..=1_000).contains(lines) => lines.unsigned_abs(),
            _ => {
                let help = "write how many lines precede the names of the columns: `skip = 2`";
                self.report.error_help("E0533", value.span, "`skip` takes a whole number up to 1000", help);
                0
            }
        }
    }

    /// `items $.people` of the collection.
    fn items_of_file(&self, of: &tree::Collection, format: &Format) -> Option<crate::value::path::JsonPath> {
        let items = of.items.iter().find_map(|item| if let C::Line(CallItem::Items(items)) = item { Some(items) } else { None })?;
        let written = &items.at;
        if items.element != Element::default() {
            self.report.error_help("E0522", written.span, "a block of `items` does nothing beside a file", "take the block out");
        }
        match &written.kind {
            _ if format.kind != DataFormat::Json => {
                let message = format!("`items` does nothing beside a file of `{}`, in which each line is a record", format.kind.name());
                self.report.error_help("E0522", written.span, message, "take it out");
                None
            }
            T::Path(path) => self.path(path),
            _ => {
                let help = "write the path of the list: `items $.people`";
                self.report.error_help("E0550", written.span, "the records of a file are a list in it, and this is no path", help);
                None
            }
        }
    }

    /// Of `newest`, a pattern with `*` in the name of the file.
    fn newest_fits(&self, written: &Expr, newest: Span) {
        let T::Text(template) = &written.kind else { return };
        let fixed: Vec<&str> = template
            .parts
            .iter()
            .filter_map(|part| if let tree::TemplatePart::Text(text) = part { Some(text.as_str()) } else { None })
            .collect();
        let whole = fixed.len() == template.parts.len();
        let text = fixed.concat();
        let (folder, name) = text.rsplit_once('/').unwrap_or(("", &text));
        if whole && folder.contains('*') {
            let help = "write it in the name of the file alone: `newest \"drop/people-*.csv\"`";
            self.report.error_help("E0542", written.span, "a `*` cannot stand for a folder", help);
        } else if whole && !name.contains('*') {
            let help = "write `*` where the names differ, such as `\"people-*.csv\"`, or take `newest` out";
            self.report.error_help("E0542", newest, format!("`{text}` is the name of one file, so there is no newest"), help);
        }
    }
}

fn fixed_text(written: &Expr) -> Option<String> {
    if let T::Text(template) = &written.kind { plain_text(template) } else { None }
}

fn there_are(names: &[&str]) -> String {
    match names {
        [] => "it has no options: take the braces out".to_owned(),
        [one] => format!("its only option is `{one}`"),
        [first @ .., last] => {
            format!("its options are {} and `{last}`", first.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
