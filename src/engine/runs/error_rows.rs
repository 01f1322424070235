//! The error rows of records that could not be decided on.

use crate::{
    run::change_set::{ChangeSet, Finding, Reason, Verdict},
    state::errors::ErrorRow,
};

/// Whether a record could not be decided on: a look-up failed, or nothing could be asked. What can't be judged is no success.
fn is_not_answered(finding: &Finding) -> bool {
    finding.verdict == Verdict::Unread && matches!(finding.kind, Reason::NotAnswered | Reason::Unread)
}

/// Whether a record could not be decided on, the outcome of a write is not known, or a leave whose account is open waits for a person: no
/// run ends well then. What can't be read of an account counts where it stops a line of the pipeline from being judged, whoever it is
/// about; without a line it only keeps something from being written.
pub(super) fn is_open_question(finding: &Finding, open: &[String]) -> bool {
    is_not_answered(finding)
        || finding.kind == Reason::Unknown && open.contains(&finding.key)
        || finding.leaves_open
        || finding.kind == Reason::Unreadable && !finding.lines.is_empty()
}

/// The error rows of records that could not be decided on.
pub(super) fn rejected(set: &ChangeSet) -> Vec<ErrorRow> {
    set.findings.iter().filter(|finding| finding.verdict == Verdict::Rejected || is_not_answered(finding)).map(error_row).collect()
}

fn error_row(finding: &Finding) -> ErrorRow {
    let line = finding.lines.first().cloned().unwrap_or_default();
    ErrorRow {
        key: finding.key.clone(),
        label: finding.label.clone(),
        step: finding.kind.step(),
        attribute: finding.attribute.clone(),
        code: finding.kind.code(),
        message: finding.detail.clone(),
        file: line.file,
        line: line.line,
    }
}
