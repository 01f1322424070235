//! Two systems, declared by hand.

use crate::{
    plan::{
        Line,
        program::{Name, Operator, Program, TemplatePart},
        system::{
            Attribute, Auth, AuthKind, Body, BodyFormat, Call, Collection, Connection, Direction, ErrorClass, ErrorShape, ErrorSign, Http,
            Limit, Page, PageBy, Parameter, Place, System, WireFormat,
        },
    },
    value::{Kind, Type, Value, canonical::Comparison, format::Codec, functions::by_name, path::JsonPath},
};
use jiff::civil::Date;
use std::sync::Arc;

pub const TODAY: Date = jiff::civil::date(2026, 3, 1);
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn path(text: &str) -> JsonPath {
    JsonPath::parse(text).unwrap()
}

fn text(text: &str) -> Program {
    Program::Constant(Value::text(text))
}

fn own(attribute: usize) -> TemplatePart {
    TemplatePart::Program(Program::Name(Name::Own(attribute)))
}

fn literal(text: &str) -> TemplatePart {
    TemplatePart::Text(text.into())
}

fn template(parts: impl Into<Vec<TemplatePart>>) -> Program {
    Program::Template(parts.into().into())
}

fn applied(value: Program, function: &'static str) -> Program {
    let apply = (by_name(function).unwrap().bind)(&[]).unwrap();
    Program::Apply { value: Box::new(value), function, apply: Arc::new(apply) }
}

fn query(name: &str, value: Program) -> Parameter {
    Parameter { name: name.to_owned(), value, when: None }
}

fn attribute(name: &str, ty: Type, at: &str) -> Attribute {
    let codec = Codec { kind: ty.kind.clone(), required: !ty.optional, forms: Vec::new(), zone: None, texts: false };
    Attribute {
        name: name.to_owned(),
        ty,
        path: path(at),
        written_at: None,
        codec,
        unique: false,
        comparison: Comparison::default(),
        direction: Direction::Both,
        create_only: false,
        secret: false,
        public: false,
        effect: None,
        access: None,
        up_to: None,
        one_of: Vec::new(),
        matches: None,
        clear_as: None,
        asked_as: None,
        part: None,
        line: Line::default(),
    }
}

fn call(method: &str, path: Program) -> Call {
    Call::new(method, path, crate::diagnose::Span::default())
}

fn collection(name: &str, attributes: Vec<Attribute>) -> Collection {
    Collection {
        name: name.to_owned(),
        key: Some(0),
        label: None,
        changed: None,
        lists_closed: true,
        settles_within: 0,
        attributes,
        parts: Vec::new(),
        discovery: None,
        list: None,
        get: None,
        finds: Vec::new(),
        create: None,
        update: None,
        delete: None,
        named: Vec::new(),
        file: None,
        line: Line::default(),
    }
}

fn http(base: &str) -> Http {
    let limit = Some(Limit { amount: 40, per_seconds: 60, at_once: None });
    Http {
        base: text(base),
        auth: Vec::new(),
        headers: Vec::new(),
        queries: Vec::new(),
        format: WireFormat::Json,
        verify: None,
        limit,
        retry: None,
        errors: Vec::new(),
    }
}

fn system(name: &str, http: Http, collection: Collection, secret: &str) -> Arc<System> {
    Arc::new(System {
        name: name.to_owned(),
        title: name.to_owned(),
        connection: Connection::Http(Box::new(http)),
        collections: vec![collection],
        secrets: vec![(secret.to_owned(), true)],
        line: Line::default(),
    })
}

/// An HR system: header key, `paging=offset,size`, chosen fields, a total only if it is asked for, PUT of some members.
pub fn hr() -> Arc<System> {
    let id = Attribute { direction: Direction::ReadOnly, ..attribute("id", Type::present(Kind::Int), "$.id") };
    let mail = attribute("mail", Type::optional(Kind::Text), "$.mail");
    let department =
        Attribute { direction: Direction::ReadOnly, ..attribute("department", Type::optional(Kind::Text), "$.department.name") };
    let badge =
        Attribute { written_at: Some(path("$.e_badge")), ..attribute("badge", Type::optional(Kind::Text), "$.extendedData.e_badge") };
    let mut users = collection("users", vec![id, mail, department, badge]);
    let fixed = Program::List(vec![text("collection.count")].into());
    let fields = Program::Arithmetic(Operator::Add, Box::new((Program::Name(Name::RequestedFields), fixed)));
    let paging = template([
        TemplatePart::Program(Program::Name(Name::PageOffset)),
        literal(","),
        TemplatePart::Program(Program::Name(Name::PageSize)),
    ]);
    users.list = Some(Call {
        queries: vec![query("fields", applied(fields, "join")), query("paging", paging)],
        items: Some(path("$.data.items")),
        total: Some(Place::Path(path("$.data.count"))),
        page: Some(Page { by: PageBy::Offset, from: 0, size: 3 }),
        ..call("GET", text("/api/v3/users"))
    });
    let one = || template([literal("/api/v3/users/"), own(0)]);
    let put = Some(Body { format: BodyFormat::Json, lines: Vec::new() });
    users.get = Some(Call { item: Some(path("$.data")), ..call("GET", one()) });
    users.update = Some(Call { body: put, item: Some(path("$.data")), ..call("PUT", one()) });
    let key = template([literal("lucca application="), TemplatePart::Program(Program::Name(Name::Secret("api_key".to_owned())))]);
    let http = Http { headers: vec![query("Authorization", key)], ..http("https://acme.example.com") };
    system("hr", http, users, "api_key")
}

/// A SCIM system: bearer token, index from 1, filters, PATCH with tags, a welcome e-mail on request.
pub fn scim() -> Arc<System> {
    let rule = regex::Regex::new(r"^[\p{L} -]+$").unwrap();
    let attributes = vec![
        Attribute { direction: Direction::ReadOnly, ..attribute("id", Type::present(Kind::Text), "$.id") },
        Attribute { unique: true, ..attribute("external_id", Type::present(Kind::Text), "$.externalId") },
        Attribute {
            unique: true,
            comparison: Comparison { ignoring_case: true, ignoring_order: false },
            ..attribute("email", Type::present(Kind::Text), r#"$.emails[?@.type == "work"].value"#)
        },
        Attribute { matches: Some(rule), up_to: Some(10), ..attribute("last_name", Type::present(Kind::Text), "$.name.familyName") },
        attribute("active", Type::optional(Kind::Bool), "$.active"),
        attribute("division", Type::optional(Kind::Text), &format!(r#"$["{ENTERPRISE}"].department"#)),
        Attribute { direction: Direction::ReadOnly, ..attribute("version", Type::optional(Kind::Text), "$.meta.version") },
        Attribute {
            direction: Direction::WriteOnly,
            create_only: true,
            effect: Some("a welcome e-mail".to_owned()),
            ..attribute("welcome", Type::optional(Kind::Bool), "$.welcome")
        },
    ];
    let mut members = collection("members", attributes);
    let listed = |queries| Call {
        queries,
        items: Some(path("$.Resources")),
        total: Some(Place::Path(path("$.totalResults"))),
        ..call("GET", text("/Users"))
    };
    let pages = vec![query("startIndex", Program::Name(Name::PageOffset)), query("count", Program::Name(Name::PageSize))];
    members.list = Some(Call { page: Some(Page { by: PageBy::Offset, from: 1, size: 100 }), ..listed(pages) });
    let filter = |name: &str, by| {
        vec![query(
            "filter",
            template([literal(&format!("{name} eq ")), TemplatePart::Program(applied(Program::Name(Name::Own(by)), "json_quoted"))]),
        )]
    };
    members.finds = vec![(1, listed(filter("externalId", 1))), (2, listed(filter("emails.value", 2)))];
    let one = || template([literal("/Users/"), own(0)]);
    members.get = Some(call("GET", one()));
    members.create = Some(call("POST", text("/Users")));
    let patch = Some(Body { format: BodyFormat::ScimPatch, lines: Vec::new() });
    members.update = Some(Call { headers: vec![query("If-Match", Program::Name(Name::Own(6)))], body: patch, ..call("PATCH", one()) });
    members.delete = Some(call("DELETE", one()));
    let sign = |code: &str| ErrorSign::Code(code.to_owned());
    let classes = vec![
        (sign("uniqueness"), ErrorClass::Conflict),
        (sign("invalidValue"), ErrorClass::Invalid),
        (sign("mutability"), ErrorClass::Invalid),
    ];
    let shape = ErrorShape { message: Some(Place::Path(path("$.detail"))), code: Some(Place::Path(path("$.scimType"))), classes };
    let auth = Auth { when: None, kind: AuthKind::Bearer { token: Program::Name(Name::Secret("token".to_owned())) } };
    let http =
        Http { auth: vec![auth], errors: vec![shape], format: WireFormat::ScimJson, ..http("https://api.example.com/1111/scim/v2.0/") };
    system("scim", http, members, "token")
}
