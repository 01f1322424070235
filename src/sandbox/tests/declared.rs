//! Two systems: one of chosen fields, hidden totals and partial PUTs, one that speaks SCIM.

use crate::compile::{system::System, texts};
use jiff::civil::Date;
use std::sync::Arc;

pub const TODAY: Date = jiff::civil::date(2026, 3, 1);
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const HR: &str = r#"
system hr {
  secret api_key
  http "https://acme.example.com" {
    header "Authorization" = "lucca application={secret.api_key}"
    limit  40 per min
  }
  collection users {
    key   id
    lists all
    list GET "/api/v3/users" {
      query "fields" = requested.fields + ["collection.count"] | join
      query "paging" = "{page.offset},{page.size}"
      page  by offset size 3
      items $.data.items
      total $.data.count
    }
    get GET "/api/v3/users/{id}" {
      item $.data
    }
    update PUT "/api/v3/users/{id}" {
      body = changes
      item $.data
    }
    attributes {
      id         : int read only   at $.id
      mail       : text?           at $.mail
      department : text? read only at $.department.name
      badge      : text?           at $.extendedData.e_badge written at $.e_badge
    }
  }
}
"#;

const SCIM: &str = r#"
system scim {
  secret token
  http "https://api.example.com/1111/scim/v2.0/" {
    auth   bearer secret.token
    limit  40 per min
    error $.detail code $.scimType {
      "uniqueness"                 is conflict
      "invalidValue", "mutability" is invalid
    }
  }
  collection members {
    key   id
    lists all
    list GET "/Users" {
      query "startIndex" = page.offset
      query "count"      = page.size
      page  by offset from 1 size 100
      items $.Resources
      total $.totalResults
    }
    get GET "/Users/{id}"
    find by external_id GET "/Users" {
      query "filter" = "externalId eq {external_id | json_quoted}"
      items $.Resources
      total $.totalResults
    }
    find by email GET "/Users" {
      query "filter" = "emails.value eq {email | json_quoted}"
      items $.Resources
      total $.totalResults
    }
    create POST "/Users"
    update PATCH "/Users/{id}" {
      header "If-Match" = version when version is present
      body   = changes | scim_patch
    }
    delete DELETE "/Users/{id}"
    attributes {
      id          : text read only            at $.id
      external_id : text unique               at $.externalId
      email       : text unique ignoring case at $.emails[?@.type == "work"].value
      last_name   : text up to 10 matches "^[\p{L} -]+$" at $.name.familyName
      active      : bool?                     at $.active
      division    : text?                     at $["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].department
      version     : text? read only           at $.meta.version
      welcome     : bool? create only write only effect "a welcome e-mail" at $.welcome
    }
  }
}
"#;

/// An HR system: header key, `paging=offset,size`, chosen fields, a total only if it is asked for, PUT of some members.
pub fn hr() -> Arc<System> {
    texts::system(HR, "hr.users", "id")
}

/// A SCIM system: bearer token, index from 1, filters, PATCH with tags, a welcome e-mail on request.
pub fn scim() -> Arc<System> {
    texts::system(SCIM, "scim.members", "id")
}
