//! The place of an expression, which decides what names it may use.

use crate::{
    check::{
        model::{
            Setting,
            expr::Expr,
            pipeline::{Field, Raw},
            rules::Rules,
            system::{Attribute, Later},
        },
        system::lines::AnswerFormat,
    },
    diagnose::Span,
    syntax::tree,
    value::{Kind, Type, path::JsonPath},
};
use std::cell::RefCell;

#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// Literals alone: a default, a row of a table, a test.
    Constants,
    /// At the top of a file: shared settings.
    Shared,
    System(SystemPlace<'a>),
    Pipeline(&'a Draft),
}

/// Lines of calls that are written further out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OuterLines<'a> {
    pub collection: &'a [&'a tree::CallItem],
    pub http: &'a [&'a tree::CallItem],
}

/// In a system file.
#[derive(Clone, Copy)]
pub(crate) struct SystemPlace<'a> {
    pub system: &'a str,
    pub settings: &'a [Setting],
    /// Of the record in the call, where there is one.
    pub attributes: Option<&'a [Attribute]>,
    /// In `http` and in the calls: `secret.x`.
    pub secrets: bool,
    /// In a call: pages, `since`, what is requested.
    pub in_call: bool,
    /// In a list whose incremental reads begin with a cursor: `since` is that mark.
    pub mark: bool,
    /// In a rule about an answer: `status`, `header`, `page.count` and paths of the answer, and no name of the request.
    pub answer: bool,
    /// In a `delete` or a call with a name of its own: that there is no such record may be what it is for.
    pub deletes: bool,
    /// In a system that signs in by OAuth 2: `token.instance_url`.
    pub tokens: bool,
    /// In a `list for each`: the collection above, by its name, and its attributes.
    pub parent: Option<(&'a str, &'a [Attribute])>,
    /// In a `list for each NAME in LIST`: the name, and its type.
    pub each: Option<(&'a str, &'a Type)>,
    /// What answers mean by the lines further out: those of the collection, and of `http`.
    pub rules: Option<&'a Rules<Expr>>,
    /// The secrets that a call makes itself.
    pub own_secrets: &'a [&'a str],
    /// The `body` of `http`, which goes around that of each call.
    pub envelope: Option<&'a tree::Body>,
    /// Lines of calls that are written further out.
    pub lines: OuterLines<'a>,
    /// Where the format of answers has a list.
    pub format: AnswerFormat,
    /// While attributes are declared: those that every list fixes by its `where`.
    pub fixed: &'a [String],
    /// What is met that runs only later.
    pub later: &'a RefCell<Vec<Later>>,
}

impl<'a> SystemPlace<'a> {
    /// A place that knows settings and no more.
    pub fn new(system: &'a str, settings: &'a [Setting], later: &'a RefCell<Vec<Later>>) -> Self {
        Self {
            system,
            settings,
            attributes: None,
            secrets: false,
            in_call: false,
            mark: false,
            answer: false,
            deletes: false,
            tokens: false,
            parent: None,
            each: None,
            rules: None,
            own_secrets: &[],
            envelope: None,
            lines: OuterLines::default(),
            format: AnswerFormat::Tree,
            fixed: &[],
            later,
        }
    }
}

/// A pipeline while it is being checked.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub name: String,
    pub zone: bool,
    /// Its name, as it is written.
    pub zone_name: Option<String>,
    /// Whether the missing zone has been reported.
    pub zone_asked: std::cell::Cell<bool>,
    pub alias: Option<String>,
    /// Its place; if it is not written, where it could be: the end of `from`.
    pub alias_span: Option<Span>,
    /// The `from` that gives the record no name of its own.
    pub unnamed: Option<Span>,
    /// Indexes of system and collection.
    pub source: Option<(usize, usize)>,
    pub target: Option<(usize, usize)>,
    pub joins: Vec<JoinSlot>,
    /// The join whose `on` is being checked: its names are the values of one record. Those after it are not known yet.
    pub joining: Option<usize>,
    /// The element of `for each`, once its list is known.
    pub element: Option<ElementSlot>,
    pub fields: Vec<FieldSlot>,
    /// Whether fields can be named: not in what they are made of, joins and `for each`.
    pub fields_known: bool,
    /// The field that is being made: it can't be made from itself.
    pub defining: Option<usize>,
    pub raws: RefCell<Vec<Raw>>,
    pub settings: Vec<Setting>,
    /// Whether `current` can be named: not where the counterpart is still to be found.
    pub current: bool,
}

/// A join by its name.
#[derive(Debug)]
pub(crate) struct JoinSlot {
    pub alias: String,
    pub alias_span: Span,
    /// Indexes of system and collection.
    pub at: Option<(usize, usize)>,
    pub many: bool,
}

/// The element of `for each` by its name.
#[derive(Debug)]
pub(crate) struct ElementSlot {
    /// The list that it is of.
    pub list: Expr,
    pub name: String,
    pub name_span: Span,
    /// None where the list was wrong.
    pub ty: Option<Type>,
}

/// A field by its name; checked or not yet.
#[derive(Debug)]
pub(crate) struct FieldSlot {
    pub name: String,
    pub name_span: Span,
    pub checked: Option<Field>,
}

impl Draft {
    /// A raw path of the record, taken once.
    pub fn raw(&self, path: JsonPath, ty: Type, span: Span) -> usize {
        let mut raws = self.raws.borrow_mut();
        if let Some(at) = raws.iter().position(|raw| raw.path == path && raw.ty == ty) {
            return at;
        }
        raws.push(Raw { path, ty, span });
        raws.len() - 1
    }

    /// The same path, read as a type.
    pub fn raw_as(&self, raw: usize, ty: &Type) -> usize {
        let (path, span) = {
            let raws = self.raws.borrow();
            (raws[raw].path.clone(), raws[raw].span)
        };
        self.raw(path, ty.clone(), span)
    }

    /// The path of a raw value.
    pub fn raw_text(&self, raw: usize) -> String {
        self.raws.borrow()[raw].path.text.clone()
    }

    /// Whether the path of a raw value finds one value at most.
    pub fn raw_is_singular(&self, raw: usize) -> bool {
        self.raws.borrow()[raw].path.is_singular()
    }

    /// A field that has been checked.
    pub fn field(&self, at: usize) -> Option<&Field> {
        self.fields.get(at)?.checked.as_ref()
    }
}

/// The type of a raw path for which the file gives none.
pub(crate) fn raw_type() -> Type {
    Type::optional(Kind::Json)
}
