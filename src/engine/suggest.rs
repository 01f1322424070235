//! Suggests lines of `map` from the data of both systems. Sends no writing request.

use super::{EngineError, Workspace, session::Session};
use crate::{
    check::{self, Loader as _},
    compile::{Mode, pipeline::compile},
    diagnose::{Diagnostic, FileId, Span},
    project::{Files, PipelineRef, ProjectError},
    run::{
        read::sides::ReadBreadth,
        suggest::{From, Pairs, Proposed, Suggestion, pair, suggest as weigh},
    },
    syntax::{
        self, parse,
        tree::{Item, Pipeline, PipelineItem},
    },
    systems::End,
    value::Value,
};
use std::{path::Path, sync::Arc};

/// The suggestions for a pipeline.
#[derive(Debug)]
pub struct Suggestions {
    pub pipeline: PipelineRef,
    pub lines: Vec<Line>,
    /// The collections that were compared.
    pub pairs: Pairs,
    /// The target can't be read, so only names were compared.
    pub only_names: bool,
    /// Attributes of the source that `get` alone shows: none was asked for, so none was compared.
    pub not_compared: Vec<String>,
    files: Files,
    text: String,
}

impl Workspace {
    /// Reads both systems, pairs the records that belong together, and suggests lines for attributes that no line of `map` writes.
    ///
    /// # Errors
    /// As [`Workspace::plan`], though the pipeline's `map` may still be unfinished.
    pub async fn suggest(&mut self, asked: Option<&str>) -> Result<Suggestions, EngineError> {
        let pipeline = self.project.choose(asked)?;
        self.freshen(&pipeline).await?;
        let files = self.project.files();
        let checked = self.project.check(&pipeline.file);
        let Some(unfinished) = checked.unfinished() else { return Err(ProjectError::WrongFiles(Arc::new(vec![checked])).into()) };
        let plan = compile(&unfinished, &pipeline.name, &self.project.config, false);
        let mut plan = plan.map_err(|error| self.project.explain(error, &pipeline.file))?;
        // A sample is compared, so a target that a run asks for single records is read by its list.
        plan.one_by_one &= plan.target.collection().list.is_none();
        let session = Session::open(self.clone(), pipeline.clone(), plan, None).await?;
        let reads = session.read(ReadBreadth::Everything).await?;
        for table in [&reads.source, &reads.target] {
            if let End::Broken { reason, .. } = &table.end {
                return Err(EngineError::NothingToCompare { reason: reason.clone() });
            }
        }
        let memory = session.memory()?;
        let pairs = pair(&session.plan, &reads, &memory.links, session.clock);
        let suggestions = weigh(&session.plan, &unfinished.tables, &pairs);
        let unreadable = |_| EngineError::Suggestion(format!("`{}` can't be read", pipeline.file.display()));
        let text = files.load(&pipeline.file).map_err(unreadable)?;
        let page = Page { file: &pipeline.file, text: &text, pipeline: &pipeline.name, files: &files };
        let lines = page.lines(&session, &pairs, &suggestions);
        let source = session.plan.source.collection().attributes.iter().filter(|attribute| attribute.from_get && !pairs.asked.0);
        let not_compared = source.map(|attribute| format!("{}.{}", session.plan.source.alias, attribute.name)).collect();
        Ok(Suggestions { only_names: session.plan.mode == Mode::Append, not_compared, pipeline, lines, pairs, files, text })
    }

    /// Writes the sure lines into the file; returns how many. Changes nothing if the file would have errors.
    ///
    /// # Errors
    /// The file would be wrong with them, or can't be written.
    pub fn write_suggestions(&self, suggestions: &Suggestions) -> Result<usize, EngineError> {
        let Suggestions { pipeline, lines, files, text, .. } = suggestions;
        let sure = lines.iter().filter(|line| line.sure).count();
        if sure > 0 {
            let page = Page { file: &pipeline.file, text, pipeline: &pipeline.name, files };
            self.project.write(&pipeline.file, &page.written(lines)?)?;
        }
        Ok(sure)
    }
}

/// One target attribute.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    pub target: String,
    /// The value after `=`; `None` if nothing fits.
    pub value: Option<String>,
    /// `keep when missing`, `on create`, or nothing.
    pub policy: &'static str,
    pub required: bool,
    pub sure: bool,
    /// Pairs in which both sides hold the same.
    pub equal: usize,
    /// Pairs in which both sides hold something.
    pub both: usize,
    /// Pairs in which the target holds a value.
    pub of: usize,
    /// Why the line can't be added to this file, though the values agree.
    pub refused: Option<String>,
    /// The last function, and how many would agree without it.
    pub without: Option<(&'static str, usize)>,
    pub same_name: bool,
    /// Other values that fit as well.
    pub rivals: Vec<String>,
    /// Whether only `get` shows the attribute, and no record was asked for by it.
    pub not_seen: bool,
}

impl Line {
    /// The line as it is written in `map`.
    #[must_use]
    pub fn text(&self) -> String {
        let value = self.value.as_deref().unwrap_or("null");
        let policy = if self.policy.is_empty() { String::new() } else { format!("  {}", self.policy) };
        format!("{} = {value}{policy}", self.target)
    }

    /// Applies a diagnostic to the line: a value that may be missing gets `keep when missing`, and any other error drops the suggestion.
    /// Returns whether the line has changed.
    pub fn check_result(&mut self, one: &Diagnostic) -> bool {
        if one.code == "E0311" && self.policy.is_empty() {
            self.policy = "keep when missing";
            return true;
        }
        (self.refused, self.sure) = (Some(one.message.clone()), false);
        self.value.take().is_some()
    }
}

/// The file that the lines are for.
struct Page<'a> {
    file: &'a Path,
    text: &'a str,
    pipeline: &'a str,
    files: &'a Files,
}

impl Page<'_> {
    /// The suggestions as lines that the checker accepts.
    fn lines(&self, session: &Session, pairs: &Pairs, suggestions: &[Suggestion]) -> Vec<Line> {
        let mut lines: Vec<Line> = suggestions.iter().map(|suggestion| line(session, pairs, suggestion)).collect();
        // Errors between two pipelines appear only once each pipeline has none.
        while self.drop_refused(&mut lines) {}
        lines
    }

    /// Checks the file with all suggested lines; returns whether a line has changed.
    fn drop_refused(&self, lines: &mut [Line]) -> bool {
        let mut news = false;
        let proposed: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].value.is_some()).collect();
        let (text, first) = self.with(&proposed.iter().map(|at| lines[*at].text()).collect::<Vec<_>>());
        let checked = check::check(&self.files.with(self.file, &text), self.file);
        for one in checked.diagnostics.iter().filter(|one| one.is_error()) {
            let at = text[..one.span.start as usize].matches('\n').count();
            if let Some(line) = at.checked_sub(first).and_then(|at| proposed.get(at)) {
                news |= lines[*line].check_result(one);
            }
        }
        news
    }

    /// The text with more lines at the end of `map`, and the number of the first of them, from 0.
    fn with(&self, lines: &[String]) -> (String, usize) {
        let (at, block) = self.end_of_map();
        let body: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        let more = if block { format!("\n  map {{\n{body}  }}\n") } else { format!("\n{body}") };
        let first = self.text[..at].matches('\n').count() + if block { 2 } else { 1 };
        (format!("{}{more}{}", &self.text[..at], &self.text[at..]), first)
    }

    /// Where lines can be added: before the brace that closes `map`, or, without a `map`, before the one that closes the pipeline.
    fn end_of_map(&self) -> (usize, bool) {
        let (tree, _) = parse::parse(FileId(0), self.text);
        let is_it = |item: &Item| if let Item::Pipeline(one) = item { (one.name.text == self.pipeline).then(|| one.clone()) } else { None };
        let pipeline: Option<Pipeline> = tree.items.iter().find_map(is_it);
        let Some(pipeline) = pipeline else { return (self.text.len(), true) };
        let map = pipeline.items.iter().find_map(|item| if let PipelineItem::Map { span, .. } = item { Some(*span) } else { None });
        let before_brace = |span: Span| self.text[..span.end as usize].rfind('}').unwrap_or(span.end as usize);
        match map {
            Some(span) => (before_brace(span), false),
            None => (before_brace(pipeline.span), true),
        }
    }

    /// The text with the sure lines; an error if the text would have errors.
    fn written(&self, lines: &[Line]) -> Result<String, EngineError> {
        let refused = |why: &str| EngineError::Suggestion(format!("nothing was written: {why}"));
        let sure: Vec<String> = lines.iter().filter(|line| line.sure).map(Line::text).collect();
        let text = syntax::format(&self.with(&sure).0).ok_or_else(|| refused("the file has mistakes in its syntax"))?;
        let before = errors(&check::check(self.files, self.file));
        let after = errors(&check::check(&self.files.with(self.file, &text), self.file));
        if after > before { Err(refused("with these lines the file would have more errors than before")) } else { Ok(text) }
    }
}

fn errors(checked: &check::Checked) -> usize {
    checked.diagnostics.iter().filter(|one| one.is_error()).count()
}

fn line(session: &Session, pairs: &Pairs, suggestion: &Suggestion) -> Line {
    let plan = &session.plan;
    let target = &plan.target.collection().attributes[suggestion.target];
    let named = |from: From| match from {
        From::Attribute(at) => format!("{}.{}", plan.source.alias, pairs.source.collection().attributes[at].name),
        From::Field(at) => plan.fields[at].name.clone(),
    };
    let value = suggestion.proposal.as_ref().map(|proposal| match &proposal.value {
        Proposed::Value { from, as_text: true, .. } => format!("\"{{{}}}\"", named(*from)),
        Proposed::Value { from, table: Some(table), .. } => format!("{} | lookup({table})", named(*from)),
        Proposed::Value { from, functions, .. } => {
            std::iter::once(named(*from)).chain(functions.iter().map(|name| (*name).to_owned())).collect::<Vec<_>>().join(" | ")
        }
        Proposed::Constant(Value::Text(text)) => format!("{:?}", text.as_str()),
        Proposed::Constant(value) => value.to_text().unwrap_or_default().into_owned(),
    });
    let constant = suggestion.proposal.as_ref().is_some_and(|proposal| matches!(proposal.value, Proposed::Constant(_)));
    let proposal = suggestion.proposal.as_ref();
    Line {
        target: target.name.clone(),
        value,
        policy: if constant { "on create" } else { "" },
        required: !target.ty.optional,
        sure: proposal.is_some_and(|proposal| proposal.sure),
        equal: proposal.map_or(suggestion.most, |proposal| proposal.equal),
        both: proposal.map_or(suggestion.of, |proposal| proposal.both),
        of: suggestion.of,
        refused: None,
        without: proposal.and_then(|proposal| proposal.without),
        same_name: proposal.is_some_and(|proposal| proposal.same_name),
        not_seen: target.from_get && !pairs.asked.1,
        rivals: proposal.map(|proposal| proposal.rivals.iter().map(|rival| named(*rival)).collect()).unwrap_or_default(),
    }
}
