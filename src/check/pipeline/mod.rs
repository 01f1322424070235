//! `pipeline NAME { … }`: checks its statements in the order in which they depend on each other.

pub(crate) mod fields;
pub(crate) mod guard;
pub(crate) mod judged;
mod key;
pub(crate) use key::{KeyText, key_text};
pub(crate) mod least_size;
pub(crate) mod leaver;
pub(crate) mod lints;
pub(crate) mod map;
pub(crate) mod matching;
mod mode;
mod names;
pub(crate) mod row_sources;
pub(crate) mod scope;
pub(crate) mod settings;
pub(crate) mod statements;
pub(crate) mod test_blocks;
pub(crate) mod three_valued;

use super::{
    environment::Environment,
    model::{
        Require,
        pipeline::{Action, Condition, Each, End, Join, Leaver, ModeChoice, OnLost, OnePerKey, Pipeline},
    },
    pipeline::{
        judged::{Judged, Said},
        map::Mapped,
        statements::Statements,
        three_valued::lint_out_of_scope_by_absence,
    },
    types::{Draft, Facts, FieldSlot, Place, Subject, Typing},
};
use crate::{
    diagnose::FileId,
    syntax::tree::{self, ExprKind as T, OnIncomplete, PipelineItem as I},
};

/// One pipeline under check.
pub(crate) struct Checking<'a> {
    pub env: &'a Environment<'a>,
    pub written: &'a tree::Pipeline,
    pub statements: Statements<'a>,
    pub draft: Draft,
    joins: Vec<Option<Join>>,
    each: Option<Each>,
}

impl Environment<'_> {
    /// A pipeline; none where something that all else depends on is missing.
    pub fn pipeline(&self, written: &tree::Pipeline, file: FileId) -> Option<Pipeline> {
        let statements = Statements::of(self, written);
        let draft = Draft { name: written.name.text.clone(), ..Draft::default() };
        let mut checking = Checking { env: self, written, statements, draft, joins: Vec::new(), each: None };
        checking.begin();
        checking.finish(file)
    }
}

impl Checking<'_> {
    pub fn typing(&self) -> Typing<'_> {
        Typing::new(self.env, Place::Pipeline(&self.draft))
    }

    fn typing_knowing(&self, facts: &Facts) -> Typing<'_> {
        Typing::with(self.env, Place::Pipeline(&self.draft), facts.clone())
    }

    /// Names first: settings, both ends, joins, fields.
    fn begin(&mut self) {
        let settings = self.written.items.iter().filter_map(|item| if let I::Setting(one) = item { Some(one) } else { None });
        self.draft.settings = self.env.settings(settings.clone());
        self.env.live_choices(settings);
        self.draft.zone_name = self.statements.zone.map(|zone| zone.text.clone());
        self.draft.zone = self.statements.zone.is_some() || self.statements.broken("zone");
        self.source();
        self.draft.target = self.statements.to.and_then(|(collection, _)| self.env.collection(collection));
        self.field_names();
        self.joins = self.joins();
        self.each = self.each();
        self.fields();
        self.env.clashes(&self.draft, self.statements.alias_span());
    }

    fn source(&mut self) {
        let Some((collection, alias, span)) = self.statements.from else { return };
        self.draft.unnamed = alias.is_none().then_some(span);
        self.draft.source = self.env.collection(collection);
        self.draft.alias = Some(alias.map_or_else(|| collection.collection.text.clone(), |alias| alias.text.clone()));
        self.draft.alias_span = Some(alias.map_or_else(|| span.after(), |alias| alias.span));
    }

    fn field_names(&mut self) {
        let names = || self.statements.fields.iter().map(|field| field.name);
        self.draft.fields = names().map(|name| FieldSlot { name: name.text.clone(), name_span: name.span, checked: None }).collect();
        self.env.no_doubles("the field", names().map(|name| (name.text.as_str(), name.span)));
    }

    fn fields(&mut self) {
        self.draft.fields_known = true;
        let written: Vec<_> = self.statements.fields.clone();
        for at in super::pipeline::fields::order(self.env, &written) {
            self.draft.defining = Some(at);
            let checked = super::pipeline::fields::field(&self.typing(), &written[at]);
            self.draft.fields[at].checked = checked;
        }
        self.draft.defining = None;
    }

    fn finish(mut self, file: FileId) -> Option<Pipeline> {
        self.statements.all_there(self.env, self.written);
        self.schedule();
        let judged = self.judged();
        let Judged { key, scope, rules, leavers, map, map_calls, .. } = &judged;
        let said = Said { key: &key.0, scope, rules, leavers, map, calls: map_calls };
        self.since_is_enough(&said);
        self.only_appends(&said);
        super::pipeline::map::required_calls::needed(self.env, &self.draft, &self.statements, judged.mode.as_ref(), &said);
        self.values_are_carried(&judged);
        lints::lints(self.env, &self.statements, &self.draft, self.written);
        lints::accounts_are_never_opened(self.env, &self.statements, &self.draft, judged.mode.as_ref(), &said);
        self.whole(judged, file)
    }

    fn values_are_carried(&self, judged: &Judged) {
        let typing = self.typing();
        let Some(target) = typing.collection(self.draft.target).filter(|target| target.file.is_none() && !target.broken) else { return };
        let Some(mode) = &judged.mode else { return };
        self.env.values_are_carried(target, mode, &judged.map, (&judged.leavers, judged.on_closed_by_hand.as_deref()));
    }

    /// Checks what is evaluated for each record, in that order: each statement may add to what is known to be present.
    fn judged(&mut self) -> Judged {
        let key = self.key();
        let key_facts = Facts::from_iter(self.typing().needed_for(&key.0));
        if let Some(each) = &self.statements.each {
            self.key_tells_elements(&key.0, each);
        }
        let (scope, mut facts) = self.scope(&key.0);
        facts.extend(self.typing().needed_for(&key.0));
        let rules = super::pipeline::matching::rules(&self.typing_knowing(&facts), &self.statements, &self.draft);
        self.draft.current = true;
        let mode = self.mode();
        let typing = self.typing_knowing(&facts);
        let Mapped { lines: map, calls: map_calls, .. } = Mapped::of(&typing, &self.statements, mode.as_ref());
        let typing = self.typing_knowing(&key_facts);
        let leavers: Vec<_> =
            self.statements.leavers.iter().map(|leaver| super::pipeline::leaver::leaver(&typing, leaver, mode.as_ref())).collect();
        if leavers.iter().any(Leaver::by_scope) {
            lint_out_of_scope_by_absence(&typing, &scope);
        }
        let (on_closed_by_hand, one_per_key) = (self.closed_by_hand(&typing), self.one_per_key(&typing));
        let guards = super::pipeline::guard::guards(&typing, &self.statements);
        Judged { key, scope, rules, mode, map, map_calls, leavers, on_closed_by_hand, one_per_key, guards }
    }

    fn whole(self, judged: Judged, file: FileId) -> Option<Pipeline> {
        let zone_name = self.statements.zone.and_then(|zone| self.env.zone(zone));
        let (since, requires, enabled, show) = (self.since(), self.requires(), self.enabled(), self.show());
        let (on_lost, incomplete) = (self.on_lost(judged.mode.as_ref()), self.on_incomplete_read());
        let (key, key_text, key_span) = judged.key;
        let (guards, hold_leavers_only) = judged.guards;
        let (source, target) = (self.draft.source?, self.draft.target?);
        let mut pipeline = Pipeline {
            name: self.written.name.text.clone(),
            file,
            span: self.written.name.span,
            title: self.statements.title.map_or_else(|| self.written.name.text.clone(), |title| title.text.clone()),
            zone_name,
            enabled,
            schedule: self.statements.schedule.map(|(schedule, span)| (schedule.clone(), span)),
            requires,
            source: End { system: source.0, collection: source.1, alias: self.draft.alias.clone()?, span: self.statements.from?.2 },
            target: End { system: target.0, collection: target.1, alias: "current".to_owned(), span: self.statements.to?.1 },
            since,
            joins: self.joins.into_iter().collect::<Option<_>>()?,
            each: self.each,
            raws: self.draft.raws.take(),
            fields: self.draft.fields.into_iter().map(|slot| slot.checked).collect::<Option<_>>()?,
            settings: self.draft.settings,
            key,
            key_text: key_text.written,
            key_form: key_text.form,
            key_span,
            scope: judged.scope,
            one_per_key: judged.one_per_key,
            rules: judged.rules,
            one_by_one: self.statements.matching.is_some_and(|matching| matching.one_by_one),
            match_span: self.statements.matching.map_or(self.written.name.span, |matching| matching.span),
            mode: judged.mode?,
            mode_span: self.statements.mode?.1,
            map: judged.map,
            map_calls: judged.map_calls,
            map_span: self.statements.map.map_or(self.written.name.span, |(_, span)| span),
            leavers: judged.leavers,
            guards,
            hold_leavers_only,
            on_lost,
            on_closed_by_hand: judged.on_closed_by_hand,
            on_incomplete_read_continue: incomplete,
            maximum_age: self.statements.maximum_age,
            show,
            references: Vec::new(),
            twin: None,
        };
        pipeline.references = self.env.references(&pipeline);
        Some(pipeline)
    }

    fn schedule(&self) {
        use tree::Schedule as S;
        let Some((schedule, span)) = self.statements.schedule else { return };
        self.env.schedule(schedule, &self.draft.settings, &self.draft.name);
        let by_setting = |name: &tree::Expr| match &name.kind {
            T::Name(names) => {
                self.draft.settings.iter().find(|one| names.get(1).is_some_and(|name| name.text == one.name))?.schedule.clone()
            }
            _ => None,
        };
        let kept = if let S::Setting(name) = schedule { by_setting(name) } else { Some(schedule.clone()) };
        if matches!(kept, Some(S::Daily(..) | S::Weekly(..) | S::Cron(_))) && !self.draft.zone {
            self.typing().ask_for_zone(&self.draft, span);
        }
    }

    fn one_per_key(&self, typing: &Typing<'_>) -> Option<OnePerKey> {
        let line = self.statements.one_per_key?;
        let latest = line.latest.and_then(|names| {
            let after_alias = names.len() > 1 && Some(&names[0].text) == self.draft.alias.as_ref();
            self.env.attribute(self.draft.source?, if after_alias { &names[1..] } else { names })
        });
        Some(OnePerKey { prefer: line.prefer.map(|prefer| typing.condition(prefer)), latest, span: line.span })
    }

    fn requires(&self) -> Vec<Require> {
        let requires = self.written.items.iter().filter_map(|item| if let I::Require(one) = item { Some(one) } else { None });
        requires.map(|one| self.env.require(one, Place::Pipeline(&self.draft))).collect()
    }

    fn enabled(&self) -> Option<Condition> {
        let written = self.statements.enabled?;
        let value = self.typing().condition(written);
        if value.asks_a_record() {
            let help = "a record is asked by `include when`";
            self.env.report.error_help("E0214", written.span, "`enabled when` asks of settings, not of records", help);
        }
        Some(Condition { value, span: written.span })
    }

    fn closed_by_hand(&self, typing: &Typing<'_>) -> Option<Vec<Action>> {
        let actions = self.statements.on_closed_by_hand?;
        Some(super::pipeline::leaver::actions(typing, actions))
    }

    fn on_lost(&self, mode: Option<&ModeChoice>) -> OnLost {
        let Some((word, span)) = self.statements.on_lost else { return OnLost::Hold };
        let known = OnLost::parse(&word.text);
        match known {
            None => self.env.no_such_word("way to go on", word, OnLost::NAMES),
            Some(OnLost::CreateAgain) if mode.is_some_and(|mode| !mode.may_create()) => {
                let help = "write `on lost counterpart hold` or `unlink`, or let the mode create";
                self.env.report.error_help("E0413", span, "`mode update` never creates, so nothing can be created again", help);
            }
            Some(_) => {}
        }
        known.unwrap_or(OnLost::Hold)
    }

    fn on_incomplete_read(&self) -> bool {
        let Some(word) = self.statements.on_incomplete_read else { return false };
        let known = OnIncomplete::parse(&word.text);
        if known.is_none() {
            self.env.no_such_word("way to go on", word, OnIncomplete::NAMES);
        }
        known == Some(OnIncomplete::Continue)
    }

    fn show(&self) -> Vec<usize> {
        let Some(target) = self.draft.target else { return Vec::new() };
        self.statements.show.iter().filter_map(|names| self.env.attribute(target, names)).collect()
    }
}

impl FromIterator<Subject> for Facts {
    fn from_iter<I: IntoIterator<Item = Subject>>(subjects: I) -> Self {
        let mut facts = Self::default();
        facts.extend(subjects);
        facts
    }
}
