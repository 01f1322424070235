//! `suggest`: proposes lines of `map` from the records of both systems. Sends no writing request.

use crate::{
    cli::{
        args::{Common, Suggest as Args},
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
        views::suggest as screen,
    },
    engine::{Workspace, suggest::Suggestions},
    project::{Hint, Verb},
};

/// Proposes lines for the attributes that no line of `map` writes yet.
pub async fn suggest(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, _) = open(common, terminal)?;
    let suggestions = workspace.suggest(args.pipeline.as_deref()).await?;
    terminal.print(&screen::print(&suggestions.lines, &suggestions.pairs, terminal));
    if suggestions.only_names {
        terminal.say("what was sent can't be read back: only names were compared");
    }
    if !suggestions.not_compared.is_empty() {
        let names: Vec<_> = suggestions.not_compared.iter().map(|name| format!("`{name}`")).collect();
        terminal.say(&format!("not compared, because only `get` shows it: {}", names.join(", ")));
    }
    if args.write {
        return write(&workspace, &suggestions, terminal);
    }
    if suggestions.lines.iter().any(|line| line.sure) {
        terminal.next(&Hint::of(Verb::Suggest, &suggestions.pipeline.name).and("--write"));
    }
    Ok(Exit::Done)
}

fn write(workspace: &Workspace, suggestions: &Suggestions, terminal: &Terminal) -> Result<Exit, Failure> {
    let written = workspace.write_suggestions(suggestions)?;
    if written == 0 {
        terminal.say("note: nothing was written: no suggestion is sure");
        return Ok(Exit::Done);
    }
    terminal.say(&format!("wrote {written} lines into {}", suggestions.pipeline.file.display()));
    terminal.next(&Hint::of(Verb::Plan, &suggestions.pipeline.name));
    Ok(Exit::Done)
}
