//! Where the secrets of a system may be sent: agreed to by a person, by name.

use super::index::Index;
use crate::{
    engine::{EngineError, Workspace},
    project::config::safe_origin,
    state::{Store, origins::TrustedOrigin},
};

impl Workspace {
    /// The origins that the secrets of a system may be sent to, after making `origins` these if there are any.
    ///
    /// # Errors
    /// No pipeline has such a system, an origin is not one, or the state can't be written.
    pub fn trust(&self, system: &str, origins: &[String], by: &str) -> Result<Vec<TrustedOrigin>, EngineError> {
        let (host, folder) = (&self.project.host, self.project.state_folder());
        if origins.is_empty() {
            let store = Store::open_existing(host, &folder)?;
            return Ok(store.map(|store| store.trusted_origins(system)).transpose()?.unwrap_or_default());
        }
        let safe = |origin: &String| safe_origin(origin).ok_or_else(|| EngineError::NotAnOrigin(origin.clone()));
        let origins = origins.iter().map(safe).collect::<Result<Vec<_>, _>>()?;
        let names = self.secrets_of(system)?;
        if names.is_empty() {
            return Err(EngineError::NoSystem(system.to_owned()));
        }
        let secrets = self.project.config.kept(system, names.iter().map(String::as_str));
        let store = Store::open_in(host, &folder)?;
        let transaction = store.transaction()?;
        transaction.trust(system, &origins, &secrets, by, host.now())?;
        transaction.commit()?;
        Ok(store.trusted_origins(system)?)
    }

    /// The names of a system's secrets.
    fn secrets_of(&self, system: &str) -> Result<Vec<String>, EngineError> {
        let entries = Index::open(self)?.entries(&self.project);
        let own = entries.into_iter().filter(|entry| entry.used.secret && entry.used.system.as_deref() == Some(system));
        Ok(own.map(|entry| entry.used.name).collect())
    }
}
