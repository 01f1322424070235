//! The names that a declaration's expressions may use outside a record.

use super::auth::tokens::Issued;
use crate::{
    compile::{
        program::{Name, Names, Program},
        system::{Auth, AuthKind, Http},
    },
    value::{Fault, Value},
};
use jiff::{Timestamp, civil::Date};
use std::{borrow::Cow, collections::BTreeMap};

/// The sandbox's own secrets, its day, its time and its address.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub secrets: &'a BTreeMap<String, String>,
    pub today: Date,
    pub now: Timestamp,
    /// The address of the stand-in.
    pub origin: &'a str,
    /// The answer that a request is compared with.
    pub token: Option<&'a Issued>,
}

impl Names for Scope<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match name {
            Name::Secret(name) => self.secrets.get(name).map_or(Value::Null, Value::text),
            Name::Today => Value::Date(self.today),
            Name::Now => Value::DateTime(self.now),
            Name::Token(path) => match (self.token, path.last()) {
                (Some(token), _) => token.text(path).map_or(Value::Null, Value::text),
                (None, Some(name)) => Value::text(self.member(name)),
                (None, None) => Value::Null,
            },
            _ => Value::Null,
        }))
    }
}

impl Scope<'_> {
    /// The text of an expression; none if it is missing.
    pub fn text(&self, program: &Program) -> Option<String> {
        program.text(self, &|part| part.to_owned()).ok().flatten()
    }

    /// A member of a token's response: an address is the stand-in's own.
    pub fn member(&self, name: &str) -> String {
        let is_address = ["url", "uri", "endpoint", "server", "base"].iter().any(|word| name.to_ascii_lowercase().contains(word));
        if is_address { self.origin.to_owned() } else { format!("sandbox-{name}") }
    }

    pub fn holds(&self, condition: Option<&Program>) -> bool {
        condition.is_none_or(|condition| condition.holds(self).unwrap_or(false))
    }
}

/// The sign-in for these settings: the first whose condition is true.
pub fn in_force<'h>(http: &'h Http, scope: &Scope<'_>) -> Option<&'h Auth> {
    let ways = http.auth.iter().filter(|auth| !matches!(auth.kind, AuthKind::Certificate { .. }));
    ways.into_iter().find(|auth| scope.holds(auth.when.as_ref()))
}
