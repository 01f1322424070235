//! `x | counterpart`: from how the source names another record to the target's id of its counterpart.

use crate::run::input::Input;
use crate::{
    compile::Reference,
    run::record_scope::Refer,
    state::link::Links,
    value::{Fault, Kind, Pending, Text, Value, key::form},
};
use std::{cell::OnceCell, collections::HashMap};

/// Links as references see them.
pub(crate) struct Refs<'a> {
    links: &'a Links,
    pipeline: &'a str,
    /// Of other pipelines: their links, and the kind of their target's key.
    others: HashMap<&'a str, (Option<&'a Links>, Kind)>,
    /// The kind of the target's key.
    kind: Kind,
    /// From the key of the source's collection to the key of the link; empty where nothing refers.
    keys: HashMap<Text, Text>,
    /// Links that this change set makes; `None` for a record whose account is missing.
    fresh: OnceCell<HashMap<Text, Option<Text>>>,
}

impl<'a> Refs<'a> {
    pub fn new(input: &Input<'a>) -> Self {
        let collection = input.plan.target.collection();
        let kind = collection.key_kind();
        let others = input.plan.references.iter().filter(|reference| reference.pipeline != input.plan.name);
        let others = others.map(|reference| (reference.pipeline.as_str(), other(input, reference))).collect();
        Self { links: input.links, pipeline: &input.plan.name, others, kind, keys: HashMap::new(), fresh: OnceCell::new() }
    }

    pub fn name(&mut self, own: Text, key: Text) {
        self.keys.insert(Text::from(&*form(&own)), key);
    }

    /// Links that this run makes; said once, before anything is compared.
    pub fn link(&self, fresh: HashMap<Text, Option<Text>>) {
        self.fresh.get_or_init(|| fresh);
    }

    /// Lets the links of this change set be said anew.
    pub fn forget_fresh(&mut self) {
        self.fresh = OnceCell::new();
    }

    fn refer_other(&self, pipeline: &str, key: Text) -> Value {
        let linked = self.others.get(pipeline).and_then(|(links, kind)| {
            let link = links.as_ref()?.of_key(&key).filter(|link| !link.is_retired())?;
            Some(Value::of_key(kind, &link.target))
        });
        linked.unwrap_or_else(|| Value::Pending(Box::new(Pending { pipeline: Text::from(pipeline), key })))
    }

    fn usable(&self, key: &Text) -> Option<Value> {
        let linked = || self.links.of_key(key).filter(|link| !link.is_retired()).map(|link| link.target.as_str());
        let fresh = self.fresh.get().and_then(|fresh| fresh.get(key));
        let id = fresh.map_or_else(linked, Option::as_deref)?;
        Some(Value::of_key(&self.kind, id))
    }
}

fn other<'a>(input: &Input<'a>, reference: &Reference) -> (Option<&'a Links>, Kind) {
    let (system, collection) = &reference.target;
    let sides = [&input.plan.target.system, &input.plan.source.system];
    let known = sides.into_iter().find(|side| side.name == *system);
    let collection = known.and_then(|system| system.collections.iter().find(|each| each.name == *collection));
    let kind = collection.map(|collection| collection.key_kind());
    (input.related.links.get(&reference.pipeline).and_then(Option::as_ref), kind.unwrap_or(Kind::Text))
}

impl Refer for Refs<'_> {
    fn refer(&self, pipeline: &str, key: &Value) -> Result<Value, Box<Fault>> {
        let Some(named) = key.canonical_key().map(|named| Text::from(&*form(&named))) else { return Ok(Value::Null) };
        if pipeline != self.pipeline {
            return Ok(self.refer_other(pipeline, named));
        }
        let key = self.keys.get(&named).cloned().unwrap_or(named);
        Ok(self.usable(&key).unwrap_or_else(|| Value::Pending(Box::new(Pending { pipeline: Text::from(pipeline), key }))))
    }
}
