//! `follow METHOD "URL" every D up to D { … }`: a job that is asked for until a rule tells its outcome.

use super::{
    calls::rule_line,
    elements::names_the_answer,
    evidence::{Bare, choices, may_hold, names_status},
    rules::answer_place,
};
use crate::{
    check::{
        environment::Environment,
        model::{
            expr::Expr,
            request::Follow,
            rules::{Outcome, Rules},
            system::Call,
        },
        types::{Place, SystemPlace, Typing},
    },
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, CallItem as I},
};
use std::sync::Arc;

/// How long is waited between two questions, and at most in all, if a file does not say.
const EVERY: u64 = 5;
const UP_TO: u64 = 10 * 60;

/// The longest time that a job is waited for.
const LONGEST: u64 = 24 * 60 * 60;

/// The statuses of an answer that says no more than that the job is known, or where to ask; 303 is the one for the result of a job.
const UNDER_WAY: [i64; 9] = [200, 202, 206, 300, 301, 302, 304, 307, 308];

impl Environment<'_> {
    /// The job of a call, if it has one.
    pub(super) fn follow(&self, call: &Call, written: &tree::Call, place: &SystemPlace<'_>) -> Option<Box<Follow<Expr>>> {
        let followed = written.items.iter().find_map(|item| if let I::Follow(follow) = item { Some(follow) } else { None })?;
        self.outcome_is_told_once(written, followed);
        self.times_are_sound(followed);
        let (job, own) = self.job(followed, call, place);
        let (every, up_to) = times(followed);
        (!job.path.is_broken()).then(|| Box::new(Follow { call: job, own: Arc::new(own), every_seconds: every, up_to_seconds: up_to }))
    }

    /// The call that asks for the job, and the rules of its block alone.
    fn job(&self, written: &tree::Follow, call: &Call, place: &SystemPlace<'_>) -> (Call, Rules<Expr>) {
        let answer = answer_place(place);
        let typing = Typing::new(self, Place::System(answer));
        let mut job = Call::new(self.method(&written.method, "follow"), self.call_path(&written.path, &typing), written.span);
        if matches!(written.path.parts.first(), Some(tree::TemplatePart::Expr(_)))
            && let Some(line) = written.items.iter().find_map(|item| if let I::Query(line) = item { Some(line) } else { None })
        {
            let message = "`query` does nothing here: a link of an answer is followed as it is given";
            self.report.error_help("E0522", line.span, message, "take it out, or write the path of the job: `follow GET \"/jobs/{$.id}\"`");
        }
        // Its lines sign the question in, as those of any other call do.
        let asking = Typing::new(self, Place::System(SystemPlace { secrets: true, own_secrets: &[], ..answer }));
        written.items.iter().for_each(|item| self.call_item(&mut job, item, &asking, place));
        self.is_done_or_fails(written.items.iter().filter_map(|item| if let I::Outcome(said) = item { Some(said) } else { None }), "a job");
        let own = self.rules(written.items.iter().filter_map(rule_line), place);
        self.job_ends(&own, written);
        if !job.sent().any(|sent| sent.any(&|part| names_the_answer(part) || part.is_broken())) {
            let help = "name what the first answer says of the job: `follow GET \"/jobs/{$.id}\"`";
            self.report.error_help("E0580", written.method.span, "this asks the same for every job, so it tells none from another", help);
        }
        // What the job says of all records is not said of each.
        job.rules = Arc::new(place.rules.cloned().unwrap_or_default());
        let each = written.items.iter().filter_map(|item| if let I::Each(each) = item { Some(each) } else { None });
        job.each = each.filter_map(|each| self.each_result(each, &job, place)).collect();
        job.rules = Arc::new(own.clone().before(&job.rules));
        if let Some(each) = job.each.first().filter(|_| call.batch.is_none()) {
            let help = "add `batch 100` to the call, or say where the record is: `item $.result`";
            self.report.error_help("E0521", each.items.span, "these are the results of a batch, and this call takes one record", help);
        }
        (job, own)
    }

    /// Refuses outcomes that mean nothing of something that is done or has failed.
    pub(super) fn is_done_or_fails<'t>(&self, rules: impl Iterator<Item = &'t tree::Outcome>, what: &str) {
        for said in rules {
            if let Some(outcome @ (Outcome::LastPage | Outcome::Removed | Outcome::Full | Outcome::Moved)) = Outcome::of(&said.outcome.text)
            {
                let message = format!("`{}` does not fit {what}, which is done or has failed", outcome.word());
                self.report.error_help("E0526", said.span, message, "take the line out, or move it to the call that it is meant for");
            }
        }
    }

    /// Without a rule for `done`, no answer would ever end the questions, and by one that rests on nothing the first answer would.
    fn job_ends(&self, own: &Rules<Expr>, written: &tree::Follow) {
        let refused = self.report.has_error_in(written.span) || written.items.iter().any(|item| matches!(item, I::Broken(_)));
        if !own.are_closed() && !refused {
            let help = "add a rule such as `done when $.status == \"completed\"`";
            self.report.error_help("E0580", written.span, "nothing says when this job is done", help);
        }
        let under_way = |when: &Expr| {
            UNDER_WAY.into_iter().any(|status| may_hold(when, Bare::Empty(status)))
                || choices(when).into_iter().any(|part| match names_status(part) {
                    true => UNDER_WAY.into_iter().any(|status| may_hold(part, Bare::Running(status))),
                    false => may_hold(part, Bare::UnderWay(UNDER_WAY[0])),
                })
        };
        for rule in own.outcomes.iter().filter(|rule| rule.outcome == Outcome::Done && under_way(&rule.when)) {
            let message = "this also holds for the answer of a job that is under way or has failed, so it would count as done";
            let help = "add what only the end has, such as `$.status == \"completed\"`, or name a status such as 303";
            self.report.error_help("E0580", rule.span, message, help);
        }
    }

    /// The first answer only names the job, so what it says of the record is not believed.
    fn outcome_is_told_once(&self, written: &tree::Call, followed: &tree::Follow) {
        for item in &written.items {
            let (span, line) = match item {
                I::Item(item) => (item.span, "item"),
                I::Key(key) => (key.span, "key"),
                I::Each(each) => (each.span, "items … by"),
                _ => continue,
            };
            let message = format!("`{line}` is read in the answer of the job, not in the one that names it");
            let diagnostic = Diagnostic::error("E0581", span, message).related(followed.method.span, "the job");
            self.report.say(diagnostic.help("move the line into the block of `follow`"));
        }
    }

    fn times_are_sound(&self, followed: &tree::Follow) {
        let (every, up_to) = times(followed);
        let refuse = |span: Span, message: &str| {
            self.report.error_help("E0580", span, message, "write `every 2 s up to 10 min`, from 1 s up to 24 h");
        };
        if every == 0 || up_to == 0 {
            refuse(followed.method.span, "a job is asked for at most once a second");
        } else if up_to > LONGEST {
            refuse(followed.method.span, "a job is waited for up to 24 h, and this is longer");
        } else if every > up_to {
            refuse(followed.method.span, "the time between two questions is longer than the whole time, so nothing would be asked");
        }
    }
}

/// Seconds between two questions, and in all.
fn times(followed: &tree::Follow) -> (u64, u64) {
    let seconds = |time: &Option<crate::value::Span>| time.as_ref().map(|time| u64::try_from(time.seconds()).unwrap_or(0));
    let up_to = seconds(&followed.up_to).unwrap_or_else(|| UP_TO.max(seconds(&followed.every).unwrap_or(0)));
    (seconds(&followed.every).unwrap_or(EVERY.min(up_to)), up_to)
}
