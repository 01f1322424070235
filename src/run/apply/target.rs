//! What applying a change set needs from the target: implemented by a connection, and by a fake in tests.

use crate::{
    compile::{ExecutionPlan, system::Batch},
    systems::{CallError, Connection, GetResult, ReadRequest, Write, WriteKind, Written},
    value::Value,
};

/// One record, as JSON text.
pub type Record = Box<[u8]>;

/// The target's collection, to be looked up and written.
#[expect(async_fn_in_trait, reason = "one task drives them all; nothing is sent between threads")]
pub trait Target {
    /// Gets one record by its key.
    ///
    /// # Errors
    /// What the system answered.
    async fn get(&self, id: &Value) -> Result<GetResult, CallError>;

    /// Finds the records whose attribute has a value.
    ///
    /// # Errors
    /// What the system answered; a failed look-up is never "not there".
    async fn find(&self, attribute: usize, value: &Value) -> Result<Vec<Record>, CallError>;

    /// Sends writes; the outcomes are in the same order.
    async fn write(&self, writes: &[Write]) -> Vec<Result<Written, CallError>>;

    /// How many writes are sent together: 1 for HTTP.
    fn batch(&self) -> usize;

    /// How many writes of a kind fit into one request, and the attribute whose value they must share.
    fn gathers(&self, _kind: WriteKind) -> Option<Batch> {
        None
    }

    /// How many calls may be under way at once.
    fn at_once(&self) -> usize;

    /// Whether the target is one file: a temporary failure is one of the whole file, and each further record would fail as this one did.
    fn is_file(&self) -> bool {
        false
    }

    /// Whether it is a file that somebody else has changed since this process read it, so that its records have to be looked at again.
    fn is_changed(&self) -> bool {
        false
    }
}

/// The target of a plan, through its connection.
pub struct Accounts<'a> {
    connection: &'a Connection,
    collection: usize,
    ask: ReadRequest,
}

impl<'a> Accounts<'a> {
    /// Requests what the plan reads of the target.
    #[must_use]
    pub fn new(connection: &'a Connection, plan: &ExecutionPlan) -> Self {
        let attributes = plan.target.slots.iter().filter_map(|slot| slot.attribute).collect();
        Self { connection, collection: plan.target.collection, ask: ReadRequest { attributes, ..ReadRequest::default() } }
    }
}

impl Target for Accounts<'_> {
    async fn get(&self, id: &Value) -> Result<GetResult, CallError> {
        self.connection.get(self.collection, id, &self.ask).await
    }

    async fn find(&self, attribute: usize, value: &Value) -> Result<Vec<Record>, CallError> {
        self.connection.find(self.collection, attribute, value, &self.ask).await
    }

    async fn write(&self, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        self.connection.write(self.collection, writes).await
    }

    fn batch(&self) -> usize {
        self.connection.batch()
    }

    fn gathers(&self, kind: WriteKind) -> Option<Batch> {
        self.connection.gathers(self.collection, kind)
    }

    fn at_once(&self) -> usize {
        self.connection.at_once()
    }

    fn is_file(&self) -> bool {
        self.connection.is_file()
    }

    fn is_changed(&self) -> bool {
        self.connection.is_changed(self.collection)
    }
}
