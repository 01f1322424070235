//! `since by link | cursor`: the mark that the next incremental read begins with, and the records that an increment names as removed.

use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind, PageName},
        place::SinceBy,
        system::{Call, Collection},
    },
    system::lines::Wanted,
    types::SystemPlace,
};
use crate::{
    diagnose::Span,
    syntax::tree::{self, CallItem as I},
};

impl Environment<'_> {
    pub(super) fn since_by(&self, written: &tree::SinceBy, place: &SystemPlace<'_>) -> Option<SinceBy<Expr>> {
        let mark = self.answer_value(&written.mark, place, Wanted::Next)?;
        Some(if written.link { SinceBy::Link(mark) } else { SinceBy::Cursor(mark) })
    }

    /// A mark has to come back in the first request of the next read.
    pub(super) fn mark_is_sent(&self, call: &Call, lines: &[&I]) {
        let Some(written) = lines.iter().find_map(|line| if let I::Since(since) = line { Some(since) } else { None }) else { return };
        let page = lines.iter().find_map(|line| if let I::Page(page) = line { Some(&page.by) } else { None });
        match (&call.since, page) {
            (None, _) | (Some(SinceBy::Link(_)), None | Some(tree::PageBy::Link(_))) => {}
            (Some(SinceBy::Link(_)), Some(_)) => {
                let message = "the pages after a link are asked for by links, and these are asked for by what the call sends";
                self.unfit_mark(written.span, message, "write `page by link …`, or `since by cursor …`");
            }
            (Some(SinceBy::Cursor(_)), _) if sends_mark(call) => {}
            (Some(SinceBy::Cursor(_)), _) => {
                let message = "nothing sends the mark, so every read would be of everything";
                self.unfit_mark(written.span, message, "add a line such as `query \"sync_token\" = since`");
            }
        }
    }

    fn unfit_mark(&self, span: Span, message: &str, help: &str) {
        self.report.error_help("E0561", span, message, help);
    }

    /// One mark belongs to one list, and what one list names as removed may still be in another.
    pub fn marks_are_of_one_list(&self, collection: &Collection) {
        let for_each = |list: &Call| list.for_each.is_some() || !list.loop_values.is_empty();
        if collection.all_lists().count() <= 1 && !collection.all_lists().any(for_each) {
            return;
        }
        if let Some(list) = collection.all_lists().find(|list| list.since.is_some()) {
            let message = format!("`{}` is read by several lists, and each of them would have a mark of its own", collection.name);
            self.unfit_mark(list.span, &message, "read it by one list, or take `since by` out");
        }
        if let Some(removed) = collection.all_lists().flat_map(Call::removed).next() {
            let message = format!("`{}` is read by several lists, and what is removed from one of them may be in another", collection.name);
            self.unfit_mark(removed.span, &message, "read it by one list, or ask each list for what is there alone");
        }
    }
}

/// Whether a call sends the mark of the last read: as `since`, or as the cursor of its first page.
fn sends_mark(call: &Call) -> bool {
    call.sent().any(|expr| expr.any(&|part| matches!(part.kind, ExprKind::Since | ExprKind::Page(PageName::Cursor))))
}
