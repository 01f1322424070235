//! `restage`: later steps of leaves that come earlier, for those who have left too.

use crate::{
    cli::{
        args::{Common, Restage as Args},
        by,
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
        views::count,
    },
    diagnose::screen_text::printable,
    engine::restage::{Earlier, Restage},
    project::{Hint, Verb},
};
use std::fmt::Write as _;

/// How many people of a step are named.
const NAMED: usize = 10;

/// Shows which steps would come earlier; and, once their number is confirmed, lets them.
pub async fn restage(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, _) = open(common, terminal)?;
    let restage = workspace.restage(args.pipeline.as_deref(), args.confirm, &by()).await?;
    let Restage { pipeline, .. } = &restage;
    let people = restage.people();
    if people == 0 {
        terminal.print(&format!("no step of {pipeline} comes earlier by the file than it was announced\n"));
        return Ok(Exit::Done);
    }
    if args.confirm.is_some_and(|number| number != people) {
        return Err(Failure::new(
            Exit::Held,
            format!("nothing was changed: {} come earlier; run without `--confirm` to see them", steps(people)),
        ));
    }
    terminal.print(&text(&restage, args.confirm.is_some(), terminal.people));
    let next = match args.confirm {
        Some(_) => Hint::of(Verb::Plan, pipeline),
        None => Hint { args: vec![pipeline.clone(), "--confirm".to_owned(), people.to_string()], ..Hint::of(Verb::Restage, pipeline) },
    };
    terminal.next(&next);
    Ok(Exit::Done)
}

fn steps(number: usize) -> String {
    count(number as u64, "step")
}

fn text(restage: &Restage, done: bool, people: bool) -> String {
    let Restage { pipeline, steps: each, .. } = restage;
    let (all, due) = (restage.people(), restage.due());
    let mut out = String::new();
    for (step, earlier) in each {
        let _ = writeln!(out, "{}: {} of {pipeline}", printable(step), steps(earlier.len()));
        let named = if people { &earlier[..earlier.len().min(NAMED)] } else { &[] };
        for Earlier { key, before, after } in named {
            let _ = writeln!(out, "  {}  {after} instead of {before}", printable(key));
        }
        if !named.is_empty() && earlier.len() > named.len() {
            let _ = writeln!(out, "  and {} more", earlier.len() - named.len());
        }
    }
    let verb = if done { "come earlier now" } else { "would come earlier" };
    let end = if done { "the next change set shows those" } else { "nothing was changed" };
    let _ = writeln!(out, "{} {verb}, {due} of them due by today: {end}", steps(all));
    out
}
