//! Two directions between the same two collections: what both write, and who wins.

use super::pipeline_context::PipelineContext;
use crate::check::{
    environment::Environment,
    model::{
        pipeline::{Action, Conflict, Mapping, On, OnConflict, Pipeline, Shared, Twin},
        system::Collection,
    },
};
use crate::{
    diagnose::{Diagnostic, Span},
    value::Kind,
};

/// What a pipeline shares with the one of the other direction.
#[derive(Default)]
pub(crate) struct Direction {
    twin: Option<Twin>,
    /// By the line of `map`.
    shared: Vec<(usize, Shared, Option<OnConflict>)>,
}

impl Direction {
    /// Writes it down in the pipeline.
    pub fn put_into(self, pipeline: &mut Pipeline) {
        pipeline.twin = self.twin;
        pipeline.map.iter_mut().for_each(|line| line.on_conflict = None);
        for (at, shared, rule) in self.shared {
            pipeline.map[at].shared = Some(shared);
            pipeline.map[at].on_conflict = rule;
        }
    }
}

impl Environment<'_> {
    /// The other direction of a pipeline, if there is one, and whether the two get along.
    pub fn other_direction(&self, own: &PipelineContext<'_>, all: &[&PipelineContext<'_>]) -> Direction {
        let twins: Vec<_> = all.iter().copied().filter(|other| goes_back(own, other)).collect();
        let Some(twin) = twins.first() else {
            self.nothing_conflicts(own);
            return Direction::default();
        };
        // A mistake between two pipelines of these files is reported once, at the first of them.
        let say = twin.root != own.root || all.iter().position(|one| one.is(own)) < all.iter().position(|one| one.is(twin));
        if let [_, second, ..] = &twins[..] {
            self.two_go_back(own, twin, second);
        }
        if say {
            self.delete_in_one(own, twin);
        }
        self.key_is_own(own, twin);
        let shared = self.shared(own, twin, say);
        let Pipeline { name, key_text, key_form, span, .. } = twin.pipeline;
        let twin = Twin { pipeline: name.clone(), key_text: key_text.clone(), key_form: key_form.clone(), span: *span };
        Direction { twin: Some(twin), shared }
    }

    /// Without an opposite direction, `on conflict` is a mistake, unless the other file could not be parsed.
    fn nothing_conflicts(&self, own: &PipelineContext<'_>) {
        let said = own.pipeline.map.iter().find(|line| line.on_conflict.is_some());
        if let Some(line) = said.filter(|_| !own.is_off()) {
            let (source, target) = (&own.source().name, &own.target().name);
            let message = format!("nothing flows from `{target}` to `{source}`, so nothing can conflict");
            let help = "leave `on conflict` out, or add the pipeline of the other direction to this folder";
            self.report.error_help("E0421", self.first_line(line.span), message, help);
        }
    }

    fn two_go_back(&self, own: &PipelineContext<'_>, first: &PipelineContext<'_>, second: &PipelineContext<'_>) {
        let (one, other) = (&first.pipeline.name, &second.pipeline.name);
        let message = format!("both `{one}` and `{other}` are the other direction of `{}`", own.pipeline.name);
        let diagnostic = Diagnostic::error("E0422", own.pipeline.span, message);
        let diagnostic = diagnostic.related(first.pipeline.span, "one").related(second.pipeline.span, "the other");
        self.report.say(diagnostic.help("two directions share their links, so there is one of each: put the two into one"));
    }

    /// Refuses deletes in both directions: a record that somebody deletes by mistake would be deleted on the other side too.
    fn delete_in_one(&self, own: &PipelineContext<'_>, twin: &PipelineContext<'_>) {
        let delete = |pipeline: &Pipeline| {
            pipeline.actions().find_map(|action| if let Action::Delete { span } = action { Some(*span) } else { None })
        };
        if let (Some(here), Some(there)) = (delete(own.pipeline), delete(twin.pipeline)) {
            let message = format!(
                "both `{}` and `{}` delete, so a record that is lost once is lost on both sides",
                own.pipeline.name, twin.pipeline.name
            );
            let diagnostic = Diagnostic::error("E0423", here, message).related(there, "the other direction");
            self.report.say(diagnostic.help("take `delete` out of one of the two"));
        }
    }

    /// A link is read from both ends, so each pipeline has to use the key of its source collection.
    fn key_is_own(&self, own: &PipelineContext<'_>, twin: &PipelineContext<'_>) {
        let Pipeline { key, key_span, .. } = own.pipeline;
        let is_own = own.source().is_own_key(key);
        if !is_own && !key.is_broken() && !own.source().broken {
            let message = format!(
                "`{}` shares its links with `{}`, so its key is that of `{}`",
                own.pipeline.name,
                twin.pipeline.name,
                own.source().name
            );
            let diagnostic = Diagnostic::error("E0422", *key_span, message).related(twin.pipeline.span, "the other direction");
            self.report.say(diagnostic.help("leave `key` out: the collection's own is taken"));
        }
    }

    fn shared(&self, own: &PipelineContext<'_>, twin: &PipelineContext<'_>, say: bool) -> Vec<(usize, Shared, Option<OnConflict>)> {
        let mut all = Vec::new();
        for (at, line) in own.pipeline.map.iter().enumerate() {
            let back = twin.pipeline.map.iter().find_map(|back| Some((back, written_back(own, line, twin, back)?)));
            if let Some((back, attribute)) = back {
                let rule = self.rule(own, line, twin, back, say);
                all.push((at, Shared { attribute, span: back.span }, rule));
            }
        }
        all
    }

    /// The line's own word, or that of the other direction's line.
    fn rule(&self, own: &PipelineContext<'_>, line: &Mapping, twin: &PipelineContext<'_>, back: &Mapping, say: bool) -> Option<OnConflict> {
        let theirs = back.on_conflict.map(turned);
        let (here, there) = (self.first_line(line.span), self.first_line(back.span));
        let refuse = |message: String, help: &str| {
            if say {
                self.report.say(Diagnostic::error("E0421", here, message).related(there, "the other direction").help(help));
            }
        };
        let (name, pipeline) = (attribute_name(own, line), &twin.pipeline.name);
        match (line.on_conflict, theirs) {
            (None, None) => {
                let help = "add `on conflict newest`, `this`, `other` or `hold` to one of the two lines";
                refuse(format!("`{name}` is written here and read by `{pipeline}`, which writes it back: nothing says who wins"), help);
                None
            }
            (Some(ours), Some(theirs)) if ours != theirs => {
                refuse(format!("this and `{pipeline}` do not agree who wins"), "say it in one of the two lines alone");
                None
            }
            (ours, theirs) => {
                let rule = ours.or(theirs);
                if rule.is_some_and(|rule| rule.first == Conflict::Newest) {
                    self.newest_can_be_told(own, here);
                }
                rule
            }
        }
    }

    fn newest_can_be_told(&self, own: &PipelineContext<'_>, line: Span) {
        for collection in [own.source(), own.target()] {
            if !collection.broken && !tells_when(collection) {
                let message = format!("`{}` does not say when a record was changed, so the newest can't be determined", collection.name);
                let diagnostic = Diagnostic::error("E0424", line, message).related(collection.name_span, "declared here");
                self.report
                    .say(diagnostic.help("add `changed ATTR` to the collection, an attribute of the type `datetime`, or name who wins"));
            }
        }
    }
}

fn tells_when(collection: &Collection) -> bool {
    collection.changed.is_some_and(|at| collection.attributes[at].ty.kind == Kind::DateTime)
}

fn goes_back(own: &PipelineContext<'_>, other: &PipelineContext<'_>) -> bool {
    let (one, two) = (own.pipeline, other.pipeline);
    let alive = !own.is_off() && !other.is_off() && !own.appends() && !other.appends();
    let within_one = own.same(&one.source, own, &one.target);
    alive && !own.is(other) && !within_one && own.same(&one.source, other, &two.target) && own.same(&one.target, other, &two.source)
}

/// The source attribute that another line writes from what this one writes. What is only written on create never conflicts.
fn written_back(own: &PipelineContext<'_>, line: &Mapping, twin: &PipelineContext<'_>, back: &Mapping) -> Option<usize> {
    if line.on == On::Create || back.on == On::Create {
        return None;
    }
    let (here, there) = (line.attribute.fixed()?, back.attribute.fixed()?);
    let named = |of: &Collection, at: usize| of.attributes[at].name.clone();
    let written = named(own.target(), here);
    let read_there = twin.read_by(&back.value).into_iter().any(|at| named(twin.source(), at) == written);
    let back_to = named(twin.target(), there);
    let read_here = own.read_by(&line.value).into_iter().find(|at| named(own.source(), *at) == back_to);
    read_here.filter(|_| read_there)
}

fn attribute_name(of: &PipelineContext<'_>, line: &Mapping) -> String {
    line.attribute.fixed().map(|at| of.target().attributes[at].name.clone()).unwrap_or_default()
}

/// A rule as the other direction sees it.
fn turned(rule: OnConflict) -> OnConflict {
    let turn = |one| match one {
        Conflict::This => Conflict::Other,
        Conflict::Other => Conflict::This,
        same => same,
    };
    OnConflict { first: turn(rule.first), then: rule.then.map(turn) }
}
