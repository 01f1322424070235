//! What an answer says of a failure in members that every API has for that, where no rule names them. An answer that succeeds by its
//! status alone, and says so, was not done, and shows neither a record nor that there is none.
//!
//! A record has a state of its own, which may be `failed` or `offline`. So an answer that may be the record is believed to be one where it
//! shows the key; else it is an envelope, and what it says is said of the request.

mod member;
#[cfg(test)]
mod tests;
mod text;
use self::member::Member;
pub use self::{
    member::{is_around_list, is_cut, is_cut_in, may_be_cut, tells_beside_list},
    text::{Said, in_text},
};
use crate::{
    check::model::usual::letters,
    compile::system::Collection,
    systems::{formats::members, scope::AnswerBody},
    value::{
        Value, halves,
        key::form,
        path::{Found, JsonPath},
    },
};
use serde_json::{Map, Value as Json};

/// Which members of an answer are searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// None: the elements of a batch and of a job have rules of their own.
    #[default]
    Nothing,
    /// Those that say whether it was done. Errors beside a list are looked for where the list is.
    Verdicts,
    /// Those that a record has not, in an answer that may be the record itself. One that does not show its key is an envelope.
    Record,
    /// What an object inside an envelope may tell: as of a record, and lists of errors.
    Inner,
    /// All that say whether it was done, or that something failed.
    All,
}

/// A search of an answer.
pub struct Question<'a> {
    pub look: Look,
    /// Where a record has its key; nothing where the answer is of no collection.
    pub key: &'a [KeyPlace],
    /// Where such a record has its attributes: what the file reads of a record is no word about the request.
    pub own: &'a [JsonPath],
    /// Whether a rule reads what such names lead to.
    pub is_named: &'a dyn Fn(&[&str]) -> bool,
}

impl Question<'_> {
    /// What an answer says of a failure at its top, or at the one element that a document of XML has there, and in its envelope:
    /// `success: false`, or in which member it has an error.
    pub fn told(&self, body: AnswerBody<'_>) -> Option<String> {
        match (self.look, body) {
            (Look::Nothing, _) | (_, AnswerBody::Nothing) => None,
            (_, AnswerBody::Raw(raw)) => {
                let shows_key = || halves::tree(raw.get()).is_ok_and(|whole| self.shows_key(&whole));
                let look = self.look_at(shows_key);
                let goes_on = |name: &str| look == Look::All && is_envelope(name);
                let is_named = |name: &str| (self.is_named)(&[name]) || look == Look::Record && self.is_own(name);
                let found = members::of_names(raw, |name| member::may_tell(name, look) && !is_named(name) || goes_on(name));
                self.of_members(&found.into_iter().map(Member::read).collect::<Vec<_>>(), look, &[])
            }
            (_, AnswerBody::Tree(tree)) => self.of_root(tree),
        }
    }

    /// The one element at the top.
    fn of_root(&self, tree: &Json) -> Option<String> {
        let mut all = tree.as_object()?.iter();
        let (name, root) = all.next().filter(|_| all.next().is_none())?;
        match root {
            // The root is the record where it shows the key, also where the call names it.
            Json::Object(inside) if self.shows_key(root) => self.of_object(inside, Look::Record, &[]),
            Json::Object(inside) => self.of_object(inside, self.look_at(|| self.shows_key(tree)), &[]),
            _ => Member::of((name, root)).failure(Look::Inner),
        }
    }

    /// Whether a record has an attribute in this member.
    fn is_own(&self, name: &str) -> bool {
        !self.key.is_empty() && self.own.iter().any(|path| path.outline().first() == Some(&Some(name)))
    }

    fn look_at(&self, shows_key: impl FnOnce() -> bool) -> Look {
        if self.look == Look::Record && !self.key.is_empty() && !shows_key() { Look::All } else { self.look }
    }

    fn of_object(&self, object: &Map<String, Json>, look: Look, way: &[&str]) -> Option<String> {
        let is_named = |name: &str| (self.is_named)(&[way, &[name]].concat());
        let goes_on = |name: &str, value: &Json| is_envelope(name) || holds_any(way) && value.is_object();
        let found = object.iter().filter(|(name, value)| member::may_tell(name, look) && !is_named(name) || goes_on(name, value));
        self.of_members(&found.map(Member::of).collect::<Vec<_>>(), look, way)
    }

    fn of_members(&self, members: &[Member<'_>], look: Look, way: &[&str]) -> Option<String> {
        let named = |member: &&Member<'_>| (self.is_named)(&[way, &[&*member.name]].concat());
        let told = |in_words: bool| {
            let mut telling = members.iter().filter(|member| member.says_why() == in_words && !named(member));
            telling.find_map(|member| member.failure(look))
        };
        let coded = || member::coded(&members.iter().filter(|member| !named(member)).collect::<Vec<_>>(), look);
        let below = || if look == Look::All { members.iter().find_map(|member| self.below(member, way)) } else { None };
        told(false).or_else(coded).or_else(|| told(true)).or_else(below)
    }

    /// What is said inside of a member: of an envelope, or of one of its results.
    fn below(&self, member: &Member<'_>, way: &[&str]) -> Option<String> {
        let way = [way, &[&*member.name]].concat();
        let is_of_all = is_envelope(&member.name);
        let told = match member.value.as_deref()? {
            found @ Json::Object(_) if self.shows_key(found) => None,
            Json::Object(inside) => self.of_object(inside, if is_of_all { Look::All } else { Look::Inner }, &way),
            Json::Array(results) if is_of_all => results.iter().find_map(|result| {
                let look = if self.shows_key(result) { Look::Record } else { Look::All };
                self.of_object(result.as_object()?, look, &way)
            }),
            _ => None,
        }?;
        Some(format!("{told} in `{}`", member.name))
    }

    /// Whether it is the record, by its key.
    fn shows_key(&self, record: &Json) -> bool {
        !self.key.is_empty() && self.key.iter().all(|place| place.is_shown_by(record))
    }
}

/// Where a record has an attribute of its key.
#[derive(Clone, Debug)]
pub struct KeyPlace {
    path: JsonPath,
    /// What it is there, if that is known before the answer. Case doesn't tell records apart here.
    own: Option<String>,
}

impl KeyPlace {
    /// Of the key of a collection; `known`: the values by which a record is asked for or written.
    pub fn all(collection: &Collection, known: &[(usize, Value)]) -> Vec<Self> {
        let of = |at: usize| Self {
            path: collection.attributes[at].path.clone(),
            own: known.iter().find(|(known, _)| *known == at).and_then(|(_, value)| Some(form(&value.canonical_key()?).to_lowercase())),
        };
        collection.key.attributes().filter(|at| !collection.attributes[*at].unshown).map(of).collect()
    }

    fn is_shown_by(&self, record: &Json) -> bool {
        let text = match self.path.find(record) {
            Found::One(Json::String(text)) => text.clone(),
            Found::One(Json::Number(number)) => number.to_string(),
            _ => return false,
        };
        let key = form(&text).to_lowercase();
        !key.is_empty() && self.own.as_ref().is_none_or(|own| *own == key)
    }
}

/// Whether what an envelope has of this way may have a name of any kind: the mutations of GraphQL, the answers of SOAP.
fn holds_any(way: &[&str]) -> bool {
    way.last().is_some_and(|last| matches!(&*last.to_lowercase(), "data" | "body"))
}

/// Whether a member of this name holds what an answer says of the request, and not what a record has.
pub fn is_envelope(name: &str) -> bool {
    member::HOLDERS.has(&letters(name))
}
