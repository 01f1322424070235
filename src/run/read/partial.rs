//! Elements of an increment that show only what has changed of a record (a delta): what such an element leaves out is not missing.
//!
//! Where it matters, the record is asked for by `get`, once. Where it can't be, what the increment leaves out is not known, and what the
//! target has stays until the next complete read.

use super::{extract::Extractor, joins::NoLinks, sides::id_value};
use crate::{
    compile::{
        ExecutionPlan, LeaverKind, Missing, Mode, On, Origin, Side,
        program::{Name, Program},
    },
    run::record_scope::{Clock, RecordScope, own_key},
    state::link::{Life, Links},
    systems::{Connection, GetResult, ReadRequest},
    value::{Fault, Text, Value, trie::Row},
};
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// The linked records of a pipeline, by the keys of their links, and whether each of them has left.
pub type Known = BTreeMap<String, bool>;

/// The links whose records may be in an increment.
pub(crate) fn known(links: &Links) -> Known {
    let there = links.iter().filter(|link| !link.is_retired());
    there.map(|link| (link.key.clone(), matches!(link.life, Life::Left { .. }))).collect()
}

/// The slots of the source in which a value that is left out could clear, remove or decide something.
pub(crate) fn delicate(plan: &ExecutionPlan) -> BTreeSet<usize> {
    let mut slots = BTreeSet::new();
    // What is sent once is never cleared, and nobody leaves.
    if plan.mode == Mode::Append {
        return slots;
    }
    let kept = |missing| matches!(missing, Missing::Keep | Missing::KeepAbsent);
    for line in plan.map.iter().filter(|line| line.on != On::Create) {
        let alone = matches!(line.value, Program::Name(Name::Source(_)));
        if !(alone && kept(line.missing)) {
            name(plan, &line.value, &mut slots);
        }
        line.when.iter().for_each(|when| name(plan, when, &mut slots));
    }
    plan.scope.iter().for_each(|scope| name(plan, &scope.condition, &mut slots));
    for condition in plan.leavers.iter().flat_map(|leaver| &leaver.conditions) {
        if let LeaverKind::When(when) = &condition.kind {
            name(plan, when, &mut slots);
        }
    }
    slots.retain(|at| plan.source.slots[*at].origin == Origin::Record);
    slots
}

/// Adds the slots that an expression names, by itself or by a field.
fn name(plan: &ExecutionPlan, program: &Program, slots: &mut BTreeSet<usize>) {
    let mut fields = Vec::new();
    program.names(&mut |name| match name {
        Name::Source(at) => drop(slots.insert(*at)),
        Name::Field(at) => fields.push(*at),
        _ => {}
    });
    fields.into_iter().for_each(|at| name(plan, &plan.fields[at].value, slots));
}

/// Whether the record of a row is linked, and has left; one whose key is not known yet may be.
pub(crate) fn link_of(plan: &ExecutionPlan, clock: Clock, known: &Known, row: &Row) -> Option<bool> {
    let mut wide = row.to_vec();
    wide.resize_with(plan.source.slots.len(), || Err(Fault::unread("is not joined yet")));
    let wide: Row = wide.into();
    match plan.key.run(&RecordScope::new(plan, clock, &NoLinks, Some(&wide), None)) {
        Ok(key) => known.get(&*key.canonical_key()?).copied(),
        Err(_) => Some(true),
    }
}

/// What an increment is completed by.
pub(crate) struct Partial<'a> {
    /// The slots that count.
    pub delicate: BTreeSet<usize>,
    /// Whether the record of a row is linked, and has left.
    pub link_of: &'a (dyn Fn(&Row) -> Option<bool> + Sync),
}

/// Completes the rows of an increment; returns how many calls it took.
pub(crate) async fn complete(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    extractor: &mut Extractor,
    partial: &Partial<'_>,
) -> u64 {
    let left_out = |row: &Row| partial.delicate.iter().copied().filter(|at| matches!(row.get(*at), Some(Ok(Value::Absent)))).collect();
    let rows = extractor.rows().iter().enumerate().filter_map(|(at, row)| {
        let slots: Vec<usize> = left_out(row);
        let left = if slots.is_empty() { None } else { (partial.link_of)(row) }?;
        Some((at, own_key(side, row), slots, left))
    });
    let rows: Vec<_> = rows.collect();
    let can_get = side.collection().get.is_some();
    let gets = rows.into_iter().map(|(at, key, slots, left)| async move {
        let asked = key.filter(|_| can_get);
        let answer = match &asked {
            Some(key) => Some(connection.get(side.collection, &id_value(side, key), ask).await),
            None => None,
        };
        (at, asked, answer, slots, left)
    });
    let gets: Vec<_> = stream::iter(gets).buffered(connection.at_once()).collect().await;
    let mut asked_for = 0;
    for (at, key, answer, slots, left) in gets {
        asked_for += u64::from(answer.is_some());
        let shown = match (answer, key) {
            (Some(Ok(GetResult::Record(record))), Some(key)) => shown_again(side, extractor, &key, &record.json),
            _ => None,
        };
        match shown {
            Some(row) => extractor.replace(at, row),
            None => {
                slots.into_iter().for_each(|slot| extractor.hide(at, slot, if left { Fault::unread(HIDDEN) } else { Fault::unshown() }))
            }
        }
    }
    asked_for
}

/// Why a record that has left and is changed again waits.
const HIDDEN: &str = "is left out by what shows only the changes";

/// The row of a record that `get` showed, if it is the same record.
fn shown_again(side: &Side, extractor: &Extractor, key: &Text, record: &[u8]) -> Option<Row> {
    extractor.row(record).ok().filter(|row| own_key(side, row).is_some_and(|own| own == *key))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests run in a runtime of their own")]
mod tests {
    use super::*;
    use crate::{
        compile::texts::{self, Texts},
        run::read::{
            extract::Table,
            incremental::ReadScope,
            sides::{self, Open, Progress, ReadBreadth},
        },
        systems::{
            Connection,
            tests::{
                build::config,
                standin::{Reply, StandIn},
            },
        },
        value::trie::Cell,
    };
    use serde_json::{Value as Json, json};

    struct Quiet;

    impl Progress for Quiet {
        fn received(&self, _: &str, _: u64, _: Option<u64>) {}
        fn ended(&self, _: &str, _: &Table) {}
    }

    /// People of whom an increment shows what has changed; the lines of their `get`, and those of `map` and `leaver`.
    fn plan(get: &str, map: &str, leaver: &str) -> ExecutionPlan {
        let text = format!(
            r#"
system hr {{
  http "https://hr.example.com" {{ retry 1 times }}
  collection people {{
    key id
    list GET "/people" {{
      query "since" = since
      items $.data
    }}
    {get}
    attributes {{
      id     : text  at $.id
      name   : text  at $.name
      team   : text? at $.team
      status : text? at $.status
    }}
  }}
}}

system app {{
  http "https://app.example.com" {{ retry 1 times }}
  collection users {{
    key id
    lists all
    list GET "/users" {{ items $.data }}
    get GET "/users/{{id}}"
    create POST "/users" {{ never repeat }}
    update PATCH "/users/{{id}}"
    attributes {{
      id     : text read only at $.id
      number : text unique at $.number
      name   : text at $.name
      team   : text? at $.team
      active : bool opens at $.active
    }}
  }}
}}

pipeline people {{
  zone "UTC"
  from hr.people as person
  since last run, lookback 1 h, full every 7 days
  to app.users
  key person.id
  match {{ number = person.id }}
  mode create and update
  map {{
    number = person.id
    name = person.name
    {map}
    active = true on create
  }}
  leaver {{
    {leaver}
    set active = false
    on return {{ set active = true }}
  }}
  guard {{ leavers at most 10% or 5 }}
}}
"#
        );
        texts::plan(&Texts { files: vec![("test.sync", &text)], told: &[] }.project(), "people", &[])
    }

    const GET: &str = "get GET \"/people/{id}\"";
    const CLEAR: &str = "team = person.team clear when missing";
    const LEFT: &str = "when person.status == \"left\" as \"left\"";

    /// How a value was read: as it is, as missing, or as one that an increment leaves out.
    fn shown(cell: &Cell) -> String {
        match cell {
            Ok(Value::Absent) => "absent".to_owned(),
            Ok(Value::Null) => "null".to_owned(),
            Ok(value) => value.to_text().unwrap_or_default().into_owned(),
            Err(fault) if fault.is_unshown() => "unshown".to_owned(),
            Err(fault) => fault.message.clone(),
        }
    }

    /// Reads an increment of this element, where `open` is linked and `gone` has left: what is known of its team and status, and the calls.
    async fn read(plan: &ExecutionPlan, element: Json, got: Reply) -> (Vec<String>, Vec<String>) {
        let hr = StandIn::new(move |_, seen| match seen.target.starts_with("/people/") {
            true => got.clone(),
            false => Reply::ok(json!({ "data": [element.clone()] })),
        });
        let app = StandIn::giving([Reply::ok(json!({ "data": [] }))]);
        let open = |side: &Side, standin: &StandIn| Connection::open(&side.system, config(&standin.origin)).unwrap();
        let (source, target) = (open(&plan.source, &hr), open(&plan.target, &app));
        let asked = ReadScope {
            since: Some("2026-03-01T00:00:00Z".parse().unwrap()),
            known: Known::from([("open".to_owned(), false), ("gone".to_owned(), true)]),
            ..ReadScope::default()
        };
        let clock = Clock { now: "2026-03-01T09:00:00Z".parse().unwrap(), today: jiff::civil::date(2026, 3, 1) };
        let open = Open { source: &source, target: &target, joins: &[] };
        let reads = sides::read(plan, open, ReadBreadth::Used, &asked, clock, &Quiet).await;
        let cells = ["team", "status"].map(|name| {
            let slot = plan.source.collection().attribute(name).and_then(|at| plan.source.slot_of(at));
            slot.map_or_else(|| "unused".to_owned(), |slot| shown(&reads.source.rows[0][slot]))
        });
        (cells.into(), hr.lines().into_iter().skip(1).collect())
    }

    fn changed(id: &str) -> Json {
        json!({ "id": id, "name": "Renamed" })
    }

    #[tokio::test]
    async fn what_an_increment_leaves_out_is_asked_for_once() {
        let plan = plan(GET, CLEAR, LEFT);
        let whole = || Reply::ok(json!({ "id": "open", "name": "Renamed", "team": "T" }));
        assert_eq!(read(&plan, changed("open"), whole()).await, (vec!["T".into(), "absent".into()], vec!["GET /people/open".into()]));
        // What is gone by now, fails or is somebody else's shows nothing.
        for reply in [Reply::new(404, "{}"), Reply::new(500, ""), Reply::ok(json!({ "id": "other", "name": "Renamed" }))] {
            let (cells, _) = read(&plan, changed("open"), reply).await;
            assert_eq!(cells, ["unshown", "unshown"]);
        }
    }

    #[tokio::test]
    async fn it_is_asked_for_where_it_matters_alone() {
        let none = || Reply::new(500, "");
        for (plan, element) in [
            (plan(GET, CLEAR, LEFT), json!({ "id": "new", "name": "New" })),
            (plan(GET, CLEAR, LEFT), json!({ "id": "open", "name": "Renamed", "team": null, "status": null })),
            (plan(GET, "team = person.team keep when missing", "when missing for 3 runs"), changed("open")),
            (plan(GET, "team = person.team keep when absent", "when missing for 3 runs"), changed("open")),
        ] {
            let (_, calls) = read(&plan, element, none()).await;
            assert_eq!(calls, [""; 0]);
        }
    }

    #[tokio::test]
    async fn without_a_get_it_is_not_known() {
        let plan = plan("", CLEAR, "when person.status is missing as \"left\"");
        let (cells, calls) = read(&plan, changed("open"), Reply::new(500, "")).await;
        assert_eq!((cells, calls), (vec!["unshown".to_owned(), "unshown".to_owned()], vec![]));
        // Whoever has left may come back by it, so nothing is decided.
        let (cells, _) = read(&plan, changed("gone"), Reply::new(500, "")).await;
        assert_eq!(cells, [HIDDEN, HIDDEN]);
    }
}
