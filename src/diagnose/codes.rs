//! Every code that can be met, with its page. A code never changes its meaning.

mod files;
mod judgement;
mod names;
mod records;
mod syntax;
mod systems;
mod types;
mod writes;

/// What `explain` says about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do.
    pub text: &'static str,
    /// An example that is wrong; may be empty.
    pub bad: &'static str,
    /// The same, right; may be empty.
    pub good: &'static str,
}

/// A page without examples.
const fn plain(code: &'static str, title: &'static str, text: &'static str) -> Page {
    Page { code, title, text, bad: "", good: "" }
}

const FAMILIES: [&[Page]; 8] =
    [syntax::PAGES, names::PAGES, types::PAGES, judgement::PAGES, systems::PAGES, files::PAGES, records::PAGES, writes::PAGES];

/// All pages, by code.
pub fn all() -> impl Iterator<Item = &'static Page> {
    FAMILIES.iter().flat_map(|pages| pages.iter())
}

/// The page of a code.
#[must_use]
pub fn page(code: &str) -> Option<&'static Page> {
    all().find(|page| page.code.eq_ignore_ascii_case(code))
}
