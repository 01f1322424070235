//! The blocks of a pipeline: match, map, leaver, guard.

use super::{Lower, all, child, first, has};
use crate::syntax::{
    grammar::{Pair, Rule},
    tree::{
        Absence, Expr, GuardLine, Ident, Leaver, LeaverAction, LeaverLine, Limit, MapLine, MatchPart, MatchRule, Modifier, ModifierKind,
        PipelineItem, Target,
    },
};

impl Lower<'_> {
    pub(super) fn match_block(&mut self, pair: &Pair<'_>) -> PipelineItem {
        let rules = child(pair, Rule::match_block).map(|block| self.each(&block, Self::match_rule)).unwrap_or_default();
        PipelineItem::Match { one_by_one: has(pair, Rule::one_by_one), rules, span: self.span(pair) }
    }

    fn match_rule(&mut self, pair: &Pair<'_>) -> Option<MatchRule> {
        let parts: Vec<Pair<'_>> = all(pair, Rule::match_part).collect();
        let parts: Vec<MatchPart> = parts.iter().filter_map(|part| self.match_part(part)).collect();
        (!parts.is_empty()).then(|| MatchRule { parts, span: self.span(pair) })
    }

    fn match_part(&mut self, pair: &Pair<'_>) -> Option<MatchPart> {
        let attribute = self.target(pair)?;
        Some(MatchPart { attribute, value: self.value(pair), ignoring_case: has(pair, Rule::ignoring_case) })
    }

    /// The child that says what is written.
    fn target(&mut self, pair: &Pair<'_>) -> Option<Target> {
        let target = child(pair, Rule::target_any)?;
        Some(match child(&target, Rule::expr_full) {
            Some(chosen) => Target::Chosen(self.expr(&chosen)),
            None => Target::Attribute(self.dotted(&target)),
        })
    }

    pub(super) fn map_block(&mut self, pair: &Pair<'_>) -> PipelineItem {
        PipelineItem::Map { lines: self.map_lines(pair), span: self.span(pair) }
    }

    fn map_lines(&mut self, pair: &Pair<'_>) -> Vec<MapLine> {
        child(pair, Rule::map_block).map(|block| self.each(&block, Self::map_line)).unwrap_or_default()
    }

    fn map_line(&mut self, pair: &Pair<'_>) -> Option<MapLine> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::map_set => MapLine::Set { target: self.target(pair)?, value: self.value(pair), modifiers: self.modifiers(pair), span },
            Rule::map_call => MapLine::Call { name: self.name(pair), modifiers: self.modifiers(pair), span },
            Rule::map_group => MapLine::Block { modifiers: self.modifiers(pair), lines: self.map_lines(pair), span },
            _ => MapLine::Broken(self.broken(pair)),
        })
    }

    fn modifiers(&mut self, pair: &Pair<'_>) -> Vec<Modifier> {
        let words: Vec<Pair<'_>> = pair.clone().into_inner().collect();
        self.no_repeats(&words);
        words.iter().filter_map(|word| self.modifier(word)).collect()
    }

    fn modifier(&mut self, pair: &Pair<'_>) -> Option<Modifier> {
        let absent = has(pair, Rule::k_absent);
        let kind = match pair.as_rule() {
            Rule::mod_on_create => ModifierKind::OnCreate,
            Rule::mod_on_update => ModifierKind::OnUpdate,
            Rule::mod_when => ModifierKind::When(self.value(pair)),
            Rule::mod_keep if absent => ModifierKind::KeepWhenAbsent,
            Rule::mod_keep => ModifierKind::KeepWhenMissing,
            Rule::mod_clear if absent => ModifierKind::ClearWhenAbsent,
            Rule::mod_clear => ModifierKind::ClearWhenMissing,
            Rule::mod_once => ModifierKind::Once,
            Rule::mod_case => ModifierKind::IgnoringCase,
            Rule::mod_order => ModifierKind::IgnoringOrder,
            Rule::mod_exactly => ModifierKind::Exactly,
            Rule::mod_only_add => ModifierKind::OnlyAdd,
            Rule::mod_on_conflict => self.on_conflict(pair),
            _ => return None,
        };
        Some(Modifier { kind, span: self.span(pair) })
    }

    fn on_conflict(&self, pair: &Pair<'_>) -> ModifierKind {
        match child(pair, Rule::conflict_newest) {
            Some(newest) => ModifierKind::OnConflict {
                word: self.nth(&newest, 0),
                then: newest.clone().into_inner().nth(2).map(|word| self.ident(&word)),
            },
            None => ModifierKind::OnConflict { word: self.nth(pair, 2), then: None },
        }
    }

    pub(super) fn leaver(&mut self, pair: &Pair<'_>) -> Leaver {
        let lines = child(pair, Rule::leaver_block).map(|block| self.each(&block, Self::leaver_line)).unwrap_or_default();
        Leaver { lines, span: self.span(pair) }
    }

    fn leaver_line(&mut self, pair: &Pair<'_>) -> Option<LeaverLine> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::leaver_when => LeaverLine::When { condition: self.value(pair), words: self.as_words(pair), span },
            Rule::leaver_missing => self.when_missing(pair),
            Rule::leaver_scope => LeaverLine::WhenOutOfScope(span),
            Rule::leaver_after => LeaverLine::After { delay: self.duration(pair), lines: self.actions(pair), span },
            Rule::leaver_return => LeaverLine::OnReturn { lines: self.actions(pair), span },
            Rule::leaver_protect => LeaverLine::Protect { when: self.value(pair), words: self.as_words(pair), span },
            Rule::leaver_enforce => LeaverLine::Enforce(span),
            Rule::line_junk => LeaverLine::Broken(self.broken(pair)),
            _ => LeaverLine::Action(self.action(pair)?),
        })
    }

    fn when_missing(&mut self, pair: &Pair<'_>) -> LeaverLine {
        let span = self.span(pair);
        let duration = self.maybe_duration(pair);
        match self.maybe_number(pair) {
            Some(runs) => LeaverLine::WhenMissing { for_: Absence::Runs(runs), at_least_apart: duration, span },
            None => LeaverLine::WhenMissing { for_: Absence::For(self.duration(pair)), at_least_apart: None, span },
        }
    }

    fn actions(&mut self, pair: &Pair<'_>) -> Vec<LeaverAction> {
        child(pair, Rule::action_block).map(|block| self.each(&block, Self::action)).unwrap_or_default()
    }

    pub(super) fn action(&mut self, pair: &Pair<'_>) -> Option<LeaverAction> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::set_action => LeaverAction::Set { target: self.target(pair)?, value: self.value(pair), span },
            Rule::call_action => LeaverAction::Call { name: self.name(pair), once: has(pair, Rule::k_once), span },
            Rule::delete_action => LeaverAction::Delete(span),
            Rule::create_again => LeaverAction::CreateAgain(span),
            _ => return None,
        })
    }

    pub(super) fn guard_block(&mut self, pair: &Pair<'_>) -> PipelineItem {
        let lines = child(pair, Rule::guard_block).map(|block| self.each(&block, Self::guard_line)).unwrap_or_default();
        PipelineItem::Guard { lines, span: self.span(pair) }
    }

    fn guard_line(&mut self, pair: &Pair<'_>) -> Option<GuardLine> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::guard_most => self.at_most(pair)?,
            Rule::guard_source => {
                GuardLine::SourceAtLeast { percent: child(pair, Rule::percent_lit).map(|percent| self.percent_of(&percent))?, span }
            }
            Rule::guard_approve => GuardLine::Approve { what: self.nth(pair, 1), span },
            Rule::guard_hold => GuardLine::HoldLeavers(span),
            _ => GuardLine::Broken(self.broken(pair)),
        })
    }

    fn at_most(&mut self, pair: &Pair<'_>) -> Option<GuardLine> {
        let what = child(pair, Rule::guard_what)?;
        let limit = child(pair, Rule::guard_limit)?;
        Some(GuardLine::AtMost {
            attribute: child(&what, Rule::dotted_name).map(|name| self.names_of(&name)),
            what: first(&what).map_or_else(|| self.ident(&what), |word| self.ident(&word)),
            limit: Limit {
                percent: child(&limit, Rule::percent_lit).map(|percent| self.percent_of(&percent)),
                number: self.maybe_number(&limit),
            },
            over: self.maybe_duration(pair),
            span: self.span(pair),
        })
    }

    /// The `ATTR = EXPR` pairs of a record in a test.
    pub(super) fn record(&mut self, block: &Pair<'_>) -> Vec<(Vec<Ident>, Expr)> {
        self.each(block, |lower, pair| {
            let value = child(pair, Rule::expr_full)?;
            (pair.as_rule() == Rule::record_pair).then(|| (lower.dotted(pair), lower.expr(&value)))
        })
    }
}
