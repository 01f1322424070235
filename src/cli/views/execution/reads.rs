//! The reads of an execution plan: the requests, and the attributes that are used.

use super::{Page, bare, span_words};
use crate::cli::views::proof::{allowance, pace};
use crate::{
    cli::views::pad,
    compile::{
        ExecutionPlan, Join, Origin, Side, Slot,
        program::{Program, TemplatePart},
        system::{Call, Collection, Connection, FileFormat, Http, Page as Pager, PageBy, Place},
    },
};

pub fn read(page: &mut Page<'_>, side: &Side, plan: &ExecutionPlan, source: bool) {
    let how = match &side.system.connection {
        Connection::Http(http) if !source && plan.one_by_one => one_by_one(side, plan, http),
        _ => in_full(side),
    };
    page.step("read", &format!("{}  {how}", pad(&side.name(), 22)), &[side.span]);
    let own: Vec<&Slot> = side.slots.iter().filter(|slot| slot.origin == Origin::Record).collect();
    page.more(&taken(side, &own), &[]);
    by_get(page, side);
    if source {
        page.more(&format!("  complete when {}", evidence(side)), &[]);
    }
}

/// The part of the source that an incremental read asks for.
pub fn since(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let Some(since) = &plan.since else { return };
    let lookback = since.lookback.map_or_else(String::new, |back| format!(", {} further back", span_words(back)));
    let full = since.full_every.map_or_else(String::new, |every| format!("; everything every {}", span_words(every)));
    let by_mark = plan.source.collection().list.as_ref().is_some_and(|list| list.since.is_some());
    let mark = if by_mark { ", by the mark that the list gives" } else { "" };
    page.more(&format!("  what changed since the last run{mark}{lookback}{full}"), &[since.span]);
    if let Some(from) = since.from {
        let zone = plan.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        page.more(&format!("  what is older than {} is never sent", from.to_zoned(zone).strftime("%Y-%m-%d %H:%M")), &[]);
    }
}

pub fn join(page: &mut Page<'_>, join: &Join) {
    let side = &join.end;
    page.step("join", &format!("{}  {}", pad(&side.name(), 22), in_full(side)), &[join.end.span]);
    page.more(&taken(side, &side.slots.iter().collect::<Vec<_>>()), &[]);
    by_get(page, side);
    let how = if join.many { "as a list" } else { "at most one" };
    page.more(&format!("  {}, {how}, on {}", side.alias, join.text), &[]);
}

pub fn each(page: &mut Page<'_>, plan: &ExecutionPlan) {
    if let Some(each) = &plan.each {
        page.step("for each", &format!("{} in {}: a row of its own", each.name, each.text), &[each.span]);
    }
}

/// `  7 of 22: id email …`
fn taken(side: &Side, slots: &[&Slot]) -> String {
    let names: Vec<&str> = slots.iter().map(|slot| bare(&slot.name, &side.alias)).collect();
    let declared = slots.iter().filter(|slot| slot.attribute.is_some()).count();
    let raw = if declared < slots.len() { format!(", {} by their paths", slots.len() - declared) } else { String::new() };
    format!("  {declared} of {}{raw}: {}", side.collection().attributes.len(), names.join(" "))
}

/// What one `get` for each record costs, where lists leave out what the plan uses.
fn by_get(page: &mut Page<'_>, side: &Side) {
    let slots: Vec<&Slot> = side.from_get().iter().map(|at| &side.slots[*at]).collect();
    if slots.is_empty() {
        return;
    }
    let names: Vec<&str> = slots.iter().map(|slot| bare(&slot.name, &side.alias)).collect();
    let pace = side.system.http().and_then(|http| http.limit).map_or_else(|| "no `limit` is declared".to_owned(), pace);
    page.more(
        &format!("  one get for each record, for {}: {pace}", names.join(" ")),
        &slots.iter().map(|slot| slot.span).collect::<Vec<_>>(),
    );
}

fn in_full(side: &Side) -> String {
    match &side.system.connection {
        Connection::Http(http) => side.collection().list.as_ref().map_or_else(|| "not listed".to_owned(), |list| listed(list, side, http)),
        Connection::Files => file(side),
    }
}

fn evidence(side: &Side) -> &'static str {
    let Connection::Http(_) = &side.system.connection else { return "the whole file was read" };
    let list = side.collection().list.as_ref();
    let total = list.filter(|list| !list.total_is_optional).and_then(|list| list.total.as_ref());
    match (total, list.and_then(|list| list.page.as_ref()).map(|page| &page.by)) {
        _ if list.is_some_and(|list| list.for_each.is_some()) => "each of its lists comes to its end",
        (Some(Place::Path(_) | Place::Made(_)), _) => "the announced total is met",
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

/// The paging of a list: `, 250 a page, by their links`.
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
    http.limit.map_or_else(String::new, |limit| format!(", {}", allowance(limit)))
}

fn one_by_one(side: &Side, plan: &ExecutionPlan, http: &Http) -> String {
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
