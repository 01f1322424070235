//! A missing value inside a list that is written.

use super::{
    one_reading::file,
    support::{check_in, rendered},
};
use std::{collections::HashMap, path::PathBuf};

/// The file, with a list as the value of `tags`.
fn with_tags(field: &str, value: &str) -> String {
    file(&[
        (
            "email  : text? at $.email ignoring case",
            "email  : text? at $.email ignoring case\n      tags : list of text? at $.tags\n      any : list of json? at $.any",
        ),
        ("active : bool? at $.active", "active : bool? at $.active\n      teams : list of text at $.teams"),
        (
            "field email = e.email | trim",
            &format!("field email = e.email | trim\n  join hr.people as m many on m.email == e.email\n  {field}"),
        ),
        ("email = email\n", &format!("email = email\n    {value}\n")),
    ])
}

fn said(field: &str, value: &str) -> String {
    let text = with_tags(field, value);
    rendered(&check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync"))
}

#[test]
fn a_value_that_may_be_missing_is_refused_in_a_list_of_what_is_never_missing() {
    for (field, value) in [
        ("", r#"tags = ["x", e.name]"#),
        ("", r#"tags = ["x", null]"#),
        ("", r#"tags = ["x", "{e.name} y"]"#),
        ("", r#"tags = e.teams + [e.name]"#),
        ("", "tags = [e.name] | unique"),
        ("", r#"tags = if e.active then ["x"] else [e.name]"#),
        ("", "tags = m.name"),
        (r#"field tags = ["x", e.name]"#, "tags = tags"),
        (r#"setting start : list of text = ["x", null]"#, "tags = setting.start"),
    ] {
        let said = said(field, value);
        assert!(said.contains("E0313 a value that may be missing gets into `tags`, which is a list of text"), "{value}\n{said}");
        assert_eq!(said.matches(" E0").count(), 1, "{value}\n{said}");
    }
}

#[test]
fn a_list_whose_values_are_shown_to_be_present_is_written() {
    for (field, value) in [
        ("", r#"tags = ["x", email]"#),
        ("", r#"tags = ["x", e.name] | present"#),
        ("", r#"tags = ["x", e.name ?? "none"]"#),
        ("", r#"tags = (if e.name is present then [e.name] else [])"#),
        ("", r#"tags = [e.name] when e.name is present"#),
        ("", "tags = m.name | present"),
        ("", "tags = m.number"),
        ("", "tags = e.teams"),
        (r#"field tags = ["x", e.name]"#, "tags = tags | present"),
        ("", "any = [$.name, null]"),
    ] {
        let said = said(field, value);
        assert!(!said.contains(" E0"), "{value}\n{said}");
    }
}
