//! Faults of single records, at run time: `R`, and what a vendor refused: `W`.

use super::{Page, plain};

pub(super) const PAGES: &[Page] = &[];
#[expect(unused, reason = "filled in below")]
const EXAMPLE: Page = plain("", "", "");
