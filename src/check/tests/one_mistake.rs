//! One mistake, one message: what only follows from a mistake is not reported beside it.

use super::{
    one_reading::file,
    support::{check_in, rendered},
};
use crate::check::Checked;
use std::{collections::HashMap, path::PathBuf};

fn checked(text: &str) -> Checked {
    check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text.to_owned())]), "p/p.sync")
}

/// The errors of a file in which some words are replaced, each as the text it points at and its code.
fn errors(replaced: &[(&str, &str)]) -> Vec<String> {
    let checked = checked(&file(replaced));
    let line = |span| checked.sources.text(span).lines().next().unwrap_or_default().trim().to_owned();
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| format!("{} {}", one.code, line(one.span))).collect()
}

/// A mistake, and the one thing that is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    // A name that a broken statement declares, or may declare.
    ("field email = e.email | trim", "field email = | trim", "E0101 |"),
    ("field email = e.email | trim", "field email e.email trim", "E0101 e"),
    ("field email = e.email | trim", "email = e.email | trim", "E0101 email"),
    ("email  : text? at $.email\n      since", "email text? at $.email\n      since", "E0101 text"),
    ("email  : text? at $.email\n      since", "email : at $.email\n      since", "E0101 at"),
    ("from hr.people as e", "from hr.people e", "E0101 e"),
    ("from hr.people as e", "from hr.people as", "E0101 as"),
    ("from hr.people as e", "hr.people as e", "E0101 hr"),
    ("to app.users", "app.users", "E0101 app"),
    ("mode create and update", "create and update", "E0101 create"),
    ("system app {", "app {", "E0101 app"),
    // A statement that seems to lack, because it was not understood.
    ("include when e.email is present", "include e.email is present", "E0101 e"),
    ("guard { leavers at most 10% or 5 }", "guard { leavers most 10% or 5 }", "E0101 most"),
    ("when e.since < today as \"left\"", "e.since < today as \"left\"", "E0101 e"),
    ("set active = false", "active = false", "E0105 active"),
    ("name = e.name keep when missing", "name = e.name keep missing", "E0101 missing"),
    ("zone \"Europe/Paris\"", "\"Europe/Paris\"", "E0101 \"Europe/Paris\""),
    // One brace too many.
    ("  key e.number", "  } key e.number", "E0103 }"),
    ("email = email\n", "} email = email\n", "E0103 }"),
    ("field email = e", "field } email = e", "E0103 }"),
    ("since  : date?", "} since  : date?", "E0103 }"),
    ("    list GET", "  }\n    list GET", "E0103 }"),
    // Habits of SQL, YAML, HCL and JavaScript.
    ("match { id = e.number }", "match {{ id = e.number }", "E0102 {{"),
    ("e.email | trim", "e.email | trim |", "E0101 |"),
    ("e.email | trim", "e.email |> trim |> lower", "E0105 |>"),
    ("when e.since < today", "when e.since < TODAY", "E0204 TODAY"),
    ("when e.since < today", "when e.since < 01/01/2026", "E0303 01/01/2026"),
    ("when e.since < today", "when e.since < 2026-1-31", "E0303 2026-1-31"),
    ("when e.since < today", "when e.since < 31.1.2026", "E0105 31.1.2026"),
    ("guard { leavers at most", "guard { leavers <=", "E0105 <="),
    ("guard { leavers at most", "guard { leavers max", "E0105 max"),
    ("guard { leavers at most", "guard { leavers:", "E0105 :"),
    ("include when e.email is present", "include when e.email exists", "E0105 exists"),
    ("include when e.email is present", "include when exists e.email", "E0105 exists e.email"),
    ("include when e.email is present", "include when e.email ~ \"@\"", "E0105 ~"),
    ("include when e.email is present", "include when e[\"email\"] is present", "E0105 [\"email\"]"),
    ("include when e.email is present", "include when e?.email is present", "E0105 ?."),
    ("e.email | trim", "lower e.email", "E0105 lower e.email"),
    ("e.email | trim", "e.email || \"\"", "E0105 ||"),
    ("e.email | trim", "`${e.email}`", "E0105 `${e.email}`"),
    ("e.email | trim", "CASE WHEN e.active THEN e.email END", "E0105 CASE WHEN"),
    ("active = true on create", "active = true only on create", "E0105 only"),
    ("active = true on create", "active = true on create only", "E0105 only"),
    ("name = e.name keep when missing", "name = e.name default \"x\"", "E0105 default"),
    ("zone \"Europe/Paris\"", "zone \"Europe/Paris\"\n  schedule daily 02:00", "E0105 daily 02:00"),
    ("zone \"Europe/Paris\"", "zone \"Europe/Paris\"\n  schedule every monday at 2pm", "E0105 every monday at 2pm"),
    ("mode create and update", "mode upsert", "E0105 upsert"),
    ("mode create and update", "mode create, update", "E0105 ,"),
    ("set active = false", "set active to false", "E0105 to"),
    (
        "name   : text? at $.name\n      email  : text? at $.email\n",
        "name : text nullable at $.name\n      email  : text? at $.email\n",
        "E0105 nullable",
    ),
    ("    key number", "    primary key number", "E0105 primary key"),
    ("from hr.people as e", "from \"hr.people\" as e", "E0105 \"hr.people\""),
    // A misspelt declaration, whose uses are spelled well.
    ("from hr.people as e\n", "from hr.people as ee\n", "E0204 ee"),
    ("from hr.people as e\n", "from hr.people\n", "E0204 from hr.people"),
    ("field email = e.email", "field emial = e.email", "E0204 emial"),
    ("number : text at", "nubmer : text at", "E0203 nubmer"),
    ("email  : text? at $.email\n      since", "emial  : text? at $.email\n      since", "E0203 emial"),
    ("collection users {", "collection usres {", "E0202 usres"),
    // A misspelt use.
    ("name = e.name keep", "name = e.nmae keep", "E0203 nmae"),
    ("key number", "key numbr", "E0203 numbr"),
    ("    email = email\n", "    emial = email\n", "E0203 emial"),
    ("when e.since < today", "when e.sinse < today", "E0203 sinse"),
    // A mistake inside a text, in a place that may not be empty.
    (
        "id = e.number\n    name = e.name keep when missing",
        "id = \"{e.nmber}-{e.number}\"\n    name = e.name keep when missing",
        "E0203 nmber",
    ),
    // A number that is too long is not 0.
    ("leavers at most 10% or 5", "leavers at most 999999999999999999999999", "E0107 999999999999999999999999"),
    // A line that does nothing where it is, a batch whose results are nowhere, a function in the form of another language.
    ("update PATCH \"/users/{id}\"", "update PATCH \"/users/{id}\" {\n      page by offset size 0\n    }", "E0522 page by offset size 0"),
    ("update PATCH \"/users/{id}\"", "update PATCH \"/users\" {\n      batch 10\n    }", "E0521 update PATCH \"/users\" {"),
    (
        "update PATCH \"/users/{id}\"",
        "update PATCH \"/users\" {\n      batch 10\n      body = [changes for each record]\n    }",
        "E0521 update PATCH \"/users\" {",
    ),
    ("      items $.data\n", "      items $.data { item lower($.x) }\n", "E0105 lower($.x)"),
    ("items $.data\n", "items $.data\n      total lower($.count)\n", "E0105 lower($.count)"),
    // A condition that would show a value to be present.
    ("id = e.number\n    name = e.name keep when missing", "id = e.number\n    name = e.name kep when missing", "E0104 kep"),
];

#[test]
fn a_mistake_brings_one_message() {
    let mut wrong = Vec::new();
    for (meant, written, expected) in MISTAKES {
        let said = errors(&[(meant, written)]);
        if said != [*expected] {
            wrong.push(format!("{written}: {expected}\n    {}", said.join("\n    ")));
        }
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}

/// `name` of the target may not be missing here, so that what shows it to be present matters.
#[test]
fn what_a_broken_condition_would_show_is_not_called_missing() {
    let required = (
        "name   : text? at $.name\n      email  : text? at $.email ignoring",
        "name   : text at $.name\n      email  : text? at $.email ignoring",
    );
    let map = ("name = e.name keep when missing\n    email = email", "name = e.name\n    email = email keep when missing");
    let scope = |line: &'static str| ("include when e.email is present", line);
    assert_eq!(errors(&[required, map, scope("include when e.name is present")]), [""; 0]);
    assert_eq!(errors(&[required, map, scope("include when e.email is present")]), ["E0313 e.name"]);
    for (line, said) in [
        ("include when e.name is presnt", "E0104 presnt"),
        ("include e.name is present", "E0101 e"),
        ("include when e.nmae is present", "E0203 nmae"),
        ("include when e.name is present and", "E0101 and"),
        ("exclude when e.name missing", "E0101 missing"),
        ("name is present", "E0105 name"),
    ] {
        assert_eq!(errors(&[required, map, scope(line)]), [said], "{line}");
    }
    assert_eq!(errors(&[required, map, scope("include when e.emial is present")]), ["E0203 emial", "E0313 e.name"], "it names another");
}

#[test]
fn mistakes_that_have_nothing_to_do_with_each_other_are_all_reported() {
    let key = ("key number", "key numbr");
    assert_eq!(errors(&[key, ("name = e.name keep", "name = e.nmae keep")]), ["E0203 numbr", "E0203 nmae"]);
    let syntax = ("mode create and update", "mode create or update");
    let said = errors(&[syntax, ("name = e.name keep", "name = e.nmae keep"), ("e.since < today", "e.since < 12")]);
    assert_eq!(said.len(), 3, "{said:?}");
}

#[test]
fn no_name_is_edited_beside_a_syntax_error() {
    let text = file(&[("name = e.name keep", "name = e.nmae keep"), ("match { id = e.number }", "match { id == e.number }")]);
    let checked = checked(&text);
    let unknown = checked.diagnostics.iter().find(|one| one.code == "E0203").unwrap();
    assert_eq!((unknown.fixes.len(), unknown.help.is_some()), (0, true), "{}", rendered(&checked));
}

#[test]
fn uses_of_one_unknown_name_are_one_message_that_edits_each() {
    let replaced = [("key e.number\n", "key e.nubmer\n"), ("match { id = e.number }", "match { id = e.nubmer }")];
    let text = file(&replaced);
    let checked = checked(&text);
    let [one] = &checked.diagnostics[..] else { panic!("{}", rendered(&checked)) };
    let (texts, _) = crate::diagnose::edit::apply_fixes([one], &checked.sources);
    assert_eq!(texts.into_values().next().unwrap(), file(&[]));
}

#[test]
fn a_file_that_cannot_be_used_hides_what_it_declares() {
    let pipeline = file(&[]);
    let pipeline = &pipeline[pipeline.find("pipeline p").unwrap()..];
    for (line, said) in [
        ("use \"system.sync\"", "E0701 \"system.sync\""),
        ("us \"systems.sync\"", "E0101 us"),
        ("\"systems.sync\"", "E0101 \"systems.sync\""),
        ("use \"systems.sync", "E0102 \""),
        ("use systems.sync", "E0105 systems.sync"),
    ] {
        let checked = checked(&format!("{line}\n{pipeline}"));
        let [one] = &checked.diagnostics[..] else { panic!("{line}: {}", rendered(&checked)) };
        assert_eq!(format!("{} {}", one.code, checked.sources.text(one.span)), said);
    }
}

/// The type that a hint proposes is one of the language, and the field that it describes compiles.
#[test]
fn raw_json_is_given_a_type_that_exists() {
    let raw = ("email  : text? at $.email\n      since", "email  : json? at $.email\n      since");
    for (function, ty) in [("first", "list of text"), ("round", "decimal"), ("lower", "text")] {
        let refused = checked(&file(&[raw, ("field email = e.email | trim", &format!("field email = e.email | {function}"))]));
        let help = refused.diagnostics.iter().find(|one| one.code == "E0602").and_then(|one| one.help.as_deref()).unwrap_or_default();
        assert_eq!(help, format!("give it a type first: `field x : {ty}? = e.email`"), "{}", rendered(&refused));
    }
    let typed = ("field email = e.email | trim", "field x : list of text? = e.email\n  field email = x | first ?? \"none\"");
    assert_eq!(errors(&[raw, typed]), [""; 0]);
}

#[test]
fn a_system_file_is_not_blamed_for_a_name_that_a_pipeline_misspells() {
    let text = file(&[
        ("since  : date? at $.since", "manager_id : int? at $.managerId\n      since  : date? at $.since"),
        (
            "name   : text? at $.name\n      email  : text? at $.email ",
            "name : text? at $.name\n      manager : text? at $.manager\n      email  : text? at $.email ",
        ),
        ("name = e.name keep when missing", "name = e.name keep when missing\n    manager = \"{e.manager}\" keep when missing"),
    ]);
    let (system, pipeline) = text.split_at(text.find("system app").unwrap());
    let files = HashMap::from([
        (PathBuf::from("p/hr.sync"), system.to_owned()),
        (PathBuf::from("p/p.sync"), format!("use \"hr.sync\"\n{pipeline}")),
    ]);
    let checked = check_in(&files, "p/p.sync");
    let errors: Vec<_> = checked.diagnostics.iter().filter(|one| one.is_error()).collect();
    let said = rendered(&checked);
    assert!(errors.len() == 1 && checked.sources.text(errors[0].span) == "manager", "{said}");
    let (texts, _) = crate::diagnose::edit::apply_fixes(errors, &checked.sources);
    let fixed: Vec<_> = texts.into_values().collect();
    assert!(fixed.len() == 1 && fixed[0].contains("\"{e.manager_id}\""), "{said}\n{fixed:?}");
}

#[test]
fn the_word_for_the_records_of_a_call_is_told_once() {
    let call =
        |call: &str| file(&[("create POST \"/users\" { idempotent }", &format!("{call}\n    create POST \"/users\" {{ idempotent }}"))]);
    let said = |text: &str| rendered(&checked(text));
    let look_up = said(&call("find by email GET \"/user\" {\n query \"e\" = email\n item $.employee }"));
    assert!(look_up.contains("write `items $.employee`"), "{look_up}");
    let get = said(&call("get GET \"/users/{id}\" { items $.employee }"));
    assert!(get.contains("write `item $.employee`"), "{get}");
    let places = call("find by email GET \"/user\" {\n query \"e\" = email\n items [$.employee] }");
    let list = said(&places);
    assert!(list.contains("write `items $.employee`"), "{list}");
    for one in [look_up, get, list] {
        assert_eq!(one.matches(" E0").count(), 1, "{one}");
    }
}
