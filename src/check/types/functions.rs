//! `value | function(arguments)`

use super::shape::{a_kind, comparable, fits};
use super::{Expr, ExprKind, Place, Typing, names::joined, plain_text};
use crate::{
    check::{
        model::{
            expr::{FunctionRef, Special},
            system::Attribute,
        },
        suggest::{closest, suggest},
    },
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, ExprKind as T, Ident},
    value::{
        Kind, Type, Value,
        functions::{self, Argument, Function, LONGEST_RANDOM, Misuse, SHORTEST_RANDOM},
    },
};

impl Typing<'_> {
    pub(crate) fn pipe(&self, value: &tree::Expr, function: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        let value = self.expr(value);
        let Some(known) = functions::by_name(&function.text) else {
            if !self.fallback_function(&value, function, args, span) {
                self.unknown_function(function);
            }
            return Expr::broken(span);
        };
        match known.name {
            "lookup" => self.lookup(value, function, args, span),
            "counterpart" => self.counterpart(value, function, args, span),
            "at" => self.at(value, function, args, span),
            "json_api" | "scim_patch" | "xml_diff" => {
                let message = format!("`{}` makes a whole body, so it comes last in `body = …`", function.text);
                self.not_here(function.span, &message, "write it after the whole of a body: `body = changes | scim_patch`")
            }
            "random_text" if !matches!(self.place, Place::System(place) if place.in_call) => {
                let help = "write `secret password = 24 | random_text` in the call";
                self.not_here(function.span, "`random_text` differs each time, so it is part of a request alone", help)
            }
            "random_text" if value.as_constant().is_some_and(is_no_length) => {
                let message = format!("a random text has {SHORTEST_RANDOM} to {LONGEST_RANDOM} characters");
                self.env.report.error_help("E0603", value.span, message, "write the length that the system wants, such as `24`");
                Expr::broken(span)
            }
            "jwt" => self.signed(known, value, function, args, span),
            _ => self.apply(known, value, function, args, span),
        }
    }

    fn unknown_function(&self, name: &Ident) {
        let diagnostic = Diagnostic::error("E0207", name.span, format!("there is no function `{}`", name.text)).label("not known");
        let names: Vec<_> = functions::all().iter().map(|function| function.name).collect();
        self.env.report.say(match alias_of(&name.text) {
            Some((meant, same)) => {
                let diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
                if same { diagnostic.fix(Fix::replace(name.span, meant, "")) } else { diagnostic }
            }
            None if !closest(&name.text, names.iter().copied()).is_empty() => {
                suggest(diagnostic, &name.text, name.span, names.iter().copied())
            }
            None if matches!(&*name.text, "max" | "min" | "greatest" | "least") => {
                diagnostic.help("compare the two and choose: `if a > b then a else b`")
            }
            None => diagnostic.help("`counterpart explain functions` lists them"),
        });
    }

    fn apply(&self, function: &'static Function, value: Expr, name: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        let args: Vec<_> = args.iter().map(|arg| self.argument(arg)).collect();
        if value.is_broken() || args.iter().any(Expr::is_broken) {
            return Expr::broken(span);
        }
        if FunctionRef(function).special() == Some(Special::Age)
            && let Place::Pipeline(draft) = self.place
            && !draft.zone
        {
            self.ask_for_zone(draft, name.span);
        }
        let result = (function.result)(&value.ty, &arguments(&args)).and_then(|ty| bindable(function, &args).map(|()| ty));
        match result {
            Ok(ty) => Expr::new(ExprKind::Apply { value: Box::new(value), function: FunctionRef(function), args }, ty, span),
            Err(misuse) => {
                // Of a call that was written in another way, this is said once it is written right.
                if !self.env.report.has_error_in(span) {
                    self.env.report.say(self.misused(function, &misuse, &value, name, &args));
                }
                Expr::broken(span)
            }
        }
    }

    /// An argument: a literal as it is written, even if it is blank, or a setting.
    fn argument(&self, written: &tree::Expr) -> Expr {
        if let T::Text(template) = &written.kind
            && let Some(text) = plain_text(template)
            && text.trim().is_empty()
        {
            let ty = Type::optional(Kind::Text);
            return Expr::constant(Value::Text(text.into()), ty, written.span);
        }
        if let Some(diagnostic) = self.group_in_braces(written) {
            self.env.report.say(diagnostic);
            return Expr::broken(written.span);
        }
        let expr = self.expr(written);
        if expr.is_broken() || matches!(expr.kind, ExprKind::Constant(_) | ExprKind::Setting(_)) {
            return expr;
        }
        let help = "write the value itself, or name a setting";
        self.env.report.error_help("E0603", written.span, "the arguments of a function must be the same for every record", help);
        Expr::broken(written.span)
    }

    /// `"${1}"`, where the braces would hold the value 1 and no group.
    fn group_in_braces(&self, written: &tree::Expr) -> Option<Diagnostic> {
        let T::Text(template) = &written.kind else { return None };
        let text = self.env.text(written.span);
        let inside = text.strip_prefix('"')?.strip_suffix('"')?;
        if plain_text(template).is_some() || !inside.contains("${") || inside.contains(['\\', '"']) {
            return None;
        }
        let raw = format!("\"\"\"{inside}\"\"\"");
        let diagnostic = Diagnostic::error("E0603", written.span, "braces in a text hold a value, not a group");
        Some(diagnostic.help(format!("in triple quotes they are literal: `{raw}`")).fix(Fix::replace(written.span, raw, "")))
    }

    fn misused(&self, function: &Function, misuse: &Misuse, value: &Expr, name: &Ident, args: &[Expr]) -> Diagnostic {
        match misuse {
            Misuse::Input(wanted) => self.wrong_input(function, wanted, value),
            Misuse::Argument(at, what) => {
                let span = args.get(*at).map_or(name.span, |arg| arg.span);
                let shown = self.env.text(span);
                let message = if *at < args.len() { format!("`{shown}` {what}") } else { format!("`{}` {what}", function.name) };
                Diagnostic::error("E0603", span, message).help(format!("it is written `{}`", function.signature))
            }
            Misuse::Count(count) => {
                let span = args.last().map_or(name.span, |last| name.span.to(last.span));
                Diagnostic::error("E0604", span, format!("`{}` takes {count} in `( )`, and here {}", function.name, are(args.len())))
                    .help(format!("it is written `{}`", function.signature))
            }
        }
    }

    fn wrong_input(&self, function: &Function, wanted: &str, value: &Expr) -> Diagnostic {
        let message = format!("`{}` takes {wanted}, and this is {}", function.name, a_kind(&value.ty.kind));
        let diagnostic = Diagnostic::error("E0602", value.span, message).label(value.ty.to_string());
        match &value.ty.kind {
            Kind::Json => diagnostic.help(self.a_type_for(value, type_for(wanted))),
            Kind::List(item) if **item == Kind::Json => {
                diagnostic.help("declare the attribute as a list of one type, such as `list of text`")
            }
            Kind::List(_) if wanted == "text" => diagnostic.help("take one of its values first: `| first` or `| only`"),
            Kind::Int | Kind::Decimal | Kind::Bool if wanted == "text" => {
                let text = self.env.text(value.span);
                diagnostic.help(format!("make a text of it: `\"{{{text}}}\"`"))
            }
            _ => diagnostic.help(format!("`{}` is {}", function.name, function.types)),
        }
    }

    fn lookup(&self, value: Expr, function: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        if value.is_broken() && !matches!(args, [tree::Expr { kind: T::Name(_), .. }]) {
            return value;
        }
        let [tree::Expr { kind: T::Name(names), span: place }] = args else {
            self.env.report.error_help("E0604", function.span, "`lookup` takes the name of a table", "write it as `| lookup(divisions)`");
            return Expr::broken(span);
        };
        let name = joined(names);
        let Some(at) = self.env.tables.iter().position(|table| table.name == name) else {
            if self.env.unread || value.is_broken() {
                return Expr::broken(span);
            }
            let diagnostic = Diagnostic::error("E0209", *place, format!("there is no table `{name}`")).label("not declared");
            let declared = self.env.tables.iter().map(|table| (table.name.as_str(), table.span));
            let diagnostic = suggest(diagnostic, &name, *place, declared.clone().map(|(name, _)| name));
            self.env.report.unknown(diagnostic, &name, declared);
            return Expr::broken(span);
        };
        let table = &self.env.tables[at];
        self.env.report.uses(table.span);
        if value.is_broken() || matches!(table.key.kind, Kind::Nothing) {
            return Expr::broken(span);
        }
        let value = if value.ty.kind == Kind::Json { self.read_as(value, &table.key.kind) } else { value };
        if !comparable(&value.ty.kind, &table.key.kind) {
            let message = format!("the table `{name}` is asked by {}, and this is {}", table.key.kind, a_kind(&value.ty.kind));
            self.env.report.say(
                Diagnostic::error("E0602", value.span, message)
                    .label(value.ty.to_string())
                    .related(table.span, "declared here")
                    .help("make it the type of the left side of the table"),
            );
            return Expr::broken(span);
        }
        Expr::new(ExprKind::Lookup { value: Box::new(value), table: at }, Type::optional(table.value.kind.clone()), span)
    }

    fn counterpart(&self, value: Expr, function: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        let Place::Pipeline(draft) = self.place else {
            return self.not_here(function.span, "`counterpart` needs the links of a pipeline, and there is none here", "use it in `map`");
        };
        let (name, place) = match args {
            [] => (draft.name.clone(), function.span),
            [tree::Expr { kind: T::Name(names), span }] => (joined(names), *span),
            _ => {
                let help = "write it as `| counterpart(PIPELINE)`, or without `( )` for this one's own";
                self.env.report.error_help("E0604", function.span, "`counterpart` takes the name of a pipeline", help);
                return Expr::broken(span);
            }
        };
        if name != draft.name {
            return self.counterpart_of(value, &name, place, span);
        }
        let (Some(source), Some(target)) = (self.collection(draft.source), self.collection(draft.target)) else {
            return Expr::broken(span);
        };
        if let Some(several) = [source, target].into_iter().find(|one| one.key.is_several()) {
            self.no_one_name(function.span, &several.name);
            return Expr::broken(span);
        }
        let (Some(named_by), Some(id)) = (source.key.alone(), target.key.alone()) else {
            let help = "add a `key` to the collection that has none";
            self.env.report.error_help("E0419", function.span, "`counterpart` needs a `key` in both collections", help);
            return Expr::broken(span);
        };
        let value = self.as_key(value, &source.attributes[named_by]);
        if value.is_broken() {
            return value;
        }
        let ty = named(&value.ty, target.attributes[id].ty.kind.clone());
        Expr::new(ExprKind::Counterpart { value: Box::new(value), pipeline: draft.name.clone() }, ty, span)
    }

    fn no_one_name(&self, span: Span, collection: &str) {
        let message = format!("a record of `{collection}` is named by several attributes together, so no one value is its id");
        self.env.report.error_help("E0419", span, message, "name the records that it is made of, each by its own pipeline");
    }

    /// A value that names a record, or a list of them.
    fn as_name(&self, value: Expr, kind: &Kind) -> Result<Expr, Box<Expr>> {
        self.as_kind(value, kind).or_else(|value| match &value.ty.kind {
            Kind::List(item) if fits(item, kind) => Ok(*value),
            _ => Err(value),
        })
    }

    /// The links of another pipeline: asked by its key, they give the key of its target.
    fn counterpart_of(&self, value: Expr, name: &str, place: Span, span: Span) -> Expr {
        let Some(known) = self.env.known_pipeline(name, place) else { return Expr::broken(span) };
        let Some(links) = &known.links else {
            let diagnostic = Diagnostic::error("E0419", place, format!("it is unknown what `{name}` links"));
            self.env.report.say(diagnostic.related(known.span, "declared here").help("fix that pipeline first"));
            return Expr::broken(span);
        };
        let Some(id) = links.id.clone() else {
            let (system, collection) = &links.reference.target;
            let message = format!("`{system}.{collection}`, to which `{name}` links, declares no key");
            self.env.report.error_help("E0419", place, message, "add a `key` to the collection");
            return Expr::broken(span);
        };
        if links.id_is_several {
            self.no_one_name(place, &links.reference.target.1);
            return Expr::broken(span);
        }
        let value = match &links.key {
            Some(kind) => self.as_key_of(value, kind, name, known.span),
            None => value,
        };
        if value.is_broken() {
            return value;
        }
        let ty = named(&value.ty, id);
        Expr::new(ExprKind::Counterpart { value: Box::new(value), pipeline: name.to_owned() }, ty, span)
    }

    fn as_key_of(&self, value: Expr, kind: &Kind, name: &str, declared: Span) -> Expr {
        self.as_name(value, kind).unwrap_or_else(|value| {
            let message = format!("the records of `{name}` are named by {}, and this is {}", a_kind(kind), a_kind(&value.ty.kind));
            let diagnostic = Diagnostic::error("E0419", value.span, message).label(value.ty.to_string());
            self.env.report.say(diagnostic.related(declared, "declared here").help("name the record as the key of that pipeline does"));
            Expr::broken(value.span)
        })
    }

    /// A value that names another record of the source as its own collection does.
    fn as_key(&self, value: Expr, key: &Attribute) -> Expr {
        self.as_name(value, &key.ty.kind).unwrap_or_else(|value| {
            let (wanted, is) = (a_kind(&key.ty.kind), a_kind(&value.ty.kind));
            let message = format!("`counterpart` is asked by `{}`, {wanted}, and this is {is}", key.name);
            let diagnostic = Diagnostic::error("E0419", value.span, message).label(value.ty.to_string());
            self.env.report.say(diagnostic.related(key.span, "declared here").help("name the other record as its own collection does"));
            Expr::broken(value.span)
        })
    }

    fn at(&self, value: Expr, function: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        let [tree::Expr { kind: T::Path(path), .. }] = args else {
            self.env.report.error_help("E0604", function.span, "`at` takes one JSON path", "write it as `| at($.name)`");
            return Expr::broken(span);
        };
        let Some(path) = self.env.path(path) else { return Expr::broken(span) };
        if value.is_broken() {
            return Expr::broken(span);
        }
        if value.ty.kind != Kind::Json {
            let message = format!("`at` takes raw JSON, and this is {}", a_kind(&value.ty.kind));
            let diagnostic = Diagnostic::error("E0602", value.span, message).label(value.ty.to_string());
            self.env.report.say(diagnostic.help("use it on a path or an attribute of the type `json`"));
            return Expr::broken(span);
        }
        Expr::new(ExprKind::At { value: Box::new(value), path }, Type::optional(Kind::Json), span)
    }
}

/// A type of the language that a function takes, by how the function describes its input.
fn type_for(wanted: &str) -> &str {
    match wanted {
        "a list" | "a list of one type" => "list of text",
        "a single value" => "text",
        "a number" => "decimal",
        "date or datetime" => "date",
        named => named,
    }
}

/// What `counterpart` gives for a value: the target's id, or a list of them.
fn named(value: &Type, id: Kind) -> Type {
    match value.kind {
        Kind::List(_) => Type { kind: Kind::List(Box::new(id)), ..value.clone() },
        _ => Type::optional(id),
    }
}

fn is_no_length(value: &Value) -> bool {
    matches!(value, Value::Int(length) if !(SHORTEST_RANDOM..=LONGEST_RANDOM).contains(length))
}

/// Arguments as the table of functions asks for them.
pub(in crate::check) fn arguments(args: &[Expr]) -> Vec<Argument<'_>> {
    args.iter().map(|arg| Argument { ty: &arg.ty, value: arg.as_constant() }).collect()
}

/// Tries a function with its arguments, if they are all known.
fn bindable(function: &Function, args: &[Expr]) -> Result<(), Misuse> {
    let values: Option<Vec<_>> = args.iter().map(|arg| arg.as_constant().cloned()).collect();
    match values {
        Some(values) if !matches!(function.name, "age" | "random_text") => (function.bind)(&values).map(|_| ()),
        _ => Ok(()),
    }
}

/// The function that a name means elsewhere, and whether it takes the same arguments there.
fn alias_of(name: &str) -> Option<(&'static str, bool)> {
    if let Some(meant) = functions::meant(name) {
        return Some((meant, !matches!(meant, "parse_date" | "e164") && name != "number"));
    }
    Some(match name {
        "length" | "size" | "len" => ("count", true),
        "substring" | "substr" | "truncate" | "trunc" | "left" | "shorten" => ("slice", false),
        _ => return None,
    })
}

pub(super) fn are(count: usize) -> String {
    match count {
        0 => "is none".to_owned(),
        1 => "is 1".to_owned(),
        more => format!("are {more}"),
    }
}
