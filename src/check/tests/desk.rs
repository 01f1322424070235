//! A system as a newcomer writes it, with the mistakes that were once accepted: each of them let a run judge by nothing.

use super::support::check_in;
use std::collections::HashMap;

const PEOPLE: &str = r#"
system hr {
  collection people {
    file "people.csv" csv
    key  number
    attributes {
      number   : text  at $.number
      name     : text  at $.name
      email    : text  at $.email
      last_day : date? at $.last_day
    }
  }
}
"#;

const DESK: &str = r#"
system desk {
  setting region : text as "Region"
  http "https://desk.example.com" { }
  collection agents {
    key   id
    lists all
    list GET "/agents" {
      query "per_page" = page.size
      page  by link header "Link" size 100
      items $
    }
    get GET "/agents/{id}"
    find by email GET "/agents" {
      query "email" = email
      items $
    }
    create POST "/agents"
    update PUT "/agents/{id}"
    delete DELETE "/agents/{id}"
    attributes {
      id     : int read only             at $.id
      email  : text unique ignoring case at $.contact.email
      number : text unique               at $.number
      active : bool?                     at $.active
    }
  }
}
"#;

const PIPELINE: &str = r#"
pipeline agents {
  zone  "Europe/Paris"
  from  hr.people as person
  to    desk.agents
  key   person.number
  match {
    email = person.email
  }
  mode  create and update
  map {
    email  = person.email
    number = person.number
  }
  leaver {
    when person.last_day < today as "left"
    set  active = false
  }
  guard {
    leavers at most 10% or 5
  }
}
"#;

/// What is said of the three, with such edits: the code, the first line of the place, and the message.
fn said(edits: &[(&str, &str)]) -> Vec<String> {
    let mut text = format!("{PEOPLE}{DESK}{PIPELINE}");
    for (old, new) in edits {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    let checked = check_in(&HashMap::from([("desk.sync".into(), text)]), "desk.sync");
    checked.diagnostics.iter().map(|one| format!("{} {}", one.code, one.message)).collect()
}

fn codes(edits: &[(&str, &str)]) -> Vec<String> {
    said(edits).iter().map(|said| said.split(' ').next().unwrap_or_default().to_owned()).collect()
}

const FIND: &str = "find by email GET \"/agents\" {\n      query \"email\" = email\n      items $\n    }\n";
const SENT: &str = "query \"email\" = email\n";
const NONE: [&str; 0] = [];

#[test]
fn the_system_as_it_should_be() {
    assert_eq!(said(&[]), NONE);
}

#[test]
fn a_look_up_that_does_not_send_what_it_looks_for_is_refused() {
    for line in [
        "query \"query\" = \"email:nobody\"\n",
        "\n",
        "header \"X-Region\" = setting.region\n",
        "query \"email\" = email when setting.region == \"eu\"\n",
        "query \"email\" = if setting.region == \"eu\" then email else \"\"\n",
        "query \"email\" = if setting.region == \"eu\" then email\n",
        "query \"q\" = if email == \"a\" then \"a\" else \"b\"\n",
        "query \"q\" = setting.region ?? email\n",
    ] {
        let said = said(&[(SENT, line)]);
        assert!(said.len() == 1 && said[0].starts_with("E0545 `find by email` does not send `email`"), "{line}: {said:?}");
    }
    let body = "find by email POST \"/search\" {\n      body = { term = \"x\" }\n";
    assert_eq!(codes(&[("find by email GET \"/agents\" {\n", body), (SENT, "")]), ["E0545"]);
}

/// All values that the table does not list are sent as one.
#[test]
fn a_look_up_by_a_table_with_else_does_not_send_what_it_looks_for() {
    let table = |rows: &str| format!("table numbers {{\n  \"a@x.org\" = \"A\"\n{rows}}}\n{}", PIPELINE.trim_start());
    let said = |rows: &str, line: &str| codes(&[(PIPELINE.trim_start(), &table(rows)), (SENT, line)]);
    for line in ["query \"q\" = email | lookup(numbers)\n", "query \"q\" = \"n:{email | lower | lookup(numbers)}\"\n"] {
        assert_eq!(said("  else = \"S0\"\n", line), ["E0545"], "{line}");
        assert_eq!(said("", line), NONE, "{line}");
        assert_eq!(said("  else = \"S0\"\n", &format!("{line}      {SENT}")), NONE, "{line}");
    }
}

#[test]
fn a_look_up_sends_what_it_looks_for_in_each_place() {
    for line in [
        "query \"query\" = \"email:{email}\"\n",
        "query \"email\" = email | lower\n",
        "query \"email\" = if setting.region == \"eu\" then email else \"{email}!\"\n",
        "header \"X-Email\" = email\n",
        "query \"a\" = setting.region\n      query \"email\" = email\n",
    ] {
        assert_eq!(said(&[(SENT, line)]), NONE, "{line}");
    }
    assert_eq!(said(&[("find by email GET \"/agents\"", "find by email GET \"/agents/by/{email}\""), (SENT, "")]), NONE);
    let body = "find by email POST \"/search\" {\n      body = { terms = [{ value = email }] }\n";
    assert_eq!(said(&[("find by email GET \"/agents\" {\n", body), (SENT, "")]), NONE);
}

/// By what several people have, a call would be made for each of them, and by nothing for everybody.
#[test]
fn a_call_that_a_pipeline_makes_names_one_record() {
    let of = |call: &str, used: &str| {
        let declared = format!("delete DELETE \"/agents/{{id}}\"\n    call off {call}");
        said(&[
            ("delete DELETE \"/agents/{id}\"", &declared),
            ("active : bool?", "team : text? at $.team\n      active : bool?"),
            used_as(used),
        ])
    };
    fn used_as(used: &str) -> (&str, &str) {
        if used == "leaver" { ("set  active = false", "call off") } else { ("  map {", "  map {\n    call off on create") }
    }
    for used in ["leaver", "map"] {
        let by_team = "E0545 `call off` names its record by `team`, which several records may have";
        assert_eq!(of("POST \"/off\" { body = { team = team } }", used), [by_team]);
        assert_eq!(of("POST \"/teams/{team}/off\"", used), [by_team]);
        assert_eq!(of("POST \"/off\" { body = { all = true } }", used), ["E0545 `call off` does not name its record"]);
        assert_eq!(of("POST \"/off\" {\n query \"id\" = id when team is present\n}", used), ["E0545 `call off` does not name its record"]);
        for names in
            ["POST \"/agents/{id}/off\"", "POST \"/off\" { body = { number = number } }", "POST \"/off\" { header \"X-Mail\" = email }"]
        {
            assert_eq!(of(names, used), NONE, "{names}");
        }
    }
    let declared = "delete DELETE \"/agents/{id}\"\n    call off POST \"/agents/off\"";
    assert_eq!(said(&[("delete DELETE \"/agents/{id}\"", declared)]), NONE, "no pipeline makes it");
}

#[test]
fn accounts_without_a_key_are_refused() {
    let key = ("    key   id\n", "");
    assert_eq!(said(&[key]), ["E0401 `agents` has no key, so `get` can't say which of its records it is for"]);
    let get = ("    get GET \"/agents/{id}\"\n", "");
    assert_eq!(said(&[key, get]), ["E0401 `agents` has no key, so `update` can't say which of its records it is for"]);
    let update = ("    update PUT \"/agents/{id}\"\n", "");
    let leaver = ("set  active = false", "delete");
    let mode = ("mode  create and update", "mode  create");
    let create_only = [key, get, update, mode, leaver];
    assert_eq!(said(&create_only), ["E0401 `agents` has no key, so `delete` can't say which of its records it is for"]);
    let delete = ("    delete DELETE \"/agents/{id}\"\n", "");
    let block = PIPELINE.find("  leaver").zip(PIPELINE.find("  guard")).map(|(from, to)| &PIPELINE[from..to]).unwrap();
    let guard = "  guard {\n    leavers at most 10% or 5\n  }\n";
    let linked = [key, get, update, delete, mode, (block, ""), (guard, "")];
    assert_eq!(said(&linked), ["E0401 `agents` has no key, so no link could say which of its records is whose"]);
}

/// Of a key that was refused, nothing more is said.
#[test]
fn a_key_that_is_wrong_is_no_key_that_lacks() {
    assert_eq!(codes(&[("    key   id\n", "    key   ident\n")]), ["E0203"]);
    assert_eq!(codes(&[("    key   id\n", "    key   active\n")]), ["E0513"]);
    assert_eq!(codes(&[("    key   id\n", "    keyy  id\n")]).len(), 1);
}

fn map() -> &'static str {
    PIPELINE.find("  map {").zip(PIPELINE.find("  leaver")).map(|(from, to)| &PIPELINE[from..to]).unwrap()
}

#[test]
fn nobody_is_created_without_a_map() {
    let lacks = "E0312 `email` and `number` are needed to create one of `agents`, and nothing is written there";
    for mode in ["mode  create and update", "mode  create"] {
        let mode = ("mode  create and update", mode);
        assert_eq!(said(&[mode, (map(), "")]), [lacks]);
        assert_eq!(said(&[mode, (map(), "  map {\n  }\n")]), [lacks]);
    }
    assert_eq!(said(&[("mode  create and update", "mode  update"), (map(), "")]), NONE);
}

#[test]
fn nobody_is_created_with_nothing_in_the_account() {
    let optional = [("text unique ignoring case at", "text? unique ignoring case at"), ("text unique               at", "text? unique at")];
    let nothing = "E0312 one of `agents` would be created with nothing in it";
    for lines in ["", "  map {\n  }\n"] {
        assert_eq!(said(&[optional[0], optional[1], (map(), lines)]), [nothing], "{lines}");
    }
    assert_eq!(said(&[optional[0], optional[1], (map(), "  map {\n    email = person.email\n  }\n")]), NONE);
}

#[test]
fn who_could_never_be_created_is_said() {
    let no_find = (FIND, "");
    let by_number = ("email = person.email\n", "number = person.number\n");
    let both = ("email = person.email\n", "number = person.number\n    email = person.email\n");
    let open = ("lists all", "lists open only");
    let unsaid = ("    lists all\n", "");
    let so = |why: &str, name: &str| format!("E0556 {why}, so nobody can be created without a `find by {name}`");
    let open_only = "the list of `agents` shows open accounts only";
    let not_said = "`agents` does not say that its list shows closed accounts too";
    assert_eq!(said(&[open, no_find]), [so(open_only, "email")]);
    assert_eq!(said(&[unsaid, no_find]), [so(not_said, "email")]);
    assert_eq!(said(&[open, by_number]), [so(open_only, "number")]);
    assert_eq!(said(&[unsaid, both]), [so(not_said, "number")]);
    let short = ("page  by link header \"Link\" size 100", "page  by number size 100\n      query \"page\" = page.number");
    assert_eq!(
        said(&[short, by_number]),
        ["E0555 a short page does not prove that the list of `agents` has ended, so nobody can be created without a `find by number`"]
    );
}

#[test]
fn a_proof_for_each_line_is_enough() {
    let open = ("lists all", "lists open only");
    let of_two = ("email = person.email\n", "email = person.email and number = person.number\n");
    for edits in [vec![], vec![open], vec![open, of_two], vec![(FIND, "")]] {
        assert_eq!(said(&edits), NONE, "{edits:?}");
    }
    // Who is only changed needs none.
    let update = ("mode  create and update", "mode  update");
    assert_eq!(said(&[open, (FIND, ""), update]), NONE);
}

#[test]
fn a_position_that_the_pages_do_not_give_is_refused() {
    let size = "query \"per_page\" = page.size\n      page  by link header \"Link\" size 100";
    for (page, name, gives) in [
        ("by link header \"Link\"", "number", "`page by link` gives `page.size` alone: a link says the rest"),
        ("by link $.next", "cursor", "`page by link` gives `page.size` alone: a link says the rest"),
        ("by link $.next", "offset", "`page by link` gives `page.size` alone: a link says the rest"),
        ("by offset", "number", "`page by offset` gives `page.offset` and `page.size`"),
        ("by number", "cursor", "`page by number` gives `page.number` and `page.size`"),
        ("by cursor $.next", "number", "`page by cursor` gives `page.cursor` and `page.size`"),
    ] {
        let own = page.split(' ').nth(1).filter(|own| *own != "link").map(|own| format!("query \"own\" = page.{own}\n"));
        let lines = format!("{}query \"other\" = page.{name}\n page {page} size 100", own.unwrap_or_default());
        assert_eq!(said(&[(size, &lines)]), [format!("E0503 {gives}")], "{lines}");
        let of_find = format!(
            "{SENT} page {page} size 100\n {}",
            lines.lines().filter(|line| line.starts_with("query")).collect::<Vec<_>>().join("\n ")
        );
        assert_eq!(said(&[(SENT, &format!("{of_find}\n"))]), [format!("E0503 {gives}")], "{of_find}");
    }
}

#[test]
fn since_is_sent_by_lists_alone() {
    let since = "E0214 `since` is the time from which a `list` reads what has changed, and this call is no `list`";
    for (line, with) in [
        (SENT, format!("{SENT}      query \"since\" = since\n")),
        ("get GET \"/agents/{id}\"", "get GET \"/agents/{id}\" {\n query \"since\" = since\n }".to_owned()),
        ("update PUT \"/agents/{id}\"", "update PUT \"/agents/{id}\" {\n header \"If-Unmodified-Since\" = since\n }".to_owned()),
    ] {
        assert_eq!(said(&[(line, &with)]), [since], "{with}");
    }
    assert_eq!(said(&[("query \"per_page\" = page.size", "query \"updated\" = since")]), NONE);
}
