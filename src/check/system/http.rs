//! `http BASE { … }`

use crate::check::{
    environment::Environment,
    model::{
        Setting,
        expr::{Expr, ExprKind},
        rules::Rules,
        system::{Auth, AuthKind, Call, Connection, Http, Later, Parameter},
        wire::{Limit, WireFormat},
    },
    suggest::suggest,
    system::{lines, rules::RuleLine},
    types::{OuterLines, Place, SystemPlace, Typing, a_kind},
};
use crate::{
    diagnose::Diagnostic,
    host,
    syntax::tree::{self, HttpFormat, HttpItem, Ident, LimitUnit},
    value::{Kind, Value},
};
use std::{cell::RefCell, sync::Arc};
use url::Url;

/// How often a request is sent again, if `retry` does not say.
const RETRIES: u32 = 6;

impl Environment<'_> {
    pub fn http(&self, written: &tree::Http, system: &str, settings: &[Setting], later: &RefCell<Vec<Later>>) -> Connection {
        let tokens = has_token_call(written);
        let place = SystemPlace { secrets: true, tokens, ..SystemPlace::new(system, settings, later) };
        let typing = Typing::new(self, Place::System(place));
        let base = Typing::new(self, Place::System(SystemPlace { secrets: false, ..place })).of_kind(
            &written.base,
            &Kind::Text,
            "the base address",
        );
        self.is_web_address(&base);
        let mut http = Http {
            base,
            auth: Vec::new(),
            tokens: Vec::new(),
            headers: Vec::new(),
            queries: Vec::new(),
            format: WireFormat::Json,
            verify: None,
            limit: None,
            retries: RETRIES,
            rules: Arc::new(self.outer_rules(written.items.iter().filter_map(rule_line), &place)),
        };
        written.items.iter().for_each(|item| self.http_item(&mut http, item, &typing));
        self.headers_have_effect(&http.headers, written.span);
        http.verify = self.verify(written, &http.rules, &place);
        http.tokens = self.token_calls(written, &place, &http.base, &http.rules);
        self.certificates_are_asked_for(&http.auth, &http.base);
        let shows_certificate = http.auth.iter().any(|auth| matches!(auth.kind, AuthKind::Certificate { .. }));
        if !shows_certificate && (tokens || settings.iter().any(|setting| setting.secret)) {
            self.is_private(&http.base);
        }
        Connection::Http(Box::new(http))
    }

    pub(crate) fn is_web_address(&self, base: &Expr) {
        let Some(text) = base.as_constant().and_then(|value| value.as_text()) else { return };
        if !text.starts_with("http://") && !text.starts_with("https://") {
            self.report.error_help("E0518", base.span, format!("`{text}` is not a web address"), "it begins with `https://`");
        }
    }

    /// Credentials are only sent where nobody can read along.
    pub(super) fn is_private(&self, address: &Expr) {
        let url = address.as_constant().and_then(|value| value.as_text()).and_then(|text| Url::parse(text).ok());
        let Some(url) = url.filter(|url| url.scheme() == "http" && !host::is_private(url)) else { return };
        let message = format!("the secrets of this system would be sent to `{}` in clear text", url.host_str().unwrap_or_default());
        self.report.error_help("E0712", address.span, message, "begin the address with `https://`");
    }

    /// Refuses a secret that is written down: such as `auth bearer "ghp_abc123"`.
    pub(crate) fn no_literal(&self, value: &Expr) {
        if let Some(literal) = literal_in(value) {
            let help = "declare `secret token` in the system, and write `secret.token` here; `counterpart.toml` says where it is kept";
            self.report.error_help("E0708", literal.span, "a secret is never written in a file", help);
        }
    }

    /// Refuses secrets that are written down in the body of a token call, by the names of its members.
    pub(super) fn no_literals_in(&self, body: &Expr) {
        let ExprKind::Record(members) = &body.kind else { return };
        for (name, value) in members {
            if is_credential(name) {
                self.no_literal(value);
            }
            self.no_literals_in(value);
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
            HttpItem::Token(_)
            | HttpItem::Error(_)
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

    pub(crate) fn auth(&self, written: &tree::Auth, typing: &Typing<'_>) -> Option<Auth> {
        let when = written.when.as_ref().map(|when| typing.condition(when));
        let text = |expr: &tree::Expr| typing.of_kind(expr, &Kind::Text, "`auth`");
        self.scheme_is_written_once(&written.kind);
        let kind = match &written.kind {
            tree::AuthKind::Basic { user, password } => {
                let (user, password) = (text(user), text(password));
                // Many services take their key as the user, and any word as the password.
                if !names_credentials(&user) {
                    self.no_literal(&password);
                }
                AuthKind::Basic { user, password }
            }
            tree::AuthKind::Bearer { token } => {
                let token = text(token);
                self.no_literal(&token);
                AuthKind::Bearer { token }
            }
            tree::AuthKind::Certificate { cert, key } => {
                let (cert, key) = (text(cert), text(key));
                // The certificate itself is shown to everybody.
                self.no_literal(&key);
                AuthKind::Certificate { cert, key }
            }
        };
        Some(Auth { when, kind })
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
        let path = typing.expr(&tree::Expr { kind: tree::ExprKind::Text(written.clone()), span: written.span });
        if path.any(&|part| matches!(&part.kind, ExprKind::Apply { function, .. } if function.0.name == "random_text")) {
            let message = "a random text differs in each repeat, so this address would be another each time";
            return typing.not_here(written.span, message, "send it in the body or a header, or name an attribute that a pipeline writes");
        }
        path
    }

    /// `header` or `query`
    pub fn parameter(&self, written: &tree::Line, typing: &Typing<'_>) -> Option<Parameter> {
        let when = written.when.as_ref().map(|when| typing.condition(when));
        let value = typing.expr(&written.value);
        if matches!(value.ty.kind, Kind::List(_) | Kind::Json | Kind::Schedule) && !value.is_broken() {
            let message = format!("`{}` is sent as a text, and this is {}", written.name.text, a_kind(&value.ty.kind));
            self.report.error_help("E0303", value.span, message, "join a list with `| join`");
        }
        if is_credential(&written.name.text) {
            self.no_literal(&value);
        }
        (!value.is_broken()).then(|| Parameter { name: written.name.text.clone(), value, when })
    }

    fn limit(&self, amount: u64, per: &tree::LimitTime, concurrent: Option<u64>, span: crate::diagnose::Span) -> Option<Limit> {
        let per_seconds = self.limit_seconds(per)?;
        if self.report.has_error_in(span) {
            return None;
        }
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

/// How the names of headers, queries and members end that carry nothing but credentials, without case, `-` and `_`.
const CREDENTIALS: [&str; 14] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "secretkey",
    "subscriptionkey",
    "assertion",
];

/// The tokens that are no credentials: places in a list, and those by which a page asks for one of its own.
const PLAIN_TOKENS: [&str; 8] =
    ["pagetoken", "nexttoken", "continuationtoken", "paginationtoken", "synctoken", "skiptoken", "csrftoken", "xsrftoken"];

/// Whether a header, a query or a member of this name carries a credential.
fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
    CREDENTIALS.iter().any(|end| name.ends_with(end)) && !PLAIN_TOKENS.iter().any(|end| name.ends_with(end))
}

/// A text that is written down as a value, or as what stands in for it.
fn literal_in(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Constant(Value::Text(text)) if text.trim().len() > 1 => Some(value),
        ExprKind::Default(value, other) => literal_in(value).or_else(|| literal_in(other)),
        ExprKind::If(_, value, other) => literal_in(value).or_else(|| other.as_deref().and_then(literal_in)),
        ExprKind::Apply { value, .. } => literal_in(value),
        _ => None,
    }
}

/// Whether a value is made of secrets or of what the token call gave.
fn names_credentials(value: &Expr) -> bool {
    value.any(&|part| matches!(part.kind, ExprKind::Secret(_) | ExprKind::Token(_)))
}

/// What a line of `http` says about answers, if it does.
fn rule_line(item: &HttpItem) -> Option<RuleLine<'_>> {
    match item {
        HttpItem::Error(shape) => Some(RuleLine::Error(shape)),
        HttpItem::Outcome(outcome) => Some(RuleLine::Outcome(outcome)),
        _ => None,
    }
}

/// Whether a token call is declared, whose answer `token` is.
pub(crate) fn has_token_call(http: &tree::Http) -> bool {
    http.items.iter().any(|item| matches!(item, HttpItem::Token(_)))
}
