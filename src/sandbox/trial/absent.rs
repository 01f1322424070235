//! `gone when …`: no record that an answer shows may be taken for absent, whatever its attributes say.

use super::{Trial, successes::Tried};
use crate::{
    compile::system::{ErrorClass, Outcome},
    diagnose::Diagnostic,
    sandbox::answer::{
        Answer, Body,
        deciders::{deciders, decides, smallest},
        search::Solved,
    },
};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

impl Trial<'_> {
    /// The rule, or the listed code, by which a record with certain values of its attributes is taken for gone.
    pub fn gone_by_attributes(&self, tried: &Tried<'_>, records: &[Json]) -> Option<Diagnostic> {
        if !tried.shows_one_record() {
            return None;
        }
        let all = deciders(&tried.call.rules);
        let gone = Some(Outcome::Error(ErrorClass::Gone));
        let answers: Vec<Answer> = records.iter().map(|record| self.record(tried, record)).collect();
        let places = self.places(tried, &answers);
        for (at, decider) in all.iter().enumerate().filter(|(_, one)| one.outcome == gone) {
            let is_wrong = |plain: &Answer| match smallest(&all, at, plain) {
                Solved::Answer(found) => {
                    found.status == plain.status
                        && found.headers == plain.headers
                        && changed(plain, &found).is_subset(&places)
                        && decides(&all, &found).is_some_and(|one| one.outcome == gone)
                }
                _ => false,
            };
            if answers.iter().any(is_wrong) {
                return Some(tried.taken_for_gone(decider.span));
            }
        }
        None
    }

    /// Where answers have attributes. A record without its own key is none, so the key may say that there is nobody.
    fn places(&self, tried: &Tried<'_>, answers: &[Answer]) -> BTreeSet<String> {
        let empty = leaves(&self.record(tried, &json!({})));
        let key =
            tried.collection.key.alone().map(|key| tried.collection.attributes[key].path.text.replace(['$', '.'], "/").replace("//", "/"));
        let is_key = |place: &str| key.as_ref().is_some_and(|key| place.ends_with(key.as_str()));
        answers.iter().flat_map(leaves).map(|(place, _)| place).filter(|place| !empty.contains_key(place) && !is_key(place)).collect()
    }
}

/// The places where two answers differ.
fn changed(one: &Answer, other: &Answer) -> BTreeSet<String> {
    let (one, other) = (leaves(one), leaves(other));
    let differ = |place: &&String| one.get(*place) != other.get(*place);
    one.keys().chain(other.keys()).filter(differ).cloned().collect()
}

/// The values of a body, each with its place.
fn leaves(answer: &Answer) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    if let Body::Json(body) | Body::Plain(body) = &answer.body {
        add_leaves(String::new(), body, &mut found);
    }
    found
}

fn add_leaves(place: String, value: &Json, found: &mut BTreeMap<String, Json>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| add_leaves(format!("{place}/{name}"), value, found));
        }
        Json::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, value)| add_leaves(format!("{place}/{at}"), value, found));
        }
        _ => {
            found.insert(place, value.clone());
        }
    }
}
