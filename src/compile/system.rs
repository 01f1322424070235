//! A system, compiled: how to talk to it. Settings have become constants, and secrets are still names.

use super::program::{Name, Program, TemplatePart};
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

impl Collection {
    /// A call of its own, by its name.
    #[must_use]
    pub fn named_call(&self, name: &str) -> Option<&Call> {
        self.named.iter().find(|(named, _)| named == name).map(|(_, call)| call)
    }

    /// Whether a call deletes an account: a DELETE at the address of one. What another address deletes may be something else, such as a
    /// place in a group, which says nothing of the account.
    #[must_use]
    pub fn deletes_account(&self, call: &Call) -> bool {
        if !call.deletes_record() {
            return false;
        }
        let Some(address) = pieces(&call.path) else { return false };
        let of_one = [&self.get, &self.update, &self.delete].into_iter().flatten();
        let of_all = self.create.iter().chain(&self.list).chain(&self.more_lists);
        let below = self.key.alone().and_then(|key| before_key(&call.path, key));
        of_one.filter_map(|call| pieces(&call.path)).any(|one| one == address)
            || below.is_some_and(|below| of_all.filter_map(|call| pieces(&call.path)).any(|list| list == below))
    }
}

/// What an address is made of.
#[derive(PartialEq)]
enum Piece<'a> {
    Text(String),
    Name(&'a Name),
}

/// The pieces of an address, without a slash at its end; `None` if something in it is computed.
fn pieces(path: &Program) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    match path {
        Program::Template(parts) => {
            for part in parts.iter() {
                match part {
                    TemplatePart::Text(text) => add_text(&mut pieces, text),
                    TemplatePart::Program(Program::Constant(value)) => add_text(&mut pieces, &value.to_text()?),
                    TemplatePart::Program(Program::Name(name)) => pieces.push(Piece::Name(name)),
                    TemplatePart::Program(_) => return None,
                }
            }
        }
        Program::Constant(value) => add_text(&mut pieces, &value.to_text()?),
        _ => return None,
    }
    without_slash(&mut pieces);
    Some(pieces)
}

/// The address that is left of `/users/{id}` without its key.
fn before_key(path: &Program, key: usize) -> Option<Vec<Piece<'_>>> {
    let mut pieces = pieces(path)?;
    pieces.pop_if(|piece| matches!(piece, Piece::Name(Name::Own(at)) if *at == key))?;
    pieces.last().filter(|piece| matches!(piece, Piece::Text(text) if text.ends_with('/')))?;
    without_slash(&mut pieces);
    Some(pieces)
}

fn without_slash(pieces: &mut Vec<Piece<'_>>) {
    if let Some(Piece::Text(end)) = pieces.last_mut() {
        end.truncate(end.trim_end_matches('/').len());
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
}

fn add_text(pieces: &mut Vec<Piece<'_>>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::model::key::Key, diagnose::Span, value::Value};

    const KEY: usize = 0;

    fn address(text: &[&str], ends_with: Option<usize>) -> Program {
        let texts = text.iter().map(|text| TemplatePart::Text((*text).into()));
        let end = ends_with.map(|at| TemplatePart::Program(Program::Name(Name::Own(at))));
        Program::Template(texts.chain(end).collect())
    }

    fn call(method: Method, path: Program) -> Call {
        Call::new(method, path, Span::default())
    }

    #[test]
    fn a_call_deletes_the_account_whose_address_it_has() {
        let users = || Collection { key: Key(vec![KEY]), ..Collection::new("users", Span::default(), Span::default()) };
        let one = address(&["/users/"], Some(KEY));
        let list = Some(call(Method::Get, Program::Constant(Value::text("/users"))));
        let get = Some(call(Method::Get, one.clone()));
        for users in [Collection { list, ..users() }, Collection { get, ..users() }] {
            assert!(users.deletes_account(&call(Method::Delete, one.clone())));
            assert!(users.deletes_account(&call(Method::Delete, address(&["/", "users/"], Some(KEY)))));
            assert!(!users.deletes_account(&call(Method::Post, one.clone())));
            for other in [
                address(&["/groups/staff/members/"], Some(KEY)),
                address(&["/users/"], Some(KEY + 1)),
                address(&["/users"], Some(KEY)),
                address(&["/users/all"], None),
            ] {
                assert!(!users.deletes_account(&call(Method::Delete, other.clone())), "{other:?}");
            }
        }
        assert!(!users().deletes_account(&call(Method::Delete, one)), "nothing says what is there");
    }
}
