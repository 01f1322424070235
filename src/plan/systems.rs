//! Checked systems become compiled ones: settings folded in, secrets still names.

use super::{lower::Lowering, system as out};
use crate::check::model::{
    system::{Attribute, Auth, AuthKind, Body, Call, Collection, Connection, Ends, File, Http, Parameter, System, Verify},
    wire::OnUnknown,
};

impl Lowering<'_> {
    pub fn system(&self, system: &System) -> out::System {
        out::System {
            name: system.name.clone(),
            title: system.title.clone(),
            connection: match &system.connection {
                Connection::Http(http) => out::Connection::Http(Box::new(self.http(http))),
                Connection::Files => out::Connection::Files,
            },
            collections: system.collections.iter().map(|collection| self.collection(collection)).collect(),
            secrets: system.settings.iter().filter(|one| one.secret).map(|one| (one.name.clone(), !one.ty.optional)).collect(),
            line: self.line(system.span),
        }
    }

    fn http(&self, http: &Http) -> out::Http {
        out::Http {
            base: self.program(&http.base),
            auth: http.auth.iter().map(|auth| self.auth(auth)).collect(),
            headers: self.parameters(&http.headers),
            queries: self.parameters(&http.queries),
            format: http.format,
            verify: http.verify.as_ref().map(|verify| self.verify(verify)),
            limit: http.limit,
            retry: http.retry.clone(),
            errors: http.errors.clone(),
        }
    }

    fn auth(&self, auth: &Auth) -> out::Auth {
        let kind = match &auth.kind {
            AuthKind::Basic { user, password } => out::AuthKind::Basic { user: self.program(user), password: self.program(password) },
            AuthKind::Bearer { token } => out::AuthKind::Bearer { token: self.program(token) },
        };
        out::Auth { when: auth.when.as_ref().map(|when| self.program(when)), kind }
    }

    fn verify(&self, verify: &Verify) -> out::Verify {
        out::Verify { method: verify.method.clone(), path: self.program(&verify.path), identity: verify.identity.clone() }
    }

    fn parameters(&self, parameters: &[Parameter]) -> Vec<out::Parameter> {
        let lowered = |one: &Parameter| out::Parameter {
            name: one.name.clone(),
            value: self.program(&one.value),
            when: one.when.as_ref().map(|when| self.program(when)),
        };
        parameters.iter().map(lowered).collect()
    }

    fn collection(&self, collection: &Collection) -> out::Collection {
        let call = |call: &Option<Call>| call.as_ref().map(|call| self.call(call));
        out::Collection {
            name: collection.name.clone(),
            key: collection.key,
            label: collection.label.as_ref().map(|label| self.program(label)),
            changed: collection.changed,
            lists_closed: collection.lists_closed || collection.file.is_some(),
            settles_within: collection.settles_within,
            attributes: collection.attributes.iter().map(|attribute| self.attribute(attribute)).collect(),
            list: call(&collection.list),
            get: call(&collection.get),
            finds: collection.finds.iter().map(|(by, call)| (*by, self.call(call))).collect(),
            create: call(&collection.create),
            update: call(&collection.update),
            delete: call(&collection.delete),
            named: collection.named.iter().map(|(name, call)| (name.clone(), self.call(call))).collect(),
            file: collection.file.as_ref().map(|file| self.file(file)),
            line: self.line(collection.name_span),
        }
    }

    fn attribute(&self, attribute: &Attribute) -> out::Attribute {
        out::Attribute {
            name: attribute.name.clone(),
            ty: attribute.ty.clone(),
            path: attribute.path.clone(),
            written_at: attribute.written_at.clone(),
            codec: self.codec(attribute),
            unique: attribute.unique,
            comparison: attribute.comparison,
            direction: attribute.direction,
            create_only: attribute.create_only,
            secret: attribute.secret,
            public: attribute.public,
            effect: attribute.effect.clone(),
            access: attribute.access.clone(),
            up_to: attribute.up_to,
            one_of: attribute.one_of.clone(),
            matches: attribute.matches.clone(),
            clear_as: attribute.clear_as.clone(),
            asked_as: attribute.asked_as.clone(),
            line: self.line(attribute.span),
        }
    }

    fn call(&self, call: &Call) -> out::Call {
        out::Call {
            method: call.method.clone(),
            path: self.program(&call.path),
            queries: self.parameters(&call.queries),
            headers: self.parameters(&call.headers),
            items: call.items.clone(),
            item: call.item.clone(),
            total: call.total.clone(),
            page: call.page.clone(),
            ends: call.ends.iter().map(|ends| self.ends(ends)).collect(),
            body: call.body.as_ref().map(|body| self.body(body)),
            good: call.good.clone(),
            repeat: call.repeat.clone(),
            on_unknown: call.on_unknown.unwrap_or(OnUnknown::LookUp),
            line: self.line(call.span),
        }
    }

    fn ends(&self, ends: &Ends) -> out::Ends {
        match ends {
            Ends::When(condition) => out::Ends::When(self.program(condition)),
            Ends::OnStatus(status) => out::Ends::OnStatus(*status),
            Ends::OnEmptyPage => out::Ends::OnEmptyPage,
            Ends::OnShortPage => out::Ends::OnShortPage,
        }
    }

    fn body(&self, body: &Body) -> out::Body {
        out::Body { format: body.format, lines: body.lines.iter().map(|line| (line.path.clone(), self.program(&line.value))).collect() }
    }

    fn file(&self, file: &File) -> out::File {
        out::File { path: self.program(&file.path), format: file.format.clone() }
    }
}
