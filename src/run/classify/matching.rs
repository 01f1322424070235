//! Matches records with accounts: an index of the target, and what the lines of `match` find in it.

use super::given_up::Keeps;
use crate::run::change_set::Reason;
use crate::run::{
    read::{details::not_read, extract::Table},
    record_scope::{RecordScope, cell, own_key},
};
use crate::{
    compile::{ExecutionPlan, Rule, RulePart, Side, system::Connection},
    state::link::{Life, Link, Links},
    value::{
        Fault, Text, Value,
        canonical::{self, Comparison},
        key,
        trie::Row,
    },
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
    sync::OnceLock,
};

/// The accounts that were read, by id and by what the lines of `match` compare.
pub struct Accounts<'a> {
    plan: &'a ExecutionPlan,
    table: &'a Table,
    ids: Vec<Option<Text>>,
    by_id: HashMap<Text, u32>,
    all_named: bool,
    /// How many records have one id, of ids that are not of one record.
    doubled: HashMap<Text, u32>,
    rules: Vec<Buckets>,
    /// The same with upper and lower case alike, made once a record finds nobody.
    without_case: OnceLock<Vec<Buckets>>,
    /// Why one of the accounts can't be compared. While there is such an account, the lack of a match proves nothing.
    unreadable: Option<String>,
}

/// Rows by hash, with chains for equal hashes. The values have to be compared again, because different values may share a hash.
struct Buckets {
    first: HashMap<u64, u32>,
    next: Vec<u32>,
}

const END: u32 = u32::MAX;

impl Buckets {
    /// Puts rows under the hashes of their keys; rows without one are left out.
    fn new(rows: usize, mut hash: impl FnMut(usize) -> Option<u64>) -> Self {
        let mut buckets = Self { first: HashMap::with_capacity(rows), next: vec![END; rows] };
        for row in (0..rows).rev() {
            if let Some(hash) = hash(row) {
                let at = u32::try_from(row).expect("fewer than 2^32 rows are held in memory");
                buckets.next[row] = buckets.first.insert(hash, at).unwrap_or(END);
            }
        }
        buckets
    }

    /// The rows under a hash, in the order of the table.
    fn get(&self, hash: u64) -> impl Iterator<Item = u32> {
        let start = self.first.get(&hash).copied().unwrap_or(END);
        std::iter::successors((start != END).then_some(start), |at| Some(self.next[*at as usize]).filter(|next| *next != END))
    }
}

/// The result of the lines of `match` for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchResult {
    Nobody,
    /// One free account, and the line that decided.
    One {
        row: u32,
        rule: usize,
    },
    Contested(Box<Contest>),
}

/// Why it is unclear which account is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    pub kind: Reason,
    /// `external_id finds 83021, email finds 90417`
    pub detail: String,
    /// The lines of `match` that say so.
    pub rules: Vec<usize>,
    /// The accounts concerned.
    pub rows: Vec<u32>,
}

/// A fault in a line of `match`.
pub type MatchFault = (Box<Fault>, usize);

impl<'a> Accounts<'a> {
    /// Indexes the accounts that were read, by the form of their ids. Of two rows with one id the later stands for both, and nothing is
    /// done with it if they differ, or if both would have to be written.
    #[must_use]
    pub fn new(plan: &'a ExecutionPlan, table: &'a Table) -> Self {
        let ids: Vec<Option<Text>> = ids(plan, table);
        let mut by_id: HashMap<Text, u32> = HashMap::with_capacity(ids.len());
        let mut doubled: HashMap<Text, u32> = HashMap::new();
        let writes_rows = matches!(plan.target.system.connection, Connection::Files);
        for (id, row) in ids.iter().zip(0..).filter_map(|(id, row)| Some((key::form(id.as_deref()?), row))) {
            let before = by_id.insert(Text::from(&*id), row);
            if before.is_some_and(|before| writes_rows || table.rows[before as usize] != table.rows[row as usize]) {
                *doubled.entry(Text::from(&*id)).or_insert(1) += 1;
            }
        }
        let all_named = ids.iter().all(Option::is_some);
        let mut accounts =
            Self { plan, table, ids, by_id, all_named, doubled, rules: Vec::new(), without_case: OnceLock::new(), unreadable: None };
        accounts.unreadable = (0..table.rows.len()).find_map(|at| accounts.fault_of(at));
        accounts.rules = plan.rules.iter().map(|rule| accounts.buckets(rule, as_declared)).collect();
        accounts
    }

    /// Why an account that was read can't be compared: it has no key, or what a line of `match` compares can't be read.
    fn fault_of(&self, at: usize) -> Option<String> {
        let target = &self.plan.target;
        let Some(id) = &self.ids[at] else {
            return Some(format!("one of `{}` has no `{}`", target.name(), lacking(target, &self.table.rows[at])));
        };
        let mut parts = self.plan.rules.iter().flat_map(|rule| &rule.parts);
        let fault = parts.find_map(|part| Some((part, self.table.rows[at].get(target.slot_of(part.attribute)?)?.as_ref().err()?)));
        fault.map(|(part, fault)| {
            format!("{} {id} has a `{}` that can't be compared: {fault}", self.noun(), target.attribute(part.attribute).name)
        })
    }

    /// Why the lack of a match among these accounts proves nothing.
    #[must_use]
    pub fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// An index of one line.
    fn buckets(&self, rule: &Rule, how: impl Fn(&RulePart) -> Comparison) -> Buckets {
        Buckets::new(self.table.rows.len(), |row| {
            let at = u32::try_from(row).ok()?;
            let id = self.ids[row].as_ref()?;
            let current = self.row_of(id) == Some(at) || self.doubled.contains_key(&*key::form(id));
            current.then(|| rule_hash(rule, &how, |part| self.cell(&self.table.rows[row], part).ok())).flatten()
        })
    }

    /// The row of an account.
    #[must_use]
    pub fn row_of(&self, id: &str) -> Option<u32> {
        self.by_id.get(&*key::form(id)).copied()
    }

    /// Whether the key of each record could be read.
    #[must_use]
    pub fn all_named(&self) -> bool {
        self.all_named
    }

    /// Why nothing is done with an account: several records have its id.
    #[must_use]
    pub fn is_doubled(&self, at: u32) -> Option<String> {
        let id = self.id(at);
        let count = self.doubled.get(&*key::form(id))?;
        Some(format!("{count} records of `{}` have the {} {id}", self.plan.target.name(), self.plan.target.collection().key_name()))
    }

    /// The values of an account.
    #[must_use]
    pub fn row(&self, at: u32) -> &'a Row {
        &self.table.rows[at as usize]
    }

    /// Why an account that was listed is unread.
    #[must_use]
    pub fn not_read(&self, at: u32) -> Option<&'a Fault> {
        not_read(&self.plan.target, self.row(at))
    }

    /// The id of an account in the index.
    #[must_use]
    pub fn id(&self, at: u32) -> &str {
        self.ids[at as usize].as_deref().unwrap_or_default()
    }

    /// How many different accounts were read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// The ids that were read, with those that several records have.
    pub fn all_ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().flatten().map(|id| &**id)
    }

    /// Asks all lines of `match`. `except`: an account that a person has said is not that of the record.
    ///
    /// # Errors
    /// The fault of a value that a line needs, and which line.
    pub fn find(&self, record: &RecordScope<'_>, links: &Links, except: Option<&str>) -> Result<MatchResult, MatchFault> {
        let values = rule_values(self.plan, record)?;
        let except = except.and_then(|account| self.row_of(account));
        let found = |rule: usize| self.candidates(rule, &values[rule]).into_iter().filter(|row| Some(*row) != except).collect();
        let finds: Vec<Vec<u32>> = (0..values.len()).map(found).collect();
        Ok(self.decide(&values, &finds, links, except.as_slice()))
    }

    /// As [`Self::find`], without the accounts that no longer have the value they are found by, which come second.
    ///
    /// # Errors
    /// The fault of a value that a line needs, and which line.
    pub(crate) fn find_without(
        &self,
        record: &RecordScope<'_>,
        links: &Links,
        except: Option<&str>,
        keeps: Keeps<'_>,
    ) -> Result<(MatchResult, Vec<u32>), MatchFault> {
        let values = rule_values(self.plan, record)?;
        let except = except.and_then(|account| self.row_of(account));
        let mut left = Vec::new();
        let mut found = |rule: usize| {
            let kept =
                |row: &u32| self.plan.rules[rule].parts.iter().zip(&values[rule]).all(|(part, value)| keeps(*row, part.attribute, value));
            let (kept, gone): (Vec<u32>, Vec<u32>) =
                self.candidates(rule, &values[rule]).into_iter().filter(|row| Some(*row) != except).partition(kept);
            left.extend(gone);
            kept
        };
        let finds: Vec<Vec<u32>> = (0..values.len()).map(&mut found).collect();
        left.sort_unstable();
        left.dedup();
        let without: Vec<u32> = left.iter().copied().chain(except).collect();
        Ok((self.decide(&values, &finds, links, &without), left))
    }

    /// The accounts that have the values that one line looks for. A missing value matches no account.
    fn candidates(&self, rule: usize, values: &[Value]) -> Vec<u32> {
        self.having(&self.plan.rules[rule], &self.rules[rule], values, as_declared)
    }

    /// The accounts of an index that have such values.
    fn having(&self, rule: &Rule, index: &Buckets, values: &[Value], how: impl Fn(&RulePart) -> Comparison) -> Vec<u32> {
        let mut each = values.iter();
        let Some(hash) = rule_hash(rule, &how, |_| each.next()) else { return Vec::new() };
        let same = |row: &u32| {
            let row = self.row(*row);
            rule.parts
                .iter()
                .zip(values)
                .all(|(part, value)| self.cell(row, part).is_ok_and(|theirs| canonical::same(value, theirs, how(part))))
        };
        index.get(hash).filter(same).collect()
    }

    /// Accounts of nobody that have the values but for upper and lower case, which the file takes for different. A system may store a
    /// text in small letters, so who is meant is for a person to say.
    fn but_for_case(&self, values: &[Vec<Value>], links: &Links, without: &[u32]) -> Option<Contest> {
        // A line that ignores case has found what there is.
        let is_exact = |rule: &Rule| rule.parts.iter().any(|part| !part.comparison.ignoring_case);
        let index = |rule: &Rule| if is_exact(rule) { self.buckets(rule, without_case) } else { Buckets::new(0, |_| None) };
        let indexes = self.without_case.get_or_init(|| self.plan.rules.iter().map(index).collect());
        let free = |row: &u32| !without.contains(row) && links.of_target(self.id(*row)).is_none();
        let found = |at: usize| {
            let rows = self.having(&self.plan.rules[at], &indexes[at], &values[at], without_case);
            rows.into_iter().filter(free).collect::<Vec<_>>()
        };
        let (rule, rows) = (0..values.len()).map(|at| (at, found(at))).find(|(_, rows)| !rows.is_empty())?;
        let ids = rows.iter().map(|row| self.id(*row)).collect::<Vec<_>>().join(", ");
        let word = self.rule_word(rule);
        let detail = format!("{word} finds {ids} but for upper and lower case, and `{word}` is not `ignoring case`");
        Some(Contest { kind: Reason::Ambiguous, detail, rules: vec![rule], rows })
    }

    /// The accounts that one line finds for a record. A value that can't be computed finds nothing.
    #[must_use]
    pub fn found_by(&self, rule: usize, record: &RecordScope<'_>) -> Vec<u32> {
        let values =
            self.plan.rules[rule].parts.iter().map(|part| part.value.run(record).map(Value::in_key_form)).collect::<Result<Vec<_>, _>>();
        values.map_or_else(|_| Vec::new(), |values| self.candidates(rule, &values))
    }

    fn decide(&self, values: &[Vec<Value>], finds: &[Vec<u32>], links: &Links, without: &[u32]) -> MatchResult {
        let Some(rule) = finds.iter().position(|found| !found.is_empty()) else {
            let contest = self.but_for_case(values, links, without);
            return contest.map_or(MatchResult::Nobody, |contest| MatchResult::Contested(Box::new(contest)));
        };
        let row = finds[rule][0];
        let others = finds.iter().flatten().any(|found| *found != row);
        if others {
            return self.contest(finds);
        }
        if let Some(contest) = self.taken(rule, row, links).or_else(|| self.disagrees(values, rule, row)) {
            return MatchResult::Contested(Box::new(contest));
        }
        MatchResult::One { row, rule }
    }

    /// Several accounts: by one line, or by lines that disagree.
    fn contest(&self, finds: &[Vec<u32>]) -> MatchResult {
        let rules: Vec<usize> = (0..finds.len()).filter(|rule| !finds[*rule].is_empty()).collect();
        let kind = if rules.iter().any(|rule| finds[*rule].len() > 1) { Reason::Ambiguous } else { Reason::RulesDisagree };
        let say = |rule: &usize| {
            let ids: Vec<&str> = finds[*rule].iter().map(|row| self.id(*row)).collect();
            format!("{} finds {}", self.rule_word(*rule), ids.join(", "))
        };
        let detail = rules.iter().map(say).collect::<Vec<_>>().join(", ");
        let mut rows: Vec<u32> = finds.concat();
        rows.sort_unstable();
        rows.dedup();
        MatchResult::Contested(Box::new(Contest { kind, detail, rules, rows }))
    }

    /// An account that is linked is not free.
    fn taken(&self, rule: usize, row: u32, links: &Links) -> Option<Contest> {
        let link = links.of_target(self.id(row))?;
        let (kind, detail) = match left_on(self.plan, link) {
            Some(day) => (Reason::ProbableRehire, format!("{} {} left {day}", self.noun(), self.id(row))),
            None => (Reason::Taken, format!("{} finds {}, which belongs to {}", self.rule_word(rule), self.id(row), link.key)),
        };
        Some(Contest { kind, detail, rules: vec![rule], rows: vec![row] })
    }

    /// An account found by a later line must hold, for each earlier line, the same value or a blank.
    fn disagrees(&self, values: &[Vec<Value>], rule: usize, row: u32) -> Option<Contest> {
        let earlier = self.plan.rules[..rule].iter().zip(values).zip(0..);
        for ((earlier, values), at) in earlier {
            for (part, value) in earlier.parts.iter().zip(values) {
                let name = &self.plan.target.attribute(part.attribute).name;
                let (kind, is, rules) = match self.cell(self.row(row), part) {
                    Ok(theirs) if theirs.is_missing() || canonical::same(value, theirs, part.comparison) => continue,
                    Ok(theirs) => (Reason::RulesDisagree, format!("is {}", theirs.canonical_key().unwrap_or_default()), vec![at, rule]),
                    Err(fault) => (Reason::Unreadable, format!("can't be read ({}, {})", fault.message, fault.code), Vec::new()),
                };
                let detail = format!("{} finds {}, whose {name} {is}", self.rule_word(rule), self.id(row));
                return Some(Contest { kind, detail, rules, rows: vec![row] });
            }
        }
        None
    }

    /// The attribute in which an account holds the key of another record, and that key: one that `match` compares with the key itself,
    /// and whose value is not ours.
    #[must_use]
    pub fn key_of_another(&self, at: u32, key: &str, is_ours: &dyn Fn(usize) -> bool) -> Option<(&str, Text)> {
        let parts = self.plan.rules.iter().filter_map(|rule| if let [part] = &rule.parts[..] { Some(part) } else { None });
        let of_key = parts.filter(|part| self.plan.compares_key(part));
        let key = Value::text(key::form(key));
        let differs = |held: &Text, part: &RulePart| !canonical::same(&Value::text(key::form(held)), &key, part.comparison);
        of_key
            .filter(|part| !is_ours(part.attribute))
            .filter_map(|part| Some((part, self.cell(self.row(at), part).ok()?.canonical_key()?)))
            .find_map(|(part, held)| differs(&held, part).then(|| (self.plan.target.attribute(part.attribute).name.as_str(), held)))
    }

    /// A line as reports name it: by its first attribute.
    #[must_use]
    pub fn rule_word(&self, rule: usize) -> &str {
        self.plan.rules[rule].parts.first().map_or("match", |part| &self.plan.target.attribute(part.attribute).name)
    }

    /// The value of an account that a line compares.
    fn cell<'r>(&self, row: &'r Row, part: &RulePart) -> Result<&'r Value, &'r Fault> {
        self.plan.target.slot_of(part.attribute).map_or(Ok(&Value::Null), |slot| cell(row, slot))
    }

    /// `member`, of `members`
    #[must_use]
    pub fn noun(&self) -> String {
        noun(&self.plan.target.collection().name)
    }
}

/// One of a collection, as reports say it.
#[must_use]
pub fn noun(collection: &str) -> String {
    let name = collection.replace('_', " ");
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if name == "people" => "record".to_owned(),
        None => name.strip_suffix('s').unwrap_or(&name).to_owned(),
    }
}

/// The day on which a person left, in the pipeline's zone; none for people who have not left.
#[must_use]
pub fn left_on(plan: &ExecutionPlan, link: &Link) -> Option<jiff::civil::Date> {
    match &link.life {
        Life::Open => None,
        Life::Left { done, .. } => Some(plan.day(*done)),
        Life::Retired { since } => Some(plan.day(*since)),
    }
}

/// The values that each line of `match` looks for.
///
/// # Errors
/// The fault of a value, and which line needs it.
pub fn rule_values(plan: &ExecutionPlan, record: &RecordScope<'_>) -> Result<Vec<Vec<Value>>, MatchFault> {
    let one = |(at, rule): (usize, &Rule)| {
        rule.parts.iter().map(|part| part.value.run(record).map(Value::in_key_form).map_err(|fault| (fault, at))).collect()
    };
    plan.rules.iter().enumerate().map(one).collect()
}

fn as_declared(part: &RulePart) -> Comparison {
    part.comparison
}

fn without_case(part: &RulePart) -> Comparison {
    Comparison { ignoring_case: true, ..part.comparison }
}

/// The hash of the values of a line; `None` where one is missing.
fn rule_hash<'v>(rule: &Rule, how: impl Fn(&RulePart) -> Comparison, mut value: impl FnMut(&RulePart) -> Option<&'v Value>) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for part in &rule.parts {
        hasher.write(&canonical::index_key(value(part)?, how(part))?);
        hasher.write_u8(0xff);
    }
    Some(hasher.finish())
}

fn ids(plan: &ExecutionPlan, table: &Table) -> Vec<Option<Text>> {
    table.rows.iter().map(|row| own_key(&plan.target, row)).collect()
}

/// The attribute of the key that a record lacks.
pub fn lacking<'p>(side: &'p Side, row: &Row) -> &'p str {
    let lacks = |at: &usize| side.slot_of(*at).is_none_or(|slot| cell(row, slot).ok().and_then(Value::canonical_key).is_none());
    let at = side.collection().key.attributes().find(lacks);
    at.map_or("key", |at| &side.collection().attributes[at].name)
}
