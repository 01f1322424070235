//! Finds out what happened to an event whose response never came.

use super::{
    conflict::AccountConflict,
    resolve::{FoundRecord, Question, Resolution, Resolver, Why},
    target::Target,
    writes::sends_events,
};
use crate::{
    compile::system::{Call, Connection, Repeat},
    run::change_set::Written,
};

impl<T: Target> Resolver<'_, T> {
    /// Whether an event arrived. It is looked up if possible; otherwise it may be sent again if the target discards duplicates. If
    /// neither applies, the outcome remains unknown.
    pub async fn event(&self, values: &[Written], why: &Why) -> Resolution {
        let call = self.reader.collection().create.as_ref();
        let drops = call.is_some_and(Call::may_repeat);
        let questions = self.event_questions(values);
        match (why, drops) {
            // A conflict is how some targets discard a duplicate. If the event can be looked up it is, because the conflict may
            // have another cause.
            (Why::Refused { .. }, _) if questions.is_empty() && call.is_some_and(|call| matches!(call.repeat, Repeat::Declared(_))) => {
                return Resolution::Done { id: None, row: None };
            }
            (Why::Lost { .. }, true) => return Resolution::Again,
            _ => {}
        }
        if questions.is_empty() {
            return cannot_be_asked(why);
        }
        match self.ask(&questions, why).await {
            Ok(found) => self.has_arrived(values, &questions, why, &found),
            Err(error) => Resolution::Unknown(format!("looking it up failed: {}", error.message)),
        }
    }

    /// How many seconds a look-up may lag behind. A file has no index that could lag.
    pub fn consistent_within(&self) -> u64 {
        let plan = self.reader.plan();
        let at_once = sends_events(plan) && matches!(plan.target.system.connection, Connection::Files);
        if at_once { 0 } else { self.reader.collection().consistent_within }
    }

    /// A file is searched by the attribute that identifies its records, else by any value that was written.
    fn event_questions<'w>(&self, values: &'w [Written]) -> Vec<Question<'w>> {
        let target = &self.reader.plan().target;
        if !matches!(target.system.connection, Connection::Files) {
            return self.questions(values);
        }
        let collection = target.collection();
        let question = |written: &'w Written| {
            let attribute = self.reader.attribute(&written.attribute)?;
            let value = Some(&written.after.0).filter(|value| !value.is_missing() && !written.secret)?;
            Some(Question {
                attribute,
                value,
                unique: collection.attributes[attribute].unique || collection.key.alone() == Some(attribute),
            })
        };
        let mut questions: Vec<_> = values.iter().filter_map(question).collect();
        questions.sort_by_key(|question| !question.unique);
        questions.truncate(1);
        questions
    }

    fn has_arrived(&self, values: &[Written], questions: &[Question<'_>], why: &Why, found: &[FoundRecord]) -> Resolution {
        let unique = questions.iter().all(|question| question.unique);
        let ours = |(_, row): &&FoundRecord| unique || self.holds(values, row);
        match (found.iter().find(ours), why) {
            (Some((id, _)), _) => Resolution::Done { id: Some(id.clone()), row: None },
            (None, Why::Refused { said }) => Resolution::Taken(AccountConflict::EventNotFound { said: said.clone() }),
            (None, _) if *self.cancel.borrow() => Resolution::Unknown("interrupted before it could be looked up".into()),
            (None, _) => self.not_found(),
        }
    }
}

fn cannot_be_asked(why: &Why) -> Resolution {
    match why {
        Why::Refused { said } => Resolution::Taken(AccountConflict::NotUnique { said: said.clone() }),
        Why::NoId | Why::Unproved { .. } => {
            Resolution::Unknown("the answer does not say whether it arrived, and the target can't be asked".into())
        }
        _ => Resolution::Unknown("the target gave no answer, and can't be asked whether it has it".into()),
    }
}
