//! `rebind`: links that move with their pipeline to other systems or to another key, because a person says that they are the same people.
//!
//! Where the key is another one, both keys are worked out for the same records of one complete read, and the links move to the new one.

use super::{
    EngineError, Workspace,
    session::{Identified, Stages, identified},
};
use crate::{
    check::Checked,
    compile::{ExecutionPlan, Mode},
    diagnose::Span,
    project::PipelineRef,
    run::{
        read::{
            extract::{Extractor, Table},
            incremental::ReadScope,
            joins::{self, NoLinks},
            sides::{self, Open, ReadBreadth, Reads},
        },
        record_scope::{Clock, RecordScope},
    },
    state::{
        LinkSetIdentity, Store,
        links::rebind::{NewKey, Rebound},
    },
    systems::End,
    value::key::form,
};
use std::collections::{BTreeMap, BTreeSet};

impl Workspace {
    /// Binds the links of a pipeline to the systems and the key that it has now. The next change set waits for a person, like a first
    /// one. `None` if they belong there already.
    ///
    /// # Errors
    /// As [`Workspace::session`]; the key is another one and the source can't be read to its end; a run is under way, or the state can't
    /// be written.
    pub async fn rebind(&mut self, asked: Option<&str>, by: &str) -> Result<(String, Option<Rebound>), EngineError> {
        let pipeline = self.project.choose(asked)?;
        self.freshen(&pipeline).await?;
        let (plan, checked) = self.project.compile(&pipeline, false)?;
        let clock = self.clock(&plan, None);
        let store = Store::open_in(&self.project.host, &self.project.state_folder())?;
        let _leases = store.leases(&plan.name, by, clock.now)?;
        let found = identified(self, &plan, clock).await?;
        let identity = store.as_stored(found.identity.clone(), &plan.key_form)?;
        let rebinding = Rebinding { workspace: self, pipeline: &pipeline, plan: &plan, checked: &checked, clock };
        let new_keys = match store.bound_elsewhere(&identity)? {
            Some(before) if before.key != identity.key && before.source == identity.source => {
                rebinding.new_keys(&store, &before, &found).await?
            }
            _ => Vec::new(),
        };
        let rebound = store.rebind(&identity, &new_keys, by, clock.now)?;
        Ok((pipeline.name, rebound))
    }
}

/// A pipeline whose key is another one.
struct Rebinding<'a> {
    workspace: &'a Workspace,
    pipeline: &'a PipelineRef,
    plan: &'a ExecutionPlan,
    checked: &'a Checked,
    clock: Clock,
}

impl Rebinding<'_> {
    /// The new key of each record that was linked under the old one; nothing if the old key can't be worked out with the present files,
    /// or if the links are shared with the other direction, whose accounts they name.
    async fn new_keys(&self, store: &Store, before: &LinkSetIdentity, found: &Identified) -> Result<Vec<NewKey>, EngineError> {
        if self.plan.mode == Mode::Append || self.plan.twin.is_some() {
            return Ok(Vec::new());
        }
        let Some(old) = self.old_plan(store, before)? else { return Ok(Vec::new()) };
        let reads = self.read(found).await?;
        Ok(one_to_one(&keys(&old, &reads, self.clock), &keys(self.plan, &reads, self.clock)))
    }

    /// The plan with the key that the links belong to, if it is made of the same as it was.
    fn old_plan(&self, store: &Store, before: &LinkSetIdentity) -> Result<Option<ExecutionPlan>, EngineError> {
        let Some(was) = store.key_form(&before.id())? else { return Ok(None) };
        let written = before.key.lines().next().unwrap_or_default();
        let (span, sources) = (self.plan.key_span, &self.checked.sources);
        let file = sources.file(span.file);
        let project = self.workspace.project.with_text(&file.path, &with_key(&file.text, span, written));
        Ok(project.compile(self.pipeline, false).ok().map(|(plan, _)| plan).filter(|plan| plan.key_form == was))
    }

    async fn read(&self, found: &Identified) -> Result<Reads, EngineError> {
        let (source, target, joins) = (&found.systems.source, &found.systems.target, &found.systems.joins);
        let stages = Stages::of(self.workspace);
        let open = Open { source, target, joins };
        let reads = sides::read(self.plan, open, ReadBreadth::Everything, &ReadScope::default(), self.clock, &stages).await;
        let joined = reads.joined.iter().map(|joined| (&joined.collection, &joined.table));
        let all = [(&self.plan.source.name(), &reads.source)].into_iter().chain(joined).filter_map(broken).collect::<Vec<_>>();
        if all.is_empty() { Ok(reads) } else { Err(EngineError::Incomplete(all)) }
    }
}

/// Why a read shows not all records, with its collection.
fn broken((collection, table): (&String, &Table)) -> Option<String> {
    if let End::Broken { reason, .. } = &table.end { Some(format!("{collection}: {reason}")) } else { None }
}

/// A text with another key in place of the statement at a span: that of the key, or of the source whose key it has.
fn with_key(text: &str, span: Span, key: &str) -> String {
    let (start, end) = (span.start as usize, span.end as usize);
    let statement = &text[start..end];
    match statement {
        from if from.starts_with("from") => format!("{}\n  key {key}\n{}", &text[..end], &text[end..]),
        _ => format!("{}key {key}{}", &text[..start], &text[end..]),
    }
}

/// The key of each record of a read, in the form in which keys are compared; none where it has none.
fn keys(plan: &ExecutionPlan, reads: &Reads, clock: Clock) -> Vec<Option<String>> {
    let joined = joins::again(plan, &reads.joined, Table::again);
    let source = reads.source.again(Extractor::source(&plan.source, false));
    let table = joins::relate(plan, source, &joined, clock);
    let key = |row| plan.key.run(&RecordScope::new(plan, clock, &NoLinks, Some(row), None)).ok()?.canonical_key();
    table.rows.iter().map(|row| key(row).map(|key| form(&key).into_owned()).filter(|key| !key.is_empty())).collect()
}

/// The pairs of an old and a new key that belong to each other alone.
fn one_to_one(old: &[Option<String>], new: &[Option<String>]) -> Vec<NewKey> {
    type Pairs<'k> = BTreeMap<&'k Option<String>, BTreeSet<&'k Option<String>>>;
    let (mut new_of, mut old_of) = (Pairs::new(), Pairs::new());
    for (before, after) in old.iter().zip(new) {
        new_of.entry(before).or_default().insert(after);
        old_of.entry(after).or_default().insert(before);
    }
    let pair = |before: &Option<String>, after: &BTreeSet<&Option<String>>| {
        let after = (*after.first()?).as_ref().filter(|_| after.len() == 1)?;
        let alone = old_of.get(&Some(after.clone())).is_some_and(|all| all.len() == 1);
        alone.then(|| Some(NewKey { before: before.clone()?, after: after.clone() })).flatten()
    };
    new_of.iter().filter_map(|(before, after)| pair(before, after)).filter(|key| key.before != key.after).collect()
}
