//! The names that a call may use: only what is known about its record before the call is made.

use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind, all_names},
        request::Parameter,
        system::{Attribute, Call, Collection},
        wire::{BodyFormat, Direction},
    },
    system::bodies::outside_each,
};
use crate::diagnose::{Diagnostic, Span};

impl Environment<'_> {
    /// Refuses names without a value at the time of the call. A missing value is not sent, so the call would ask for something
    /// else.
    pub fn calls_name_what_is_known(&self, collection: &Collection) {
        let Collection { list, more_lists, get, finds, create, update, delete, named, parts, .. } = collection;
        let attributes = collection.attributes.as_slice();
        for call in list.iter().chain(more_lists) {
            self.names_no_more(call, attributes, &[], "a `list` concerns no single record");
        }
        for call in get.iter().filter(|_| !collection.key.is_none()) {
            self.names_no_more(call, attributes, &collection.key.0, "a `get` knows the key alone");
        }
        for (by, call) in finds {
            let only = format!("a `find by` knows `{}` alone", attributes[*by].name);
            self.names_no_more(call, attributes, &[*by], &only);
        }
        create.iter().for_each(|call| self.create_knows_no_more(call, attributes));
        for (what, call) in update.iter().map(|call| ("update", call)).chain(delete.iter().map(|call| ("delete", call))) {
            self.names_what_can_be_read(call, attributes, what);
        }
        named.iter().for_each(|(name, call)| self.names_what_can_be_read(call, attributes, name));
        parts.iter().filter_map(|part| part.delete.as_ref()).for_each(|call| self.names_what_can_be_read(call, attributes, "delete"));
        let writes = create.iter().chain(update).chain(delete).chain(named.iter().map(|(_, call)| call));
        writes.for_each(|call| self.batch_is_one_call(call, attributes));
        update.iter().for_each(|call| self.batch_reads_no_record(call));
        create.iter().chain(update).for_each(|call| self.batch_holds_each(call, true));
        delete.iter().chain(named.iter().map(|(_, call)| call)).for_each(|call| self.batch_holds_each(call, false));
        let of_parts = parts.iter().flat_map(|part| [&part.create, &part.update]).flatten();
        let sends_record = create.iter().chain(update).chain(of_parts).map(|call| call.span).collect::<Vec<_>>();
        let all =
            list.iter().chain(more_lists).chain(get).chain(finds.iter().map(|(_, call)| call)).chain(create).chain(update).chain(delete);
        let part_updates = parts.iter().filter_map(|part| part.update.as_ref());
        let updates = update.iter().chain(part_updates).map(|call| call.span).collect::<Vec<_>>();
        let lists = collection.all_lists().map(|call| call.span).collect::<Vec<_>>();
        let of_parts = parts.iter().flat_map(|part| [&part.create, &part.update, &part.delete]).flatten();
        for call in all.chain(named.iter().map(|(_, call)| call)).chain(of_parts) {
            self.no_batch_no_record(call, sends_record.contains(&call.span));
            if !lists.contains(&call.span) {
                self.no_since(call);
            }
            if !updates.contains(&call.span) {
                self.no_changes(call);
            }
        }
    }

    /// A create comes before its record: what only the system can tell is not known yet.
    fn create_knows_no_more(&self, call: &Call, attributes: &[Attribute]) {
        for (place, expr) in places(call) {
            for (at, span) in all_names(expr).into_iter().filter(|(at, _)| attributes[*at].direction == Direction::ReadOnly) {
                let name = &attributes[at].name;
                let message = format!("the {place} of `create` needs `{name}`, which isn't known before the account exists");
                let diagnostic = Diagnostic::error("E0530", span, message).related(attributes[at].span, "read only: the system makes it");
                self.report.say(diagnostic.help("name what a pipeline writes on create, or take this out"));
            }
        }
    }

    /// What the system never tells is not known of a record that is there.
    fn names_what_can_be_read(&self, call: &Call, attributes: &[Attribute], what: &str) {
        for (place, expr) in places(call) {
            for (at, span) in all_names(expr).into_iter().filter(|(at, _)| attributes[*at].direction == Direction::WriteOnly) {
                let name = &attributes[at].name;
                let message = format!("the {place} of `{what}` needs `{name}`, which is write only, so its value is not known");
                let diagnostic =
                    Diagnostic::error("E0530", span, message).related(attributes[at].span, "write only: the system never tells it");
                self.report.say(diagnostic.help("name the key, or an attribute that can be read"));
            }
        }
    }

    fn names_no_more(&self, call: &Call, attributes: &[Attribute], known: &[usize], why: &str) {
        for (at, span) in call.sent().flat_map(own_names).filter(|(at, _)| !known.contains(at)) {
            let message = format!("`{}` is not known here: {why}", attributes[at].name);
            self.report.error_help("E0214", span, message, "name what is known, or write the value out");
        }
    }

    /// `for each record` means those of a batch, `record` is what a create or an update sends.
    fn no_batch_no_record(&self, call: &Call, sends_record: bool) {
        for part in call.sent().flat_map(parts) {
            match part.kind {
                ExprKind::Each(_) if call.batch.is_none() => {
                    let message = "`for each record` means each record of a batch, and this call takes one record";
                    let help = "add `batch 100` and `items … by …`, or write the value alone";
                    self.report.error_help("E0521", part.span, message, help);
                }
                ExprKind::Sent if !sends_record => {
                    let message = "`record` is what a create or an update sends, and this call sends its `body` alone";
                    self.report.error_help("E0214", part.span, message, "name the attributes that it needs");
                }
                _ => {}
            }
        }
    }

    /// Only a list is read from a moment on; elsewhere `since` would never be sent, or would hide who has not changed since.
    fn no_since(&self, call: &Call) {
        let since = call.sent().flat_map(parts).find(|part| matches!(part.kind, ExprKind::Since));
        if let Some(since) = since.filter(|since| !self.report.has_said("E0214", since.span)) {
            let message = "`since` is the time from which a `list` reads what has changed, and this call is no `list`";
            self.report.error_help("E0214", since.span, message, "take it out, or move the line to the `list`");
        }
    }

    fn no_changes(&self, call: &Call) {
        for expr in call.sent() {
            expr.walk(&mut |part| {
                if matches!(part.kind, ExprKind::Changes) {
                    let message = "`changes` is what an update changes, and this call is no update";
                    self.report.error_help("E0214", part.span, message, "write `record`, or name the attributes that it needs");
                }
            });
        }
    }

    /// A batch says which records it is made for, by what it sends for each of them. Without that, its body would hold none of them.
    fn batch_holds_each(&self, call: &Call, sends_records: bool) {
        let Some(batch) = &call.batch else { return };
        let each = call.sent().any(|sent| sent.any(&|part| matches!(part.kind, ExprKind::Each(_))));
        let has_body = call.body.as_ref().is_some_and(|body| body.value.is_some());
        let one = call.body.iter().filter_map(|body| body.value.as_ref()).flat_map(outside_each);
        let says_one = one.into_iter().any(|part| matches!(part.kind, ExprKind::Sent));
        if sends_records && !each && has_body && !says_one {
            let help = "say what is made for each record: `body = { items = [record for each record] }`";
            self.report.error_help("E0521", call.span, "the body of this batch does not say where its records go", help);
        } else if !sends_records && !each && batch.by.is_none() && !call.each.is_empty() {
            let help = "name them: `body = { ids = [id for each record] }`";
            self.report.error_help("E0521", call.span, "this call does not say for which records it is made", help);
        }
    }

    /// In an update, `record` is the whole record, which is read first. Nothing is read for a batch, and a table can't leave anything out.
    fn batch_reads_no_record(&self, call: &Call) {
        let each = call.batch.iter().flat_map(|_| call.sent()).flat_map(parts).filter(|part| matches!(part.kind, ExprKind::Each(_)));
        if let Some(record) = each.flat_map(parts).find(|part| matches!(part.kind, ExprKind::Sent)) {
            let message = "`record` is the whole record, which is read first, one by one, and this call takes many";
            let help = "write `changes`, and beside it what names the record: `[changes + { id = id } for each record]`";
            self.report.error_help("E0521", record.span, message, help);
        }
        let table = call.body.as_ref().filter(|body| call.batch.is_some() && body.format == BodyFormat::Csv);
        let changes = table.and_then(|body| parts(body.value.as_ref()?).into_iter().find(|part| matches!(part.kind, ExprKind::Changes)));
        if let Some(changes) = changes {
            let message = "a table has a cell for each record in every column, so what does not change of one would be emptied";
            self.report.error_help("E0521", changes.span, message, "take `batch` out, or name the attributes that are always sent");
        }
    }

    /// A batch is one request: only `[… for each record]` is made for each of them.
    fn batch_is_one_call(&self, call: &Call, attributes: &[Attribute]) {
        let Some(batch) = &call.batch else { return };
        for (at, span) in call.sent().flat_map(own_names).filter(|(at, _)| Some(*at) != batch.by) {
            let name = &attributes[at].name;
            let message = format!("`{name}` differs from record to record, and this call takes many at once");
            let help = format!("write `[{name} for each record]`, or `batch {} by {name}`", batch.size);
            self.report.error_help("E0521", span, message, help);
        }
        let value = call.body.as_ref().and_then(|body| body.value.as_ref());
        if let Some(one) = value.and_then(|value| outside_each(value).into_iter().find(|part| matches!(part.kind, ExprKind::Sent))) {
            let help = "write `[record for each record]`";
            self.report.error_help("E0521", one.span, "`record` is one record, and this call takes many at once", help);
        }
        let format = call.body.as_ref().map(|body| &body.format);
        if !matches!(format, None | Some(BodyFormat::Json | BodyFormat::Csv | BodyFormat::Form(_))) {
            let help = "take `batch` out, or write the body as `json`, `csv` or `form`";
            self.report.error_help("E0521", call.span, "a body in this format holds one record, and this call takes many", help);
        }
        if !call.replaces.is_empty() {
            let help = "take `batch` or `replaces` out";
            self.report.error_help("E0521", call.span, "what is sent whole is read first, one by one, and this call takes many", help);
        }
    }
}

/// What a call sends, each with what a reader calls its place.
fn places(call: &Call) -> impl Iterator<Item = (String, &Expr)> {
    let parameter = |what: &'static str| move |one: &'_ Parameter<Expr>| format!("{what} `{}`", one.name);
    let (query, header) = (parameter("query"), parameter("header"));
    let queries = call.queries.iter().map(move |one| (query(one), &one.value));
    let headers = call.headers.iter().map(move |one| (header(one), &one.value));
    let value = call.body.iter().filter_map(|body| Some(("body".to_owned(), body.value.as_ref()?)));
    std::iter::once(("URL".to_owned(), &call.path)).chain(queries).chain(headers).chain(value)
}

/// The attributes without which an expression has no value.
pub(crate) fn needed_names(expr: &Expr) -> Vec<(usize, Span)> {
    match &expr.kind {
        ExprKind::Own(at) => vec![(*at, expr.span)],
        // `?? null` gives no value.
        ExprKind::Default(value, fallback) if fallback.as_constant().is_some_and(crate::value::Value::is_missing) => needed_names(value),
        // They have a value where one of their parts has none.
        ExprKind::Default(..) | ExprKind::If(..) => Vec::new(),
        _ if expr.ty.kind == crate::value::Kind::Bool => Vec::new(),
        _ => expr.children().into_iter().flat_map(needed_names).collect(),
    }
}

/// What a write sends without a condition, each with its place.
pub(crate) fn always_sent(call: &Call) -> impl Iterator<Item = (String, &Expr)> {
    let conditional: Vec<Span> =
        call.queries.iter().chain(&call.headers).filter(|one| one.when.is_some()).map(|one| one.value.span).collect();
    places(call).filter(move |(_, expr)| !conditional.contains(&expr.span))
}

/// The attributes of the record that an expression names.
fn own_names(expr: &Expr) -> Vec<(usize, Span)> {
    match &expr.kind {
        ExprKind::Own(at) => vec![(*at, expr.span)],
        // They are those of each record.
        ExprKind::Each(_) => Vec::new(),
        _ => expr.children().into_iter().flat_map(own_names).collect(),
    }
}

/// An expression and all inside it.
fn parts(expr: &Expr) -> Vec<&Expr> {
    std::iter::once(expr).chain(expr.children().into_iter().flat_map(parts)).collect()
}
