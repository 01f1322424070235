//! stub
use crate::plan::Plan;
pub fn day(plan: &Plan, now: jiff::Timestamp) -> jiff::civil::Date { let zone = plan.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC); now.to_zoned(zone).date() }
