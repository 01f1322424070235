//! Only eleven words are reserved: every other one can name anything.

use super::said;
use crate::syntax::{grammar::Rule, words};

const RESERVED: [&str; 11] = ["and", "or", "not", "is", "in", "if", "then", "else", "true", "false", "null"];

/// A file in which one word stands in every place that takes a name.
const PLACES: &str = r#"use "a.sync" as NAME
setting NAME : text = setting.NAME one of NAME.NAME as "x"
secret NAME? as "x"
require NAME == setting.NAME as "x"
table NAME {
  NAME = NAME
}
extend NAME.NAME {
  NAME : text? unique at $.NAME
}
system NAME {
  http NAME {
    auth bearer {
      NAME = NAME
    } | jwt("HS256", secret.NAME)
    header "x" = NAME when NAME
  }
  collection NAME {
    key     NAME
    label   NAME
    changed NAME
    list for each NAME GET "/{NAME}/{NAME.NAME | NAME}" {
      query "x" = NAME + NAME when NAME is missing
      page  by cursor $[-1].NAME size 10
      batch 10 by NAME
      idempotent by NAME
    }
    find by NAME GET "/x"
    find by NAME.NAME GET "/x"
    call NAME POST "/x"
    part NAME {
      at $.NAME
      attributes {
        NAME : list of text? format NAME at $.NAME
      }
    }
    attributes {
      NAME : bool opens when NAME at $.NAME[?@.NAME == "x"]
    }
  }
}
pipeline NAME {
  enabled when NAME
  schedule after NAME
  from NAME.NAME as NAME
  join NAME.NAME as NAME many on NAME == NAME
  for each NAME in NAME
  to NAME.NAME
  field NAME = NAME
  field NAME : text = NAME | NAME | NAME(NAME, NAME) ?? NAME
  include when NAME and not NAME as "x"
  exclude when NAME in [NAME, NAME] or NAME contains NAME
  one per key prefer NAME, then latest NAME.NAME
  key NAME
  match {
    NAME = NAME ignoring case and NAME.NAME = NAME
    [NAME] = NAME
  }
  mode setting.NAME
  map {
    NAME = NAME on create
    NAME.NAME = if NAME then NAME else NAME keep when missing
    [setting.NAME] = NAME when NAME once
    call NAME on update
    when NAME {
      NAME = NAME
    }
  }
  leaver {
    when NAME as "x"
    set NAME = NAME
    call NAME once
    protect when NAME
  }
  guard {
    updates of NAME at most 5%
  }
  show NAME, NAME.NAME
  notify NAME after each run
}
test "x" for NAME {
  setting NAME = NAME
  given NAME.NAME { NAME = NAME, NAME.NAME = NAME }
  answers NAME from "x"
  linked "x" = "y" in NAME
  expect create "x" { NAME = NAME }
  expect held by NAME
}
"#;

#[test]
fn every_word_of_the_language_can_name_anything() {
    let words = Rule::all_rules().iter().filter_map(|rule| words::keyword(*rule));
    let free: Vec<String> =
        words.filter(|word| !RESERVED.contains(&word.as_str()) && !word.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert!(free.len() > 200);
    for word in free {
        assert_eq!(said(&PLACES.replace("NAME", &word)), "", "{word}");
    }
}

#[test]
fn the_eleven_reserved_words_name_nothing() {
    for word in RESERVED {
        assert!(!said(&format!("pipeline {word} {{\n}}\n")).is_empty(), "{word}");
    }
}
