//! What a write carries of its record: the attributes whose values reach the system by it.

use super::{
    expr::{Expr, ExprKind, all_names},
    request::Call,
    system::Attribute,
};

/// What a write has of its record, by the lines that are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Its body holds `record` or `changes`, or it has none and sends them.
    pub record: bool,
    /// The attributes that its body names.
    body: Vec<usize>,
    /// Those that its address, queries and headers name.
    address: Vec<usize>,
}

impl Carried {
    /// By what a checked call sends.
    #[must_use]
    pub fn by(call: &Call<Expr>) -> Self {
        let body = call.body.as_ref().and_then(|body| body.value.as_ref());
        let in_body = body.into_iter().chain(call.secrets.iter().map(|(_, value)| value));
        let parameters = call.queries.iter().chain(&call.headers).map(|one| &one.value);
        let whole = |value: &Expr| value.any(&|part| matches!(part.kind, ExprKind::Sent | ExprKind::Changes));
        Self {
            record: body.is_none_or(whole),
            body: in_body.flat_map(all_names).map(|(at, _)| at).collect(),
            address: std::iter::once(&call.path).chain(parameters).flat_map(all_names).map(|(at, _)| at).collect(),
        }
    }

    /// Whether a line of the call names this attribute.
    #[must_use]
    pub fn names(&self, at: usize) -> bool {
        self.body.contains(&at) || self.address.contains(&at)
    }

    /// Whether a write brings a value of this attribute to the system. What is there is addressed by the values that it has now, so
    /// only the body of an update has new ones.
    #[must_use]
    pub fn writes<C>(&self, at: usize, attribute: &Attribute<C>, new: bool) -> bool {
        self.record && attribute.is_in_body() || self.body.contains(&at) || new && self.address.contains(&at)
    }
}
