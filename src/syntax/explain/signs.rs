//! Signs in the wrong place, or from other languages.

use super::{Explained, Stop, stop, token::*};
use crate::syntax::{faults, grammar::Rule};
use std::ops::Range;

impl Stop<'_> {
    /// An operator at the end of a line takes the next statement in.
    pub(super) fn dangling_operator(&self) -> Option<Explained> {
        let (before, line) = self.unit.text[..self.at].rsplit_once('\n')?;
        let last = token_before(before, before.len());
        let sign = &before[last.clone()];
        let begins = line.split_whitespace().count() <= 1;
        let dangles =
            begins && (sign.chars().all(is_sign) || matches!(sign, "and" | "or" | "then" | "else" | "in" | "contains" | "," | "with"));
        let (message, help) = match sign {
            "|" => ("no function follows this `|`".to_owned(), "write the function on this line, or remove the `|`"),
            _ => (format!("nothing follows `{sign}` on this line"), "write its right side, or remove it"),
        };
        dangles.then(|| Explained::new(faults::NOT_UNDERSTOOD, last, message, help))
    }

    pub(super) fn foreign_arrow(&self) -> Option<Explained> {
        let arrow = self.found();
        if !matches!(arrow, "=>" | "->" | "<-" | "=<") {
            return None;
        }
        let native = ["=", ">=", "<="].into_iter().find(|native| self.helps(&self.found, native));
        let native = if arrow == "=<" { Some("<=") } else { native };
        native.map(|native| self.foreign(self.found.clone(), native))
    }

    pub(super) fn assignment_or_comparison(&self) -> Option<Explained> {
        let found = self.found();
        let (native, why) = match found {
            "=" if self.expects(Rule::o_equal) => ("==", "`=` gives a value, `==` compares two"),
            "==" if self.expects(Rule::p_eq) => ("=", "`==` compares two values, `=` gives one"),
            ":" if self.expects(Rule::p_eq) => ("=", "`:` is followed by a type, `=` by a value"),
            "is" if self.expects(Rule::p_eq) => ("=", "`is` asks whether a value is there, `=` gives one"),
            "=" if self.expects(Rule::p_colon) => (":", "`=` is followed by a value, `:` by a type"),
            _ => return None,
        };
        if !self.helps(&self.found, native) {
            return None;
        }
        let mut explained = Explained::new(
            faults::FOREIGN,
            self.found.clone(),
            format!("`{found}` is not expected here: {why}"),
            format!("write `{native}`"),
        );
        // Where a colon lacks, its type may lack as well.
        explained.offered = native != ":" || self.parses_with(&self.found, native);
        let blank = if found == ":" && !self.unit.text[..self.at].ends_with(' ') { " " } else { "" };
        Some(explained.edit(self.found.clone(), format!("{blank}{native}")))
    }

    /// `person.email == email` in `match`, which names the attribute of the target first.
    pub(super) fn swapped_sides(&self) -> Option<Explained> {
        let text = self.unit.text.trim_end();
        let sign = ["==", "is"].into_iter().find(|sign| text.split_whitespace().nth(1) == Some(sign))?;
        let (left, right) = text.split_once(&format!(" {sign} ")).map(|(left, right)| (left.trim(), right.trim()))?;
        let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let swapped = format!("{right} = {left}");
        let is_one = self.unit.block == Rule::match_block && left.contains('.') && plain(right);
        let range = text.len() - text.trim_start().len()..text.len();
        (is_one && self.parses_with(&range, &swapped)).then(|| {
            let message = format!("a line of `match` names an attribute of the target, then `=` and its value, without `{sign}`");
            let explained = Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{swapped}`"));
            Explained { offered: false, ..explained.edit(range, swapped) }
        })
    }

    /// `| trim || lower`: another function, or the `or` of another language.
    pub(super) fn doubled_pipe(&self) -> Option<Explained> {
        let function = token_before(self.unit.text, self.at);
        let piped = self.unit.text[..function.start].trim_end().ends_with('|');
        (self.found() == "||" && piped && self.parses_with(&self.found, "|")).then(|| {
            let help = "write `|` before a function, or `or` between two conditions";
            let said = Explained::new(faults::FOREIGN, self.found.clone(), "`||` is written `|` or `or` here", help);
            Explained { offered: false, ..said.edit(self.found.clone(), "|") }
        })
    }

    pub(super) fn comma(&self) -> Option<Explained> {
        if !matches!(self.found(), "," | ";" | "·") {
            return None;
        }
        let at_end = self.unit.text[self.found.end..].trim().is_empty();
        let message = if self.found() == "·" {
            "the lines of a block are not separated by `·`"
        } else {
            "the lines of a block are not separated by commas"
        };
        let explained = |help| Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        if at_end && self.parses_with(&self.found, "") {
            return Some(explained("remove it").edit(self.found.clone(), ""));
        }
        if self.found() != "·" && self.parses_with(&self.found, "") {
            let message = format!("no comma follows `{}`", &self.unit.text[token_before(self.unit.text, self.at)]);
            return Some(self.removed_or_completed(message, self.found.clone()));
        }
        let next = &self.unit.text[self.found.end..];
        let rest_stands = self.is_complete() && stop(self.only, next).is_none();
        rest_stands.then(|| self.parted(explained("begin what follows on a line of its own").edit(self.found.clone(), "\n")))
    }

    /// A comma that is too much, unless it shows that a value was left out beside it.
    fn removed_or_completed(&self, message: String, comma: Range<usize>) -> Explained {
        let ends_a_value = self.unit.block == Rule::map_block && self.found().trim().is_empty();
        let completed = !ends_a_value && self.lacks_a_value();
        let help = if completed { "remove it, or write the value that is missing beside it" } else { "remove it" };
        Explained { offered: !completed, ..Explained::new(faults::FOREIGN, comma.clone(), message, help).edit(comma, "") }
    }

    /// A comma after which nothing goes on: `since last run, from …`, `a = b,` before another line, `{ a = b, c = d }`.
    pub(super) fn comma_before(&self) -> Option<Explained> {
        let comma = token_before(self.unit.text, self.at);
        if &self.unit.text[comma.clone()] != "," {
            return None;
        }
        let explained = |message: String, help| Explained::new(faults::FOREIGN, comma.clone(), message, help);
        let between = || "the lines of a block are not separated by commas".to_owned();
        if self.parses_with(&comma, "") {
            let message = if self.is_word() { format!("no comma precedes `{}`", self.found()) } else { between() };
            return Some(self.removed_or_completed(message, comma));
        }
        let (before, after) = (&self.unit.text[..comma.start], &self.unit.text[comma.end..]);
        let two_lines = stop(self.only, before).is_none() && stop(self.only, after).is_none();
        two_lines.then(|| self.parted(explained(between(), "begin what follows on a line of its own").edit(comma.clone(), "\n")))
    }

    /// `| pad 5`
    pub(super) fn without_brackets(&self) -> Option<Explained> {
        let text = self.unit.text;
        let function = token_before(text, self.at);
        let piped = text[token_before(text, function.start)].ends_with('|');
        let range = function.end..self.found.end;
        let given = format!("({})", self.found());
        (piped && self.is_complete() && self.parses_with(&range, &given)).then(|| {
            let help = format!("write `{}{given}`", &text[function]);
            Explained::new(faults::FOREIGN, self.found.clone(), "the arguments of a function are written in `( )`", help).edit(range, given)
        })
    }

    pub(super) fn ternary(&self) -> Option<Explained> {
        (self.found() == "?" && self.is_complete()).then(|| {
            let message = "a choice is not written with `?` here";
            Explained::new(faults::FOREIGN, self.found.clone(), message, "write `if CONDITION then VALUE else OTHER`")
        })
    }

    pub(super) fn hyphen(&self) -> Option<Explained> {
        let range = self.run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let name = &self.unit.text[range.clone()];
        let hyphened = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.contains('-') && !name.ends_with('-');
        let natives = [name.replace('-', "_"), name.replace('-', " ")];
        let native = natives.iter().find(|native| hyphened && self.helps(&range, native))?.clone();
        Some(self.foreign(range, &native))
    }

    /// The run of such characters around the place.
    pub(super) fn run(&self, such: impl Fn(char) -> bool) -> Range<usize> {
        let (before, rest) = self.unit.text.split_at(self.at);
        before.trim_end_matches(&such).len()..self.at + rest.find(|c| !such(c)).unwrap_or(rest.len())
    }

    /// A sign that does not belong between two words.
    pub(super) fn too_much(&self) -> Option<Explained> {
        (matches!(self.found(), "=" | ":") && self.parses_with(&self.found, "")).then(|| {
            let message = format!("`{}` does not belong here", self.found());
            Explained::new(faults::FOREIGN, self.found.clone(), message, "remove it").edit(self.found.clone(), "")
        })
    }
}
