//! Which pipelines of a file its mistakes stop: those that a mistake is in, and those that depend on one of these.

use super::{pipeline_index::target_of, used_files::UsedFiles};
use crate::check::model::{Project, pipeline::Pipeline};
use crate::{
    diagnose::{Diagnostic, Span, codes::Trait},
    syntax::tree::{self, CollectionName, Item, PipelineItem as I, Schedule},
};
use std::collections::BTreeSet;

/// The pipelines of some files that can be compiled although an error is in another.
///
/// An error is in a pipeline if it points into its block, into a test for it, or has a second place there. All other errors stop every
/// pipeline: a system, a table or a setting that is wrong, and a line at the top of the file that could not be parsed, because it may
/// declare something. So does a brace that is missing or one too many, because it leaves open where a pipeline ends.
pub(super) fn sound_pipelines(used: &UsedFiles, errors: &[Errors<'_>], project: &Project) -> BTreeSet<String> {
    let written: Vec<Written<'_>> = used.pipelines().map(|(_, one)| Written::of(one, used)).collect();
    let places = || errors.iter().flat_map(|one| one.places());
    let apart = errors.iter().all(|one| one.is_apart() && written.iter().any(|pipeline| pipeline.holds(one.span())));
    if !apart {
        return BTreeSet::new();
    }
    let (mut stopped, mut sound): (Vec<_>, Vec<_>) = written.iter().partition(|one| places().any(|place| one.holds(place)));
    loop {
        let depends = |one: &&&Written<'_>| stopped.iter().any(|other| one.depends_on(other, project));
        let more: Vec<_> = sound.iter().filter(depends).copied().collect();
        if more.is_empty() {
            return sound.iter().map(|one| one.pipeline.name.text.clone()).collect();
        }
        sound.retain(|one| !more.iter().any(|other| other.pipeline.span == one.pipeline.span));
        stopped.extend(more);
    }
}

/// An error, or a place at which one is left unsaid because a line that could not be parsed may be the reason.
#[derive(Clone, Copy)]
pub(super) enum Errors<'a> {
    Said(&'a Diagnostic),
    Unsaid(Span),
}

impl Errors<'_> {
    const fn span(&self) -> Span {
        match self {
            Self::Said(one) => one.span,
            Self::Unsaid(span) => *span,
        }
    }

    fn places(&self) -> Vec<Span> {
        match self {
            Self::Said(one) => one.related.iter().map(|(span, _)| *span).chain([one.span]).collect(),
            Self::Unsaid(span) => vec![*span],
        }
    }

    /// Whether the blocks around it are known.
    fn is_apart(&self) -> bool {
        !matches!(self, Self::Said(one) if one.has(Trait::Unbalanced))
    }
}

/// A pipeline as it is written, with the tests for it.
struct Written<'t> {
    pipeline: &'t tree::Pipeline,
    tests: Vec<Span>,
}

impl<'t> Written<'t> {
    fn of(pipeline: &'t tree::Pipeline, used: &'t UsedFiles) -> Self {
        let items = used.units.iter().flat_map(|unit| &unit.tree.items);
        let tests = items.filter_map(|item| if let Item::Test(test) = item { Some(test) } else { None });
        let own = tests.filter(|test| test.pipeline.text == pipeline.name.text);
        Self { pipeline, tests: own.map(|test| test.span).collect() }
    }

    fn holds(&self, place: Span) -> bool {
        let inside = |around: &Span| around.file == place.file && around.start <= place.start && place.end <= around.end;
        inside(&self.pipeline.span) || self.tests.iter().any(inside)
    }

    fn source(&self) -> Option<&CollectionName> {
        self.pipeline.items.iter().find_map(|item| if let I::From { collection, .. } = item { Some(collection) } else { None })
    }

    /// Whether it can't be judged without the other: it waits for it or asks its links, writes to the same collection, so that their
    /// scopes have to be compared, or is its other direction. Where the other writes to is not known if that line was not understood.
    fn depends_on(&self, other: &Written<'_>, project: &Project) -> bool {
        let name = &other.pipeline.name.text;
        let own = project.pipelines.iter().find(|one| one.name == self.pipeline.name.text);
        if own.is_none_or(|own| names(own, name)) {
            return true;
        }
        let Some(their_target) = target_of(other.pipeline) else { return true };
        let is = |one: Option<&CollectionName>, another: &CollectionName| one.is_none_or(|one| same(one, another));
        let goes_back = is(self.source(), their_target) && target_of(self.pipeline).is_none_or(|target| is(other.source(), target));
        is(target_of(self.pipeline), their_target) || goes_back
    }
}

fn same(one: &CollectionName, another: &CollectionName) -> bool {
    one.system.text == another.system.text && one.collection.text == another.collection.text
}

/// Whether a pipeline names another, in `after` or `counterpart`.
fn names(own: &Pipeline, other: &str) -> bool {
    let after = |schedule: &Schedule| matches!(schedule, Schedule::After(name) if name.text == other);
    let by_setting = own.settings.iter().filter_map(|setting| setting.schedule.as_ref()).any(after);
    by_setting
        || own.schedule.as_ref().is_some_and(|(schedule, _)| after(schedule))
        || own.references.iter().any(|one| one.pipeline == other)
}
