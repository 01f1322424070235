//! The values that a record gives its account: all of them for a new account, what differs for an existing one.

use super::{
    difference::Difference,
    lists::{self, Ours},
    map::{Map, WriteRefusal},
};
use crate::{
    compile::{
        Action, ExecutionPlan, Mapping, On, RulePart,
        program::{Name, Program},
    },
    diagnose::Span as Place,
    run::{
        change_set::{Operation, Stored, Whose, Written},
        record_scope::{RecordScope, cell},
    },
    state::link::Link,
    value::{Fault, FaultCode, Kind, Value, canonical::same, trie::Row},
};
use std::sync::Arc;

/// After this many writes in succession a value that the target does not keep is given up.
pub(in crate::run::plan) const TRIES: u8 = 3;

/// Values of attributes that several lines write: the line that gave the value, and the value.
type Chosen = Vec<(usize, Value)>;

impl Map<'_> {
    /// The values of a new account.
    ///
    /// # Errors
    /// A value that can't be computed, or that the target does not take.
    pub fn create(&self, record: &RecordScope<'_>) -> Result<Vec<Written>, WriteRefusal> {
        let mut written = Vec::with_capacity(self.plan.map.len());
        let mut chosen = Chosen::new();
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Update) {
            let Some(value) = self.wanted(mapping, record)? else { continue };
            let value = self.with_others(mapping, value, &Value::Null, None);
            if self.is_chosen(at, &value, &mut chosen)? {
                continue;
            }
            self.admit(mapping.attribute, &value, mapping.span)?;
            if !value.is_missing() {
                let mut value = self.write(mapping.attribute, Value::Null, value, &self.lines[at]);
                value.shared = self.shared_write(mapping, record);
                written.push(value);
            }
        }
        Ok(written)
    }

    /// Compares the wanted values with the account.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn update(&self, record: &RecordScope<'_>, account: &Row, link: Option<&Link>) -> Result<Difference, WriteRefusal> {
        let mut difference = Difference::default();
        let mut chosen = Chosen::new();
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Create) {
            if mapping.once && self.base(link, mapping.attribute).is_some() {
                continue;
            }
            let value = match self.wanted(mapping, record) {
                Err(refusal) if refusal.fault.is_unreadable() => {
                    difference.leave_unreadable(refusal.fault);
                    continue;
                }
                // Depends on what was not read: it is left as it is.
                Err(refusal) if refusal.fault.is_unread() => {
                    difference.unknown.push((refusal.fault, self.lines[at].clone()));
                    continue;
                }
                value => value?,
            };
            if let Some(value) = &value
                && self.is_chosen(at, value, &mut chosen)?
            {
                continue;
            }
            let before = match self.held(mapping.attribute, account) {
                Ok(before) => before,
                Err(fault) => {
                    difference.leave_unreadable(fault);
                    continue;
                }
            };
            if let Some(shared) = &mapping.shared {
                self.merge_shared(at, shared, value, (record, account, before, link), &mut difference)?;
                continue;
            }
            let Some(value) = value else { continue };
            let value = self.with_others(mapping, value, before, link);
            self.compare(at, value, before, link, &mut difference)?;
        }
        Ok(difference)
    }

    /// The value that an account has; missing where it is not read.
    ///
    /// # Errors
    /// It can't be read.
    fn held<'r>(&self, attribute: usize, account: &'r Row) -> Result<&'r Value, Box<Fault>> {
        let held = self.plan.target.slot_of(attribute).map_or(Ok(&Value::Null), |slot| cell(account, slot));
        held.map_err(|fault| Fault::unreadable(&self.names[attribute], fault))
    }

    /// Whether an earlier line has already said that an attribute gets this value.
    ///
    /// # Errors
    /// An earlier line gives it another value. The check refuses lines whose conditions overlap; if one passed, the value would change
    /// with every run.
    fn is_chosen(&self, at: usize, value: &Value, chosen: &mut Chosen) -> Result<bool, WriteRefusal> {
        if !self.doubled[at] {
            return Ok(false);
        }
        let mapping = &self.plan.map[at];
        let Some((first, known)) = chosen.iter().find(|(first, _)| self.plan.map[*first].attribute == mapping.attribute) else {
            chosen.push((at, value.clone()));
            return Ok(false);
        };
        if same(known, value, mapping.comparison) {
            return Ok(true);
        }
        let message = format!("is given two values: another one by {}", self.lines[*first]);
        let fault = Fault::new(FaultCode::TwoValues, message).at(&*self.names[mapping.attribute]);
        Err(WriteRefusal { fault, span: mapping.span })
    }

    /// The list to write: the wanted items, and the items that others added.
    fn with_others(&self, mapping: &Mapping, value: Value, before: &Value, link: Option<&Link>) -> Value {
        if !matches!(self.attribute(mapping.attribute).ty.kind, Kind::List(_)) {
            return value;
        }
        let value = self.as_stored(mapping.attribute, &value).filter(|stored| !stored.is_missing()).unwrap_or(value);
        let name = self.digester.attribute(&self.names[mapping.attribute]);
        let added = link.map_or(&[][..], |link| link.added.get(name));
        lists::merged(mapping, value, before, Ours { digester: self.digester, added, how: mapping.comparison })
    }

    /// A value as the target has it after it was written in the attribute's format, which may lose something of it; `None` if it can't be
    /// written.
    pub(super) fn as_stored(&self, attribute: usize, value: &Value) -> Option<Value> {
        let codec = &self.attribute(attribute).codec;
        codec.read(Some(&codec.write(value).ok()?)).ok()
    }

    /// Compares one value. Whether the target takes it is checked only if it differs.
    fn compare(&self, at: usize, value: Value, before: &Value, link: Option<&Link>, out: &mut Difference) -> Result<(), WriteRefusal> {
        let mapping = &self.plan.map[at];
        let pending = value.is_pending();
        let is_there = |value: &Value| same(value, before, mapping.comparison);
        if !pending && (is_there(&value) || self.as_stored(mapping.attribute, &value).is_some_and(|stored| is_there(&stored))) {
            self.note_kept(mapping, before, link, out);
            return Ok(());
        }
        if !pending && self.is_settled(mapping, &value, before, link, at, out) {
            return Ok(());
        }
        self.admit(mapping.attribute, &value, mapping.span)?;
        out.written.push(self.write(mapping.attribute, before.clone(), value, &self.lines[at]));
        Ok(())
    }

    /// A value that was sent more than once, and is kept after all, no longer counts as tried in vain.
    fn note_kept(&self, mapping: &Mapping, now: &Value, link: Option<&Link>, out: &mut Difference) {
        if self.base(link, mapping.attribute).is_some_and(|base| base.tries > 1) {
            out.observed.push((self.names[mapping.attribute].clone(), self.digester.value(now, mapping.comparison)));
        }
    }

    /// Whether a value that differs needs no write. If it was sent before and the target still has what it made of it, it is unchanged:
    /// targets reformat values. The value from before the write is not what the target made of it: the write was not kept. After
    /// [`TRIES`] such writes it is given up and reported, until the wanted value, the target's value or the pipeline changes.
    fn is_settled(&self, mapping: &Mapping, value: &Value, before: &Value, link: Option<&Link>, at: usize, out: &mut Difference) -> bool {
        let Some(base) = self.base(link, mapping.attribute) else { return false };
        if base.sent != self.digester.value(value, mapping.comparison) || self.plan.target.slot_of(mapping.attribute).is_none() {
            return base.sent == self.digester.value(value, mapping.comparison);
        }
        let now = self.digester.value(before, mapping.comparison);
        let name = &self.names[mapping.attribute];
        let is_given_up = base.tries >= TRIES && !self.is_edited;
        match (base.held, base.before) {
            (Some(held), _) if held == now => {}
            (None, Some(before)) if before != now && is_given_up => return false,
            (None, before) if before != Some(now) => out.observed.push((name.clone(), now)),
            _ if is_given_up => out.unsettled.push((name.clone(), self.lines[at].clone())),
            _ => return false,
        }
        true
    }

    /// Whether an earlier run has sent one of these values, and the target shows what it had before that.
    #[must_use]
    pub fn was_not_kept<'w>(&self, link: &Link, mut written: impl Iterator<Item = &'w Written>) -> bool {
        written.any(|written| {
            let Some(at) = self.plan.target.collection().attribute(&written.attribute) else { return false };
            let hash = |value: &Value| self.digester.value(value, self.plan.comparison(at));
            let base = self.base(Some(link), at);
            base.is_some_and(|base| base.sent == hash(&written.after.0) && base.is_unkept(hash(&written.before.0)))
        })
    }

    /// An attribute that identifies an account, and has another value than we wrote and the target then had.
    #[must_use]
    pub fn changed_identity(&self, link: &Link, account: &Row) -> Option<usize> {
        let target = &self.plan.target;
        let matched = |at: usize| self.plan.rules.iter().any(|rule| rule.parts.len() == 1 && rule.parts[0].attribute == at);
        let identifies = |at: &usize| matched(*at) || self.attribute(*at).unique;
        let is_known = |at: usize| self.is_known(link, at) && target.slot_of(at).is_some();
        let changed = |at: &usize| is_known(*at) && !self.is_as_written(link, *at, account);
        (0..target.collection().attributes.len()).filter(identifies).find(changed)
    }

    /// Whether a value was written [`TRIES`] times in succession without being kept.
    pub(super) fn is_given_up(&self, mapping: &Mapping, value: &Value, now: &Value, link: Option<&Link>) -> bool {
        let tries = self.base(link, mapping.attribute).map_or(0, |base| base.tries);
        tries >= TRIES && !self.is_edited && self.is_unkept(mapping, Some(value), now, link)
    }

    /// Whether the value that a line wants was sent before, and the target has what it had before that.
    pub(super) fn is_unkept(&self, mapping: &Mapping, value: Option<&Value>, now: &Value, link: Option<&Link>) -> bool {
        let hash = |value: &Value| self.digester.value(value, mapping.comparison);
        let base = self.base(link, mapping.attribute).zip(value);
        base.is_some_and(|(base, value)| base.sent == hash(value) && base.is_unkept(hash(now)))
    }

    /// Whether a record has another value than was written of all by which people are told apart. Such a record is somebody else, with a key
    /// that was used before.
    #[must_use]
    pub fn is_somebody_else(&self, link: &Link, record: &RecordScope<'_>) -> bool {
        let applies = |mapping: &&Mapping| mapping.when.as_ref().is_none_or(|when| when.holds(record).unwrap_or(false));
        self.all_that_tells_differs(|at| {
            let base = self.base(Some(link), at)?;
            let mapping = self.plan.map.iter().filter(|mapping| mapping.attribute == at).find(applies)?;
            let value = mapping.value.run(record).ok().filter(|value| !value.is_missing())?;
            Some(base.sent != self.digester.value(&value, mapping.comparison))
        })
    }

    /// What an account has that was given to somebody else: another value than we wrote of all by which people are told apart. One whose
    /// values were only emptied was not given away.
    #[must_use]
    pub fn given_to_somebody(&self, link: &Link, account: &Row) -> Option<Vec<usize>> {
        let differs = |at: usize| {
            let slot = self.plan.target.slot_of(at).filter(|_| self.is_known(link, at))?;
            let is_there = cell(account, slot).is_ok_and(|now| !now.is_missing());
            let differs = is_there && !self.is_as_written(link, at, account);
            (differs || !self.is_silent(link, at)).then_some(differs)
        };
        let all = 0..self.plan.target.collection().attributes.len();
        let others = || all.filter(|at| (self.names_people(*at) || self.tells_apart(*at)) && differs(*at) == Some(true)).collect();
        self.all_that_tells_differs(differs).then(others)
    }

    /// The values of an account by which people are told apart, of those that were read. What the operation itself writes is left out,
    /// because that is compared anyway.
    #[must_use]
    pub fn whose(&self, account: &Row, operation: &Operation) -> Vec<Whose> {
        let is_written = |name: &str| operation.written().any(|written| *written.attribute == *name);
        let tells = |at: &usize| self.names_people(*at) || self.tells_apart(*at) || self.holds_key(*at) && !self.is_id(*at);
        let asked = (0..self.names.len()).filter(tells).filter(|at| !self.attribute(*at).secret && !is_written(&self.names[*at]));
        asked
            .filter_map(|at| {
                let value = cell(account, self.plan.target.slot_of(at)?).ok().filter(|value| !value.is_missing())?;
                Some(Whose { attribute: self.names[at].clone(), value: Stored(value.clone()) })
            })
            .collect()
    }

    /// Whether it is known what the target had of an attribute after our last write, or when it was seen.
    #[must_use]
    pub fn is_known(&self, link: &Link, attribute: usize) -> bool {
        self.known(link, attribute).is_some_and(|base| base.held.is_some())
    }

    /// Whether each known value by which people are told apart differs: a name, and something else.
    fn all_that_tells_differs(&self, differs: impl Fn(usize) -> Option<bool>) -> bool {
        let all_differ = |of: &dyn Fn(usize) -> bool| {
            let known: Vec<bool> = (0..self.names.len()).filter(|at| of(*at)).filter_map(&differs).collect();
            !known.is_empty() && known.into_iter().all(|differs| differs)
        };
        all_differ(&|at| self.names_people(at)) && all_differ(&|at| self.tells_apart(at))
    }

    /// Whether people are called by an attribute.
    fn names_people(&self, at: usize) -> bool {
        is_named(self.plan, at)
    }

    /// Whether an attribute tells people of one name apart: `match` compares it, but not with the key, it is unique, or an e-mail address.
    fn tells_apart(&self, at: usize) -> bool {
        let tells = self.attribute(at).unique || self.parts_of(at).next().is_some() || is_called(&self.attribute(at).name, "mail");
        tells && !self.is_id(at) && !self.holds_key(at) && !self.names_people(at)
    }

    fn parts_of(&self, at: usize) -> impl Iterator<Item = &RulePart> {
        self.plan.rules.iter().flat_map(|rule| &rule.parts).filter(move |part| part.attribute == at)
    }

    /// Whether a line of `match` compares an attribute with the key of the record.
    fn holds_key(&self, at: usize) -> bool {
        self.parts_of(at).any(|part| self.plan.compares_key(part))
    }

    /// Whether it is the target's own key, or a part of it.
    fn is_id(&self, at: usize) -> bool {
        self.plan.target.collection().key.attributes().any(|key| key == at)
    }

    /// Whether the value that an account has now is the one that we sent last.
    #[must_use]
    pub fn was_sent(&self, link: &Link, attribute: usize, account: &Row) -> bool {
        let Some(slot) = self.plan.target.slot_of(attribute) else { return false };
        let Ok(now) = cell(account, slot).map(|now| self.digester.value(now, self.plan.comparison(attribute))) else { return false };
        self.base(Some(link), attribute).is_some_and(|base| base.sent == now)
    }

    /// Whether an account has what our last write of an attribute left there: the value that was sent, what the target made of it, or, if
    /// it was not kept, the one from before; of what was never written, what was seen.
    #[must_use]
    pub fn is_as_written(&self, link: &Link, attribute: usize, account: &Row) -> bool {
        let (Some(base), Some(slot)) = (self.known(link, attribute), self.plan.target.slot_of(attribute)) else { return false };
        // What can't be read shows no other hand.
        let Ok(now) = cell(account, slot).map(|now| self.digester.value(now, self.plan.comparison(attribute))) else { return true };
        now == base.sent || base.held == Some(now) || base.is_unkept(now)
    }

    /// The value that one `set` of a leaver block writes; `None` if the account already has it.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn set(&self, action: &Action, record: &RecordScope<'_>, account: &Row) -> Result<Option<Written>, WriteRefusal> {
        let Action::Set { attribute, value, span, .. } = action else { return Ok(None) };
        let value = self.value(value, record, *span)?;
        let slot = self.plan.target.slot_of(*attribute);
        let before = self.held(*attribute, account).map_err(|fault| WriteRefusal { fault, span: *span })?;
        if slot.is_some() && same(&value, before, self.attribute(*attribute).comparison) {
            return Ok(None);
        }
        self.admit(*attribute, &value, *span)?;
        Ok(Some(self.write(*attribute, before.clone(), value, &Arc::new(self.plan.line(*span)))))
    }

    fn value(&self, program: &Program, record: &RecordScope<'_>, span: Place) -> Result<Value, WriteRefusal> {
        program.run(record).map_err(|fault| WriteRefusal { fault, span })
    }
}

/// Whether an attribute is what people are called by: the `label` names it or, without one, it is called a name.
pub(super) fn is_named(plan: &ExecutionPlan, at: usize) -> bool {
    match &plan.target.collection().label {
        Some(label) => label.uses(|name| *name == Name::Own(at)),
        None => is_called(&plan.target.attribute(at).name, "name"),
    }
}

/// Whether an attribute is called so: `last_name`, `displayName`, `surname`; a user name tells nothing of what a person is called.
pub(super) fn is_called(attribute: &str, word: &str) -> bool {
    let name = attribute.to_lowercase();
    name.contains(word) && !["user", "login", "account"].iter().any(|other| name.contains(other))
}
