//! `test "…" for PIPELINE { … }`: its names and values; it is not run here.

use crate::check::{
    environment::Environment,
    model::pipeline::Pipeline,
    suggest::suggest,
    types::{Place, Typing, a_kind},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Expectation, ExpectedVerdict, GivenRecords, GivenWhat, Ident, TestLine as T},
    value::Kind,
};

/// A pipeline as tests know it: its name, and its ends if they are known.
pub(crate) struct Tested<'a> {
    pub name: &'a str,
    pub name_span: Span,
    pub pipeline: Option<&'a Pipeline>,
}

impl Environment<'_> {
    pub fn test(&self, written: &tree::Test, pipelines: &[Tested<'_>]) {
        let Some(tested) = pipelines.iter().find(|one| one.name == written.pipeline.text) else {
            let diagnostic = Diagnostic::error("E0217", written.pipeline.span, format!("there is no pipeline `{}`", written.pipeline.text))
                .label("not declared");
            let diagnostic = suggest(diagnostic, &written.pipeline.text, written.pipeline.span, pipelines.iter().map(|one| one.name));
            self.report.unknown(diagnostic, &written.pipeline.text, pipelines.iter().map(|one| (one.name, one.name_span)));
            return;
        };
        self.report.uses(tested.name_span);
        if let Some(pipeline) = tested.pipeline {
            written.lines.iter().for_each(|line| self.test_line(line, pipeline));
        }
    }

    fn test_line(&self, line: &T, pipeline: &Pipeline) {
        let source = (pipeline.source.system, pipeline.source.collection);
        let target = (pipeline.target.system, pipeline.target.collection);
        match line {
            T::Today(day) => drop(self.constant(day, &Kind::Date, "E0304")),
            T::Now(instant) => drop(self.constant(instant, &Kind::DateTime, "E0304")),
            T::Setting { name, value, .. } => self.test_setting(name, value, pipeline),
            T::Given { what, records, .. } => {
                let of = match what {
                    GivenWhat::Source => Some(source),
                    GivenWhat::Target => Some(target),
                    GivenWhat::Collection(name) => self.collection(name),
                };
                if let (Some(of), GivenRecords::Attributes(values)) = (of, records) {
                    self.values(of, values);
                }
            }
            T::Answers { system, .. } => self.test_system(system),
            T::Linked { left, .. } => left.iter().for_each(|day| drop(self.constant(day, &Kind::Date, "E0304"))),
            T::Expect { verdict: Expectation::Verdict { verdict, attributes, .. }, span, .. } => {
                self.verdict(verdict, *span);
                self.values(target, attributes);
            }
            T::FirstRun(_) | T::Expect { .. } => {}
        }
    }

    fn test_setting(&self, name: &Ident, value: &tree::Expr, pipeline: &Pipeline) {
        let all = || pipeline.settings.iter().chain(self.settings.iter());
        match all().find(|setting| setting.name == name.text) {
            Some(setting) => drop(self.constant(value, &setting.ty.kind, "E0304")),
            None => {
                let diagnostic =
                    Diagnostic::error("E0205", name.span, format!("there is no setting `{}` here", name.text)).label("not declared");
                let names: Vec<_> = all().map(|setting| setting.name.as_str()).collect();
                self.report.say(suggest(diagnostic, &name.text, name.span, names.iter().copied()));
            }
        }
    }

    fn test_system(&self, name: &Ident) {
        if !self.systems.iter().any(|system| system.name == name.text) {
            let diagnostic = Diagnostic::error("E0201", name.span, format!("there is no system `{}`", name.text)).label("not declared");
            self.report.say(suggest(diagnostic, &name.text, name.span, self.systems.iter().map(|system| system.name.as_str())));
        }
    }

    fn values(&self, of: (usize, usize), values: &[(Vec<Ident>, tree::Expr)]) {
        for (names, value) in values {
            let Some(at) = self.attribute(of, names) else { continue };
            let attribute = &self.systems[of.0].collections[of.1].attributes[at];
            let typing = Typing::new(self, Place::Constants);
            let expr = typing.expr(value);
            if let Err(expr) = typing.as_kind(expr, &attribute.ty.kind) {
                let message = format!("`{}` is {}, and this is {}", attribute.name, a_kind(&attribute.ty.kind), a_kind(&expr.ty.kind));
                self.report.say(
                    Diagnostic::error("E0304", value.span, message)
                        .label(expr.ty.to_string())
                        .related(attribute.span, "declared here")
                        .help(format!("write {}", a_kind(&attribute.ty.kind))),
                );
            }
        }
    }

    fn verdict(&self, verdict: &str, span: Span) {
        if ExpectedVerdict::parse(verdict).is_none() {
            let list = ExpectedVerdict::NAMES.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
            self.report.error_help("E0213", self.first_line(span), format!("there is no verdict `{verdict}`"), format!("there is {list}"));
        }
    }
}
