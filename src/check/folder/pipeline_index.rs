//! Pipelines by name, over all files of the folder: what `counterpart(PIPELINE)` and `after PIPELINE` may name.

use crate::check::{
    environment::{Environment, KnownPipeline, Links},
    model::{
        expr::ExprKind,
        pipeline::{Pipeline as Checked, Reference},
    },
};
use crate::{
    syntax::tree::{CollectionName, ExprKind as T, Ident, Pipeline, PipelineItem as I, TemplatePart},
    value::Kind,
};
use std::collections::BTreeSet;

impl Environment<'_> {
    /// What is known from the headers of pipelines.
    pub fn headers<'t>(&self, written: impl Iterator<Item = &'t Pipeline>) -> Vec<KnownPipeline> {
        written.map(|one| KnownPipeline { name: one.name.text.clone(), span: one.name.span, links: self.links(one) }).collect()
    }

    fn links(&self, written: &Pipeline) -> Option<Links> {
        let (from, alias) = written.items.iter().find_map(|item| match item {
            I::From { collection, alias, .. } => Some((collection, alias.as_ref().unwrap_or(&collection.collection))),
            _ => None,
        })?;
        let to = target_of(written)?;
        let (source, target) = (self.find(from)?, self.find(to)?);
        let target = &self.systems[target.0].collections[target.1];
        let (key_text, key) = self.key_of(written, source, alias)?;
        let both = |name: &CollectionName| (name.system.text.clone(), name.collection.text.clone());
        let reference = Reference { pipeline: written.name.text.clone(), key_text, source: both(from), target: both(to) };
        Some(Links { reference, key, id: (!target.key.is_none()).then(|| target.key_kind()), id_is_several: target.key.is_several() })
    }

    /// The key as written, or that of the collection; and of what kind it is, if the header alone shows it.
    fn key_of(&self, written: &Pipeline, source: (usize, usize), alias: &Ident) -> Option<(String, Option<Kind>)> {
        let source = &self.systems[source.0].collections[source.1];
        let kind = |name: &str| source.attribute(name).map(|at| source.attributes[at].ty.kind.clone());
        let Some(key) = written.items.iter().find_map(|item| if let I::Key { value, .. } = item { Some(value) } else { None }) else {
            let text = crate::check::pipeline::key_text(&alias.text, source);
            return (!source.key.is_none()).then(|| (text, Some(source.key_kind())));
        };
        let kind = match &key.kind {
            T::Name(names) if names[0].text == alias.text => kind(&crate::check::types::joined(&names[1..])),
            T::Text(text) if text.parts.iter().any(|part| matches!(part, TemplatePart::Expr(_))) => Some(Kind::Text),
            _ => None,
        };
        Some((self.text(key.span), kind))
    }

    /// The pipelines whose links a pipeline asks, by name.
    pub fn references(&self, pipeline: &Checked) -> Vec<Reference> {
        let mut names = BTreeSet::new();
        pipeline.expressions(&mut |expr| {
            expr.walk(&mut |part| {
                if let ExprKind::Counterpart { pipeline, .. } = &part.kind {
                    names.insert(pipeline.as_str());
                }
            });
        });
        let of = |name: &str| self.pipelines.named(name)?.links.clone();
        names.into_iter().filter_map(of).map(|links| links.reference).collect()
    }

    /// The indexes of a collection, without reporting it where there is none.
    fn find(&self, name: &CollectionName) -> Option<(usize, usize)> {
        let system = self.systems.iter().position(|system| system.name == name.system.text)?;
        let collection = self.systems[system].collections.iter().position(|collection| collection.name == name.collection.text)?;
        Some((system, collection))
    }
}

/// `to SYSTEM.COLLECTION`
pub(crate) fn target_of(written: &Pipeline) -> Option<&CollectionName> {
    written.items.iter().find_map(|item| if let I::To { collection, .. } = item { Some(collection) } else { None })
}
