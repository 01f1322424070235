//! Tests.

use super::{Lower, all, child, first, has};
use crate::{
    diagnose::Span,
    syntax::{
        grammar::{Pair, Rule},
        tree::{Expectation, GivenRecords, GivenWhat, Test, TestLine, Words},
    },
};

impl Lower<'_> {
    pub(super) fn test(&mut self, pair: &Pair<'_>) -> Test {
        let lines = child(pair, Rule::test_block).map(|block| self.each(&block, Self::test_line)).unwrap_or_default();
        Test { words: self.words(pair), pipeline: self.name(pair), lines, span: self.span(pair) }
    }

    fn test_line(&mut self, pair: &Pair<'_>) -> Option<TestLine> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::today_line => TestLine::Today(self.value(pair)),
            Rule::now_line => TestLine::Now(self.value(pair)),
            Rule::test_setting_line => TestLine::Setting { name: self.name(pair), value: self.value(pair), span },
            Rule::given_line => TestLine::Given { what: self.given_what(pair), records: self.given_records(pair)?, span },
            Rule::answers_line => TestLine::Answers { system: self.name(pair), dir: self.words(pair), span },
            Rule::linked_line => self.linked(pair, span)?,
            Rule::first_run_line => TestLine::FirstRun(span),
            Rule::expect_line => TestLine::Expect { verdict: self.expectation(pair)?, span },
            _ => return None,
        })
    }

    fn given_what(&self, pair: &Pair<'_>) -> GivenWhat {
        match self.maybe_collection_name(pair) {
            Some(collection) => GivenWhat::Collection(collection),
            None if has(pair, Rule::k_source) => GivenWhat::Source,
            None => GivenWhat::Target,
        }
    }

    fn given_records(&mut self, pair: &Pair<'_>) -> Option<GivenRecords> {
        let records = pair.clone().into_inner().nth(2)?;
        Some(match records.as_rule() {
            Rule::given_file => GivenRecords::File(self.words(&records)),
            Rule::given_none => GivenRecords::None,
            Rule::given_raw => GivenRecords::Raw(self.words(&records)),
            _ => GivenRecords::Attributes(self.record(&records)),
        })
    }

    fn linked(&mut self, pair: &Pair<'_>, span: Span) -> Option<TestLine> {
        let texts: Vec<Pair<'_>> = all(pair, Rule::text_lit).collect();
        let left = has(pair, Rule::k_left);
        Some(TestLine::Linked {
            key: self.words_of(texts.first()?),
            id: self.words_of(texts.get(1)?),
            left: if left { self.values(pair).into_iter().nth(2) } else { None },
            pipeline: self.maybe_name(pair),
            span,
        })
    }

    fn expectation(&mut self, pair: &Pair<'_>) -> Option<Expectation> {
        let expected = pair.clone().into_inner().nth(1)?;
        Some(match expected.as_rule() {
            Rule::expect_none => Expectation::NoChanges { other: has(&expected, Rule::k_other) },
            Rule::expect_incomplete => Expectation::IncompleteRead,
            Rule::expect_held_by => Expectation::HeldBy(self.name(&expected)),
            _ => self.verdict(&expected),
        })
    }

    fn verdict(&mut self, pair: &Pair<'_>) -> Expectation {
        let key: Words = self.words(pair);
        Expectation::Verdict {
            verdict: first(pair).map(|words| self.ident(&words).text).unwrap_or_default(),
            key,
            after: self.maybe_duration(pair),
            attributes: child(pair, Rule::record_block).map(|block| self.record(&block)).unwrap_or_default(),
            words: self.as_words(pair),
        }
    }
}
