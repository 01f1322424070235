//! Errors prevail, so an error that holds for many statuses leaves nothing to a rule that names one of them.

use super::{Trials, system};
use crate::{check::check, compile::texts::Texts, host::Host};
use std::path::Path;

/// What the trial says of rules for all calls and of one in the list: the code, the lines, and what to do.
fn of_list(http: &str, rule: &str) -> Vec<String> {
    let list = format!("list GET \"/users\" {{\n query \"page\" = page.number\n page by number size 10\n items $.users\n {rule}\n }}");
    let text = system(http, "", "").replace(r#"list GET "/users" { items $.users }"#, &list);
    let mut checked = check(&Texts { files: vec![("test.sync", &text)], told: &[] }, Path::new("test.sync"));
    assert!(checked.diagnostics.iter().all(|one| !one.is_error()), "{:#?}", checked.diagnostics);
    Trials::new(Host::real()).add_to(&mut checked);
    let at = |one: &crate::diagnose::Diagnostic| checked.sources.text(one.span).to_owned();
    checked.diagnostics.iter().map(|one| format!("{} `{}`: {}", one.code, at(one), one.help.as_deref().unwrap_or_default())).collect()
}

#[test]
fn an_error_for_many_statuses_leaves_no_end_of_a_list() {
    for (error, rule, cure) in [
        ("error $.title when status >= 400", "last page when status == 404", "error … when status >= 400 and status != 404"),
        ("error $.title when status > 399", "last page when status == 416", "error … when status > 399 and status != 416"),
        ("error $.title when status != 200", "last page when status == 204", "error … when … and status != 204"),
        ("invalid when status >= 400", "last page when status == 404 and $.code == 3", "invalid when status >= 400 and status != 404"),
        (
            "temporary when status >= 400",
            "last page when status in [404, 410]",
            "temporary when status >= 400 and status not in [404, 410]",
        ),
        (
            "error $.title code $.code when status >= 400 {\n \"slow\" is limit\n }",
            "last page when status == 404",
            "error … when … and status != 404",
        ),
    ] {
        let expected = format!("E0527 `{rule}`: errors prevail, so leave out there what this rule names: `{cure}`");
        assert_eq!(of_list(error, rule), [expected], "{error}");
    }
    // What the cure says is enough, and what excludes each other needs none.
    for (error, rule) in [
        ("error $.title when status >= 400 and status != 404", "last page when status == 404"),
        ("error $.title when status >= 400 and status not in [404, 410]", "last page when status in [404, 410]"),
        ("error $.title when status >= 400", "last page when status == 204"),
        ("error $.title when status >= 400", "last page when $.more == false"),
        ("error $.title when status >= 400", "last page when status == 404 or $.more == false"),
        ("error $.title when status >= 400", "last page when page.count == 0"),
        ("error $.title when $.title is present", "last page when status == 404"),
    ] {
        assert_eq!(of_list(error, rule), [""; 0], "{error} {rule}");
    }
}

#[test]
fn an_error_that_is_the_sign_of_the_end_ends_no_list() {
    let said = of_list("error $.error when $.error is present", "last page when $.error == \"past_end\"");
    assert_eq!(
        said,
        ["E0527 `last page when $.error == \"past_end\"`: take it out, or change the conditions so that they exclude each other"]
    );
}

#[test]
fn an_error_for_many_statuses_leaves_nobody_gone_or_moved() {
    let of_get = |error: &str, rule: &str| {
        let get = format!("get GET \"/users/{{id}}\" {{\n item $.user\n {rule}\n }}");
        let text = system(error, "", "").replace(r#"get GET "/users/{id}" { item $.user }"#, &get);
        super::said(&text).iter().map(|one| one[..5].to_owned()).collect::<Vec<_>>()
    };
    for (error, rule) in [
        ("error $.title when status >= 400", "gone when status == 404"),
        ("error $.title when status >= 300", "moved when status == 308"),
        ("invalid when status >= 400", "gone when status == 422 and $.code == \"no_user\""),
    ] {
        assert_eq!(of_get(error, rule), ["E0527"], "{error} {rule}");
        let status = if rule.contains("422") { 422 } else { rule[rule.len() - 3..].parse().unwrap() };
        assert_eq!(of_get(&format!("{error} and status != {status}"), rule), [""; 0], "{error} {rule}");
    }
}
