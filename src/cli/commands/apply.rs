//! `apply`: exactly the change set that was named, or nothing and why.

use crate::{
    cli::{
        args::{Apply as Args, Common},
        failure::{Exit, Failure},
        terminal::Terminal,
        views::{count, number},
    },
    engine::{
        change_sets,
        run_session::{self, RunSession},
        session::Session,
    },
    project::folder::Project,
    run::{
        apply::preflight::{Look, Present, Refusal, by_get, by_read, how_to_look, out_of_date},
        change_set::{ChangeSet, Verdict},
    },
    state::change_sets::ChangeSetRow,
};
use std::time::Instant;

/// Makes a saved change set, after everything that could have moved was looked at once more.
pub async fn apply(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.change_set.starts_with("c-") {
        return Err(Failure::command(format!(
            "`{}` is no change set: their ids begin with c-, as `counterpart plan` prints them",
            args.change_set
        )));
    }
    let begun = Instant::now();
    let project = Project::open(common)?;
    let (_, row) = change_sets::find(&args.change_set, &project)?;
    let set = change_sets::load(&row, &project)?;
    let session = Session::open(Some(&row.pipeline), common, terminal, None).await?;
    let mut work = RunSession::begin(&session, begun)?;
    if let Some(refusal) = stands_against(&set, &row, &session).await? {
        work.refused(&set, &refusal.why)?;
        return Err(refused(&set, &refusal, &session));
    }
    agree(&set, terminal)?;
    work.recover().await?;
    work.apply(&set, None).await?;
    run_session::finish(&work, &set, terminal)
}

/// What stands against it: what can be seen here first, then its leavers at the source.
async fn stands_against(set: &ChangeSet, row: &ChangeSetRow, session: &Session) -> Result<Option<Refusal>, Failure> {
    let present = Present { plan: &session.plan, store: &session.store, link_set: &session.set.id, now: session.clock.now };
    if let Some(refusal) = out_of_date(set, row, &present)? {
        return Ok(Some(refusal));
    }
    match how_to_look(set, &session.plan) {
        Look::Nobody => Ok(None),
        Look::Each => {
            let asked = by_get(set, &session.plan, session.clock, &session.source).await;
            asked.map_err(|error| {
                Failure::stopped(format!("nothing was written: a leaver could not be asked for at the source: {}", error.message))
            })
        }
        Look::Whole => Ok(by_read(set, &session.look_at_all().await?)),
    }
}

fn refused(set: &ChangeSet, refusal: &Refusal, session: &Session) -> Failure {
    let moved: String = refusal.moved.iter().map(|line| format!("\n  {line}")).collect();
    let made = set.made_at.strftime("%Y-%m-%d %H:%M UTC");
    let message = format!("refused, nothing was written: {} was made at {made} and {}{moved}", set.id, refusal.why);
    Failure::new(Exit::OutOfDate, message).next(format!("counterpart plan {}", session.plan.name))
}

/// What a guard holds is applied only by somebody who says how many will leave.
fn agree(set: &ChangeSet, terminal: &Terminal) -> Result<(), Failure> {
    if !set.is_held() {
        return Ok(());
    }
    let leavers = set.of(Verdict::Leave).count() as u64;
    let why = held_words(set);
    if !terminal.can_ask {
        return Err(Failure::new(Exit::Held, format!("nothing was written: {why}; somebody at a terminal has to say how many will leave")));
    }
    eprintln!("{why}");
    eprint!(
        "{}",
        terminal.style.plainly(&format!("{} will be written. how many will leave? › ", count(set.operations.len() as u64, "record")))
    );
    let typed = console::Term::stderr()
        .read_line()
        .map_err(|error| Failure::stopped(format!("nothing was written: the answer can't be read: {error}")))?;
    if typed.trim().parse() == Ok(leavers) {
        return Ok(());
    }
    Err(Failure::new(Exit::Held, format!("nothing was written: {} will leave, and the answer was `{}`", number(leavers), typed.trim())))
}

/// `41 of 264 leavers, over "at most 10% or 5"`
pub(super) fn held_words(set: &ChangeSet) -> String {
    let tripped = set.guards.iter().filter(|guard| !guard.within);
    let guards = tripped.map(|guard| format!("{} {} of {}, over \"{}\"", guard.what, number(guard.count), number(guard.of), guard.limit));
    guards.chain(set.doubts.iter().cloned()).collect::<Vec<_>>().join("; ")
}
