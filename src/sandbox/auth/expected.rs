//! Whether what a client sent is what the declaration makes of the sandbox's own secrets.

use super::jwt;
use crate::{
    compile::program::{Name, Operator, Program},
    sandbox::{request::reverse::text_of, scope::Scope},
    value::{Kind, format::Codec},
};
use serde_json::Value as Json;

/// The declared value of something that is sent.
pub struct Expected<'a> {
    pub scope: &'a Scope<'a>,
    /// What a value that each answer renews may be; none where nothing is renewed.
    pub renewed: &'a [String],
}

/// What is wrong with something that was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Objection {
    /// The member that it is about, if it is about one.
    pub member: Option<String>,
    pub missing: bool,
    pub why: String,
}

impl Objection {
    fn new(why: impl Into<String>) -> Self {
        Self { member: None, missing: false, why: why.into() }
    }
}

impl Expected<'_> {
    /// What is wrong with a value; none if it is as declared. Values that move with the clock have to be there.
    pub fn objection(&self, program: &Program, given: Option<&Json>) -> Option<Objection> {
        let missing = || Objection { missing: true, ..Objection::new("is missing") };
        match program {
            Program::Record(members) => {
                let member = |(name, program): &(String, Program)| {
                    let objection = self.objection(program, given.and_then(|given| given.get(name)))?;
                    Some(Objection { member: Some(objection.member.unwrap_or_else(|| name.clone())), ..objection })
                };
                members.iter().find_map(member)
            }
            Program::Arithmetic(Operator::Add, both) => self.objection(&both.1, given).or_else(|| self.objection(&both.0, given)),
            Program::Jwt { algorithm, claims, key } => {
                let Some(given) = given.map(text_of) else { return Some(missing()) };
                let key = self.scope.text(key).unwrap_or_default();
                match jwt::verified(*algorithm, &given, &key) {
                    Some(sent) => jwt::objection(&sent, claims, self.scope).map(Objection::new),
                    None => Some(Objection::new("the assertion is not signed by the client's key")),
                }
            }
            Program::Default(both) if matches!(both.0, Program::Name(Name::Token(_))) => match given.map(text_of) {
                Some(given) if !given.is_empty() && self.renewed.contains(&given) => None,
                _ => Some(Objection::new("the refresh token is not known, or was renewed")),
            },
            program if moves(program) => given.is_none().then(missing),
            program => self.differs(program, given, missing),
        }
    }

    fn differs(&self, program: &Program, given: Option<&Json>, missing: impl Fn() -> Objection) -> Option<Objection> {
        let wanted = program.run(self.scope).ok()?;
        let wanted = if wanted.is_missing() { return None } else { Codec::natural(Kind::Json).write(&wanted).ok()? };
        match given {
            None => Some(missing()),
            // A form holds texts alone.
            Some(given) if *given == wanted || text_of(given) == text_of(&wanted) => None,
            Some(_) => Some(Objection::new("is not what is known here")),
        }
    }
}

/// Whether a value depends on the moment at which it is made.
fn moves(program: &Program) -> bool {
    program.uses(|name| matches!(name, Name::Now | Name::Today))
}
