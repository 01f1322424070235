//! Integration B in the sandbox: Sage People's employees become Oomnitza's users, and leave with their accounts in SaaS products.

use super::project::{Answer, TestProject};
use insta::assert_snapshot;

const USERS: &str = "sage_people_to_oomnitza";
const BY_SOQL: &str = "sage_people_soql_to_oomnitza";
const ACCOUNTS: &str = "sage_people_to_oomnitza_saas";

/// Requests that Oomnitza got and that write.
fn writes(project: &TestProject) -> u64 {
    project.counted("SELECT count(*) FROM requests WHERE system = 'oomnitza' AND method <> 'GET'")
}

fn next_day(project: &TestProject, pipeline: &str) {
    let loaded = project.sandboxed(&["sandbox", pipeline, "--load", "next_day"]);
    assert_eq!(loaded.code, 0, "{loaded:?}");
}

/// What a run did: created, updated, left, returned.
#[track_caller]
fn did(run: &Answer) -> [u64; 4] {
    assert_eq!(run.code, 0, "{run:?}");
    ["created", "updated", "left", "returned"].map(|what| run.count("result", what))
}

#[test]
fn users_join_change_leave_and_return_as_the_seed_says() {
    let project = TestProject::with_pipelines();
    assert_eq!(did(&project.sandboxed(&["run", USERS])), [4, 7, 0, 0], "four joiners; four promoted, three found by address");
    assert_eq!(writes(&project), 11);
    assert_eq!(did(&project.sandboxed(&["run", USERS])), [0, 0, 0, 0]);
    assert_eq!(writes(&project), 11, "the second run writes nothing");

    next_day(&project, USERS);
    let plan = project.sandboxed(&["plan", USERS]);
    assert_eq!(plan.count("count", "read"), 48, "{}", plan.out);
    assert_eq!((plan.count("count", "leave"), plan.count("count", "return")), (3, 1), "{}", plan.out);
    assert_eq!(did(&project.sandboxed(&["run", USERS])), [1, 2, 3, 1]);
    assert_eq!(did(&project.sandboxed(&["run", USERS])), [0, 0, 0, 0]);
}

/// Integration B by the Salesforce route.
fn by_soql() -> TestProject {
    let project = TestProject::with_pipelines();
    let settings = project.read("counterpart.toml").replace("[env.sandbox]\n", "[env.sandbox]\nroute = \"SOQL\"\n");
    project.write("counterpart.toml", settings);
    project
}

#[test]
fn all_nineteen_fields_of_a_joiner_arrive() {
    let project = TestProject::with_pipelines();
    project.sandboxed(&["run", USERS]);
    let one = |collection: &str, path: &str| {
        project.told(&format!(
            "SELECT json FROM records WHERE collection = '{collection}' AND json_extract(json, '{path}') = 'a2G000000000040AAA'"
        ))
    };
    let (employee, user) = (one("employees", "$.id"), one("users", "$.sage_user_id"));
    let at = |path: &str| employee.pointer(path).map_or("absent".to_owned(), |value| value.to_string());
    let fields = [
        ("sage_user_id", "/id"),
        ("first_name", "/firstName"),
        ("last_name", "/lastName"),
        ("full_name", "/fullName"),
        ("email", "/emailAddress"),
        ("hr_department", "/hrDepartment"),
        ("employment_name", "/currentEmployment/name"),
        ("employment_active", "/currentEmployment/active"),
        ("employment_start_date", "/currentEmployment/startDate"),
        ("employment_end_date", "/currentEmployment/endDate"),
        ("job_title", "/currentEmployment/jobTitle"),
        ("work_location", "/workAddress/name"),
        ("address_line_1", "/workAddress/line1"),
        ("address_line_2", "/workAddress/line2"),
        ("address_line_3", "/workAddress/line3"),
        ("city", "/workAddress/city"),
        ("region", "/workAddress/region"),
        ("postal_code", "/workAddress/postalCode"),
        ("country", "/workAddress/country"),
        ("role", "/none"),
        ("username", "/emailAddress"),
    ];
    let line = |(target, source): (&str, &str)| {
        format!("{source:<28} {:<32} {target:<22} {}", at(source), user.get(target).map_or("absent".to_owned(), ToString::to_string))
    };
    assert_snapshot!(fields.map(line).join("\n"), @r#"
    /id                          "a2G000000000040AAA"             sage_user_id           "a2G000000000040AAA"
    /firstName                   "Elena"                          first_name             "Elena"
    /lastName                    "Hayes"                          last_name              "Hayes"
    /fullName                    "Elena Hayes"                    full_name              "Elena Hayes"
    /emailAddress                "Elena.Hayes40@example.com"      email                  "elena.hayes40@example.com"
    /hrDepartment                "Finance"                        hr_department          "Finance"
    /currentEmployment/name      "2019.05 #40"                    employment_name        "2019.05 #40"
    /currentEmployment/active    true                             employment_active      true
    /currentEmployment/startDate "2019-05-14"                     employment_start_date  1557792000
    /currentEmployment/endDate   "2036-06-30"                     employment_end_date    2098396800
    /currentEmployment/jobTitle  "Analyst"                        job_title              "Analyst"
    /workAddress/name            "London HQ"                      work_location          "London HQ"
    /workAddress/line1           "1 Example Street"               address_line_1         "1 Example Street"
    /workAddress/line2           "Floor 2"                        address_line_2         "Floor 2"
    /workAddress/line3           null                             address_line_3         absent
    /workAddress/city            "London"                         city                   "London"
    /workAddress/region          "Greater London"                 region                 "Greater London"
    /workAddress/postalCode      "EC1A 1AA"                       postal_code            "EC1A 1AA"
    /workAddress/country         "United Kingdom"                 country                "United Kingdom"
    /none                        absent                           role                   25
    /emailAddress                "Elena.Hayes40@example.com"      username               "elena.hayes40@example.com"
    "#);
}

#[test]
fn the_salesforce_route_writes_the_same_and_rejects_a_status_that_nobody_listed() {
    let project = by_soql();
    let rest = project.sandboxed(&["run", USERS]);
    assert_eq!(rest.code, 0, "{rest:?}");
    assert!(rest.err.starts_with("note: `sage_people_to_oomnitza` is switched off by a setting"), "{}", rest.err);
    assert_eq!(did(&project.sandboxed(&["run", BY_SOQL])), [4, 7, 0, 0]);
    assert_eq!(did(&project.sandboxed(&["run", BY_SOQL])), [0, 0, 0, 0]);
    let plan = project.sandboxed(&["plan", BY_SOQL]);
    assert_eq!(plan.keys("rejected"), ["a2G000000000045AAA", "a2G000000000046AAA"], "`Seconded` is in no list");
    next_day(&project, BY_SOQL);
    assert_eq!(did(&project.sandboxed(&["run", BY_SOQL])), [1, 2, 3, 1]);
}

#[test]
fn who_has_no_employment_is_out_of_scope_and_an_administrator_is_never_closed() {
    let project = TestProject::with_pipelines();
    project.sandboxed(&["run", USERS]);
    let plan = project.sandboxed(&["plan", USERS]);
    assert!(plan.out.contains("out_of_scope 2 ") && plan.out.contains("employment is known"), "{}", plan.out);
    assert!(plan.out.contains("has an e-mail address"), "{}", plan.out);
    assert_eq!(plan.count("count", "leave"), 0, "{}", plan.out);
    let suspended = "SELECT count(*) FROM records WHERE collection = 'users' AND json_extract(json, '$.role') = 1 AND json_extract(json, '$.suspended')";
    assert_eq!(project.counted(suspended), 0);
}

#[test]
fn accounts_in_saas_products_close_with_their_person_in_one_call() {
    let project = TestProject::with_pipelines();
    assert_eq!(did(&project.sandboxed(&["run", ACCOUNTS])), [0, 0, 0, 0], "the first run links");
    let before = writes(&project);
    next_day(&project, USERS);
    let run = project.sandboxed(&["run", ACCOUNTS]);
    let [_, _, left, _] = did(&run);
    assert!(left >= 3, "{}", run.out);
    assert_eq!(writes(&project) - before, 1, "up to a hundred in one call");
    assert_eq!(did(&project.sandboxed(&["run", ACCOUNTS])), [0, 0, 0, 0]);
}

#[test]
fn the_nineteen_fields_are_suggested_and_none_wrong() {
    let project = TestProject::with_pipelines();
    let file = "sage_people_to_oomnitza.sync";
    project.write(file, super::suggest::without_map(&project.read(file)));
    let lines = super::suggest::suggested(&project, USERS, &[]);
    let sure: Vec<String> =
        super::suggest::sure(&lines).iter().map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect();
    let names = "first_name last_name full_name hr_department employment_name employment_active employment_start employment_end job_title \
                 work_location address_line_1 address_line_2 address_line_3 city region postal_code country";
    let mut wanted: Vec<String> = names.split_whitespace().map(|name| format!("{name} = employee.{name}")).collect();
    wanted.extend(["sage_id = employee.id".to_owned(), "email = email | lower".to_owned()]);
    assert_eq!(wanted.len(), 19);
    let missing: Vec<_> = wanted.iter().filter(|line| !sure.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:?} of\n{lines:#?}");
    let besides: Vec<_> = sure.iter().filter(|line| !wanted.contains(line)).collect();
    assert_eq!(besides, ["username = email | lower", "badge = badge"], "each is a line of ours, too");
}
