//! Bodies in every format, for one record and for many: what is sent comes through a stand-in as it was meant.

use super::come_back::{Size, tried};
use crate::{
    check::{Checked, check},
    compile::texts::Texts,
    host::Host,
    sandbox::trial::Trials,
};
use std::path::Path;

/// Lines of `http`, a create and an update; and what a record is below.
const FORMATS: [(&str, &str, &str, &str); 14] = [
    ("", "create POST \"/users\"", "update PATCH \"/users/{id}\"", "$"),
    ("", "create POST \"/users\" { body = { data = record } }", "update PATCH \"/users/{id}\" { body = { data = changes } }", "$"),
    (
        "",
        "create POST \"/users\" { body = record + { source = { kind = \"sync\" } } }",
        "update PUT \"/users/{id}\" { replaces $ }",
        "$.deep.er",
    ),
    ("", "create POST \"/users\" { body form = record }", "update PATCH \"/users/{id}\" { body form = changes }", "$"),
    (
        "",
        "create POST \"/users\" { body form { lists = \"numbered\" } = { users = [record] } }",
        "update PATCH \"/users\" { body form { lists = \"numbered\" } = { users = [changes + { id = id }] } }",
        "$.deep",
    ),
    (
        "",
        "create POST \"/users\" { body form { lists = \"bracketed\" } = { user = record } }",
        "update PATCH \"/users/{id}\" { body form { lists = \"bracketed\" } = { user = changes } }",
        "$",
    ),
    (
        "format xml",
        "create POST \"/users\" { body xml = { User = record } }",
        "update PUT \"/users/{id}\" { body xml = { User = changes } }",
        "$.Deep",
    ),
    (
        "format xml",
        "create POST \"/users\" { body xml = { User = record } }",
        "update PATCH \"/users/{id}\" { body = changes | xml_diff(\"User\") }",
        "$",
    ),
    (
        "format json_api",
        "create POST \"/users\" { body = record | json_api(\"users\") }",
        "update PATCH \"/users/{id}\" { body = changes | json_api(\"users\") }",
        "$.attributes",
    ),
    ("", "create POST \"/users\" { body = record }", "update PATCH \"/users/{id}\" { body = changes | scim_patch }", "$.name"),
    ("", "create POST \"/users\" { body csv = record }", "update PATCH \"/users/{id}\" { body csv = changes }", "$"),
    (
        "",
        "create POST \"/users\" {\nbatch 7\nbody csv = [record for each record]\nitems $ by $.name = name { key $.id }\n}",
        "update PATCH \"/users\" {\nbatch 7\nbody = [changes + { id = id } for each record]\nitems $ by $.id = id\n}",
        "$",
    ),
    (
        "",
        "create POST \"/users\" {\nbatch 7\nbody = { users = [{ user = record } for each record] }\nitems $.done by $.user.name = name { key $.id }\nitems $.failed by $.name = name { error $.why when $.why is present }\n}",
        "update PATCH \"/users\" {\nbatch 7\nbody = { users = [changes + { id = id } for each record] }\nitems $.all by $.id = id {\nstatus $.code\nerror $.why when $.why is present\n}\n}",
        "$",
    ),
    (
        "",
        "create POST \"/users\" {\nbatch 7\nbody form { lists = \"numbered\" } = { users = [record for each record] }\nitems $ by $.name = name { key $.id }\n}",
        "update PATCH \"/users\" {\nbatch 7\nbody form { lists = \"numbered\" } = { users = [changes + { id = id } for each record] }\nitems $ by $.id = id\n}",
        "$",
    ),
];

fn system((http, create, update, below): (&str, &str, &str, &str)) -> String {
    let (list, get) = match http {
        "format xml" => ("$.Users.User", "$.User"),
        "format json_api" => ("$.data", "$.data"),
        _ => ("$", "$"),
    };
    let laid_out = |call: &str| call.replace("{ body", "{\nbody").replace("{ replaces", "{\nreplaces");
    format!(
        r#"
system app {{
  http "https://app.example.com" {{
    {http}
  }}
  collection users {{
    key id
    lists all
    list GET "/users" {{ items {list} }}
    get GET "/users/{{id}}" {{ item {get} }}
    {}
    {}
    attributes {{
      id     : text read only     at $.id
      name   : text unique        at {below}.name
      title  : text?              at {below}.title
      number : int                at {below}.number
      share  : decimal?           at {below}.share
      active : bool               at {below}.active
      hired  : date?              at {below}.hired format "%d/%m/%Y"
      seen   : datetime?          at {below}.seen
    }}
  }}
}}
"#,
        laid_out(create),
        laid_out(update),
    )
}

fn checked(text: &str) -> Checked {
    let mut checked = check(&Texts { files: vec![("test.sync", text)], told: &[] }, Path::new("test.sync"));
    Trials::new(Host::real()).add_to(&mut checked);
    checked
}

#[tokio::test]
async fn what_is_sent_in_any_format_comes_back() {
    let mut all = Vec::new();
    for (number, format) in FORMATS.into_iter().enumerate() {
        let checked = checked(&system(format));
        assert!(checked.diagnostics.is_empty(), "{format:?}\n{:#?}", checked.diagnostics);
        let (wrong, count) = tried(&[(format!("{number}"), checked)], Size { records: 20, one_by_one: 12 }).await;
        let enough = (count <= 50).then(|| format!("{count} answers"));
        all.extend(wrong.into_iter().chain(enough).map(|wrong| format!("{format:?}: {wrong}")));
    }
    assert!(all.is_empty(), "{}:\n{}", all.len(), all.join("\n"));
}
