//! Finds out what happened to a request. Only reads.

use super::{
    conflict::AccountConflict,
    precondition::{AccountState, compare},
    reader::Reader,
    target::Target,
    writes::sends_events,
};
use crate::{
    compile::system::{Call, ErrorClass, Follow, Repeat},
    host::Host,
    run::change_set::{Step, Written},
    state::{StateError, Store},
    systems::{CallError, Effect, GetResult, Snapshot, cancelled},
    value::{
        Value,
        canonical::{Comparison, same},
        key::form,
        trie::Row,
    },
};
use std::time::Duration;
use tokio::sync::watch;

/// Why the outcome has to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// No response came. How long ago the request was sent.
    Lost { ago: Duration },
    /// Refused as not unique, with the target's message.
    Refused { said: String },
    /// A response came that does not say which record was created.
    NoId,
    /// A response came that proves nothing: what it says.
    Unproved { said: String },
    /// The response to a create names a record that is not the new one: which, in words.
    Another { said: String },
}

/// The outcome of a request.
#[derive(Debug)]
pub(crate) enum Resolution {
    /// It had its effect: the present record, with its id.
    Done { id: Option<String>, row: Option<Row> },
    /// It had its effect: the account is no longer there.
    Gone,
    /// It is proved that it had no effect: the present record, if one was read.
    NotDone(Option<Snapshot>),
    /// Unknown, but it may be sent again: the target discards duplicates, or the pipeline says so.
    Again,
    /// The target's refusal is final: no look-up could explain it.
    RefusalIsFinal,
    /// The account belongs to another record, so nothing is overwritten.
    Taken(AccountConflict),
    /// Unknown, and it is not sent again.
    Perhaps,
    /// The next complete read will show it.
    ByRead,
    /// The look-up itself failed.
    Unknown(String),
}

/// Asks the target, and the links.
pub(crate) struct Resolver<'a, T> {
    pub target: &'a T,
    pub reader: Reader<'a>,
    pub store: &'a Store,
    pub link_set: &'a str,
    pub cancel: watch::Receiver<bool>,
    pub host: &'a Host,
}

/// That a run was stopped while it waited: what was not found so far may still be there.
fn stopped() -> CallError {
    let message = "the run was stopped before it could be repeated".to_owned();
    CallError { class: ErrorClass::Temporary, status: None, code: None, message, effect: Effect::None }
}

/// A record that a look-up found: its id, and what is read of it.
pub(crate) type FoundRecord = (String, Row);

/// A look-up that can find the record: attribute and value, and whether the value is unique.
pub(crate) struct Question<'w> {
    pub attribute: usize,
    pub value: &'w Value,
    pub unique: bool,
}

impl<T: Target> Resolver<'_, T> {
    /// Finds out what happened to a step of the operation of a key, on the account with this id.
    pub async fn resolve(&self, key: &str, step: &Step, id: Option<&str>, why: Why) -> Resolution {
        let resolution = match (step, id) {
            (Step::Create { values }, _) if sends_events(self.reader.plan()) => self.event(values, &why).await,
            (Step::Create { values }, _) => self.create(key, values, &why).await,
            (Step::Update { .. } | Step::Delete, Some(id)) => self.change(step, id).await,
            (Step::Call { name, once }, Some(id)) if self.reader.collection().get.is_some() && step.deletes(self.reader.collection()) => {
                // The account may be there because the call is still under way, so one that may not be repeated is not.
                match self.change(step, id).await {
                    Resolution::NotDone(_) => self.call(name, *once),
                    seen => seen,
                }
            }
            (Step::Call { name, once }, _) => self.call(name, *once),
            (Step::Update { .. } | Step::Delete, None) => Resolution::ByRead,
        };
        match (resolution, &why) {
            (Resolution::NotDone(_) | Resolution::ByRead, Why::Lost { ago }) if self.job_may_run(step, *ago) => {
                Resolution::Unknown("its job may still be under way, so it is not sent again".into())
            }
            (Resolution::ByRead, Why::Lost { ago }) if self.may_be_hidden(step, *ago) => {
                Resolution::Unknown("a read may not show it yet, so it is not sent again".into())
            }
            (resolution, _) => resolution,
        }
    }

    /// Whether the job of a write may still make it: what a look-up does not find yet is not sent a second time. Twice the time that
    /// jobs are declared to take is waited for that.
    fn job_may_run(&self, step: &Step, ago: Duration) -> bool {
        // A call is sent again only if that does no harm.
        let follow = self.job_of(step).filter(|_| !matches!(step, Step::Call { .. }));
        follow.is_some_and(|follow| ago < Duration::from_secs(follow.up_to_seconds.saturating_mul(2)))
    }

    /// The job that makes a write.
    pub(crate) fn job_of(&self, step: &Step) -> Option<&Follow> {
        let collection = self.reader.collection();
        let call = match step {
            Step::Create { .. } => collection.create.as_ref(),
            Step::Update { .. } => collection.update.as_ref(),
            Step::Delete => collection.delete.as_ref(),
            Step::Call { name, .. } => collection.named_call(name),
        };
        call.and_then(|call| call.follow.as_deref())
    }

    /// Whether a create is so recent that a read may leave it out: what it does not show would be created a second time.
    fn may_be_hidden(&self, step: &Step, ago: Duration) -> bool {
        matches!(step, Step::Create { .. }) && !self.target.is_file() && ago < Duration::from_secs(self.consistent_within())
    }

    async fn create(&self, key: &str, values: &[Written], why: &Why) -> Resolution {
        let questions = self.questions(values);
        match why {
            Why::Refused { said } if questions.is_empty() => {
                return Resolution::Taken(AccountConflict::NotUnique { said: said.clone() });
            }
            Why::Lost { .. } if questions.is_empty() && self.never_repeats() => return self.not_found(),
            Why::Another { said } if questions.is_empty() => {
                return Resolution::Taken(AccountConflict::AnsweredWithAnother { said: said.clone() });
            }
            _ if questions.is_empty() => return Resolution::ByRead,
            _ => {}
        }
        let found = match self.ask(&questions, why).await {
            Ok(found) => found,
            Err(error) => return Resolution::Unknown(format!("looking it up failed: {}", error.message)),
        };
        self.resolve_found(key, values, why, found).unwrap_or_else(|error| Resolution::Unknown(error.to_string()))
    }

    /// Look-ups by attributes that are in the body: by unique ones if there are any, else by the first of `match`.
    pub(crate) fn questions<'w>(&self, values: &'w [Written]) -> Vec<Question<'w>> {
        let collection = self.reader.collection();
        let question = |(attribute, _): &(usize, Call)| {
            let name = &collection.attributes[*attribute].name;
            let written = values.iter().find(|written| *written.attribute == **name)?;
            let value = Some(&written.after.0).filter(|value| !value.is_missing() && !written.secret)?;
            Some(Question { attribute: *attribute, value, unique: collection.attributes[*attribute].unique })
        };
        let mut questions: Vec<_> = collection.finds.iter().filter_map(question).collect();
        if questions.iter().any(|question| question.unique) {
            questions.retain(|question| question.unique);
        } else {
            questions.sort_by_key(|question| !self.is_matched(question.attribute));
            questions.truncate(1);
        }
        questions
    }

    /// Whether an account that was not read may hold a unique value of a new record: the list leaves records out, or does not say that it
    /// shows all, and no line of `match` asks for that value.
    pub(crate) fn may_be_taken_unread(&self, values: &[Written]) -> bool {
        let shown = self.target.is_file() || self.reader.collection().lists_all();
        !shown && self.questions(values).iter().any(|question| question.unique && !self.is_matched(question.attribute))
    }

    fn is_matched(&self, attribute: usize) -> bool {
        self.reader.plan().rules.iter().flat_map(|rule| &rule.parts).any(|part| part.attribute == attribute)
    }

    /// A look-up without a result counts at once if a repeat could only be refused as not unique, unless the file says how long an index
    /// lags, and if the target's answer was definite. Otherwise the look-up is repeated after the time that the index may lag behind.
    pub(crate) async fn ask(&self, questions: &[Question<'_>], why: &Why) -> Result<Vec<FoundRecord>, CallError> {
        let found = self.look_up(questions).await?;
        let ago = if let Why::Lost { ago } = why { *ago } else { Duration::ZERO };
        let lag = Duration::from_secs(self.consistent_within()).saturating_sub(ago);
        let certain = match why {
            Why::Lost { .. } => !self.reader.collection().declares_consistency && questions.iter().all(|question| question.unique),
            Why::NoId | Why::Unproved { .. } => false,
            // A refused create made nothing and is not sent again, so what an index does not show yet is not waited for.
            Why::Refused { .. } | Why::Another { .. } => true,
        };
        if !found.is_empty() || certain || lag.is_zero() {
            return Ok(found);
        }
        if self.sleep(lag).await { self.look_up(questions).await } else { Err(stopped()) }
    }

    /// Waits; false if the run was cancelled meanwhile.
    async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.host.sleep(time) => true,
            () = cancelled(Some(self.cancel.clone())) => false,
        }
    }

    /// The ids of accounts that have the values of a record that is to be created, if they can be looked up.
    ///
    /// # Errors
    /// The target's error.
    pub async fn ids_with(&self, values: &[Written]) -> Result<Vec<String>, CallError> {
        let questions = if self.target.is_file() { self.questions_of_file(values) } else { self.questions(values) };
        Ok(self.look_up(&questions).await?.into_iter().map(|(id, _)| id).collect())
    }

    /// A file is searched by each value that no two of its records may have.
    fn questions_of_file<'w>(&self, values: &'w [Written]) -> Vec<Question<'w>> {
        let collection = self.reader.collection();
        let question = |written: &'w Written| {
            let attribute = self.reader.attribute(&written.attribute)?;
            let unique = collection.attributes[attribute].unique || collection.key.alone() == Some(attribute);
            let value = Some(&written.after.0).filter(|value| unique && !value.is_missing() && !written.secret)?;
            Some(Question { attribute, value, unique })
        };
        values.iter().filter_map(question).collect()
    }

    async fn look_up(&self, questions: &[Question<'_>]) -> Result<Vec<FoundRecord>, CallError> {
        let mut found: Vec<FoundRecord> = Vec::new();
        for question in questions {
            for record in self.target.find(question.attribute, question.value).await.map_err(of_look_up)? {
                let Some(row) = self.reader.row(&record) else { continue };
                // A system may store a text in small letters: what may be ours is not sent again.
                let how = Comparison { ignoring_case: true, ..self.reader.comparison(question.attribute) };
                let holds = self.reader.value(&row, question.attribute).is_none_or(|value| same(value, question.value, how));
                // Without a key, records in one answer are taken to be different.
                let nameless = self.reader.collection().key.is_none().then(|| format!("record {}", found.len() + 1));
                let id = nameless.or_else(|| self.reader.id(&row)).filter(|id| holds && found.iter().all(|(other, _)| other != id));
                found.extend(id.map(|id| (id, row)));
            }
        }
        Ok(found)
    }

    fn resolve_found(&self, key: &str, values: &[Written], why: &Why, mut found: Vec<FoundRecord>) -> Result<Resolution, StateError> {
        let target = self.reader.plan().target.name();
        let Some((id, row)) = found.pop() else {
            return Ok(match why {
                Why::Lost { .. } if *self.cancel.borrow() => Resolution::Unknown("interrupted before it could be looked up".into()),
                Why::Lost { .. } => self.not_found(),
                Why::Refused { said } => Resolution::Taken(AccountConflict::NotUniqueNotFound { said: said.clone() }),
                Why::NoId => Resolution::Unknown("created, and not to be found yet".into()),
                Why::Unproved { said } => Resolution::Unknown(format!("{said}; it is not to be found yet")),
                Why::Another { said } => Resolution::Taken(AccountConflict::AnsweredWithAnother { said: said.clone() }),
            });
        };
        if !found.is_empty() {
            return Ok(Resolution::Taken(AccountConflict::Several { ids: format!("{id}, {}", ids(&found)), target }));
        }
        if let Some(link) = self.store.link_of_target(self.link_set, &id)?.filter(|link| link.key != key) {
            return Ok(Resolution::Taken(AccountConflict::ExistsLinked { id, target, key: link.key }));
        }
        if matches!(why, Why::Refused { .. }) || !self.is_ours(key, values, &row) {
            return Ok(Resolution::Taken(AccountConflict::Exists { id, target }));
        }
        Ok(Resolution::Done { id: Some(id), row: Some(row) })
    }

    /// Whether a create may not be sent a second time, whatever a look-up says.
    fn never_repeats(&self) -> bool {
        self.reader.collection().create.as_ref().is_some_and(|call| call.repeat == Repeat::Never)
    }

    /// What an unanswered create comes to that no look-up finds: it was not done, or a person has to look.
    pub(crate) fn not_found(&self) -> Resolution {
        match self.never_repeats() {
            true => Resolution::Unknown("the target gave no answer, and the create is never repeated".into()),
            false => Resolution::NotDone(None),
        }
    }

    /// Whether an account that was found is ours: it has the values that we sent, or the key that the first line of `match`
    /// compares.
    fn is_ours(&self, key: &str, values: &[Written], row: &Row) -> bool {
        if self.holds(values, row) {
            return true;
        }
        let Some(part) = self.reader.plan().rules.first().filter(|rule| rule.parts.len() == 1).map(|rule| &rule.parts[0]) else {
            return false;
        };
        self.reader.value(row, part.attribute).and_then(Value::canonical_key).is_some_and(|text| form(&text) == form(key))
    }

    /// Whether the account has all values that we sent and that can be read.
    pub(crate) fn holds(&self, values: &[Written], row: &Row) -> bool {
        compare(&self.reader, values.iter().filter(|written| self.is_read(written)), row) == AccountState::AlreadyDone
    }

    fn is_read(&self, written: &Written) -> bool {
        let attribute = self.reader.attribute(&written.attribute);
        !written.secret && attribute.is_some_and(|at| self.reader.plan().target.slot_of(at).is_some())
    }

    async fn change(&self, step: &Step, id: &str) -> Resolution {
        if self.reader.collection().get.is_none() {
            return Resolution::ByRead;
        }
        let deletes = step.deletes(self.reader.collection());
        match self.target.get(&self.reader.id_value(id)).await {
            Err(error) => Resolution::Unknown(format!("looking it up failed: {}", error.message)),
            Ok(GetResult::Gone) if deletes => Resolution::Gone,
            Ok(GetResult::Record(_)) if deletes => Resolution::NotDone(None),
            Ok(GetResult::Gone) => Resolution::Taken(AccountConflict::Missing),
            // The next run follows it, and compares with what is there.
            Ok(GetResult::Merged { .. }) => Resolution::NotDone(None),
            Ok(GetResult::Record(record)) => match self.reader.row(&record.json) {
                Some(row) => self.compare_found(step, row, record),
                None => Resolution::Unknown("the answer to the look-up is not a record".into()),
            },
        }
    }

    /// Finds out why a request that was computed from a record was refused. Its values may be there already, or a third value may have
    /// been written. Otherwise the request is made again from the current record; if the record's tag is unchanged, it
    /// is sent without the tag, because the target does not use its tags as preconditions. If the record itself is unchanged, a
    /// diff was refused for another reason.
    pub async fn outdated(&self, step: &Step, id: &str, from: Option<&Snapshot>, by_tag: bool) -> Resolution {
        match self.change(step, id).await {
            Resolution::NotDone(Some(record)) if by_tag && from.is_some_and(|from| from.tag.is_some() && from.tag == record.tag) => {
                Resolution::NotDone(Some(Snapshot { tag: None, ..record }))
            }
            Resolution::NotDone(Some(record)) if !by_tag && from.is_some_and(|from| from.json == record.json) => Resolution::RefusalIsFinal,
            Resolution::ByRead => Resolution::Taken(AccountConflict::Changed),
            // The look-up showed nothing, so the refusal counts.
            Resolution::Unknown(_) => Resolution::RefusalIsFinal,
            other => other,
        }
    }

    fn compare_found(&self, step: &Step, row: Row, record: Snapshot) -> Resolution {
        match compare(&self.reader, step.values().iter(), &row) {
            AccountState::AlreadyDone => Resolution::Done { id: None, row: Some(row) },
            AccountState::AsPlanned => Resolution::NotDone(Some(record)),
            AccountState::Moved(attribute) => Resolution::Taken(AccountConflict::AttributeChanged(attribute)),
        }
    }

    fn call(&self, name: &str, once: bool) -> Resolution {
        let repeatable = self.reader.collection().named_call(name).is_some_and(Call::may_repeat);
        if repeatable && !once { Resolution::NotDone(None) } else { Resolution::Perhaps }
    }
}

/// The error of a look-up: what the target makes of the question says nothing of the record, which is not put off as a refused one.
fn of_look_up(error: CallError) -> CallError {
    let class = if error.class == ErrorClass::Invalid { ErrorClass::Temporary } else { error.class };
    CallError { class, ..error }
}

fn ids(found: &[FoundRecord]) -> String {
    found.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ")
}
