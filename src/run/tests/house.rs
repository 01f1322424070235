//! A small integration for tests: people of an HR system, members of a programme. Records in, verdicts out, both as text.

use crate::{
    plan::{
        Action, Field, Guard, Guarded, Leaver, LeaverCondition, LeaverKind, Line, ListOwnership, Mapping, Missing, Mode, On, OnLost, Plan,
        Protect, Reference, Rule, RulePart, Scope, Side, Slot, Stage,
        program::{Comparator, Name, Program},
        system::{Access, Attribute, Collection, Connection, Direction, System},
    },
    run::{
        changes::{ChangeSet, Finding, Operation, Step, Written},
        digest::Digester,
        extract::{Extractor, Table},
        person::Clock,
        survey::{Identity, Input, Proofs, survey, wanted},
    },
    state::{
        baselines::Baselines,
        link::{Absence, Life, Link, Links},
    },
    systems::End,
    value::{Kind, Span, Type, Value, canonical::Comparison, format::Codec, functions::by_name, path::JsonPath},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{collections::HashSet, sync::Arc};

/// Everything that one run of the house depends on; each test changes what it is about.
pub(crate) struct House {
    pub plan: Plan,
    pub source: String,
    pub target: String,
    pub links: Links,
    pub proofs: Proofs,
    pub blocked: HashSet<String>,
    pub baseline: Baselines,
    pub now: Timestamp,
    pub adoption: bool,
    pub source_end: End,
    pub target_end: End,
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

/// Source slots, in this order.
pub(crate) const NUMBER: usize = 1;
pub(crate) const EMAIL: usize = 2;
pub(crate) const LAST_NAME: usize = 3;
pub(crate) const DEPARTMENT: usize = 4;
pub(crate) const CONTRACT_END: usize = 5;
pub(crate) const MANAGER: usize = 6;

/// Target attributes and slots, in this order; the last is write only and has no slot.
pub(crate) const T_EXTERNAL: usize = 1;
pub(crate) const T_EMAIL: usize = 2;
pub(crate) const T_LAST_NAME: usize = 3;
pub(crate) const T_DIVISION: usize = 4;
pub(crate) const T_ACTIVE: usize = 5;
pub(crate) const T_MANAGER: usize = 6;
pub(crate) const T_WELCOME: usize = 7;

pub(crate) fn line(line: u32) -> Line {
    Line { file: String::new(), line }
}

pub(crate) fn source(slot: usize) -> Program {
    Program::Name(Name::Source(slot))
}

pub(crate) fn apply(value: Program, function: &'static str) -> Program {
    let apply = (by_name(function).unwrap().bind)(&[]).ok().unwrap();
    Program::Apply { value: Box::new(value), function, apply: Arc::new(apply) }
}

pub(crate) fn compare(left: Program, how: Comparator, right: Program) -> Program {
    Program::Compare(how, Box::new((left, right)))
}

fn attribute(name: &str, kind: Kind, optional: bool) -> Attribute {
    let path = JsonPath::parse(&format!("$.{name}")).unwrap();
    Attribute {
        name: name.to_owned(),
        ty: Type { kind: kind.clone(), optional },
        path,
        written_at: None,
        codec: Codec { kind, required: !optional, forms: Vec::new(), zone: None },
        unique: false,
        comparison: Comparison::default(),
        direction: Direction::Both,
        create_only: false,
        secret: false,
        public: false,
        effect: None,
        access: None,
        up_to: None,
        one_of: Vec::new(),
        matches: None,
        clear_as: None,
        asked_as: None,
        line: line(0),
    }
}

fn collection(name: &str, attributes: Vec<Attribute>, label: usize) -> Collection {
    Collection {
        name: name.to_owned(),
        key: Some(0),
        label: Some(Program::Name(Name::Own(label))),
        changed: None,
        lists_closed: true,
        settles_within: 60,
        attributes,
        list: None,
        get: None,
        finds: Vec::new(),
        create: None,
        update: None,
        delete: None,
        named: Vec::new(),
        file: None,
        line: line(0),
    }
}

fn side(name: &str, alias: &str, collection: Collection) -> Side {
    let slot = |(at, attribute): (usize, &Attribute)| {
        (attribute.direction != Direction::WriteOnly).then(|| Slot {
            attribute: Some(at),
            name: attribute.name.clone(),
            path: attribute.path.clone(),
            codec: attribute.codec.clone(),
            line: Line { file: format!("{name}.sync"), line: 40 + u32::try_from(at).unwrap() },
        })
    };
    let slots = collection.attributes.iter().enumerate().filter_map(slot).collect();
    let system = System {
        name: name.to_owned(),
        title: name.to_owned(),
        connection: Connection::Files,
        collections: vec![collection],
        secrets: Vec::new(),
        line: line(0),
    };
    Side { system: Arc::new(system), collection: 0, alias: alias.to_owned(), slots, line: line(10) }
}

fn people() -> Collection {
    let attributes = vec![
        attribute("id", Kind::Int, false),
        attribute("number", Kind::Text, false),
        attribute("email", Kind::Text, true),
        attribute("last_name", Kind::Text, false),
        attribute("department", Kind::Text, true),
        attribute("contract_end", Kind::Date, true),
        attribute("manager", Kind::Int, true),
    ];
    collection("people", attributes, LAST_NAME)
}

fn members() -> Collection {
    let mut attributes = vec![
        attribute("id", Kind::Text, false),
        attribute("external_id", Kind::Text, true),
        attribute("email", Kind::Text, false),
        attribute("last_name", Kind::Text, false),
        attribute("division", Kind::Text, true),
        attribute("active", Kind::Bool, false),
        attribute("manager", Kind::Text, true),
        attribute("welcome_mail", Kind::Bool, true),
    ];
    attributes[T_EMAIL].unique = true;
    attributes[T_EMAIL].comparison.ignoring_case = true;
    attributes[T_ACTIVE].access = Some(Access { opens: true, value: Value::Bool(true) });
    attributes[T_WELCOME].direction = Direction::WriteOnly;
    attributes[T_WELCOME].effect = Some("a welcome e-mail".into());
    collection("members", attributes, T_LAST_NAME)
}

pub(crate) fn mapping(attribute: usize, value: Program, at: u32) -> Mapping {
    Mapping {
        attribute,
        slot: (attribute != T_WELCOME).then_some(attribute),
        value,
        text: String::new(),
        on: On::Both,
        when: None,
        missing: Missing::Never,
        once: false,
        comparison: Comparison { ignoring_case: attribute == T_EMAIL, ignoring_order: false },
        list: ListOwnership::Owned,
        line: line(at),
    }
}

fn part(attribute: usize, value: Program) -> RulePart {
    RulePart { attribute, slot: attribute, value, comparison: Comparison { ignoring_case: attribute == T_EMAIL, ignoring_order: false } }
}

pub(crate) fn set_active(to: bool, at: u32) -> Action {
    let value = Program::Constant(Value::Bool(to));
    Action::Set { attribute: T_ACTIVE, slot: Some(T_ACTIVE), value, text: to.to_string(), line: line(at) }
}

pub(crate) fn condition(kind: LeaverKind, reason: &str, due: Option<Program>) -> LeaverCondition {
    LeaverCondition { kind, reason: reason.to_owned(), text: reason.to_owned(), line: line(37), due }
}

pub(crate) fn leaver(conditions: Vec<LeaverCondition>) -> Leaver {
    Leaver {
        conditions,
        actions: vec![set_active(false, 38)],
        stages: Vec::new(),
        on_return: Some(vec![set_active(true, 39)]),
        create_again: false,
        protect: Vec::new(),
        enforce: false,
        line: line(36),
    }
}

/// `when employee.contract_end < today as "contract ended"`
pub(crate) fn contract_ended() -> LeaverCondition {
    let when = compare(source(CONTRACT_END), Comparator::Less, Program::Name(Name::Today));
    condition(LeaverKind::When(when), "contract ended", Some(source(CONTRACT_END)))
}

pub(crate) fn missing_for(runs: u64) -> LeaverCondition {
    condition(LeaverKind::MissingForRuns { runs, at_least_apart: None }, "missing", None)
}

pub(crate) fn delete_after(days: i64) -> Stage {
    Stage { delay: Span::Days(days), actions: vec![Action::Delete { line: line(41) }], line: line(40) }
}

pub(crate) fn protect(condition: Program, reason: &str) -> Protect {
    Protect { condition, reason: reason.to_owned(), line: line(42) }
}

pub(crate) fn guard(what: Guarded, percent: Option<u64>, number: Option<u64>, at: u32) -> Guard {
    Guard { what, percent: percent.map(Into::into), number, over: None, line: Some(line(at)) }
}

fn scopes() -> Vec<Scope> {
    let contractor = compare(source(DEPARTMENT), Comparator::Equal, Program::Constant(Value::text("Contractors")));
    let scope = |keep, condition, reason: &str, at| Scope {
        keep,
        condition,
        text: String::new(),
        reason: reason.to_owned(),
        line: line(at),
        before_key: false,
    };
    vec![
        scope(true, Program::IsPresent(Box::new(Program::Name(Name::Field(0)))), "not has an e-mail address", 16),
        scope(false, contractor, "contractor", 17),
    ]
}

fn rules() -> Vec<Rule> {
    let email = Program::Name(Name::Field(0));
    vec![
        Rule { parts: vec![part(T_EXTERNAL, source(NUMBER))], name: "external_id".into(), line: line(21) },
        Rule {
            parts: vec![part(T_EMAIL, email), part(T_LAST_NAME, source(LAST_NAME))],
            name: "email and last_name".into(),
            line: line(22),
        },
    ]
}

fn map() -> Vec<Mapping> {
    let manager = Program::Counterpart { value: Box::new(source(MANAGER)), pipeline: "house".into() };
    let yes = || Program::Constant(Value::Bool(true));
    vec![
        mapping(T_EXTERNAL, source(NUMBER), 27),
        mapping(T_EMAIL, Program::Name(Name::Field(0)), 28),
        mapping(T_LAST_NAME, source(LAST_NAME), 30),
        Mapping { missing: Missing::Keep, ..mapping(T_DIVISION, source(DEPARTMENT), 31) },
        Mapping { missing: Missing::Clear, ..mapping(T_MANAGER, manager, 32) },
        Mapping { on: On::Create, ..mapping(T_ACTIVE, yes(), 33) },
        Mapping { on: On::Create, ..mapping(T_WELCOME, yes(), 34) },
    ]
}

fn plan() -> Plan {
    let email = apply(apply(source(EMAIL), "trim"), "lower");
    Plan {
        id: "p-00000001".into(),
        hash: "00000001".into(),
        name: "house".into(),
        title: "House".into(),
        files: Vec::new(),
        line: line(1),
        zone: Some(TimeZone::get("Europe/Paris").unwrap()),
        zone_name: Some("Europe/Paris".into()),
        schedule: None,
        source: side("hr", "employee", people()),
        target: side("rewards", "current", members()),
        fields: vec![Field { name: "email".into(), ty: Type::optional(Kind::Text), program: email, text: String::new(), line: line(13) }],
        key: source(NUMBER),
        key_line: line(19),
        key_text: "employee.number".into(),
        scope: scopes(),
        one_per_key: None,
        rules: rules(),
        one_by_one: false,
        match_line: line(20),
        mode: Mode::CreateAndUpdate,
        mode_line: line(25),
        map: map(),
        map_line: line(26),
        leavers: vec![leaver(vec![contract_ended()])],
        guards: vec![guard(Guarded::Leavers, Some(10), Some(5), 43), guard(Guarded::Creates, None, Some(500), 44)],
        hold_leavers_only: false,
        on_lost: OnLost::Hold,
        on_closed_by_hand: None,
        on_incomplete_read_continue: false,
        fresh_for: None,
        show: Vec::new(),
        enabled: None,
        requires: Vec::new(),
        settings: Vec::new(),
        references: vec![Reference { pipeline: "house".into() }],
        uses_today: true,
    }
}

/// Changes the target's collection, which nothing shares yet in a test.
pub(crate) fn target_of(plan: &mut Plan) -> &mut Collection {
    &mut Arc::get_mut(&mut plan.target.system).unwrap().collections[0]
}

impl House {
    /// Records as one JSON object a line; links as `00112=83021`, `00112=83021 left 2026-01-31` or `… retired`.
    pub fn new(source: &str, target: &str, links: &str) -> Self {
        Self {
            plan: plan(),
            source: source.to_owned(),
            target: target.to_owned(),
            links: links.lines().map(str::trim).filter(|line| !line.is_empty()).map(link).fold(Links::default(), with),
            proofs: Proofs::default(),
            blocked: HashSet::new(),
            baseline: Baselines::default(),
            now: "2026-03-02T09:00:00Z".parse().unwrap(),
            adoption: false,
            source_end: complete(),
            target_end: complete(),
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

    pub fn survey(&self) -> ChangeSet {
        self.ask(survey)
    }

    pub fn wanted(&self) -> crate::run::survey::Wanted {
        self.ask(wanted)
    }

    fn ask<T>(&self, question: impl FnOnce(&Input<'_>) -> T) -> T {
        let source = table(Extractor::source(&self.plan.source, false), &self.source, &self.source_end);
        let target = table(Extractor::target(&self.plan.target, false), &self.target, &self.target_end);
        question(&Input {
            plan: &self.plan,
            source: &source,
            target: &target,
            links: &self.links,
            proofs: &self.proofs,
            blocked: &self.blocked,
            baseline: &self.baseline,
            clock: Clock { now: self.now, today: self.day() },
            identity: Identity { environment: "test".into(), sandbox: false, link_set: "l-1".into(), lineage: "one".into() },
            adoption: self.adoption,
            digester: &digester(),
        })
    }

    pub fn day(&self) -> Date {
        self.now.to_zoned(self.plan.zone.clone().unwrap()).date()
    }

    /// The verdicts, one a line, and the ledger.
    pub fn verdicts(&self) -> String {
        render(&self.survey())
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
    }
}

/// What a reader of the change set would say, shortly.
pub(crate) fn render(set: &ChangeSet) -> String {
    let mut lines: Vec<String> = set.operations.iter().map(operation).collect();
    lines.extend(set.links.iter().map(|link| format!("link {} = {} by {}", link.key, link.target, link.by)));
    lines.extend(set.retired.iter().map(|key| format!("retire {key}")));
    lines.extend(set.findings.iter().map(finding));
    lines.extend(set.coming.iter().map(|coming| format!("coming {} {}: {}", coming.day, coming.key, coming.reason)));
    lines.extend(
        set.guards
            .iter()
            .filter(|guard| !guard.within)
            .map(|guard| format!("past {} {} of {}, {}", guard.what, guard.count, guard.of, guard.limit)),
    );
    lines.extend(set.doubts.iter().map(|doubt| format!("doubt {doubt}")));
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

fn word(verdict: crate::run::changes::Verdict) -> String {
    let json = serde_json::to_value(verdict).unwrap();
    json.as_str().unwrap().replace('_', " ")
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
