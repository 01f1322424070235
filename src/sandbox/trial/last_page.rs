//! `last page when …`: no page that is followed by another may be taken for the last one.

use super::{
    Trial, commonplace,
    envelopes::{Shown, Style},
    successes::Tried,
};
use crate::{
    check::model::usual,
    compile::{
        program::{Name, Program},
        system::{Call, Outcome, Page, PageBy},
    },
    diagnose::Diagnostic,
    sandbox::{
        answer::{Answer, Body, place, solve},
        elements,
    },
    systems::scope::{AnswerBody, Head, Position, Scope},
};
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};

/// The most records of a page that is tried.
const MOST: u64 = 1_000;

/// What is at the places that a rule names, and that say nothing of another page.
#[derive(Clone, Copy)]
enum Filling {
    Words,
    /// Numbers from this one on.
    Numbers(usize),
    /// The page is the first, and there are many.
    First,
    /// The page is a late one, and many more follow.
    Late,
    /// Days, and noon of them, each of another place.
    Day,
    Time,
}

/// A rule that holds for all of some fillings holds for every page, or for the first one whatever follows.
const FILLINGS: [&[Filling]; 6] = [
    &[Filling::Words],
    &[Filling::Numbers(1), Filling::Numbers(MANY), Filling::First],
    &[Filling::First],
    &[Filling::Late],
    &[Filling::Day],
    &[Filling::Time],
];

const MANY: usize = 1_000;

/// How many pages there are in all where the page is a late one.
const MORE: u64 = 1_000_000;

/// Where a page stands among all: its number from 1 on, and the records or, as `number` says it, the pages before it.
const PAGES: [&str; 5] = ["page", "pagenumber", "pageno", "currentpage", "pageindex"];
const OFFSETS: [&str; 6] = ["number", "offset", "start", "skip", "startindex", "startat"];

/// Where a page ends among all: the position of its last record.
const ENDS: [&str; 7] = ["to", "end", "lastindex", "endindex", "toindex", "lastitem", "lastrecord"];

/// What a rule for the end of a list holds for.
enum End {
    /// In some style of API for the last page, and in this one for no other.
    Last,
    /// A page before the last one, and in no style for the last one alone.
    Early(Shown),
    /// No page of which it is known what it says.
    Untold,
}

const ONLY_THE_LAST: &str = "compare something that only the last page has, such as `$.has_more == false` or `page.count == 0`";

const HEADERS_ARE_TEXTS: &str =
    "headers are texts, and `\"10\"` comes before `\"2\"`: make numbers of them, as in `(header \"X-Page\" | parse_int) >= …`";

impl Trial<'_> {
    /// The rule that holds for a full page with another one after it, whatever else that page has.
    pub fn ends_early(&self, tried: &Tried<'_>, records: &[Json]) -> Option<Diagnostic> {
        let page = tried.call.page.as_ref()?;
        let full: Vec<_> = records.iter().cycle().take(usize::try_from(page.size.min(MOST)).ok()?).collect();
        let rules = || tried.call.rules.outcomes.iter().filter(|rule| rule.outcome == Outcome::LastPage);
        let on_any = |when: &Program| self.is_on_any_page(tried, page, &full, when).then(|| "a page that is not the last".to_owned());
        let early = |when: &Program| match self.end_of(tried, page, &full, when) {
            End::Early(shown) => Some(shown.to_string()),
            End::Last | End::Untold => None,
        };
        let failed = |when: &Program| {
            let mut answer = self.followed(tried, page, &full, when, (Filling::Words, false));
            let is_met = commonplace::add_failure(&mut answer, when) && self.holds(tried, page, when, &answer, page.size);
            is_met.then(|| "an answer that tells a failure".to_owned())
        };
        let met = |by: &dyn Fn(&Program) -> Option<String>| rules().find_map(|rule| Some((rule, by(&rule.when)?)));
        let (rule, what) = met(&on_any).or_else(|| met(&early)).or_else(|| met(&failed))?;
        let message = format!("this also holds for {what}, so the list would end there");
        let diagnostic = Diagnostic::error("E0570", rule.span, message).related(tried.call.span, "the answer to this call is such a page");
        Some(diagnostic.help(if orders(&rule.when, is_header) { HEADERS_ARE_TEXTS } else { ONLY_THE_LAST }))
    }

    /// Whether a rule holds for a page with whatever says nothing of another one.
    fn is_on_any_page(&self, tried: &Tried<'_>, page: &Page, full: &[&Json], when: &Program) -> bool {
        // What is asked of each record has one value where there is one record.
        let records = if commonplace::asks_each(when) { full.get(..1).unwrap_or(full) } else { full };
        // Of two places that are compared, the one or the other may be the greater.
        let holds = |filling: &Filling| {
            let of = |turned| self.followed(tried, page, records, when, (*filling, turned));
            [false, true].into_iter().all(|turned| self.holds(tried, page, when, &of(turned), page.size))
        };
        let is_met = FILLINGS.iter().any(|fillings| fillings.iter().all(holds));
        is_met && !(orders(when, is_in_answer) && matches!(self.end_of(tried, page, full, when), End::Last))
    }

    /// What a rule holds for by what APIs of many styles say around the records.
    fn end_of(&self, tried: &Tried<'_>, page: &Page, full: &[&Json], when: &Program) -> End {
        let one = full.get(..1).unwrap_or(full);
        let records = if commonplace::asks_each(when) { one } else { full };
        let [mut answer, mut short] = [records, one].map(|records| self.followed(tried, page, records, when, (Filling::Words, false)));
        let mut end = End::Untold;
        for style in Style::all(&places(tried.call, when), &answer) {
            let mut holds = |shown: &Shown| {
                let answer = if shown.count() < page.size { &mut short } else { &mut answer };
                style.tell(answer, *shown);
                self.holds(tried, page, when, answer, shown.count())
            };
            match Shown::all(page.size).filter(|shown| !shown.is_last()).find(&mut holds) {
                Some(early) if matches!(end, End::Untold) => end = End::Early(early),
                Some(_) => {}
                None if Shown::all(page.size).filter(|shown| shown.is_last()).any(|shown| holds(&shown)) => return End::Last,
                None => {}
            }
        }
        end
    }

    /// A full page that leads to another, with something at each place that a rule names.
    fn followed(&self, tried: &Tried<'_>, page: &Page, records: &[&Json], when: &Program, (filling, turned): (Filling, bool)) -> Answer {
        let call = tried.call;
        let mut answer =
            self.page(tried, records.iter().map(|record| elements::shown(call, self.shaped(tried.collection, record))).collect());
        if let Some(total) = &call.total {
            let all = if matches!(filling, Filling::Late) { json!(MORE * page.size) } else { json!(records.len() * 2) };
            place(total, all, &mut answer);
        }
        if let PageBy::Link(way) | PageBy::Cursor(way) = &page.by {
            place(way, json!("next"), &mut answer);
        }
        let places = places(call, when);
        let count = places.len();
        for (at, place) in places.into_iter().enumerate() {
            let known = matches!(&place, solve::Place::Path(path) if answer.has(path));
            let number = if turned { count - at } else { at };
            if !known {
                solve::put(&mut answer, &place, Self::filled(filling, &place, number, page.size));
            }
        }
        commonplace::add(&mut answer, when, page.size);
        answer
    }

    /// What a page may have at a place.
    fn filled(filling: Filling, place: &solve::Place, number: usize, size: u64) -> Json {
        let (name, day) = (commonplace::name_of(place), format!("2020-01-1{}", number.min(9)));
        let verdict = commonplace::verdict(&name);
        // A header says it as `X-Offset`.
        let name = name.strip_prefix('x').unwrap_or(&name);
        match filling {
            Filling::Words => json!(format!("words {number}")),
            _ if let Some(verdict) = verdict => json!(verdict),
            Filling::Numbers(least) => json!(least + number),
            Filling::First if PAGES.contains(&name) => json!(1),
            Filling::First if OFFSETS.contains(&name) => json!(0),
            Filling::First if ENDS.contains(&name) => json!(size),
            // One record more than the page has.
            Filling::First if usual::counts_all(name) => json!(size + 1),
            Filling::First => json!(MANY + number),
            Filling::Late if PAGES.contains(&name) || OFFSETS.contains(&name) => json!(MANY + number),
            Filling::Late => json!(MORE * size + number as u64),
            Filling::Day => json!(day),
            Filling::Time => json!(format!("{day}T12:00:00Z")),
        }
    }

    fn holds(&self, tried: &Tried<'_>, page: &Page, when: &Program, answer: &Answer, count: u64) -> bool {
        let pairs = answer.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
        let headers: HeaderMap = pairs.collect();
        let Body::Json(body) = &answer.body else { return false };
        let position = Position::of_size(page.size);
        let scope = Scope {
            answer: AnswerBody::Tree(body),
            head: Some(Head { status: answer.status, headers: &headers }),
            count: Some(count),
            page: Some(&position),
            ..Scope::new(&self.config)
        };
        tried.reads() && when.holds(&scope).unwrap_or(false)
    }
}

/// The places that a rule names, but for that of a mark, which is in the last page alone.
fn places(call: &Call, when: &Program) -> Vec<solve::Place> {
    let mark = call.since.as_ref().and_then(|since| since.place().path());
    let mut places = Vec::new();
    when.names(&mut |name| match name {
        Name::Answer(path) if mark.is_none_or(|mark| mark.text != path.text) => places.push(solve::Place::Path(path.clone())),
        Name::Header(name) => places.push(solve::Place::Header(name.clone())),
        _ => {}
    });
    places
}

/// Whether a rule compares two such things by their order.
fn orders(when: &Program, are_such: fn(&Program) -> bool) -> bool {
    let compares =
        |part: &&Program| matches!(part, Program::Compare(how, both) if how.is_order() && are_such(&both.0) && are_such(&both.1));
    when.parts().iter().any(compares)
}

const fn is_header(side: &Program) -> bool {
    matches!(side, Program::Name(Name::Header(_)))
}

fn is_in_answer(side: &Program) -> bool {
    side.uses(|name| matches!(name, Name::Answer(_) | Name::Header(_)))
}
