//! The calls of a collection: where they go, what they send, how their pages follow one another.

use crate::check::{
    environment::Environment,
    model::{
        carried::Carried,
        expr::{Expr, ExprKind, PageName},
        place::{Page, PageBy, Place as AnswerPlace},
        proof::names_more_than_status,
        request::Batch,
        rules::{Outcome, Rules},
        system::{Call, Collection},
        wire::{ErrorClass, Repeat},
    },
    names::declared_twice,
    system::{
        lines::{self, AnswerFormat, Wanted},
        rules::RuleLine,
    },
    types::{Place, SystemPlace, Typing},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, CallItem as I, Role},
    value::{Kind, Value},
};

use std::sync::Arc;

/// How many records a page has, if a call does not say.
const PAGE_SIZE: u64 = 100;

impl Environment<'_> {
    /// Takes a call into its collection, once.
    pub fn call(&self, collection: &mut Collection, written: &tree::Call, place: &SystemPlace<'_>, before: &[Collection]) {
        let call = self.one_call(written, place, before);
        match &written.role {
            Role::List if collection.list.is_some() => collection.more_lists.push(call),
            Role::List => collection.list = Some(call),
            Role::Get => self.only_call(&mut collection.get, call, "get"),
            Role::Create => self.only_call(&mut collection.create, call, "create"),
            Role::Update => self.only_call(&mut collection.update, call, "update"),
            Role::Delete => self.only_call(&mut collection.delete, call, "delete"),
            Role::Find(names) => {
                if let Some(by) = self.found_by(names, place) {
                    if let Some((_, first)) = collection.finds.iter().find(|(known, _)| *known == by) {
                        self.report.say(declared_twice("the call", "find by", call.span, first.span));
                    }
                    collection.finds.push((by, call));
                }
            }
            Role::Verify => {}
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
        self.own_attribute(place, &tree::Ident { text, span })
    }

    pub(crate) fn one_call(&self, written: &tree::Call, around: &SystemPlace<'_>, before: &[Collection]) -> Call {
        self.used_call(&self.used(written), around, before)
    }

    /// A call of which each line has an effect.
    fn used_call(&self, written: &tree::Call, around: &SystemPlace<'_>, before: &[Collection]) -> Call {
        let above = written.for_each.as_ref().filter(|_| written.each_of.is_none());
        let for_each = above.and_then(|name| self.collection_above(name, before));
        let (each, each_type) = self.loop_values(written, around);
        let each_name = written.for_each.as_ref().filter(|_| written.each_of.is_some());
        let parent = for_each.map(|at| (before[at].name.as_str(), before[at].attributes.as_slice()));
        let each_place = each_name.map(|name| (name.text.as_str(), &each_type));
        // Who is signed in is asked of no page, and of no record.
        let in_call = !matches!(written.role, Role::Verify);
        let place = SystemPlace { in_call, secrets: true, parent, each: each_place, ..*around };
        let secrets = self.call_secrets(written, &place);
        let own_secrets: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
        let lines = lines::for_call(written, place.lines);
        let mark = lines.iter().any(|line| matches!(line, I::Since(since) if !since.link));
        let deletes = matches!(written.role, Role::Delete | Role::Named(_));
        let place = SystemPlace { own_secrets: &own_secrets, mark, deletes, ..place };
        let typing = Typing::new(self, Place::System(place));
        let path_typing = Typing::new(self, Place::System(SystemPlace { secrets: false, ..place }));
        let lost = above.is_some() && for_each.is_none();
        let path = if lost { Expr::broken(written.path.span) } else { self.call_path(&written.path, &path_typing) };
        let mut call = Call::new(self.method(&written.method, written.role.word()), path, written.span);
        call.for_each = for_each;
        call.loop_values = each;
        call.secrets.clone_from(&secrets);
        self.request(&mut call, written, &lines, &typing, &place);
        self.answers(&mut call, written, &lines, &place);
        call.ends_short = call.takes_short_page_for_last();
        self.look_up_is_answered(&call, &written.role);
        self.unreachable_rules(&call);
        self.call_is_whole(&mut call, written, &lines, place.format);
        self.rounds_differ(&call, written);
        self.made_as_shown(&call, &place);
        self.headers_have_effect(&call.headers, written.span);
        call
    }

    /// What a call sends, and where its answer has what is read.
    fn request(&self, call: &mut Call, written: &tree::Call, lines: &[&I], typing: &Typing<'_>, place: &SystemPlace<'_>) {
        self.shows(call, written, place);
        lines.iter().for_each(|item| self.call_item(call, item, typing, place));
        self.cursor_of_last_record(call, place);
        self.mark_is_sent(call, lines);
        if let Some(body) = self.body_of(written, call, place, typing) {
            call.body = Some(body);
        }
        call.carried = Carried::by(call);
    }

    /// What the answers of a call mean, the results of a batch and the job of the call included.
    fn answers(&self, call: &mut Call, written: &tree::Call, lines: &[&I], place: &SystemPlace<'_>) {
        self.outcomes_fit(written, lines);
        let own = self.rules(written.items.iter().filter_map(rule_line), place);
        call.rules = Arc::new(own.before(place.rules.unwrap_or(&Rules::default())));
        let results = written.items.iter().filter_map(|item| if let I::Each(each) = item { Some(each) } else { None });
        call.each = results.filter_map(|each| self.each_result(each, call, place)).collect();
        call.follow = self.follow(call, written, place);
    }

    /// `secret NAME = EXPR`
    fn call_secrets(&self, written: &tree::Call, place: &SystemPlace<'_>) -> Vec<(String, Expr)> {
        let typing = Typing::new(self, Place::System(*place));
        let said =
            || written.items.iter().filter_map(|item| if let I::Secret { name, value, .. } = item { Some((name, value)) } else { None });
        self.no_doubles("the secret", said().map(|(name, _)| (name.text.as_str(), name.span)));
        let batch = written.items.iter().any(|item| matches!(item, I::Batch { .. }));
        if let Some((name, _)) = said().next().filter(|_| batch) {
            let message = format!("`{}` is one secret, and this call takes many records", name.text);
            let help = "make one for each: `[record + { password = 24 | random_text } for each record]`";
            self.report.error_help("E0521", name.span, message, help);
        }
        said().map(|(name, value)| (name.text.clone(), typing.of_kind(value, &Kind::Text, "`secret`"))).collect()
    }

    /// The collection to whose records a list belongs: declared before it.
    fn collection_above(&self, name: &tree::Ident, before: &[Collection]) -> Option<usize> {
        let found = before.iter().position(|collection| collection.name == name.text);
        if found.is_none() {
            let message = format!("there is no collection `{}` above this one", name.text);
            let diagnostic = Diagnostic::error("E0202", name.span, message).label("not declared before");
            self.report.say(crate::check::suggest::suggest(diagnostic, &name.text, name.span, before.iter().map(|one| one.name.as_str())));
        }
        if found.is_some_and(|at| before[at].key.is_none()) {
            let message = format!("`{}` has no key, so the lists below its records can't be told apart", name.text);
            self.report.error_help("E0401", name.span, message, format!("add `key …` to the collection `{}`", name.text));
        }
        found
    }

    pub(super) fn call_item(&self, call: &mut Call, item: &I, typing: &Typing<'_>, place: &SystemPlace<'_>) {
        match item {
            I::Query(line) => call.queries.extend(self.parameter(line, typing)),
            I::Header(line) => call.headers.extend(self.parameter(line, typing)),
            I::Items(items) => self.items(call, items, place),
            I::Since(since) => call.since = self.since_by(since, place),
            I::Item(value) if !place.in_call => call.item = self.answer_value(value, place, Wanted::Account),
            I::Item(value) => call.item = self.answer_value(value, place, Wanted::Item),
            I::Total { at, optional } => {
                call.total = self.answer_value(at, place, Wanted::Total);
                call.total_is_optional = *optional;
            }
            I::Replaces(paths) => call.replaces = paths.iter().filter_map(|path| self.write_path(path)).collect(),
            I::Key(key) => call.key = Some(self.in_answer_alone(key, place, "the key")).filter(|key| !key.is_broken()),
            // They are made once all of the call is known.
            I::Body(_) | I::Each(_) | I::Follow(_) | I::Secret { .. } => {}
            I::NeverRepeat(_) => call.repeat = Repeat::Never,
            I::Idempotent(by, _) => call.repeat = Repeat::Declared(by.as_ref().and_then(|by| self.own_attribute(place, by))),
            I::Page(page) => call.page = self.page(page, place),
            I::Batch { size, by, span } => call.batch = self.batch(*size, by.as_ref(), *span, place),
            I::Error(_) | I::Outcome(_) | I::Broken(_) => {}
        }
    }

    /// Outcomes that a call can't have: nobody is gone from a list, and only a list has pages.
    fn outcomes_fit(&self, written: &tree::Call, lines: &[&I]) {
        let lists = matches!(written.role, Role::List | Role::Find(_));
        let marks = lines.iter().any(|line| matches!(line, I::Since(_)));
        for item in &written.items {
            let I::Outcome(said) = item else { continue };
            let (fits, why) = match Outcome::of(&said.outcome.text) {
                Some(Outcome::Error(ErrorClass::Gone)) => {
                    (!matches!(written.role, Role::List), "a list names no single record, so nobody is gone")
                }
                Some(Outcome::LastPage) => (lists, "only a list has pages"),
                Some(Outcome::Full) if marks || !matches!(written.role, Role::List) => {
                    (marks, "only a `list` with a line `since by …` begins where the last read ended")
                }
                Some(Outcome::Full) => {
                    self.idle(said.span, "full", "a list that is always read whole", "a call with a line `since by …`");
                    continue;
                }
                Some(Outcome::Removed) => (false, "it is said of an element of a list: `items … { removed when … }`"),
                Some(Outcome::Moved) => (!lists, "a list names no single record, so none has moved"),
                _ => continue,
            };
            if !fits {
                let message = format!("`{}` does not fit this call: {why}", said.outcome.text);
                self.report.error_help("E0526", said.span, message, "take the line out, or move it to the call that it is meant for");
            }
        }
    }

    /// A rule after one with the same condition never decides.
    fn unreachable_rules(&self, call: &Call) {
        for (at, rule) in call.rules.outcomes.iter().enumerate() {
            let always = matches!(rule.when.as_constant(), Some(Value::Bool(true)));
            if let Some(next) = call.rules.outcomes[at + 1..].iter().find(|next| always && next.outcome == rule.outcome) {
                let help = "take it out, or put it before the other";
                self.report.error_help("E0527", next.span, "this rule never decides: the one before it always holds", help);
            }
        }
    }

    fn page(&self, written: &tree::Page, place: &SystemPlace<'_>) -> Option<Page<Expr>> {
        let (by, first) = match &written.by {
            tree::PageBy::Offset => (PageBy::Offset, 0),
            tree::PageBy::Number => (PageBy::Number, 1),
            tree::PageBy::Link(link) => (PageBy::Link(self.answer_value(link, place, Wanted::Next)?), 0),
            tree::PageBy::Cursor(cursor) => (PageBy::Cursor(self.answer_value(cursor, place, Wanted::Next)?), 0),
        };
        if written.size == Some(0) && !self.report.has_error_in(written.span) {
            self.report.error_help("E0503", written.span, "a page of no records never ends", "write a size above 0");
        }
        Some(Page { by, from: written.from.unwrap_or(first), size: written.size.unwrap_or(PAGE_SIZE), sized: written.size.is_some() })
    }

    fn batch(&self, size: u64, by: Option<&tree::Ident>, span: Span, place: &SystemPlace<'_>) -> Option<Batch> {
        if size == 0 && !self.report.has_error_in(span) {
            self.report.error_help("E0503", span, "a batch of no records sends nothing", "write a size above 0");
        }
        Some(Batch { size: usize::try_from(size).unwrap_or(usize::MAX), by: by.and_then(|by| self.own_attribute(place, by)) })
    }

    fn call_is_whole(&self, call: &mut Call, written: &tree::Call, lines: &[&I], format: AnswerFormat) {
        let many = matches!(written.role, Role::List | Role::Find(_));
        let broken = written.items.iter().any(|item| matches!(item, I::Broken(_)));
        let said = lines.iter().any(|line| matches!(line, I::Items(_)));
        if many && !said && format == AnswerFormat::Rows {
            call.items = self.patterns.path("$").ok().map(AnswerPlace::Path);
        } else if many && !said && !broken {
            let help = "add the path of the list of records: `items $.data`, or `items $` where the answer is the list";
            self.report.error_help("E0502", written.method.span, "nothing says where the records are in the answer", help);
        }
        self.batch_is_answered(call, written);
        self.emptiness_is_proved(call, lines);
        self.places_fit(call, lines, (format, &written.role));
        self.pages_turn(call, written, lines);
    }

    /// Each record of a batch has an outcome of its own, so the answer must tell them apart.
    fn batch_is_answered(&self, call: &Call, written: &tree::Call) {
        let each = call.follow.as_ref().map_or(&call.each, |follow| &follow.call.each);
        let in_job =
            |item: &I| if let I::Follow(follow) = item { follow.items.iter().any(|item| matches!(item, I::Each(_))) } else { false };
        match (&call.batch, &each[..]) {
            (Some(_), []) if !written.items.iter().any(in_job) && !written.items.iter().any(|item| matches!(item, I::Each(_))) => {
                let help = "add `items $.results by $.id = id { … }` to the call";
                self.report.error_help("E0521", call.span, "nothing says what became of each record of the batch", help);
            }
            (None, [_, ..]) => {
                let help = "add `batch 100`, or take `by` out";
                self.report.error_help("E0521", call.span, "`items … by` are the results of a batch, and this call takes one record", help);
            }
            _ => {}
        }
    }

    /// Names filled by paging have to be sent, and names that are sent have to be filled.
    fn pages_turn(&self, call: &mut Call, written: &tree::Call, lines: &[&I]) {
        let declared = lines.iter().find_map(|item| if let I::Page(page) = item { Some(page) } else { None });
        let Some(page) = declared else {
            self.ends_one_page(call, written);
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
            tree::PageBy::Cursor(_) => (PageName::Cursor, "page.cursor"),
            tree::PageBy::Link(_) => return self.names_what_pages_give(call, page, (PageName::Size, "page.size")),
        };
        self.names_what_pages_give(call, page, (needed, name));
        let sent = first_page_name(call, |name| name == needed).is_some();
        // A look-up that sends no page of a collection's `page` has one page.
        if !sent && matches!(written.role, Role::Find(_)) && !written.items.iter().any(|item| matches!(item, I::Page(_))) {
            call.page = None;
        } else if !sent && !self.report.has_error_in(written.span) {
            let message = format!("nothing sends `{name}`, so every page would be the first");
            self.report.error_help("E0503", page.span, message, format!("add a line such as `query \"{}\" = {name}`", &name[5..]));
        }
    }

    /// Another position than the one by which the pages follow one another is the same on each page, or is not sent at all.
    fn names_what_pages_give(&self, call: &Call, page: &tree::Page, (given, name): (PageName, &str)) {
        // A mark is sent as the cursor of the first page.
        let marks = |other| other == PageName::Cursor && call.since.is_some();
        let Some(span) = first_page_name(call, |other| other != given && other != PageName::Size && !marks(other)) else { return };
        let (by, gives) = match page.by {
            tree::PageBy::Offset => ("offset", "`page.offset` and `page.size`"),
            tree::PageBy::Number => ("number", "`page.number` and `page.size`"),
            tree::PageBy::Cursor(_) => ("cursor", "`page.cursor` and `page.size`"),
            tree::PageBy::Link(_) => ("link", "`page.size` alone: a link says the rest"),
        };
        if !self.report.has_said("E0503", span) {
            let message = format!("`page by {by}` gives {gives}");
            let help =
                if given == PageName::Size { "take the line out".to_owned() } else { format!("write `{name}`, or take the line out") };
            self.report.say(Diagnostic::error("E0503", span, message).related(page.span, "the pages").help(help));
        }
    }

    /// A sign of the last page does nothing where all is on one; a status may still say that there is nothing.
    fn ends_one_page(&self, call: &Call, written: &tree::Call) {
        let own = |span: Span| written.items.iter().any(|item| matches!(item, I::Outcome(said) if said.span == span));
        let signs = call.rules.outcomes.iter().filter(|rule| rule.outcome == Outcome::LastPage && own(rule.span));
        for rule in signs.filter(|rule| rule.when.any(&|part| names_more_than_status(part))) {
            self.idle(rule.span, "last page", "a list of one page", "a call with a line `page by …`");
        }
    }
}

/// What a line of a call says about answers, if it does.
pub(super) fn rule_line(item: &I) -> Option<RuleLine<'_>> {
    match item {
        I::Error(shape) => Some(RuleLine::Error(shape)),
        I::Outcome(outcome) => Some(RuleLine::Outcome(outcome)),
        _ => None,
    }
}

/// Where a call first names something that pages fill.
fn first_page_name(call: &Call, wanted: impl Fn(PageName) -> bool) -> Option<Span> {
    call.sent().find_map(|expr| page_name_in(expr, &wanted))
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
