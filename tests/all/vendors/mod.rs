//! Stand-ins for the vendors' services, each written from what the vendor documents, and not from our own system files.

pub mod arlo;
pub mod lucca;
pub mod oomnitza;
pub mod reward_gateway;
pub mod sage_people;
pub mod script;
pub mod server;
pub mod tools;
pub mod wicket;

use crate::project::{Answer, TestProject};
use server::{StandIn, Vendor};
use std::{fs, path::Path};

/// A system: its name, its settings, its secrets with their values.
type System = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const SYSTEMS: &[System] = &[
    ("lucca", "domain = \"acme.ilucca.net\"", &[("api_key", lucca::KEY)]),
    (
        "reward_gateway",
        "base_url = \"https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0\"",
        &[("token", reward_gateway::TOKEN)],
    ),
    ("sage_people", "hostname = \"acme.my.salesforce.com\"\nclient_id = \"sage-client\"", &[("client_secret", sage_people::CLIENT.1)]),
    ("sage_people_soql", "hostname = \"acme.my.salesforce.com\"\nclient_id = \"sage-client\"\nuser_name = \"sync@example.com\"", &[]),
    ("oomnitza", "organisation = \"acme\"", &[("token", oomnitza::TOKEN)]),
    ("wicket", "tenant = \"acme\"\nperson = \"3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77\"", &[("api_secret", wicket::SECRET)]),
    ("arlo", "platform = \"acme\"\nuser = \"sync@example.com\"", &[("password", arlo::ACCOUNT.1)]),
];

/// A folder with the repository's pipelines, whose systems are served by stand-ins.
pub struct VendorFixture {
    pub project: TestProject,
    config: String,
}

impl VendorFixture {
    /// The pipelines with these settings: lines of TOML, their tables below `env.production`.
    pub fn new(settings: &str) -> Self {
        Self { project: TestProject::with_pipelines(), config: settings.to_owned() }.written()
    }

    /// Sends the requests to a system to a stand-in.
    pub fn served<V: Vendor>(mut self, system: &str, standing: &StandIn<V>) -> Self {
        let (_, settings, secrets) = SYSTEMS.iter().find(|(name, ..)| *name == system).expect("a system that is known");
        self.config.push_str(&format!("\n[env.production.{system}]\norigin = \"{}\"\n{settings}\n", standing.origin));
        secrets.iter().fold(self, |fixture, (name, value)| fixture.with_secret(name, value)).written()
    }

    /// Gives the system that was served last a secret.
    pub fn with_secret(mut self, name: &str, value: &str) -> Self {
        let file = format!("secrets/{}", self.config.len());
        self.project.write(&file, value);
        self.config.push_str(&format!("{name} = {{ file = \"{file}\" }}\n"));
        self.written()
    }

    fn written(self) -> Self {
        self.project.write("counterpart.toml", &self.config);
        self
    }

    /// Runs a command, and asserts that its output contains no secret.
    #[track_caller]
    pub fn counterpart(&self, args: &[&str]) -> Answer {
        let answer = self.project.counterpart(args);
        let said = format!("{}{}", answer.out, answer.err);
        let secret = ["SECRET", "PRIVATE KEY", lucca::KEY].into_iter().any(|secret| said.contains(secret));
        assert!(!secret, "a secret is shown by {args:?}: {said}");
        answer
    }

    /// Plans: the name of the change set.
    #[track_caller]
    pub fn plan(&self, pipeline: &str) -> String {
        let plan = self.counterpart(&["plan", pipeline]);
        let set = plan.out.split_whitespace().find(|word| word.starts_with("c-"));
        set.unwrap_or_else(|| panic!("no change set: {plan:?}")).to_owned()
    }

    /// Plans, and applies by hand, as a first change set must be: the run's answer.
    #[track_caller]
    pub fn publish(&self, pipeline: &str) -> Answer {
        self.counterpart(&["apply", &self.plan(pipeline), "--people", "full"])
    }
}

/// Each stand-in says what it does and names the test that meets it: that test is there.
#[test]
fn what_stand_ins_say_is_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all");
    let mut sources = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { sources.push(fs::read_to_string(path).unwrap()) }
        }
    }
    let named = sources.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("//! - ")?.rsplit('`').nth(1));
    let missing: Vec<_> = named.filter(|test| !sources.iter().any(|text| text.contains(&format!("fn {test}()")))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[cfg(test)]
mod switches {
    use super::{
        oomnitza::{Oomnitza, TOKEN},
        server::{Answer, StandIn, Switch, Then},
    };

    const JEANNE: &str = r#"{ "username": "jeanne@example.com", "email": "jeanne@example.com", "role": 25 }"#;

    #[test]
    fn requests_are_refused_broken_lost_and_counted() {
        let standing = StandIn::new(Oomnitza::new());
        let head = format!("HTTP/1.1\nAuthorization2: {TOKEN}");
        let ask = |line: &str, body: &str| standing.say(&format!("{line} {head}\n\n{body}"));
        standing.refuse(2, 7);
        let refused = [1, 2, 3].map(|_| ask("GET /api/v3/users", ""));
        assert_eq!((refused[0].status, refused[0].header("Retry-After"), refused[1].status, refused[2].status), (429, Some("7"), 429, 200));
        standing.switch(Switch::next("skip=", Then::Break).after(1));
        assert_eq!(["0", "1", "2"].map(|skip| ask(&format!("GET /api/v3/users?skip={skip}"), "").status), [200, 502, 200]);
        standing.switch(Switch::next("POST", Then::Lose).and("jeanne@"));
        let lost = ask("POST /api/v3/users", JEANNE);
        let again = ask("POST /api/v3/users", JEANNE);
        assert_eq!((lost.status, standing.vendor().users.len(), again.status), (0, 1, 409));
        assert_eq!((standing.log().len(), standing.writes().len(), standing.lines()[6].as_str()), (8, 2, "POST /api/v3/users"));
        standing.switch(Switch::next("GET", Then::Answer(Answer::new(200, "text/html", "<html>Sign in</html>"))));
        assert_eq!(ask("GET /api/v3/users", "").header("Content-Type"), Some("text/html"));
        standing.forget();
        assert_eq!(standing.lines(), [""; 0]);
    }
}
