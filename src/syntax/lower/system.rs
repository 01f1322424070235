//! Systems: settings, connections, sign-in, errors.

use super::{Lower, all, child, has};
use crate::{
    syntax::{
        faults,
        grammar::{Pair, Rule},
        tree::{
            Auth, AuthKind, CallItem, Choices, ErrorShape, Expr, Http, HttpItem, Ident, LimitTime, Line, Outcome, Role, Setting,
            SettingDefault, System, SystemItem, TokenCall, TokenItem, TypeName, Words,
        },
    },
    value::{Kind, Type},
};

/// The clauses that a setting has once at most, as the user knows them.
const SETTING_CLAUSES: [(Rule, &str); 5] = [
    (Rule::attribute_of, "attribute of"),
    (Rule::one_of_choices, "one of"),
    (Rule::matches_clause, "matches"),
    (Rule::default_clause, "="),
    (Rule::as_words, "as"),
];

impl Lower<'_> {
    pub(super) fn setting(&mut self, pair: &Pair<'_>) -> Setting {
        for (rule, word) in SETTING_CLAUSES {
            self.once(pair, rule, word);
        }
        Setting {
            name: self.name(pair),
            secret: false,
            ty: self.type_name(pair),
            attribute_of: child(pair, Rule::attribute_of).and_then(|clause| self.maybe_collection_name(&clause)),
            choices: child(pair, Rule::one_of_choices).map(|clause| self.choices(&clause)),
            matches: child(pair, Rule::matches_clause).map(|clause| self.pattern(&clause)),
            default: child(pair, Rule::default_clause).map(|clause| self.setting_default(&clause)),
            words: self.as_words(pair),
            span: self.span(pair),
        }
    }

    /// Refuses a clause that is said a second time.
    pub(super) fn once(&mut self, pair: &Pair<'_>, rule: Rule, word: &str) {
        if let Some(second) = all(pair, rule).nth(1) {
            self.faults.push(faults::said_twice(self.span(&second), word));
        }
    }

    pub(super) fn secret(&mut self, pair: &Pair<'_>) -> Setting {
        let ty = Type { kind: Kind::Text, optional: has(pair, Rule::p_optional) };
        let name = self.name(pair);
        Setting {
            secret: true,
            ty: TypeName { ty, span: name.span },
            attribute_of: None,
            choices: None,
            matches: None,
            default: None,
            words: self.as_words(pair),
            span: self.span(pair),
            name,
        }
    }

    fn choices(&mut self, clause: &Pair<'_>) -> Choices {
        if let Some(collection) = self.maybe_collection_name(clause) {
            return Choices::Collection(collection);
        }
        let items: Vec<Pair<'_>> = child(clause, Rule::choice_list).map(|list| all(&list, Rule::choice_item).collect()).unwrap_or_default();
        Choices::Values(items.iter().map(|item| (self.value(item), self.as_words(item))).collect())
    }

    fn setting_default(&mut self, clause: &Pair<'_>) -> SettingDefault {
        match child(clause, Rule::schedule_words) {
            Some(words) => SettingDefault::Schedule(self.schedule_words(&words)),
            None => SettingDefault::Value(self.value(clause)),
        }
    }

    pub(super) fn system(&mut self, pair: &Pair<'_>) -> System {
        let items = child(pair, Rule::system_block).map(|block| self.each(&block, Self::system_item)).unwrap_or_default();
        System { name: self.name(pair), items, span: self.span(pair) }
    }

    fn system_item(&mut self, pair: &Pair<'_>) -> Option<SystemItem> {
        Some(match pair.as_rule() {
            Rule::title_stmt => SystemItem::Title(self.words(pair)),
            Rule::setting_item => SystemItem::Setting(self.setting(pair)),
            Rule::secret_item => SystemItem::Setting(self.secret(pair)),
            Rule::http_stmt => SystemItem::Http(self.http(pair)),
            Rule::connect_stmt => SystemItem::Connect { address: self.value(pair), span: self.span(pair) },
            Rule::collection_stmt => SystemItem::Collection(self.collection(pair)),
            _ => SystemItem::Broken(self.broken(pair)),
        })
    }

    fn http(&mut self, pair: &Pair<'_>) -> Http {
        let items = child(pair, Rule::http_block).map(|block| self.each(&block, Self::http_item)).unwrap_or_default();
        Http { base: self.value(pair), items, span: self.span(pair) }
    }

    fn http_item(&mut self, pair: &Pair<'_>) -> Option<HttpItem> {
        Some(match pair.as_rule() {
            Rule::auth_stmt => HttpItem::Auth(self.auth(pair)?),
            Rule::token_stmt => HttpItem::Token(self.token(pair)),
            Rule::header_stmt | Rule::query_stmt => self.http_line(pair),
            Rule::format_stmt => HttpItem::Format(self.name(pair)),
            Rule::verify_stmt => HttpItem::Verify(self.call_of(pair, Role::Verify)),
            Rule::limit_stmt => self.limit(pair),
            Rule::retry_stmt => HttpItem::Retry { times: self.number(pair), span: self.span(pair) },
            Rule::error_stmt => HttpItem::Error(self.error_shape(pair)),
            Rule::outcome_stmt => HttpItem::Outcome(self.outcome(pair)),
            Rule::call_body => match child(pair, Rule::body_made) {
                Some(made) => HttpItem::Body(self.body(&made)?),
                None => HttpItem::Broken(self.broken(pair)),
            },
            Rule::missing_stmt => HttpItem::MissingAs(self.missing_as(pair)),
            Rule::call_items | Rule::call_item | Rule::call_total | Rule::call_page => HttpItem::Line(self.call_item(pair)?),
            _ => HttpItem::Broken(self.broken(pair)),
        })
    }

    /// What pages fill goes out with the lists alone.
    fn http_line(&mut self, pair: &Pair<'_>) -> HttpItem {
        let line = self.line(pair);
        match (pair.as_rule(), line.names_a_page()) {
            (Rule::header_stmt, false) => HttpItem::Header(line),
            (Rule::header_stmt, true) => HttpItem::Line(CallItem::Header(line)),
            (_, false) => HttpItem::Query(line),
            (_, true) => HttpItem::Line(CallItem::Query(line)),
        }
    }

    pub(super) fn line(&mut self, pair: &Pair<'_>) -> Line {
        let name = self.words(pair);
        let value = child(pair, Rule::expr_full).map(|value| self.expr(&value));
        Line {
            name,
            value: value.unwrap_or_else(|| self.value(pair)),
            when: self.value_under(pair, Rule::when_clause),
            span: self.span(pair),
        }
    }

    fn limit(&mut self, pair: &Pair<'_>) -> HttpItem {
        HttpItem::Limit {
            amount: self.number(pair),
            per: match child(pair, Rule::limit_unit).filter(|unit| has(unit, Rule::duration_lit)) {
                Some(time) => LimitTime::Duration(self.duration(&time)),
                None => LimitTime::Unit(self.word(pair, Rule::limit_unit)),
            },
            concurrent: child(pair, Rule::concurrent_clause).map(|clause| self.number(&clause)),
            span: self.span(pair),
        }
    }

    fn auth(&mut self, pair: &Pair<'_>) -> Option<Auth> {
        let inner = pair.clone().into_inner().nth(1)?;
        let kind = match inner.as_rule() {
            Rule::auth_basic => {
                let [user, password] = self.two(&inner);
                AuthKind::Basic { user, password }
            }
            Rule::auth_bearer => AuthKind::Bearer { token: self.value(&inner) },
            _ => {
                let [cert, key] = self.two(&inner);
                AuthKind::Certificate { cert, key }
            }
        };
        Some(Auth { kind, when: self.value_under(&inner, Rule::when_clause), span: self.span(pair) })
    }

    fn two(&mut self, pair: &Pair<'_>) -> [Expr; 2] {
        let mut values = self.values(pair).into_iter();
        let mut next = || values.next();
        let (left, right) = (next(), next());
        [left.unwrap_or_else(|| self.value(pair)), right.unwrap_or_else(|| self.value(pair))]
    }

    fn token(&mut self, pair: &Pair<'_>) -> TokenCall {
        TokenCall {
            method: self.word(pair, Rule::http_method),
            address: self.template(pair),
            when: self.value_under(pair, Rule::when_clause),
            items: child(pair, Rule::token_block).map(|block| self.each(&block, Self::token_item)).unwrap_or_default(),
            span: self.span(pair),
        }
    }

    fn token_item(&mut self, pair: &Pair<'_>) -> Option<TokenItem> {
        Some(match pair.as_rule() {
            Rule::auth_stmt => TokenItem::Auth(self.auth(pair)?),
            Rule::header_stmt => TokenItem::Header(self.line(pair)),
            Rule::query_stmt => TokenItem::Query(self.line(pair)),
            Rule::token_lasts => TokenItem::Lasts(self.value(pair)),
            Rule::error_stmt => TokenItem::Error(self.error_shape(pair)),
            Rule::outcome_stmt => TokenItem::Outcome(self.outcome(pair)),
            Rule::call_body => TokenItem::Body(self.body(&child(pair, Rule::body_made)?)?),
            _ => TokenItem::Broken(self.broken(pair)),
        })
    }

    pub(super) fn outcome(&mut self, pair: &Pair<'_>) -> Outcome {
        let when = self.value_under(pair, Rule::when_clause).unwrap_or_else(|| self.value(pair));
        let outcome = self.word(pair, Rule::outcome_word);
        let text = outcome.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Outcome { outcome: Ident { text, ..outcome }, when, span: self.span(pair) }
    }

    pub(super) fn error_shape(&mut self, pair: &Pair<'_>) -> ErrorShape {
        let code = child(pair, Rule::error_code);
        let block = child(pair, Rule::error_block);
        ErrorShape {
            message: self.maybe_value(pair),
            code: code.and_then(|code| self.maybe_value(&code)),
            when: self.value_under(pair, Rule::when_clause),
            table: block.as_ref().filter(|block| child(block, Rule::line_junk).is_none()).map(|block| self.span(block)),
            classes: block.map(|block| self.each(&block, Self::error_line)).unwrap_or_default(),
            span: self.span(pair),
        }
    }

    fn error_line(&mut self, pair: &Pair<'_>) -> Option<(Vec<Words>, Ident)> {
        let class = child(pair, Rule::error_class)?;
        Some((all(pair, Rule::text_lit).map(|code| self.words_of(&code)).collect(), self.ident(&class)))
    }
}
