//! Values of settings that nobody has given, for the sandbox: those that only say where a system is, and who signs in. A stand-in is
//! elsewhere, and takes whatever the same plan sends.

use crate::{
    check::model::{
        Owner, Setting, SettingId,
        expr::{Expr, ExprKind, Part},
        system::{Http, System},
    },
    value::{Kind, Value},
};
use regex_syntax::hir::{Class, Hir, HirKind};

/// The settings of the address and of the sign-in of a system, with values that fit them. One for which none is found has to be given.
pub fn values(system: &System) -> Vec<(SettingId, Value)> {
    let Some(http) = system.http() else { return Vec::new() };
    let mut named = Vec::new();
    for expr in programs(http) {
        expr.walk(&mut |part| {
            if let ExprKind::Setting(id) = &part.kind {
                named.push(id);
            }
        });
    }
    let is_own = |id: &SettingId| id.owner == Owner::System(system.name.clone());
    let of = |id: &SettingId| system.settings.iter().find(|one| !one.secret && one.name == id.name);
    let made = |id: &SettingId| Some((id.clone(), value(of(id)?, begins_with(&http.base, id))?));
    named.into_iter().filter(|id| is_own(id)).filter_map(made).collect()
}

/// What the address and the sign-in are made of.
fn programs(http: &Http) -> Vec<&Expr> {
    let tokens = || http.tokens.iter();
    let ways = http.auth.iter().chain(tokens().flat_map(|token| &token.auth));
    std::iter::once(&http.base).chain(ways.flat_map(|way| way.parts())).chain(tokens().flat_map(|token| token.call.sent())).collect()
}

/// Whether an address begins with the value of a setting, which then has to be one.
fn begins_with(address: &Expr, id: &SettingId) -> bool {
    match &address.kind {
        ExprKind::Setting(one) => one == id,
        ExprKind::Template(parts) => matches!(parts.first(), Some(Part::Expr(first)) if begins_with(first, id)),
        _ => false,
    }
}

fn value(setting: &Setting, is_address: bool) -> Option<Value> {
    let usual = match setting.ty.kind {
        Kind::Text if is_address => vec!["https://sandbox.example.com"],
        Kind::Text => vec!["sandbox", "sandbox.example.com"],
        Kind::Int => return Some(Value::Int(1)).filter(|one| setting.misfit(one).is_none()),
        _ => return None,
    };
    let by_pattern = setting.matches.as_ref().and_then(|pattern| shortest(&regex_syntax::parse(pattern.as_str()).ok()?));
    let mut all = setting.choices.iter().cloned().chain(usual.into_iter().map(Value::text)).chain(by_pattern.map(Value::text));
    all.find(|one| setting.misfit(one).is_none())
}

/// A short text that a pattern matches: of what repeats as little as may be, of alternatives the first. None where none does.
fn shortest(pattern: &Hir) -> Option<String> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(String::new()),
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
        HirKind::Class(Class::Unicode(class)) => {
            let holds = |one: &char| class.iter().any(|range| (range.start()..=range.end()).contains(one));
            let usual = ['0', 'a', 'A'].into_iter().find(holds);
            usual.or_else(|| class.iter().next().map(|range| range.start())).map(String::from)
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Repetition(repeated) => Some(shortest(&repeated.sub)?.repeat(usize::try_from(repeated.min).ok()?)),
        HirKind::Capture(group) => shortest(&group.sub),
        HirKind::Concat(parts) => parts.iter().map(shortest).collect(),
        HirKind::Alternation(branches) => branches.first().and_then(shortest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_made_for_a_pattern() {
        let patterns = [
            r"^[a-z0-9-]+\.(ilucca\.(net|ch)|ilucca-(test|demo)\.net)$",
            r"^https://api\.rewardgateway\.net/[0-9a-f-]{36}/scim/v[0-9.]+/?$",
            r"^[0-9a-f-]{36}$",
            r"^[a-z0-9-]+(\.[a-z0-9-]+)*\.my\.salesforce\.com$",
            r"(?i)^[A-Z]{2}\d+$",
        ];
        for pattern in patterns {
            let text = shortest(&regex_syntax::parse(pattern).unwrap()).unwrap();
            assert!(regex::Regex::new(pattern).unwrap().is_match(&text), "{pattern}: {text}");
        }
    }
}
