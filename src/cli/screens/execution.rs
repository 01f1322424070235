//! An execution plan, as `show` prints it: what is read, in which requests, and what each stage does.

use super::{heading, pad, row};
use crate::{
    cli::terminal::{Ink, Style},
    plan::{
        Action, Guard, Guarded, Leaver, LeaverKind, Line, Mapping, Missing, Mode, On, Plan, Side,
        program::{Program, TemplatePart},
        system::{Call, Collection, Connection, FileFormat, Http, Page as Pager, PageBy, Place},
    },
    value::Span,
};

/// The screen.
#[must_use]
pub fn text(plan: &Plan, environment: &str, sandbox: bool, style: Style) -> String {
    let mut page = Page { style, out: heading(style, &plan.title, &format!("execution plan {}", plan.id), environment, sandbox), step: 0 };
    page.out.push_str(&row(style, "", "line"));
    read(&mut page, &plan.source, plan, true);
    read(&mut page, &plan.target, plan, false);
    extract(&mut page, plan);
    page.step("link", &format!("by {}, before anything else is asked", bare(&plan.key_text, &plan.source.alias)), &[&plan.key_line]);
    for leaver in &plan.leavers {
        leave(&mut page, plan, leaver);
    }
    scope(&mut page, plan);
    matching(&mut page, plan);
    compare(&mut page, plan);
    guards(&mut page, plan);
    apply(&mut page, plan);
    page.out.push('\n');
    page.out.push_str(&powers(plan));
    style.plainly(&page.out)
}

/// The same for programs; `"format": 1`.
#[must_use]
pub fn json(plan: &Plan) -> serde_json::Value {
    let side = |side: &Side| serde_json::json!({ "collection": side.name(), "reads": side.slots.iter().map(|slot| &slot.name).collect::<Vec<_>>() });
    let attribute = |at: usize| plan.target.collection().attributes[at].name.clone();
    serde_json::json!({
        "format": 1,
        "execution_plan": plan.id,
        "hash": plan.hash,
        "pipeline": plan.name,
        "title": plan.title,
        "zone": plan.zone_name,
        "schedule": plan.schedule,
        "files": plan.files,
        "source": side(&plan.source),
        "target": side(&plan.target),
        "key": plan.key_text,
        "fields": plan.fields.iter().map(|field| serde_json::json!({ "name": field.name, "type": field.ty.to_string(), "value": field.text, "line": field.line.line })).collect::<Vec<_>>(),
        "scope": plan.scope.iter().map(|scope| serde_json::json!({ "keep": scope.keep, "when": scope.text, "reason": scope.reason, "line": scope.line.line })).collect::<Vec<_>>(),
        "match": plan.rules.iter().map(|rule| serde_json::json!({ "by": rule.name, "line": rule.line.line })).collect::<Vec<_>>(),
        "map": plan.map.iter().map(|mapping| serde_json::json!({ "attribute": attribute(mapping.attribute), "value": mapping.text, "note": note(mapping), "line": mapping.line.line })).collect::<Vec<_>>(),
        "leavers": plan.leavers.iter().flat_map(|leaver| &leaver.conditions).map(|condition| serde_json::json!({ "when": condition.text, "reason": condition.reason, "line": condition.line.line })).collect::<Vec<_>>(),
        "guards": plan.guards.iter().map(|guard| serde_json::json!({ "limit": guard_words(guard, plan), "line": guard.line.as_ref().map(|line| line.line) })).collect::<Vec<_>>(),
    })
}

struct Page {
    style: Style,
    out: String,
    step: usize,
}

impl Page {
    fn step(&mut self, word: &str, text: &str, lines: &[&Line]) {
        self.step += 1;
        let head = format!("{:<3}{}", self.step, self.style.paint(Ink::Bold, &pad(word, 9)));
        self.out.push_str(&row(self.style, &format!("{head}{text}"), &numbers(lines)));
    }

    fn more(&mut self, text: &str, lines: &[&Line]) {
        self.out.push_str(&row(self.style, &format!("            {text}"), &numbers(lines)));
    }
}

fn numbers(lines: &[&Line]) -> String {
    let mut seen: Vec<String> = Vec::new();
    for line in lines.iter().filter(|line| line.line > 0) {
        let place = if line.file.is_empty() { line.line.to_string() } else { format!("{}:{}", line.file, line.line) };
        if !seen.contains(&place) {
            seen.push(place);
        }
    }
    seen.join(", ")
}

fn bare<'a>(text: &'a str, alias: &str) -> &'a str {
    text.strip_prefix(alias).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text)
}

fn read(page: &mut Page, side: &Side, plan: &Plan, source: bool) {
    let collection = side.collection();
    let how = match &side.system.connection {
        Connection::Http(http) if !source && plan.one_by_one => one_by_one(side, plan, http),
        Connection::Http(http) => collection.list.as_ref().map_or_else(|| "not listed".to_owned(), |list| listed(list, side, http)),
        Connection::Files => file(side),
    };
    page.step("read", &format!("{}  {how}", pad(&side.name(), 22)), &[&side.line]);
    let names: Vec<&str> = side.slots.iter().map(|slot| slot.name.as_str()).collect();
    page.more(&format!("  {} of {}: {}", side.slots.len(), collection.attributes.len(), names.join(" ")), &[]);
    if source {
        page.more(&format!("  complete when {}", evidence(side)), &[]);
    }
}

fn evidence(side: &Side) -> &'static str {
    let Connection::Http(_) = &side.system.connection else { return "the whole file was read" };
    let list = side.collection().list.as_ref();
    match (list.and_then(|list| list.total.as_ref()), list.and_then(|list| list.page.as_ref()).map(|page| &page.by)) {
        _ if list.is_some_and(|list| list.for_each.is_some()) => "each of its lists comes to its end",
        (Some(Place::Path(_)), _) => "the announced total is met",
        (Some(Place::Header(_)), _) => "the total of the header is met",
        (None, Some(PageBy::Link(_))) => "no link leads to another page",
        (None, Some(PageBy::Cursor(_))) => "no cursor leads to another page",
        (None, _) => "the list comes to its natural end",
    }
}

fn listed(list: &Call, side: &Side, http: &Http) -> String {
    let (path, collection) = (as_written(&list.path), side.collection());
    let below = list.for_each.map(|above| format!(", for each of {}", side.system.collections[above].name)).unwrap_or_default();
    let pages = list.page.as_ref().map_or_else(String::new, |page| paging(page, collection));
    format!("{} {path}{below}{pages}{}", list.method, budget(http))
}

/// How its pages follow one another: `, 250 a page, by their links`.
fn paging(page: &Pager, collection: &Collection) -> String {
    match page.by {
        PageBy::Offset | PageBy::Number => format!(", {} a page", page.size),
        PageBy::Link(_) => format!(", {} a page, by their links", page.size),
        PageBy::Cursor(_) => format!(", {} a page, by their cursors", page.size),
        PageBy::Last(attribute) => format!(", each page from the last `{}` on", collection.attributes[attribute].name),
    }
}

/// The fixed text of a template, `…` where something is filled in.
fn as_written(program: &Program) -> String {
    match program {
        Program::Constant(value) => value.as_text().unwrap_or_default().to_owned(),
        Program::Template(parts) => {
            parts.iter().map(|part| if let TemplatePart::Text(text) = part { text.as_str() } else { "…" }).collect()
        }
        _ => "…".to_owned(),
    }
}

fn budget(http: &Http) -> String {
    http.limit.map_or_else(String::new, |limit| {
        let unit = match limit.per_seconds {
            1 => "second",
            60 => "minute",
            3600 => "hour",
            _ => "day",
        };
        format!(", {} requests a {unit}", limit.amount)
    })
}

fn one_by_one(side: &Side, plan: &Plan, http: &Http) -> String {
    let collection = side.collection();
    let asked = plan.rules.iter().filter_map(|rule| rule.parts.first()).map(|part| collection.attributes[part.attribute].name.as_str());
    format!("one by one, by {}{}", asked.collect::<Vec<_>>().join(" and "), budget(http))
}

fn file(side: &Side) -> String {
    side.collection().file.as_ref().map_or_else(String::new, |file| {
        let format = match &file.format {
            FileFormat::Csv { .. } => "CSV",
            FileFormat::Json { .. } => "JSON",
            FileFormat::JsonLines => "JSON lines",
        };
        format!("{}, {format}", as_written(&file.path))
    })
}

fn extract(page: &mut Page, plan: &Plan) {
    for (at, field) in plan.fields.iter().enumerate() {
        let text = format!("{} {}", pad(&field.name, 11), field.text);
        if at == 0 {
            page.step("extract", &text, &[&field.line]);
        } else {
            page.more(&text, &[&field.line]);
        }
    }
}

fn leave(page: &mut Page, plan: &Plan, leaver: &Leaver) {
    let actions = |actions: &[Action]| actions.iter().map(|action| action_words(action, plan)).collect::<Vec<_>>().join(", ");
    for (at, condition) in leaver.conditions.iter().enumerate() {
        let when = match &condition.kind {
            LeaverKind::When(_) => condition.text.clone(),
            LeaverKind::MissingForRuns { runs, .. } => format!("missing for {runs} runs, complete reads only"),
            LeaverKind::MissingFor(span) => format!("missing for {}, complete reads only", span_words(*span)),
            LeaverKind::OutOfScope => "out of scope".to_owned(),
        };
        if at == 0 {
            page.step("leave", &format!("{when}: {}", actions(&leaver.actions)), &[&condition.line]);
        } else {
            page.more(&format!("or {when}"), &[&condition.line]);
        }
    }
    for stage in &leaver.stages {
        page.more(&format!("after {}: {}", span_words(stage.delay), actions(&stage.actions)), &[&stage.line]);
    }
    if let Some(back) = &leaver.on_return {
        let again = if leaver.create_again { "a new account; " } else { "" };
        page.more(&format!("on return: {again}{}", actions(back)), &back.iter().map(action_line).collect::<Vec<_>>());
    }
    for protect in &leaver.protect {
        page.more(&format!("never: \"{}\"", protect.reason), &[&protect.line]);
    }
}

const fn action_line(action: &Action) -> &Line {
    match action {
        Action::Set { line, .. } | Action::Call { line, .. } | Action::Delete { line } => line,
    }
}

fn action_words(action: &Action, plan: &Plan) -> String {
    let collection = plan.target.collection();
    match action {
        Action::Set { attribute, text, .. } => format!("{} = {text}", collection.attributes[*attribute].name),
        Action::Call { call, once, .. } => format!("call {}{}", collection.named[*call].0, if *once { " once" } else { "" }),
        Action::Delete { .. } => "delete".to_owned(),
    }
}

/// `60 days`, `2 h`.
#[must_use]
pub fn span_words(span: Span) -> String {
    match span {
        Span::Days(1) => "1 day".to_owned(),
        Span::Days(days) => format!("{days} days"),
        Span::Seconds(s) if s % 3600 == 0 => format!("{} h", s / 3600),
        Span::Seconds(s) if s % 60 == 0 => format!("{} min", s / 60),
        Span::Seconds(s) => format!("{s} s"),
    }
}

fn scope(page: &mut Page, plan: &Plan) {
    for (at, scope) in plan.scope.iter().enumerate() {
        let out = super::ledger::quoted(&scope.reason);
        let text = if scope.keep {
            format!("keep  {}   else out: {out}", pad(&scope.text, 34))
        } else {
            format!("skip  {}   out: {out}", pad(&scope.text, 34))
        };
        if at == 0 {
            page.step("scope", &text, &[&scope.line]);
        } else {
            page.more(&text, &[&scope.line]);
        }
    }
}

fn matching(page: &mut Page, plan: &Plan) {
    let names: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
    let lines: Vec<&Line> = plan.rules.iter().map(|rule| &rule.line).collect();
    if names.is_empty() {
        page.step("match", "nobody: only links of earlier runs", &[]);
    } else {
        page.step("match", &names.join(", then "), &lines);
    }
    page.more("two for one, one for two, or two lines that disagree: held", &[]);
}

fn compare(page: &mut Page, plan: &Plan) {
    let name = |mapping: &Mapping| plan.target.collection().attributes[mapping.attribute].name.clone();
    let plain: Vec<&Mapping> = plan.map.iter().filter(|mapping| note(mapping).is_empty()).collect();
    let names: Vec<String> = plain.iter().map(|mapping| name(mapping)).collect();
    page.step("compare", &names.join(" "), &[&plan.map_line]);
    for mapping in plan.map.iter().filter(|mapping| !note(mapping).is_empty()) {
        page.more(&format!("{}, {}", name(mapping), note(mapping)), &[&mapping.line]);
    }
}

/// What a line of `map` says beside its value.
fn note(mapping: &Mapping) -> String {
    let mut notes = Vec::new();
    match mapping.on {
        On::Create => notes.push("on create only"),
        On::Update => notes.push("on update only"),
        On::Both => {}
    }
    if mapping.when.is_some() {
        notes.push("on a condition");
    }
    match mapping.missing {
        Missing::Keep => notes.push("kept when missing"),
        Missing::Clear => notes.push("cleared when missing"),
        Missing::KeepAbsent => notes.push("kept when absent, else cleared"),
        Missing::ClearAbsent => notes.push("cleared when absent, else kept"),
        Missing::Never => {}
    }
    if mapping.once {
        notes.push("once");
    }
    notes.join(", ")
}

fn guards(page: &mut Page, plan: &Plan) {
    for (at, guard) in plan.guards.iter().enumerate() {
        let text = guard_words(guard, plan);
        let none = Line::default();
        let line = guard.line.as_ref().unwrap_or(&none);
        if at == 0 {
            page.step("guard", &text, &[line]);
        } else {
            page.more(&text, &[line]);
        }
    }
    if plan.hold_leavers_only {
        page.more("past it, only closings and deletes are held", &[]);
    }
}

fn guard_words(guard: &Guard, plan: &Plan) -> String {
    let what = match &guard.what {
        Guarded::Leavers => "leavers".to_owned(),
        Guarded::Creates => "creates".to_owned(),
        Guarded::Updates => "updates".to_owned(),
        Guarded::Returns => "returns".to_owned(),
        Guarded::Rekeys => "rekeys".to_owned(),
        Guarded::Clears => "clears of one attribute".to_owned(),
        Guarded::Failures => "failures".to_owned(),
        Guarded::ChangesOf(attribute) => format!("changes of {}", plan.target.collection().attributes[*attribute].name),
        Guarded::Source => return format!("source at least {}% of the best of the last 30 days", guard.percent.unwrap_or_default()),
        Guarded::EveryRun => return "every run waits for approval".to_owned(),
        Guarded::EveryLeaver => return "every leaver waits for approval".to_owned(),
    };
    let limit = match (guard.percent, guard.number) {
        (Some(percent), Some(number)) => format!("{percent}% or {number} of the open links"),
        (Some(percent), None) => format!("{percent}% of the open links"),
        (None, number) => number.unwrap_or_default().to_string(),
    };
    let over = guard.over.map_or_else(String::new, |span| format!(" over {}", span_words(span)));
    let default = if guard.line.is_none() { "   (in force until you say otherwise)" } else { "" };
    format!("{what} at most {limit}{over}{default}")
}

fn apply(page: &mut Page, plan: &Plan) {
    let order = match (plan.leavers.is_empty(), plan.mode) {
        (true, Mode::Update) => "changes",
        (true, _) => "changes, joins",
        (false, Mode::Update) => "leavers, then returns, changes",
        (false, _) => "leavers, then returns, changes, joins",
    };
    let collection = plan.target.collection();
    let finds: Vec<&str> = collection.finds.iter().map(|(by, _)| collection.attributes[*by].name.as_str()).collect();
    let unknown = match finds.first() {
        Some(first) => format!("an unknown outcome is looked up by {first}"),
        None => "an unknown outcome is looked up in the next read".to_owned(),
    };
    page.step("apply", &format!("{order}; {unknown}"), &[]);
}

/// What the plan can do to the target, and what it cannot.
fn powers(plan: &Plan) -> String {
    let collection = plan.target.collection();
    let mut written: Vec<usize> = plan.map.iter().map(|mapping| mapping.attribute).collect();
    let actions = || {
        plan.leavers.iter().flat_map(|leaver| {
            leaver.actions.iter().chain(leaver.stages.iter().flat_map(|stage| &stage.actions)).chain(leaver.on_return.iter().flatten())
        })
    };
    written.extend(actions().filter_map(|action| if let Action::Set { attribute, .. } = action { Some(*attribute) } else { None }));
    written.sort_unstable();
    written.dedup();
    let deletes = actions().any(|action| matches!(action, Action::Delete { .. }));
    let mut cannot = Vec::new();
    if !deletes {
        cannot.push("delete a record".to_owned());
    }
    if !plan.mode.creates() {
        cannot.push("create a record".to_owned());
    }
    if plan.leavers.is_empty() {
        cannot.push("make anybody leave".to_owned());
    } else {
        cannot.push("take an unread record for a leaver".to_owned());
    }
    cannot.extend(
        collection.attributes.iter().filter_map(|attribute| attribute.effect.as_ref()).map(|effect| format!("send {effect} twice")),
    );
    let deleting = if deletes { ", and delete" } else { "" };
    format!(
        "can write  {} attributes of {}, each listed above{deleting}\ncannot     {}\n",
        written.len(),
        plan.target.name(),
        cannot.join("; ")
    )
}
