//! Classifies records: the state of each record and of its link. Nothing is decided and no value is compared with an account
//! here.

use super::references::Refs;
use super::{
    leavers::{self, LeaveReason},
    matching::{Accounts, Contest, MatchResult, rule_values},
    table::{LinkState, SourceState},
};
use crate::run::input::{Input, looked_up_key};
use crate::run::record_scope::{RecordScope, key_is_own, key_names_own, own_key};
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Program},
    },
    diagnose::Span,
    run::{
        change_set::{Finding, Reason, Verdict},
        record_scope::cell_or_null,
    },
    state::link::{Life, Link},
    systems::End,
    value::{Fault, FaultCode, Text, Value, trie::Row},
};
use std::collections::{HashMap, HashSet};

/// Values that the target was asked for and has: attribute and value.
pub(crate) type EventsInTarget = HashSet<(usize, Box<[u8]>)>;

/// Everybody, before anything is decided.
pub(crate) struct Classification<'a> {
    pub input: &'a Input<'a>,
    pub accounts: Accounts<'a>,
    pub refs: Refs<'a>,
    /// Of events: what the target was found to have.
    pub events_in_target: EventsInTarget,
    pub entries: Vec<Entry>,
    /// One for each row of the source; those of entries are filled in later.
    pub rows: Vec<RowVerdict>,
    pub findings: Vec<Finding>,
    /// Rows whose key can't be read or occurs twice: never classified, but they still block closing the accounts they match.
    pub unkeyed: Vec<u32>,
    /// Keys that occur more than once, and for which no row was chosen.
    pub doubled: Vec<Text>,
    /// How often each key occurs.
    keys: HashMap<Text, u32>,
}

/// Where the ledger counts a row of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowVerdict {
    pub verdict: Verdict,
    /// Index of the scope line, where out of scope; the number of lines where it is an event from before the first day.
    pub scope: Option<u16>,
}

/// One key.
pub(crate) struct Entry {
    pub key: Text,
    /// None: linked, and not among the rows.
    pub row: Option<u32>,
    pub state: SourceState,
    pub why: Why,
    pub found: MatchResult,
    pub link: LinkState,
}

/// Why the record is in its state.
pub(crate) enum Why {
    Nothing,
    Scope(u16),
    Leaver(LeaveReason),
    /// Leaves, unless another record of the same key denies it. A read of changed records may not contain that one.
    LeavesPerhaps,
    Rejected(Box<Rejection>),
}

/// A fault, and the line that needed the value.
pub(crate) struct Rejection {
    pub fault: Box<Fault>,
    pub span: Span,
}

/// What has to be looked up.
#[derive(Debug, Default, PartialEq)]
pub struct Wanted {
    /// Accounts by id.
    pub gets: Vec<String>,
    /// Accounts by an attribute.
    pub finds: Vec<(usize, Value)>,
    /// Source records by key, to confirm that they are missing.
    pub source_gets: Vec<String>,
}

impl Wanted {
    /// Whether nothing has to be looked up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gets.is_empty() && self.finds.is_empty() && self.source_gets.is_empty()
    }
}

impl<'a> Classification<'a> {
    pub fn of(input: &'a Input<'a>) -> Self {
        let rows = vec![RowVerdict { verdict: Verdict::Unread, scope: None }; input.source.rows.len()];
        let mut classification = Self {
            input,
            accounts: Accounts::new(input.plan, input.target),
            refs: Refs::new(input),
            events_in_target: input.events_in_target(),
            entries: Vec::with_capacity(rows.len()),
            rows,
            findings: Vec::new(),
            unkeyed: Vec::new(),
            doubled: Vec::new(),
            keys: HashMap::with_capacity(input.source.rows.len()),
        };
        let keyed = classification.read_keys();
        for (row, key) in keyed {
            let entry = classification.classify_row(row, key);
            classification.entries.push(entry);
        }
        classification.classify_absent();
        classification.keys = HashMap::new();
        classification.hold_shared();
        classification
    }

    /// Rows and findings that need no decision.
    pub fn settled(&mut self) -> (Vec<RowVerdict>, Vec<Finding>) {
        (std::mem::take(&mut self.rows), std::mem::take(&mut self.findings))
    }

    /// The key of a row: entries are in the order of their rows, absent ones last.
    pub fn key_of_row(&self, row: u32) -> Option<&Text> {
        let at = self.entries.binary_search_by_key(&row, |entry| entry.row.unwrap_or(u32::MAX)).ok()?;
        Some(&self.entries[at].key)
    }

    pub fn plan(&self) -> &'a ExecutionPlan {
        self.input.plan
    }

    pub fn row(&self, at: u32) -> &'a Row {
        &self.input.source.rows[at as usize]
    }

    pub fn record_scope(&self, row: Option<u32>, account: Option<u32>) -> RecordScope<'_> {
        let current = account.map(|at| self.accounts.row(at));
        RecordScope::new(self.plan(), self.input.clock, &self.refs, row.map(|at| self.row(at)), current)
    }

    pub fn link_of(&self, key: &str) -> Option<&'a Link> {
        self.input.links.of_key(key)
    }

    /// Reads all keys; rows without one, with one that occurs twice, or skipped before it, are settled here.
    fn read_keys(&mut self) -> Vec<(u32, Text)> {
        let mut keyed = Vec::with_capacity(self.rows.len());
        let count = u32::try_from(self.rows.len()).expect("fewer than 2^32 rows are held in memory");
        for row in 0..count {
            if let Some(key) = self.read_key(row) {
                *self.keys.entry(key.clone()).or_insert(0) += 1;
                keyed.push((row, key));
            }
        }
        self.name_references(&keyed);
        self.set_duplicates_aside(keyed)
    }

    fn read_key(&mut self, row: u32) -> Option<Text> {
        let record = self.record_scope(Some(row), None);
        let skipped = self.plan().scope.iter().zip(0..).filter(|(scope, _)| scope.before_key);
        for (scope, at) in skipped {
            if scope.condition.holds(&record).is_ok_and(|holds| holds != scope.include) {
                self.rows[row as usize] = RowVerdict { verdict: Verdict::OutOfScope, scope: Some(at) };
                return None;
            }
        }
        let key = self.plan().key.run(&record);
        match key.as_ref().map(Value::canonical_key) {
            Ok(Some(key)) => return Some(key),
            Err(fault) if fault.is_unread() => self.unkeyed.push(row),
            Ok(None) => self.reject_unkeyed(row, None),
            Err(_) => self.reject_unkeyed(row, key.err()),
        }
        None
    }

    /// A row without a readable key: `id 918 (no key)`.
    fn reject_unkeyed(&mut self, row: u32, fault: Option<Box<Fault>>) {
        let plan = self.plan();
        let attribute = key_attribute(plan);
        let (code, detail) = match fault.filter(|fault| fault.value.is_some()) {
            Some(fault) => (fault.code, fault.to_string()),
            None => (FaultCode::KeyMissing, format!("{attribute} is missing")),
        };
        let own = own_key(&plan.source, self.row(row));
        let label =
            own.zip(plan.source.collection().key).map(|(own, key)| format!("{} {own}", plan.source.collection().attributes[key].name));
        self.rows[row as usize].verdict = Verdict::Rejected;
        self.unkeyed.push(row);
        self.findings.push(Finding {
            verdict: Verdict::Rejected,
            key: String::new(),
            label,
            kind: Reason::Fault(code),
            detail,
            attribute: Some(attribute),
            lines: vec![plan.line(plan.key_span)],
            target: None,
        });
    }

    fn name_references(&mut self, keyed: &[(u32, Text)]) {
        if self.plan().references.is_empty() {
            return;
        }
        for (row, key) in keyed {
            if let Some(own) = own_key(&self.plan().source, self.row(*row)) {
                self.refs.name(own, key.clone());
            }
        }
    }

    /// Two rows with one key: neither is judged, unless `one per key` names the winner.
    fn set_duplicates_aside(&mut self, keyed: Vec<(u32, Text)>) -> Vec<(u32, Text)> {
        if self.keys.len() == keyed.len() {
            return keyed;
        }
        let mut groups: HashMap<Text, Vec<u32>> = HashMap::new();
        for (row, key) in &keyed {
            if self.keys[key] > 1 && !self.is_sent(key) {
                groups.entry(key.clone()).or_default().push(*row);
            }
        }
        let winners: HashMap<&Text, u32> = groups.iter().filter_map(|(key, rows)| Some((key, self.winner(rows)?))).collect();
        self.doubled = groups.keys().filter(|key| !winners.contains_key(key)).cloned().collect();
        let mut kept = Vec::with_capacity(keyed.len());
        for (row, key) in keyed {
            match (groups.get(&key), winners.get(&key)) {
                (None, _) => kept.push((row, key)),
                (_, Some(winner)) if *winner == row => kept.push((row, key)),
                (_, Some(_)) => self.rows[row as usize].verdict = Verdict::OutOfScope,
                (Some(rows), None) => self.hold_duplicate(row, &key, rows.len()),
            }
        }
        kept
    }

    fn hold_duplicate(&mut self, row: u32, key: &Text, times: usize) {
        let label = self.record_scope(Some(row), None).label();
        self.rows[row as usize].verdict = Verdict::Held;
        self.unkeyed.push(row);
        let mut finding = finding(Verdict::Held, key, label, Reason::DuplicateKey, format!("{times} records have this key"));
        finding.lines = vec![self.plan().line(self.plan().key_span)];
        finding.target = self.link_of(key).map(|link| link.target.clone());
        self.findings.push(finding);
    }

    /// `one per key prefer COND, then latest ATTR`: a tie stays held, and so does a leave that another row of the key denies.
    fn winner(&self, rows: &[u32]) -> Option<u32> {
        let rule = self.plan().one_per_key.as_ref()?;
        let preferred =
            |row: &u32| rule.prefer.as_ref().is_none_or(|prefer| prefer.holds(&self.record_scope(Some(*row), None)).unwrap_or(false));
        let mut left: Vec<u32> = rows.iter().copied().filter(preferred).collect();
        if left.is_empty() {
            left = rows.to_vec();
        }
        if let Some(slot) = rule.latest.and_then(|at| self.plan().source.slot_of(at)) {
            let latest = left.iter().map(|row| cell_or_null(self.row(*row), slot)).max_by(|left, right| compare(left, right)).cloned();
            left.retain(|row| Some(cell_or_null(self.row(*row), slot)) == latest.as_ref());
        }
        let [winner] = left[..] else { return None };
        let leaves = |row: u32| matches!(leavers::by_condition(self.plan(), &self.record_scope(Some(row), None)), Ok(Some(_)));
        let denied = leaves(winner) && rows.iter().any(|row| !leaves(*row));
        (!denied).then_some(winner)
    }

    fn classify_row(&self, row: u32, key: Text) -> Entry {
        let link = self.link_of(&key);
        let account = link.and_then(|link| self.accounts.row_of(&link.target));
        let record = self.record_scope(Some(row), account);
        let (mut state, mut why) = self.source_state(&record);
        let mut found = MatchResult::Nobody;
        if link.is_none() && state != SourceState::OutOfScope {
            match self.accounts.find(&record, self.input.links) {
                Ok(answer) => found = answer,
                Err(_) if state == SourceState::Rejected => {}
                Err((fault, rule)) => (state, why) = faulty(fault, self.plan().rules[rule].span),
            }
        }
        let state_of_link = match link {
            Some(link) => self.link_state(link, account),
            None => self.match_state(&record, &found, state),
        };
        Entry { key, row: Some(row), state, why, found, link: state_of_link }
    }

    /// *Leaver before scope*: a leaver whose record no longer passes a filter still leaves.
    fn source_state(&self, record: &RecordScope<'_>) -> (SourceState, Why) {
        match leavers::by_condition(self.plan(), record) {
            Ok(Some(_)) if self.input.is_broken() => return (SourceState::Unread, Why::Nothing),
            Ok(Some(_)) if self.sees_part_of_keys() => return (SourceState::Unread, Why::LeavesPerhaps),
            Ok(Some(because)) => return (SourceState::Leaver, Why::Leaver(because)),
            Ok(None) => {}
            Err((fault, because)) => return faulty(fault, because.condition(self.plan()).span),
        }
        for (scope, at) in self.plan().scope.iter().zip(0..).filter(|(scope, _)| !scope.before_key) {
            match scope.condition.holds(record) {
                Ok(holds) if holds == scope.include => {}
                Ok(_) => return (SourceState::OutOfScope, Why::Scope(at)),
                Err(fault) => return faulty(fault, scope.span),
            }
        }
        (SourceState::InScope, Why::Nothing)
    }

    /// Several records may have one key, and only those that changed were read.
    fn sees_part_of_keys(&self) -> bool {
        self.input.source.delta.is_some() && !key_names_own(self.plan())
    }

    fn match_state(&self, record: &RecordScope<'_>, found: &MatchResult, state: SourceState) -> LinkState {
        let asks = state == SourceState::InScope || (state == SourceState::Leaver && self.plan().one_by_one);
        if self.input.is_broken() || (asks && !self.is_proof(record, found)) {
            return LinkState::TargetUnread;
        }
        match found {
            MatchResult::Nobody => LinkState::NoMatch,
            MatchResult::One { rule: 0, .. } => LinkState::FreeByFirst,
            MatchResult::One { .. } => LinkState::FreeByLater,
            MatchResult::Contested(_) => LinkState::Contested,
        }
    }

    /// *No match is a proof*: a complete list that contains closed accounts and whose every record could be compared, or a
    /// successful look-up for each line. If nothing would be created, a complete list is enough. If the target is asked for
    /// each record, "one match" needs the same proof, because another line may find another account.
    fn is_proof(&self, record: &RecordScope<'_>, found: &MatchResult) -> bool {
        let listed = self.input.target.end.is_complete();
        let nobody = *found == MatchResult::Nobody && self.plan().mode.creates();
        let suffices = !nobody || self.input.lists_all() && self.accounts.unreadable().is_none();
        listed && suffices || self.missing_look_ups(record).is_some_and(|open| open.is_empty())
    }

    /// The look-ups that are still to be made for a record; none where a line can't be looked up.
    fn missing_look_ups(&self, record: &RecordScope<'_>) -> Option<Vec<(usize, Value)>> {
        let collection = self.plan().target.collection();
        let values = rule_values(self.plan(), record).ok()?;
        let mut open = Vec::new();
        for (rule, values) in self.plan().rules.iter().zip(values) {
            if values.iter().any(Value::is_missing) {
                continue;
            }
            let mut asked = rule.parts.iter().zip(values).filter(|(part, _)| collection.find_by(part.attribute).is_some());
            let (part, value) = asked.next()?;
            let key = looked_up_key(part.attribute, &value, self.plan())?;
            if !self.input.proofs.looked_up.contains(&key) {
                open.push((part.attribute, value));
            }
        }
        Some(open)
    }

    fn link_state(&self, link: &Link, account: Option<u32>) -> LinkState {
        if self.input.is_stopped() {
            return LinkState::LinkedUnread;
        }
        let gone = account.is_none() && self.is_gone(&link.target);
        match (&link.life, account) {
            (Life::Retired { .. }, _) => LinkState::Retired,
            (Life::Open, Some(row)) if self.is_open(row) => LinkState::Open,
            (Life::Open, Some(_)) => LinkState::ClosedByHand,
            (Life::Left { .. }, Some(_)) => LinkState::Left,
            (Life::Open, None) if gone => LinkState::AccountMissing,
            (Life::Left { .. }, None) if gone => LinkState::LeftAccountMissing,
            (Life::Open | Life::Left { .. }, None) => LinkState::LinkedUnread,
        }
    }

    /// *Missing account*: its `get` says that it does not exist or, without a `get`, a complete list that contains closed
    /// accounts lacks it.
    fn is_gone(&self, id: &str) -> bool {
        let by_list = self.input.target.end.is_complete() && self.input.lists_all() && self.plan().target.collection().get.is_none();
        by_list || self.input.proofs.gone.contains(id)
    }

    /// Whether an account gives access, if the target says.
    pub fn is_open(&self, account: u32) -> bool {
        let target = &self.plan().target;
        let Some((attribute, access)) = target.collection().access() else { return true };
        target.slot_of(attribute).is_none_or(|slot| access.is_open(cell_or_null(self.accounts.row(account), slot)))
    }

    /// Classifies linked records that were not read. After an unreadable key nobody counts as absent, because that record may
    /// be the missing one. An incremental read proves absence only for records that were asked for one by one.
    fn classify_absent(&mut self) {
        let complete = matches!(self.input.source.end, End::Complete { .. }) && !self.input.is_broken() && !self.has_unreadable_key();
        let mut absent: Vec<&Link> = self.input.links.iter().filter(|link| !self.keys.contains_key(link.key.as_str())).collect();
        let delta = self.input.source.delta.as_ref();
        if let Some(delta) = delta {
            absent.retain(|link| delta.gone.contains(&link.key) && key_is_own(self.plan()) && !self.input.is_broken());
        }
        absent.sort_by(|left, right| left.key.cmp(&right.key));
        for link in absent {
            let account = self.accounts.row_of(&link.target);
            let state_of_link = self.link_state(link, account);
            let key = Text::from(link.key.as_str());
            let (state, why) = match (self.left_on_known_day(link), complete || delta.is_some()) {
                (Some(because), true) => (SourceState::Leaver, Why::Leaver(because)),
                (None, true) if delta.is_none() || matches!(link.life, Life::Left { .. }) => (SourceState::Missing, Why::Nothing),
                (_, true) => continue,
                (_, false) => (SourceState::Unread, Why::Nothing),
            };
            self.entries.push(Entry { key, row: None, state, why, found: MatchResult::Nobody, link: state_of_link });
        }
    }

    /// Whoever is missing once the day has passed on which a condition became true leaves by that condition; where
    /// the source can be asked, it has to say that this one is not there.
    fn left_on_known_day(&self, link: &Link) -> Option<LeaveReason> {
        let passed = self.day_has_passed(link);
        let proofs = self.input.source.delta.as_ref().map_or(&self.input.proofs.source_gone, |delta| &delta.gone);
        let confirmed = !self.can_confirm_absence() || proofs.contains(&link.key);
        (passed && confirmed).then(|| leavers::on_a_day(self.plan())).flatten()
    }

    fn day_has_passed(&self, link: &Link) -> bool {
        link.life == Life::Open && link.due.is_some_and(|day| day <= self.input.clock.today)
    }

    fn has_unreadable_key(&self) -> bool {
        self.unkeyed.iter().any(|row| self.rows[*row as usize].verdict == Verdict::Rejected)
    }

    /// Two records that find one account: neither gets it.
    fn hold_shared(&mut self) {
        let mut takers: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if let MatchResult::One { row, rule } = entry.found
                && (entry.state != SourceState::Leaver || rule == 0)
            {
                takers.entry(row).or_default().push(at);
            }
        }
        takers.retain(|_, takers| takers.len() > 1);
        for (account, takers) in takers {
            self.share(account, &takers);
        }
    }

    fn share(&mut self, account: u32, takers: &[usize]) {
        let keys: Vec<&str> = takers.iter().map(|at| self.entries[*at].key.as_str()).collect();
        let keys = keys.join(" and ");
        for at in takers {
            let MatchResult::One { rule, .. } = self.entries[*at].found else { continue };
            let detail = format!("{} finds {} for {keys}", self.accounts.rule_word(rule), self.accounts.id(account));
            let contest = Contest { kind: Reason::Shared, detail, rules: vec![rule], rows: vec![account] };
            self.entries[*at].found = MatchResult::Contested(Box::new(contest));
            if self.entries[*at].link != LinkState::TargetUnread {
                self.entries[*at].link = LinkState::Contested;
            }
        }
    }

    /// What has to be looked up before everybody can be judged.
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        if self.input.is_broken() {
            return wanted;
        }
        for entry in &self.entries {
            match entry.link {
                LinkState::TargetUnread => wanted.finds.extend(self.finds(entry)),
                LinkState::LinkedUnread => wanted.gets.extend(self.get(entry)),
                _ => {}
            }
            wanted.source_gets.extend(self.source_get(entry));
            wanted.finds.extend(self.event_finds(entry));
        }
        wanted
    }

    fn finds(&self, entry: &Entry) -> Vec<(usize, Value)> {
        let asks = entry.state == SourceState::InScope || (entry.state == SourceState::Leaver && self.plan().one_by_one);
        if !asks {
            return Vec::new();
        }
        let mut open = self.missing_look_ups(&self.record_scope(entry.row, None)).unwrap_or_default();
        open.retain(|look_up| self.input.proofs.failure(self.plan(), look_up).is_none());
        open
    }

    /// Why it is not known whether there is an account for a record that has none.
    pub fn why_unread(&self, record: &RecordScope<'_>) -> Option<String> {
        let open = self.missing_look_ups(record).unwrap_or_default();
        let failed = open.iter().find_map(|look_up| self.input.proofs.failure(self.plan(), look_up));
        failed.map(str::to_owned).or_else(|| self.accounts.unreadable().map(str::to_owned))
    }

    fn get(&self, entry: &Entry) -> Option<String> {
        self.plan().target.collection().get.as_ref()?;
        let link = self.link_of(&entry.key)?;
        let needed = match (&link.life, entry.state) {
            (_, SourceState::OutOfScope | SourceState::Rejected | SourceState::Unread) => false,
            (Life::Left { next, .. }, SourceState::Leaver | SourceState::Missing) => {
                next.is_some_and(|(day, _)| day <= self.input.clock.today)
            }
            _ => true,
        };
        (needed && !self.input.proofs.asked.contains(&link.target)).then(|| link.target.clone())
    }

    /// Who would leave by absence is asked for, where the source can be asked by this key.
    fn source_get(&self, entry: &Entry) -> Option<String> {
        let link = self.link_of(&entry.key).filter(|_| entry.state == SourceState::Missing && self.can_confirm_absence())?;
        let absence = leavers::missing_again(self.plan(), &link.absence, self.input.clock.now);
        let key = entry.key.to_string();
        let asked = self.input.proofs.source_asked.contains(&key);
        let leaves =
            leavers::by_absence(self.plan(), &absence).is_some() || self.day_has_passed(link) && leavers::on_a_day(self.plan()).is_some();
        (!asked && leaves).then_some(key)
    }

    /// Whether a link's key is what the source's `get` takes.
    pub fn can_confirm_absence(&self) -> bool {
        self.plan().source.collection().get.is_some() && key_is_own(self.plan())
    }
}

/// A value that can't be made rejects its record, and one that was not read leaves it unread.
fn faulty(fault: Box<Fault>, span: Span) -> (SourceState, Why) {
    if fault.is_unread() {
        return (SourceState::Unread, Why::Nothing);
    }
    (SourceState::Rejected, Why::Rejected(Box::new(Rejection { fault, span })))
}

fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    let missing = left.is_missing().cmp(&right.is_missing()).reverse();
    crate::value::canonical::order(left, right).unwrap_or(missing)
}

/// The name of the key in reports: its attribute, or the expression as written.
fn key_attribute(plan: &ExecutionPlan) -> String {
    match &plan.key {
        Program::Name(Name::Source(slot)) => plan.source.slots[*slot].name.clone(),
        _ => plan.key_text.lines().next().unwrap_or_default().to_owned(),
    }
}

/// The finding for somebody for whom nothing is written.
pub(crate) fn finding(verdict: Verdict, key: &str, label: Option<String>, kind: Reason, detail: String) -> Finding {
    Finding { verdict, key: key.to_owned(), label, kind, detail, attribute: None, lines: Vec::new(), target: None }
}
