//! What the statements of a pipeline ask of each record, once they are checked.

use crate::{
    check::model::{
        expr::Expr,
        pipeline::{Action, Guard, Leaver, MapCall, Mapping, ModeChoice, OnePerKey, Rule, Scope},
    },
    diagnose::Span,
};

/// What a pipeline asks of each record.
pub(crate) struct Judged {
    /// With its text and its place.
    pub key: (Expr, super::KeyText, Span),
    pub scope: Vec<Scope>,
    pub rules: Vec<Rule>,
    pub mode: Option<ModeChoice>,
    pub map: Vec<Mapping>,
    pub map_calls: Vec<MapCall>,
    pub leavers: Vec<Leaver>,
    pub on_closed_by_hand: Option<Vec<Action>>,
    pub one_per_key: Option<OnePerKey>,
    /// And whether they hold leavers alone.
    pub guards: (Vec<Guard>, bool),
}

/// What a pipeline has been found to say.
pub(crate) struct Said<'a> {
    pub key: &'a Expr,
    pub scope: &'a [Scope],
    pub rules: &'a [Rule],
    pub leavers: &'a [Leaver],
    pub map: &'a [Mapping],
    pub calls: &'a [MapCall],
}
