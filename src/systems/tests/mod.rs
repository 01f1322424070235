//! Connections against stand-ins that answer as written down: what is sent, what is made of the answers.

#![expect(clippy::disallowed_methods, reason = "tests have files, waits and a clock of their own")]

mod access;
mod addresses;
mod believed;
mod bodies;
pub mod build;
mod codings;
mod declared;
mod each;
mod elements;
mod ends;
mod first_secrets;
mod follow;
mod golden;
mod judge;
mod made;
mod marks;
mod memberships;
mod moving;
mod needs;
mod outages;
mod pagers;
mod places;
mod proofs;
mod reading;
mod refusals;
mod sent_back;
mod shipped;
mod spelling;
pub mod standin;
mod twice;
mod vendors;
mod writing;

use super::*;
use crate::{
    compile::system::{self, ErrorClass, System},
    value::Value,
};
use build::config;
use standin::{Reply, StandIn};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What a read gave, with its records as text.
struct ReadRecords {
    read: Read,
    records: Vec<String>,
}

impl ReadRecords {
    fn reason(&self) -> &str {
        if let End::Broken { reason, .. } = &self.read.end { reason } else { panic!("{:?}", self.read.end) }
    }

    fn evidence(&self) -> &str {
        if let End::Complete { evidence } = &self.read.end { evidence } else { panic!("{:?}", self.read.end) }
    }
}

async fn taken(connection: &Connection, ask: &ReadRequest) -> ReadRecords {
    let mut records = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| records.extend(page.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()));
    let read = connection.read(0, ask, &mut sink).await;
    ReadRecords { read, records }
}

fn opened(system: &Arc<System>, standin: &StandIn) -> Connection {
    Connection::open(system, config(&standin.origin)).unwrap()
}

/// Keeps what it hears.
#[derive(Default)]
struct RecordedEvents(Mutex<Vec<String>>);

impl Observer for RecordedEvents {
    fn requested(&self, system: &str, method: &str, url: &str, status: Option<u16>, _took: Duration) {
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(url, |(_, path)| path);
        self.0
            .lock()
            .unwrap()
            .push(format!("{system} {method} /{path} {}", status.map_or_else(|| "-".into(), |status| status.to_string())));
    }

    fn waiting(&self, system: &str, wait: Duration, why: &str) {
        self.0.lock().unwrap().push(format!("{system} waits {} s ({why})", wait.as_secs_f64().round()));
    }
}

/// Calls may be made from any thread of the runtime.
#[test]
fn calls_are_sendable() {
    fn sendable<T: Send>(_: impl FnOnce(&'static Connection) -> T) {}
    sendable(|connection| connection.identity());
    sendable(|connection| connection.read(0, Box::leak(Box::default()), Box::leak(Box::new(|_: &[&[u8]], _| ()))));
    sendable(|connection| connection.get(0, &Value::Null, Box::leak(Box::default())));
    sendable(|connection| connection.write(0, &[]));
    sendable(|connection| connection.discover(0, None));
}
