//! The two systems of the first integration, as their declarations compile.

use super::*;
use crate::{
    check::model::key::Key,
    compile::{
        program::{Name, Program, TemplatePart},
        system::{Attribute, Collection, Http, Parameter},
        texts,
    },
    diagnose::Span,
    value::{Type, format::Codec, path::JsonPath},
};

pub const SECRET: &str = "MARKED-00000000-0000-4000-8000-000000000001";

struct IgnoreEvents;

impl Observer for IgnoreEvents {}

pub fn config(origin: &str) -> ConnectionConfig {
    ConnectionConfig {
        secrets: ["api_key", "token"].map(|name| (name.to_owned(), SECRET.to_owned())).into(),
        origin: Some(origin.to_owned()),
        folder: PathBuf::from("."),
        roots: crate::host::Roots::default(),
        tokens: None,
        now: "2026-03-01T09:00:00Z".parse().unwrap(),
        today: jiff::civil::date(2026, 3, 1),
        observer: Arc::new(IgnoreEvents),
        host: crate::host::Host::real(),
        budgets: crate::systems::Budgets::default(),
        stop: crate::systems::StopSignal::default(),
    }
}

pub fn path(text: &str) -> JsonPath {
    JsonPath::parse(text).unwrap()
}

pub fn text(text: &str) -> Program {
    Program::Constant(Value::text(text))
}

pub fn name(name: Name) -> Program {
    Program::Name(name)
}

pub fn template(parts: impl IntoIterator<Item = Result<Program, &'static str>>) -> Program {
    let part = |part| match part {
        Ok(program) => TemplatePart::Program(program),
        Err(literal) => TemplatePart::Text(crate::value::Text::from(literal)),
    };
    Program::Template(parts.into_iter().map(part).collect())
}

pub fn parameter(name: &str, value: Program) -> Parameter {
    Parameter { name: name.to_owned(), value, when: None }
}

pub fn attribute(name: &str, ty: Type, at: &str) -> Attribute {
    let codec = Codec { required: !ty.optional, ..Codec::natural(ty.kind.clone()) };
    Attribute::new(name, ty, path(at), codec, Span::default())
}

pub fn collection(name: &str, attributes: Vec<Attribute>) -> Collection {
    Collection { key: Key(vec![0]), lists: Some(system::Lists::All), attributes, ..Collection::new(name, Span::default(), Span::default()) }
}

/// Changes a system before it is used.
pub fn but(mut system: System, change: impl FnOnce(&mut Http, &mut Collection)) -> Arc<System> {
    let system::Connection::Http(http) = &mut system.connection else { panic!("an HTTP system") };
    change(http, &mut system.collections[0]);
    Arc::new(system)
}

/// `systems/lucca.sync`, with pages of two.
const LUCCA: &str = r#"
system lucca {
  secret api_key
  http "https://acme.ilucca.net" {
    header "Authorization" = "lucca application={secret.api_key}"
    retry  2 times
    verify GET "/api/v3/users?paging=0,1"
  }
  collection users {
    key   id
    lists all
    list GET "/api/v3/users" {
      query "formerEmployees" = true
      query "orderBy"         = "id,asc"
      query "modifiedAt"      = "since,{since | format("%Y-%m-%dT%H:%M:%S")}"
      query "fields"          = requested.fields + ["collection.count"] | join
      query "paging"          = "{page.offset},{page.size}"
      page  by offset size 2
      items $.data.items
      total $.data.count
    }
    get GET "/api/v3/users/{id}" {
      query "fields" = requested.fields | join
      item  $.data
    }
    update PUT "/api/v3/users/{id}" {
      body = changes
      item $.data
    }
    attributes {
      id              : int read only at $.id
      employee_number : text?         at $.employeeNumber
      email           : text?         at $.mail
      contract_end    : date?         at $.dtContractEnd format "%Y-%m-%dT%H:%M:%S%.f"
      department      : text?         at $.department.name
      badge           : text?         at $.extendedData.e_badge written at $.e_badge
    }
  }
}
"#;

/// `systems/reward_gateway.sync`, with the tag of `systems/scim.sync`.
const SCIM: &str = r#"
system reward_gateway {
  secret token
  http "https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0/" {
    auth  bearer secret.token
    retry 2 times
    error $.detail code $.scimType {
      "uniqueness"   is conflict
      "invalidValue" is invalid
    }
  }
  collection members {
    key   id
    lists all
    list GET "/Users" {
      query "startIndex" = page.offset
      query "count"      = page.size
      page  by offset from 1 size 100
      items $.Resources ?? []
      total $.totalResults
    }
    get GET "/Users/{id}"
    find by external_id GET "/Users" {
      query "filter" = "externalId eq {external_id | json_quoted}"
      items $.Resources ?? []
      total $.totalResults
    }
    create POST "/Users" {
      body = record + { schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"] }
    }
    update PATCH "/Users/{id}" {
      header "If-Match" = version when version is present
      body   = changes | scim_patch
    }
    delete DELETE "/Users/{id}"
    call invite POST "/Users/{id}/invite" {
      body = { to = email }
      idempotent
    }
    attributes {
      id          : text read only  at $.id
      external_id : text            at $.externalId
      email       : text            at $.emails[?@.type == "work"].value
      last_name   : text            at $.name.familyName
      active      : bool            at $.active
      division    : text?           at $["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].department
      birth_date  : date?           at $.birthDate format "%d/%m/%Y"
      version     : text? read only at $.meta.version
      home_email  : text?           at $.emails[?@.type == "home"].value
    }
  }
}
"#;

fn compiled(lines: &str, from: &str) -> System {
    Arc::into_inner(texts::system(lines, from, "id")).expect("nobody else holds it")
}

/// An HR system of chosen fields, hidden totals and a PUT of some members.
pub fn lucca() -> System {
    compiled(LUCCA, "lucca.users")
}

/// A SCIM target that has tags.
pub fn scim() -> System {
    compiled(SCIM, "reward_gateway.members")
}
