//! The page that shows the requests of a stand-in.

use super::{
    answer::{Answer, Body},
    store::Store,
};
use crate::sandbox::error::SandboxError;
use std::fmt::Write as _;

/// Where the page is.
pub const PATH: &str = "/_sandbox";

const SHOWN: u32 = 100;

/// The last requests and the effects on people, as a page that reloads itself.
pub fn page(title: &str, store: &Store) -> Answer {
    match rows(title, store) {
        Ok(body) => Answer { status: 200, headers: Vec::new(), body: Body::Html(body) },
        Err(error) => Answer { status: 500, headers: Vec::new(), body: Body::Text(error.to_string()) },
    }
}

fn rows(title: &str, store: &Store) -> Result<String, SandboxError> {
    let requests = store.requests(SHOWN)?;
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=2><title>{title}</title>\
         <style>body{{font:14px/1.5 monospace;margin:2em}}td{{padding-right:2em}}</style>\
         <h1>{title}</h1><p>{writes} writing requests so far, {effects} effects on people; the last {SHOWN} requests of all stand-ins:</p><table>",
        title = escaped(&format!("Sandbox of {title}")),
        writes = store.writing_requests()?,
        effects = store.effects()?.len(),
    );
    for request in requests {
        let at = request.at.strftime("%H:%M:%S");
        let (system, path) = (escaped(&request.system), escaped(&request.path));
        let _ = write!(page, "<tr><td>{at}<td>{system}<td>{}<td>{path}<td>{}", escaped(&request.method), request.status);
    }
    Ok(page + "</table>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
