//! The files of the simulated project. Pipelines differ in how people leave, and are edited between runs.

use super::random::Random;

/// The source: a small HR product.
const HR: &str = r#"system hr {
  title "HR"
  http "https://hr.example.com" {
    error $.error.message code $.error.code {
      "busy" is temporary
    }
  }
  collection people {
    key   number
    label name
    items $.items
    total $.total
    list GET "/people" {
      query "offset" = page.offset
      query "limit"  = page.size
      page  by offset size 20
    }
    get GET "/people/{number}" { item $ }
    attributes {
      number     : text unique at $.number
      name       : text        at $.name
      email      : text?       at $.email
      department : text?       at $.department
      end        : date?       at $.end
    }
  }
}
"#;

/// The target. It refuses a unique value that another account has, or only the engine looks it up.
const CRM: &str = r#"system crm {
  title "CRM"
  http "https://crm.example.com" {
    error $.error.message code $.error.code {
      "duplicate" is conflict
      "busy"      is temporary
    }
  }
  collection accounts {
    key   id
    label email
    lists all
    items $.items
    total $.total
    list GET "/accounts" {
      query "offset" = page.offset
      query "limit"  = page.size
      page  by offset size 20
    }
    get GET "/accounts/{id}" { item $ }
    find by external_id GET "/accounts" { query "external_id" = external_id }
    find by email GET "/accounts" { query "email" = email }
    create POST "/accounts" { item $ }
    update PATCH "/accounts/{id}" { item $ }
    delete DELETE "/accounts/{id}"
    attributes {
      id          : text read only at $.id
      external_id : text?{unique}  at $.external_id
      email       : text{unique} ignoring case at $.email
      name        : text at $.name
      department  : text? at $.department
      role        : text? read only at $.role
      active      : bool opens at $.active
    }
  }
}
"#;

const PIPELINE: &str = r#"use "hr.sync"
use "crm.sync"

{comment}
pipeline people {
  zone "Europe/Paris"
  from hr.people as person
  to   crm.accounts
  include when person.email is present as "has an e-mail address"
  exclude when person.department == "Board" as "board"
  {exclude}
  match {
    external_id = person.number
    email       = person.email
  }
  mode create and update
  map {
    external_id = person.number
    email       = person.email
    name        = person.name
    department  = person.department {missing} when missing
    active      = true on create
  }
  leaver {
    {when}
    set active = false
    {after}
    {return}
    protect when current.role == "admin" as "administrator"
  }
  {lost}
  {by_hand}
  guard {
    leavers at most {leavers}
  }
}
"#;

/// How people leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// By the day on which their contract ends.
    ByDay,
    /// By no longer being in the list.
    ByAbsence,
}

/// The number of complete reads in succession without a person after which the person has left.
pub const READS: u64 = 3;

/// What becomes of those whose account is missing.
const LOST: [&str; 4] = ["", "", "on lost counterpart create again", "on lost counterpart unlink"];

/// What the files of a world say.
#[derive(Clone, Debug)]
pub struct Files {
    pub leaving: Leaving,
    /// The target refuses a value that another account has.
    pub refuses_doubles: bool,
    pub excludes_temps: bool,
    pub deletes_after: Option<u64>,
    pub returns: bool,
    /// Accounts that somebody closed are opened again.
    pub reopens: bool,
    /// Who comes back after the account was deleted gets a new one.
    again: bool,
    lost: &'static str,
    clears: bool,
    leavers: &'static str,
    comment: u64,
}

impl Files {
    pub fn draw(random: &mut Random) -> Self {
        Self {
            leaving: if random.chance(500) { Leaving::ByDay } else { Leaving::ByAbsence },
            refuses_doubles: random.chance(500),
            excludes_temps: random.chance(300),
            deletes_after: random.chance(500).then(|| 10 + random.below(30)),
            returns: random.chance(850),
            reopens: random.chance(150),
            again: random.chance(300),
            lost: *random.pick(&LOST),
            clears: random.chance(500),
            leavers: *random.pick(&["10% or 5", "20% or 3", "15% or 10"]),
            comment: 0,
        }
    }

    /// Somebody edits the pipeline.
    pub fn edit(&mut self, random: &mut Random) {
        match random.below(9) {
            0 => self.excludes_temps = !self.excludes_temps,
            1 => self.deletes_after = random.chance(700).then(|| 5 + random.below(40)),
            2 => self.returns = !self.returns,
            3 => self.clears = !self.clears,
            4 => self.leavers = *random.pick(&["10% or 5", "20% or 3", "15% or 10"]),
            5 => self.reopens = random.chance(150),
            6 => self.again = !self.again,
            7 => self.lost = *random.pick(&LOST),
            _ => self.comment += 1,
        }
    }

    pub fn systems(&self) -> [(&'static str, String); 2] {
        let unique = if self.refuses_doubles { " unique" } else { "" };
        [("hr.sync", HR.to_owned()), ("crm.sync", CRM.replace("{unique}", unique))]
    }

    pub fn pipeline(&self) -> (&'static str, String) {
        let when = match self.leaving {
            Leaving::ByDay => "when person.end < today as \"contract ended\"".to_owned(),
            Leaving::ByAbsence => format!("when missing for {READS} runs"),
        };
        let text = PIPELINE
            .replace("{comment}", &format!("# version {}", self.comment))
            .replace("{exclude}", if self.excludes_temps { "exclude when person.department == \"Temps\" as \"temporary\"" } else { "" })
            .replace("{missing}", if self.clears { "clear" } else { "keep" })
            .replace("{when}", &when)
            .replace("{after}", &self.deletes_after.map_or_else(String::new, |days| format!("after {days} days {{ delete }}")))
            .replace("{return}", self.on_return())
            .replace("{lost}", self.lost)
            .replace("{by_hand}", if self.reopens { "on closed by hand set active = true" } else { "" })
            .replace("{leavers}", self.leavers);
        ("people.sync", text)
    }

    fn on_return(&self) -> &'static str {
        match (self.returns, self.again) {
            (true, false) => "on return { set active = true }",
            (true, true) => "on return {\n      set active = true\n      create again\n    }",
            (false, _) => "",
        }
    }

    /// Whether a person of this department is in scope.
    pub fn takes(&self, department: Option<&str>) -> bool {
        department != Some("Board") && (department != Some("Temps") || !self.excludes_temps)
    }
}
