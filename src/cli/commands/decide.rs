//! `decide`: what a person says about single records.

use crate::{
    cli::{
        args::{Common, Decide as Args},
        by,
        exit::Exit,
        failure::Failure,
        listed::{Columns, Row},
        open,
        terminal::Terminal,
        views::count,
    },
    diagnose::screen_text::printable,
    engine::{
        Workspace,
        decide::{DecisionMade, DecisionsMade, Question, Wish, words},
    },
    project::{Hint, Verb},
    state::decisions::Choice,
};

/// The key that stands for a list on standard input.
const LIST: &str = "-";

const COLUMNS: Columns<'static> = Columns {
    needed: &["key", "choice"],
    optional: &["account", "why"],
    refusal: "nothing was decided",
    example: "counterpart decide - < FILE",
};

/// Decides about one record, or about those of a list.
pub fn decide(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.key == LIST {
        return decide_list(args, common, terminal);
    }
    let (workspace, _) = open(common, terminal)?;
    let (choice, account) = match args.choice {
        Some(choice) => (choice, args.account.clone()),
        None => ask(&workspace.question(args.pipeline.as_deref(), &args.key)?, terminal)?,
    };
    let wish = Wish { key: args.key.clone(), choice, account, why: args.why.clone().unwrap_or_default(), place: args.key.clone() };
    finish(&workspace, args, &[wish], terminal)
}

fn decide_list(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.choice.is_some() {
        return Err(Failure::command("nothing was decided: a list says of each record what is chosen, so `decide -` takes no choice"));
    }
    let wishes = COLUMNS.read()?.into_iter().map(|row| wish(row, args)).collect::<Result<Vec<_>, _>>()?;
    let (workspace, _) = open(common, terminal)?;
    let leaves = wishes.iter().filter(|wish| wish.choice == Choice::Leave).count();
    if leaves > 0 {
        confirm(leaves, common, terminal)?;
    }
    finish(&workspace, args, &wishes, terminal)
}

fn wish(row: Row, args: &Args) -> Result<Wish, Failure> {
    let Row { place, cells } = row;
    let [key, choice, account, why] = cells.try_into().unwrap_or_default();
    let choice = choice.trim().parse().map_err(|error| Failure::command(format!("nothing was decided: {place}: {error}")))?;
    let why = if why.is_empty() { args.why.clone().unwrap_or_default() } else { why };
    Ok(Wish { key, choice, account: Some(account).filter(|account| !account.is_empty()), why, place })
}

fn finish(workspace: &Workspace, args: &Args, wishes: &[Wish], terminal: &Terminal) -> Result<Exit, Failure> {
    let decided = workspace.decide(args.pipeline.as_deref(), wishes, &by())?;
    terminal.print(&text(&decided, args.key == LIST));
    terminal.next(&Hint::of(Verb::Plan, &decided.pipeline));
    Ok(Exit::Done)
}

fn text(decided: &DecisionsMade, list: bool) -> String {
    let DecisionsMade { pipeline, made } = decided;
    let from =
        |made: &DecisionMade| made.from.as_ref().map(|from| format!(", which was linked to {}", printable(from))).unwrap_or_default();
    let one = |made: &DecisionMade| {
        let words = printable(&made.decision.words()).into_owned();
        format!("decided {} of {pipeline}: {words}{}{}\n", printable(&made.decision.key), from(made), when(made))
    };
    if list { format!("decided about {} of {pipeline}\n", count(made.len() as u64, "record")) } else { made.iter().map(one).collect() }
}

/// When a decision is carried out, if that is not in the next run.
fn when(made: &DecisionMade) -> &'static str {
    match made.decision.choice {
        Choice::Leave if !made.linked => "; the next run links it with its account, and it leaves in the run after that",
        _ => "",
    }
}

/// Asks at the terminal what is chosen.
fn ask(question: &Question, terminal: &Terminal) -> Result<(Choice, Option<String>), Failure> {
    let Question { pipeline, record, choices } = question;
    let key = printable(&record.key).into_owned();
    let detail = Some(printable(&record.detail)).filter(|detail| terminal.people && !detail.is_empty());
    let about = detail.map_or_else(|| record.reason.to_string(), |detail| format!("{}: {detail}", record.reason));
    if choices.is_empty() {
        return Err(Failure::command(format!("{key} of {pipeline} is {}, which no decision ends: {}", record.reason, record.advice)));
    }
    if !terminal.can_ask {
        return Err(Failure::command(format!("nothing was decided: {key} is {}; say what: {}", record.reason, words(choices))));
    }
    terminal.say(&format!("{key} of {pipeline}: {about}"));
    let chosen = answer(&format!("{}? › ", words(choices)), terminal)?;
    let mut parts = chosen.split_whitespace();
    let choice = parts.next().unwrap_or_default().parse().map_err(|error| Failure::command(format!("nothing was decided: {error}")))?;
    let needs = choice == Choice::Link || choice == Choice::Leave && record.target.is_none();
    let account = match parts.next() {
        None if needs => Some(answer("the id of the account? › ", terminal)?),
        given => given.map(str::to_owned),
    };
    Ok((choice, account))
}

/// The leaves of a list are confirmed by their number.
fn confirm(leaves: usize, common: &Common, terminal: &Terminal) -> Result<(), Failure> {
    let leave = count(leaves as u64, "record");
    if !terminal.can_ask_beside_a_list(common.no_input) {
        return Err(Failure::new(
            Exit::Held,
            format!("nothing was decided: {leave} of the list would leave, and a person confirms their number at a terminal"),
        ));
    }
    let given = answer("how many records of the list will leave? › ", terminal)?;
    if given.parse() == Ok(leaves) {
        return Ok(());
    }
    Err(Failure::new(Exit::Held, format!("nothing was decided: the answer was `{}`, and {leave} would leave", printable(&given))))
}

fn answer(question: &str, terminal: &Terminal) -> Result<String, Failure> {
    terminal.ask(question).map_err(|error| Failure::unanswered(&error, "nothing was decided"))
}
