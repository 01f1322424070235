//! Settings and secrets: what can be set, the present values and their origin, and the answers of the systems.

use super::{duration, pad};
use crate::{
    cli::terminal::{Format, Ink, Style, Terminal},
    diagnose::layout::{self, Column, Table},
    engine::settings::{Entry, State, Verified},
    project::{Hint, Project, Verb, config::FILE},
};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

/// The screen, the lines or the JSON of a list.
#[must_use]
pub fn list(entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    match terminal.format {
        Format::Json => format!("{:#}\n", json_list(entries, project)),
        Format::Jsonl => entries.iter().map(|entry| format!("{}\n", json_entry(entry, project.sandbox))).collect(),
        Format::Text => text(entries, project, terminal),
        _ => entries.iter().map(|entry| line(entry, project.sandbox)).collect(),
    }
}

fn json_list(entries: &[Entry], project: &Project) -> Json {
    let all: Vec<_> = entries.iter().map(|entry| json_entry(entry, project.sandbox)).collect();
    json!({ "format": 1, "environment": project.config.environment, "settings": all })
}

fn json_entry(entry: &Entry, sandbox: bool) -> Json {
    let choices: Vec<_> = entry.choices().into_iter().map(|choice| json!({ "value": choice.value, "words": choice.words })).collect();
    let asked = entry.live.as_ref().map(|live| live.as_ref().err());
    json!({
        "name": entry.name,
        "owner": entry.owner(),
        "type": entry.kind(),
        "secret": entry.used.secret,
        "required": entry.used.required,
        "value": if entry.used.secret { None } else { entry.used.value.clone() },
        "source": entry.source(sandbox),
        "words": entry.used.words,
        "matches": entry.used.matches,
        "choices": choices,
        "live": entry.used.live.is_some(),
        "not_asked": asked.flatten(),
        "wrong": entry.wrong,
        "pipelines": entry.pipelines,
    })
}

/// One fact per line. The texts come last, because they may contain blanks.
fn line(entry: &Entry, sandbox: bool) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "'"));
    let state = match entry.state(sandbox) {
        State::Wrong(_) => "wrong",
        State::Missing => "missing",
        State::Ok | State::Unknown(_) => "ok",
    };
    let mut out = format!(
        "setting {} {state} type={} value={} source={}",
        entry.name,
        quoted(&entry.kind()),
        quoted(&entry.value(sandbox)),
        quoted(&entry.source(sandbox))
    );
    for (name, words) in [("reason", &entry.wrong), ("words", &entry.used.words)] {
        out.push_str(&words.as_ref().map(|words| format!(" {name}={}", quoted(words))).unwrap_or_default());
    }
    out.push('\n');
    for choice in entry.choices() {
        let words = choice.words.map(|words| format!(" words={}", quoted(&words))).unwrap_or_default();
        out.push_str(&format!("choice {} {}{words}\n", entry.name, quoted(&choice.value)));
    }
    if let Some(Err(why)) = &entry.live {
        out.push_str(&format!("not_asked {} reason={}\n", entry.name, quoted(why)));
    }
    out
}

fn text(entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    let style = terminal.style;
    let title = format!("settings in {}", project.folder.join(FILE).display());
    let heading = super::heading(style, &title, "", &project.config.environment, project.sandbox);
    if entries.is_empty() {
        return style.plainly(&heading);
    }
    style.plainly(&format!("{heading}\n{}", table(entries, project.sandbox, terminal).text(style)))
}

/// One table for all, so that the heads are printed once; the settings of each owner below its name.
fn table(entries: &[Entry], sandbox: bool, terminal: &Terminal) -> Table {
    let style = terminal.style;
    let mut table = Table::new(2, COLUMNS);
    let mut owner = None;
    for entry in entries {
        if owner != Some(entry.owner()) {
            let name = entry.owner();
            table.title(&format!("\n{}\n", style.paint(Ink::Bold, if name.is_empty() { "shared" } else { &name })));
            owner = Some(name);
        }
        table.row(cells(entry, sandbox, style), "");
        table.below(&notes(entry, terminal));
    }
    table
}

/// The columns of the list; where the screen is narrow, type and origin are left out.
const COLUMNS: [Column; 5] = [
    Column::text("setting"),
    Column::text("type").dropped(2),
    Column::text("value").at_most(23),
    Column::text("from").at_most(20).dropped(1),
    Column::text("meaning"),
];

fn cells(entry: &Entry, sandbox: bool, style: Style) -> Vec<String> {
    let open = entry.is_open() && !(sandbox && entry.used.secret);
    let value = if open { style.paint(Ink::Yellow, &entry.value(sandbox)) } else { entry.value(sandbox) };
    let words = style.paint(Ink::Dim, entry.used.words.as_deref().unwrap_or_default());
    vec![entry.used.name.clone(), entry.kind(), value, entry.source(sandbox), words]
}

/// The problem of a setting, and its choices.
fn notes(entry: &Entry, terminal: &Terminal) -> String {
    let style = terminal.style;
    let note = |sign: &str, ink: Ink, text: &str| layout::row(style, &format!("      {} ", style.paint(ink, sign)), text, "");
    let mut out = entry.wrong.as_ref().map(|why| note("✗", Ink::Red, why)).unwrap_or_default();
    for choice in entry.choices() {
        let words = choice.words.as_ref().map_or_else(String::new, |words| format!("   {words}"));
        out.push_str(&note("·", Ink::Dim, &format!("{}{words}", choice.value)));
    }
    out + &match &entry.live {
        Some(Err(why)) => note("✗", Ink::Yellow, &format!("not asked: {why}")),
        Some(Ok(choices)) if choices.is_empty() => note("·", Ink::Dim, "there is nothing to choose from"),
        None if entry.used.live.is_some() => {
            note("·", Ink::Dim, &format!("its choices are asked for: {}", terminal.command(&Hint::of(Verb::Settings, &entry.name))))
        }
        _ => String::new(),
    }
}

/// The screen, the lines or the JSON of the answers of the systems and the state of each setting.
#[must_use]
pub fn verified(all: &[Verified], entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    let (style, sandbox) = (terminal.style, project.sandbox);
    match terminal.format {
        Format::Jsonl => {
            let all = all.iter().map(json_verified).chain(entries.iter().map(|entry| json_judged(entry, sandbox)));
            all.map(|one| format!("{one}\n")).collect()
        }
        Format::Json => {
            let systems: Vec<_> = all.iter().map(json_verified).collect();
            let settings: Vec<_> = entries.iter().map(|entry| json_judged(entry, sandbox)).collect();
            let all = json!({ "format": 1, "environment": project.config.environment, "systems": systems, "settings": settings });
            format!("{all:#}\n")
        }
        Format::Text => {
            let names = all.iter().map(|one| one.system.width()).chain(entries.iter().map(|entry| entry.name.width()));
            let width = names.max().unwrap_or(0) + 2;
            let systems = all.iter().map(|one| verified_row(one, width, style));
            let settings = entries.iter().map(|entry| judged_row(entry, sandbox, width, terminal));
            style.plainly(&systems.chain(settings).collect::<String>())
        }
        _ => all.iter().map(verified_line).chain(entries.iter().map(|entry| judged_line(entry, sandbox))).collect(),
    }
}

/// `ok`, `wrong`, `missing` or `cannot tell`, and why.
fn judged(entry: &Entry, sandbox: bool) -> (&'static str, Option<&str>) {
    match entry.state(sandbox) {
        State::Ok => ("ok", None),
        State::Wrong(why) => ("wrong", Some(why)),
        State::Missing => ("missing", None),
        State::Unknown(why) => ("cannot tell", Some(why)),
    }
}

fn json_judged(entry: &Entry, sandbox: bool) -> Json {
    let (state, why) = judged(entry, sandbox);
    json!({ "name": entry.name, "state": state, "reason": why })
}

fn judged_row(entry: &Entry, sandbox: bool, width: usize, terminal: &Terminal) -> String {
    let style = terminal.style;
    let (sign, ink, words) = match entry.state(sandbox) {
        State::Ok => ("✓", Ink::Green, style.paint(Ink::Dim, &entry.value(sandbox))),
        State::Wrong(why) => ("✗", Ink::Red, why.to_owned()),
        State::Missing => ("✗", Ink::Red, format!("has no value: {}", terminal.command(&entry.set_by()))),
        State::Unknown(why) => ("?", Ink::Yellow, format!("cannot tell: {why}")),
    };
    layout::row(style, &format!("{} {}", style.paint(ink, sign), pad(&entry.name, width)), &words, "")
}

fn judged_line(entry: &Entry, sandbox: bool) -> String {
    let (state, why) = judged(entry, sandbox);
    let reason = why.map(|why| format!(" reason=\"{}\"", why.replace('"', "'"))).unwrap_or_default();
    format!("judged {} {}{reason}\n", entry.name, state.replace(' ', "_"))
}

fn json_verified(one: &Verified) -> Json {
    match &one.answer {
        Ok((identity, took)) => {
            json!({ "system": one.system, "ok": true, "identity": identity, "milliseconds": took.map(|took| took.as_millis() as u64) })
        }
        Err((_, why)) => json!({ "system": one.system, "ok": false, "reason": why }),
    }
}

fn verified_row(one: &Verified, width: usize, style: Style) -> String {
    let (sign, ink, words) = match &one.answer {
        Ok((identity, Some(took))) => {
            ("✓", Ink::Green, format!("answered in {}   {}", duration(took.as_millis() as u64), style.paint(Ink::Dim, identity)))
        }
        Ok((identity, None)) => ("✓", Ink::Green, style.paint(Ink::Dim, &format!("{identity}: no sign-in to check"))),
        Err((_, why)) => ("✗", Ink::Red, why.clone()),
    };
    layout::row(style, &format!("{} {}", style.paint(ink, sign), pad(&one.system, width)), &words, "")
}

fn verified_line(one: &Verified) -> String {
    match &one.answer {
        Ok((_, Some(took))) => format!("verified {} ok ms={}\n", one.system, took.as_millis()),
        Ok((_, None)) => format!("verified {} ok not_asked\n", one.system),
        Err((_, why)) => format!("verified {} failed reason=\"{}\"\n", one.system, why.replace('"', "'")),
    }
}
