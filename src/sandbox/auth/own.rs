//! What one call carries of secrets and tokens in lines of its own.

use super::{Visitor, carries, secret_ones};
use crate::{
    compile::{
        program::{Name, Names},
        system::{Call, Http, Parameter},
    },
    sandbox::{
        answer::Refusal,
        request::{bodies, reverse},
        route::RequestParams,
        scope::Scope,
    },
};

/// The call that a request makes, and what it says of it.
#[derive(Clone, Copy)]
pub struct OwnCall<'a> {
    pub call: &'a Call,
    pub params: &'a RequestParams,
    pub body: &'a [u8],
}

impl OwnCall<'_> {
    /// The lines of `http` that hold for this call: a header of its own takes the place of one of that name, where it is or may be sent.
    pub fn headers_of<'h>(&self, http: &'h Http, scope: &Scope<'_>) -> impl Iterator<Item = &'h Parameter> {
        let may_be_sent = move |own: &Parameter| own.when.as_ref().is_none_or(|when| when.uses(|_| true) || scope.holds(Some(when)));
        let is_own = move |name: &str| self.call.headers.iter().any(|own| own.name.eq_ignore_ascii_case(name) && may_be_sent(own));
        http.headers.iter().filter(move |header| !is_own(&header.name))
    }

    /// Accepts a request that carries what is secret of its call.
    ///
    /// # Errors
    /// 401.
    pub fn admit(&self, visitor: &Visitor<'_>, scope: &Scope<'_>) -> Result<(), Refusal> {
        carries(decided(&self.call.headers), decided(&self.call.queries), visitor, scope)?;
        let known = self.params.values().all(|(name, text)| self.is_known(name, text, scope)) && self.body_is_known(scope);
        if known { Ok(()) } else { Err(Refusal::auth()) }
    }

    /// Whether something of a token is in it.
    pub fn uses_token(&self, scope: &Scope<'_>) -> bool {
        let lines = secret_ones(self.call.queries.iter().chain(&self.call.headers), scope).map(|one| &one.value);
        let body = self.call.body.iter().filter_map(|body| body.value.as_ref());
        lines.chain([&self.call.path]).chain(body).any(|program| program.uses(|name| matches!(name, Name::Token(_))))
    }

    /// A body that is not as declared is refused later, by what is wrong with it.
    fn body_is_known(&self, scope: &Scope<'_>) -> bool {
        let value = self.call.body.as_ref().and_then(|body| body.value.as_ref());
        let Some(value) = value.filter(|value| value.uses(is_secret)) else { return true };
        let taken = bodies::many(self.call, self.body).and_then(|sent| reverse::read(value, &sent));
        let Ok(taken) = taken else { return true };
        let of_each = taken.each.iter().flatten().flat_map(|one| &one.values);
        taken.values.iter().chain(of_each).all(|(name, json)| self.is_known(name, &reverse::text_of(json), scope))
    }

    fn is_known(&self, name: &Name, given: &str, scope: &Scope<'_>) -> bool {
        let made_here = matches!(name, Name::Secret(name) if self.call.secrets.iter().any(|(own, _)| own == name));
        !is_secret(name) || made_here || scope.value(name).ok().and_then(|known| known.to_text().map(|known| known == given)) == Some(true)
    }
}

pub(super) const fn is_secret(name: &Name) -> bool {
    matches!(name, Name::Secret(_) | Name::Token(_))
}

/// The lines that are in every request: a condition on the page, the record or the run is not known here.
fn decided(lines: &[Parameter]) -> impl Iterator<Item = &Parameter> {
    lines.iter().filter(|line| line.when.as_ref().is_none_or(|when| !when.uses(|_| true)))
}
