//! The table of an `error`: each code of the vendor with its class.

use super::evidence;
use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind},
            rules::{ErrorRule, Rules},
            wire::ErrorClass,
        },
    },
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Words},
};

impl Environment<'_> {
    /// The codes that an `error` lists, each with its class.
    pub(super) fn listed_codes(&self, written: &tree::ErrorShape, rule: &ErrorRule<Expr>) -> Vec<(String, ErrorClass)> {
        self.table_is_asked(written);
        let mut known: Vec<(&Words, ErrorClass)> = Vec::new();
        for (codes, class) in &written.classes {
            let Some(class) = self.error_class(class) else { continue };
            for code in codes {
                match known.iter().find(|(first, _)| first.text == code.text) {
                    Some((first, of)) => self.report.say(listed_twice((first.span, *of), (code, class))),
                    None => self.code_is_told(code, class, rule),
                }
                known.push((code, class));
            }
        }
        known.into_iter().map(|(code, class)| (code.text.clone(), class)).collect()
    }

    /// A code that another `error` of the same lines finds at the same place has its class already.
    pub(super) fn codes_are_listed_once(&self, known: &Rules<Expr>, rule: &ErrorRule<Expr>, written: &tree::ErrorShape) {
        let same_place = |one: &&ErrorRule<Expr>| one.when.is_none() && is_same_place(one.code.as_ref(), rule.code.as_ref());
        let earlier: Vec<_> = known.errors.iter().filter(same_place).collect();
        for (code, class) in written.classes.iter().flat_map(|(codes, class)| codes.iter().map(move |code| (code, class))) {
            let first = earlier.iter().find_map(|one| Some((one, one.classes.iter().find(|(first, _)| *first == code.text)?.1)));
            if let (Some((one, of)), Some(class)) = (first, ErrorClass::parse(&class.text)) {
                self.report.say(listed_twice((one.span, of), (code, class)));
            }
        }
    }

    /// A table needs codes, and a place where the answer has one.
    fn table_is_asked(&self, written: &tree::ErrorShape) {
        let Some(table) = written.table else { return };
        if written.classes.is_empty() {
            self.report.error_help(
                "E0525",
                table,
                "this table lists no code",
                "add a line such as `\"taken\" is conflict`, or take it out",
            );
        } else if written.code.is_none() {
            let help = "say where it is: `error $.message code $.code { … }`";
            self.report.error_help("E0525", written.span, "nothing says where the answer has the code that this table lists", help);
        }
    }

    /// A code that is empty is never found, and one that the file invents is found in every answer.
    fn code_is_told(&self, code: &Words, class: ErrorClass, rule: &ErrorRule<Expr>) {
        if code.text.trim().is_empty() {
            self.report.error_help("E0525", code.span, "an empty code is never found in an answer", "write the code, or take it out");
            return;
        }
        let Some(place) = rule.code.as_ref().filter(|_| class == ErrorClass::Gone) else { return };
        if let Some(bare) = evidence::unshown_code(&code.text, place, rule.when.as_ref()) {
            let (what, help) = match bare {
                evidence::Bare::Empty(_) | evidence::Bare::Headed(_) => (
                    "an empty answer has this code as well",
                    "name the place where the vendor says the code, without a value that is written here",
                ),
                _ => ("any failure may have this code at this place", "list a code that the vendor has for a record that is not there"),
            };
            let message = format!("{what}, so people would be taken for gone while the system has an outage");
            self.report.say(Diagnostic::error("E0524", code.span, message).related(place.span, "the code").help(help));
        }
    }
}

fn listed_twice((first, of): (Span, ErrorClass), (code, class): (&Words, ErrorClass)) -> Diagnostic {
    let message = if of == class {
        format!("the code \"{}\" is listed twice", code.text)
    } else {
        format!("the code \"{}\" is `{}` in one line and `{}` in another", code.text, of.name(), class.name())
    };
    Diagnostic::error("E0525", code.span, message).related(first, "first here").help("a code has one class: take one of the two out")
}

fn is_same_place(one: Option<&Expr>, other: Option<&Expr>) -> bool {
    match (one.map(|one| &one.kind), other.map(|other| &other.kind)) {
        (Some(ExprKind::Answer(one)), Some(ExprKind::Answer(other))) => one.text == other.text,
        (Some(ExprKind::Header(one)), Some(ExprKind::Header(other))) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}
