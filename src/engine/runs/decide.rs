//! Decides about single records by name, for the next run. Nothing is sent to any system.

use super::held::{HeldRecord, Judgement};
use crate::engine::{Workspace, error::EngineError};
use crate::{
    run::change_set::{ChangeSet, Reason, WOULD_CLOSE, hash::Digester},
    state::{
        Store,
        approvals::Approval,
        decisions::{Choice, Decision, Decisions, PastDecision},
        link::{Life, Link, Links},
        retention::{Forgotten, Keyed},
    },
    value::key::form,
};
use jiff::Timestamp;
use std::collections::HashSet;
use thiserror::Error;

/// The most problems that a refusal lists.
const LISTED: usize = 10;

/// What a person wants for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub key: String,
    pub choice: Choice,
    /// The account, where the choice needs one.
    pub account: Option<String>,
    /// In the person's words; may be empty.
    pub why: String,
    /// Where a list has it: `line 17`; the key itself, if there is no list.
    pub place: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionsMade {
    pub pipeline: String,
    pub made: Vec<DecisionMade>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionMade {
    pub decision: Decision,
    /// The record whose account it was until now.
    pub from: Option<String>,
    /// Whether the record had a link before: without one, the next run links it, and what was decided follows in the run after that.
    pub linked: bool,
}

/// What is asked about a record, and what can be chosen.
#[derive(Clone, Debug)]
pub struct Question {
    pub pipeline: String,
    pub record: HeldRecord,
    pub choices: &'static [Choice],
}

/// Why a record can't be decided about as somebody wants; follows its key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum Undecidable {
    #[error("is no key that `{0}` has read or linked")]
    NoKey(String),
    #[error("is a key that a person asked to forget")]
    Forgotten,
    #[error("decides about {key}, as {before} does already")]
    Twice { key: String, before: String },
    #[error("links {key} with {account}, as {before} does with {other}")]
    LinkedTwice { key: String, account: String, before: String, other: String },
    #[error("links {key} with {account}, of which {before} decides that it stays with {other}")]
    Taken { key: String, account: String, before: String, other: String },
    #[error("is linked to {0} already")]
    Linked(String),
    #[error("is not linked")]
    NotLinked,
    #[error("needs the id of the account: {0} ID")]
    NoAccount(Choice),
    #[error("has the account {known}, not {given}")]
    OtherAccount { known: String, given: String },
    #[error("has no account: `{0}` takes none")]
    TakesNone(Choice),
    #[error("does not wait for a decision, so `{0}` has no meaning")]
    NothingWaits(Choice),
    #[error("was decided about ({0}): `unlink` ends that link, and then `{1}` can be chosen")]
    LinkDecided(String, Choice),
    #[error("is {reason}, which no decision ends: {advice}")]
    NoDecision { reason: Reason, advice: &'static str },
    #[error("is {reason}: choose {}", words(offered))]
    NotOffered { reason: Reason, offered: &'static [Choice] },
}

/// What is known of the records of a pipeline.
struct Known {
    records: Vec<HeldRecord>,
    links: Links,
    /// The keys of all records that the last change set names, in the form in which keys are compared.
    named: HashSet<String>,
    forgotten: Forgotten,
    /// What was decided before, and is in force.
    decisions: Decisions,
    pipeline: String,
    digester: Digester,
    by: String,
    now: Timestamp,
}

impl Workspace {
    /// Decides about records: about all of the list, or none.
    ///
    /// # Errors
    /// One of them can't be decided like this; there was no plan or run; a run is under way; the state can't be written.
    pub fn decide(&self, asked: Option<&str>, wishes: &[Wish], by: &str) -> Result<DecisionsMade, EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let (store, now) = (self.state()?, self.project.host.now());
        let mut leases = store.leases(&pipeline, by, now)?;
        for other in store.other_directions(&pipeline)? {
            leases.add(&other, by)?;
        }
        let (link_set, known) = self.known(&store, &pipeline, (by, now))?;
        let decisions = known.decisions(wishes)?;
        for decision in &decisions {
            let record = Keyed { pipeline: pipeline.clone(), key: decision.key.clone() };
            if store.is_under_way(&record)? {
                return Err(EngineError::UnderWay { key: record.key, pipeline: record.pipeline });
            }
        }
        let transaction = store.transaction()?;
        let (mut made, mut taken) = (Vec::with_capacity(decisions.len()), Vec::new());
        for decision in decisions {
            let mut from = None;
            match decision.choice {
                Choice::Link => from = transaction.link_by_decision(&link_set, &decision)?,
                Choice::Unlink => transaction.unlink_by_decision(&link_set, &decision)?,
                Choice::New | Choice::Leave | Choice::Recreate | Choice::Keep | Choice::Wait => {}
            }
            // What a person decides is tried, although the target has refused the same before.
            if matches!(decision.choice, Choice::Link | Choice::New | Choice::Recreate) {
                transaction.set_refused(&link_set, &decision.key, None)?;
            }
            taken.extend(from.as_deref().map(|from| taken_off(from, &decision)));
            transaction.decide(&link_set, &decision)?;
            let linked = known.links.of_key(&decision.key).is_some();
            made.push(DecisionMade { decision, from, linked });
        }
        for unlinked in taken.iter().filter(|taken| !known.says_what_follows(&made, taken)) {
            transaction.decide(&link_set, unlinked)?;
        }
        transaction.read_everything(&link_set)?;
        transaction.commit()?;
        Ok(DecisionsMade { pipeline, made })
    }

    /// What waits about a record, and what a person can choose.
    ///
    /// # Errors
    /// Nothing waits about it; there was no plan or run; the state can't be read.
    pub fn question(&self, asked: Option<&str>, key: &str) -> Result<Question, EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let store = self.state()?;
        let (_, known) = self.known(&store, &pipeline, ("", self.project.host.now()))?;
        let record = known.record(key).cloned();
        let record = record.ok_or_else(|| EngineError::NothingDecided(vec![format!("nothing waits for a decision about {key}")]))?;
        let choices = choices(&record, known.links.of_key(key));
        Ok(Question { pipeline, record, choices })
    }

    /// The last decisions of a pipeline, or of all, the newest first.
    ///
    /// # Errors
    /// No such pipeline, or the state can't be read.
    pub fn past_decisions(&self, asked: Option<&str>, last: usize) -> Result<Vec<PastDecision>, EngineError> {
        let pipeline = asked.map(|asked| self.project.choose(Some(asked))).transpose()?.map(|found| found.name);
        Ok(self.state()?.past_decisions(pipeline.as_deref(), last)?)
    }

    /// The last approvals of a pipeline, or of all, the newest first.
    ///
    /// # Errors
    /// No such pipeline, or the state can't be read.
    pub fn past_approvals(&self, asked: Option<&str>, last: usize) -> Result<Vec<Approval>, EngineError> {
        let pipeline = asked.map(|asked| self.project.choose(Some(asked))).transpose()?.map(|found| found.name);
        Ok(self.state()?.past_approvals(pipeline.as_deref(), last)?)
    }

    fn known(&self, store: &Store, pipeline: &str, (by, now): (&str, Timestamp)) -> Result<(String, Known), EngineError> {
        let Judgement { link_set, set, records } = self.last_judgement(store, pipeline)?.ok_or_else(|| self.no_runs())?;
        let named = set.iter().flat_map(named_keys).map(|key| form(key).into_owned()).collect();
        let known = Known {
            records,
            links: store.links(&link_set)?,
            named,
            forgotten: store.forgotten()?,
            decisions: store.decisions(&link_set)?,
            pipeline: pipeline.to_owned(),
            digester: Digester::new(store.key()),
            by: by.to_owned(),
            now,
        };
        Ok((link_set, known))
    }
}

fn named_keys(set: &ChangeSet) -> impl Iterator<Item = &str> {
    let operations = set.operations.iter().map(|operation| operation.key.as_str());
    operations.chain(set.findings.iter().map(|finding| finding.key.as_str())).filter(|key| !key.is_empty())
}

/// Whoever lost the account to another by a decision gets no new one unasked.
fn taken_off(key: &str, decision: &Decision) -> Decision {
    let why = format!("decided of {}: {}", decision.key, decision.words());
    Decision { key: key.to_owned(), choice: Choice::Unlink, question: None, why, ..decision.clone() }
}

/// What can be decided about a record that waits.
#[must_use]
pub fn choices(record: &HeldRecord, link: Option<&Link>) -> &'static [Choice] {
    match (&record.reason, link.is_some()) {
        // It claims the account of a leaver, and leaves nothing itself.
        (Reason::SamePerson, true) if record.detail.ends_with(WOULD_CLOSE) => &[Choice::Keep],
        (Reason::Ambiguous | Reason::RulesDisagree | Reason::Taken | Reason::Shared | Reason::Exists, false)
        | (Reason::ProbableRehire | Reason::SamePerson, false) => &[Choice::Link, Choice::New, Choice::Keep],
        (Reason::KeyReused, _) => &[Choice::Link, Choice::New, Choice::Keep],
        (Reason::ProbableRehire, true) => &[Choice::Link, Choice::New, Choice::Recreate, Choice::Keep],
        (Reason::Unlinked, _) => &[Choice::Link, Choice::New],
        (Reason::AccountMissing, _) => &[Choice::Link, Choice::Recreate, Choice::New, Choice::Unlink, Choice::Keep],
        (Reason::SamePerson | Reason::ProcedureChanged, true) => &[Choice::Leave, Choice::Keep],
        (Reason::StillHeld, true) => &[Choice::Leave],
        (Reason::LeaverWithAccount, _) => &[Choice::Leave, Choice::Link, Choice::Keep],
        (Reason::ChangedHands, true) => &[Choice::Leave, Choice::Link, Choice::Unlink, Choice::Keep],
        (Reason::Merged | Reason::ChangedHands, _) => &[Choice::Link, Choice::Unlink, Choice::Keep],
        (Reason::Return | Reason::ClosedByHand | Reason::Protected | Reason::ValueTaken, true) => &[Choice::Unlink, Choice::Keep],
        (Reason::ValueTaken, false) => &[Choice::Link, Choice::Keep],
        (Reason::OpenedAgain | Reason::BothChanged | Reason::Unreadable | Reason::Cycle | Reason::Swap, _) => &[Choice::Keep],
        _ => &[],
    }
}

impl Known {
    /// The decisions that a list asks for; refuses the whole list if one of them can't be made.
    fn decisions(&self, wishes: &[Wish]) -> Result<Vec<Decision>, EngineError> {
        let (mut decisions, mut problems) = (Vec::new(), Vec::new());
        for (at, wish) in wishes.iter().enumerate() {
            match self.contradiction(wish, &wishes[..at], wishes).map_or_else(|| self.decision(wish), Err) {
                Ok(decision) => decisions.push(decision),
                Err(why) => problems.push(format!("{} {why}", wish.place)),
            }
        }
        if problems.is_empty() {
            return Ok(decisions);
        }
        let more = problems.len().saturating_sub(LISTED);
        problems.truncate(LISTED);
        problems.extend((more > 0).then(|| format!("and {more} more")));
        Err(EngineError::NothingDecided(problems))
    }

    /// Whether it is decided already what becomes of a record that loses its account to another, in the same list, in whatever order, or
    /// before: it is to have a new one, another one, or none until another decision.
    fn says_what_follows(&self, made: &[DecisionMade], taken: &Decision) -> bool {
        let listed = made.iter().map(|made| &made.decision).find(|made| form(&made.key) == form(&taken.key));
        let stands = listed.or_else(|| self.decisions.of_key(&taken.key));
        stands.is_some_and(|decision| match decision.choice {
            Choice::New | Choice::Wait => true,
            Choice::Link => listed.is_some() && decision.account != taken.account,
            Choice::Leave | Choice::Unlink | Choice::Recreate | Choice::Keep => false,
        })
    }

    /// What another line of the list says against one: about the same record, or about the same account.
    fn contradiction(&self, wish: &Wish, before: &[Wish], all: &[Wish]) -> Option<Undecidable> {
        let key = wish.key.clone();
        if let Some(twin) = before.iter().find(|twin| form(&twin.key) == form(&key)) {
            return Some(Undecidable::Twice { key, before: twin.place.clone() });
        }
        let account = wish.account.clone().filter(|account| wish.choice == Choice::Link && !account.is_empty())?;
        let links_it = |other: &&Wish| other.choice == Choice::Link && other.account.as_deref().map(form) == Some(form(&account));
        if let Some(twin) = before.iter().find(links_it) {
            return Some(Undecidable::LinkedTwice { key, account, before: twin.place.clone(), other: twin.key.clone() });
        }
        let stays = |other: &Wish| matches!(other.choice, Choice::Keep | Choice::Leave | Choice::Recreate);
        let has_it = |other: &&Wish| {
            let link = self.links.of_key(&other.key).filter(|link| !link.is_retired());
            form(&other.key) != form(&key) && stays(other) && link.is_some_and(|link| form(&link.target) == form(&account))
        };
        let owner = all.iter().find(has_it)?;
        Some(Undecidable::Taken { key, account, before: owner.place.clone(), other: owner.key.clone() })
    }

    fn record(&self, key: &str) -> Option<&HeldRecord> {
        self.records.iter().find(|record| !record.key.is_empty() && form(&record.key) == form(key))
    }

    fn decision(&self, wish: &Wish) -> Result<Decision, Undecidable> {
        let Wish { key, choice, account, why, .. } = wish;
        let (record, link) = (self.record(key), self.links.of_key(key));
        if self.forgotten.holds(&self.pipeline, key) {
            return Err(Undecidable::Forgotten);
        }
        if record.is_none() && link.is_none() && self.decisions.of_key(key).is_none() && !self.named.contains(&*form(key)) {
            return Err(Undecidable::NoKey(self.pipeline.clone()));
        }
        let account = self.account(*choice, account.as_deref(), record, link)?;
        self.fits(*choice, key, record, link)?;
        let question = record.map(|record| self.digester.question(record.reason.word(), &record.detail));
        let question = question.map(|question| self.with_answered(*choice, key, account.as_deref(), question));
        let known = record.map(|record| record.key.as_str()).or_else(|| link.map(|link| link.key.as_str()));
        let key = known.map_or_else(|| form(key).into_owned(), str::to_owned);
        Ok(Decision { key, choice: *choice, account, question, by: self.by.clone(), made: self.now, why: why.clone() })
    }

    /// A leave may be held by one doubt after the other: what was answered before of the same account stays answered.
    fn with_answered(&self, choice: Choice, key: &str, account: Option<&str>, question: String) -> String {
        let is_of_it = |before: &&Decision| before.choice == choice && before.account.as_deref() == account;
        let before = self.decisions.of_key(key).filter(|_| choice == Choice::Leave).filter(is_of_it);
        match before.and_then(|before| Some((before, before.question.as_ref()?))) {
            Some((before, answered)) if before.answers(&question) => answered.clone(),
            Some((_, answered)) => format!("{answered} {question}"),
            None => question,
        }
    }

    /// The account that a decision is about.
    fn account(
        &self,
        choice: Choice,
        given: Option<&str>,
        record: Option<&HeldRecord>,
        link: Option<&Link>,
    ) -> Result<Option<String>, Undecidable> {
        let linked = link.map(|link| link.target.as_str());
        let found = record.and_then(|record| record.target.as_deref());
        let known = match choice {
            Choice::Link => None,
            Choice::Leave => linked.or(found),
            Choice::New | Choice::Unlink | Choice::Recreate | Choice::Keep | Choice::Wait => linked,
        };
        match (choice, given, known) {
            (Choice::Link, Some(given), _) if link.is_some_and(|link| link.life == Life::Open && form(&link.target) == form(given)) => {
                Err(Undecidable::Linked(given.to_owned()))
            }
            (Choice::Link | Choice::Leave, Some(""), _) | (Choice::Link | Choice::Leave, None, None) => Err(Undecidable::NoAccount(choice)),
            (Choice::Link, Some(given), _) | (Choice::Leave, Some(given), None) => Ok(Some(given.to_owned())),
            (_, Some(given), known) if known.is_none_or(|known| form(known) != form(given)) => match known {
                Some(known) => Err(Undecidable::OtherAccount { known: known.to_owned(), given: given.to_owned() }),
                None => Err(Undecidable::TakesNone(choice)),
            },
            (_, _, known) => Ok(known.map(str::to_owned)),
        }
    }

    /// Whether a choice answers what waits. Without a question, a link can be made and ended.
    fn fits(&self, choice: Choice, key: &str, record: Option<&HeldRecord>, link: Option<&Link>) -> Result<(), Undecidable> {
        let offered = record.map_or(&[][..], |record| choices(record, link));
        // Whoever was decided about may be decided about again, as if it still waited.
        let again = self.decisions.of_key(key).is_some() && (choice == Choice::New && link.is_none());
        match choice {
            Choice::Link | Choice::Wait => Ok(()),
            Choice::Unlink if link.is_some_and(|link| !matches!(link.life, Life::Retired { .. })) => Ok(()),
            Choice::Unlink => Err(Undecidable::NotLinked),
            _ if again || offered.contains(&choice) => Ok(()),
            _ => match record {
                None => Err(match self.decisions.of_key(key).filter(|decision| decision.choice == Choice::Link && link.is_some()) {
                    Some(decision) => Undecidable::LinkDecided(decision.words(), choice),
                    None => Undecidable::NothingWaits(choice),
                }),
                Some(record) if offered.is_empty() => Err(Undecidable::NoDecision { reason: record.reason.clone(), advice: record.advice }),
                Some(record) => Err(Undecidable::NotOffered { reason: record.reason.clone(), offered }),
            },
        }
    }
}

/// `link, new or keep`
#[must_use]
pub fn words(choices: &[Choice]) -> String {
    let words: Vec<&str> = choices.iter().map(|choice| choice.word()).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}
