//! An edit that is offered alone fixes what it is offered for.

use super::{
    fixtures::{cases, folder},
    support::{Disk, Overlay, check_in, rendered},
};
use crate::{
    check::Checked,
    diagnose::{Diagnostic, edit},
};
use std::collections::HashMap;

#[test]
fn each_only_fix_mends_its_mistake_and_makes_no_other_syntax_error() {
    let mut tried = 0;
    for case in cases() {
        let file = format!("{case}.sync");
        let checked = check_in(&Disk(folder()), &file);
        for one in checked.diagnostics.iter().filter(|one| edit::fixable(one)) {
            let (texts, _) = edit::apply_fixes([one], &checked.sources);
            let overlay = Overlay::over(&checked.sources, texts, folder(), &file);
            let again = check_in(&overlay, &file);
            let same = |other: &&Diagnostic| other.code == one.code && other.message == one.message;
            let count = |all: &[Diagnostic]| all.iter().filter(same).count();
            assert!(count(&again.diagnostics) < count(&checked.diagnostics), "{file}: {} {}", one.code, one.message);
            let syntax = |all: &[Diagnostic]| all.iter().filter(|one| one.code.starts_with("E01")).count();
            assert!(syntax(&again.diagnostics) <= syntax(&checked.diagnostics), "{file}: {} {}", one.code, one.message);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Lines of a pipeline in which a name is declared once and used several times, and what is written instead of the declaration.
const DECLARED_WRONG: &[(&str, &str)] = &[
    ("from hr.people as person", "from hr.people as prson"),
    ("join hr.teams as team on team.id == person.team", "join hr.teams as taem on team.id == person.team"),
    ("join hr.teams as boss on boss.id == person.lead", "join hr.teams as bos on boss.id == person.lead"),
    ("for each skill in", "for each skil in"),
    ("field mail = person.email", "field mial = person.email"),
    ("setting domain : text", "setting domian : text"),
    ("table countries {", "table countrys {"),
];

/// A file without a mistake.
const MEANT: &str = r#"system hr {
  collection people {
    file "people.jsonl" json_lines
    key id
    attributes {
      id     : text at $.id
      email  : text at $.email
      team   : text at $.team
      lead   : text at $.lead
      land   : text at $.land
      skills : list of text at $.skills
    }
  }
  collection teams {
    file "teams.jsonl" json_lines
    key id
    attributes {
      id   : text at $.id
      name : text at $.name
      head : text at $.head
    }
  }
}
table countries {
  "FR" = "France"
  else = "elsewhere"
}
pipeline p {
  setting domain : text = "example.com"
  from hr.people as person
  join hr.teams as team on team.id == person.team
  join hr.teams as boss on boss.id == person.lead
  for each skill in person.skills
  to hr.teams
  field mail = person.email
  include when mail ends with setting.domain or mail contains setting.domain
  exclude when person.land | lookup(countries) == "France" and skill == "French"
  key "{person.id} {skill}"
  match { id = mail }
  mode create and update
  map {
    id   = mail
    name = team.name ?? boss.name ?? skill
    head = team.head ?? boss.head ?? (person.land | lookup(countries)) ?? skill
  }
}
"#;

#[test]
fn a_declaration_that_is_spelled_unlike_all_its_uses_is_fixed_itself() {
    let meant = MEANT;
    let sound = checked(meant);
    assert!(sound.project.is_some(), "{}", rendered(&sound));
    for (right, wrong) in DECLARED_WRONG {
        assert!(meant.contains(right), "{right}");
        let written = meant.replace(right, wrong);
        let once = checked(&written);
        let lines: Vec<_> = once.diagnostics.iter().map(|one| once.sources.position(one.span).0).collect();
        let line = 1 + u32::try_from(written[..written.find(wrong).unwrap()].matches('\n').count()).unwrap();
        assert_eq!(lines, [line], "{wrong}: {}", rendered(&once));
        let (texts, _) = edit::apply_fixes(&once.diagnostics, &once.sources);
        assert_eq!(texts.into_values().collect::<Vec<_>>(), [meant], "{wrong}");
    }
}

fn checked(text: &str) -> Checked {
    check_in(&HashMap::from([("p/p.sync".into(), text.to_owned())]), "p/p.sync")
}

/// Lines whose edit reads well where it is made, and leaves a file that is no better.
const NO_BETTER: &[(&str, &str)] = &[
    ("    id   = mail", "    id   = mail on update"),
    ("    name = team.name ?? boss.name ?? skill", "    name = team.name ?? boss.name ?? skill on update"),
    ("include when mail ends with setting.domain", "include when mail =~ /a/"),
    ("    id   = mail\n", "    id   = mail   nam = mail\n"),
    ("    id   = mail\n", "    id   = case when mail == \"a\" then \"b\" else \"c\" end\n"),
    ("  mode create and update", "  require setting.domain == \"a\" as “has “an” e-mail”\n  mode create and update"),
    ("  mode create and update", "  require setting.domain == \"a\" as 'has an e-mail' address'\n  mode create and update"),
];

#[test]
fn no_edit_is_offered_that_brings_another_mistake() {
    for (right, wrong) in NO_BETTER {
        assert!(MEANT.contains(right), "{right}");
        let once = checked(&MEANT.replace(right, wrong));
        assert!(once.diagnostics.iter().any(Diagnostic::is_error), "{wrong}");
        let errors = |all: &[Diagnostic]| all.iter().filter(|one| one.is_error()).count();
        for one in once.diagnostics.iter().filter(|one| edit::fixable(one)) {
            let (texts, _) = edit::apply_fixes([one], &once.sources);
            let again = checked(&texts[&one.span.file]);
            assert!(errors(&again.diagnostics) < errors(&once.diagnostics), "{wrong}: {}", rendered(&again));
        }
    }
}

#[test]
fn no_name_is_guessed_while_a_line_is_not_understood() {
    for wrong in ["mode create @ and update", "mode create and update )", "exclude when (person.land == \"x\"\n  mode create and update"] {
        let text = MEANT.replace("mode create and update", wrong).replace("field mail = person.email", "field mail = person.email | lowr");
        let once = checked(&text);
        assert!(once.diagnostics.iter().any(Diagnostic::is_syntax), "{wrong}");
        assert!(once.diagnostics.iter().all(|one| one.is_syntax() || one.fixes.is_empty()), "{wrong}: {}", rendered(&once));
    }
}

#[test]
fn a_dollar_sign_before_a_value_is_left_to_the_author() {
    let once = checked(&MEANT.replace("key \"{person.id} {skill}\"", "key \"${person.id} {skill}\""));
    let lint = once.diagnostics.iter().find(|one| one.code == "L0703").expect("L0703");
    assert!(!edit::fixable(lint) && lint.fixes.len() == 2, "{}", rendered(&once));
}

/// Declarations that no run could keep to.
const IMPOSSIBLE: &[(&str, &str, &str)] = &[
    ("setting domain : text = \"example.com\"", "setting domain : text = null", "E0707"),
    ("setting domain : text = \"example.com\"", "setting domain : text = \"\"", "E0707"),
    ("setting domain : text = \"example.com\"", "setting domain : text one of []", "E0707"),
    ("email  : text at $.email", "email  : text at $.email one of []", "E0510"),
    ("  \"FR\" = \"France\"\n  else = \"elsewhere\"\n", "", "E0706"),
    ("  mode create and update", "  schedule cron \"0 2 30 2 *\"\n  mode create and update", "E0706"),
];

#[test]
fn what_no_run_could_keep_to_is_refused() {
    for (right, wrong, code) in IMPOSSIBLE {
        assert!(MEANT.contains(right), "{right}");
        let once = checked(&MEANT.replace(right, wrong));
        assert!(once.diagnostics.iter().any(|one| one.code == *code), "{wrong}: {}", rendered(&once));
    }
}

#[test]
fn nothing_opens_the_account_of_a_person_who_leaves() {
    let opens = MEANT.replace("      name : text at $.name\n", "      name : text at $.name\n      open : bool opens at $.open\n");
    let leaver = |set: &str| {
        let block = format!("  leaver {{\n    when person.land == \"FR\"\n    {set}\n  }}\n  mode create and update");
        checked(&opens.replace("  mode create and update", &block))
    };
    let refused = |set: &str| leaver(set).diagnostics.iter().any(|one| one.code == "E0415");
    assert!(refused("set open = true"));
    assert!(refused("set open = false\n    after 30 days {\n      set open = true\n    }"));
    assert!(!refused("set open = false\n    on return {\n      set open = true\n    }"));
}
