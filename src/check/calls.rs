//! The calls of a collection: where they go, what they send, how their pages follow one another.

use super::{
    model::{
        expr::{Expr, ExprKind, PageName},
        system::{Body, BodyLine, Call, Collection, Ends, File, Later},
        wire::{BodyFormat, FileFormat, OnUnknown, Page, PageBy, Repeat},
    },
    names::declared_twice,
    types::{Place, SystemPlace, Typing},
    world::World,
};
use crate::{
    diagnose::Span,
    syntax::tree::{self, CallItem as I, Role},
    value::Kind,
};
use std::cell::RefCell;

/// How many records a page has, if a call does not say.
const PAGE_SIZE: u64 = 100;

impl World<'_> {
    /// Takes a call into its collection, once.
    pub fn call(&self, collection: &mut Collection, written: &tree::Call, place: &SystemPlace<'_>) {
        let call = self.one_call(written, place);
        match &written.role {
            Role::List => self.only_call(&mut collection.list, call, "list"),
            Role::Get => self.only_call(&mut collection.get, call, "get"),
            Role::Create => self.only_call(&mut collection.create, call, "create"),
            Role::Update => self.only_call(&mut collection.update, call, "update"),
            Role::Delete => self.only_call(&mut collection.delete, call, "delete"),
            Role::Find(names) => {
                if let Some(by) = self.found_by(names, place) {
                    collection.finds.push((by, call));
                }
            }
            Role::Named(name) => {
                if let Some((_, first)) = collection.named.iter().find(|(known, _)| *known == name.text) {
                    self.report.say(declared_twice("the call", &name.text, name.span, first.span));
                }
                collection.named.push((name.text.clone(), call));
            }
        }
    }

    fn only_call(&self, slot: &mut Option<Call>, call: Call, name: &str) {
        match slot {
            Some(first) => self.report.say(declared_twice("the call", name, call.span, first.span)),
            None => *slot = Some(call),
        }
    }

    fn found_by(&self, names: &[tree::Ident], place: &SystemPlace<'_>) -> Option<usize> {
        let span = names[0].span.to(names[names.len() - 1].span);
        let text = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
        let at = self.own_attribute(place, &tree::Ident { text, span })?;
        (!place.attributes.unwrap_or_default()[at].of_part).then_some(at)
    }

    fn one_call(&self, written: &tree::Call, around: &SystemPlace<'_>) -> Call {
        let later = RefCell::new(Vec::new());
        if let Some(each) = &written.for_each {
            later.borrow_mut().push(Later { code: "E0901", span: each.span, what: "a list below each record of another".to_owned() });
        }
        let place = SystemPlace { in_call: true, secrets: true, later: &later, ..*around };
        let typing = Typing::new(self, Place::System(place));
        let path_typing = Typing::new(self, Place::System(SystemPlace { secrets: false, ..place }));
        let mut call = Call {
            method: self.method(&written.method),
            path: self.call_path(&written.path, &path_typing),
            queries: Vec::new(),
            headers: Vec::new(),
            items: None,
            item: None,
            total: None,
            page: None,
            ends: Vec::new(),
            body: None,
            good: Vec::new(),
            repeat: Repeat::Safe,
            on_unknown: None,
            later: Vec::new(),
            span: written.span,
        };
        written.items.iter().for_each(|item| self.call_item(&mut call, item, &typing, &place));
        call.later = later.into_inner();
        self.call_is_whole(&call, written);
        call
    }

    fn call_item(&self, call: &mut Call, item: &I, typing: &Typing<'_>, place: &SystemPlace<'_>) {
        let later = |span: Span, what: &str| place.later.borrow_mut().push(Later { code: "E0901", span, what: what.to_owned() });
        match item {
            I::Query(line) => call.queries.extend(self.parameter(line, typing)),
            I::Header(line) => call.headers.extend(self.parameter(line, typing)),
            I::Items(path) => call.items = Some(self.path_or_root(path)),
            I::Item(path) => call.item = self.path(path),
            I::Total(place) => call.total = self.answer_place(place),
            I::Whole(path) => later(path.span, "to send a part of a record whole"),
            I::Merged(_, span) => later(*span, "to follow merged records"),
            I::Good(statuses, _) => call.good.clone_from(statuses),
            I::Once(_) => call.repeat = Repeat::Never,
            I::Repeatable(by, _) => call.repeat = Repeat::Declared(by.as_ref().and_then(|by| self.own_attribute(place, by))),
            I::OnUnknown(word) => call.on_unknown = self.on_unknown(word),
            I::Page(page) => call.page = self.page(page, &later),
            I::Ends(ends) => call.ends.push(self.ends(ends, typing)),
            I::Body(body) => call.body = self.body(body, call, typing, &later),
            I::Batch { span, .. } => later(*span, "one call for many records"),
            I::Results { span, .. } => later(*span, "an answer for each record of a call"),
            I::Broken(_) => {}
        }
    }

    fn on_unknown(&self, word: &tree::Ident) -> Option<OnUnknown> {
        match word.text.as_str() {
            "report" => Some(OnUnknown::Report),
            "repeat" => Some(OnUnknown::Repeat),
            _ => {
                self.no_such_word("way to go on", word, &["report", "repeat"]);
                None
            }
        }
    }

    fn page(&self, written: &tree::Page, later: &dyn Fn(Span, &str)) -> Option<Page> {
        let (by, first) = match &written.by {
            tree::PageBy::Offset => (PageBy::Offset, 0),
            tree::PageBy::Number => (PageBy::Number, 1),
            tree::PageBy::Link(_) => return later_page(later, written.span, "paging by link"),
            tree::PageBy::Cursor(_) => return later_page(later, written.span, "paging by cursor"),
            tree::PageBy::Last(_) => return later_page(later, written.span, "paging by the last record"),
        };
        if written.size == Some(0) {
            self.report.error_help("E0503", written.span, "a page of no records never ends", "write a size above 0");
        }
        Some(Page { by, from: written.from.unwrap_or(first), size: written.size.unwrap_or(PAGE_SIZE) })
    }

    fn ends(&self, written: &tree::Ends, typing: &Typing<'_>) -> Ends {
        match written {
            tree::Ends::When(condition) => Ends::When(typing.condition(condition)),
            tree::Ends::OnStatus(status, _) => Ends::OnStatus(*status),
            tree::Ends::OnEmptyPage(_) => Ends::OnEmptyPage,
            tree::Ends::OnShortPage(_) => Ends::OnShortPage,
        }
    }

    fn body(&self, written: &tree::Body, call: &Call, typing: &Typing<'_>, later: &dyn Fn(Span, &str)) -> Option<Body> {
        let format = match written.format.text.as_str() {
            "json" => BodyFormat::Json,
            "scim_patch" => BodyFormat::ScimPatch,
            "form" | "csv" | "json_api" | "xml" | "xml_diff" => {
                later(written.format.span, &format!("the body `{}`", written.format.text));
                BodyFormat::Json
            }
            _ => {
                self.no_such_word("body", &written.format, &["json", "form", "csv", "scim_patch", "json_api", "xml", "xml_diff"]);
                return None;
            }
        };
        if format == BodyFormat::ScimPatch && call.method != "PATCH" {
            self.report.error_help(
                "E0515",
                written.format.span,
                format!("a SCIM patch is sent by PATCH, not by {}", call.method),
                "write `body json`, or make it a PATCH",
            );
        }
        Some(Body { format, lines: written.lines.iter().filter_map(|(path, value)| self.body_line(path, value, typing)).collect() })
    }

    fn body_line(&self, path: &tree::PathText, value: &tree::Expr, typing: &Typing<'_>) -> Option<BodyLine> {
        let value = typing.expr(value);
        let parsed = self.path(path)?;
        if !parsed.is_writable() && !parsed.text.contains("[*]") {
            let help = "a path that is written has names, indexes and equality filters alone";
            self.report.error_help("E0509", path.span, format!("nothing can be written at `{}`", path.text), help);
        }
        (!value.is_broken()).then_some(BodyLine { path: parsed, value })
    }

    fn call_is_whole(&self, call: &Call, written: &tree::Call) {
        let many = matches!(written.role, Role::List | Role::Find(_));
        let broken = written.items.iter().any(|item| matches!(item, I::Broken(_)));
        if many && call.items.is_none() && !broken {
            let help = "add the path of the list of records: `items $.data`, or `items $` where the answer is the list";
            self.report.error_help("E0502", written.method.span, "nothing says where the records stand in the answer", help);
        }
        self.pages_turn(call, written);
    }

    /// What pages fill must be sent, and what is sent must be filled.
    fn pages_turn(&self, call: &Call, written: &tree::Call) {
        let declared = written.items.iter().find_map(|item| if let I::Page(page) = item { Some(page) } else { None });
        let Some(page) = declared else {
            if let Some(span) = first_page_name(call, |_| true) {
                self.report.error_help(
                    "E0503",
                    span,
                    "nothing says how the pages follow one another",
                    "add a line such as `page by offset size 100`",
                );
            }
            return;
        };
        let (needed, name) = match page.by {
            tree::PageBy::Offset => (PageName::Offset, "page.offset"),
            tree::PageBy::Number => (PageName::Number, "page.number"),
            _ => return,
        };
        if first_page_name(call, |name| name == needed).is_none() && !self.report.has_error_in(written.span) {
            let message = format!("nothing sends `{name}`, so every page would be the first");
            self.report.error_help("E0503", page.span, message, format!("add a line such as `query \"{}\" = {name}`", &name[5..]));
        }
    }

    /// `file "F" csv | json | json_lines`
    pub fn file_source(&self, collection: &mut Collection, written: &tree::FileSource, place: &SystemPlace<'_>, connected: bool) {
        let later = |what: String| place.later.borrow_mut().push(Later { code: "E0901", span: written.format.span, what });
        let format = match written.format.text.as_str() {
            "csv" => FileFormat::Csv { delimiter: self.delimiter(written) },
            "json" => FileFormat::Json { items: written.items.as_ref().and_then(|path| self.path(path)) },
            "json_lines" => FileFormat::JsonLines,
            "xml" => {
                later("a file of XML".to_owned());
                FileFormat::JsonLines
            }
            _ => {
                self.no_such_word("format of files", &written.format, &["csv", "json", "json_lines", "xml"]);
                collection.broken = true;
                return;
            }
        };
        if connected {
            later("a file beside `http` in one system".to_owned());
        }
        let path = Typing::new(self, Place::System(*place)).of_kind(&written.file, &Kind::Text, "`file`");
        collection.file = Some(File { path, format });
    }

    fn delimiter(&self, written: &tree::FileSource) -> u8 {
        match written.delimiter.as_ref().map(|words| (words.text.as_bytes(), words.span)) {
            None => b',',
            Some(([one], _)) => *one,
            Some((_, span)) => {
                self.report.error_help("E0516", span, "a delimiter is one character", "write `\",\"`, `\";\"` or `\"\\t\"`");
                b','
            }
        }
    }
}

fn later_page(later: &dyn Fn(Span, &str), span: Span, what: &str) -> Option<Page> {
    later(span, what);
    None
}

/// Where a call first names something that pages fill.
fn first_page_name(call: &Call, wanted: impl Fn(PageName) -> bool) -> Option<Span> {
    let parameters = call.queries.iter().chain(&call.headers).map(|one| &one.value);
    let lines = call.body.iter().flat_map(|body| body.lines.iter().map(|line| &line.value));
    std::iter::once(&call.path).chain(parameters).chain(lines).find_map(|expr| page_name_in(expr, &wanted))
}

fn page_name_in(expr: &Expr, wanted: &impl Fn(PageName) -> bool) -> Option<Span> {
    let mut found = None;
    expr.walk(&mut |part| {
        if let ExprKind::Page(name) = part.kind
            && wanted(name)
        {
            found.get_or_insert(part.span);
        }
    });
    found
}
