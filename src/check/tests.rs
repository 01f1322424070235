//! Whole files checked: what is accepted compiles, what is wrong is said where it stands.

mod fixtures;
mod support;

use crate::plan::Plan;
use support::{plan_of, repository};

fn names(plan: &Plan) -> (Vec<&str>, Vec<&str>) {
    let names = |side: &'static str| if side == "source" { &plan.source } else { &plan.target };
    let of = |side| names(side).slots.iter().map(|slot| slot.name.as_str()).collect();
    (of("source"), of("target"))
}

#[test]
fn the_lucca_pipeline_compiles_and_reads_no_more_than_it_uses() {
    let plan = plan_of(&repository("pipelines/lucca_to_reward_gateway.sync"), "lucca_to_reward_gateway");
    let (source, target) = names(&plan);
    assert_eq!(
        source,
        [
            "id",
            "employee_number",
            "display_name",
            "email",
            "first_name",
            "last_name",
            "contract_start",
            "contract_end",
            "birth_date",
            "department"
        ]
    );
    assert_eq!(target, ["id", "external_id", "user_name", "email", "first_name", "last_name", "active", "division", "birth_date"]);
    assert_eq!(plan.schedule.as_deref(), Some("daily at 02:00"));
    assert_eq!(plan.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["external_id", "email and last_name"]);
    assert!(plan.uses_today && plan.leavers[0].conditions[0].due.is_some());
}

#[test]
fn the_quickstart_pipeline_compiles() {
    let plan = plan_of(&repository("pipelines/quickstart.sync"), "quickstart");
    assert_eq!((plan.source.name().as_str(), plan.target.name().as_str()), ("files.people", "files.accounts"));
    assert!(plan.settings.is_empty() && plan.id == format!("p-{}", &plan.hash[..8]));
}
