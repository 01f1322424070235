//! From pest's pairs to the tree, by hand.

mod collection;
mod doubles;
mod expr;
mod pipeline;
mod stages;
mod system;
mod test;
mod token;

pub(super) use expr::is_value;

use super::{
    faults,
    grammar::{Pair, Rule},
    prepared::Prepared,
    tree::{self, Item},
    words,
};
use crate::diagnose::{Diagnostic, FileId, Fix, Span};

/// The state of lowering one file.
pub(super) struct Lower<'t> {
    file: FileId,
    text: &'t Prepared,
    pub faults: Vec<Diagnostic>,
    /// Where a statement breaks off that was understood only up to there: the value that ends there is broken.
    cut: Option<usize>,
}

impl<'t> Lower<'t> {
    pub(super) fn new(file: FileId, text: &'t Prepared) -> Self {
        Self { file, text, faults: Vec::new(), cut: None }
    }

    /// The tree of a whole file.
    pub(super) fn file(&mut self, all: &Pair<'_>) -> tree::File {
        tree::File { items: self.each(all, Self::item) }
    }

    fn item(&mut self, pair: &Pair<'_>) -> Option<Item> {
        Some(match pair.as_rule() {
            Rule::use_item => Item::Use(self.use_item(pair)),
            Rule::system_item => Item::System(self.system(pair)),
            Rule::extend_item => Item::Extend(self.extend(pair)),
            Rule::pipeline_item => Item::Pipeline(self.pipeline(pair)),
            Rule::test_item => Item::Test(self.test(pair)),
            Rule::setting_item => Item::Setting(self.setting(pair)),
            Rule::secret_item => Item::Setting(self.secret(pair)),
            Rule::require_item => Item::Require(self.require(pair)),
            Rule::table_item => Item::Table(self.table(pair)),
            _ => Item::Broken(self.broken(pair)),
        })
    }

    fn use_item(&mut self, pair: &Pair<'_>) -> tree::Use {
        tree::Use { file: self.words(pair), alias: self.maybe_name(pair), span: self.span(pair) }
    }

    fn extend(&mut self, pair: &Pair<'_>) -> tree::Extend {
        let attributes = child(pair, Rule::attribute_block).map(|block| self.attributes(&block)).unwrap_or_default();
        tree::Extend { collection: self.collection_name(pair), attributes, span: self.span(pair) }
    }

    pub(super) fn require(&mut self, pair: &Pair<'_>) -> tree::Require {
        tree::Require { condition: self.value(pair), words: self.as_words(pair), span: self.span(pair) }
    }

    fn table(&mut self, pair: &Pair<'_>) -> tree::Table {
        let body = match (child(pair, Rule::table_block), child(pair, Rule::table_file)) {
            (Some(block), _) => self.table_rows(&block),
            (None, file) => self.table_file(&file.unwrap_or_else(|| pair.clone())),
        };
        tree::Table { name: self.name(pair), body, span: self.span(pair) }
    }

    fn table_rows(&mut self, block: &Pair<'_>) -> tree::TableBody {
        let mut default = None;
        let rows = self.each(block, |lower, row| lower.table_row(row, &mut default));
        tree::TableBody::Rows { rows, default }
    }

    fn table_row(&mut self, row: &Pair<'_>, default: &mut Option<tree::Expr>) -> Option<(tree::Expr, tree::Expr)> {
        let mut values = self.values(row).into_iter();
        let first = values.next()?;
        let Some(second) = values.next() else {
            if default.replace(first).is_some() {
                self.faults.push(faults::said_twice(self.span(row), "else"));
            }
            return None;
        };
        if let Some(word) = fallback_row(&first) {
            self.faults.push(faults::foreign_sign(first.span, word, "else").fix(Fix::replace(first.span, "else", "")));
            *default = Some(second);
            return None;
        }
        Some((first, second))
    }

    fn table_file(&mut self, pair: &Pair<'_>) -> tree::TableBody {
        let mut texts = all(pair, Rule::text_lit).map(|text| self.words_of(&text)).collect::<Vec<_>>().into_iter();
        let mut next = || texts.next().unwrap_or_else(|| tree::Words { text: String::new(), span: Span::default() });
        tree::TableBody::File { file: next(), key: next(), value: next() }
    }

    /// Lowers each statement of a block; statements that could not be parsed arrive as junk.
    fn each<T>(&mut self, block: &Pair<'_>, mut lower: impl FnMut(&mut Self, &Pair<'_>) -> Option<T>) -> Vec<T> {
        let pairs: Vec<Pair<'_>> = block.clone().into_inner().collect();
        self.no_doubles(&pairs);
        let mut lowered = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            if matches!(pair.as_rule(), Rule::p_open | Rule::p_close | Rule::p_comma | Rule::stray_close | Rule::EOI) || is_rest(pair) {
                continue;
            }
            let outer = self.cut;
            self.cut = pairs.get(at + 1).is_some_and(is_rest).then(|| end(pair)).or(outer);
            lowered.extend(lower(self, pair));
            self.cut = outer;
        }
        lowered
    }

    pub(super) fn broken(&self, pair: &Pair<'_>) -> tree::Broken {
        let first = pair.as_str().trim_start();
        let word = first.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        tree::Broken { word: word.to_owned(), span: self.span(pair) }
    }

    /// The place of a pair in the file, without the blanks that it may end in.
    fn span(&self, pair: &Pair<'_>) -> Span {
        self.place(pair.as_span().start(), end(pair))
    }

    fn place(&self, start: usize, end: usize) -> Span {
        let (start, end) = self.text.place(start, end);
        Span { file: self.file, start: start as u32, end: end as u32 }
    }
}

/// The word of a row that was meant to be `else`: a table has no names.
fn fallback_row(first: &tree::Expr) -> Option<&str> {
    let tree::ExprKind::Name(names) = &first.kind else { return None };
    match &names[..] {
        [name] if words::is_fallback(&name.text) || matches!(&*name.text, "_" | "others") => Some(&name.text),
        _ => None,
    }
}

fn is_rest(pair: &Pair<'_>) -> bool {
    matches!(pair.as_rule(), Rule::rest_junk | Rule::record_rest)
}

/// Where a pair ends in the prepared text, blanks left out.
fn end(pair: &Pair<'_>) -> usize {
    pair.as_span().start() + pair.as_str().trim_end().len()
}

/// The first child of a rule.
fn child<'t>(pair: &Pair<'t>, rule: Rule) -> Option<Pair<'t>> {
    pair.clone().into_inner().find(|inner| inner.as_rule() == rule)
}

/// All children of a rule.
fn all<'t>(pair: &Pair<'t>, rule: Rule) -> impl Iterator<Item = Pair<'t>> + use<'t> {
    pair.clone().into_inner().filter(move |inner| inner.as_rule() == rule)
}

/// Whether a word of the language is among the children.
fn has(pair: &Pair<'_>, rule: Rule) -> bool {
    child(pair, rule).is_some()
}

/// The first child, whatever it is.
fn first<'t>(pair: &Pair<'t>) -> Option<Pair<'t>> {
    pair.clone().into_inner().next()
}
