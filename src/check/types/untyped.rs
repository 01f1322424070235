//! What is said of raw JSON where a type is needed: each place has its own way to give it one.

use super::{Place, Typing};
use crate::check::model::expr::Expr;

impl Typing<'_> {
    /// How raw JSON gets a type: in a pipeline by a field, in a rule about an answer by what it is compared with, in a request where the
    /// attribute is declared.
    pub(super) fn a_type_for(&self, value: &Expr, ty: &str) -> String {
        let text = self.env.text(value.span);
        let Place::System(place) = &self.place else { return format!("give it a type first: `field x : {ty}? = {text}`") };
        if place.answer {
            return match ty {
                "bool" => format!("compare it with a literal, as in `{text} == true`"),
                _ => "write it without the function: places of an answer are read as they are, and compared with literals".to_owned(),
            };
        }
        let name = text.rsplit('.').next().unwrap_or(&text);
        let known = place.attributes.is_some_and(|attributes| attributes.iter().any(|attribute| attribute.name == text));
        if known {
            format!("give the attribute a type where it is declared: `{name} : {ty}?`")
        } else {
            "raw JSON can be sent as it is, or be compared with a literal".to_owned()
        }
    }
}
