//! The first review of two systems: links are kept, so each pair is shown with what found it, before anything is linked.

use super::project::TestProject;

const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager
1;Anna;Berg;anna@example.com;;yes
2;Paul;Durand;paul@example.com;;no
3;Eva;Lind;eva@example.com;;no
";
const ACCOUNTS: &str = r#"{"id": "1", "name": "Anna Berg", "email": "anna@example.com", "manager": true, "active": true}
{"id": "2", "name": "Paul Durand", "email": "paul@example.com", "manager": false, "active": true}
{"id": "3", "name": "Eva L.", "email": "eva@example.com", "manager": false, "active": true}
"#;

#[test]
fn each_pair_is_shown_with_the_line_of_match_that_found_it() {
    let project = TestProject::quickstart(PEOPLE, ACCOUNTS);
    let plan = project.counterpart(&["plan"]);
    let id = plan.keys("id")[0].clone();
    assert_eq!(plan.keys("link"), ["1", "2", "3"], "{plan:?}");
    assert_eq!((plan.fact("link", "target").as_deref(), plan.fact("link", "by").as_deref()), (Some("1"), Some("id")), "{plan:?}");

    let screen = project.counterpart(&["plan", "--format", "text"]).out;
    assert!(screen.contains("\n= 3 linked   each record with its counterpart in accounts, and what found it\n"), "{screen}");
    for pair in ["    1  = 1  by id\n", "    2  = 2  by id\n", "    3  = 3  by id\n"] {
        assert!(screen.contains(pair), "{screen}");
    }

    let linked = project.counterpart(&["show", &id, "--filter", "linked"]);
    assert_eq!((linked.code, linked.keys("link").len()), (0, 3), "{linked:?}");
    let one = project.counterpart(&["show", &id, "--filter", "linked", "--filter", "key:2"]);
    assert_eq!(one.keys("link"), ["2"], "{one:?}");
    let markdown = project.counterpart(&["plan", "--format", "markdown"]).out;
    assert!(markdown.contains("\n3 linked: 3 by id\n") && markdown.contains("Next: `counterpart apply c-"), "{markdown}");

    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    let again = project.counterpart(&["plan"]);
    assert!(again.keys("link").is_empty(), "{again:?}");
}

/// What a person has to decide stands before what was found.
#[test]
fn a_pair_that_is_not_clear_stands_before_the_others() {
    let pipeline_by_name = |project: &TestProject| {
        let pipeline = project.read("quickstart.sync");
        let by_name = pipeline.replace("match { id = person.number }", "match { name = \"{person.first_name} {person.last_name}\" }");
        assert_ne!(by_name, pipeline);
        project.write("quickstart.sync", by_name);
    };
    let twin = r#"{"id": "9", "name": "Paul Durand", "email": "paul.two@example.com", "manager": false, "active": true}"#;
    let project = TestProject::quickstart(PEOPLE, &format!("{}{twin}\n", ACCOUNTS.replace("Eva L.", "Eva Lind")));
    pipeline_by_name(&project);
    for format in ["text", "markdown"] {
        let plan = project.counterpart(&["plan", "--format", format]).out;
        let (held, linked) = match format {
            "text" => ("ambiguous: name finds 2, 9", "= 2 linked"),
            _ => ("held (ambiguous: 2)", "2 linked"),
        };
        let at = |words: &str| plan.find(words).unwrap_or_else(|| panic!("{format}: {words}: {plan}"));
        assert!(at(held) < at(linked), "{format}: {plan}");
    }
}

#[test]
fn links_alone_are_something_to_apply() {
    let accounts = ACCOUNTS.replace("Eva L.", "Eva Lind");
    let project = TestProject::quickstart(PEOPLE, &accounts);
    let held = project.counterpart(&["run", "quickstart"]);
    assert_eq!(held.code, 3, "{held:?}");
    let applied = project.counterpart(&["apply", &held.keys("id")[0], "--format", "text"]);
    assert!(applied.code == 0 && applied.out.starts_with("3 linked: 3 people read, nothing to write"), "{applied:?}");
    assert_eq!(project.counterpart(&["run", "quickstart"]).code, 0);
}

#[test]
fn what_is_remembered_stays_out_of_a_repository() {
    let project = TestProject::quickstart(PEOPLE, ACCOUNTS);
    project.counterpart(&["plan"]);
    assert_eq!(project.read(".counterpart/.gitignore"), "*\n");
    let project = TestProject::with_pipelines();
    project.sandboxed(&["sandbox", "lucca_to_reward_gateway", "--reset"]);
    assert_eq!(project.read(".counterpart/.gitignore"), "*\n");
}
