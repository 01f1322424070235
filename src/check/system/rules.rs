//! The rules that say what an answer means, and what is refused of them: a status that does not exist, and what nothing shows.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind, Part},
            rules::{ErrorRule, Outcome, OutcomeRule, Rules, is_failure},
            system::Call,
            wire::ErrorClass,
        },
        system::evidence::{self, Bare, compared_with_status},
        types::{Place, SystemPlace, Typing, a_kind},
    },
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Ident, Role},
    value::Kind,
};

/// A line that says what an answer means, wherever it stands.
pub(crate) enum RuleLine<'t> {
    Error(&'t tree::ErrorShape),
    Outcome(&'t tree::Outcome),
}

impl Environment<'_> {
    /// The rules of some lines, in their order.
    pub fn rules<'t>(&self, lines: impl Iterator<Item = RuleLine<'t>>, place: &SystemPlace<'_>) -> Rules<Expr> {
        let typing = Typing::new(self, Place::System(answer_place(place)));
        let mut rules = Rules::default();
        for line in lines {
            match line {
                RuleLine::Error(shape) => self.error_rule(&mut rules, shape, &typing),
                RuleLine::Outcome(written) => rules.outcomes.extend(self.outcome_rule(written, &typing, place.deletes)),
            }
        }
        self.covered_rules(&rules);
        rules
    }

    /// The rules of lines that hold for many calls. None of them is about an element.
    pub fn outer_rules<'t>(&self, lines: impl Iterator<Item = RuleLine<'t>>, place: &SystemPlace<'_>) -> Rules<Expr> {
        let lines: Vec<_> = lines.collect();
        for line in &lines {
            if let RuleLine::Outcome(said) = line
                && Outcome::of(&said.outcome.text) == Some(Outcome::Removed)
            {
                let message = "`removed` does not fit here: it is said of an element of a list";
                self.report.error_help("E0526", said.span, message, "move it into the list: `items … { removed when … }`");
            }
        }
        self.rules(lines.into_iter(), place)
    }

    /// The rule of a line. One that was refused is known to be there, and nothing else is said of it.
    fn outcome_rule(&self, written: &tree::Outcome, typing: &Typing<'_>, deletes: bool) -> Option<OutcomeRule<Expr>> {
        let Some(outcome) = Outcome::of(&written.outcome.text) else {
            self.no_such_word("outcome", &written.outcome, &Outcome::ALL.map(Outcome::word));
            return None;
        };
        let refused = || OutcomeRule { outcome, when: Expr::broken(written.when.span), span: written.span };
        if self.report.has_error_in(written.span) {
            return Some(refused());
        }
        let when = typing.condition(&written.when);
        self.statuses_exist(&when);
        self.filters_find_no_list(&when);
        if outcome == Outcome::LastPage {
            self.compares_with_all(&when);
        } else {
            self.pages_are_not_counted(&when);
        }
        if matches!(outcome, Outcome::Error(class) if class != ErrorClass::Gone) {
            self.asks_for_its_list(&when);
        }
        if self.report.has_error_in(written.span) || when.any(&Expr::is_broken) {
            return Some(refused());
        }
        if let Some(bare) = evidence::unshown(outcome, &when, deletes).filter(|_| outcome.needs_evidence()) {
            let said = no_evidence(outcome, &written.outcome, &when, bare);
            self.report.say(if outcome == Outcome::LastPage { self.with_presence(said, &when) } else { said });
            return Some(refused());
        }
        Some(OutcomeRule { outcome, when, span: written.span })
    }

    /// What a wrong address answers as well does not say of a look-up that there is nobody: a bare 404, and the words of a server for an
    /// address that it does not know. The call itself may say so where its path names who is looked for.
    pub(super) fn look_up_is_answered(&self, call: &Call, role: &Role) {
        if !matches!(role, Role::Find(_)) {
            return;
        }
        let by_path = path_names_a_value(&call.path);
        let is_own = |span: Span| span.file == call.span.file && span.start >= call.span.start && span.end <= call.span.end;
        let gone = call.rules.outcomes.iter().filter(|rule| rule.outcome == Outcome::Error(ErrorClass::Gone));
        let said = gone.filter(|rule| evidence::holds_for_wrong_address(&rule.when)).map(|rule| rule.span);
        let listed = call.rules.errors.iter().filter(|rule| lists_a_wrong_address(rule)).map(|rule| rule.span);
        for span in said.chain(listed).filter(|span| !(self.report.has_said("E0524", *span) || by_path && is_own(*span))) {
            let message = "of a look-up, a wrong address may answer this as well, so somebody who has an account would get a second one";
            let help = "take it out: where a call names one record, a 404 is `gone` by itself; for the look-up, name a code or \
                        words of the vendor for nobody in `find by`, such as `gone when $.code == \"no_such_user\"`";
            self.report.say(Diagnostic::error("E0524", span, message).related(call.span, "the look-up").help(help));
        }
    }

    /// `error $.message code $.code when … { "X" is conflict }`
    fn error_rule(&self, rules: &mut Rules<Expr>, written: &tree::ErrorShape, typing: &Typing<'_>) {
        let place = |written: &Option<tree::Expr>| written.as_ref().and_then(|place| self.error_place(place, typing));
        let mut rule = ErrorRule {
            message: place(&written.message),
            code: place(&written.code),
            when: written.when.as_ref().map(|when| typing.condition(when)).filter(|when| !when.is_broken()),
            classes: Vec::new(),
            span: written.span,
        };
        if let Some(when) = &rule.when {
            self.statuses_exist(when);
            self.filters_find_no_list(when);
            self.pages_are_not_counted(when);
            self.asks_for_its_list(when);
        }
        rule.classes = self.listed_codes(written, &rule);
        self.codes_are_listed_once(rules, &rule, written);
        rules.errors.push(rule);
    }

    /// The vendor's words or code: whatever stands there, as a text.
    fn error_place(&self, written: &tree::Expr, typing: &Typing<'_>) -> Option<Expr> {
        let place = typing.expr(written);
        if place.is_broken() {
            return None;
        }
        if !matches!(place.ty.kind, Kind::Json | Kind::Text | Kind::Int) {
            let message = format!("this names where the answer has the vendor's words, and it is {}", a_kind(&place.ty.kind));
            self.report.error_help("E0303", place.span, message, "write a path such as `$.message`, or a header");
            return None;
        }
        Some(place)
    }

    pub(super) fn error_class(&self, written: &Ident) -> Option<ErrorClass> {
        let known = ErrorClass::parse(&written.text);
        if known.is_none() {
            self.no_such_word("class of errors", written, ErrorClass::NAMES);
        }
        known
    }

    /// The records of a page are counted once all other rules have taken it for one.
    fn pages_are_not_counted(&self, condition: &Expr) {
        let mut named = None;
        condition.walk(&mut |part| {
            if let ExprKind::Page(_) = part.kind {
                named.get_or_insert(part.span);
            }
        });
        if let Some(span) = named {
            let message = "the records of a page are counted for `last page` alone, so this rule never holds";
            self.report.error_help("E0571", span, message, "name something in the answer: `$.result == []`");
        }
    }

    /// A status has three digits, from 100 to 599.
    fn statuses_exist(&self, condition: &Expr) {
        condition.walk(&mut |part| {
            for wrong in compared_with_status(part).into_iter().filter(|(status, _)| !(100..600).contains(status)) {
                self.no_such_status(&wrong.0.to_string(), wrong.1);
            }
        });
    }

    /// Refuses a status that no answer has.
    pub(super) fn no_such_status(&self, status: &str, span: Span) {
        self.report.error_help("E0514", span, format!("{status} is no status of an answer"), "a status is a number from 100 to 599");
    }
}

/// Whether the path of an address, before its query, names an attribute.
fn path_names_a_value(address: &Expr) -> bool {
    let ExprKind::Template(parts) = &address.kind else { return address.any(&|part| matches!(part.kind, ExprKind::Own(_))) };
    let path = parts.iter().take_while(|part| !matches!(part, Part::Text(text) if text.contains(['?', '#'])));
    path.into_iter().any(|part| matches!(part, Part::Expr(value) if value.any(&|part| matches!(part.kind, ExprKind::Own(_)))))
}

/// Whether `error` lists a code as `gone` that a server says of a wrong address.
fn lists_a_wrong_address(rule: &ErrorRule<Expr>) -> bool {
    let gone = rule.classes.iter().filter(|(_, class)| *class == ErrorClass::Gone);
    let Some(place) = &rule.code else { return false };
    gone.into_iter().any(|(code, _)| evidence::is_code_of_wrong_address(code, place, rule.when.as_ref()))
}

/// The names that a rule may use: of the answer alone.
pub(crate) fn answer_place<'a>(place: &SystemPlace<'a>) -> SystemPlace<'a> {
    SystemPlace { attributes: None, secrets: false, in_call: false, answer: true, parent: None, each: None, ..*place }
}

fn no_evidence(outcome: Outcome, written: &Ident, when: &Expr, bare: Bare) -> Diagnostic {
    let what = match bare {
        Bare::Empty(status) | Bare::Headed(status) if when.any(&|part| matches!(part.kind, ExprKind::Status)) => {
            format!("an empty answer with the status {status}")
        }
        Bare::Failure(status) => format!("any failure with the status {status}"),
        Bare::Wordy(status) | Bare::UnderWay(status) | Bare::Running(status) if is_failure(status) => {
            format!("a failure with the status {status} that has something there")
        }
        Bare::Wordy(_) | Bare::UnderWay(_) | Bare::Running(_) | Bare::Astray(_) | Bare::AstrayInPart(_) => {
            "an answer of another kind that has something there".to_owned()
        }
        Bare::Empty(_) | Bare::Headed(_) => "an empty answer".to_owned(),
    };
    Diagnostic::error("E0524", when.span, format!("this also holds for {what}, so {}", harm(outcome)))
        .related(written.span, format!("`{}` has to be seen in the answer", outcome.word()))
        .help(format!("ask for something that is there, such as {}", what_shows(outcome)))
}

/// What would come of an outcome that nothing shows.
const fn harm(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Error(ErrorClass::Gone) | Outcome::Removed => "people would be taken for gone while the system has an outage",
        Outcome::LastPage => "a list that breaks off would be taken for complete",
        Outcome::Moved => "records would be looked for elsewhere while the system has an outage",
        Outcome::Full => "a complete read would begin whenever the system has an outage",
        _ => "an outage would be taken for a success",
    }
}

/// What shows an outcome.
const fn what_shows(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Moved => "`status == 308`, or a header with a status of its own",
        Outcome::LastPage => "`$.has_more == false` or `page.count == 0`",
        Outcome::Full => "`status == 410`, or a code of the vendor beside its status",
        Outcome::Done => "`$.ok == true`, a member that only a success has, or `status == 200`",
        _ => "`$.data is present and …`, `$.result == []`, `status == 404`, or a code of the vendor beside its status",
    }
}
