//! `[setting.x]`: a setting chooses the attribute that a line writes or matches by.

use crate::check::{
    model::{
        Live, Owner, Setting, SettingId,
        expr::{Expr, ExprKind},
        pipeline::Chosen,
        system::{Attribute, Collection},
    },
    suggest::list,
    types::{Draft, Place, Typing, a_kind, fits},
};
use crate::{
    diagnose::{Diagnostic, Fix},
    syntax::tree::{self, Target},
    value::Kind,
};

/// The left side of `=`.
pub(crate) enum Aim<'a> {
    Attribute(usize, &'a Attribute),
    /// Known once the setting is.
    BySetting(SettingId),
}

impl Aim<'_> {
    pub fn chosen(&self) -> Chosen {
        match self {
            Self::Attribute(at, _) => Chosen::Fixed(*at),
            Self::BySetting(id) => Chosen::BySetting(id.clone()),
        }
    }

    /// The attribute, if it is known now.
    pub const fn attribute(&self) -> Option<&Attribute> {
        if let Self::Attribute(_, attribute) = self { Some(attribute) } else { None }
    }
}

impl<'a> Typing<'a> {
    /// What a line writes or asks; none once it has been refused.
    pub fn aim(&self, target: &Target) -> Option<Aim<'_>> {
        let Place::Pipeline(draft) = self.place else { return None };
        match target {
            Target::Attribute(names) => {
                let at = self.env.attribute(draft.target?, names)?;
                Some(Aim::Attribute(at, &self.collection(draft.target)?.attributes[at]))
            }
            Target::Chosen(written) => self.by_setting(draft, written).map(Aim::BySetting),
        }
    }

    /// `person.email = email`: what is read stands where what is written belongs. Said as such, with the line as it was meant.
    pub fn is_swapped(&self, target: &Target, value: &tree::Expr) -> bool {
        let (Place::Pipeline(draft), Target::Attribute(names)) = (self.place, target) else { return false };
        let Some(of) = draft.target else { return false };
        let [alias, attribute] = &names[..] else { return false };
        let is_source = draft.alias.as_deref() == Some(&*alias.text);
        let collection = &self.env.systems[of.0].collections[of.1];
        if !is_source || collection.attribute(&format!("{}.{}", alias.text, attribute.text)).is_some() {
            return false;
        }
        let (left, right) = (self.env.text(alias.span.to(attribute.span)), self.env.text(value.span));
        let known = |name: &str| collection.attribute(name).is_some();
        let field = draft.fields.iter().any(|field| field.name == right);
        let whole = alias.span.to(value.span);
        let message = format!("`{left}` is an attribute of the source; the left side of `=` names an attribute of `{}`", collection.name);
        let diagnostic = Diagnostic::error("E0203", alias.span.to(attribute.span), message);
        let swapped = format!("{right} = {left}");
        let named_alike = format!("{} = {right}", attribute.text);
        self.env.report.say(match (known(&right), known(&attribute.text)) {
            (true, true) if field => diagnostic.help(format!("write `{swapped}`, or `{named_alike}` for the field `{right}`")),
            (true, _) => diagnostic.help(format!("write `{swapped}`")).fix(Fix::replace(whole, swapped, "")),
            (false, true) => diagnostic.help(format!("write `{named_alike}`")).fix(Fix::replace(whole, named_alike, "")),
            (false, false) => diagnostic.help(format!("name an attribute of `{}` before `=`", collection.name)),
        });
        true
    }

    fn by_setting(&self, draft: &Draft, written: &tree::Expr) -> Option<SettingId> {
        let expr = self.expr(written);
        if expr.is_broken() {
            return None;
        }
        let ExprKind::Setting(id) = expr.kind else {
            let help = "name a setting in the `[ ]`, or the attribute itself without them";
            self.env.report.error_help("E0709", written.span, "only a setting can choose an attribute", help);
            return None;
        };
        let settings = if id.owner == Owner::Pipeline { &draft.settings } else { &self.env.settings };
        let setting = settings.iter().find(|setting| setting.name == id.name)?;
        self.chooses_of_target(draft, setting, written).then_some(id)
    }

    fn chooses_of_target(&self, draft: &Draft, setting: &Setting, written: &tree::Expr) -> bool {
        let Some((system, collection)) = draft.target else { return false };
        let (system, collection) = (&self.env.systems[system].name, &self.env.systems[system].collections[collection].name);
        let of_target = match &setting.live {
            Some(Live::AttributeOf { system: of, collection: named, .. }) => of == system && named == collection,
            _ => false,
        };
        if !of_target {
            let message = format!("`{}` does not choose an attribute of `{system}.{collection}`", setting.name);
            let help = format!("declare it so: `setting {} : text attribute of {system}.{collection}`", setting.name);
            self.env.report.say(Diagnostic::error("E0709", written.span, message).related(setting.span, "declared here").help(help));
        }
        of_target
    }

    /// The value of a line whose attribute is chosen later; reported if no attribute could accept it.
    pub fn for_chosen(&self, value: Expr, setting: &SettingId) -> Expr {
        let Place::Pipeline(draft) = self.place else { return value };
        let value = if value.ty.kind == Kind::Json { self.read_as(value, &Kind::Text) } else { value };
        let Some(collection) = self.collection(draft.target).filter(|_| !value.is_broken()) else { return value };
        if let Some(attribute) = self.setting_of(setting).and_then(|setting| default_attribute(setting, collection))
            && !fits(&value.ty.kind, &attribute.ty.kind)
        {
            self.env.report.say(unfit_default(&value, setting, attribute));
            return Expr::broken(value.span);
        }
        let Some(kinds) = choosable(collection) else { return value };
        if kinds.iter().any(|kind| fits(&value.ty.kind, kind)) {
            return value;
        }
        let there_is = list(kinds.iter().map(Kind::to_string).collect::<Vec<_>>().iter().map(String::as_str)).unwrap_or_default();
        let message = format!("this is {}, and no attribute that `{}` can choose takes one", a_kind(&value.ty.kind), setting.name);
        let diagnostic = Diagnostic::error("E0304", value.span, message).label(value.ty.to_string());
        self.env.report.say(diagnostic.help(format!("they are of the type {there_is}: make it one of these")));
        Expr::broken(value.span)
    }
}

/// The attribute that the default of a setting names; none where the system tells it, or where nothing is the default.
pub(super) fn default_attribute<'c>(setting: &Setting, collection: &'c Collection) -> Option<&'c Attribute> {
    let name = setting.default.as_ref()?.as_text()?;
    collection.attribute(name).map(|at| &collection.attributes[at])
}

fn unfit_default(value: &Expr, setting: &SettingId, attribute: &Attribute) -> Diagnostic {
    let (is, wanted) = (a_kind(&value.ty.kind), a_kind(&attribute.ty.kind));
    let message = format!("this is {is}, and `{}`, which `{}` chooses by default, is {wanted}", attribute.name, setting.name);
    let diagnostic = Diagnostic::error("E0304", value.span, message).label(value.ty.to_string());
    diagnostic.related(attribute.span, "declared here").help("choose another attribute by default, or write a value of its type")
}

/// The kinds of the attributes that the system listed, or of the declared ones where it lists none; none if it was never asked.
fn choosable(collection: &Collection) -> Option<Vec<Kind>> {
    let tells = collection.discovery.is_some() || collection.parts.iter().any(|part| part.discovery.is_some());
    let chosen = collection.attributes.iter().filter(|one| one.discovered == tells && one.is_written());
    let mut kinds: Vec<Kind> = Vec::new();
    for attribute in chosen {
        if !kinds.contains(&attribute.ty.kind) {
            kinds.push(attribute.ty.kind.clone());
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}
