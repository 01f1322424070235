//! Which methods a call may have: what reads changes nothing, and what writes is no reading.

use crate::{
    check::{environment::Environment, model::wire::Method},
    syntax::tree::Ident,
};
use Method::{Delete, Get, Patch, Post, Put};

impl Environment<'_> {
    /// The method of a call that is declared by these words.
    pub fn method(&self, written: &Ident, call: &str) -> Method {
        let Some(method) = Method::parse(&written.text) else {
            self.no_such_word("method", written, Method::NAMES);
            return Post;
        };
        let fit = fitting(call);
        if !fit.contains(&method) {
            let why = match call {
                "create" | "update" | "delete" if method == Get => "GET changes nothing",
                "create" | "update" => "DELETE removes a record",
                "token" => "a token is requested by POST, GET or PUT",
                _ => "this call only reads",
            };
            let message = format!("`{call}` cannot use {method}: {why}");
            self.report.error_help("E0519", written.span, message, format!("write {}", one_of(fit)));
        }
        method
    }
}

/// `A`, `B` or `C`
fn one_of(methods: &[Method]) -> String {
    let names: Vec<_> = methods.iter().map(|method| format!("`{method}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The methods that fit the words of a call. Many lists are asked for by POST. A `call` is whatever the vendor made it.
fn fitting(call: &str) -> &'static [Method] {
    match call {
        "create" | "update" => &[Post, Put, Patch],
        "delete" => &[Delete, Post, Put, Patch],
        "call" => Method::ALL,
        // Some servers hand out a session by PUT.
        "token" => &[Post, Get, Put],
        _ => &[Get, Post],
    }
}
