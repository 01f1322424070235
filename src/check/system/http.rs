//! `http BASE { … }`

use crate::check::{
    environment::Environment,
    model::{
        Setting,
        expr::Expr,
        request::{Grant, OAuth2},
        rules::Rules,
        system::{Auth, AuthKind, Call, Connection, Http, Later, Parameter},
        wire::{Limit, Method, WireFormat},
    },
    suggest::suggest,
    system::{lines, rules::RuleLine},
    types::{OuterLines, Place, SystemPlace, Typing, a_kind},
};
use crate::{
    diagnose::Diagnostic,
    syntax::tree::{self, HttpFormat, HttpItem, Ident, LimitUnit},
    value::Kind,
};
use std::{cell::RefCell, sync::Arc};

/// How often a request is sent again, if `retry` does not say.
const RETRIES: u32 = 6;

impl Environment<'_> {
    pub fn http(&self, written: &tree::Http, system: &str, settings: &[Setting], later: &RefCell<Vec<Later>>) -> Connection {
        let tokens = signs_in_by_oauth(written);
        let place = SystemPlace { secrets: true, tokens, ..SystemPlace::new(system, settings, later) };
        let typing = Typing::new(self, Place::System(place));
        let base = Typing::new(self, Place::System(SystemPlace { secrets: false, ..place })).of_kind(
            &written.base,
            &Kind::Text,
            "the base address",
        );
        self.base_is_an_address(&base);
        let mut http = Http {
            base,
            auth: Vec::new(),
            headers: Vec::new(),
            queries: Vec::new(),
            format: WireFormat::Json,
            verify: None,
            limit: None,
            retries: RETRIES,
            rules: Arc::new(self.rules(written.items.iter().filter_map(rule_line), &place)),
        };
        written.items.iter().for_each(|item| self.http_item(&mut http, item, &typing));
        http.verify = self.verify(written, &http.rules, &place);
        Connection::Http(Box::new(http))
    }

    fn base_is_an_address(&self, base: &Expr) {
        let Some(text) = base.as_constant().and_then(|value| value.as_text()) else { return };
        if !text.starts_with("http://") && !text.starts_with("https://") {
            self.report.error_help("E0518", base.span, format!("`{text}` is not a web address"), "it begins with `https://`");
        }
    }

    fn http_item(&self, http: &mut Http, item: &HttpItem, typing: &Typing<'_>) {
        match item {
            HttpItem::Auth(auth) => http.auth.extend(self.auth(auth, typing)),
            HttpItem::Header(line) => http.headers.extend(self.parameter(line, typing)),
            HttpItem::Query(line) => http.queries.extend(self.parameter(line, typing)),
            HttpItem::Format(name) => http.format = self.wire_format(name),
            HttpItem::Limit { amount, per, concurrent, span } => http.limit = self.limit(*amount, per, *concurrent, *span),
            HttpItem::Retry { times, .. } => http.retries = u32::try_from(*times).unwrap_or(u32::MAX),
            HttpItem::Error(_)
            | HttpItem::Outcome(_)
            | HttpItem::Body(_)
            | HttpItem::MissingAs(_)
            | HttpItem::Line(_)
            | HttpItem::Verify(_)
            | HttpItem::Broken(_) => {}
        }
    }

    /// `verify METHOD "PATH" { … }`: a call like any other, of no record.
    fn verify(&self, written: &tree::Http, rules: &Rules<Expr>, place: &SystemPlace<'_>) -> Option<Call> {
        let call = written.items.iter().find_map(|item| if let HttpItem::Verify(call) = item { Some(call) } else { None })?;
        let lines = lines::in_http(written).collect::<Vec<_>>();
        let lines = OuterLines { collection: &[], http: &lines };
        let place = SystemPlace { rules: Some(rules), envelope: super::envelope(written), lines, ..*place };
        Some(self.one_call(call, &place, &[]))
    }

    fn auth(&self, written: &tree::Auth, typing: &Typing<'_>) -> Option<Auth> {
        let when = written.when.as_ref().map(|when| typing.condition(when));
        let text = |expr: &tree::Expr| typing.of_kind(expr, &Kind::Text, "`auth`");
        let kind = match &written.kind {
            tree::AuthKind::Basic { user, password } => AuthKind::Basic { user: text(user), password: text(password) },
            tree::AuthKind::Bearer { token } => AuthKind::Bearer { token: text(token) },
            tree::AuthKind::OAuth2 { grant, items } => AuthKind::OAuth2(Box::new(self.oauth(grant, items, written.span, typing)?)),
        };
        Some(Auth { when, kind })
    }

    fn oauth(&self, grant: &Ident, items: &[tree::OAuthItem], span: crate::diagnose::Span, typing: &Typing<'_>) -> Option<OAuth2<Expr>> {
        use tree::OAuthItem as O;
        let known = Grant::parse(&grant.text);
        if known.is_none() {
            self.no_such_word("grant", grant, Grant::NAMES);
        }
        let text = |expr: &tree::Expr| typing.of_kind(expr, &Kind::Text, "`auth oauth2`");
        let mut token = None;
        let mut oauth = OAuth2 {
            grant: known?,
            token: Expr::broken(span),
            client: None,
            user: None,
            scope: None,
            refresh: None,
            key: None,
            claims: Vec::new(),
        };
        for item in items {
            match item {
                O::Token(one) => token = Some(text(one)),
                O::Client(id, secret) => oauth.client = Some((text(id), text(secret))),
                O::User(name, password) => oauth.user = Some((text(name), text(password))),
                O::Scope(one) => oauth.scope = Some(text(one)),
                O::Refresh(one) => oauth.refresh = Some(text(one)),
                O::Key(one) => oauth.key = Some(text(one)),
                O::Claims(claims) => oauth.claims = claims_of(claims, typing),
            }
        }
        for what in (token.is_none()).then_some("token").into_iter().chain(lacking(&oauth)) {
            let message = format!("the grant `{}` needs a line `{what}`", grant.text);
            self.report.error_help("E0520", grant.span, message, format!("add it to the block: `{what} …`"));
        }
        oauth.token = token?;
        Some(oauth)
    }

    fn wire_format(&self, name: &Ident) -> WireFormat {
        match HttpFormat::parse(&name.text) {
            Some(HttpFormat::Json) => WireFormat::Json,
            Some(HttpFormat::JsonApi) => WireFormat::JsonApi,
            Some(HttpFormat::Xml) => WireFormat::Xml,
            Some(HttpFormat::Csv) => WireFormat::Csv,
            Some(HttpFormat::JsonLines) => WireFormat::JsonLines,
            None => {
                self.no_such_word("format", name, HttpFormat::NAMES);
                WireFormat::Json
            }
        }
    }

    /// Reports a word that is not among those that the place allows.
    pub fn no_such_word(&self, what: &str, word: &Ident, there_is: &[&str]) {
        let diagnostic = Diagnostic::error("E0213", word.span, format!("there is no {what} `{}`", word.text));
        self.report.say(suggest(diagnostic, &word.text, word.span, there_is.iter().copied()));
    }

    pub fn method(&self, written: &Ident) -> Method {
        Method::parse(&written.text).unwrap_or_else(|| {
            self.no_such_word("method", written, Method::NAMES);
            Method::Post
        })
    }

    /// The path of a call: a text that begins with `/`.
    pub fn call_path(&self, written: &tree::Template, typing: &Typing<'_>) -> Expr {
        if let Some(tree::TemplatePart::Text(text)) = written.parts.first()
            && !text.starts_with('/')
        {
            self.report.error_help(
                "E0518",
                written.span,
                "the path of a call begins with `/`",
                "it is added to the base address of the system",
            );
        }
        typing.expr(&tree::Expr { kind: tree::ExprKind::Text(written.clone()), span: written.span })
    }

    /// `header` or `query`
    pub fn parameter(&self, written: &tree::Line, typing: &Typing<'_>) -> Option<Parameter> {
        let when = written.when.as_ref().map(|when| typing.condition(when));
        let value = typing.expr(&written.value);
        if matches!(value.ty.kind, Kind::List(_) | Kind::Json | Kind::Schedule) && !value.is_broken() {
            let message = format!("`{}` is sent as a text, and this is {}", written.name.text, a_kind(&value.ty.kind));
            self.report.error_help("E0303", value.span, message, "join a list with `| join`");
        }
        (!value.is_broken()).then(|| Parameter { name: written.name.text.clone(), value, when })
    }

    fn limit(&self, amount: u64, per: &tree::LimitTime, concurrent: Option<u64>, span: crate::diagnose::Span) -> Option<Limit> {
        let per_seconds = self.limit_seconds(per)?;
        if amount == 0 || per_seconds == 0 || concurrent == Some(0) {
            self.report.error_help(
                "E0514",
                span,
                "a limit of 0 would never send anything",
                "write what the vendor allows, or leave `limit` out",
            );
        }
        Some(Limit { amount, per_seconds, concurrent })
    }

    fn limit_seconds(&self, per: &tree::LimitTime) -> Option<u64> {
        let unit = match per {
            tree::LimitTime::Duration(time) => return u64::try_from(time.seconds()).ok(),
            tree::LimitTime::Unit(unit) => unit,
        };
        let Some(unit) = LimitUnit::parse(&unit.text) else {
            self.no_such_word("length of time", unit, LimitUnit::NAMES);
            return None;
        };
        Some(match unit {
            LimitUnit::S => 1,
            LimitUnit::Min => 60,
            LimitUnit::H => 3_600,
            LimitUnit::Day => 86_400,
        })
    }
}

/// What a line of `http` says about answers, if it does.
fn rule_line(item: &HttpItem) -> Option<RuleLine<'_>> {
    match item {
        HttpItem::Error(shape) => Some(RuleLine::Error(shape)),
        HttpItem::Outcome(outcome) => Some(RuleLine::Outcome(outcome)),
        _ => None,
    }
}

fn claims_of(claims: &[(Ident, tree::Expr)], typing: &Typing<'_>) -> Vec<(String, Expr)> {
    typing.env.no_doubles("the claim", claims.iter().map(|(name, _)| (name.text.as_str(), name.span)));
    claims.iter().map(|(name, claim)| (name.text.clone(), typing.expr(claim))).collect()
}

pub(crate) fn signs_in_by_oauth(http: &tree::Http) -> bool {
    http.items.iter().any(|item| matches!(item, HttpItem::Auth(tree::Auth { kind: tree::AuthKind::OAuth2 { .. }, .. })))
}

/// The lines that a grant needs and that are not there.
fn lacking(oauth: &OAuth2<Expr>) -> impl Iterator<Item = &'static str> {
    let client = ("client", oauth.client.is_some());
    let needed = match oauth.grant {
        Grant::ClientCredentials => vec![client],
        Grant::Password => vec![client, ("user", oauth.user.is_some())],
        Grant::RefreshToken => vec![client, ("refresh", oauth.refresh.is_some())],
        Grant::JwtBearer => vec![("key", oauth.key.is_some()), ("claims", !oauth.claims.is_empty())],
    };
    needed.into_iter().filter(|(_, there)| !there).map(|(what, _)| what)
}
