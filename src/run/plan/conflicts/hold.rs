//! Withdraws a draft, and counts its record under another verdict.

use crate::run::{
    change_set::{Agreement, Operation, Reason, Verdict},
    classify::classification::{RowVerdict, finding},
    plan::planner::Planner,
};

impl Planner<'_> {
    /// Withdraws a draft: its record is held instead.
    pub(in crate::run::plan) fn hold_draft(&mut self, at: usize, kind: Reason, detail: String) {
        self.withdraw_draft(at, Verdict::Held, kind, detail);
    }

    /// No run ends well as long as the account of somebody who leaves is open by it.
    pub(super) fn withdraw_draft(&mut self, at: usize, verdict: Verdict, kind: Reason, detail: String) {
        let leaves_open = self.would_close(at);
        let draft = &mut self.drafts[at];
        if std::mem::replace(&mut draft.withdrawn, true) {
            return;
        }
        self.agreed.extend(agreements(&draft.operation));
        let mut finding = finding(verdict, &draft.operation.key, draft.operation.label.clone(), kind, detail);
        finding.lines.clone_from(&draft.operation.lines);
        finding.target.clone_from(&draft.operation.target);
        finding.leaves_open = leaves_open;
        let (row, before) = (draft.row, draft.operation.verdict);
        self.findings.push(finding);
        self.change_verdict(row, before, verdict);
    }

    pub(in crate::run::plan) fn change_verdict(&mut self, row: Option<u32>, before: Verdict, after: Verdict) {
        if let Some(row) = row {
            self.rows[row as usize] = RowVerdict { verdict: after, scope: None };
            return;
        }
        if let Some(count) = self.absent.get_mut(&before) {
            *count -= 1;
        }
        self.absent.retain(|_, count| *count > 0);
        *self.absent.entry(after).or_default() += 1;
    }
}

/// The values on both sides of attributes that an operation leaves alone: they are agreed even if the operation is withdrawn.
pub(super) fn agreements(operation: &Operation) -> impl Iterator<Item = Agreement> + '_ {
    operation.agreed.iter().map(|(attribute, pair)| Agreement { key: operation.key.clone(), attribute: *attribute, pair: *pair })
}
