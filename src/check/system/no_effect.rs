//! Rejects statements that have no effect in their block (E0522). Ignoring them would let their author rely on something that
//! never happens.

use super::http::grant_of;
use crate::check::{environment::Environment, model::request::Grant};
use crate::{
    diagnose::Span,
    syntax::tree::{self, CallItem as I, CollectionItem as C, HttpItem, OAuthItem as O, Role, SystemItem},
};

impl Environment<'_> {
    /// Rejects lines of a system that nothing uses.
    pub fn idle_lines(&self, written: &tree::System) {
        let connected = written.items.iter().any(|item| matches!(item, SystemItem::Http(_) | SystemItem::Database { .. }));
        for item in &written.items {
            match item {
                SystemItem::Http(http) => self.idle_in_http(http),
                SystemItem::Collection(collection) => self.idle_in_collection(collection, connected),
                _ => {}
            }
        }
    }

    fn idle(&self, span: Span, word: &str, place: &str, belongs: &str) {
        let message = format!("`{word}` does nothing in {place}");
        self.report.error_help("E0522", span, message, format!("take it out: it belongs in {belongs}"));
    }

    fn idle_in_http(&self, http: &tree::Http) {
        for item in &http.items {
            let HttpItem::Auth(tree::Auth { kind: tree::AuthKind::OAuth2 { grant, items }, .. }) = item else { continue };
            let Some(known) = grant_of(&grant.text) else { continue };
            for (span, word, grants) in items.iter().filter_map(of_some_grants).filter(|(.., grants)| !grants.contains(&known)) {
                let belongs = listed(grants.iter().map(|grant| format!("`{}`", grant.word())));
                self.idle(span, word, &format!("the grant `{}`", grant.text), &format!("the grant {belongs}"));
            }
        }
    }

    fn idle_in_collection(&self, written: &tree::Collection, connected: bool) {
        for item in &written.items {
            match item {
                C::Call(call) if !connected => {
                    self.idle(call.span, role_word(&call.role), "a system without `http`", "one that is spoken to over `http`");
                }
                C::Call(call) => self.idle_in_call(call, false),
                C::Part(part) => self.idle_in_part(part),
                C::At(path) => self.idle(path.span, "at", "a collection", "a `part`, or in the line of an attribute"),
                C::WrittenAt(path) => self.idle(path.span, "written at", "a collection", "a `part`, or in the line of an attribute"),
                C::RequestedAs(words) => self.idle(words.span, "requested as", "a collection", "a `part`, or in the line of an attribute"),
                _ => {}
            }
        }
    }

    fn idle_in_part(&self, part: &tree::Collection) {
        for item in &part.items {
            match item {
                C::Call(call) if matches!(call.role, Role::Create | Role::Update) => self.idle_in_call(call, true),
                C::Call(call) => self.idle(call.span, role_word(&call.role), "a part, which has `create` and `update`", "the collection"),
                C::Part(inner) => self.idle(inner.name.span, "part", "a part", "the collection: `part` beside `part`"),
                item => {
                    if let Some((span, word)) = of_collections(item) {
                        self.idle(span, word, "a part", "the collection");
                    }
                }
            }
        }
    }

    fn idle_in_call(&self, call: &tree::Call, part: bool) {
        let pages = call.items.iter().any(|item| matches!(item, I::Page(_)));
        for item in &call.items {
            let Some((span, word, of)) = of_some_calls(item) else { continue };
            let has_batch = !part || !matches!(item, I::Batch { .. } | I::Results { .. });
            if !of.contains(&role_word(&call.role)) {
                let belongs = listed(of.iter().map(|role| format!("`{role}`")));
                self.idle(span, word, &format!("`{}`", role_word(&call.role)), &belongs);
            } else if !has_batch {
                self.idle(span, word, "a call of a part", "a call of the collection");
            } else if !pages && ends_pages(item) {
                self.idle(span, word, "a list of one page", "a call with a line `page by …`");
            }
        }
        self.idle_clauses(call);
    }

    fn idle_clauses(&self, call: &tree::Call) {
        for item in &call.items {
            match item {
                I::Page(page) if page.from.is_some() && !matches!(page.by, tree::PageBy::Offset | tree::PageBy::Number) => {
                    self.idle(page.span, "from", "pages that follow what the answer says", "`page by offset` and `page by number`");
                }
                I::Body(body) if body.format.text == "xml_diff" => {
                    if let Some((path, _)) = body.lines.first() {
                        self.idle(path.span, &path.text, "a diff, which is made of what differs", "another `body`");
                    }
                }
                _ => {}
            }
        }
    }
}

impl Grant {
    const fn word(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::RefreshToken => "refresh_token",
            Self::JwtBearer => "jwt_bearer",
        }
    }
}

/// A line of `auth oauth2` that not all grants use, with those that do.
fn of_some_grants(item: &O) -> Option<(Span, &'static str, &'static [Grant])> {
    Some(match item {
        O::User(user, _) => (user.span, "user", &[Grant::Password]),
        O::Refresh(refresh) => (refresh.span, "refresh", &[Grant::RefreshToken]),
        O::Key(key) => (key.span, "key", &[Grant::JwtBearer]),
        O::Claims(claims) => (claims.first()?.0.span, "claims", &[Grant::JwtBearer]),
        O::Token(_) | O::Client(..) | O::Scope(_) => return None,
    })
}

/// A line that a collection has and no part.
fn of_collections(item: &C) -> Option<(Span, &'static str)> {
    Some(match item {
        C::Key(name) => (name.span, "key"),
        C::Label(label) => (label.span, "label"),
        C::Changed(name) => (name.span, "changed"),
        C::Lists { span, .. } => (*span, "lists"),
        C::ConsistentWithin { span, .. } => (*span, "consistent within"),
        C::File(file) => (file.span, "file"),
        C::Rows { text, .. } => (text.span, "rows"),
        C::Entries { span, .. } => (*span, "entries"),
        _ => return None,
    })
}

/// A line that not all calls use, with those that do.
fn of_some_calls(item: &I) -> Option<(Span, &'static str, &'static [&'static str])> {
    const LISTS: &[&str] = &["list", "find by"];
    const ONE: &[&str] = &["get", "create", "update", "call"];
    const MANY: &[&str] = &["create", "update", "delete", "call"];
    Some(match item {
        I::Items(path) => (path.span, "items", LISTS),
        I::Total(place) => (place_span(place), "total", LISTS),
        I::Page(page) => (page.span, "page", LISTS),
        I::Ends(ends) => (ends_span(ends), "ends", LISTS),
        I::Item(path) => (path.span, "item", ONE),
        I::Replaces(path) => (path.span, "replaces", &["update"]),
        I::Merged(_, span) => (*span, "merged", &["get", "update"]),
        I::OnUnknown(word) => (word.span, "on unknown", &["create"]),
        I::Batch { span, .. } => (*span, "batch", MANY),
        I::Results { span, .. } => (*span, "results", MANY),
        I::Query(_) | I::Header(_) | I::Good(..) | I::NeverRepeat(_) | I::Idempotent(..) | I::Body(_) | I::Broken(_) => return None,
    })
}

fn ends_pages(item: &I) -> bool {
    matches!(item, I::Ends(tree::Ends::When(_) | tree::Ends::OnEmptyPage(_) | tree::Ends::OnShortPage(_)))
}

const fn role_word(role: &Role) -> &'static str {
    match role {
        Role::List => "list",
        Role::Get => "get",
        Role::Create => "create",
        Role::Update => "update",
        Role::Delete => "delete",
        Role::Find(_) => "find by",
        Role::Named(_) => "call",
    }
}

const fn place_span(place: &tree::Place) -> Span {
    match place {
        tree::Place::Path(path) => path.span,
        tree::Place::Header(words) => words.span,
    }
}

const fn ends_span(ends: &tree::Ends) -> Span {
    match ends {
        tree::Ends::When(condition) => condition.span,
        tree::Ends::OnStatus(_, span) | tree::Ends::OnEmptyPage(span) | tree::Ends::OnShortPage(span) => *span,
    }
}

/// `a`, `b` and `c`
fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
