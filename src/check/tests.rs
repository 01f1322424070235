//! Whole files checked: what is accepted compiles, what is wrong is said where it stands.

#![expect(clippy::disallowed_methods, reason = "fixtures lie in files")]

mod absence;
mod batches;
mod catalogue;
mod covered;
mod desk;
mod doubles;
mod examples;
mod fixes;
mod fixtures;
mod habits;
mod last_pages;
mod lists;
mod mutations;
mod newcomers;
mod old_systems;
mod one_mistake;
mod one_reading;
mod places;
mod plans;
mod raw_json;
mod sizes;
mod sound;
pub(super) mod support;
mod three_valued;
mod unfinished;
mod usual;
mod weak_joins;
mod without_list;
