//! `gone when …`: no record that an answer shows may be taken for absent, whatever its attributes say.

use super::{Trial, successes::Tried};
use crate::{
    compile::system::{ErrorClass, Outcome, Rules},
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
        let empty = self.shown_in(tried, &json!({}));
        let shown: Vec<_> = records.iter().map(|record| self.shown_in(tried, record)).collect();
        empty.iter().enumerate().find_map(|(at, (rules, empty))| {
            let answers: Vec<&Answer> = shown.iter().filter_map(|one| Some(&one.get(at)?.1)).collect();
            gone_by(tried, rules, &answers, &places(tried, &leaves(empty), &answers))
        })
    }

    /// What shows a record: the answer, and the element of it that does so, each with the rules that judge it.
    fn shown_in<'t>(&'t self, tried: &Tried<'t>, record: &Json) -> Vec<(&'t Rules, Answer)> {
        let by_element = self.told_by_element(tried, record).map(|success| (success.rules, success.answer));
        let whole = self.answer(tried, record).filter(|_| tried.shows_records());
        whole.map(|answer| (&*tried.call.rules, answer)).into_iter().chain(by_element).collect()
    }
}

/// The rule, or the listed code, by which an answer with other values at these places is taken for gone.
fn gone_by(tried: &Tried<'_>, rules: &Rules, answers: &[&Answer], places: &BTreeSet<String>) -> Option<Diagnostic> {
    let all = deciders(rules);
    let gone = Some(Outcome::Error(ErrorClass::Gone));
    for (at, decider) in all.iter().enumerate().filter(|(_, one)| one.outcome == gone) {
        let is_wrong = |plain: &Answer| match smallest(&all, at, plain) {
            Solved::Answer(found) => {
                found.status == plain.status
                    && found.headers == plain.headers
                    && changed(plain, &found).is_subset(places)
                    && decides(&all, &found).is_some_and(|one| one.outcome == gone)
            }
            _ => false,
        };
        if answers.iter().copied().any(is_wrong) {
            return Some(tried.taken_for_gone(decider.span));
        }
    }
    None
}

/// Where answers have attributes. A record without its own key is none, so the key may say that there is nobody.
fn places(tried: &Tried<'_>, empty: &BTreeMap<String, Json>, answers: &[&Answer]) -> BTreeSet<String> {
    let key =
        tried.collection.key.alone().map(|key| tried.collection.attributes[key].path.text.replace(['$', '.'], "/").replace("//", "/"));
    let is_key = |place: &str| key.as_ref().is_some_and(|key| place.ends_with(key.as_str()));
    answers
        .iter()
        .flat_map(|one| leaves(one))
        .map(|(place, _)| place)
        .filter(|place| !empty.contains_key(place) && !is_key(place))
        .collect()
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
