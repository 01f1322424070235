//! The two systems of the first integration, as their declarations compile.

use super::*;
use crate::{
    plan::{
        Line,
        program::{Name, Operator, Program, TemplatePart},
        system::{
            Attribute, Auth, AuthKind, Body, BodyFormat, Call, Collection, Direction, ErrorShape, ErrorSign, Http, Page, PageBy, Parameter,
            Place, Repeat, Retry, StatusSet, Verify, WireFormat,
        },
    },
    value::{
        Kind, Type,
        canonical::Comparison,
        format::{Codec, Form},
        functions::by_name,
        path::JsonPath,
    },
};

pub const SECRET: &str = "MARKED-00000000-0000-4000-8000-000000000001";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

struct Silent;

impl Observer for Silent {}

pub fn around(origin: &str) -> Surroundings {
    Surroundings {
        secrets: ["api_key", "token"].map(|name| (name.to_owned(), SECRET.to_owned())).into(),
        origin: Some(origin.to_owned()),
        folder: PathBuf::from("."),
        tokens: None,
        now: "2026-03-01T09:00:00Z".parse().unwrap(),
        today: jiff::civil::date(2026, 3, 1),
        observer: Arc::new(Silent),
    }
}

pub fn path(text: &str) -> JsonPath {
    JsonPath::parse(text).unwrap()
}

pub fn text(text: &str) -> Program {
    Program::Constant(Value::text(text))
}

pub fn name(name: Name) -> Program {
    Program::Name(name)
}

pub fn template(parts: impl IntoIterator<Item = Result<Program, &'static str>>) -> Program {
    let part = |part| match part {
        Ok(program) => TemplatePart::Program(program),
        Err(literal) => TemplatePart::Text(crate::value::Text::from(literal)),
    };
    Program::Template(parts.into_iter().map(part).collect())
}

fn applied(value: Program, function: &'static str, args: &[Value]) -> Program {
    let apply = (by_name(function).unwrap().bind)(args).unwrap();
    Program::Apply { value: Box::new(value), function, apply: Arc::new(apply) }
}

pub fn parameter(name: &str, value: Program) -> Parameter {
    Parameter { name: name.to_owned(), value, when: None }
}

pub fn attribute(name: &str, ty: Type, at: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        codec: Codec { required: !ty.optional, ..Codec::natural(ty.kind.clone()) },
        ty,
        path: path(at),
        written_at: None,
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

fn shaped(name: &str, kind: Kind, at: &str, form: Form) -> Attribute {
    let plain = attribute(name, Type::optional(kind), at);
    Attribute { codec: Codec { forms: vec![form], ..plain.codec.clone() }, ..plain }
}

pub fn call(method: &str, path: Program) -> Call {
    Call::new(method, path, crate::diagnose::Span::default())
}

pub fn collection(name: &str, attributes: Vec<Attribute>) -> Collection {
    Collection {
        name: name.to_owned(),
        key: Some(0),
        label: None,
        changed: None,
        lists_closed: true,
        settles_within: 60,
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

pub fn http(base: Program) -> Http {
    Http {
        base,
        auth: Vec::new(),
        headers: Vec::new(),
        queries: Vec::new(),
        format: WireFormat::Json,
        verify: None,
        limit: None,
        retry: Some(Retry { statuses: vec![StatusSet::Exactly(429), StatusSet::Hundred(5)], timeout: true, times: 2 }),
        errors: Vec::new(),
    }
}

pub fn system(name: &str, http: Http, collection: Collection, secret: &str) -> System {
    System {
        name: name.to_owned(),
        title: name.to_owned(),
        connection: system::Connection::Http(Box::new(http)),
        collections: vec![collection],
        secrets: vec![(secret.to_owned(), true)],
        line: Line::default(),
    }
}

/// Changes a system before it is used.
pub fn but(mut system: System, change: impl FnOnce(&mut Http, &mut Collection)) -> Arc<System> {
    let system::Connection::Http(http) = &mut system.connection else { panic!("an HTTP system") };
    change(http, &mut system.collections[0]);
    Arc::new(system)
}

/// `systems/lucca.sync`, with pages of two.
pub fn lucca() -> System {
    let naive = || Form::Pattern("%Y-%m-%dT%H:%M:%S%.f".to_owned());
    let attributes = vec![
        Attribute { direction: Direction::ReadOnly, ..attribute("id", Type::present(Kind::Int), "$.id") },
        attribute("employee_number", Type::optional(Kind::Text), "$.employeeNumber"),
        attribute("email", Type::optional(Kind::Text), "$.mail"),
        shaped("contract_end", Kind::Date, "$.dtContractEnd", naive()),
        attribute("department", Type::optional(Kind::Text), "$.department.name"),
        Attribute { written_at: Some(path("$.e_badge")), ..attribute("badge", Type::optional(Kind::Text), "$.extendedData.e_badge") },
    ];
    let mut users = collection("users", attributes);
    let since = applied(name(Name::Since), "format", &[Value::text("%Y-%m-%dT%H:%M:%S")]);
    let count = Program::List(vec![text("collection.count")].into());
    let fields = Program::Arithmetic(Operator::Add, Box::new((name(Name::RequestedFields), count)));
    users.list = Some(Call {
        queries: vec![
            parameter("formerEmployees", Program::Constant(Value::Bool(true))),
            parameter("orderBy", text("id,asc")),
            parameter("modifiedAt", template([Err("since,"), Ok(since)])),
            parameter("fields", applied(fields, "join", &[])),
            parameter("paging", template([Ok(name(Name::PageOffset)), Err(","), Ok(name(Name::PageSize))])),
        ],
        items: Some(path("$.data.items")),
        total: Some(Place::Path(path("$.data.count"))),
        page: Some(Page { by: PageBy::Offset, from: 0, size: 2 }),
        ..call("GET", text("/api/v3/users"))
    });
    let one = || template([Err("/api/v3/users/"), Ok(name(Name::Own(0)))]);
    users.get = Some(Call {
        queries: vec![parameter("fields", applied(name(Name::RequestedFields), "join", &[]))],
        item: Some(path("$.data")),
        ..call("GET", one())
    });
    let body = Some(Body { format: BodyFormat::Json, lines: Vec::new() });
    users.update = Some(Call { body, item: Some(path("$.data")), ..call("PUT", one()) });
    let key = template([Err("lucca application="), Ok(name(Name::Secret("api_key".to_owned())))]);
    let verify = Some(Verify { method: "GET".to_owned(), path: text("/api/v3/users?paging=0,1"), identity: None });
    let base = template([Err("https://"), Ok(Program::Constant(Value::text("acme"))), Err(".ilucca.net")]);
    system("lucca", Http { headers: vec![parameter("Authorization", key)], verify, ..http(base) }, users, "api_key")
}

/// `systems/reward_gateway.sync`, with the tag of `systems/scim.sync`.
pub fn scim() -> System {
    let attributes = vec![
        Attribute { direction: Direction::ReadOnly, ..attribute("id", Type::present(Kind::Text), "$.id") },
        attribute("external_id", Type::present(Kind::Text), "$.externalId"),
        attribute("email", Type::present(Kind::Text), r#"$.emails[?@.type == "work"].value"#),
        attribute("last_name", Type::present(Kind::Text), "$.name.familyName"),
        attribute("active", Type::present(Kind::Bool), "$.active"),
        attribute("division", Type::optional(Kind::Text), &format!(r#"$["{ENTERPRISE}"].department"#)),
        shaped("birth_date", Kind::Date, "$.birthDate", Form::Pattern("%d/%m/%Y".to_owned())),
        Attribute { direction: Direction::ReadOnly, ..attribute("version", Type::optional(Kind::Text), "$.meta.version") },
        attribute("home_email", Type::optional(Kind::Text), r#"$.emails[?@.type == "home"].value"#),
    ];
    let mut members = collection("members", attributes);
    let listed = |queries| Call {
        queries,
        items: Some(path("$.Resources")),
        total: Some(Place::Path(path("$.totalResults"))),
        ..call("GET", text("/Users"))
    };
    let pages = vec![parameter("startIndex", name(Name::PageOffset)), parameter("count", name(Name::PageSize))];
    members.list = Some(Call { page: Some(Page { by: PageBy::Offset, from: 1, size: 100 }), ..listed(pages) });
    let quoted = applied(name(Name::Own(1)), "json_quoted", &[]);
    members.finds = vec![(1, listed(vec![parameter("filter", template([Err("externalId eq "), Ok(quoted)]))]))];
    let one = || template([Err("/Users/"), Ok(name(Name::Own(0)))]);
    members.get = Some(call("GET", one()));
    let schemas = Program::List(vec![text("urn:ietf:params:scim:schemas:core:2.0:User")].into());
    let body = Body { format: BodyFormat::Json, lines: vec![(path("$.schemas"), schemas)] };
    members.create = Some(Call { body: Some(body), ..call("POST", text("/Users")) });
    let patch = Some(Body { format: BodyFormat::ScimPatch, lines: Vec::new() });
    members.update = Some(Call { headers: vec![parameter("If-Match", name(Name::Own(7)))], body: patch, ..call("PATCH", one()) });
    members.delete = Some(call("DELETE", one()));
    let invite = Body { format: BodyFormat::Json, lines: vec![(path("$.to"), name(Name::Own(2)))] };
    let invited = template([Err("/Users/"), Ok(name(Name::Own(0))), Err("/invite")]);
    members.named = vec![("invite".to_owned(), Call { body: Some(invite), repeat: Repeat::Declared(None), ..call("POST", invited) })];
    let sign = |code: &str, class| (ErrorSign::Code(code.to_owned()), class);
    let classes = vec![
        sign("uniqueness", ErrorClass::Conflict),
        sign("invalidVers", ErrorClass::Conflict),
        sign("invalidValue", ErrorClass::Invalid),
    ];
    let shape = ErrorShape { message: Some(Place::Path(path("$.detail"))), code: Some(Place::Path(path("$.scimType"))), classes };
    let auth = Auth { when: None, kind: AuthKind::Bearer { token: name(Name::Secret("token".to_owned())) } };
    let base = text("https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0/");
    system("reward_gateway", Http { auth: vec![auth], errors: vec![shape], ..http(base) }, members, "token")
}
