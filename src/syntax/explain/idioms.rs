//! What people write by habit from SQL, YAML, HCL and JavaScript where the language has a form of its own: the form is named and, if
//! there is one reading, offered.

use super::{Explained, Stop, shortened, token::*};
use crate::{
    syntax::{faults, grammar::Rule, words},
    value::functions,
};
use std::ops::Range;

/// Words of several parts, each in one block, and what is written instead.
const PHRASES: [(Rule, &str, &str); 4] = [
    (Rule::collection_block, "primary key", "key"),
    (Rule::pipeline_block, "max age", "maximum age"),
    (Rule::pipeline_block, "primary key", "key"),
    (Rule::guard_block, "no more than", "at most"),
];

impl Stop<'_> {
    pub(super) fn phrase(&self) -> Option<Explained> {
        let here = PHRASES.iter().filter(|(block, ..)| *block == self.unit.block);
        here.into_iter().find_map(|(_, foreign, native)| {
            let range = self.found.start..self.end_of(foreign)?;
            self.helps(&range, native).then(|| self.foreign(range, native))
        })
    }

    /// `daily 02:00`, `every day at 2am`, `hourly`, `"0 2 * * *"`.
    pub(super) fn schedule_in_words(&self) -> Option<Explained> {
        let text = self.unit.text;
        let begins =
            if text.trim_start().starts_with("schedule ") { text.find("schedule ")? + 9 } else { text[..self.at].rfind(" = ")? + 3 };
        let rest = &text[begins..];
        let end = ["\n", " as ", ","].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
        let phrase = rest[..end].trim();
        let start = begins + (rest.len() - rest.trim_start().len());
        let range = start..start + phrase.len();
        let native = words::schedule_meant(phrase).filter(|native| native != phrase)?;
        self.parses_with(&range, &native).then(|| self.foreign(range, &native))
    }

    /// `01.03.2026`; `01/03/2026` is a division and is found when types are checked.
    pub(super) fn day_with_dots(&self) -> Option<Explained> {
        let range = self.run(|c| c.is_ascii_digit() || c == '.');
        let native = words::day_meant(&self.unit.text[range.clone()])?;
        let message = format!("`{}` is not a day", &self.unit.text[range.clone()]);
        let explained = Explained::new(faults::FOREIGN, range.clone(), message, words::help_for_day(native.as_deref()));
        let certain = native.is_some();
        let native = native.unwrap_or_else(|| "2026-03-01".to_owned());
        Some(Explained { offered: certain, ..explained.edit(range, native) })
    }

    /// `-r.amount`
    pub(super) fn negated_name(&self) -> Option<Explained> {
        let name = self.dotted_after(self.found.end)?;
        let range = self.found.start..name.end;
        let native = format!("(0 - {})", &self.unit.text[name]);
        (self.found() == "-" && self.expects_value() && self.helps(&range, &native)).then(|| {
            let message = "only a number has a `-` before it";
            Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{native}`")).edit(range, native)
        })
    }

    /// `exists r.email`, `lower r.email`
    pub(super) fn before_its_value(&self) -> Option<Explained> {
        let text = self.unit.text;
        let word = token_before(text, self.at);
        let piped = text[..word.start].trim_end().ends_with('|');
        let name = self.dotted_after(self.at).filter(|_| self.is_complete() && !piped)?;
        let after = match &text[word.clone()] {
            "exists" | "defined" | "present" => "is present".to_owned(),
            "missing" | "empty" | "isnull" => "is missing".to_owned(),
            function => format!("| {}", functions::by_name(function).map(|one| one.name).or_else(|| functions::meant(function))?),
        };
        let range = word.start..name.end;
        let native = format!("{} {after}", &text[name]);
        (text[word.end..self.at].trim().is_empty() && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    /// The dotted name that begins at a place, after blanks.
    fn dotted_after(&self, at: usize) -> Option<Range<usize>> {
        let start = skip_blanks(self.unit.text, at);
        let rest = &self.unit.text[start..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
        rest.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(start..start + length)
    }

    /// `on create only`, `only on create`: the modifier says it already.
    pub(super) fn needless_only(&self) -> Option<Explained> {
        let before = token_before(self.unit.text, self.at);
        let beside = |range: &Range<usize>| {
            let (before, after) = (self.unit.text[..range.start].trim_end(), self.unit.text[range.end..].trim_start());
            before.ends_with("on create") || before.ends_with("on update") || after.starts_with("on ")
        };
        let is_only = |range: &Range<usize>| self.unit.text[range.clone()] == *"only" && beside(range) && self.parses_with(range, "");
        let only = [before, self.found.clone()].into_iter().find(is_only)?;
        Some(Explained::new(faults::FOREIGN, only.clone(), "`only` does not belong here", "remove it").edit(only, ""))
    }

    /// `if missing keep`, `when null clear`: what happens is written before its condition. After `when`, the state reads like a name.
    pub(super) fn missing_policy(&self) -> Option<Explained> {
        let text = self.unit.text;
        let last = token_before(text, self.at);
        let when = match &text[last.clone()] {
            "keep" | "clear" => token_before(text, token_before(text, last.start).start),
            _ => self.found.clone(),
        };
        let state = token(text, skip_blanks(text, when.end));
        let policy = token(text, skip_blanks(text, state.end));
        let range = when.start..policy.end;
        let state = match &text[state] {
            "missing" | "null" | "empty" | "blank" => "missing",
            "absent" => "absent",
            _ => return None,
        };
        let fits = matches!(&text[when], "if" | "when") && matches!(&text[policy.clone()], "keep" | "clear");
        let native = format!("{} when {state}", &text[policy]);
        (fits && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    /// `r.n between 3 and 5`
    pub(super) fn between(&self) -> Option<Explained> {
        let text = self.unit.text;
        if !self.found().eq_ignore_ascii_case("between") {
            return None;
        }
        let before = text[..self.at].trim_end();
        let start = before.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$')).len();
        let value = &before[start..];
        let rest = &text[self.found.end..];
        let line = rest.lines().next().unwrap_or_default();
        let (low, high) = line.split_once(" and ").or_else(|| line.split_once(" AND "))?;
        let high = high.trim_start().split(' ').next().unwrap_or_default();
        let end = self.found.end + line.find(high)? + high.len();
        let native = format!("{value} >= {} and {value} <= {high}", low.trim());
        let explained =
            Explained::new(faults::FOREIGN, self.found.clone(), "a range is written as two comparisons", format!("write `{native}`"));
        let range = start..end;
        Some(if self.helps(&range, &native) { explained.edit(range, native) } else { explained })
    }

    /// `r["team"]`, `r?.team`
    pub(super) fn member(&self) -> Option<Explained> {
        let rest = &self.unit.text[self.at..];
        let after_name = self.unit.text[..self.at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (length, native) = if rest.starts_with("?.") {
            (2, ".".to_owned())
        } else {
            let name = rest.strip_prefix("[\"")?.split('"').next()?;
            (name.len() + 4, format!(".{name}"))
        };
        let range = self.at..(self.at + length).min(self.unit.text.len());
        (after_name && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    /// Operators of other languages: `=~` and `~` are `matches`; for `%`, `^` and others there is nothing.
    pub(super) fn foreign_operator(&self) -> Option<Explained> {
        let text = self.unit.text;
        let sign = ["=~", "!~", "~", "%", "^", "&", "**"].into_iter().find(|sign| text[self.at..].starts_with(sign))?;
        if !self.expects(Rule::p_pipe) && !self.expects(Rule::pipe_postfix) && !self.expects(Rule::o_add) {
            return None;
        }
        let range = self.at..self.at + sign.len();
        if matches!(sign, "=~" | "~") {
            let explained =
                Explained::new(faults::FOREIGN, range.clone(), format!("`{sign}` is written `matches` here"), "write `matches \"…\"`");
            let quoted = text[range.end..].trim_start().starts_with('"');
            return Some(if quoted { explained.edit(range, "matches") } else { explained });
        }
        let help = "the operators between numbers are `+`, `-`, `*` and `/`; a text is compared with `matches`, `contains`, `starts with`";
        Some(Explained::new(faults::NOT_UNDERSTOOD, range, format!("there is no operator `{sign}`"), help))
    }

    /// `default "x"` and `?: "x"` after a value.
    pub(super) fn fallback(&self) -> Option<Explained> {
        let elvis = self.unit.text[self.at..].starts_with("?:");
        let range = if elvis { self.at..self.at + 2 } else { self.found.clone() };
        let is_one = elvis || words::is_fallback(self.found()) || matches!(self.found(), "otherwise" | "else");
        (is_one && self.is_complete() && self.parses_with(&range, "??")).then(|| self.foreign(range, "??"))
    }

    /// `CASE WHEN … THEN … ELSE … END`
    pub(super) fn case_when(&self) -> Option<Explained> {
        let case = token_before(self.unit.text, self.at);
        let both = self.unit.text[case.clone()].eq_ignore_ascii_case("case") && self.found().eq_ignore_ascii_case("when");
        both.then(|| {
            let help = "write `if CONDITION then VALUE else OTHER`";
            Explained::new(faults::FOREIGN, case.start..self.found.end, "a choice is not written with `case` here", help)
        })
    }

    /// `mode = "create and update"`
    pub(super) fn assigned_words(&self) -> Option<Explained> {
        if !matches!(self.found(), "=" | ":") {
            return None;
        }
        let text = token(self.unit.text, skip_blanks(self.unit.text, self.found.end));
        let inner = self.unit.text[text.clone()].strip_prefix('"')?.strip_suffix('"')?;
        let range = self.found.start..text.end;
        self.parses_with(&range, inner).then(|| self.foreign(range, inner))
    }

    /// `mode create, update`
    pub(super) fn comma_for_and(&self) -> Option<Explained> {
        let mode = self.unit.text.trim_start().starts_with("mode ");
        let and = mode && self.found() == "," && self.expects(Rule::k_and) && self.parses_with(&self.found, " and");
        and.then(|| self.foreign(self.found.clone(), " and"))
    }

    /// `missing for 3 runs` in `leaver`
    pub(super) fn when_left_out(&self) -> Option<Explained> {
        let start = skip_blanks(self.unit.text, 0)..skip_blanks(self.unit.text, 0);
        let condition = self.unit.block == Rule::leaver_block && self.at == start.start && matches!(self.found(), "missing" | "out");
        (condition && self.parses_with(&start, "when ")).then(|| {
            let message = format!("`when` is missing before `{}`", self.found());
            Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, "write `when` before it").edit(start.clone(), "when ")
        })
    }

    /// `email : text nullable`, `n : int not null`, `n : int default 0`
    pub(super) fn optional_in_words(&self) -> Option<Explained> {
        let (text, found) = (self.unit.text, self.found().to_ascii_lowercase());
        if self.unit.block != Rule::attribute_block {
            return None;
        }
        let ty = token_before(text, self.at);
        let message = |what: &str| format!("{what}, not by `{}`", self.found());
        match &*found {
            "nullable" | "optional" | "null" if !text[ty.clone()].ends_with('?') => {
                let range = ty.end..self.found.end;
                let explained = Explained::new(
                    faults::FOREIGN,
                    self.found.clone(),
                    message("a value that may be missing is marked by `?` after the type"),
                    format!("write `{}?`", &text[ty]),
                );
                self.helps(&range, "?").then(|| explained.edit(range, "?"))
            }
            "nullable" | "optional" | "null" | "required" | "mandatory" | "notnull" | "not" => {
                let end = if found == "not" { self.end_of("not null")? } else { self.found.end };
                let explained = Explained::new(
                    faults::FOREIGN,
                    self.found.start..end,
                    "a `?` after the type alone says whether a value may be missing",
                    "remove it",
                );
                Some(explained.edit(self.found.start..end, ""))
            }
            "default" => {
                let after = skip_blanks(text, self.found.end);
                let after = if text[after..].starts_with('=') { skip_blanks(text, after + 1) } else { after };
                let end = token(text, after).end;
                let value = text[after..end].trim();
                let line = text[..self.found.start].rsplit('\n').next().unwrap_or_default();
                let after_path = line.rsplit_once(" at $").is_some_and(|(_, path)| !path.trim_end().contains(' '));
                let (help, edit) = match after_path {
                    true => (format!("write `?? {value}` after its path"), format!("?? {value}")),
                    false => ("remove it, and write `?? VALUE` after its path".to_owned(), String::new()),
                };
                let explained =
                    Explained::new(faults::FOREIGN, self.found.clone(), "what counts where an attribute is missing follows its path", help);
                let offered = after_path && !value.is_empty() && self.helps(&(self.found.start..end), &edit);
                Some(Explained { offered, ..explained.edit(self.found.start..end, &edit) })
            }
            _ => None,
        }
    }

    /// `list<int>`, `int[]`
    pub(super) fn list_type(&self) -> Option<Explained> {
        let text = self.unit.text;
        let before = token_before(text, self.at);
        let rest = &text[self.at..];
        let (inner, end) = match (&text[before.clone()], rest.as_bytes().first()) {
            ("list", Some(b'<' | b'[')) => {
                let end = rest.find(['>', ']'])?;
                (&rest[1..end], self.at + end + 1)
            }
            (inner, Some(b'[')) if rest.starts_with("[]") => (inner, self.at + 2),
            _ => return None,
        };
        let range = before.start..end;
        let native = format!("list of {}", inner.trim());
        self.helps(&range, &native).then(|| {
            let message = format!("`{}` is written `{native}` here", shortened(&text[range.clone()]));
            Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{native}`")).edit(range, native)
        })
    }

    /// `a -> lower`, `mail -> email`: an arrow that is read as `-` and `>`.
    pub(super) fn arrow_to_a_function(&self) -> Option<Explained> {
        let start = self.at.checked_sub(1).filter(|at| self.unit.text[*at..].starts_with("->"))?;
        let range = start..self.at + 1;
        self.parses_with(&range, "|").then(|| self.foreign(range, "|"))
    }
}
