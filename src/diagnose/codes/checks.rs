use super::Page;

pub(super) const PAGES: &[Page] = &[];
