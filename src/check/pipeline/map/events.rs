//! The limits of incremental reads, and of `mode append`.

use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Chosen, LeaverKind, Mapping},
        system::Collection,
        wire::Repeat,
    },
    pipeline::{Checking, judged::Said, statements::SinceLine},
    types::Typing,
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::ModeName,
};
use std::collections::BTreeSet;

/// The part whose own call would write a line.
fn part_with_calls<'t>(target: &'t Collection, line: &Mapping) -> Option<&'t str> {
    let part = &target.parts[target.attributes[line.attribute.fixed()?].part.as_ref()?.part];
    part.create.is_some().then_some(part.name.as_str())
}

/// What a value depends on besides settings, through the fields it uses.
fn made_of(typing: &Typing<'_>, expr: &Expr) -> BTreeSet<(&'static str, usize, usize)> {
    let (mut parts, mut fields) = (BTreeSet::new(), Vec::new());
    expr.walk(&mut |part| {
        parts.extend(match &part.kind {
            ExprKind::Source(at) => Some(("source", *at, 0)),
            ExprKind::Raw(at) => Some(("raw", *at, 0)),
            ExprKind::Joined(join, at) => Some(("joined", *join, *at)),
            ExprKind::Element => Some(("element", 0, 0)),
            ExprKind::Today | ExprKind::Now => Some(("time", 0, 0)),
            ExprKind::Apply { function, .. } if function.0.reads_today() => Some(("time", 0, 0)),
            ExprKind::Counterpart { .. } => Some(("links", 0, 0)),
            _ => None,
        });
        fields.extend(if let ExprKind::Field(at) = part.kind { Some(at) } else { None });
    });
    parts.extend(fields.into_iter().filter_map(|at| typing.of_field(at)).flat_map(|value| made_of(typing, value)));
    parts
}

impl Checking<'_> {
    pub fn appends(&self) -> bool {
        matches!(self.statements.mode, Some((ModeName::Append, _)))
    }

    /// Requires a full read for changes that an incremental read can't notice.
    pub fn since_is_enough(&self, said: &Said<'_>) {
        let Some(line) = self.statements.since else { return };
        let typing = self.typing();
        let Some(source) = typing.collection(self.draft.source).filter(|source| !source.broken) else { return };
        self.can_be_asked_since(source, &line);
        self.time_is_watched(&typing, source, &line, said);
        if source.list.as_ref().is_some_and(|list| list.since.is_some()) && line.lookback.is_some() {
            let message = format!("the reads of `{}` begin with a mark, and a mark can't be put back by a time", source.name);
            self.refuse_since(line.span, &message, &line, "take `lookback` out");
        }
        let absent = |kind: &LeaverKind| matches!(kind, LeaverKind::MissingFor(_) | LeaverKind::MissingForRuns { .. });
        let missing = said.leavers.iter().flat_map(|leaver| &leaver.conditions).find(|condition| absent(&condition.kind));
        let joined = self.statements.joins.first().map(|join| (join.span, "a joined record may change while this one does not"));
        let missing = missing.map(|condition| (condition.span, "an incremental read never proves anybody missing"));
        for (span, why) in missing.into_iter().chain(joined).filter(|_| line.full_every.is_none()) {
            let help = "say how often everything is read: `since last run, full every 7 days`";
            self.refuse_since(self.env.first_line(span), why, &line, help);
        }
        if let Some(one) = self.statements.one_per_key {
            let message = "of two records with one key an incremental read shows the one that changed, and not the one that counts";
            self.refuse_since(one.span, message, &line, "read everything: take the `since` out");
        }
        if let Some(from) = line.from.filter(|_| self.appends() && source.changed.is_none()) {
            let message = format!("nothing tells which records of `{}` are older", source.name);
            self.refuse_since(
                from.span,
                &message,
                &line,
                "say in the collection what tells when a record was changed: `changed modified_at`",
            );
        }
        if let Some(from) = line.from.filter(|_| !self.appends()) {
            let help = "leave it out; `full every …` says when everything is read again";
            self.refuse_since(from.span, "`from` says which events are never sent, and only `mode append` sends events", &line, help);
        }
    }

    fn refuse_since(&self, span: Span, message: &str, line: &SinceLine<'_>, help: &str) {
        let diagnostic = Diagnostic::error("E0417", span, message).help(help);
        let elsewhere = line.span.start > span.start || line.span.end < span.end;
        self.env.report.say(if elsewhere { diagnostic.related(line.span, "read so") } else { diagnostic });
    }

    fn can_be_asked_since(&self, source: &Collection, line: &SinceLine<'_>) {
        let asks = |expr: &Expr| expr.any(&|part| matches!(part.kind, ExprKind::Since));
        let asked = source.list.as_ref().is_some_and(|list| list.since.is_some() || list.sent().any(asks));
        if asked || !source.is_listed() {
            return;
        }
        let message = format!("`{}` can't be asked for what changed: nothing in its `list` uses `since`", source.name);
        let diagnostic = Diagnostic::error("E0417", line.span, message).related(source.name_span, "declared here");
        self.env.report.say(
            diagnostic.help(
                "add a line to the `list`, such as `query \"changed_after\" = since` or `since by cursor $.mark`, or read everything",
            ),
        );
    }

    /// A condition on the day becomes true without a change of the record, so no incremental read would contain it.
    fn time_is_watched(&self, typing: &Typing<'_>, source: &Collection, line: &SinceLine<'_>, said: &Said<'_>) {
        if line.reads_all_daily() {
            return;
        }
        let leaving = said.leavers.iter().flat_map(|leaver| &leaver.conditions).filter_map(|condition| match &condition.kind {
            LeaverKind::When(when) => Some(when),
            _ => None,
        });
        let is_dated = |when: &&Expr| crate::check::pipeline::row_sources::keeps_time(typing, when);
        if let Some(when) = leaving.filter(|_| source.get.is_none()).find(is_dated) {
            let message = format!("this becomes true on a day when nothing changes, and `{}` has no `get` to look again", source.name);
            self.refuse_since(when.span, &message, line, "read everything daily: `full every 24 h`, or add a `get` to the collection");
        } else if let Some(when) = said.scope.iter().map(|scope| &scope.condition).find(is_dated) {
            let message = "this becomes true on a day when nothing changes, and records that were left out before are not read again";
            self.refuse_since(when.span, message, line, "read everything daily: `full every 24 h`");
        }
    }

    /// Events are sent once per key: no account is looked for, updated or closed.
    pub fn only_appends(&self, said: &Said<'_>) {
        let Some((_, mode)) = self.statements.mode.filter(|_| self.appends()) else { return };
        let refuse = |span: Span, message: &str, help: &str| {
            let diagnostic = Diagnostic::error("E0418", span, message).related(mode, "events");
            self.env.report.say(diagnostic.help(help));
        };
        if let Some(matching) = &self.statements.matching {
            refuse(self.env.first_word(matching.span), "`mode append` never looks for a counterpart", "take the `match` out");
        }
        for leaver in &self.statements.leavers {
            refuse(self.env.first_word(leaver.span), "what was appended is never closed or deleted", "take the `leaver` out");
        }
        for call in said.calls {
            refuse(call.span, "an event is one request, and no call follows it", "take the line out");
        }
        let typing = self.typing();
        let target = typing.collection(self.draft.target);
        for (line, part) in said.map.iter().filter_map(|line| Some((line, part_with_calls(target?, line)?))) {
            refuse(line.span, &format!("an event is one request, and `{part}` is written by another"), "take the line out");
        }
        self.can_tell_what_was_sent(said);
    }

    /// If the state or an answer is lost, something has to tell which events were sent.
    fn can_tell_what_was_sent(&self, said: &Said<'_>) {
        let typing = self.typing();
        let (Some(target), Some((_, mode))) = (typing.collection(self.draft.target), self.statements.mode) else { return };
        let Some(create) = target.create.as_ref().filter(|_| !target.broken) else { return };
        if let Repeat::Declared(Some(id)) = create.repeat {
            self.id_stays(&typing, said, &target.attributes[id].name, id);
        }
        let from = self.statements.since.is_some_and(|since| since.from.is_some());
        if create.may_repeat() || !target.finds.is_empty() || from {
            return;
        }
        let message = format!("nothing tells which events `{}` has been sent already", target.name);
        let help = "say `idempotent by ATTR` in its `create` if the vendor drops doubles, add a `find by`, or begin at a day: `since last run \
                    from 2026-03-01`";
        self.env.report.say(Diagnostic::error("E0420", mode, message).related(create.span, "declared here").help(help));
    }

    /// A duplicate is recognised by an id. Made from the key alone, it is the same each time the event is sent.
    fn id_stays(&self, typing: &Typing<'_>, said: &Said<'_>, name: &str, id: usize) {
        let Some((_, mode)) = self.statements.mode else { return };
        let line = said.map.iter().find(|line| matches!(line.attribute, Chosen::Fixed(at) if at == id));
        let (span, why) = match line {
            None => (mode, "nothing writes it"),
            Some(line) if !made_of(typing, &line.value).is_subset(&made_of(typing, said.key)) => {
                (line.span, "it may change while the key stays")
            }
            Some(_) => return,
        };
        let message = format!("the target tells doubles by `{name}`, and {why}");
        let help = format!("make it of the key alone: `{name} = …`, as in the `key`");
        self.env.report.say(Diagnostic::error("E0420", span, message).help(help));
    }
}
