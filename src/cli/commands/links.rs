//! `export` and `import`: links as a list.

use crate::{
    cli::{
        args::{Common, Export, Import},
        by,
        exit::Exit,
        failure::Failure,
        open,
        terminal::{Format, Terminal},
        views::{count, links as screen},
    },
    engine::links::ListedLink,
    project::{Hint, Verb},
    value::encoding::MARK,
};
use std::{fmt::Display, io::Read as _};

/// The most that is read from standard input.
const LONGEST_LIST: u64 = 256 << 20;

/// Prints the links of a pipeline.
pub fn export(args: &Export, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let links = workspace.export_links(args.pipeline.as_deref())?;
    match terminal.format {
        Format::Jsonl => terminal.print(&screen::listed_jsonl(&links)),
        _ => terminal.raw(&screen::listed_csv(&links)),
    }
    Ok(Exit::Done)
}

/// Links the records of a list from standard input with their accounts.
pub async fn import(args: &Import, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LONGEST_LIST + 1).read_to_string(&mut text);
    read.map_err(|error| unusable(format!("standard input can't be read: {error}")))?;
    if text.len() as u64 > LONGEST_LIST {
        return Err(unusable("the list is longer than 256 MB; import it in parts"));
    }
    let listed = listed(&text)?;
    let (mut workspace, _) = open(common, terminal)?;
    let imported = workspace.import_links(args.pipeline.as_deref(), &listed, &by()).await?;
    let known = if imported.known > 0 { format!(", {} there already", imported.known) } else { String::new() };
    terminal.print(&format!("linked {} of {}{known}\n", count(imported.linked, "record"), imported.pipeline));
    terminal.next(&Hint::of(Verb::Plan, &imported.pipeline));
    Ok(Exit::Done)
}

/// A list that is refused before the project is opened.
fn unusable(why: impl Display) -> Failure {
    Failure::command(format!("nothing was linked: {why}"))
}

/// A list in CSV with the columns `key` and `account`, or in JSON lines with these members.
fn listed(text: &str) -> Result<Vec<ListedLink>, Failure> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    match text.trim_start().chars().next() {
        None => Err(unusable("nothing came on standard input; a list in a file: counterpart import < FILE")),
        Some('{') => text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(line, at)| listed_json(line, at)).collect(),
        Some(_) => listed_csv(text),
    }
}

fn listed_json(line: &str, at: usize) -> Result<ListedLink, Failure> {
    let place = format!("line {at}");
    let json: serde_json::Value = serde_json::from_str(line).map_err(|_| unusable(format!("{place} is not JSON")))?;
    let member = |name: &str| match &json[name] {
        serde_json::Value::String(text) => Ok(text.clone()),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(unusable(format!("{place} has no `{name}`: each line is an object with `key` and `account`"))),
    };
    Ok(ListedLink { key: member("key")?, account: member("account")?, place })
}

fn listed_csv(text: &str) -> Result<Vec<ListedLink>, Failure> {
    // With `\r\n`, the reader counts lines from the end of the one before.
    let text = &text.replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names = reader.headers().map_err(unusable)?.clone();
    let column = |name: &str| {
        let found = names.iter().position(|each| each.trim().eq_ignore_ascii_case(name));
        found.ok_or_else(|| unusable(format!("the list has no column `{name}`: its first line names `key` and `account`")))
    };
    let (key, account) = (column("key")?, column("account")?);
    let row = |row: Result<::csv::StringRecord, ::csv::Error>| {
        let row = row.map_err(unusable)?;
        let line = row.position().map_or(0, ::csv::Position::line);
        let cell = |at: usize| screen::from_spreadsheet(row.get(at).unwrap_or_default()).to_owned();
        Ok(ListedLink { key: cell(key), account: cell(account), place: format!("line {line}") })
    };
    reader.into_records().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<(String, String, String)>, String> {
        Ok(listed(text).map_err(|failure| failure.to_string())?.into_iter().map(|one| (one.key, one.account, one.place)).collect())
    }

    #[test]
    fn a_list_is_read_as_csv_or_as_json_lines() {
        let one = |key: &str, account: &str, place: &str| (key.to_owned(), account.to_owned(), place.to_owned());
        let both = || Ok(vec![one("1", "a,b", "line 2"), one("-2", "7", "line 3")]);
        assert_eq!(pairs("\u{feff}Key,name,Account\n1,x,\"a,b\"\n'-2,y,7\n"), both());
        assert_eq!(pairs("account;key\r\na,b;1\r\n7;-2\r\n"), both().map_err(|error: String| error));
        assert_eq!(pairs("\n{\"key\": \"1\", \"account\": \"a,b\"}\n{\"account\": 7, \"key\": \"-2\"}\n"), both());
    }

    #[test]
    fn a_list_that_is_none_is_refused_with_the_line() {
        for (text, says) in [
            ("", "nothing came"),
            ("number,account\n1,2\n", "no column `key`"),
            ("key,account\n1\n", "line: 2"),
            ("{\"key\": 1}\n", "line 1 has no `account`"),
            ("{\"key\": 1, \"account\": 2}\nx\n", "line 2 is not JSON"),
        ] {
            let said = pairs(text).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
