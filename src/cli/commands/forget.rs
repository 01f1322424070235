//! `forget`: removes what is kept here of one person.

use crate::{
    cli::{
        args::{Common, Forget as Args},
        by,
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
        views::count,
    },
    diagnose::screen_text::printable,
    engine::ForgottenPerson,
};

/// Forgets a key, or lets a forgotten one be planned again.
pub fn forget(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let key = printable(&args.key).into_owned();
    if args.lift {
        let (pipeline, was) = workspace.remember(args.pipeline.as_deref(), &args.key)?;
        let words = if was { "is planned again" } else { "was not forgotten" };
        terminal.print(&format!("{key} of {pipeline} {words}\n"));
        return Ok(Exit::Done);
    }
    let forgotten = workspace.forget(args.pipeline.as_deref(), &args.key, &by())?;
    terminal.print(&text(&key, &forgotten));
    Ok(Exit::Done)
}

fn text(key: &str, forgotten: &ForgottenPerson) -> String {
    let ForgottenPerson { pipeline, also, removed, files } = forgotten;
    let parts = [
        count(removed.accounts.len() as u64, "link"),
        count(removed.errors as u64, "error"),
        count(removed.others as u64, "other row"),
        count(*files as u64, "file"),
    ];
    let also: String = also.iter().map(|other| format!("  and {} of {}\n", printable(&other.key), other.pipeline)).collect();
    let accounts = match removed.accounts.as_slice() {
        [] => String::new(),
        ids => format!("  accounts in the target, which stay as they are: {}\n", printable(&ids.join(", "))),
    };
    let known = !removed.accounts.is_empty() || removed.errors + removed.others + files > 0 || !also.is_empty();
    let unknown = if known { "" } else { "  nothing was known of this key: look whether it is spelt as `show` prints it\n" };
    format!(
        "forgot {key} of {pipeline}: {}\n{unknown}{also}{accounts}  not reached: what both systems have, backups of this folder, logs of earlier runs, and files that you made of them\n  the key is held until `counterpart forget {key} --lift`; change sets name it as long as the source has it\n",
        parts.join(", ")
    )
}
