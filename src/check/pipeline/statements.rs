//! The statements of a pipeline, each in its place; a statement that may be given once is not repeated.

use crate::check::{environment::Environment, names::declared_twice, suggest::closest};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::{
        catalogue,
        tree::{
            self, CollectionName, Expr, GuardLine, Ident, LeaverAction, MapLine, MatchRule, ModeName, PipelineItem as I, Schedule, Words,
        },
    },
    value::Span as Time,
};

/// `match { … }`
#[derive(Clone, Copy)]
pub(crate) struct Matching<'t> {
    pub one_by_one: bool,
    pub rules: &'t [MatchRule],
    pub span: Span,
}

/// `field NAME [: TYPE] = EXPR`
#[derive(Clone, Copy)]
pub(crate) struct FieldLine<'t> {
    pub name: &'t Ident,
    pub ty: Option<&'t tree::TypeName>,
    pub value: &'t Expr,
    pub span: Span,
}

/// `include when` or `exclude when`
#[derive(Clone, Copy)]
pub(crate) struct ScopeLine<'t> {
    pub include: bool,
    pub when: &'t Expr,
    pub words: Option<&'t Words>,
    pub span: Span,
}

/// `one per key prefer COND, then latest ATTR`
#[derive(Clone, Copy)]
pub(crate) struct OnePerKeyLine<'t> {
    pub prefer: Option<&'t Expr>,
    pub latest: Option<&'t [Ident]>,
    pub span: Span,
}

/// `join SYS.COLL as NAME [many] on COND`
#[derive(Clone, Copy)]
pub(crate) struct JoinLine<'t> {
    pub collection: &'t CollectionName,
    pub alias: &'t Ident,
    pub many: bool,
    pub on: &'t Expr,
    pub span: Span,
}

/// `for each NAME in LIST`
#[derive(Clone, Copy)]
pub(crate) struct ForEachLine<'t> {
    pub name: &'t Ident,
    pub list: &'t Expr,
    pub span: Span,
}

/// `since last run, lookback D, full every D from DATE`
#[derive(Clone, Copy)]
pub(crate) struct SinceLine<'t> {
    pub lookback: Option<Time>,
    pub full_every: Option<Time>,
    pub from: Option<&'t Expr>,
    pub span: Span,
}

#[derive(Default)]
pub(crate) struct Statements<'t> {
    pub title: Option<&'t Words>,
    pub zone: Option<&'t Words>,
    pub schedule: Option<(&'t Schedule, Span)>,
    pub enabled: Option<&'t Expr>,
    pub from: Option<(&'t CollectionName, Option<&'t Ident>, Span)>,
    pub to: Option<(&'t CollectionName, Span)>,
    pub since: Option<SinceLine<'t>>,
    pub joins: Vec<JoinLine<'t>>,
    pub each: Option<ForEachLine<'t>>,
    pub fields: Vec<FieldLine<'t>>,
    pub scope: Vec<ScopeLine<'t>>,
    pub key: Option<(&'t Expr, Span)>,
    pub one_per_key: Option<OnePerKeyLine<'t>>,
    pub matching: Option<Matching<'t>>,
    pub mode: Option<(&'t ModeName, Span)>,
    pub map: Option<(&'t [MapLine], Span)>,
    pub leavers: Vec<&'t tree::Leaver>,
    pub guards: Vec<(&'t [GuardLine], Span)>,
    pub maximum_age: Option<Time>,
    pub show: Vec<&'t Vec<Ident>>,
    pub on_lost: Option<(&'t Ident, Span)>,
    pub on_closed_by_hand: Option<&'t [LeaverAction]>,
    pub on_incomplete_read: Option<&'t Ident>,
    broken: Vec<&'t tree::Broken>,
}

impl<'t> Statements<'t> {
    pub fn of(env: &Environment<'_>, written: &'t tree::Pipeline) -> Self {
        let mut all = Self::default();
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for item in &written.items {
            if let Some((name, span)) = named(item).filter(|(name, _)| catalogue::is_checked_once("a pipeline", name)) {
                match seen.iter().find(|(known, _)| *known == name) {
                    Some((_, first)) => env.report.say(declared_twice("the statement", name, env.first_line(span), env.first_line(*first))),
                    None => seen.push((name, span)),
                }
            }
            if let I::MaximumAge { duration, span } = item {
                some_age(env, *duration, *span);
            }
            all.take(item);
        }
        all
    }

    fn take(&mut self, item: &'t I) {
        match item {
            I::Title(words) => self.title = Some(words),
            I::Zone(words) => self.zone = Some(words),
            I::Schedule(schedule) => self.schedule = Some((schedule, schedule_span(schedule))),
            I::Enabled(condition) => self.enabled = Some(condition),
            I::From { collection, alias, span } => self.from = Some((collection, alias.as_ref(), *span)),
            I::To { collection, span } => self.to = Some((collection, *span)),
            I::Field { name, ty, value, span } => self.fields.push(FieldLine { name, ty: ty.as_ref(), value, span: *span }),
            I::Include { when, words, span } => self.scope.push(ScopeLine { include: true, when, words: words.as_ref(), span: *span }),
            I::Exclude { when, words, span } => self.scope.push(ScopeLine { include: false, when, words: words.as_ref(), span: *span }),
            I::Key { value, span } => self.key = Some((value, *span)),
            I::OnePerKey { prefer, latest, span } => {
                self.one_per_key = Some(OnePerKeyLine { prefer: prefer.as_ref(), latest: latest.as_deref(), span: *span });
            }
            I::Match { one_by_one, rules, span } => self.matching = Some(Matching { one_by_one: *one_by_one, rules, span: *span }),
            I::Mode { mode, span } => self.mode = Some((mode, *span)),
            I::Map { lines, span } => self.map = Some((lines, *span)),
            I::Leaver(leaver) => self.leavers.push(leaver),
            I::Guard { lines, span } => self.guards.push((lines, *span)),
            I::MaximumAge { duration, .. } => self.maximum_age = Some(*duration),
            I::Show { attributes, .. } => self.show.extend(attributes),
            I::OnLost { word, span } => self.on_lost = Some((word, *span)),
            I::OnClosedByHand { set, .. } => self.on_closed_by_hand = set.as_deref(),
            I::OnIncompleteRead { word, .. } => self.on_incomplete_read = Some(word),
            I::Broken(broken) => self.broken.push(broken),
            I::Since { lookback, full_every, from, span } => {
                self.since = Some(SinceLine { lookback: *lookback, full_every: *full_every, from: from.as_ref(), span: *span });
            }
            I::Join { collection, alias, many, on, span } => self.joins.push(JoinLine { collection, alias, many: *many, on, span: *span }),
            I::ForEach { name, list, span } => self.each = Some(ForEachLine { name, list, span: *span }),
            I::Setting(_) | I::Require(_) | I::Notify { .. } => {}
        }
    }

    /// Whether a statement of this word, or of one that is written nearly so, is there and could not be understood.
    pub fn broken(&self, word: &str) -> bool {
        let words = || self.broken.iter().map(|broken| broken.word.as_str());
        words().any(|one| one == word) || !closest(word, words()).is_empty()
    }

    /// The lines of which nothing was understood.
    pub fn not_understood(&self) -> impl Iterator<Item = &'t tree::Broken> {
        self.broken.iter().copied()
    }

    /// Where the source record is named.
    pub fn alias_span(&self) -> Option<Span> {
        self.from.map(|(collection, alias, _)| alias.map_or(collection.collection.span, |alias| alias.span))
    }

    /// Reports required statements that are missing.
    pub fn all_there(&self, env: &Environment<'_>, written: &tree::Pipeline) {
        let lacks = |there: bool, word: &str, message: &str, help: &str| {
            if !there && !self.broken(word) {
                env.report.error_help("E0414", written.name.span, format!("`{}` {message}", written.name.text), help);
            }
        };
        lacks(self.from.is_some(), "from", "does not say where its records come from", "add a line such as `from lucca.users as employee`");
        lacks(self.to.is_some(), "to", "does not say where it writes", "add a line such as `to reward_gateway.members`");
        let leaves = !self.leavers.is_empty() || self.broken("leaver");
        lacks(self.map.is_some() || leaves, "map", "writes nothing", "add a `map { … }`");
        if self.mode.is_none() && !self.broken("mode") {
            env.report.say(self.no_mode(written));
        }
    }

    /// The mode has to be written: what a run may do is never assumed.
    fn no_mode(&self, written: &tree::Pipeline) -> Diagnostic {
        let message = format!("`{}` does not say whether it creates or updates", written.name.text);
        let diagnostic =
            Diagnostic::error("E0414", written.name.span, message).help("choose a mode: `create and update`, `create` or `update`");
        let Some((_, span)) = self.to else { return diagnostic };
        let fix = |mode: &str, words: &str| Fix::replace(span.after(), format!("\n  mode {mode}"), words);
        diagnostic
            .fix(fix("create and update", "creates missing accounts and updates existing ones"))
            .fix(fix("update", "never creates"))
            .fix(fix("create", "never changes existing accounts"))
    }
}

/// The words of a statement, as the catalogue knows it, with its place; none where it could not be understood.
fn named(item: &I) -> Option<(&'static str, Span)> {
    Some(match item {
        I::Title(words) => ("title", words.span),
        I::Zone(words) => ("zone", words.span),
        I::Schedule(schedule) => ("schedule", schedule_span(schedule)),
        I::Enabled(condition) => ("enabled when", condition.span),
        I::From { span, .. } => ("from", *span),
        I::To { span, .. } => ("to", *span),
        I::Since { span, .. } => ("since last run", *span),
        I::Join { span, .. } => ("join", *span),
        I::ForEach { span, .. } => ("for each", *span),
        I::Field { span, .. } => ("field", *span),
        I::Include { span, .. } => ("include when", *span),
        I::Exclude { span, .. } => ("exclude when", *span),
        I::Key { span, .. } => ("key", *span),
        I::OnePerKey { span, .. } => ("one per key", *span),
        I::Match { span, .. } => ("match", *span),
        I::Mode { span, .. } => ("mode", *span),
        I::Map { span, .. } => ("map", *span),
        I::Leaver(leaver) => ("leaver", leaver.span),
        I::Guard { span, .. } => ("guard", *span),
        I::MaximumAge { span, .. } => ("maximum age", *span),
        I::Show { span, .. } => ("show", *span),
        I::Notify { span, .. } => ("notify", *span),
        I::OnLost { span, .. } => ("on lost counterpart", *span),
        I::OnClosedByHand { span, .. } => ("on closed by hand", *span),
        I::OnIncompleteRead { span, .. } => ("on incomplete read", *span),
        I::Setting(_) | I::Require(_) | I::Broken(_) => return None,
    })
}

fn some_age(env: &Environment<'_>, maximum: Time, span: Span) {
    if maximum.seconds() == 0 {
        let help = "write a length of time above 0, or leave `maximum age` out";
        env.report.error_help("E0514", span, "what was read is always older than 0, so nothing would be written", help);
    }
}

pub(crate) fn schedule_span(schedule: &Schedule) -> Span {
    match schedule {
        Schedule::Every(_, span) | Schedule::Daily(_, span) | Schedule::Weekly(_, _, span) => *span,
        Schedule::Cron(words) => words.span,
        Schedule::After(name) => name.span,
        Schedule::Setting(setting) => setting.span,
    }
}
