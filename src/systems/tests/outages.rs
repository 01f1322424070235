//! An outage at every call of every system file: nobody is gone or missing by it, and nothing counts as written.

use super::{
    shipped::{connected, declared},
    *,
};
use crate::{compile::texts::SHIPPED, value::Kind};
use serde_json::json;

/// What a proxy or a broken server answers, whatever it was asked.
fn outages() -> Vec<(&'static str, Reply)> {
    let page = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>";
    vec![
        ("a bare 401", Reply::new(401, "")),
        ("a bare 403", Reply::new(403, "")),
        ("a bare 429", Reply::new(429, "").with("Retry-After", "0")),
        ("a bare 500", Reply::new(500, "")),
        ("a bare 503", Reply::new(503, "")),
        ("a page with 200", Reply::ok(page).with("Content-Type", "text/html")),
        ("a page with 502", Reply::new(502, page).with("Content-Type", "text/html")),
        ("an empty 200", Reply::ok("")),
        ("null", Reply::ok("null").with("Content-Type", "application/json")),
        ("an empty object", Reply::ok("{}").with("Content-Type", "application/json")),
        ("an answer that is cut", Reply::ok(r#"{"data": [{"id": 1}, {"id": 2}]}"#).cut(9)),
    ]
}

/// Signs in anybody, and answers everything else with the outage.
fn broken(reply: &Reply) -> StandIn {
    let reply = reply.clone();
    StandIn::new(move |_, seen| match seen.target.as_str() {
        "/services/oauth2/token" => Reply::ok(json!({ "access_token": "t", "instance_url": seen.origin(), "token_type": "Bearer" })),
        _ => reply.clone(),
    })
}

fn sample(kind: &Kind) -> Value {
    match kind {
        Kind::Int => Value::Int(1),
        Kind::Bool => Value::Bool(true),
        _ => Value::text("a1"),
    }
}

/// Makes a system give up at once, so that a test takes no minutes.
fn impatient(mut system: Arc<System>) -> Arc<System> {
    let changed = Arc::get_mut(&mut system).expect("nobody else holds it yet");
    let system::Connection::Http(http) = &mut changed.connection else { panic!("an HTTP system") };
    http.retries = 0;
    system
}

/// The reads that an outage is believed in: each with what was asked and what came out.
async fn believed_reads(system: &Arc<System>, connection: &Connection) -> Vec<String> {
    let mut believed = Vec::new();
    for (at, collection) in system.collections.iter().enumerate() {
        if collection.list.is_some() {
            let read = connection.read(at, &ReadRequest::default(), &mut |_, _| ()).await;
            if !matches!(read.end, End::Broken { .. }) {
                believed.push(format!("{}: list gives {:?}", collection.name, read.end));
            }
        }
        if let (Some(_), Some(key)) = (&collection.get, collection.key.alone()) {
            let got = connection.get(at, &sample(&collection.attributes[key].ty.kind), &ReadRequest::default()).await;
            if let Ok(GetResult::Gone | GetResult::Merged { .. }) = got {
                believed.push(format!("{}: get gives {got:?}", collection.name));
            }
        }
        for (by, _) in &collection.finds {
            let found = connection.find(at, *by, &sample(&collection.attributes[*by].ty.kind), &ReadRequest::default()).await;
            if let Ok(found) = found {
                believed.push(format!("{}: find by {} gives {} records", collection.name, collection.attributes[*by].name, found.len()));
            }
        }
    }
    believed
}

/// The writes that an answer is taken to have done, or whose record is taken to be gone.
async fn believed_writes(system: &Arc<System>, connection: &Connection, empty: bool) -> Vec<String> {
    let mut believed = Vec::new();
    for (at, collection) in system.collections.iter().enumerate() {
        let key = collection.key.alone().map(|key| sample(&collection.attributes[key].ty.kind));
        let current: Vec<_> = collection.attributes.iter().enumerate().map(|(at, one)| (at, sample(&one.ty.kind))).collect();
        let record = Some(Snapshot::of(Box::from(&b"{}"[..])));
        let kinds = [(WriteKind::Create, collection.create.is_some()), (WriteKind::Update, collection.update.is_some())];
        let named = (0..collection.named.len()).map(|at| (WriteKind::Call(at), true));
        for (kind, _) in kinds.into_iter().chain(named).filter(|(_, declared)| *declared) {
            let id = key.clone().filter(|_| kind != WriteKind::Create);
            let write = Write { kind, id, values: Vec::new(), current: current.clone(), token: None, record: record.clone() };
            let outcome = connection.write(at, std::slice::from_ref(&write)).await.remove(0);
            // Without a place for the record, `{}` is an answer like any other: the next read tells who was created.
            let shapeless = collection.create.as_ref().is_some_and(|create| create.item.is_none()) && !empty;
            match outcome {
                Ok(written) if (kind == WriteKind::Create || !written_without_content(&written)) && !shapeless => {
                    believed.push(format!("{}: {kind:?} gives {written:?}", collection.name));
                }
                Err(error) if error.class == ErrorClass::Gone => believed.push(format!("{}: {kind:?} finds nobody", collection.name)),
                _ => {}
            }
        }
    }
    believed
}

/// A change that says no more than its status was done: many systems answer so.
fn written_without_content(written: &Written) -> bool {
    written.id.is_none() && written.record.is_none()
}

#[tokio::test]
async fn no_outage_is_believed_at_any_call_of_any_system() {
    let mut believed = Vec::new();
    for (name, collection, key) in SHIPPED {
        let system = impatient(declared(&format!("use \"systems/{name}.sync\""), &format!("{name}.{collection}"), key, &[]));
        for (what, reply) in outages() {
            let standin = broken(&reply);
            let wrong = believed_reads(&system, &connected(&system, &standin.origin)).await;
            believed.extend(wrong.into_iter().map(|wrong| format!("{name}, {what}: {wrong}")));
            let empty = !matches!(what, "null" | "an empty object");
            let wrong = believed_writes(&system, &connected(&system, &standin.origin), empty).await;
            believed.extend(wrong.into_iter().map(|wrong| format!("{name}, {what}: {wrong}")));
        }
    }
    assert!(believed.is_empty(), "{} believed:\n{}", believed.len(), believed.join("\n"));
}
