//! Integration C against the vendors' stand-ins: Wicket's people and organisations to Arlo, Arlo's contacts and registrations to Wicket.

mod both_ways;
mod contacts;
mod look_ups;
mod organisations;
mod people;
mod registrations;
mod settings;
mod ten_thousand;
mod thousand;

use super::wrote;
use crate::{
    project::Answer,
    vendors::{VendorFixture, arlo::Arlo, server::StandIn, wicket::Wicket},
};

struct Given {
    wicket: StandIn<Wicket>,
    arlo: StandIn<Arlo>,
    fixture: VendorFixture,
}

/// Both, with a custom field of contacts and one of organisations; the integration is on.
fn given(settings: &str) -> Given {
    let (wicket, arlo) = (StandIn::new(Wicket::new()), StandIn::new(Arlo::new()));
    arlo.vendor().describe("contacts", "MemberTier", "String");
    arlo.vendor().describe("organisations", "WicketOrgId", "String");
    let settings = format!("[env.production]\nintegration = true\n{settings}");
    let fixture = VendorFixture::new(&settings).served("wicket", &wicket).served("arlo", &arlo);
    Given { wicket, arlo, fixture }
}

impl Given {
    /// A contact whose last change is long ago.
    fn contact(&self, id: u64, first: &str, last: &str, email: &str) {
        let own = [("FirstName", first), ("LastName", last), ("Email", email), ("Status", "Active")];
        self.arlo.vendor().store.insert("contacts", id, &own).modified = "2025-03-02T09:00:00Z".parse().unwrap();
    }

    /// Edits a contact in Arlo; an empty text removes the property.
    fn edit(&self, id: u64, name: &str, value: &str) {
        let mut arlo = self.arlo.vendor();
        let contact = arlo.store.get_mut("contacts", id).expect("a contact");
        contact.own.set(name, value);
        contact.modified = jiff::Timestamp::now();
    }

    #[track_caller]
    fn publish(&self, pipeline: &str) -> Answer {
        let answer = self.fixture.publish(pipeline);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer
    }

    #[track_caller]
    fn run(&self, pipeline: &str) -> Answer {
        let answer = self.fixture.counterpart(&["run", pipeline]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer
    }

    /// The writes to Wicket since the last call; a person is named by the part of the address before the `@`.
    fn to_wicket(&self) -> Vec<String> {
        let names: Vec<_> = self.wicket.vendor().store.names();
        let named = |line: String| names.iter().fold(line, |line, (id, name)| line.replace(id, name));
        let mut lines: Vec<String> = wrote(&self.wicket, "/").into_iter().map(named).collect();
        lines.sort();
        lines
    }

    /// The writes to Arlo since the last call.
    fn to_arlo(&self) -> Vec<String> {
        wrote(&self.arlo, "/api/2012-02-01/auth/resources/")
    }
}
