//! Suggestions: lines to paste, each with its evidence.

use super::{count, number, pad};
use crate::{
    cli::terminal::{Format, Ink, Terminal},
    diagnose::{layout, screen_text::printable},
    engine::suggest::Line,
    run::suggest::Pairs,
};
use unicode_width::UnicodeWidthStr;

impl Line {
    fn evidence(&self) -> String {
        if let Some(why) = &self.refused {
            return format!("agrees in {} of {}, but {why}", number(self.equal as u64), number(self.of as u64));
        }
        if self.not_seen {
            return "not compared: only `get` shows it".to_owned();
        }
        if self.of == 0 {
            return "nothing to compare yet".to_owned();
        }
        if self.value.is_none() && self.equal == 0 {
            return format!("no attribute of the source agrees in any of {}", number(self.of as u64));
        }
        let verb = if self.value.is_some() { "equal in" } else { "nothing agrees in more than" };
        format!("{verb} {} of {}", number(self.equal as u64), number(self.of as u64))
    }

    fn grounds(&self) -> String {
        if self.refused.is_some() {
            return String::new();
        }
        if !self.rivals.is_empty() {
            return format!("so would {}; you choose", self.rivals.join(", "));
        }
        match self.without {
            Some((function, equal)) => format!("without `{function}`: {equal}"),
            None if self.value.is_some() && self.both < self.of => format!("the source has {} of them", number(self.both as u64)),
            None if self.same_name => "same name".to_owned(),
            None => String::new(),
        }
    }
}

/// The screen, the lines or the JSON.
#[must_use]
pub fn print(lines: &[Line], pairs: &Pairs, terminal: &Terminal) -> String {
    match terminal.format {
        Format::Text => text(lines, pairs, terminal),
        Format::Json => format!("{:#}\n", json(lines, pairs)),
        Format::Jsonl => lines.iter().map(|line| format!("{}\n", line_json(line))).collect(),
        _ => plain(lines),
    }
}

fn json(lines: &[Line], pairs: &Pairs) -> serde_json::Value {
    let lines: Vec<_> = lines.iter().map(line_json).collect();
    serde_json::json!({ "format": 1, "pairs": pairs.all, "by": by(pairs), "suggestions": lines })
}

fn line_json(line: &Line) -> serde_json::Value {
    let mut json = serde_json::to_value(line).unwrap_or_default();
    json["line"] = line.value.as_ref().map(|_| line.text()).into();
    json
}

fn by(pairs: &Pairs) -> &'static str {
    if pairs.by_links { "linked" } else { "matched" }
}

fn plain(lines: &[Line]) -> String {
    let word = |line: &Line| match (&line.value, line.sure) {
        (None, _) => "open",
        (Some(_), true) => "sure",
        (Some(_), false) => "likely",
    };
    let one = |line: &Line| {
        let value = if line.value.is_some() { line.text() } else { line.target.clone() };
        format!("{} {}\tequal={} of={}\n", word(line), printable(&value), line.equal, line.of)
    };
    lines.iter().map(one).collect()
}

fn text(lines: &[Line], pairs: &Pairs, terminal: &Terminal) -> String {
    let style = terminal.style;
    if lines.is_empty() {
        return "nothing to suggest: each attribute that can be written has its line\n".to_owned();
    }
    let sure = lines.iter().filter(|line| line.sure).count();
    let shown: Vec<&Line> = lines.iter().filter(|line| line.value.is_some() || line.required || line.of > 0 || line.not_seen).collect();
    let head = format!("{sure} of {} suggested, from {}", lines.len(), count(pairs.all as u64, &format!("{} pair", by(pairs))));
    let mut out = format!("{}\n", style.paint(Ink::Bold, &head));
    out.push_str(&rows(&shown, terminal));
    let hidden = lines.len() - shown.len();
    if hidden > 0 {
        let verbs = if hidden == 1 { ("is", "has") } else { ("are", "have") };
        let others = count(hidden as u64, "other target attribute");
        out.push_str(&format!("  {others} {} empty and {} no source attribute of the same name\n", verbs.0, verbs.1));
    }
    if shown.iter().any(|line| line.value.is_some() && !line.sure) {
        out.push_str(&format!("{} likely, for you to judge: --write leaves it out\n", style.paint(Ink::Yellow, "~")));
    }
    out
}

/// Each line with its evidence, in columns.
fn rows(shown: &[&Line], terminal: &Terminal) -> String {
    let style = terminal.style;
    let widest = |of: &dyn Fn(&Line) -> usize| shown.iter().map(|line| of(line)).max().unwrap_or(0);
    let (name, value) = (widest(&|line| line.target.width()), widest(&|line| written(line).width()));
    let proof = widest(&|line| if line.refused.is_some() { 0 } else { line.evidence().width() });
    let row = |line: &&Line| {
        let (sign, ink) = match (&line.value, line.sure) {
            (Some(_), true) => (" ", Ink::Green),
            (Some(_), false) => ("~", Ink::Yellow),
            (None, _) => ("?", Ink::Yellow),
        };
        let left = match &line.value {
            Some(_) => format!("{} = {}", pad(&line.target, name), pad(&written(line), value)),
            None => pad(&line.target, name + value + 3),
        };
        let (evidence, grounds) = (printable(&line.evidence()).into_owned(), printable(&line.grounds()).into_owned());
        let grounds = if grounds.is_empty() { grounds } else { style.paint(Ink::Dim, &grounds) };
        let text = if grounds.is_empty() { evidence } else { format!("{}  {grounds}", pad(&evidence, proof)) };
        layout::row(style, &format!("{} {left}  ", style.paint(ink, sign)), &text, "")
    };
    shown.iter().map(row).collect()
}

fn written(line: &Line) -> String {
    let value = line.value.clone().unwrap_or_default();
    printable(&if line.policy.is_empty() { value } else { format!("{value}  {}", line.policy) }).into_owned()
}
