//! `new`: a first pipeline from flags, which passes `check`, plans and applies.

use super::{bad_input::refused, project::TestProject};

const CSV: &str = "Number;Name;E-mail;Last day;Team\n00001;Anna Berg;anna@example.com;;Sales\n00002;Paul Durand;paul@example.com;31/12/2019;IT\n00003;Inès Moreau;ines@example.com;15/01/2099;IT\n";
const JSON_LINES: &str = "{\"number\": \"00001\", \"name\": \"Anna Berg\", \"email\": \"anna@example.com\"}\n{\"number\": \"00002\", \"name\": \"Paul Durand\", \"email\": null}\n";

/// The new pipeline passes `check`, is formatted, and can be planned and applied.
#[track_caller]
fn works(project: &TestProject, name: &str) -> Vec<serde_json::Value> {
    let check = project.counterpart(&["check"]);
    assert_eq!(check.code, 0, "{check:?}\n{}", project.read(&format!("{name}.sync")));
    assert_eq!(project.counterpart(&["fmt", "--check"]).code, 0, "{}", project.read(&format!("{name}.sync")));
    let plan = project.counterpart(&["plan"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    let applied = project.counterpart(&["apply", &plan.keys("id")[0]]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let again = project.counterpart(&["run", name]);
    assert_eq!((again.code, again.count("result", "written")), (0, 0), "{again:?}");
    project.read("members.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn from_a_table_of_a_spreadsheet() {
    let project = TestProject::empty();
    project.write("staff.csv", CSV);
    let args = [
        "new",
        "--source",
        "staff.csv",
        "--target",
        "members.jsonl",
        "--match",
        "number=id",
        "--leavers",
        "none",
        "--zone",
        "Europe/Paris",
    ];
    assert_eq!(project.counterpart(&args).code, 0);
    let members = works(&project, "staff_to_members");
    assert_eq!(members.len(), 3);
    assert_eq!(members[2]["id"], "00003");
    refused(&project, &args, 2, &["there already", "nothing was written"]);
}

#[test]
fn from_json_lines() {
    let project = TestProject::empty();
    project.write("staff.jsonl", JSON_LINES);
    let args = [
        "new",
        "joiners",
        "--source",
        "staff.jsonl",
        "--target",
        "members.jsonl",
        "--match",
        "number=id",
        "--leavers",
        "none",
        "--zone",
        "UTC",
    ];
    assert_eq!(project.counterpart(&args).code, 0);
    let members = works(&project, "joiners");
    assert_eq!((members.len(), &members[0]["id"]), (2, &"00001".into()));
}

#[test]
fn between_two_systems_that_come_with_the_program() {
    let project = TestProject::empty();
    let answers =
        ["--source", "lucca", "--target", "reward_gateway", "--match", "employee_number=external_id", "--leavers", "contract_end"];
    let settings = [
        "--zone",
        "Europe/Paris",
        "--set",
        "lucca.domain=acme.ilucca.net",
        "--set",
        "reward_gateway.base_url=https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0",
    ];
    let made = project.counterpart(&["new"].into_iter().chain(answers).chain(settings).collect::<Vec<_>>());
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(project.counterpart(&["check"]).code, 0);
    assert_eq!(project.counterpart(&["fmt", "--check"]).code, 0);
    let plan = project.sandboxed(&["plan"]);
    assert_eq!((plan.code, plan.count("count", "read") > 0), (0, true), "{plan:?}");
    let run = project.sandboxed(&["run", "lucca_to_reward_gateway"]);
    assert_eq!((run.code, run.count("result", "created") > 0), (0, true), "{run:?}");
    refused(&project, &["plan"], 2, &["lucca.api_key", "nothing was read or written"]);
}

#[test]
fn the_answer_that_is_missing_or_wrong_is_named_and_nothing_is_written() {
    let project = TestProject::empty();
    project.write("staff.csv", CSV);
    let before = project.everything();
    let answers = [["--source", "staff.csv"], ["--target", "members.jsonl"], ["--match", "number=id"], ["--leavers", "none"]];
    for missing in 0..answers.len() {
        let given = answers.iter().enumerate().filter(|(at, _)| *at != missing).flat_map(|(_, answer)| *answer);
        let args: Vec<&str> = ["new", "--no-input"].into_iter().chain(given).collect();
        refused(&project, &args, 2, &[answers[missing][0]]);
    }
    let with = |flag: &str, value: &'static str| {
        let given = answers.iter().flat_map(|[name, answer]| [*name, if *name == flag { value } else { answer }]);
        ["new"].into_iter().chain(given).collect::<Vec<&str>>()
    };
    refused(&project, &with("--source", "staf.csv"), 2, &["staf.csv"]);
    refused(&project, &with("--source", "luca"), 2, &["luca", "lucca"]);
    refused(&project, &with("--match", "number"), 2, &["number"]);
    refused(&project, &with("--match", "nummer=id"), 2, &["nummer", "number"]);
    refused(&project, &with("--leavers", "team_day"), 2, &["team_day"]);
    assert_eq!(project.everything(), before);
}

#[test]
fn between_any_two_that_fit_the_pipeline_has_no_lints_and_opens_its_accounts() {
    let pairs = [("lucca", "scim", "employee_number=external_id"), ("lucca", "reward_gateway", "employee_number=external_id")];
    for (source, target, who) in pairs {
        let project = TestProject::empty();
        let made = project.counterpart(&["new", "p", "--source", source, "--target", target, "--match", who, "--leavers", "contract_end"]);
        assert_eq!(made.code, 0, "{made:?}");
        let check = project.counterpart(&["check", "--deny", "lints"]);
        assert_eq!((check.code, check.count("result", "lints")), (0, 0), "{check:?}\n{}", project.read("p.sync"));
        let words = project.read("p.sync").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("active = true on create"), "{words}");
        assert!(words.contains("email = person.email"), "{words}");
    }
}

#[test]
fn from_and_to_the_systems_of_the_folder() {
    let project = TestProject::empty();
    let system = "system house {\n  collection people {\n    file \"house.csv\" csv\n    key number\n    lists all\n    attributes {\n      number : text unique at $.number\n      email  : text? at $.email\n      active : bool? opens at $.active format \"yes\" or \"no\"\n    }\n  }\n}\n";
    project.write("systems/house.sync", system).write("house.csv", "number,email,active\n7,anna@example.com,yes\n");
    let made = project.counterpart(&["new", "--source", "house", "--target", "members.csv", "--match", "number=id", "--leavers", "none"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(project.read("systems/house.sync"), system);
    assert_eq!(project.counterpart(&["check", "--deny", "lints"]).code, 0, "{}", project.read("house_to_members.sync"));
    refused(&project, &["new", "--source", "hose", "--no-input"], 2, &["hose", "house", "lucca", "CSV or JSON lines"]);
}

#[test]
fn a_file_in_another_encoding_is_told_as_a_run_tells_it() {
    let project = TestProject::empty();
    project.write("p1252.csv", b"Nummer;Name\n1;J\xfcrgen\n");
    refused(&project, &["new", "--source", "p1252.csv", "--no-input"], 2, &["`p1252.csv`, line 2", "Windows-1252", "save it as UTF-8"]);
}

/// `new` from a file, with more flags.
fn new_from<'a>(file: &'a str, leavers: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["new", "--source", file, "--target", "members.jsonl", "--match", "numero=id", "--leavers", leavers]
        .iter()
        .chain(more)
        .copied()
        .collect()
}

#[test]
fn a_name_or_zone_that_the_language_refuses_is_refused_before_anything_is_written() {
    let project = TestProject::empty();
    project.write("paie.csv", "numero;mail\n1;anna@example.com\n");
    let before = project.everything();
    for zone in ["CET", "EST", "Europe/Pariss", "Paris", ""] {
        refused(&project, &new_from("paie.csv", "none", &["--zone", zone]), 2, &["is not a time zone", "Europe/Paris"]);
    }
    for (name, such) in
        [("Ma paie", "such as ma_paie"), ("Employés", "such as employes"), ("not", "letters, digits"), ("../x", "such as x")]
    {
        refused(&project, &new_from("paie.csv", "none", &[name]), 2, &[name, such]);
    }
    assert_eq!(project.everything(), before);
}

#[test]
fn columns_with_accents_and_days_of_the_region_are_taken_as_they_are_meant() {
    let project = TestProject::empty();
    project
        .write("paie.csv", "numero;Prénom;date_de_sortie;né le\n1;Zoé;31/01/2026;1990-02-01\n2;Anne;;1985-12-24\n")
        .write("members.jsonl", "{\"id\":\"9\",\"active\":true}\n");
    assert_eq!(project.counterpart(&new_from("paie.csv", "none", &["paie"])).code, 0);
    let text = project.read("paie.sync").split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "prenom : text? at $[\"Prénom\"]",
        "date_de_sortie : date? at $.date_de_sortie format \"%d/%m/%Y\"",
        "ne_le : date? at $[\"né le\"]",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let check = project.counterpart(&["check"]);
    assert_eq!(check.code, 0, "{check:?}");
    let leavers = project.counterpart(&new_from("paie.csv", "date_de_sortie", &["other"]));
    assert!(!leavers.err.contains("not a date"), "{leavers:?}");
}

#[test]
fn lines_that_no_attribute_of_the_source_fits_are_left_to_write_and_named() {
    let project = TestProject::empty();
    project.write("staff.csv", CSV);
    let args = ["new", "--source", "staff.csv", "--target", "reward_gateway", "--match", "number=external_id", "--leavers", "none"];
    let written = project.counterpart(&args);
    assert_eq!(written.code, 0, "{written:?}");
    assert!(written.err.contains("`first_name`, `last_name`"), "{written:?}");
    let text = project.read("staff_to_reward_gateway.sync");
    assert!(text.contains("# first_name = person.…") && text.contains("# last_name = person.…"), "{text}");
    let check = project.counterpart(&["check", "staff_to_reward_gateway"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.out.contains("E0312") && check.out.contains("`first_name` and `last_name` are needed"), "{check:?}");
    assert_eq!(project.counterpart(&["fmt", "--check"]).code, 0, "{text}");
}

/// What opens an account is a value of the attribute's type; what closes it is left to write where nothing says it.
#[test]
fn an_account_that_a_text_opens_gets_that_text() {
    let project = TestProject::empty();
    let system = |status: &str| {
        format!(
            "system house {{\n  collection people {{\n    file \"house.csv\" csv\n    key number\n    lists all\n    attributes {{\n      number : text unique at $.number\n      status : text {status} at $.status\n    }}\n  }}\n}}\n"
        )
    };
    project.write("staff.csv", "number,left\n7,2026-01-31\n").write("house.csv", "number,status\n9,Active\n");
    let text = |status: &str| {
        project.write("systems/house.sync", system(status));
        let _ = std::fs::remove_file(project.file("p.sync"));
        let made = project.counterpart(&[
            "new",
            "p",
            "--source",
            "staff.csv",
            "--target",
            "house",
            "--match",
            "number=number",
            "--leavers",
            "left",
        ]);
        assert_eq!(made.code, 0, "{made:?}");
        (made, project.read("p.sync").split_whitespace().collect::<Vec<_>>().join(" "))
    };
    for status in ["opens when \"Active\" one of [\"Active\", \"Gone\"]", "closes when \"Gone\" one of [\"Active\", \"Gone\"]"] {
        let (_, pipeline) = text(status);
        for line in ["status = \"Active\" on create", "set status = \"Gone\"", "set status = \"Active\""] {
            assert!(pipeline.contains(line), "{line} is not in {pipeline}");
        }
        let check = project.counterpart(&["check", "p"]);
        assert_eq!(check.code, 0, "{check:?}");
    }
    let (made, pipeline) = text("opens when \"Active\"");
    assert!(pipeline.contains("status = \"Active\" on create") && pipeline.contains("# set status = …"), "{pipeline}");
    assert!(made.err.contains("left to write in `leaver`") && made.err.contains("`status`"), "{made:?}");
}

/// An address that may be missing, and is handed on, finds the account; the key of the person is what is always there.
#[test]
fn what_may_be_missing_is_no_key_where_the_source_has_one() {
    let project = TestProject::empty();
    project.write("people.csv", "number,email\n1,a@example.com\n2,\n");
    project.write("accounts.jsonl", "{\"id\": \"1\", \"email\": \"a@example.com\", \"name\": \"A\"}\n");
    let args = ["new", "p", "--source", "people.csv", "--target", "accounts.jsonl", "--match", "email=email", "--leavers", "none"];
    let made = project.counterpart(&args);
    let text = project.read("p.sync");
    assert!(text.contains("  key person.number\n") && text.contains("email = person.email"), "{made:?} {text}");
    assert_eq!(project.counterpart(&["check", "p.sync"]).code, 0);
}
