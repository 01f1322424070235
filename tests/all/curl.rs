//! `counterpart sandbox` for people who try the stand-ins by hand: each command that it prints gets an answer.

use super::project::TestProject;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

/// Stand-ins that run until this value is dropped.
struct Served {
    process: Child,
    /// The commands that they print.
    commands: Vec<String>,
}

impl Served {
    fn of(project: &TestProject, pipeline: &str) -> Self {
        let mut process =
            project.command(&["sandbox", pipeline, "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let commands = lines.filter_map(|line| line.trim_start().strip_prefix("curl ").map(str::to_owned)).take(2).collect();
        Self { process, commands }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status and the body of `-H 'NAME: VALUE' … 'URL'`.
fn asked(command: &str, with_headers: bool) -> (u16, String) {
    let words: Vec<&str> = command.split('\'').filter(|word| !word.trim().is_empty() && word.trim() != "-H").collect();
    let (url, headers) = words.split_last().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let request = headers.iter().filter(|_| with_headers).map(|header| header.split_once(": ").unwrap());
        let request =
            request.fold(counterpart::host::http_client().build().unwrap().get(*url), |request, (name, value)| request.header(name, value));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    })
}

#[test]
fn every_vendor_is_tried_by_the_command_that_is_told() {
    let project = TestProject::with_pipelines();
    let pipelines = [
        ("lucca_to_reward_gateway", ["\"items\":", "\"Resources\":"]),
        ("sage_people_to_oomnitza", ["\"fullName\":", "\"user_id\":"]),
        ("sage_people_soql_to_oomnitza", ["{", "\"user_id\":"]),
        ("wicket_people_to_arlo", ["\"type\":\"people\"", "<ContactID>"]),
    ];
    for (pipeline, answers) in pipelines {
        let served = Served::of(&project, pipeline);
        assert_eq!(served.commands.len(), 2, "{pipeline}");
        for (command, answer) in served.commands.iter().zip(answers) {
            let (status, body) = asked(command, true);
            assert!(status == 200 && body.contains(answer), "{command}\n{status} {body}");
            assert_eq!(asked(command, false).0, 401, "{command}");
        }
    }
}
