//! `suggest`: the hand-written `map` is taken out, and proposed anew from what both systems hold.

use super::project::{INTEGRATION_A, TestProject};
use std::collections::BTreeMap;

/// The file with the lines of its first `map` taken out.
pub fn without_map(text: &str) -> String {
    let from = text.find("\n  map {\n").expect("a map") + "\n  map {\n".len();
    let end = from + text[from..].find("\n  }\n").expect("its end") + 1;
    format!("{}{}", &text[..from], &text[end..])
}

/// What was suggested: `sure`, `likely` or `open`, and the line.
pub fn suggested(project: &TestProject, pipeline: &str, flags: &[&str]) -> Vec<(String, String)> {
    let answer = project.sandboxed(&[&["suggest", pipeline], flags].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
    let pair = |line: &str| {
        let (word, rest) = line.split_once(' ').unwrap();
        (word.to_owned(), rest.split('\t').next().unwrap().to_owned())
    };
    answer.out.lines().map(pair).collect()
}

pub fn sure(suggested: &[(String, String)]) -> Vec<&str> {
    suggested.iter().filter(|(word, _)| word == "sure").map(|(_, line)| line.as_str()).collect()
}

#[test]
fn what_is_sure_is_written_and_not_suggested_again() {
    let project = TestProject::with_pipelines();
    let file = "lucca_to_reward_gateway.sync";
    project.write(file, without_map(&project.read(file)));
    let lines = suggested(&project, INTEGRATION_A, &["--write"]);
    assert_eq!(
        sure(&lines),
        [
            "external_id = employee.employee_number",
            "user_name = employee.employee_number",
            "email = email",
            "first_name = employee.first_name",
            "last_name = last_name",
            "birth_date = employee.birth_date  keep when missing",
        ]
    );
    // On the first day too many divisions differ from what the table makes of them.
    let division = ("likely".to_owned(), "division = employee.department | lookup(divisions)  keep when missing".to_owned());
    assert!(lines.contains(&division), "{lines:?}");
    assert!(project.read(file).contains("    birth_date  = employee.birth_date keep when missing\n  }\n"), "{}", project.read(file));
    assert_eq!(sure(&suggested(&project, INTEGRATION_A, &[])), Vec::<&str>::new(), "what is written is not suggested again");
    assert_eq!(project.writing_requests(), 0);
}

/// What each attribute takes, as somebody wrote it: the first name after `=`.
fn handwritten(map: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let (target, value) = line.split_once(" = ")?;
        let target = target.trim().replace("[setting.membership_field]", "custom.MemberTier");
        Some((target, first_name(value)))
    };
    map.lines().filter(|text| !text.trim_start().starts_with('#')).filter_map(line).collect()
}

fn first_name(value: &str) -> String {
    value.trim().split([' ', '|']).next().unwrap_or_default().to_owned()
}

/// Of the lines that somebody wrote: how many are suggested and sure, and how many are likely; what is sure and was not written so.
fn figures(pipeline: &str, before: &[&[&str]]) -> (usize, usize, usize, Vec<String>) {
    let project = TestProject::with_pipelines();
    for args in before {
        assert_eq!(project.sandboxed(args).code, 0, "{args:?}");
    }
    let file = format!("{pipeline}.sync");
    let text = project.read(&file);
    let bare = without_map(&text);
    let from = text.find("\n  map {\n").unwrap() + "\n  map {\n".len();
    let written = handwritten(&text[from..from + text.len() - bare.len()]);
    project.write(&file, bare);
    let (mut right, mut likely, mut others) = (0, 0, Vec::new());
    for (word, line) in suggested(&project, pipeline, &[]) {
        let as_written = line.split_once(" = ").is_some_and(|(target, value)| written.get(target) == Some(&first_name(value)));
        match (word.as_str(), as_written) {
            ("sure", true) => right += 1,
            ("sure", false) => others.push(line),
            ("likely", true) => likely += 1,
            _ => {}
        }
    }
    (written.len(), right, likely, others)
}

/// Lines written by hand, of which sure, of which likely; and what is sure besides.
#[test]
fn the_figures_of_the_guides() {
    let run = |pipeline: &'static str| ["run", pipeline];
    let soql: &[&str] = &["settings", "set", "route", "SOQL"];
    let none: [String; 0] = [];
    assert_eq!(figures(INTEGRATION_A, &[]), (9, 6, 1, none.to_vec()));
    assert_eq!(figures(INTEGRATION_A, &[&run(INTEGRATION_A)]), (9, 7, 0, none.to_vec()));
    assert_eq!(figures("sage_people_to_oomnitza", &[]), (23, 21, 1, none.to_vec()));
    assert_eq!(figures("sage_people_soql_to_oomnitza", &[soql]), (15, 11, 2, none.to_vec()));
    // The address by which people are found agrees, of course; whether it is written is for the integrator to say.
    let address = ["email = person.email.address".to_owned()];
    assert_eq!(figures("wicket_people_to_arlo", &[]), (9, 5, 2, address.to_vec()));
    let both_ways: [&[&str]; 2] = [&run("arlo_contacts_to_wicket"), &run("wicket_people_to_arlo")];
    assert_eq!(figures("wicket_people_to_arlo", &both_ways), (9, 6, 3, address.to_vec()));
    assert_eq!(figures("arlo_contacts_to_wicket", &[]), (6, 4, 1, none.to_vec()));
    // Four organisations prove nothing; events can't be read back.
    assert_eq!(figures("wicket_organisations_to_arlo", &[]), (7, 0, 7, none.to_vec()));
    assert_eq!(figures("arlo_registrations_to_touchpoints", &[]), (9, 0, 2, none.to_vec()));
}

/// Both sides hold one name, and the other direction writes it: suggesting it would be suggesting a quarrel.
#[test]
fn what_the_other_direction_writes_is_not_suggested() {
    let project = TestProject::with_pipelines();
    let file = "wicket_people_to_arlo.sync";
    project.write(file, without_map(&project.read(file)));
    let answer = project.sandboxed(&["suggest", "wicket_people_to_arlo", "--format", "text"]);
    let words = answer.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words.split("? first_name").nth(1).unwrap_or_default();
    assert!(line.starts_with(" agrees in 15 of 15, but `first_name` is written here and read by"), "{answer:?}");
    assert_eq!(project.sandboxed(&["suggest", "wicket_people_to_arlo", "--write"]).code, 0);
    assert_eq!(project.counterpart(&["check"]).code, 0);
}

#[test]
fn nothing_is_written_where_nothing_is_sure() {
    let project = TestProject::with_pipelines();
    let before = project.read("lucca_to_reward_gateway.sync");
    let answer = project.sandboxed(&["suggest", INTEGRATION_A, "--write"]);
    assert_eq!((answer.code, project.read("lucca_to_reward_gateway.sync")), (0, before), "{answer:?}");
}
