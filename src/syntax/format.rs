/// The text in its one layout, comments kept; none if it does not parse.
#[must_use]
pub fn format(_text: &str) -> Option<String> {
    todo!()
}
