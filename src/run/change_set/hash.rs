//! Hashes: keyed ones of values that are remembered, plain ones of what a change set would do.

use super::{ChangeSet, NewLink, Operation, Step, Written};
use crate::{
    state::events::EventKey,
    value::{
        Value,
        canonical::{self, Comparison},
    },
};
use blake3::Hasher;

/// Makes keyed hashes. The key is stored outside the database, so that a copy of the database can't be used to test guesses.
#[derive(Clone)]
pub struct Digester {
    key: [u8; 32],
}

impl Digester {
    /// With the project's key.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Of an attribute's name: the key of [`crate::state::link::Link::bases`].
    #[must_use]
    pub fn attribute(&self, name: &str) -> u64 {
        first_bytes(&blake3::keyed_hash(&self.key, name.as_bytes()))
    }

    /// Of a value, equal where the values are the same under the comparison.
    #[must_use]
    pub fn value(&self, value: &Value, how: Comparison) -> u64 {
        first_bytes(&blake3::keyed_hash(&self.key, &canonical_bytes(value, how)))
    }

    /// Of a record's value, independent of the comparison of a line: one half of a pair in [`crate::state::agreed::Agreed`].
    #[must_use]
    pub fn plain_value(&self, value: &Value) -> u64 {
        let value = if value.is_missing() { &Value::Null } else { value };
        self.value(value, Comparison::default())
    }

    /// Of a question about a record that a person can decide: why it waits, in the words of its finding.
    #[must_use]
    pub fn question(&self, reason: &str, detail: &str) -> String {
        let mut hasher = Hasher::new_keyed(&self.key);
        hasher.update(b"question\0").update(reason.as_bytes()).update(b"\0").update(detail.as_bytes());
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// Of an event's key, as the state remembers it.
    #[must_use]
    pub fn event(&self, key: &str) -> EventKey {
        let hash = Hasher::new_keyed(&self.key).update(b"event\0").update(key.as_bytes()).finalize();
        *hash.as_bytes().first_chunk().expect("a hash has 32 bytes")
    }

    /// Seals an operation: its hash over kind, stage, key, target, values with before and after, effects and calls.
    /// Secret values enter it as keyed hashes.
    #[must_use]
    pub fn operation(&self, operation: &Operation) -> String {
        let mut out = Vec::with_capacity(512);
        part(&mut out, operation.verdict.token().as_bytes());
        part(&mut out, &operation.stage.to_le_bytes());
        part(&mut out, operation.key.as_bytes());
        part(&mut out, operation.target.as_deref().unwrap_or("new").as_bytes());
        for step in &operation.steps {
            self.step(&mut out, step);
        }
        for effect in &operation.effects {
            part(&mut out, effect.as_bytes());
        }
        blake3::hash(&out).to_hex()[..32].to_owned()
    }

    /// Of an operation's intent, independent of its division into requests and of its references: the same in the next run unless a
    /// value changes.
    #[must_use]
    pub fn intent_hash(&self, operation: &Operation) -> String {
        let mut out = Vec::with_capacity(512);
        part(&mut out, operation.verdict.token().as_bytes());
        part(&mut out, &operation.stage.to_le_bytes());
        part(&mut out, operation.target.as_deref().unwrap_or("new").as_bytes());
        let plain = operation.steps.iter().flat_map(Step::values).filter(|written| !written.after.0.is_pending());
        let mut values: Vec<Written> = plain.cloned().collect();
        values.sort_by(|left, right| left.attribute.cmp(&right.attribute));
        self.values(&mut out, b"values", &values);
        for step in operation.steps.iter().filter(|step| matches!(step, Step::Delete | Step::Call { .. })) {
            self.step(&mut out, step);
        }
        blake3::hash(&out).to_hex()[..32].to_owned()
    }

    fn step(&self, out: &mut Vec<u8>, step: &Step) {
        match step {
            Step::Create { values } => self.values(out, b"create", values),
            Step::Update { values } => self.values(out, b"update", values),
            Step::Delete => part(out, b"delete"),
            Step::Call { name, once } => {
                part(out, b"call");
                part(out, name.as_bytes());
                part(out, &[u8::from(*once)]);
            }
        }
    }

    fn values(&self, out: &mut Vec<u8>, kind: &[u8], values: &[Written]) {
        part(out, kind);
        for written in values {
            part(out, written.attribute.as_bytes());
            for value in [&written.before.0, &written.after.0] {
                if written.secret {
                    part(out, &self.value(value, Comparison::default()).to_le_bytes());
                } else {
                    canonical_part(out, value);
                }
            }
        }
    }
}

/// H: over the format, the link set, the binding, the lineage, the run before it, the sorted operations and new links, and tripped guards.
#[must_use]
pub fn change_set(set: &ChangeSet) -> String {
    let mut out = Vec::new();
    part(&mut out, &set.head.format.to_le_bytes());
    for text in [&set.head.link_set, &set.head.binding, &set.head.lineage] {
        part(&mut out, text.as_bytes());
    }
    if let Some(run) = set.head.follows {
        part(&mut out, &run.to_le_bytes());
    }
    let mut hasher = Hasher::new();
    hasher.update(&out);
    sorted(&mut hasher, set.operations.iter().map(|operation| operation.hash.clone()));
    sorted(&mut hasher, set.updates.links.iter().map(link_words));
    sorted(&mut hasher, set.updates.retired.iter().cloned());
    if !set.updates.unlinked.is_empty() {
        sorted(&mut hasher, set.updates.unlinked.iter().map(|key| format!("unlink {key}")));
    }
    if !set.updates.rekeys.is_empty() {
        sorted(&mut hasher, set.updates.rekeys.iter().map(|rekey| format!("{}\0{}\0{}", rekey.key, rekey.from, rekey.to)));
    }
    sorted(&mut hasher, set.updates.left.iter().map(|left| left.key.clone()));
    if !set.updates.let_go.is_empty() {
        sorted(&mut hasher, set.updates.let_go.iter().map(|left| format!("let go {}", left.key)));
    }
    if !set.updates.taken_back.is_empty() {
        sorted(&mut hasher, set.updates.taken_back.iter().map(|key| format!("taken back {key}")));
    }
    if !set.updates.seen.is_empty() {
        sorted(&mut hasher, set.updates.seen.iter().cloned());
    }
    if !set.head.decided.is_empty() {
        sorted(&mut hasher, set.head.decided.iter().map(|decided| format!("{}\0{}\0{}", decided.key, decided.choice, decided.made)));
    }
    let tripped = set.head.guards.iter().filter(|guard| !guard.within);
    sorted(&mut hasher, tripped.map(|guard| format!("{} {} {} {}", guard.what, guard.count, guard.of, guard.allowed)));
    sorted(&mut hasher, set.head.doubts.iter().cloned());
    hasher.finalize().to_hex().to_string()
}

/// `c-` and eight hexadecimal digits.
#[must_use]
pub fn change_set_id(hash: &str) -> String {
    format!("c-{}", &hash[..8])
}

/// A hash that says whether two stages do the same; independent of keys and machines.
#[must_use]
pub fn words(words: &[String]) -> u64 {
    let mut out = Vec::new();
    for word in words {
        part(&mut out, word.as_bytes());
    }
    first_bytes(&blake3::hash(&out))
}

fn link_words(link: &NewLink) -> String {
    format!("{}\0{}\0{}", link.key, link.target, link.by)
}

fn sorted(hasher: &mut Hasher, parts: impl Iterator<Item = String>) {
    let mut parts: Vec<String> = parts.collect();
    parts.sort_unstable();
    hasher.update(&(parts.len() as u64).to_le_bytes());
    let mut out = Vec::new();
    for text in &parts {
        out.clear();
        part(&mut out, text.as_bytes());
        hasher.update(&out);
    }
}

/// Each part with its length, so that no two lists of parts run into one another; of 64 bits on every machine, so that hashes agree.
fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn canonical_part(out: &mut Vec<u8>, value: &Value) {
    let at = out.len();
    out.extend_from_slice(&[0; 8]);
    canonical::write(value, Comparison::default(), out);
    let length = (out.len() - at - 8) as u64;
    out[at..at + 8].copy_from_slice(&length.to_le_bytes());
}

fn canonical_bytes(value: &Value, how: Comparison) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    canonical::write(value, how, &mut out);
    out
}

fn first_bytes(hash: &blake3::Hash) -> u64 {
    let bytes = hash.as_bytes();
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}
