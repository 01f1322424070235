//! An attribute has one owner: pipelines that would overwrite each other, or share a name.

use super::{disjoint_scopes::disjoint, pipeline_context::PipelineContext};
use crate::{
    check::{environment::Environment, suggest::list},
    diagnose::Diagnostic,
};

/// A copied pipeline clashes with each of its copies: after so many there is nothing new to say.
const MOST_OWNERS: usize = 3;

impl Environment<'_> {
    /// An attribute has one owner (*One owner*): two pipelines that write it would overwrite each other in every run.
    pub fn one_owner(&self, own: &PipelineContext<'_>, all: &[&PipelineContext<'_>]) {
        let mut said = 0;
        for (at, other) in all.iter().enumerate() {
            // A copied pipeline has one mistake, its name: with another name it is a pipeline of its own.
            let copied = other.pipeline.name == own.pipeline.name;
            let said_there = other.root == own.root && all[..at].iter().any(|one| one.is(own));
            if other.is(own) || copied || said_there || own.is_off() || other.is_off() || own.appends() || other.appends() {
                continue;
            }
            if own.same(&own.pipeline.target, other, &other.pipeline.target) && !disjoint(own, other) {
                said += usize::from(self.owned_twice(own, other));
            }
            if said == MOST_OWNERS {
                break;
            }
        }
    }

    fn owned_twice(&self, own: &PipelineContext<'_>, other: &PipelineContext<'_>) -> bool {
        let theirs = other.writes();
        let there = |name: &str| theirs.iter().find(|(known, _)| *known == name).map(|(_, span)| *span);
        let both: Vec<_> = own.writes().into_iter().filter_map(|(name, span)| Some((name, span, there(name)?))).collect();
        let Some((_, here, there)) = both.first() else { return false };
        let names = list(both.iter().map(|(name, ..)| *name)).unwrap_or_default();
        let (is, target) = (if both.len() == 1 { "is" } else { "are" }, own.target());
        let message =
            format!("{names} of `{}` {is} written by `{}` as well as by `{}`", target.name, own.pipeline.name, other.pipeline.name);
        let access = target.access().is_some_and(|(at, _)| both.iter().any(|(name, ..)| *name == target.attributes[at].name));
        let help = if access {
            "let one of the two open and close accounts, and own what it writes; or keep their records apart by `include when`"
        } else {
            "let one of the two own it, or keep their records apart: `include when … == …` with one value here and another there"
        };
        let diagnostic = Diagnostic::error("E0425", self.first_line(*here), message);
        self.report.say(diagnostic.related(self.first_line(*there), "written here too").help(help));
        true
    }

    /// Names of pipelines are unique, because links are stored under them.
    pub fn names_of_folder(&self, own: &[&PipelineContext<'_>]) {
        for one in own {
            let (name, span) = (&one.pipeline.name, one.pipeline.span);
            if let Some(other) = self.pipelines.iter().find(|known| known.name == *name && known.span.file != span.file) {
                self.report.say(crate::check::names::declared_twice("the pipeline", name, span, other.span));
            }
        }
    }
}
