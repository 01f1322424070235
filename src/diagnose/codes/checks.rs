//! What the checker says, by the hundred: names `E02`, types `E03`, rules `E04`, systems `E05`, paths and functions `E06`,
//! files and settings `E07`, what is not there yet `E09`, and lints.

mod names;
mod rules;
mod systems;
mod types;

use super::Page;

/// All pages of the checker, by code.
pub(super) fn pages() -> impl Iterator<Item = &'static Page> {
    names::PAGES.iter().chain(types::PAGES).chain(rules::PAGES).chain(systems::PAGES)
}
