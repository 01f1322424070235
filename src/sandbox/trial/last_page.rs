//! `last page when …`: no page that is followed by another may be taken for the last one.

use super::{Trial, successes::Tried};
use crate::{
    compile::{
        program::{Comparator, Name, Program},
        system::{Outcome, Page, PageBy},
    },
    diagnose::Diagnostic,
    sandbox::{
        answer::{Answer, Body, place, solve},
        elements,
    },
    systems::scope::{AnswerBody, Head, Position, Scope},
    value::path::JsonPath,
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
    /// Days, and noon of them, each of another place.
    Day,
    Time,
}

/// A rule that holds for all of some fillings holds for every page, or for the first one whatever follows.
const FILLINGS: [&[Filling]; 5] = [
    &[Filling::Words],
    &[Filling::Numbers(1), Filling::Numbers(MANY), Filling::First],
    &[Filling::First],
    &[Filling::Day],
    &[Filling::Time],
];

const MANY: usize = 1_000;

/// Members that are true after any success, and false.
const TRUE: [&str; 6] = ["success", "successful", "succeeded", "ok", "okay", "valid"];
const FALSE: [&str; 6] = ["error", "errors", "haserrors", "failed", "failure", "fault"];

impl Trial<'_> {
    /// The rule that holds for a full page with another one after it, whatever else that page has.
    pub fn ends_early(&self, tried: &Tried<'_>, records: &[Json]) -> Option<Diagnostic> {
        let page = tried.call.page.as_ref()?;
        let full: Vec<_> = records.iter().cycle().take(usize::try_from(page.size.min(MOST)).ok()?).collect();
        let rules = tried.call.rules.outcomes.iter().filter(|rule| rule.outcome == Outcome::LastPage);
        let rule = rules.into_iter().find(|rule| {
            // Of two places that are compared, the one or the other may be the greater.
            let holds = |filling: &Filling| {
                let of = |turned| self.followed(tried, page, &full, &rule.when, (*filling, turned));
                [false, true].into_iter().all(|turned| self.holds(tried, page, &rule.when, of(turned)))
            };
            FILLINGS.iter().any(|fillings| fillings.iter().all(holds))
        })?;
        let message = "this also holds for a page that is not the last, so the list would end there";
        let diagnostic = Diagnostic::error("E0570", rule.span, message).related(tried.call.span, "the answer to this call is such a page");
        Some(
            diagnostic
                .help("compare something that only the last page has: `$.has_more == false`, `page.count < page.size` or `status == 204`"),
        )
    }

    /// A full page that leads to another, with something at each place that a rule names.
    fn followed(&self, tried: &Tried<'_>, page: &Page, records: &[&Json], when: &Program, (filling, turned): (Filling, bool)) -> Answer {
        let call = tried.call;
        let mut answer =
            self.page(tried, records.iter().map(|record| elements::shown(call, self.shaped(tried.collection, record))).collect());
        if let Some(total) = &call.total {
            place(total, json!(records.len() * 2), &mut answer);
        }
        if let PageBy::Link(way) | PageBy::Cursor(way) = &page.by {
            place(way, json!("next"), &mut answer);
        }
        let mark = call.since.as_ref().and_then(|since| since.place().path());
        let mut places = Vec::new();
        when.names(&mut |name| match name {
            Name::Answer(path) if mark.is_none_or(|mark| mark.text != path.text) => places.push(solve::Place::Path(path.clone())),
            Name::Header(name) => places.push(solve::Place::Header(name.clone())),
            _ => {}
        });
        let count = places.len();
        for (at, place) in places.into_iter().enumerate() {
            let known = matches!(&place, solve::Place::Path(path) if answer.has(path));
            let number = if turned { count - at } else { at };
            if !known {
                solve::put(&mut answer, &place, Self::filled(filling, &place, number));
            }
        }
        with_asked_values(&mut answer, when);
        answer
    }

    /// What a page may have at a place.
    fn filled(filling: Filling, place: &solve::Place, number: usize) -> Json {
        let (name, day) = (name_of(place), format!("2020-01-1{}", number.min(9)));
        let verdict = [TRUE.contains(&&*name), FALSE.contains(&&*name)];
        match filling {
            Filling::Words => json!(format!("words {number}")),
            _ if verdict.contains(&true) => json!(verdict[0]),
            Filling::Numbers(least) => json!(least + number),
            Filling::First => match &*name {
                "page" | "pagenumber" | "pageno" | "currentpage" | "pageindex" => json!(1),
                "offset" | "start" | "skip" | "startindex" | "startat" => json!(0),
                _ => json!(MANY + number),
            },
            Filling::Day => json!(day),
            Filling::Time => json!(format!("{day}T12:00:00Z")),
        }
    }

    fn holds(&self, tried: &Tried<'_>, page: &Page, when: &Program, answer: Answer) -> bool {
        let pairs = answer.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
        let headers: HeaderMap = pairs.collect();
        let Body::Json(body) = &answer.body else { return false };
        let position = Position::of_size(page.size);
        let scope = Scope {
            answer: AnswerBody::Tree(body),
            head: Some(Head { status: answer.status, headers: &headers }),
            count: Some(page.size),
            page: Some(&position),
            ..Scope::new(&self.config)
        };
        tried.reads() && when.holds(&scope).unwrap_or(false)
    }
}

/// The last name of a place, in small letters alone.
fn name_of(place: &solve::Place) -> String {
    let name = match place {
        solve::Place::Path(path) => path.text.rsplit('.').next().unwrap_or_default(),
        solve::Place::Header(name) => name,
        _ => "",
    };
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

/// A record of any page may have the value that a rule asks of one at a fixed place: `$.data[0].id == "1"`.
fn with_asked_values(answer: &mut Answer, when: &Program) {
    let of_record = |path: &JsonPath| path.text.contains('[') && !path.text.contains("[-");
    for part in when.parts() {
        let asks = matches!(part, Program::Compare(Comparator::Equal, _) | Program::In { negated: false, .. });
        if let (true, Some(solve::Place::Path(path))) = (asks, solve::place_of_leaf(part))
            && of_record(&path)
            && answer.has(&path)
            && let Some(value) = solve::constants(part).into_iter().next()
        {
            solve::put(answer, &solve::Place::Path(path), value);
        }
    }
}
