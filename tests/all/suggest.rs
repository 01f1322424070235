//! `suggest`: the hand-written `map` is taken out, and proposed anew from what both systems hold.

use super::desk::{Desk, INTEGRATION_A};

/// The file with the lines of its first `map` taken out.
pub fn without_map(text: &str) -> String {
    let from = text.find("\n  map {\n").expect("a map") + "\n  map {\n".len();
    let end = from + text[from..].find("\n  }\n").expect("its end") + 1;
    format!("{}{}", &text[..from], &text[end..])
}

/// What was suggested: `sure`, `likely` or `open`, and the line.
pub fn suggested(desk: &Desk, pipeline: &str, flags: &[&str]) -> Vec<(String, String)> {
    let answer = desk.sandboxed(&[&["suggest", pipeline], flags].concat());
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
fn six_of_the_seven_lines_of_integration_a_and_none_wrong() {
    let desk = Desk::with_pipelines();
    let file = "lucca_to_reward_gateway.sync";
    desk.write(file, without_map(&desk.read(file)));
    let lines = suggested(&desk, INTEGRATION_A, &["--write"]);
    assert_eq!(
        sure(&lines),
        [
            "external_id = employee.employee_number",
            "user_name = employee.employee_number",
            "email = employee.email | trim | lower",
            "first_name = employee.first_name",
            "last_name = employee.last_name | title_case",
            "birth_date = employee.birth_date  keep when missing",
        ]
    );
    // The divisions go through a table: nothing agrees, and nothing is guessed.
    assert!(lines.contains(&("open".to_owned(), "division".to_owned())), "{lines:?}");
    assert!(desk.read(file).contains("    birth_date  = employee.birth_date keep when missing\n  }\n"), "{}", desk.read(file));
    assert_eq!(sure(&suggested(&desk, INTEGRATION_A, &[])), Vec::<&str>::new(), "what is written is not suggested again");
    assert_eq!(desk.writing_requests(), 0);
}

#[test]
fn nothing_is_written_where_nothing_is_sure() {
    let desk = Desk::with_pipelines();
    let before = desk.read("lucca_to_reward_gateway.sync");
    let answer = desk.sandboxed(&["suggest", INTEGRATION_A, "--write"]);
    assert_eq!((answer.code, desk.read("lucca_to_reward_gateway.sync")), (0, before), "{answer:?}");
}
