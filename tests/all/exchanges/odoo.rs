//! Odoo: one address for all calls, and 200 for all answers.

use super::*;
use counterpart::{compile::system::ErrorClass, systems::Effect};

#[test]
fn employees_are_listed_with_those_who_were_archived() {
    let odoo = opened("odoo.employees", "odoo/list");
    let asked = ["id", "name", "email", "number", "department", "active", "left"];
    let (end, employees) = odoo.list("employees", &asked, None);
    odoo.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!((employees.len(), &employees[1]["active"]), (2, &Json::Bool(false)));
}

/// A deleted employee is an empty list, or an exception of that name.
#[test]
fn an_employee_is_read_or_gone() {
    let odoo = opened("odoo.employees", "odoo/get");
    assert!(matches!(odoo.get("employees", Value::Int(1), &["name", "email"]).unwrap(), GetResult::Record(_)));
    assert_eq!(odoo.get("employees", Value::Int(9), &["name", "email"]).unwrap(), GetResult::Gone);
    assert_eq!(odoo.get("employees", Value::Int(10), &["name", "email"]).unwrap(), GetResult::Gone);
    odoo.script.content();
}

/// The bare id of the answer is the key, and `false` clears.
#[test]
fn an_employee_is_created_and_archived() {
    let odoo = opened("odoo.employees", "odoo/write");
    let values = [
        ("name", text("Jeanne Martin")),
        ("email", text("jeanne.martin@example.com")),
        ("number", text("00057")),
        ("active", Value::Bool(true)),
    ];
    assert_eq!(odoo.create("employees", &values).unwrap().id, Some(Value::Int(41)));
    let left = [("number", Value::Null), ("active", Value::Bool(false)), ("left", date(2025, 3, 31))];
    odoo.update("employees", Value::Int(41), &left).unwrap();
    odoo.script.content();
}

#[test]
fn an_exception_in_a_200_was_not_done() {
    let odoo = opened("odoo.employees", "odoo/refused");
    let values = [("name", text("Jeanne Martin")), ("number", text("00057")), ("active", Value::Bool(true))];
    let taken = odoo.create("employees", &values).unwrap_err();
    assert_eq!(
        (taken.class, taken.effect, taken.code.as_deref()),
        (ErrorClass::Invalid, Effect::None, Some("odoo.exceptions.ValidationError"))
    );
    assert!(taken.message.starts_with("The Badge ID must be unique"), "{}", taken.message);
    let denied = odoo.update("employees", Value::Int(41), &[("active", Value::Bool(false))]).unwrap_err();
    assert_eq!((denied.class, denied.effect), (ErrorClass::Auth, Effect::None));
    assert!(denied.message.contains("Access Denied") && denied.message.contains("secret `key`"), "{}", denied.message);
    odoo.script.content();
}
