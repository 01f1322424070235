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
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// `METHOD /path?query` of each request in the files of a folder, the query decoded.
fn requests(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exchanges").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let line = |line: &str| {
        let (method, target) = line.strip_suffix(" HTTP/1.1")?.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{method} {path}?{}", pairs.join("&")))
    };
    files.flat_map(|text| text.lines().filter_map(line).collect::<Vec<_>>()).collect()
}

/// What a request must look like for a call, and for each thing that is asked in some cases only: `GET /users/{id}`.
fn expected(system: &str) -> Vec<(String, Regex)> {
    let call = Regex::new(r#"(?:^|\s)(\S+(?: by [\w.]+)?) (GET|POST|PUT|PATCH|DELETE) "([^"]*)""#).unwrap();
    let query = Regex::new(r#"query "([^"]+)"\s*= (.*)"#).unwrap();
    let name = Regex::new(r"\\\{[^}]*\\\}").unwrap();
    let text = read(&format!("pipelines/systems/{system}.sync"));
    let mut out: Vec<(String, Regex)> = Vec::new();
    let mut at = (String::new(), String::new());
    let mut finds = false;
    for line in text.lines().map(str::trim) {
        if let Some(found) = call.captures(line) {
            let (path, fixed) = found[3].split_once('?').unwrap_or((&found[3], ""));
            let path = name.replace_all(&regex::escape(path), "[^/?]+").into_owned();
            at = (format!("{} {}", &found[2], &found[3]), format!(r"^{} \S*{path}\?", &found[2]));
            finds = found[1].starts_with("find");
            if !finds {
                out.push((at.0.clone(), Regex::new(&format!("{}.*{}", at.1, regex::escape(fixed))).unwrap()));
            }
        } else if let Some(found) = query.captures(line)
            && (finds || found[2].contains("since"))
        {
            let start = found[2].strip_prefix('"').and_then(|text| text.split(['{', '"']).next()).unwrap_or_default();
            let is = format!("{}.*{}={}", at.1, regex::escape(&found[1]), regex::escape(start));
            out.push((format!("{} with {line}", at.0), Regex::new(&is).unwrap()));
        }
    }
    out
}

#[test]
fn each_call_of_the_shipped_systems_has_an_exchange() {
    let mut missing = Vec::new();
    for (system, folder) in VENDORS {
        let (expected, requests) = (expected(system), requests(folder));
        assert!(expected.len() > 2, "{system}: {expected:?}");
        let met = |is: &Regex| requests.iter().any(|request| is.is_match(request));
        missing.extend(expected.into_iter().filter(|(_, is)| !met(is)).map(|(call, _)| format!("{system}: {call}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}
