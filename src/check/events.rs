//! What an incremental read can't tell, and what `mode append` never does.

use super::{
    calls_needed::repeats,
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Leaver, LeaverKind, Scope},
        system::Collection,
    },
    pipeline::Checking,
    statements::SinceLine,
    types::Typing,
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::ModeName,
};

/// What a pipeline has been found to say.
pub(super) struct Said<'a> {
    pub scope: &'a [Scope],
    pub leavers: &'a [Leaver],
}

impl Checking<'_> {
    pub fn appends(&self) -> bool {
        matches!(self.statements.mode, Some((ModeName::Append, _)))
    }

    /// What only a full read would notice has to be noticed.
    pub fn since_is_enough(&self, said: &Said<'_>) {
        let Some(line) = self.statements.since else { return };
        let typing = self.typing();
        let Some(source) = typing.collection(self.draft.source).filter(|source| !source.broken) else { return };
        self.can_be_asked_since(source, &line);
        self.time_is_watched(&typing, source, &line, said);
        let absent = |kind: &LeaverKind| matches!(kind, LeaverKind::MissingFor(_) | LeaverKind::MissingForRuns { .. });
        let missing = said.leavers.iter().flat_map(|leaver| &leaver.conditions).find(|condition| absent(&condition.kind));
        let joined = self.statements.joins.first().map(|join| (join.span, "a joined record may change while this one does not"));
        let missing = missing.map(|condition| (condition.span, "an incremental read never proves anybody missing"));
        for (span, why) in missing.into_iter().chain(joined).filter(|_| line.full_every.is_none()) {
            let help = "say how often everything is read: `since last run, full every 7 days`";
            self.refuse_since(self.world.first_line(span), why, &line, help);
        }
        if let Some(from) = line.from.filter(|_| !self.appends()) {
            let help = "leave it out; `full every …` says when everything is read again";
            self.refuse_since(from.span, "`from` says which events are never sent, and only `mode append` sends events", &line, help);
        }
    }

    fn refuse_since(&self, span: Span, message: &str, line: &SinceLine<'_>, help: &str) {
        let diagnostic = Diagnostic::error("E0417", span, message).help(help);
        let elsewhere = line.span.start > span.start || line.span.end < span.end;
        self.world.report.say(if elsewhere { diagnostic.related(line.span, "read so") } else { diagnostic });
    }

    fn can_be_asked_since(&self, source: &Collection, line: &SinceLine<'_>) {
        let asks = |expr: &Expr| expr.any(&|part| matches!(part.kind, ExprKind::Since));
        let asked = source.list.as_ref().is_some_and(|list| list.sent().any(asks));
        if asked || !source.is_listed() {
            return;
        }
        let message = format!("`{}` can't be asked for what changed: nothing in its `list` uses `since`", source.name);
        let diagnostic = Diagnostic::error("E0417", line.span, message).related(source.name_span, "declared here");
        self.world.report.say(diagnostic.help("add a line to the `list`, such as `query \"changed_after\" = since`, or read everything"));
    }

    /// On the day that a condition becomes true nothing tells that the record has to be looked at.
    fn time_is_watched(&self, typing: &Typing<'_>, source: &Collection, line: &SinceLine<'_>, said: &Said<'_>) {
        if source.get.is_some() || line.reads_all_daily() {
            return;
        }
        let leaving = said.leavers.iter().flat_map(|leaver| &leaver.conditions).filter_map(|condition| match &condition.kind {
            LeaverKind::When(when) => Some(when),
            _ => None,
        });
        let dated = leaving.chain(said.scope.iter().map(|scope| &scope.condition)).find(|when| super::rows::keeps_time(typing, when));
        if let Some(when) = dated {
            let message = format!("this becomes true on a day when nothing changes, and `{}` has no `get` to look again", source.name);
            self.refuse_since(when.span, &message, line, "read everything daily: `full every 24 h`, or add a `get` to the collection");
        }
    }

    /// Events are sent once per key: nobody is found, changed or closed.
    pub fn only_appends(&self) {
        let Some((_, mode)) = self.statements.mode.filter(|_| self.appends()) else { return };
        let refuse = |span: Span, message: &str, help: &str| {
            let diagnostic = Diagnostic::error("E0418", span, message).related(mode, "events");
            self.world.report.say(diagnostic.help(help));
        };
        if let Some(matching) = &self.statements.matching {
            refuse(self.world.first_word(matching.span), "`mode append` never looks for a counterpart", "take the `match` out");
        }
        for leaver in &self.statements.leavers {
            refuse(self.world.first_word(leaver.span), "what was appended is never closed or deleted", "take the `leaver` out");
        }
        self.can_tell_what_was_sent();
    }

    /// Where the ledger is lost, or an answer is, something has to tell which events were sent.
    fn can_tell_what_was_sent(&self) {
        let typing = self.typing();
        let (Some(target), Some((_, mode))) = (typing.collection(self.draft.target), self.statements.mode) else { return };
        let Some(create) = target.create.as_ref().filter(|_| !target.broken) else { return };
        let from = self.statements.since.is_some_and(|since| since.from.is_some());
        if repeats(create) || !target.finds.is_empty() || from {
            return;
        }
        let message = format!("nothing tells which events `{}` has been sent already", target.name);
        let help = "say `repeatable by ATTR` in its `create` if the vendor drops doubles, add a `find by`, or begin at a day: `since last run \
                    from 2026-03-01`";
        self.world.report.say(Diagnostic::error("E0420", mode, message).related(create.span, "declared here").help(help));
    }
}
