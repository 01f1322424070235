//! An edit that is offered alone fixes what it is offered for.

use super::{
    fixtures::{cases, folder},
    support::{Disk, Overlay, check_in, rendered},
};
use crate::diagnose::{Diagnostic, edit};

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

#[test]
fn a_declaration_that_is_spelled_unlike_all_its_uses_is_fixed_itself() {
    let meant = r#"system hr {
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
    let checked = |text: &str| check_in(&std::collections::HashMap::from([("p/p.sync".into(), text.to_owned())]), "p/p.sync");
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
