//! Checked systems become compiled ones: settings folded in, secrets still names.

use super::{lower::Lowering, system as out};
use crate::check::model::{
    expr::Expr,
    system::{Attribute, Call, Collection, Connection, File, System},
};

impl Lowering<'_> {
    pub fn system(&self, system: &System) -> out::System {
        out::System {
            name: system.name.clone(),
            title: system.title.clone(),
            settings: system.settings.clone(),
            connection: match &system.connection {
                Connection::Http(http) => out::Connection::Http(Box::new(http.map(&|expr| self.program(expr)))),
                Connection::Files => out::Connection::Files,
            },
            collections: system.collections.iter().map(|collection| self.collection(collection)).collect(),
            later: system.later.clone(),
            span: system.span,
        }
    }

    fn collection(&self, collection: &Collection) -> out::Collection {
        let program = |expr: &Expr| self.program(expr);
        let call = |call: &Option<Call>| call.as_ref().map(|call| call.map(&program));
        out::Collection {
            name: collection.name.clone(),
            key: collection.key.clone(),
            label: collection.label.as_ref().map(|label| self.program(label)),
            changed: collection.changed,
            key_span: collection.key_span,
            lists: collection.lists,
            consistent_within: collection.consistent_within,
            declares_consistency: collection.declares_consistency,
            attributes: collection.attributes.iter().map(|attribute| self.attribute(attribute)).collect(),
            parts: collection.parts.iter().map(|part| part.map(&program)).collect(),
            discovery: collection.discovery.as_ref().map(|discovery| discovery.map(&program)),
            list: call(&collection.list),
            more_lists: collection.more_lists.iter().map(|list| list.map(&program)).collect(),
            get: call(&collection.get),
            finds: collection.finds.iter().map(|(by, call)| (*by, call.map(&program))).collect(),
            create: call(&collection.create),
            update: call(&collection.update),
            delete: call(&collection.delete),
            named: collection.named.iter().map(|(name, call)| (name.clone(), call.map(&program))).collect(),
            file: collection.file.as_ref().map(|file| self.file(file)),
            later: collection.later.clone(),
            broken: collection.broken,
            span: collection.span,
            name_span: collection.name_span,
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
            requested_as: attribute.requested_as.clone(),
            from_get: attribute.from_get,
            part: attribute.part.clone(),
            unshown: attribute.unshown,
            discovered: attribute.discovered,
            broken: attribute.broken,
            span: attribute.span,
        }
    }

    fn file(&self, file: &File) -> out::File {
        out::File { path: self.program(&file.path), newest: file.newest, format: file.format.clone() }
    }
}
