//! Whole processes, in pairs: planning 100,000 people from a JSON lines file, against the same mapping as a loop in Python.
//!
//! `cargo bench --bench planning` prints records a second, peak memory, and the ratio of CPU time to the peer's.

#![expect(clippy::disallowed_methods, reason = "a benchmark writes its workload and reads the clock")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const PEOPLE: usize = 100_000;
const ROUNDS: usize = 5;

const PIPELINE: &str = r#"
system hr {
  collection people {
    file "people.jsonl" json_lines
    key  number
    attributes {
      number     : text   at $.number
      first_name : text   at $.name.first
      last_name  : text   at $.name.last
      email      : text?  at $.mail
      department : text?  at $.department.name
      left_on    : date?  at $.employment.end
    }
  }
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    lists all
    attributes {
      id         : text unique at $.id
      first_name : text        at $.first_name
      last_name  : text        at $.last_name
      email      : text unique ignoring case at $.email
      department : text?       at $.department
      active     : bool opens  at $.active
    }
  }
}

pipeline planning {
  zone "Europe/Paris"
  from hr.people as person
  to   hr.accounts
  include when person.email is present as "has an e-mail address"
  match { id = person.number }
  mode create and update
  map {
    id         = person.number
    first_name = person.first_name | trim
    last_name  = person.last_name | trim
    email      = person.email | trim | lower
    department = person.department keep when missing
    active     = true on create
  }
  leaver {
    when person.left_on < today
    set active = false
  }
  guard {
    leavers at most 10% or 5
  }
}
"#;

const PEER: &str = r#"
import json, sys
index = {}
for line in open("accounts.jsonl", encoding="utf-8"):
    account = json.loads(line); index[account["id"]] = account
creates = changes = 0
for line in open("people.jsonl", encoding="utf-8"):
    person = json.loads(line)
    mail = (person.get("mail") or "").strip().lower()
    if not mail: continue
    name = person["name"]
    wanted = {"first_name": name["first"].strip(), "last_name": name["last"].strip(), "email": mail, "department": (person.get("department") or {}).get("name")}
    current = index.get(person["number"])
    if current is None: creates += 1
    elif any(current.get(key) != value for key, value in wanted.items()): changes += 1
print(creates, changes)
"#;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the workload");
    workload(folder.path());
    let ours = measure(folder.path(), Command::new(env!("CARGO_BIN_EXE_counterpart")).args(["plan", "planning.sync", "--quiet"]));
    let peer = measure(folder.path(), Command::new("python3").args(["-c", PEER]));
    let rate = |wall: Duration| PEOPLE as f64 / wall.as_secs_f64();
    println!("planning {PEOPLE} people from JSON lines against {} accounts (median of {ROUNDS})", PEOPLE / 2);
    println!("  counterpart   {:>9.0} records/s   {:>6.2} s CPU   {:>5} MB", rate(ours.wall), ours.cpu.as_secs_f64(), ours.peak_kib / 1024);
    println!("  python loop   {:>9.0} records/s   {:>6.2} s CPU   {:>5} MB", rate(peer.wall), peer.cpu.as_secs_f64(), peer.peak_kib / 1024);
    println!("  CPU ratio to the peer: {:.2}", ours.cpu.as_secs_f64() / peer.cpu.as_secs_f64());
}

/// Half of the people have an account already; of these a third differ.
fn workload(folder: &Path) {
    let (mut people, mut accounts) = (String::new(), String::new());
    for i in 0..PEOPLE {
        let department = ["Finance", "Engineering", "Sales", "Legal"][i % 4];
        let end = if i % 50 == 0 { "\"2020-01-31\"".to_owned() } else { "null".to_owned() };
        let _ = writeln!(
            people,
            "{{\"number\":\"E{i:07}\",\"name\":{{\"first\":\"Ada{i} \",\"last\":\"Müller-{i}\"}},\"mail\":\"User.{i}@Example.com\",\"department\":{{\"id\":{i},\"name\":\"{department}\"}},\"employment\":{{\"start\":\"2019-01-01\",\"end\":{end}}},\"addresses\":[{{\"street\":\"{i} High Street\",\"city\":\"Paris\"}},{{\"street\":\"2 rue de Lyon\",\"city\":\"Lyon\"}}],\"customFields\":[{{\"name\":\"badge\",\"value\":\"B{i}\"}}],\"updatedAt\":\"2026-01-01T08:00:00Z\"}}"
        );
        if i % 2 == 0 {
            let last = if i % 6 == 0 { "Old" } else { "Müller" };
            let _ = writeln!(
                accounts,
                "{{\"id\":\"E{i:07}\",\"first_name\":\"Ada{i}\",\"last_name\":\"{last}-{i}\",\"email\":\"user.{i}@example.com\",\"department\":\"{department}\",\"active\":true}}"
            );
        }
    }
    fs::write(folder.join("people.jsonl"), people).expect("people");
    fs::write(folder.join("accounts.jsonl"), accounts).expect("accounts");
    fs::write(folder.join("planning.sync"), PIPELINE).expect("pipeline");
}

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    peak_kib: u64,
}

fn measure(folder: &Path, command: &mut Command) -> Cost {
    let mut costs: Vec<Cost> = (0..ROUNDS).map(|_| once(folder, command)).collect();
    costs.sort_by_key(|cost| cost.wall);
    costs[ROUNDS / 2]
}

#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and tells what it used")]
fn once(folder: &Path, command: &mut Command) -> Cost {
    let _ = fs::remove_dir_all(folder.join(".counterpart"));
    let begun = Instant::now();
    let child = command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("the command starts");
    let mut status = 0;
    // SAFETY: both pointers are valid for the call, and the child is ours and not yet waited for.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(child.id() as libc::pid_t, &raw mut status, 0, &raw mut usage);
        usage
    };
    let code = libc::WEXITSTATUS(status);
    assert!(code == 0 || code == 3, "the command ended with {code}");
    let time = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    Cost { wall: begun.elapsed(), cpu: time(usage.ru_utime) + time(usage.ru_stime), peak_kib: usage.ru_maxrss as u64 }
}
