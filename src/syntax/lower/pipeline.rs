//! Pipelines: what is read, who is in scope, when it runs.

use super::{Lower, all, child, first, has};
use crate::syntax::{
    grammar::{Pair, Rule},
    tree::{Expr, ExprKind, ModeName, NotifyWhen, Pipeline, PipelineItem, Schedule},
};

impl Lower<'_> {
    pub(super) fn pipeline(&mut self, pair: &Pair<'_>) -> Pipeline {
        let items = child(pair, Rule::pipeline_block).map(|block| self.each(&block, Self::pipeline_item)).unwrap_or_default();
        Pipeline { name: self.name(pair), items, span: self.span(pair) }
    }

    fn pipeline_item(&mut self, pair: &Pair<'_>) -> Option<PipelineItem> {
        Some(match pair.as_rule() {
            Rule::title_stmt => PipelineItem::Title(self.words(pair)),
            Rule::zone_stmt => PipelineItem::Zone(self.words(pair)),
            Rule::setting_item => PipelineItem::Setting(self.setting(pair)),
            Rule::secret_item => PipelineItem::Setting(self.secret(pair)),
            Rule::require_item => PipelineItem::Require(self.require(pair)),
            Rule::enabled_stmt => PipelineItem::Enabled(self.value(pair)),
            Rule::schedule_stmt => PipelineItem::Schedule(self.schedule(pair)),
            Rule::leaver_stmt => PipelineItem::Leaver(self.leaver(pair)),
            Rule::match_stmt => self.match_block(pair),
            Rule::map_stmt => self.map_block(pair),
            Rule::guard_stmt => self.guard_block(pair),
            _ => return self.source_item(pair).or_else(|| self.rule_item(pair)).or_else(|| Some(PipelineItem::Broken(self.broken(pair)))),
        })
    }

    /// What is read and written.
    fn source_item(&mut self, pair: &Pair<'_>) -> Option<PipelineItem> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::from_stmt => PipelineItem::From { collection: self.collection_name(pair), alias: self.maybe_name(pair), span },
            Rule::to_stmt => PipelineItem::To { collection: self.collection_name(pair), span },
            Rule::since_stmt => self.since(pair),
            Rule::join_stmt => PipelineItem::Join {
                collection: self.collection_name(pair),
                alias: self.name(pair),
                many: has(pair, Rule::k_many),
                on: self.value(pair),
                span,
            },
            Rule::for_each_stmt => PipelineItem::ForEach { name: self.name(pair), list: self.value(pair), span },
            Rule::field_stmt => PipelineItem::Field { name: self.name(pair), ty: self.maybe_type(pair), value: self.value(pair), span },
            _ => return None,
        })
    }

    /// Who is in scope and how the run behaves.
    fn rule_item(&mut self, pair: &Pair<'_>) -> Option<PipelineItem> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::include_stmt => PipelineItem::Include { when: self.condition(pair), words: self.as_words(pair), span },
            Rule::exclude_stmt => PipelineItem::Exclude { when: self.condition(pair), words: self.as_words(pair), span },
            Rule::key_stmt => PipelineItem::Key { value: self.value(pair), span },
            Rule::one_per_key_stmt => self.one_per_key(pair),
            Rule::mode_stmt => PipelineItem::Mode { mode: self.mode(pair), span },
            Rule::maximum_age_stmt => PipelineItem::MaximumAge { duration: self.duration(pair), span },
            Rule::show_stmt => {
                let attributes = all(pair, Rule::dotted_name).map(|name| self.names_of(&name)).collect();
                PipelineItem::Show { attributes, span }
            }
            Rule::notify_stmt => PipelineItem::Notify { to: self.value(pair), when: notify_when(pair), span },
            Rule::on_lost_stmt => PipelineItem::OnLost { word: self.nth(pair, 3), span },
            Rule::on_closed_stmt => self.on_closed(pair),
            Rule::on_incomplete_stmt => PipelineItem::OnIncompleteRead { word: self.nth(pair, 3), span },
            _ => return None,
        })
    }

    /// The condition after `when`.
    pub(super) fn condition(&mut self, pair: &Pair<'_>) -> Expr {
        self.value_under(pair, Rule::when_clause).unwrap_or_else(|| Expr { kind: ExprKind::Broken, span: self.span(pair) })
    }

    fn since(&mut self, pair: &Pair<'_>) -> PipelineItem {
        self.once(pair, Rule::since_lookback, "lookback");
        self.once(pair, Rule::since_full, "full");
        PipelineItem::Since {
            lookback: self.duration_under(pair, Rule::since_lookback),
            full_every: self.duration_under(pair, Rule::since_full),
            from: self.value_under(pair, Rule::since_from),
            span: self.span(pair),
        }
    }

    fn one_per_key(&mut self, pair: &Pair<'_>) -> PipelineItem {
        PipelineItem::OnePerKey {
            prefer: self.maybe_value(pair),
            latest: child(pair, Rule::latest_clause).map(|clause| self.dotted(&clause)),
            span: self.span(pair),
        }
    }

    fn mode(&mut self, pair: &Pair<'_>) -> ModeName {
        let Some(words) = child(pair, Rule::mode_words) else { return ModeName::Setting(self.value(pair)) };
        match first(&words).map(|word| word.as_rule()) {
            Some(Rule::k_append) => ModeName::Append,
            Some(Rule::k_update) => ModeName::Update,
            _ if has(&words, Rule::k_and) => ModeName::CreateAndUpdate,
            _ => ModeName::Create,
        }
    }

    fn schedule(&mut self, pair: &Pair<'_>) -> Schedule {
        match child(pair, Rule::schedule_words) {
            Some(words) => self.schedule_words(&words),
            None => Schedule::Setting(self.value(pair)),
        }
    }

    pub(super) fn schedule_words(&mut self, words: &Pair<'_>) -> Schedule {
        let span = self.span(words);
        let inner = first(words).unwrap_or_else(|| words.clone());
        let time = child(&inner, Rule::time_lit);
        let time = |lower: &mut Self| time.map(|time| lower.time_of(&time)).unwrap_or_default();
        match inner.as_rule() {
            Rule::schedule_daily => Schedule::Daily(time(self), span),
            Rule::schedule_weekly => Schedule::Weekly(self.word(&inner, Rule::week_day), time(self), span),
            Rule::schedule_cron => Schedule::Cron(self.words(&inner)),
            Rule::schedule_after => Schedule::After(self.name(&inner)),
            _ => Schedule::Every(self.duration(&inner), span),
        }
    }

    fn on_closed(&mut self, pair: &Pair<'_>) -> PipelineItem {
        let block = child(pair, Rule::closed_block);
        let alone = child(pair, Rule::set_action);
        let set = match (block, alone) {
            (Some(block), _) => Some(self.each(&block, Self::action)),
            (None, Some(action)) => self.action(&action).map(|action| vec![action]),
            (None, None) => None,
        };
        PipelineItem::OnClosedByHand { set, span: self.span(pair) }
    }
}

fn notify_when(pair: &Pair<'_>) -> NotifyWhen {
    match pair.clone().into_inner().last().map(|when| when.as_rule()) {
        Some(Rule::notify_each) => NotifyWhen::AfterEachRun,
        Some(Rule::notify_failed) => NotifyWhen::AfterFailedRun,
        _ => NotifyWhen::WhenHeld,
    }
}
