//! Settings and secrets: what can be set, what it is, where that comes from, and what the systems answer.

use super::{duration, pad};
use crate::{
    cli::terminal::{Format, Ink, Style, Terminal},
    engine::settings::{Entry, State, Verified},
    project::{Hint, Project, Verb, config::FILE},
};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

/// The screen, the lines or the JSON of a list.
#[must_use]
pub fn list(entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    match terminal.format {
        Format::Json | Format::Jsonl => format!("{:#}\n", json_list(entries, project)),
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

/// A fact a line; the words last, for they may hold blanks.
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
    let mut out = super::heading(style, &title, "", &project.config.environment, project.sandbox);
    let wide = |of: &dyn Fn(&Entry) -> String, most: usize| entries.iter().map(|entry| of(entry).width()).max().unwrap_or(0).min(most) + 2;
    let widths = [
        wide(&|entry| entry.used.name.clone(), 28),
        wide(&Entry::kind, 14),
        wide(&|entry| entry.value(project.sandbox), 36),
        wide(&|entry| entry.source(project.sandbox), 40),
    ];
    let mut owner = None;
    for entry in entries {
        if owner.as_ref() != Some(&entry.owner()) {
            let name = entry.owner();
            let heading = if name.is_empty() { "shared".to_owned() } else { name.clone() };
            out.push_str(&format!("\n{}\n", style.paint(Ink::Bold, &heading)));
            owner = Some(name);
        }
        out.push_str(&row(entry, project.sandbox, widths, terminal));
    }
    style.plainly(&out)
}

fn row(entry: &Entry, sandbox: bool, widths: [usize; 4], terminal: &Terminal) -> String {
    let style = terminal.style;
    let cells = [entry.used.name.clone(), entry.kind(), entry.value(sandbox), entry.source(sandbox)];
    let mut out = String::from("  ");
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let padded = pad(cell, width);
        let open = at == 2 && entry.is_open() && !(sandbox && entry.used.secret);
        out.push_str(&if open { style.paint(Ink::Yellow, &padded) } else { padded });
    }
    out.push_str(&style.paint(Ink::Dim, entry.used.words.as_deref().unwrap_or_default()));
    let mut out = format!("{}\n", out.trim_end());
    let mut below = |sign: &str, ink: Ink, text: &str| out.push_str(&format!("      {} {}\n", style.paint(ink, sign), text));
    if let Some(why) = &entry.wrong {
        below("✗", Ink::Red, why);
    }
    for choice in entry.choices() {
        below("·", Ink::Dim, &choice.words.as_ref().map_or_else(|| choice.value.clone(), |words| format!("{}   {words}", choice.value)));
    }
    match &entry.live {
        Some(Err(why)) => below("✗", Ink::Yellow, &format!("not asked: {why}")),
        Some(Ok(choices)) if choices.is_empty() => below("·", Ink::Dim, "there is nothing to choose from"),
        None if entry.used.live.is_some() => {
            below("·", Ink::Dim, &format!("its choices are asked for: {}", terminal.command(&Hint::of(Verb::Settings, &entry.name))))
        }
        _ => {}
    }
    out
}

/// The screen, the lines or the JSON of what the systems answered, and of each setting.
#[must_use]
pub fn verified(all: &[Verified], entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    let (style, sandbox) = (terminal.style, project.sandbox);
    match terminal.format {
        Format::Json | Format::Jsonl => {
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
    format!("{} {}{words}\n", style.paint(ink, sign), pad(&entry.name, width))
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
    let name = pad(&one.system, width);
    match &one.answer {
        Ok((identity, Some(took))) => {
            let took = duration(took.as_millis() as u64);
            format!("{} {name}answered in {took}   {}\n", style.paint(Ink::Green, "✓"), style.paint(Ink::Dim, identity))
        }
        Ok((identity, None)) => {
            format!("{} {name}has nothing to be asked   {}\n", style.paint(Ink::Green, "✓"), style.paint(Ink::Dim, identity))
        }
        Err((_, why)) => format!("{} {name}{why}\n", style.paint(Ink::Red, "✗")),
    }
}

fn verified_line(one: &Verified) -> String {
    match &one.answer {
        Ok((_, Some(took))) => format!("verified {} ok ms={}\n", one.system, took.as_millis()),
        Ok((_, None)) => format!("verified {} ok not_asked\n", one.system),
        Err((_, why)) => format!("verified {} failed reason=\"{}\"\n", one.system, why.replace('"', "'")),
    }
}
