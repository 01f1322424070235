//! The meaning of a plan as bytes for its hash: everything counts except comments, layout and line numbers, so that an approval
//! survives an edit of a comment only.

use super::{settings::Settings, slots::Slots};
use crate::{
    check::{
        Project,
        model::{
            Require, SettingId, Table,
            pipeline::Pipeline,
            system::{Attribute, Collection, System},
        },
    },
    value::Value,
};
use serde::Serialize;

/// Increased when the meaning of the same text changes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Meaning<'a> {
    version: u32,
    pipeline: &'a Pipeline,
    source: (&'a System, &'a Collection),
    target: (&'a System, &'a Collection),
    joined: Vec<(&'a System, &'a Collection)>,
    tables: &'a [Table],
    requires: &'a [Require],
    settings: Vec<(&'a SettingId, Known<'a>)>,
    /// The discovered attributes in use. Skipped if empty, so that the hash of older plans is unchanged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    told: Vec<&'a Attribute>,
}

#[derive(Serialize)]
struct Known<'a>(#[serde(serialize_with = "crate::value::stored::serialize")] &'a Value);

/// The hash of a plan, as 64 hexadecimal digits.
pub(crate) fn hash(project: &Project, pipeline: &Pipeline, settings: &Settings, slots: &Slots) -> String {
    let end = |end: &crate::check::model::pipeline::End| {
        let system: &System = &project.systems[end.system];
        (system, &system.collections[end.collection])
    };
    let meaning = Meaning {
        version: VERSION,
        pipeline,
        source: end(&pipeline.source),
        target: end(&pipeline.target),
        joined: pipeline.joins.iter().map(|join| end(&join.end)).collect(),
        tables: &project.tables,
        requires: &project.requires,
        settings: settings.known().map(|(id, value)| (id, Known(value))).collect(),
        told: slots.used(project, pipeline).into_iter().filter(|one| one.discovered).collect(),
    };
    let bytes = serde_json::to_vec(&meaning).expect("data without maps whose keys are no texts");
    blake3::hash(&bytes).to_hex().to_string()
}

/// A hash of how the source, the target and the joined collections are reached and listed: if it differs, the same request may return
/// other records. Attributes do not count: they are taken from records that were read. Those that `get` alone shows do.
pub(crate) fn read_basis(project: &Project, pipeline: &Pipeline, settings: &Settings, slots: &Slots) -> String {
    let ends = [&pipeline.source, &pipeline.target].into_iter().chain(pipeline.joins.iter().map(|join| &join.end));
    let ends: Vec<_> = ends
        .map(|end| {
            let system: &System = &project.systems[end.system];
            (system, &system.collections[end.collection])
        })
        .collect();
    let settings: Vec<_> = settings.known().map(|(id, value)| (id, Known(value))).collect();
    let asked: Vec<_> = slots.used(project, pipeline).into_iter().filter(|one| one.from_get).map(|one| &one.name).collect();
    let mut basis = serde_json::to_value((ends, settings, asked)).expect("data without maps whose keys are no texts");
    forget_attributes(&mut basis);
    blake3::hash(basis.to_string().as_bytes()).to_hex().to_string()
}

/// A hash of what decides which records the source lists: its connection, the lists of the collection and of those above it, and the
/// settings that these use. If it differs, a record that is missing may be one that these lists never show.
pub(crate) fn source_basis(project: &Project, pipeline: &Pipeline, settings: &Settings) -> String {
    let system: &System = &project.systems[pipeline.source.system];
    let mut listed = vec![pipeline.source.collection];
    let mut next = 0;
    while let Some(at) = listed.get(next).copied() {
        let collection = &system.collections[at];
        let above = collection.list.iter().chain(&collection.more_lists).filter_map(|list| list.for_each);
        let above: Vec<usize> = above.filter(|at| !listed.contains(at)).collect();
        listed.extend(above);
        next += 1;
    }
    let lists: Vec<_> = listed.iter().map(|at| &system.collections[*at]).map(|of| (&of.file, &of.list, &of.more_lists)).collect();
    let known = "data without maps whose keys are no texts";
    let basis = serde_json::to_value((&system.connection, lists)).expect(known).to_string();
    let is_used = |id: &SettingId| serde_json::to_value(id).is_ok_and(|id| basis.contains(&id.to_string()));
    let settings: Vec<_> = settings.known().filter(|(id, _)| is_used(id)).map(|(id, value)| (id, Known(value))).collect();
    let settings = serde_json::to_string(&settings).expect(known);
    blake3::hash(format!("{basis}{settings}").as_bytes()).to_hex()[..32].to_owned()
}

fn forget_attributes(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(members) => {
            members.remove("attributes");
            members.values_mut().for_each(forget_attributes);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_attributes),
        _ => {}
    }
}

/// `p-` and eight digits.
pub(crate) fn id(hash: &str) -> String {
    format!("p-{}", &hash[..8])
}
