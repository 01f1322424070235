//! `suggest`: lines of `map`, proposed from what both systems hold. Sends no writing request.

use crate::{
    check::{self, LoadError, Loader, Told},
    cli::{
        args::{Common, Suggest as Args},
        commands::fmt::formatted,
        failure::{Exit, Failure},
        terminal::Terminal,
        views::{
            diagnostics,
            suggest::{self as screen, Line},
        },
    },
    compile::{Mode, pipeline::compile},
    diagnose::{FileId, Span},
    engine::{discovery::freshen, session::Session},
    project::{files::write, folder::Project},
    reload::disk::Disk,
    run::{
        plan::lookups::Breadth,
        suggest::{From, Pairs, Proposed, Suggestion, pair, suggest as weigh},
    },
    syntax::{
        parse,
        tree::{Item, Pipeline, PipelineItem},
    },
    systems::End,
    value::Value,
};
use std::path::{Path, PathBuf};

/// Reads both systems, pairs who belongs together, and proposes what no line of `map` writes yet.
pub async fn suggest(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut project = Project::open(common)?;
    let found = project.choose(args.pipeline.as_deref())?;
    freshen(&mut project, &found, terminal).await?;
    let checked = project.check(&found.file);
    let Some(unfinished) = checked.unfinished() else {
        diagnostics::print(&[&checked], terminal, Exit::File);
        return Err(Failure::silent(Exit::File));
    };
    let mut plan =
        compile(&unfinished, &found.name, &project.config, false).map_err(|error| project.compile_words()(error, &found.file))?;
    // A sample is compared, so who is asked for one by one is read by the list.
    plan.one_by_one &= plan.target.collection().list.is_none();
    let session = Session::open_plan(project, found, plan, terminal, None).await?;
    let reads = session.read(Breadth::Everything).await?;
    for table in [&reads.source, &reads.target] {
        if let End::Broken { reason, .. } = &table.end {
            return Err(Failure::stopped(format!("{reason}; nothing was suggested, nothing was written")));
        }
    }
    let memory = session.memory()?;
    let pairs = pair(&session.plan, &reads, &memory.links, session.clock);
    let suggestions = weigh(&session.plan, &unfinished.tables, &pairs);
    let disk = session.project.disk();
    let text = disk.load(&session.found.file).map_err(|_| Failure::stopped(format!("`{}` can't be read", session.found.file.display())))?;
    let page = Page { file: &session.found.file, text: &text, pipeline: &session.found.name, disk: &disk };
    let lines = page.lines(&session, &pairs, &suggestions);
    terminal.print(&screen::print(&lines, &pairs, terminal));
    if session.plan.mode == Mode::Append {
        terminal.say("what was sent can't be read back: only names were compared");
    }
    if args.write {
        return page.write(&lines, terminal);
    }
    if lines.iter().any(|line| line.sure) {
        terminal.next("counterpart suggest --write");
    }
    Ok(Exit::Done)
}

/// The file that the lines are for.
struct Page<'a> {
    file: &'a Path,
    text: &'a str,
    pipeline: &'a str,
    disk: &'a Disk,
}

impl Page<'_> {
    /// The suggestions as lines that the checker accepts.
    fn lines(&self, session: &Session, pairs: &Pairs, suggestions: &[Suggestion]) -> Vec<Line> {
        let mut lines: Vec<Line> = suggestions.iter().map(|suggestion| line(session, pairs, suggestion)).collect();
        // What is wrong between two pipelines shows once each is in order.
        while self.judge(&mut lines) {}
        lines
    }

    /// Asks the check of all lines that are proposed; whether it had anything to say that was not known.
    fn judge(&self, lines: &mut [Line]) -> bool {
        let mut news = false;
        let proposed: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].value.is_some()).collect();
        let (text, first) = self.with(&proposed.iter().map(|at| lines[*at].text()).collect::<Vec<_>>());
        let checked = check::check(&Instead { path: self.file, text: &text, disk: self.disk }, self.file);
        for one in checked.diagnostics.iter().filter(|one| one.is_error()) {
            let at = text[..one.span.start as usize].matches('\n').count();
            if let Some(line) = at.checked_sub(first).and_then(|at| proposed.get(at)) {
                news |= lines[*line].judged(one);
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

    /// Where lines can be added: before the brace that closes `map`, or, where there is none, before the one that closes the pipeline.
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

    /// Puts the sure lines into the file; nothing is changed if that makes anything wrong.
    fn write(&self, lines: &[Line], terminal: &Terminal) -> Result<Exit, Failure> {
        let sure: Vec<String> = lines.iter().filter(|line| line.sure).map(Line::text).collect();
        if sure.is_empty() {
            return Err(Failure::new(Exit::Done, "nothing was written: no suggestion is sure"));
        }
        let (text, _) = self.with(&sure);
        let text = formatted(self.file, &text, terminal).ok_or_else(|| Failure::new(Exit::File, "nothing was written"))?;
        let before = errors(&check::check(self.disk, self.file));
        let after = errors(&check::check(&Instead { path: self.file, text: &text, disk: self.disk }, self.file));
        if after > before {
            return Err(Failure::new(Exit::File, "nothing was written: with these lines the file would have more errors than before"));
        }
        write(self.file, &text)?;
        terminal.say(&format!("wrote {} lines into {}", sure.len(), self.file.display()));
        terminal.next("counterpart plan");
        Ok(Exit::Done)
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
        rivals: proposal.map(|proposal| proposal.rivals.iter().map(|rival| named(*rival)).collect()).unwrap_or_default(),
    }
}

/// The files of the disk, with another text in place of one.
struct Instead<'a> {
    path: &'a Path,
    text: &'a str,
    disk: &'a Disk,
}

impl Loader for Instead<'_> {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == self.path { Ok(self.text.to_owned()) } else { self.disk.load(path) }
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        self.disk.files_in(folder)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<Told>> {
        self.disk.discovered(system, collection, part)
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<jiff::Timestamp> {
        self.disk.asked(system, collection, part)
    }
}
