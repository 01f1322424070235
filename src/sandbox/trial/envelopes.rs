//! What APIs of many styles say around the records of a page: where it stands among all, and what comes before and after it.
//!
//! In: the places that a rule names. Out: for each style of API that has such members, what they say on each page of some lists.

use super::commonplace::name_of;
use crate::{
    check::model::{
        page_counts::{counts_page, limits_page},
        usual::{self, BEFORE, LAST, Words},
    },
    sandbox::answer::{Answer, Body, solve},
    value::path::Found,
};
use serde_json::{Value as Json, json};
use std::fmt;

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// From 1 on.
    pub number: u64,
    pub pages: u64,
    /// How many records each page has, but for the last one.
    pub size: u64,
    /// How many records there are on all pages.
    pub total: u64,
}

/// How many pages a list has that is tried. Written as texts, `"10"` is less than `"2"`.
const LENGTHS: [u64; 6] = [3, 2, 30, 10, 100, 1];

impl Shown {
    /// Some pages of lists: the first ones, the last but one, and the last one, which has one record or as many as the others.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        LENGTHS.into_iter().flat_map(move |pages| {
            let mut numbers = vec![1, 2, 3, pages.saturating_sub(1), pages];
            numbers.retain(|number| (1..=pages).contains(number));
            numbers.sort_unstable();
            numbers.dedup();
            let of = move |number| [(pages - 1) * size + 1, pages * size].map(|total| Self { number, pages, size, total });
            numbers.into_iter().flat_map(of)
        })
    }

    pub const fn is_last(self) -> bool {
        self.number == self.pages
    }

    /// How many records it has.
    pub const fn count(self) -> u64 {
        if self.is_last() { self.total - (self.pages - 1) * self.size } else { self.size }
    }

    /// How many records are on the pages before it.
    const fn before(self) -> u64 {
        (self.number - 1) * self.size
    }

    /// How many records are on it and on the pages before it.
    const fn until(self) -> u64 {
        self.before() + self.count()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {} of {}", self.number, self.pages)
    }
}

/// What a member tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// The number of the page; the first one has this.
    Number(u64),
    Pages,
    Size,
    Count,
    Total,
    /// The place of the first record of the page; the first of all has this.
    From(u64),
    /// The place of the last record.
    To(u64),
    /// How many records, or pages, come after the page.
    RecordsLeft,
    PagesLeft,
    IsFirst,
    IsLast,
    HasNext,
    HasPrevious,
    /// The number of the next page, or the place of its first record.
    NextNumber,
    NextRecord,
    NextLink,
    PreviousNumber,
    PreviousLink,
    /// A link that each page has.
    Link,
}

use Tells::{
    Count, From, HasNext, HasPrevious, IsFirst, IsLast, Link, NextLink, NextNumber, NextRecord, Number, Pages, PagesLeft, PreviousLink,
    PreviousNumber, RecordsLeft, Size, To, Total,
};

/// What members of a name tell; in some styles this, and in others that.
const NAMES: [(Words, &[Tells]); 18] = [
    (
        Words(
            "page pagenumber pageno pagenum pagenr currentpage currentpagenumber current curpage pageindex thispage number p activepage \
             pagecurrent",
        ),
        &[Number(1), Number(0)],
    ),
    (
        Words(
            "pages totalpages totalpage totalpagecount totalpagescount pagestotal pagetotal pagecount pagescount countpages numpages \
             nbpages numberofpages maxpages pagemax lastpagenumber totalnumberofpages pageqty",
        ),
        &[Pages],
    ),
    (Words("last lastpage maxpage lastpageindex finalpage"), &[Pages, IsLast, Link, PagesLeft]),
    (Words("take top pagelength pagelimit maxrows batchsize chunksize step window perpagecount"), &[Size]),
    (Words("size itemsperpage rows"), &[Size, Count]),
    (Words("count recordcount itemcount resultcount rowcount numberofitems numresults numitems"), &[Count, Total]),
    (
        Words("offset skip start startindex startat startposition from firstitem firstresult firstrecord firstindex fromindex begin"),
        &[From(0), From(1)],
    ),
    (Words("position pos startrow startrecord rowstart pageoffset rangestart startelement"), &[From(0), From(1)]),
    (
        Words("to end lastindex endindex toindex lastitem lastrecord through until lastresult endposition endrow endat rangeend"),
        &[To(1), To(0), IsLast],
    ),
    (Words("nextoffset nextstart nextskip nextindex nextstartindex nextposition"), &[NextRecord]),
    (Words("first isfirst firstpage isfirstpage onfirstpage atstart isstart beginning isbeginning isinitial"), &[IsFirst, Link, Number(1)]),
    (
        Words(
            "nomore nomorepages nomoreresults nomoredata exhausted isexhausted atend endoflist endofresults endoffile endofdata \
             isfinalpage isfinal lastbatch alldone reachedend onlastpage",
        ),
        &[IsLast],
    ),
    (
        Words(
            "more hasmore hasnext hasnextpage morepages hasmorepages moreavailable morerecords hasmorerecords moreresults hasmoreresults \
             moreitems hasmoreitems moredata hasmoredata truncated istruncated hasmorerows hasfollowing",
        ),
        &[HasNext],
    ),
    (
        Words(
            "next nextpage nextcursor nexttoken nextpagetoken nextlink nexturl nexthref nextpageurl nextpagelink nextpageuri \
             nextpagenumber continuation continuationtoken cursor after endcursor",
        ),
        &[NextNumber, NextLink, HasNext],
    ),
    (Words("hasprev hasprevious hasprevpage haspreviouspage haspreviouspages hasless hasbefore hasearlier haslower"), &[HasPrevious]),
    (BEFORE, &[PreviousNumber, PreviousLink, HasPrevious]),
    (
        Words("remaining left remainingitems itemsleft remainingrecords recordsleft remainingcount remainingresults remainingrows"),
        &[RecordsLeft, PagesLeft],
    ),
    (Words("remainingpages pagesleft pagesremaining"), &[PagesLeft]),
];

/// How truth is written.
const TRUTHS: [[fn() -> Json; 2]; 5] = [
    [|| json!(true), || json!(false)],
    [|| json!("true"), || json!("false")],
    [|| json!(1), || json!(0)],
    [|| json!("Y"), || json!("N")],
    [|| json!("yes"), || json!("no")],
];

impl Tells {
    /// What a member tells on a page; none if it is not there.
    fn of(self, page: Shown, truth: [fn() -> Json; 2]) -> Option<Json> {
        let is = |holds: bool| Some(if holds { truth[0]() } else { truth[1]() });
        let (is_first, is_last) = (page.number == 1, page.is_last());
        match self {
            Number(first) => Some(json!(page.number - 1 + first)),
            Pages => Some(json!(page.pages)),
            Size => Some(json!(page.size)),
            Count => Some(json!(page.count())),
            Total => Some(json!(page.total)),
            From(first) => Some(json!(page.before() + first)),
            To(first) => Some(json!(page.until() - 1 + first)),
            RecordsLeft => Some(json!(page.total - page.until())),
            PagesLeft => Some(json!(page.pages - page.number)),
            IsFirst => is(is_first),
            IsLast => is(is_last),
            HasNext => is(!is_last),
            HasPrevious => is(!is_first),
            NextNumber => (!is_last).then(|| json!(page.number + 1)),
            NextRecord => (!is_last).then(|| json!(page.until())),
            NextLink => (!is_last).then(|| json!("/users?after=b7")),
            PreviousNumber => (!is_first).then(|| json!(page.number - 1)),
            PreviousLink => (!is_first).then(|| json!("/users?before=a1")),
            Link => Some(json!("/users")),
        }
    }

    const fn is_truth(self) -> bool {
        matches!(self, IsFirst | IsLast | HasNext | HasPrevious)
    }
}

/// What a place tells in each style that has it; none where no style does.
fn tells(place: &solve::Place) -> Vec<Tells> {
    let name = name_of(place);
    let is_header = matches!(place, solve::Place::Header(_));
    // A header says it as `X-Page` or `X-Pagination-Page`.
    let bare = if is_header { name.strip_prefix('x').unwrap_or(&name) } else { &name };
    let bare = ["pagination", "paging"].iter().find_map(|begin| bare.strip_prefix(begin)).filter(|rest| !rest.is_empty()).unwrap_or(bare);
    let known = NAMES.iter().filter(|(names, _)| names.has(bare)).flat_map(|(_, tells)| *tells);
    let mut all: Vec<Tells> = known.copied().collect();
    match () {
        () if !all.is_empty() => {}
        () if LAST.has(bare) => all.push(IsLast),
        () if limits_page(bare) => all.push(Size),
        () if counts_page(bare) => all.push(Count),
        () if usual::counts_all(bare) => all.extend([Total, Pages]),
        () => {}
    }
    all
}

/// What each of some places tells in one style.
pub struct Style {
    places: Vec<(solve::Place, Tells)>,
    truth: [fn() -> Json; 2],
}

/// The most styles that are tried; of what may be said in more of them, nothing is known.
const MOST: usize = 120;

impl Style {
    /// Every style that has what a rule names, the usual one first. What an answer has records at is left alone.
    pub fn all(places: &[solve::Place], answer: &Answer) -> Vec<Self> {
        let named = places.iter().enumerate().filter(|(at, place)| !places[..*at].contains(place) && is_free(place, answer));
        let told: Vec<_> = named.map(|(_, place)| (place, tells(place))).filter(|(_, tells)| !tells.is_empty()).collect();
        if told.is_empty() {
            return Vec::new();
        }
        let truths = if told.iter().any(|(_, tells)| tells.iter().any(|tells| tells.is_truth())) { TRUTHS.len() } else { 1 };
        let ways: usize = told.iter().map(|(_, tells)| tells.len()).product();
        if ways * truths > MOST {
            return Vec::new();
        }
        let style = |way: usize, truth: usize| {
            let mut rest = way;
            let chosen = |(place, tells): &(&solve::Place, Vec<Tells>)| {
                let at = rest % tells.len();
                rest /= tells.len();
                ((*place).clone(), tells[at])
            };
            Self { places: told.iter().map(chosen).collect(), truth: TRUTHS[truth] }
        };
        (0..ways).flat_map(|way| (0..truths).map(move |truth| (way, truth))).map(|(way, truth)| style(way, truth)).collect()
    }

    /// Says on an answer where its page stands among all.
    pub fn tell(&self, answer: &mut Answer, page: Shown) {
        for (place, tells) in &self.places {
            match tells.of(page, self.truth) {
                Some(value) => solve::put(answer, place, value),
                None => solve::take(answer, place),
            };
        }
    }
}

/// Whether nothing but a text or a number is at a place, which is in no list.
fn is_free(place: &solve::Place, answer: &Answer) -> bool {
    let (solve::Place::Path(path), Body::Json(body)) = (place, &answer.body) else { return matches!(place, solve::Place::Header(_)) };
    let is_in_list = path.text.split('[').skip(1).any(|step| !step.starts_with(['"', '\'']));
    let is_plain = |value: &Json| !value.is_array() && !value.is_object();
    !is_in_list
        && !usual::is_of_limits(&path.text)
        && match path.find(body) {
            Found::One(value) => is_plain(value),
            Found::Nothing => true,
            Found::Several(_) => false,
        }
}
