//! `follow`: what became of a job is asked for until a rule says it, and believed only then.

use super::{
    shipped::{connected, write},
    *,
};
use crate::compile::texts;
use serde_json::{Value as Json, json};

const DESK: &str = r#"
system desk {
  http "https://desk.example.com" {
    retry 1 times
    error $.error
    error $.error.message when $.error.message is present
    gone when $.missing == true
  }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/users/create_many.json" {
      batch 100
      body = { users = [record for each record] }
      follow GET "{$.job_status.url}" every 2 s up to 10 min {
        done when $.job_status.status == "completed"
        error $.job_status.message when $.job_status.status == "failed"
        items $.job_status.results by $.external_id = number {
          key $.id
          error $.error when $.error is present
        }
      }
    }
    update PATCH "/users/{id}" {
      follow GET "/jobs/{$.id}" {
        done when $.state == "done"
        error $.why code $.code when $.state == "failed" { "TAKEN" is conflict }
        gone when $.state == "no such user"
        item $.user
      }
    }
    attributes {
      id     : text read only at $.id
      number : text unique at $.external_id
      name   : text? at $.name
    }
  }
  collection groups {
    key id
    list GET "/groups" { items $ }
    create POST "/groups" {
      follow GET "/jobs/{$.id}?full=1" { done when $.state == "done" }
    }
    attributes {
      id   : text read only at $.id
      name : text unique at $.name
    }
  }
  collection teams {
    key id
    done when $.accepted == true
    list GET "/teams" { items $ }
    create POST "/teams" {
      follow GET "/jobs/{$.id}" { done when $.state == "done" }
    }
    attributes {
      id   : text read only at $.id
      name : text unique at $.name
    }
  }
}
"#;

/// The system, whose jobs are asked for without a pause, for so long.
fn desk(of: &str, seconds: u64) -> Arc<System> {
    let mut system = texts::system(DESK, &format!("desk.{of}"), "id");
    let own = Arc::get_mut(&mut system).expect("nobody else has it");
    for collection in &mut own.collections {
        for call in [&mut collection.create, &mut collection.update].into_iter().flatten() {
            let follow = call.follow.as_mut().expect("a job");
            (follow.every_seconds, follow.up_to_seconds) = (0, seconds);
        }
    }
    system
}

fn said(outcome: Result<Written, CallError>) -> String {
    match outcome {
        Ok(Written { id, record }) => {
            let id = id.and_then(|id| id.to_text().map(|text| text.into_owned())).unwrap_or_else(|| "?".to_owned());
            format!("done {id}{}", record.map(|record| format!(" {}", String::from_utf8_lossy(&record))).unwrap_or_default())
        }
        Err(error) => format!("{} {:?}: {}", error.class, error.effect, error.message),
    }
}

/// What became of creates by number, or of an update of `u1`, and the requests.
async fn outcomes(of: &str, numbers: &[&str], seconds: u64, replies: Vec<Reply>) -> (Vec<String>, Vec<String>) {
    let system = desk(of, seconds);
    let at = declared::collection(&system, of);
    let named = if of == "users" { "number" } else { "name" };
    let writes: Vec<_> = match numbers {
        [] => vec![write(&system, at, WriteKind::Update, Some(Value::text("u1")), &[("name", Value::text("Ann"))])],
        numbers => numbers.iter().map(|own| write(&system, at, WriteKind::Create, None, &[(named, Value::text(*own))])).collect(),
    };
    let standin = StandIn::giving(replies);
    let made = connected(&system, &standin.origin).write(at, &writes).await;
    (made.into_iter().map(said).collect(), standin.lines())
}

fn job(status: &str, results: Json) -> Reply {
    Reply::ok(
        json!({ "job_status": { "url": "https://desk.example.com/jobs/7.json", "status": status, "message": "no room", "results": results } }),
    )
}

#[tokio::test]
async fn a_batch_is_judged_by_the_results_of_its_job() {
    let results = json!([{ "external_id": "2", "error": "bad mail" }, { "external_id": "1", "id": 41 }]);
    let replies = vec![job("queued", json!(null)), job("working", json!([])), job("completed", results)];
    let (made, sent) = outcomes("users", &["1", "2", "3"], 600, replies).await;
    assert_eq!(made, ["done 41", "invalid None: bad mail", "temporary Unknown: the answer does not say what became of this record"]);
    assert_eq!(sent, ["POST /users/create_many.json", "GET /jobs/7.json", "GET /jobs/7.json"]);
}

#[tokio::test]
async fn a_job_that_failed_has_done_nothing() {
    let (made, _) = outcomes("users", &["1"], 600, vec![job("queued", json!(null)), job("failed", json!(null))]).await;
    assert_eq!(made, ["invalid Unknown: no room"], "a job for many may have made some before it failed");
    let begun = || Reply::new(202, r#"{"id": 7}"#);
    let update = async |said: Json| outcomes("users", &[], 600, vec![begun(), Reply::ok(said)]).await.0;
    assert_eq!(update(json!({ "state": "failed", "why": "taken", "code": "TAKEN" })).await, ["conflict None: taken"]);
    assert_eq!(update(json!({ "state": "no such user" })).await, ["gone None: the account is not there"]);
}

#[tokio::test]
async fn a_batch_whose_job_failed_is_not_sent_in_halves() {
    let results = json!([{ "external_id": "1", "id": 41 }, { "external_id": "3", "error": "bad mail" }]);
    let replies = vec![job("queued", json!(null)), job("failed", results)];
    let (made, sent) = outcomes("users", &["1", "2", "3"], 600, replies).await;
    assert_eq!(made, ["done 41", "invalid Unknown: no room", "invalid None: bad mail"]);
    assert_eq!(sent, ["POST /users/create_many.json", "GET /jobs/7.json"], "accounts would be made twice");
    let refused = || Reply::new(422, r#"{"error": "row 2"}"#);
    let halves = vec![refused(), job("queued", json!(null)), job("completed", json!([{ "external_id": "1", "id": 41 }])), refused()];
    let (made, sent) = outcomes("users", &["1", "2"], 600, halves).await;
    assert_eq!(made, ["done 41", "invalid None: row 2"], "what is refused before a job is begun is halved");
    assert_eq!(sent.len(), 4);
}

#[tokio::test]
async fn only_a_rule_of_the_job_says_that_it_failed() {
    let begun = || Reply::new(202, r#"{"id": 7}"#);
    let update = async |said: Json| outcomes("users", &[], 600, vec![begun(), Reply::ok(said)]).await.0.remove(0);
    let expired = json!({ "error": { "message": "session expired" } });
    assert_eq!(update(expired).await, "temporary Unknown: the job could not be followed: session expired");
    let absent = json!({ "missing": true });
    assert_eq!(update(absent).await, "temporary Unknown: the job could not be followed: the account is not there");
    let both = json!({ "state": "no such user", "error": { "message": "session expired" } });
    assert_eq!(update(both).await, "temporary Unknown: the job could not be followed: session expired");
    let (made, sent) =
        outcomes("users", &["1", "2"], 600, vec![job("queued", json!(null)), Reply::ok(json!({ "error": { "message": "no" } }))]).await;
    assert_eq!(made, ["temporary Unknown: the job could not be followed: no"; 2]);
    assert_eq!(sent.len(), 2, "the batch is not sent again");
}

#[tokio::test]
async fn a_job_that_is_done_and_tells_of_a_failure_leaves_its_write_unknown() {
    let update = async |said: Json| outcomes("users", &[], 600, vec![Reply::new(202, r#"{"id": 7}"#), Reply::ok(said)]).await.0.remove(0);
    let user = json!({ "id": "u1", "name": "Ann" });
    let done = update(json!({ "state": "done", "user": user })).await;
    assert!(done.starts_with("done"), "{done}");
    for fine in [
        json!({ "failed": 0, "errors": [], "summary": { "failed": 0, "ok": 1 }, "exit_code": 0 }),
        json!({ "failedAttempts": 1, "retries": 2, "warnings": 1, "errorFile": "/jobs/1/errors.csv", "failedResults": "/jobs/1/failed" }),
        json!({ "previous_status": "failed", "max_failures": 10, "failure_threshold": 5, "notify_on_failure": true, "on_error": "skip" }),
        json!({ "result": { "id": "u1", "status": "failed" }, "allow_partial": true, "code": 200, "message": "done" }),
    ] {
        let mut said = json!({ "state": "done", "user": user });
        said.as_object_mut().unwrap().extend(fine.as_object().unwrap().clone());
        assert_eq!(update(said).await, done, "{fine}");
    }
    for (said, words) in [
        (json!({ "state": "done", "failed": 1 }), "something in `failed`"),
        (json!({ "state": "done", "errors": ["no such role"] }), "something in `errors`"),
        (json!({ "state": "done", "success": false }), "success: false"),
        (json!({ "state": "done", "failedCount": 1 }), "something in `failedCount`"),
        (json!({ "state": "done", "numberRecordsFailed": "1" }), "something in `numberRecordsFailed`"),
        (json!({ "state": "done", "rejected": 1 }), "something in `rejected`"),
        (json!({ "state": "done", "invalid_rows": 1 }), "something in `invalid_rows`"),
        (json!({ "state": "done", "summary": { "failed": 1 } }), "something in `failed` in `summary`"),
        (json!({ "state": "done", "result": { "records_failed": 1 } }), "something in `records_failed` in `result`"),
        (json!({ "state": "done", "failed_records": [{ "id": 1 }] }), "something in `failed_records`"),
        (json!({ "state": "done", "results": [{ "success": false }] }), "success: false in `results`"),
        (json!({ "state": "done", "outcome": "error" }), "outcome: error"),
        (json!({ "state": "done", "exit_code": 1 }), "exit_code: 1"),
        (json!({ "state": "done", "with_errors": true }), "something in `with_errors`"),
    ] {
        assert_eq!(update(said).await, format!("temporary Unknown: the job of `desk` is done, and tells of a failure: {words}"));
    }
}

/// A rule of the collection is about its calls: that a job was accepted is not that it is done.
#[tokio::test]
async fn only_a_rule_of_the_job_says_that_it_is_done() {
    let accepted = |state: &str| Reply::ok(json!({ "accepted": true, "id": "7", "state": state }));
    let replies = || vec![accepted("queued"), accepted("queued"), accepted("working"), accepted("done")];
    let (made, sent) = outcomes("teams", &["red"], 600, replies()).await;
    assert!(made[0].starts_with("done "), "{made:?}");
    assert_eq!(sent, ["POST /teams", "GET /jobs/7", "GET /jobs/7", "GET /jobs/7"]);
}

#[tokio::test]
async fn one_write_takes_its_record_from_the_answer_of_the_job_alone() {
    let done = json!({ "id": 7, "state": "done", "user": { "id": "u1", "name": "Ann" } });
    let (made, sent) =
        outcomes("users", &[], 600, vec![Reply::new(202, r#"{"id": 7}"#), Reply::ok(json!({ "id": 7 })), Reply::ok(done)]).await;
    assert_eq!(made, [r#"done u1 {"id":"u1","name":"Ann"}"#]);
    assert_eq!(sent, ["PATCH /users/u1", "GET /jobs/7", "GET /jobs/7"]);
    let done = Reply::ok(json!({ "id": "g7", "state": "done" }));
    let (made, sent) = outcomes("groups", &["Sales"], 600, vec![Reply::new(202, r#"{"id": "j1"}"#), done]).await;
    assert_eq!(made, ["done ?"], "the id of a job is not that of a record");
    assert_eq!(sent, ["POST /groups", "GET /jobs/j1?full=1"]);
}

#[tokio::test]
async fn what_is_not_told_is_never_believed_as_done() {
    let update = async |seconds: u64, replies: Vec<Reply>| outcomes("users", &[], seconds, replies).await.0.remove(0);
    let begun = || Reply::new(202, r#"{"id": 7}"#);
    let late = update(0, vec![begun()]).await;
    assert_eq!(late, "temporary Unknown: the job of `desk` was not done within 0 s");
    let asked_to_wait = update(600, vec![begun(), Reply::ok(json!({ "state": "queued" })).with("Retry-After", "7200")]).await;
    assert!(asked_to_wait.starts_with("temporary Unknown: the job of `desk` was not done"), "{asked_to_wait}");
    let done = r#"{"state": "done", "user": {"id": "u1"}}"#;
    let in_words_of_a_success = [401, 403, 404, 429, 500, 503].map(|status| Reply::new(status, done));
    let refusals = [Reply::new(404, r#"{"error": "no job"}"#), Reply::new(400, ""), Reply::new(401, ""), Reply::new(503, "")];
    for refused in refusals.into_iter().chain(in_words_of_a_success) {
        let outcome = update(600, vec![begun(), refused.clone(), refused]).await;
        assert!(outcome.starts_with("temporary Unknown: the job could not be followed: "), "{outcome}");
    }
    let nowhere = update(600, vec![Reply::new(202, "")]).await;
    assert_eq!(nowhere, "temporary Unknown: the job cannot be asked for: its address is not in the answer");
    let foreign = Reply::ok(json!({ "job_status": { "url": "https://elsewhere.example.com/jobs/7" } }));
    let (made, sent) = outcomes("users", &["1"], 600, vec![foreign]).await;
    assert!(made[0].starts_with("temporary Unknown: the job cannot be asked for: the job of `desk` is at"), "{made:?}");
    assert_eq!(sent, ["POST /users/create_many.json"], "credentials go to our own system alone");
}

#[tokio::test]
async fn a_write_that_is_refused_at_once_has_no_job() {
    let (made, sent) = outcomes("users", &[], 600, vec![Reply::new(422, r#"{"error": "bad name"}"#)]).await;
    assert_eq!((made, sent), (vec!["invalid None: bad name".to_owned()], vec!["PATCH /users/u1".to_owned()]));
}
