//! The integrations as they are shipped, as real processes against the vendors' stand-ins.

mod lucca_reward_gateway;
mod refused;
mod sage_people_oomnitza;
mod sage_people_saas;
mod sage_people_soql;
mod wicket_arlo;

use crate::vendors::server::{Request, StandIn, Vendor};

/// The requests that may have changed a record, since it was last asked: sorted lines, without what stands before the place, and
/// without the line breaks of a body.
fn wrote<V: Vendor>(standing: &StandIn<V>, base: &str) -> Vec<String> {
    let body = |body: &str| body.lines().map(str::trim).collect::<String>();
    let line = |one: &Request| format!("{} {} {}", one.method, one.target.strip_prefix(base).unwrap_or(&one.target), body(&one.body));
    let mut lines: Vec<String> = standing.writes().iter().map(line).collect();
    lines.sort();
    standing.forget();
    lines
}

/// The lines of a text that are not empty, sorted.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    lines.sort();
    lines
}
