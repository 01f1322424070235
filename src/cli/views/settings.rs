//! Settings and secrets: what can be set, the present values and their origin, and the answers of the systems.

use super::{duration, pad};
use crate::{
    cli::terminal::{Format, Ink, Style, Terminal},
    diagnose::{
        layout::{self, Column, Table},
        screen_text::printable,
    },
    engine::settings::{Entry, State, Verified},
    project::{Hint, Project, Verb, config::FILE},
    state::origins::TrustedOrigin,
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

/// The facts of one setting, which every format prints. Serialized, it is the JSON of the setting.
#[derive(Debug, Serialize)]
struct SettingView<'e> {
    name: &'e str,
    owner: String,
    #[serde(rename = "type")]
    kind: String,
    secret: bool,
    required: bool,
    /// The value itself; none of a secret.
    value: Option<&'e str>,
    source: String,
    words: Option<&'e str>,
    matches: Option<&'e str>,
    choices: Vec<ChoiceView>,
    /// Whether its choices come from the system.
    live: bool,
    /// Why the system could not be asked for the choices.
    not_asked: Option<String>,
    wrong: Option<&'e str>,
    pipelines: &'e [String],
    /// The value as people read it: `••••`, `not set`.
    #[serde(skip)]
    shown: String,
    /// `ok`, `wrong` or `missing`, in lines.
    #[serde(skip)]
    state: &'static str,
}

#[derive(Debug, Serialize)]
struct ChoiceView {
    value: String,
    words: Option<String>,
}

impl<'e> SettingView<'e> {
    fn of(entry: &'e Entry, sandbox: bool) -> Self {
        let used = &entry.used;
        Self {
            name: &entry.name,
            owner: entry.owner(),
            kind: entry.kind(),
            secret: used.secret,
            required: used.required,
            value: used.value.as_deref().filter(|_| !used.secret),
            source: entry.source(sandbox),
            words: used.words.as_deref(),
            matches: used.matches.as_deref(),
            choices: entry.choices().into_iter().map(|choice| ChoiceView { value: choice.value, words: choice.words }).collect(),
            live: used.live.is_some(),
            not_asked: entry.live.as_ref().and_then(|live| live.as_ref().err()).map(ToString::to_string),
            wrong: entry.wrong.as_deref(),
            pipelines: &entry.pipelines,
            shown: entry.value(sandbox),
            state: match entry.state(sandbox) {
                State::Wrong(_) => "wrong",
                State::Missing => "missing",
                State::Ok | State::Unknown(_) => "ok",
            },
        }
    }

    fn json(&self) -> Json {
        // A view has text keys only, so that it can always be serialized.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// One fact per line. The texts come last, because they may contain blanks.
    fn line(&self) -> String {
        let Self { name, state, .. } = self;
        let (kind, value, source) = (quoted(&self.kind), quoted(&self.shown), quoted(&self.source));
        let mut out = format!("setting {name} {state} type={kind} value={value} source={source}");
        for (fact, text) in [("reason", self.wrong), ("words", self.words)] {
            out.push_str(&text.map(|text| format!(" {fact}={}", quoted(text))).unwrap_or_default());
        }
        out.push('\n');
        for choice in &self.choices {
            let words = choice.words.as_ref().map(|words| format!(" words={}", quoted(words))).unwrap_or_default();
            out.push_str(&format!("choice {name} {}{words}\n", quoted(&choice.value)));
        }
        if let Some(why) = &self.not_asked {
            out.push_str(&format!("not_asked {name} reason={}\n", quoted(why)));
        }
        out
    }

    /// The cells of [`COLUMNS`].
    fn cells(&self, short_name: &str, style: Style) -> Vec<String> {
        let shown = printable(&self.shown);
        let value = if self.state == "missing" { style.paint(Ink::Yellow, &shown) } else { shown.into_owned() };
        let words = style.paint(Ink::Dim, &printable(self.words.unwrap_or_default()));
        vec![short_name.to_owned(), printable(&self.kind).into_owned(), value, printable(&self.source).into_owned(), words]
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text).replace('"', "'"))
}

/// The screen, the lines or the JSON of a list.
#[must_use]
pub fn list(entries: &[Entry], project: &Project, terminal: &Terminal) -> String {
    let views = || entries.iter().map(|entry| SettingView::of(entry, project.sandbox));
    match terminal.format {
        Format::Json => {
            let all: Vec<_> = views().map(|view| view.json()).collect();
            format!("{:#}\n", json!({ "format": 1, "environment": project.config.environment, "settings": all }))
        }
        Format::Jsonl => views().map(|view| format!("{}\n", view.json())).collect(),
        Format::Text => text(entries, project, terminal),
        _ => views().map(|view| view.line()).collect(),
    }
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
        table.row(SettingView::of(entry, sandbox).cells(&entry.used.name, style), "");
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

/// The problem of a setting, and its choices.
fn notes(entry: &Entry, terminal: &Terminal) -> String {
    let style = terminal.style;
    let note = |sign: &str, ink: Ink, text: &str| layout::row(style, &format!("      {} ", style.paint(ink, sign)), &printable(text), "");
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
            let each = all.iter().map(json_verified).chain(entries.iter().map(|entry| json_judged(entry, is_tried(entry, all), sandbox)));
            each.map(|one| format!("{one}\n")).collect()
        }
        Format::Json => {
            let systems: Vec<_> = all.iter().map(json_verified).collect();
            let settings: Vec<_> = entries.iter().map(|entry| json_judged(entry, is_tried(entry, all), sandbox)).collect();
            let all = json!({ "format": 1, "environment": project.config.environment, "systems": systems, "settings": settings });
            format!("{all:#}\n")
        }
        Format::Text => {
            let names = all.iter().map(|one| one.system.width()).chain(entries.iter().map(|entry| entry.name.width()));
            let width = names.max().unwrap_or(0) + 2;
            let systems = all.iter().map(|one| verified_row(one, width, style));
            let settings = entries.iter().map(|entry| judged_row(entry, is_tried(entry, all), sandbox, width, terminal));
            style.plainly(&systems.chain(settings).collect::<String>())
        }
        _ => all.iter().map(verified_line).chain(entries.iter().map(|entry| judged_line(entry, is_tried(entry, all), sandbox))).collect(),
    }
}

/// The origins that the secrets of a system are sent to.
#[must_use]
pub fn trusted(system: &str, all: &[TrustedOrigin], terminal: &Terminal) -> String {
    let line = |TrustedOrigin { origin, by, since }: &TrustedOrigin| match terminal.format {
        Format::Text => format!("{}  agreed by {} on {}\n", pad(&printable(origin), 32), printable(by), since.strftime("%Y-%m-%d")),
        _ => format!("trusted {system} {} by={} since={since}\n", printable(origin), quoted(by)),
    };
    match terminal.format {
        Format::Json => format!("{:#}\n", json!({ "format": 1, "system": system, "origins": all })),
        Format::Jsonl => all.iter().map(|one| format!("{}\n", json!({ "system": system, "trusted": one }))).collect(),
        Format::Text if all.is_empty() => format!("the secrets of {} were sent nowhere yet\n", printable(system)),
        _ => all.iter().map(line).collect(),
    }
}

/// Whether a request that its system answered carried a secret. That it has a value proves nothing, nor does what other secrets did.
fn is_tried(entry: &Entry, all: &[Verified]) -> bool {
    let carried = |one: &Verified| {
        let is_its = entry.used.system.as_ref() == Some(&one.system) && one.tried.contains(&entry.used.name);
        is_its && matches!(one.answer, Ok((_, Some(_))))
    };
    !entry.used.secret || all.iter().any(carried)
}

/// `ok`, `not tried`, `wrong`, `missing` or `cannot tell`, and why.
fn judged(entry: &Entry, tried: bool, sandbox: bool) -> (&'static str, Option<String>) {
    match entry.state(sandbox) {
        State::Ok if !tried => ("not tried", None),
        State::Ok => ("ok", None),
        State::Wrong(why) => ("wrong", Some(why.to_owned())),
        State::Missing => ("missing", None),
        State::Unknown(why) => ("cannot tell", Some(why.to_string())),
    }
}

fn json_judged(entry: &Entry, tried: bool, sandbox: bool) -> Json {
    let (state, why) = judged(entry, tried, sandbox);
    json!({ "name": entry.name, "state": state, "reason": why })
}

fn judged_row(entry: &Entry, tried: bool, sandbox: bool, width: usize, terminal: &Terminal) -> String {
    let style = terminal.style;
    let (sign, ink, words) = match entry.state(sandbox) {
        State::Ok if !tried => ("·", Ink::Dim, format!("{}  set, not tried", printable(&entry.value(sandbox)))),
        State::Ok => ("✓", Ink::Green, style.paint(Ink::Dim, &printable(&entry.value(sandbox)))),
        State::Wrong(why) => ("✗", Ink::Red, printable(why).into_owned()),
        State::Missing => ("✗", Ink::Red, format!("has no value: {}", terminal.command(&entry.set_by()))),
        State::Unknown(why) => ("?", Ink::Yellow, printable(&format!("cannot tell: {why}")).into_owned()),
    };
    layout::row(style, &format!("{} {}", style.paint(ink, sign), pad(&entry.name, width)), &words, "")
}

fn judged_line(entry: &Entry, tried: bool, sandbox: bool) -> String {
    let (state, why) = judged(entry, tried, sandbox);
    let reason = why.map(|why| format!(" reason={}", quoted(&why))).unwrap_or_default();
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
        Ok((identity, Some(took))) => (
            "✓",
            Ink::Green,
            format!("answered in {}   {}", duration(took.as_millis() as u64), style.paint(Ink::Dim, &printable(identity))),
        ),
        Ok((identity, None)) => ("·", Ink::Dim, style.paint(Ink::Dim, &printable(&format!("{identity}: no sign-in to check")))),
        Err((_, why)) => ("✗", Ink::Red, printable(why).into_owned()),
    };
    layout::row(style, &format!("{} {}", style.paint(ink, sign), pad(&one.system, width)), &words, "")
}

fn verified_line(one: &Verified) -> String {
    match &one.answer {
        Ok((_, Some(took))) => format!("verified {} ok ms={}\n", one.system, took.as_millis()),
        Ok((_, None)) => format!("verified {} ok not_asked\n", one.system),
        Err((_, why)) => format!("verified {} failed reason={}\n", one.system, quoted(why)),
    }
}
