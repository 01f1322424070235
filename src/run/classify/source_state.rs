//! The state of a record: a leaver, out of scope, in scope, rejected or unread.

use super::{
    classification::{Classification, Rejection, StateReason},
    leavers,
    table::SourceState,
};
use crate::{
    diagnose::Span,
    run::{
        read::details::not_read,
        record_scope::{RecordScope, key_is_unique_per_record},
    },
    value::Fault,
};

impl Classification<'_> {
    /// *Leaver before scope*: a leaver whose record no longer passes a filter still leaves. Where other pipelines hold accounts of the
    /// collection, whoever was never linked is a leaver of this one only if its scope has the record: the others are theirs. A record of
    /// which a part was not read does neither, unless what was read excludes it.
    pub(super) fn source_state(&self, row: u32, record: &RecordScope<'_>, linked: bool) -> (SourceState, StateReason) {
        let found = self.state_by_values(record, linked);
        let acts = matches!(found.0, SourceState::InScope | SourceState::Leaver)
            || found.0 == SourceState::OutOfScope && leavers::by_scope(self.plan()).is_some();
        match not_read(&self.plan().source, self.row(row)).filter(|_| acts) {
            Some(fault) => (SourceState::Unread, StateReason::NotRead(Box::new(fault.clone()))),
            None => found,
        }
    }

    fn state_by_values(&self, record: &RecordScope<'_>, linked: bool) -> (SourceState, StateReason) {
        let of_others = !linked && self.is_shared();
        match leavers::by_condition(self.plan(), record) {
            Ok(Some(_)) if of_others && let Ok(Some(at)) = self.left_out_by(record) => {
                return (SourceState::OutOfScope, StateReason::Scope(at));
            }
            Ok(Some(_)) if self.input.is_broken() => return (SourceState::Unread, StateReason::Nothing),
            Ok(Some(_)) if self.sees_part_of_keys() => return (SourceState::Unread, StateReason::LeavesPerhaps),
            Ok(Some(because)) => return (SourceState::Leaver, StateReason::Leaver(because)),
            Ok(None) => {}
            Err((fault, because)) => return faulty(fault, because.condition(self.plan()).span),
        }
        match self.left_out_by(record) {
            Ok(None) => (SourceState::InScope, StateReason::Nothing),
            Ok(Some(at)) => (SourceState::OutOfScope, StateReason::Scope(at)),
            Err((fault, span)) => faulty(fault, span),
        }
    }

    /// Whether other pipelines hold accounts of the collection.
    pub(super) fn is_shared(&self) -> bool {
        !self.input.related.holders.is_empty()
    }

    /// The first line of the scope that leaves a record out, or a value that such a line needs and can't be worked out.
    pub(super) fn left_out_by(&self, record: &RecordScope<'_>) -> Result<Option<u16>, (Box<Fault>, Span)> {
        for (scope, at) in self.plan().scope.iter().zip(0..) {
            match scope.condition.holds(record) {
                Ok(holds) if holds == scope.include => {}
                Ok(_) => return Ok(Some(at)),
                Err(fault) if fault.is_unshown() => {}
                Err(fault) => return Err((fault, scope.span)),
            }
        }
        Ok(None)
    }

    /// Several records may have one key, and only those that changed were read.
    fn sees_part_of_keys(&self) -> bool {
        self.input.source.delta.is_some() && !key_is_unique_per_record(self.plan())
    }
}

/// A value that can't be computed rejects its record, and a value that was not read leaves it unread.
pub(super) fn faulty(fault: Box<Fault>, span: Span) -> (SourceState, StateReason) {
    if fault.is_unread() {
        return (SourceState::Unread, StateReason::NotRead(fault));
    }
    (SourceState::Rejected, StateReason::Rejected(Box::new(Rejection { fault, span })))
}
