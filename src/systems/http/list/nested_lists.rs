//! `list … for each COLL`: one list below each record of another collection.

use super::{CompleteRead, Listing, ReadFailure, marks::Marks, overlap::Below, seen::Repeats, walk::doubt};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Collection},
    },
    systems::{
        CallError, ReadFor, ReadRequest, Sink, WeakEnd,
        http::{Client, requested::Requested, send::RequestCount},
        scope::Scope,
    },
    value::{Fault, Text, Value, trie::Trie},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
};
use thiserror::Error;

/// The values of a record that lists below it can use, by attribute.
type Parent = Vec<(usize, Value)>;

/// Why nothing can be listed below a record, worded to follow the record.
#[derive(Debug, Error)]
enum ParentError {
    #[error("is not valid JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("can't be listed below: {0}")]
    Value(Box<Fault>),
    /// The name of the key.
    #[error("has no `{0}`, its key: the lists below it can't be read")]
    NoKey(String),
}

impl Client {
    /// Reads one collection below each record of another. Any list that breaks makes all of it broken.
    pub async fn read_below(
        &self,
        (parent, call): (usize, &Call),
        index: usize,
        ask: &ReadRequest,
        sink: Sink<'_>,
        tally: &mut RequestCount,
    ) -> Result<CompleteRead, ReadFailure> {
        let collection = self.collection(index);
        let above = self.collection(parent);
        let (parents, weak_above) = self.parents(parent, call, tally).await?;
        let requested = Requested::of(collection, call, ask);
        let lists = self.lists(collection, call, ask);
        let repeats = Repeats::of(collection, call, ask);
        // Pages of several lists arrive in any order.
        let sink = Mutex::new((sink, Below::of(collection, call, ask)));
        let below = async |(at, (parent, own)): (usize, (&Parent, &mut RequestCount))| {
            let scope = Scope { since: ask.since, parent, ..requested.scope(self.scope()) };
            let listing = Listing { collection, call, lists: lists.clone(), scope, marks: Marks::default(), repeats };
            let mut hand_on = |page: &[&[u8]], _: Option<u64>| {
                let (sink, shown) = &mut *sink.lock().unwrap_or_else(PoisonError::into_inner);
                shown.take(at, page);
                sink(page, None);
            };
            let walked = self.walk(&listing, &mut hand_on, own).await;
            walked.map(|walked| walked.weak).map_err(|stop| ReadFailure { below: Some(format!("below {}", label(above, parent))), ..stop })
        };
        // Each list has a tally of its own, so that the requests of lists that fail or are given up count too.
        let mut tallies: Vec<RequestCount> = parents.iter().map(|_| RequestCount::default()).collect();
        let lists_below = stream::iter(parents.iter().zip(&mut tallies).enumerate()).map(below).buffer_unordered(self.at_once());
        let walked = lists_below.try_collect::<Vec<_>>().await;
        tallies.iter().for_each(|own| tally.add(own));
        // Below a record that a weak list left out there is a whole list that nobody has read.
        let weak = walked?.into_iter().flatten().next().or(weak_above);
        sink.into_inner().unwrap_or_else(PoisonError::into_inner).1.checked(parents.len())?;
        Ok(CompleteRead {
            evidence: format!("each list below the {} {} was read to its end", parents.len(), above.name),
            total: None,
            weak,
            mark: None,
            removed: Vec::new(),
            read_for: read_for(collection, call, &parents, &self.scope())?,
        })
    }

    /// The records above, each once: their key, and what the call names of them; and why the end of their list is weak, if it is.
    async fn parents(&self, index: usize, call: &Call, tally: &mut RequestCount) -> Result<(Vec<Parent>, Option<WeakEnd>), ReadFailure> {
        let above = self.collection(index);
        let named: Vec<_> = above.key.attributes().chain(named_above(call)).collect::<BTreeSet<_>>().into_iter().collect();
        let slots = named.iter().map(|at| (above.attributes[*at].path.clone(), above.attributes[*at].codec.clone()));
        let trie = Trie::new(&slots.collect::<Vec<_>>());
        let ask = ReadRequest { attributes: named.clone(), ..ReadRequest::default() };
        let (mut parents, mut seen, mut wrong) = (Vec::new(), HashSet::new(), None);
        let mut twin = None;
        let mut take = |page: &[&[u8]], _: Option<u64>| {
            let mut on_page = HashSet::new();
            for record in page {
                match parent_of(&trie, &named, record).and_then(|parent| keyed(above, parent)) {
                    Ok((key, parent)) => {
                        twin = twin.take().or_else(|| (!on_page.insert(key.clone())).then(|| key.clone()));
                        parents.extend(seen.insert(key).then_some(parent));
                    }
                    Err(why) => drop(wrong.get_or_insert(why)),
                }
            }
        };
        let read = Box::pin(self.read_all(index, &ask, &mut take, tally)).await;
        let read = read.map_err(|stop| ReadFailure { below: Some(format!("below {}", above.name)), ..stop })?;
        if let Some(twin) = twin.filter(|_| read.total.is_none()) {
            let why = format!("one page of `{}` shows `{twin}` twice, so it may have left out another one: run it again", above.name);
            return Err(doubt(why).into());
        }
        match wrong {
            Some(why) => {
                Err(CallError::unsent(crate::compile::system::ErrorClass::Invalid, format!("a record of `{}` {why}", above.name)).into())
            }
            None => Ok((parents, read.weak)),
        }
    }
}

fn parent_of(trie: &Trie, named: &[usize], record: &[u8]) -> Result<Parent, ParentError> {
    let row = trie.read(record)?;
    let values = named.iter().zip(row).map(|(at, cell)| cell.map(|value| (*at, value)));
    values.collect::<Result<_, _>>().map_err(ParentError::Value)
}

fn key_of(above: &Collection, parent: &Parent) -> Option<Text> {
    above.key_of(|at| value_of(parent, at))
}

fn value_of(parent: &Parent, attribute: usize) -> Option<&Value> {
    parent.iter().find(|(at, _)| *at == attribute).map(|(_, value)| value)
}

/// A record with its key. Without one it can't be told from the others, so that its list would be read twice or never.
fn keyed(above: &Collection, parent: Parent) -> Result<(Text, Parent), ParentError> {
    let lacks = |at: &usize| value_of(&parent, *at).and_then(Value::canonical_key).is_none();
    let name = || above.key.attributes().find(lacks).map_or("key", |at| &above.attributes[at].name).to_owned();
    let key = key_of(above, &parent).ok_or_else(|| ParentError::NoKey(name()))?;
    Ok((key, parent))
}

fn label(above: &Collection, parent: &Parent) -> String {
    format!("`{}` of {}", key_of(above, parent).unwrap_or_default(), above.name)
}

/// The values of attributes of the key that `where` takes from the records above.
fn read_for(collection: &Collection, call: &Call, parents: &[Parent], scope: &Scope<'_>) -> Result<ReadFor, CallError> {
    let mut listed = BTreeMap::new();
    for (at, program) in call.fixed.iter().filter(|(at, program)| collection.key.has(*at) && names_parent(program)) {
        let value = |parent: &Parent| program.run(&Scope { parent, ..scope.clone() }).map(|value| value.canonical_key());
        let values: Result<Option<HashSet<Text>>, _> = parents.iter().map(value).collect();
        listed.extend(values.map_err(|fault| doubt(format!("`where` of the list: {fault}")))?.map(|values| (*at, values)));
    }
    Ok(ReadFor(listed))
}

fn names_parent(program: &Program) -> bool {
    program.uses(|name| matches!(name, Name::Parent(_)))
}

/// The attributes of the record above that a call names.
fn named_above(call: &Call) -> Vec<usize> {
    let mut named = Vec::new();
    let mut see = |program: &Program| {
        program.names(&mut |name| {
            if let Name::Parent(attribute) = name {
                named.push(*attribute);
            }
        });
    };
    call.sent().for_each(&mut see);
    call.shows.iter().chain(call.fixed.iter().map(|(_, value)| value)).for_each(&mut see);
    call.queries.iter().chain(&call.headers).filter_map(|parameter| parameter.when.as_ref()).for_each(see);
    named
}
