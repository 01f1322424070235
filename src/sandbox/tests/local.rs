//! Stand-ins inside of this process, on a simulated machine: no socket, no thread and no wait that takes time.

use super::TODAY;
use crate::{
    compile::system::System,
    host::{Exchange, HttpClient, HttpReply, HttpRequest, NetError, NetErrorKind, simulation::Simulation},
    sandbox::{DATABASE, Options, Store, secrets, server::Site},
    systems::{Connection, ConnectionConfig, tests::build::config},
};
use jiff::civil::Date;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What happens to a request instead of its answer: it is told the system and the request.
pub type Meddler = Box<dyn Fn(&Site, &HttpRequest) -> Option<Result<HttpReply, NetError>> + Send + Sync>;

/// The network of a simulated machine: a stand-in at each port.
#[derive(Default)]
pub struct Network {
    sites: Mutex<BTreeMap<u16, Arc<Site>>>,
    pub meddler: Mutex<Option<Meddler>>,
}

impl Network {
    /// Puts a stand-in into the network, at a port; returns its origin.
    pub fn serve(&self, port: u16, system: &Arc<System>, store: &Arc<Store>, today: Date) -> String {
        let origin = format!("http://127.0.0.1:{port}");
        let site = Site::new(Arc::clone(system), Arc::clone(store), origin.clone(), secrets(system), today, &Options::default());
        self.sites.lock().unwrap().insert(port, Arc::new(site.unwrap()));
        origin
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpReply, NetError> {
        let refused = || NetError { kind: NetErrorKind::Connect, received: None, why: "connection refused".to_owned() };
        let site = self.sites.lock().unwrap().get(&request.url.port().unwrap_or(0)).cloned().ok_or_else(refused)?;
        if let Some(instead) = self.meddler.lock().unwrap().as_ref().and_then(|meddler| meddler(&site, request)) {
            return instead;
        }
        Ok(answered(&site, request))
    }
}

/// The stand-in's own answer.
pub fn answered(site: &Site, request: &HttpRequest) -> HttpReply {
    let target = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
    let replied = site.reply(&request.method, &target.parse().unwrap(), &request.headers, request.body.as_deref().unwrap_or_default());
    HttpReply { status: replied.status.as_u16(), headers: replied.headers, body: replied.body, framed: true }
}

impl HttpClient for Network {
    fn send(&self, request: HttpRequest) -> Exchange<'_> {
        Box::pin(async move { self.answer(&request) })
    }
}

/// One system on a machine of its own.
pub struct Local {
    /// Kept for its database.
    _machine: Simulation,
    pub store: Arc<Store>,
    pub connection: Connection,
}

/// A system with an empty stand-in, and a connection to it.
pub fn local(system: &Arc<System>) -> Local {
    let machine = Simulation::at("2026-03-01T09:00:00Z");
    let database = machine.folder().join(DATABASE);
    machine.keep_database(&database);
    let store = Arc::new(Store::open(&machine.host(), &database).unwrap());
    let network = Arc::new(Network::default());
    let origin = network.serve(1000, system, &store, TODAY);
    machine.connect(network);
    let given = ConnectionConfig { secrets: secrets(system), host: machine.host(), ..config(&origin) };
    Local { connection: Connection::open(system, given).unwrap(), _machine: machine, store }
}
