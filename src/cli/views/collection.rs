//! What a collection sends and how: its calls, and the lines of `http` that hold for them, as they are written.

use super::count;
use crate::{
    diagnose::Span,
    syntax::tree::{Call, Collection, CollectionItem, Http, HttpItem, System, SystemItem},
};
use serde_json::{Value as Json, json};

/// A collection as it is written.
pub struct Written<'a> {
    pub system: &'a System,
    pub collection: &'a Collection,
    /// The file.
    pub text: &'a str,
    /// How often a request is sent again.
    pub retries: u32,
}

impl<'a> Written<'a> {
    /// One of a file, by the names of system and collection.
    pub fn find(system: &'a System, collection: &str, text: &'a str, retries: u32) -> Option<Self> {
        let found = system.items.iter().find_map(|item| match item {
            SystemItem::Collection(one) if one.name.text == collection => Some(one),
            _ => None,
        })?;
        Some(Self { system, collection: found, text, retries })
    }

    /// What it says, each part with its word: the calls, the sign-in, the pace, and what goes around each body.
    pub fn sections(&self) -> Vec<(&'static str, Vec<String>)> {
        let sections = [("calls", self.calls()), ("auth", self.sign_in()), ("pace", self.pace()), ("body", self.envelope())];
        sections.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
    }

    /// As JSON.
    pub fn json(&self) -> Json {
        json!({ "calls": self.calls(), "auth": self.sign_in(), "pace": self.pace(), "envelope": self.envelope().into_iter().nth(1) })
    }

    fn http(&self) -> Option<&'a Http> {
        self.system.items.iter().find_map(|item| if let SystemItem::Http(http) = item { Some(http) } else { None })
    }

    fn http_items(&self) -> impl Iterator<Item = &'a HttpItem> {
        self.http().into_iter().flat_map(|http| &http.items)
    }

    /// `create POST "/users"`, and `part email: update PUT "/users/{id}/email"`
    fn calls(&self) -> Vec<String> {
        let own =
            |of: &'a Collection| of.items.iter().filter_map(|item| if let CollectionItem::Call(call) = item { Some(call) } else { None });
        let parts = self.collection.items.iter().filter_map(|item| if let CollectionItem::Part(part) = item { Some(part) } else { None });
        let of_parts = parts.flat_map(|part| own(part).map(move |call| format!("part {}: {}", part.name.text, self.head(call))));
        own(self.collection).map(|call| self.head(call)).chain(of_parts).collect()
    }

    /// A call without its block.
    fn head(&self, call: &Call) -> String {
        let end = call.shows.as_ref().map_or(call.path.span.end, |shows| shows.span.end);
        let head = self.said(Span { end, ..call.span });
        head.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn sign_in(&self) -> Vec<String> {
        let said = |item: &HttpItem| match item {
            HttpItem::Token(token) => Some(self.said(token.span)),
            HttpItem::Auth(auth) => Some(self.said(auth.span)),
            _ => None,
        };
        self.http_items().filter_map(said).collect()
    }

    /// How fast and how often requests are sent.
    fn pace(&self) -> Vec<String> {
        if self.http().is_none() {
            return Vec::new();
        }
        let limit = self.http_items().find_map(|item| match item {
            HttpItem::Limit { span, .. } => Some(format!("`{}`", self.said(*span))),
            _ => None,
        });
        let again = match self.retries {
            0 => "nothing is sent again".to_owned(),
            times => format!("what fails with `limit` or `temporary` is sent again, {} at most", count(times.into(), "time")),
        };
        vec![limit.unwrap_or_else(|| "no `limit` is declared".to_owned()), again]
    }

    /// The `body` of `http`, which no call shows.
    fn envelope(&self) -> Vec<String> {
        let said = self
            .http_items()
            .find_map(|item| if let HttpItem::Body(body) = item { Some(format!("body {}", self.said(body.span))) } else { None });
        said.map(|said| vec!["goes around the body of each call, which it names as `body`:".to_owned(), said]).unwrap_or_default()
    }

    /// What is written, with the blanks before its lines that all of them have taken away.
    fn said(&self, span: Span) -> String {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_end();
        let blanks = |line: &str| line.len() - line.trim_start().len();
        let common = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(blanks).min().unwrap_or(0);
        let lines = text.lines().enumerate().map(|(at, line)| if at == 0 { line } else { line.get(common..).unwrap_or_default() });
        lines.collect::<Vec<_>>().join("\n")
    }
}
