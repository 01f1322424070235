//! A system, compiled: how to talk to it. Settings have become constants, and secrets are still names.

use super::program::{Program, TemplatePart};
pub use crate::check::model::{
    place,
    request::{self, Batch, DiscoveredType, InPart},
    rules::{self, Outcome, is_failure},
    system::Lists,
    wire::{Access, BodyFormat, CsvOptions, Direction, ErrorClass, FileFormat, Limit, ListStyle, Method, Repeat, WireFormat},
};
use crate::{check::model::system as model, value::format::Codec};

pub type Auth = request::Auth<Program>;
pub type AuthKind = request::AuthKind<Program>;
pub type Body = request::Body<Program>;
pub type Call = request::Call<Program>;
pub type Discovery = request::Discovery<Program>;
pub type ErrorRule = rules::ErrorRule<Program>;
pub type OutcomeRule = rules::OutcomeRule<Program>;
pub type Rules = rules::Rules<Program>;
pub type Follow = request::Follow<Program>;
pub type Http = request::Http<Program>;
pub type Parameter = request::Parameter<Program>;
pub type Page = place::Page<Program>;
pub type PageBy = place::PageBy<Program>;
pub type SinceBy = place::SinceBy<Program>;
pub type Place = place::Place<Program>;
pub type Part = request::Part<Program>;
pub type TokenCall = request::TokenCall<Program>;
pub type System = model::System<Program, Codec>;
pub type Connection = model::Connection<Program>;
pub type Collection = model::Collection<Program, Codec>;
pub type Attribute = model::Attribute<Codec>;
pub type File = model::File<Program>;

impl Call {
    /// Whether it deletes a record: a DELETE whose address does not go on after the last value in it. `DELETE /users/{id}/badge` takes
    /// only a part of a record.
    #[must_use]
    pub fn deletes_record(&self) -> bool {
        let end = match &self.path {
            Program::Template(parts) => parts.last(),
            _ => None,
        };
        let goes_on = matches!(end, Some(TemplatePart::Text(end)) if end.trim_end_matches('/').contains('/'));
        self.method == Method::Delete && !goes_on
    }
}
