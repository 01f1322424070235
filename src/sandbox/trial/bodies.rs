//! What writes send: the body of each is made of a record as the client makes it. One that can't be made would fail in every run.

use super::Trial;
use crate::{
    compile::{
        program::{Name, Program},
        system::{Attribute, Body, Call, Collection},
    },
    diagnose::Diagnostic,
    sandbox::{
        fake_data, forced,
        route::{self, Action},
        store::read,
    },
    systems::{
        CallError, Snapshot, Write, WriteKind,
        http::bodies::{BodyInput, batch},
        scope::Scope,
    },
};
use serde_json::Value as Json;

impl Trial<'_> {
    /// The writes whose bodies can't be made.
    pub fn bodies(&self) -> Vec<Diagnostic> {
        let all = self.system.collections.iter().flat_map(|collection| {
            let named = move |(action, call)| (collection, action, call);
            route::actions(collection).into_iter().map(named)
        });
        all.filter_map(|(collection, action, call)| self.body(collection, action, call)).collect()
    }

    fn body(&self, collection: &Collection, action: Action, call: &Call) -> Option<Diagnostic> {
        let kind = match action {
            Action::Create => WriteKind::Create,
            Action::Update => WriteKind::Update,
            Action::CreatePart(part) | Action::UpdatePart(part) => WriteKind::Part(part),
            _ => return None,
        };
        let new = matches!(action, Action::Create | Action::CreatePart(_));
        let body = call.body.as_ref().filter(|body| is_made_of_the_record(body))?;
        let before = fake_data::samples(collection, self.config.today).swap_remove(0);
        let write = self.write(collection, kind, new, &before);
        let input = BodyInput { call, collection, write: &write, record: (!new).then_some(&before), new, scim: self.system.speaks_scim() };
        let error = self.sent(&input, body).err()?;
        let message = format!("`{}` of `{}` can't be sent: {}", forced::name_of(collection, action), collection.name, error.message);
        let help = "write a body that has a place for it, or say where the attribute is written: `written at $.name`";
        Some(Diagnostic::error("E0573", call.span, message).help(help))
    }

    fn sent(&self, input: &BodyInput<'_>, body: &Body) -> Result<(), CallError> {
        let own = vec![input.write.values.as_slice(), &input.write.current];
        let batch = [own.clone()];
        let scope = Scope { own, batch: &batch, ..Scope::new(&self.config) };
        // What a sample can't be made into says nothing about records.
        if body.value.as_ref().is_some_and(|value| value.run(&scope).is_err()) {
            return Ok(());
        }
        match input.call.batch {
            Some(_) => batch::content(&[BodyInput { record: None, ..*input }], &scope).map(drop),
            None => input.content(&scope).map(drop),
        }
    }

    /// A write of all attributes that such a call can write.
    fn write(&self, collection: &Collection, kind: WriteKind, new: bool, before: &Json) -> Write {
        let part = if let WriteKind::Part(part) = kind { Some(part) } else { None };
        let is_sent = |attribute: &Attribute| {
            let own = attribute.part.as_ref().map(|part| part.part);
            attribute.is_written() && !attribute.discovered && own == part && (new || !attribute.create_only)
        };
        let all = || collection.attributes.iter().enumerate();
        let values = all().filter(|(_, one)| is_sent(one)).map(|(at, one)| (at, fake_data::some(one, 1, self.config.today)));
        let values =
            values.filter(|(at, value)| !value.is_missing() && fake_data::goes_through(&collection.attributes[*at], value)).collect();
        let current = all().filter(|(_, one)| one.is_read()).map(|(at, one)| (at, read(one, before))).collect();
        let record = Snapshot::of(before.to_string().into_bytes().into());
        Write { kind, id: None, values, current, token: None, record: Some(record) }
    }
}

/// A token and a signature are not there without a request.
fn is_made_of_the_record(body: &Body) -> bool {
    let parts = || body.value.iter().flat_map(Program::parts);
    !parts().any(|part| matches!(part, Program::Name(Name::Token(_)) | Program::Jwt { .. }))
}
