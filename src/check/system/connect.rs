//! `connect "SCHEME:…"`, and what the collections of such a system list. Neither is supported yet, which is said only where it is used;
//! what is written is checked as if it were.

use crate::check::{
    environment::Environment,
    model::system::Later,
    types::{Place, SystemPlace, Typing},
};
use crate::{
    syntax::tree::{self, CollectionItem as C, Expr, ExprKind as T, Ident, ListSource, Scheme, SystemItem, TemplatePart},
    value::Kind,
};

/// The scheme with which an address begins, if it is fixed.
pub(crate) fn scheme_of(address: &Expr) -> Option<&str> {
    let T::Text(template) = &address.kind else { return None };
    let Some(TemplatePart::Text(text)) = template.parts.first() else { return None };
    let (scheme, _) = text.split_once(':')?;
    Some(scheme)
}

/// The scheme of the system, where it is a known one.
fn scheme(written: &tree::System) -> Option<Scheme> {
    written.items.iter().find_map(|item| match item {
        SystemItem::Connect { address, .. } => Scheme::parse(scheme_of(address)?),
        _ => None,
    })
}

impl Environment<'_> {
    /// `connect "postgres://…"`
    pub(crate) fn connect(&self, address: &Expr, place: &SystemPlace<'_>) {
        Typing::new(self, Place::System(*place)).of_kind(address, &Kind::Text, "`connect`");
        let span = address.span;
        match scheme_of(address) {
            Some(name) if Scheme::parse(name).is_none() => {
                self.no_such_word("kind of connection", &Ident { text: name.to_owned(), span }, Scheme::NAMES);
            }
            Some(name) => place.later.borrow_mut().push(Later { code: "E0901", span, what: format!("a system behind `{name}`") }),
            None => {
                let help = "begin the text with it: `\"sqlite:people.db\"`, `\"postgres://{setting.host}/hr\"` or `\"ldaps://…\"`";
                self.report.error_help("E0540", span, "nothing tells what is connected to", help);
            }
        }
    }

    /// What each collection lists fits what the system is connected to.
    pub(crate) fn lists_fit(&self, written: &tree::System) {
        let connected = written.items.iter().any(|item| matches!(item, SystemItem::Connect { .. }));
        let collections = written.items.iter().filter_map(|item| if let SystemItem::Collection(one) = item { Some(one) } else { None });
        for list in collections.flat_map(|one| &one.items).filter_map(|item| if let C::List(list) = item { Some(list) } else { None }) {
            match scheme(written) {
                Some(scheme) => self.list_fits(list, scheme),
                None if !connected => {
                    let help = "add `connect \"sqlite:…\"` to the system, or give the method of a call: `list GET \"/people\"`";
                    self.report.error_help("E0541", list.span, "this lists a table or an entry, and the system has no `connect`", help);
                }
                None => {}
            }
        }
    }

    fn list_fits(&self, list: &ListSource, scheme: Scheme) {
        let (span, message, help) = match (scheme, &list.filter) {
            (Scheme::Ldaps, _) if list.sql => {
                (list.of.span, "a directory has no SQL", "write the name of an entry: `list \"ou=people,dc=example,dc=com\"`")
            }
            (Scheme::Sqlite | Scheme::Postgres, Some(filter)) => (
                filter.span,
                "a table has no filter of a directory",
                "write a query: `list \"\"\"SELECT … WHERE …\"\"\"`, or `include when` in the pipeline",
            ),
            _ => return,
        };
        self.report.error_help("E0541", span, message, help);
    }

    /// The texts of what a collection lists, and that it is not supported yet.
    pub(crate) fn listed(&self, list: &ListSource, place: &SystemPlace<'_>) {
        let typing = Typing::new(self, Place::System(*place));
        typing.of_kind(&list.of, &Kind::Text, "`list`");
        list.filter.iter().for_each(|filter| drop(typing.of_kind(filter, &Kind::Text, "`where`")));
        let what = if list.filter.is_some() { "a collection of directory entries" } else { "a collection of a database or a directory" };
        place.later.borrow_mut().push(Later { code: "E0901", span: list.of.span, what: what.to_owned() });
    }
}
