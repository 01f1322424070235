//! Every call that a shipped system declares has its golden exchange: the file is read as text, so that none can be forgotten.

use regex::Regex;
use std::{fs, path::Path};

/// Systems of a vendor, and the folder their exchanges stand in.
const VENDORS: &[(&str, &str)] = &[
    ("lucca", "lucca"),
    ("reward_gateway", "reward_gateway"),
    ("sage_people", "sage_people"),
    ("sage_people_soql", "sage_people"),
    ("oomnitza", "oomnitza"),
    ("wicket", "wicket"),
    ("arlo", "arlo"),
    ("github", "github"),
    ("graph", "graph"),
    ("odoo", "odoo"),
    ("snipeit", "snipeit"),
    ("zoom", "zoom"),
];

/// Systems of no vendor: SCIM 2.0 as the standard says it.
const GENERIC: &[&str] = &["scim"];

fn in_repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// `METHOD /path?query` of each request in the files of a folder, the query decoded, and its body behind a space.
fn requests(folder: &str) -> Vec<String> {
    let files = fs::read_dir(in_repository("tests/fixtures/exchanges").join(folder)).unwrap();
    let texts: Vec<String> = files.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    texts.iter().flat_map(|text| text.split("\n###")).filter_map(request).collect()
}

/// The request of an exchange, whose title may stand above it.
fn request(exchange: &str) -> Option<String> {
    let (asked, _) = exchange.split_once("\nHTTP/1.1 ")?;
    let (_, after) = pattern(r"(?m)^[A-Z]+ /").find(asked).map(|at| asked.split_at(at.start()))?;
    let (head, body) = after.split_once("\n\n").unwrap_or((after, ""));
    let (method, target) = head.lines().next()?.strip_suffix(" HTTP/1.1")?.split_once(' ')?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
    Some(format!("{method} {path}?{} {}", pairs.join("&"), body.trim()))
}

/// A call as it is declared: its role, method and address, and all up to the next one.
struct Declared<'t> {
    role: &'t str,
    method: &'t str,
    path: &'t str,
    block: &'t str,
}

fn declared(text: &str) -> Vec<Declared<'_>> {
    let call = pattern(r#"(?m)^\s*(?:attributes \{|(.*\S) (GET|POST|PUT|PATCH|DELETE) "([^"]*)")"#);
    let starts: Vec<_> = call.captures_iter(text).collect();
    let ends = starts.iter().skip(1).map(|next| next.get(0).unwrap().start()).chain([text.len()]);
    let of = |(found, end): (&regex::Captures<'_>, usize)| {
        let part = |at: usize| found.get(at).map(|part| &text[part.range()]);
        Some(Declared { role: part(1)?, method: part(2)?, path: part(3)?, block: &text[found.get(0).unwrap().end()..end] })
    };
    starts.iter().zip(ends).filter_map(of).collect()
}

/// What must stand in the body of a call's request: the first text of a list, and members that are a constant.
fn constants(block: &str) -> String {
    let first = pattern(r#"body\s*=\s*\[\s*"(\w+)""#).captures(block).map(|found| format!(".*{}", &found[1]));
    let member = pattern(r#"[{,\s](\w+)\s*= "([^"{]+)"[\s,}]"#);
    let body = pattern(r"body[^\n]*=").find(block).map_or("", |at| &block[at.end()..]);
    let escaped = |text: &str| regex::escape(text).replace(':', "(?::|%3A)");
    let members = member.captures_iter(body).map(|found| format!(r#".*{}"?[:=]"?{}"#, &found[1], escaped(&found[2])));
    first.into_iter().chain(members.take(1)).collect()
}

/// What a request must look like for a call, and for each thing that is asked in some cases only: `GET /users/{id}`.
fn expected(call: &Declared<'_>) -> Vec<(String, Regex)> {
    let (path, fixed) = call.path.split_once('?').unwrap_or((call.path, ""));
    // A token call names a whole address.
    let path = path.strip_prefix("https://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(path);
    let path = pattern(r"\\\{[^}]*\\\}").replace_all(&regex::escape(path), "[^/?]+").into_owned();
    let at = format!(r"^{} \S*{path}\?", call.method);
    let finds = call.role.starts_with("find");
    let said = format!("{} {} {}", call.role, call.method, call.path);
    let whole = format!("{at}.*{}(?s:{})", regex::escape(fixed), constants(call.block));
    let mut out = if finds { Vec::new() } else { vec![(said.clone(), pattern(&whole))] };
    for found in pattern(r#"query "([^"]+)"\s*= (.*)"#).captures_iter(call.block) {
        if finds || found[2].contains("since") {
            let start = found[2].strip_prefix('"').and_then(|text| text.split(['{', '"']).next()).unwrap_or_default();
            let is = format!("{at}.*{}={}", regex::escape(&found[1]), regex::escape(start));
            out.push((format!("{said} with {}", &found[0]), pattern(&is)));
        }
    }
    out
}

#[test]
fn each_call_of_the_shipped_systems_has_an_exchange() {
    let mut missing = Vec::new();
    for (system, folder) in VENDORS {
        let text = fs::read_to_string(in_repository(&format!("pipelines/systems/{system}.sync"))).unwrap();
        let expected: Vec<_> = declared(&text).iter().flat_map(expected).collect();
        let requests = requests(folder);
        assert!(expected.len() > 2, "{system}: {expected:?}");
        let met = |is: &Regex| requests.iter().any(|request| is.is_match(request));
        missing.extend(expected.into_iter().filter(|(_, is)| !met(is)).map(|(call, _)| format!("{system}: {call}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn each_system_of_the_folder_is_among_them() {
    let files = fs::read_dir(in_repository("pipelines/systems")).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.retain(|name| !GENERIC.contains(&name.as_str()) && !VENDORS.iter().any(|(system, _)| system == name));
    assert_eq!(names, Vec::<String>::new());
}
