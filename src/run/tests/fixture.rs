//! A small integration for tests: people of an HR system, members of a programme. Pipeline and records in, verdicts out, all as text.

use crate::{
    compile::{
        Action, ExecutionPlan, Stage,
        system::Collection,
        texts::{self, Texts},
    },
    run::{
        change_set::{ChangeSet, Finding, Operation, Step, Written, hash::Digester},
        input::{Identity, Input, PendingWork, RelatedState},
        plan::{Wanted, plan_changes, wanted},
        proofs::Proofs,
        read::extract::{Delta, Extractor, Table},
        record_scope::Clock,
    },
    state::{
        baselines::Baselines,
        events::Events,
        link::{Absence, Life, Link, Links},
    },
    systems::End,
    value::{Fault, Span, Value},
};
use jiff::{Timestamp, civil::Date};
use std::{collections::HashSet, sync::Arc};

const HR: &str = r#"
system hr {
  title "HR"
  collection people {
    file  "people.jsonl" json_lines
    key   id
    label last_name
    attributes {
      id           : int   at $.id
      number       : text  at $.number
      email        : text? at $.email
      last_name    : text  at $.last_name
      department   : text? at $.department
      contract_end : date? at $.contract_end
      manager      : int?  at $.manager
    }
  }
}
"#;

const REWARDS: &str = r#"
system rewards {
  title "Rewards"
  collection members {
    file  "members.jsonl" json_lines
    key   id
    label last_name
    attributes {
      id           : text read only                  at $.id
      external_id  : text?                           at $.external_id
      email        : text unique ignoring case       at $.email
      last_name    : text                            at $.last_name
      division     : text?                           at $.division
      active       : bool opens                      at $.active
      manager      : text?                           at $.manager
      welcome_mail : bool? write only effect "a welcome e-mail" at $.welcome_mail
    }
  }
}
"#;

const PIPELINE: &str = r#"use "hr.sync"
use "rewards.sync"

pipeline fixture {
  title "Fixture"
  zone  "Europe/Paris"



  from hr.people as employee
  to   rewards.members

  field email = employee.email | trim | lower


  include when email is present as "has an e-mail address"
  exclude when employee.department == "Contractors" as "contractor"

  key employee.number
  match {
    external_id = employee.number
    email       = email and last_name = employee.last_name
  }

  mode create and update
  map {
    external_id  = employee.number
    email        = email

    last_name    = employee.last_name
    division     = employee.department              keep when missing
    manager      = employee.manager | counterpart   clear when missing
    active       = true                             on create
    welcome_mail = true                             on create
  }
  leaver {
    when employee.contract_end < today as "contract ended"
    set  active = false
    on return { set active = true }
  }

  guard {
    leavers at most 10% or 5
    creates at most 500
  }
}
"#;

/// Attributes of the members, by their place.
pub(crate) const T_EXTERNAL: usize = 1;
pub(crate) const T_EMAIL: usize = 2;
pub(crate) const T_LAST_NAME: usize = 3;

/// Changes the target's collection where no words do: calls that a test answers itself.
pub(crate) fn target_of(plan: &mut ExecutionPlan) -> &mut Collection {
    &mut Arc::get_mut(&mut plan.target.system).expect("a test shares no system").collections[0]
}

/// `after N days { delete }`
pub(crate) fn delete_after(days: i64) -> Stage {
    Stage {
        delay: Span::Days(days),
        actions: vec![Action::Delete { span: crate::diagnose::Span::default() }],
        span: crate::diagnose::Span::default(),
    }
}

/// Everything that one run of the fixture depends on; each test changes what it is about.
pub(crate) struct Fixture {
    pub(super) files: [(&'static str, String); 3],
    pub plan: ExecutionPlan,
    pub source: String,
    pub target: String,
    pub links: Links,
    pub proofs: Proofs,
    pub blocked: HashSet<String>,
    pub events: Events,
    pub baseline: Baselines,
    pub now: Timestamp,
    pub adoption: bool,
    pub related: RelatedState,
    pub pending_work: PendingWork,
    pub source_end: End,
    /// What the source says of the time.
    pub source_clock: Option<Timestamp>,
    /// Of a read of what changed.
    pub delta: Option<Delta>,
    pub target_end: End,
    /// A page that is not full is all that shows the end of the target's list.
    pub target_weak: bool,
    /// Why the end of the source's list is no proof.
    pub source_weak: Option<crate::systems::WeakEnd>,
    /// Attributes of the people that a read of what changed leaves out.
    pub unshown: Vec<&'static str>,
}

pub(crate) fn digester() -> Digester {
    Digester::new([7; 32])
}

pub(crate) fn complete() -> End {
    End::Complete { evidence: "the announced total is met".into() }
}

pub(crate) fn broken() -> End {
    End::Broken { reason: "page 7 was answered with 500".into(), class: None }
}

fn plan(files: &[(&'static str, String)]) -> ExecutionPlan {
    let files = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    texts::plan(&Texts { files, ..Texts::default() }.project(), "fixture", &[])
}

fn make(edits: &[(&str, &str)], files: &mut [(&'static str, String)]) {
    for (from, to) in edits {
        let (_, text) = files.iter_mut().find(|(_, text)| text.contains(from)).unwrap_or_else(|| panic!("{from}"));
        *text = text.replacen(from, to, 1);
    }
}

/// A text with `to` in place of `from`. Panics if `from` is not in the text, so that no test changes nothing without notice.
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the text");
    text.replace(from, to)
}

impl Fixture {
    /// Records as one JSON object a line; links as `00112=83021`, `00112=83021 left 2026-01-31` or `… retired`.
    pub fn new(source: &str, target: &str, links: &str) -> Self {
        Self::edited(&[], source, target, links)
    }

    /// The same with edits of the pipeline, or of the system that has the words.
    pub fn edited(edits: &[(&str, &str)], source: &str, target: &str, links: &str) -> Self {
        let mut files = [("fixture.sync", PIPELINE.to_owned()), ("hr.sync", HR.to_owned()), ("rewards.sync", REWARDS.to_owned())];
        make(edits, &mut files);
        Self {
            plan: plan(&files),
            files,
            source: source.to_owned(),
            target: target.to_owned(),
            links: links.lines().map(str::trim).filter(|line| !line.is_empty()).map(link).fold(Links::default(), with),
            proofs: Proofs::default(),
            blocked: HashSet::new(),
            events: Events::default(),
            baseline: Baselines::default(),
            now: "2026-03-02T09:00:00Z".parse().unwrap(),
            adoption: false,
            related: RelatedState::default(),
            pending_work: PendingWork::default(),
            source_end: complete(),
            source_clock: None,
            delta: None,
            target_end: complete(),
            target_weak: false,
            source_weak: None,
            unshown: Vec::new(),
        }
    }

    pub fn today(mut self, day: &str) -> Self {
        self.now = format!("{day}T09:00:00Z").parse().unwrap();
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Edits the pipeline, or the system that has the words.
    pub fn edit(self, from: &str, to: &str) -> Self {
        self.edits(&[(from, to)])
    }

    /// Edits that make sense together only.
    pub fn edits(mut self, edits: &[(&str, &str)]) -> Self {
        make(edits, &mut self.files);
        self.plan = plan(&self.files);
        self
    }

    /// Another line after the `when` of the leaver block.
    pub fn leaver(self, line: &str) -> Self {
        self.edit("as \"contract ended\"", &format!("as \"contract ended\"\n{line}"))
    }

    /// Another statement before the guard.
    pub fn line(self, line: &str) -> Self {
        self.edit("  guard {", &format!("  {line}\n  guard {{"))
    }

    pub fn plan_changes(&self) -> ChangeSet {
        self.ask(plan_changes)
    }

    pub fn wanted(&self) -> Wanted {
        self.ask(wanted)
    }

    fn ask<T>(&self, question: impl FnOnce(&Input<'_>) -> T) -> T {
        let mut source = table(Extractor::source(&self.plan.source, false), &self.source, &self.source_end);
        for slot in self.unshown.iter().map(|name| self.plan.source.collection().attribute(name).unwrap()) {
            let slot = self.plan.source.slot_of(slot).unwrap();
            source.rows.iter_mut().for_each(|row| row[slot] = Err(Fault::unshown()));
        }
        let source = Table { delta: self.delta.clone(), clock: self.source_clock, weak: self.source_weak.clone(), ..source };
        let target = table(Extractor::target(&self.plan.target, false), &self.target, &self.target_end);
        let target = Table { weak: self.target_weak.then_some(crate::systems::WeakEnd::ShortPage), ..target };
        question(&Input {
            plan: &self.plan,
            source: &source,
            target: &target,
            joined: &[],
            links: &self.links,
            proofs: &self.proofs,
            blocked: &self.blocked,
            events: &self.events,
            baseline: &self.baseline,
            clock: Clock { now: self.now, today: self.day() },
            identity: Identity {
                environment: "test".into(),
                sandbox: false,
                link_set: "l-1".into(),
                lineage: "one".into(),
                credential: "one".into(),
            },
            adoption: self.adoption,
            digester: &digester(),
            related: &self.related,
            pending_work: &self.pending_work,
        })
    }

    pub fn day(&self) -> Date {
        self.now.to_zoned(self.plan.zone.clone().unwrap()).date()
    }

    /// The verdicts, one a line, and the ledger.
    pub fn verdicts(&self) -> String {
        render(&self.plan_changes())
    }
}

fn with(mut links: Links, link: Link) -> Links {
    links.insert(link);
    links
}

fn table(mut extractor: Extractor, records: &str, end: &End) -> Table {
    let records: Vec<&[u8]> = records.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::as_bytes).collect();
    extractor.take(&records);
    extractor.finish(end.clone(), 1, 1)
}

pub(crate) fn link(text: &str) -> Link {
    let mut words = text.split_whitespace();
    let (key, target) = words.next().unwrap().split_once('=').unwrap();
    let day = |word: Option<&str>| word.map(|day| format!("{day}T02:00:00Z").parse::<Timestamp>().unwrap());
    let life = match words.next() {
        Some("left") => Life::Left { stage: 1, done: day(words.next()).unwrap(), next: None, by_scope: false },
        Some("retired") => Life::Retired { since: day(words.next()).unwrap() },
        _ => Life::Open,
    };
    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    Link {
        key: key.into(),
        target: target.into(),
        life,
        by: "external_id".into(),
        since_run: 1,
        since,
        absence: Absence::default(),
        due: None,
        bases: Default::default(),
        agreed: Default::default(),
        added: Default::default(),
    }
}

/// What a reader of the change set would say, shortly.
pub(crate) fn render(set: &ChangeSet) -> String {
    let mut lines: Vec<String> = set.operations.iter().map(operation).collect();
    lines.extend(set.updates.links.iter().map(|link| format!("link {} = {} by {}", link.key, link.target, link.by)));
    lines.extend(set.updates.left.iter().map(|left| format!("left {}", left.key)));
    lines.extend(set.updates.retired.iter().map(|key| format!("retire {key}")));
    lines.extend(set.updates.unlinked.iter().map(|key| format!("unlink {key}")));
    lines.extend(set.findings.iter().map(finding));
    lines.extend(set.head.coming.iter().map(|coming| format!("coming {} {}: {}", coming.day, coming.key, coming.words())));
    lines.extend(
        set.head
            .guards
            .iter()
            .filter(|guard| !guard.within)
            .map(|guard| format!("exceeded {} {} of {}, {}", guard.what, guard.count, guard.of, guard.limit)),
    );
    lines.extend(set.head.open_references.iter().map(|open| format!("later {} of {} names {}", open.attribute, open.key, open.names)));
    lines.extend(set.head.doubts.iter().map(|doubt| format!("doubt {doubt}")));
    lines.push(ledger(set));
    lines.join("\n")
}

fn ledger(set: &ChangeSet) -> String {
    let words = |counts: &std::collections::BTreeMap<_, u64>| {
        counts.iter().map(|(verdict, count)| format!("{count} {}", word(*verdict))).collect::<Vec<_>>().join(", ")
    };
    let absent = if set.ledger.absent.is_empty() { String::new() } else { format!("; not read: {}", words(&set.ledger.absent)) };
    format!("{} read: {}{absent}", set.ledger.read, words(&set.ledger.counts))
}

fn word(verdict: crate::run::change_set::Verdict) -> String {
    verdict.token().replace('_', " ")
}

fn operation(operation: &Operation) -> String {
    let target = operation.target.as_deref().map(|target| format!(" = {target}")).unwrap_or_default();
    let stage = if operation.stage > 1 { format!(" {}", operation.stage) } else { String::new() };
    let steps: Vec<String> = operation.steps.iter().map(step).collect();
    let reason = operation.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let links = if operation.links_now { format!(" linked by {}", operation.linked_by.as_deref().unwrap()) } else { String::new() };
    format!("{}{stage} {}{target}{links}{reason} {}", word(operation.verdict), operation.key, steps.join("; ")).trim_end().to_owned()
}

fn step(step: &Step) -> String {
    match step {
        Step::Create { values } => {
            values.iter().map(|value| format!("{}={}", value.attribute, show(&value.after.0))).collect::<Vec<_>>().join(" ")
        }
        Step::Update { values } => values.iter().map(change).collect::<Vec<_>>().join(" "),
        Step::Delete => "delete".into(),
        Step::Call { name, .. } => format!("call {name}"),
    }
}

fn change(value: &Written) -> String {
    format!("{}:{}→{}", value.attribute, show(&value.before.0), show(&value.after.0))
}

fn show(value: &Value) -> String {
    value.to_text().map_or_else(|| "-".to_owned(), |text| text.replace(' ', "_"))
}

fn finding(finding: &Finding) -> String {
    let who = if finding.key.is_empty() { finding.label.as_deref().unwrap_or("?") } else { &finding.key };
    let attribute = finding.attribute.as_deref().map(|attribute| format!(" {attribute}")).unwrap_or_default();
    let lines: Vec<String> =
        finding.lines.iter().map(|line| format!("{}{}", if line.file.is_empty() { "" } else { "file:" }, line.line)).collect();
    let lines = if lines.is_empty() { String::new() } else { format!(" [{}]", lines.join(",")) };
    format!("{} {who} {}{attribute}: {}{lines}", word(finding.verdict), finding.kind, finding.detail)
}
