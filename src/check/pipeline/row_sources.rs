//! What a row is made of besides its record: `join`, `for each`, `since`.

use super::{
    Checking,
    statements::{ForEachLine, JoinLine, SinceLine},
};
use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Each, End, Join, Since},
    },
    names::declared_twice,
    types::{ElementSlot, JoinSlot, Subject, Typing, a_kind},
};
use crate::{
    diagnose::{Diagnostic, Span},
    value::{Kind, Type},
};

impl Checking<'_> {
    /// The joins, each over the record and the joins before it.
    pub fn joins(&mut self) -> Vec<Option<Join>> {
        let written = self.statements.joins.clone();
        self.draft.joins = written.iter().map(|line| self.join_slot(line)).collect();
        self.aliases_once();
        let joins = (0..written.len()).map(|at| {
            self.draft.joining = Some(at);
            self.join(at, &written[at])
        });
        let joins = joins.collect();
        self.draft.joining = None;
        joins
    }

    fn join_slot(&self, line: &JoinLine<'_>) -> JoinSlot {
        let at = self.env.collection(line.collection);
        JoinSlot { alias: line.alias.text.clone(), alias_span: line.alias.span, at, many: line.many }
    }

    /// Two records of one name are ambiguous.
    fn aliases_once(&self) {
        let source = self.draft.alias.as_deref().zip(self.statements.alias_span());
        let joined = self.draft.joins.iter().map(|join| (join.alias.as_str(), join.alias_span));
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for (name, span) in source.into_iter().chain(joined) {
            match seen.iter().find(|(known, _)| *known == name) {
                Some((_, first)) => self.env.report.say(declared_twice("the record", name, span, *first)),
                None => seen.push((name, span)),
            }
        }
    }

    fn join(&self, at: usize, line: &JoinLine<'_>) -> Option<Join> {
        let on = self.typing().condition(line.on);
        let (system, collection) = self.draft.joins[at].at?;
        if !on.is_broken() {
            self.joins_something(at, &on, line);
        }
        let end = End { system, collection, alias: line.alias.text.clone(), span: line.span };
        Some(Join { end, many: line.many, on, text: self.env.text(line.on.span) })
    }

    /// A condition without the joined record would join every record, or none.
    fn joins_something(&self, join: usize, on: &Expr, line: &JoinLine<'_>) {
        let joined = on.any(&|part| matches!(part.kind, ExprKind::Joined(of, _) if of == join));
        let of_row = |part: &Expr| match part.kind {
            ExprKind::Joined(of, _) => of != join,
            ExprKind::Source(_) | ExprKind::Raw(_) => true,
            _ => false,
        };
        let name = &line.alias.text;
        let twice = self.draft.alias.as_ref() == Some(name) || self.draft.joins[..join].iter().any(|before| before.alias == *name);
        if joined && on.any(&of_row) || twice {
            return;
        }
        let whose = if joined { "the record it is joined to" } else { "the joined record" };
        let source = self.draft.alias.as_deref().unwrap_or("source");
        let help = format!("say which belong together, such as `on {name}.id == {source}.id`");
        self.env.report.error_help("E0408", line.on.span, format!("this asks nothing of {whose}"), help);
    }

    /// `for each NAME in LIST`
    pub fn each(&mut self) -> Option<Each> {
        let line = self.statements.each?;
        let list = self.typing().expr(line.list);
        let ty = self.element_type(&list);
        self.draft.element =
            Some(ElementSlot { list: list.clone(), name: line.name.text.clone(), name_span: line.name.span, ty: ty.clone() });
        Some(Each { name: line.name.text.clone(), list, text: self.env.text(line.list.span), ty: ty?, span: line.span })
    }

    fn element_type(&self, list: &Expr) -> Option<Type> {
        if list.is_broken() {
            return None;
        }
        if let Kind::List(item) = &list.ty.kind {
            return Some(Type { kind: (**item).clone(), optional: self.typing().may_hold_missing(list) });
        }
        let message = format!("`for each` goes over a list, and this is {}", a_kind(&list.ty.kind));
        let help = "write the values in `[ ]`, or name an attribute that is a list";
        self.env.report.say(Diagnostic::error("E0303", list.span, message).label(list.ty.to_string()).help(help));
        None
    }

    /// Rows of one record differ by their key.
    pub fn key_tells_elements(&self, key: &Expr, line: &ForEachLine<'_>) {
        if key.any(&Expr::is_broken) || self.draft.element.as_ref().is_none_or(|element| element.ty.is_none()) {
            return;
        }
        if !self.typing().names_in(key).contains(&Subject::Element) {
            let name = &line.name.text;
            let message = format!("each record gives a row for each `{name}`, and all of them have one key");
            let source = self.draft.alias.as_deref().unwrap_or_default();
            let help = format!("put it into the key, such as `key \"{{{source}.id}}-{{{name}}}\"`");
            self.env.report.say(Diagnostic::error("E0416", key.span, message).related(line.span, "here").help(help));
        }
    }

    /// `since last run, lookback D, full every D from DATE`
    pub fn since(&self) -> Option<Since> {
        let line = self.statements.since?;
        let from = line.from.map(|from| self.from(from));
        Some(Since { lookback: line.lookback, full_every: line.full_every, from, span: line.span })
    }

    /// A day or an instant that is known before anything is read.
    fn from(&self, written: &crate::syntax::tree::Expr) -> Expr {
        let from = self.typing().expr(written);
        if from.is_broken() {
            return from;
        }
        if !matches!(from.kind, ExprKind::Constant(_) | ExprKind::Setting(_)) || !matches!(from.ty.kind, Kind::Date | Kind::DateTime) {
            let help = "write the day, as `from 2026-03-01`, or name a setting of the type `date`";
            self.env
                .report
                .say(Diagnostic::error("E0417", from.span, "this is not a day to begin from").label(from.ty.to_string()).help(help));
            return Expr::broken(from.span);
        }
        if from.ty.kind == Kind::Date && !self.draft.zone {
            self.typing().ask_for_zone(&self.draft, from.span);
        }
        from
    }
}

impl SinceLine<'_> {
    /// Whether a full read comes at least daily.
    pub fn reads_all_daily(&self) -> bool {
        self.full_every.is_some_and(|every| every.seconds() <= 24 * 3600)
    }
}

/// Whether the day or the hour decides, through the fields it uses.
pub(crate) fn keeps_time(typing: &Typing<'_>, expr: &Expr) -> bool {
    let dated = |part: &Expr| match &part.kind {
        ExprKind::Today | ExprKind::Now => true,
        ExprKind::Apply { function, .. } => function.0.reads_today(),
        _ => false,
    };
    let mut fields = Vec::new();
    expr.walk(&mut |part| {
        if let ExprKind::Field(at) = part.kind {
            fields.push(at);
        }
    });
    expr.any(&dated) || fields.into_iter().filter_map(|at| typing.of_field(at)).any(|value| keeps_time(typing, value))
}
