//! Plans with the generation in force, on the last read or on a new one.

use super::{
    basis::Basis,
    live::{Data, Watch},
};
use crate::{
    compile::{ExecutionPlan, Side},
    engine::{
        EngineError, Workspace,
        connect::connections::sides,
        session::{Session, usable},
    },
    run::{
        change_set::ChangeSet,
        plan::lookups::Memory,
        read::{
            extract::{Extractor, Table},
            joins,
            sides::{ReadBreadth, Reads},
        },
        record_scope::Clock,
    },
};
use std::sync::PoisonError;

impl Watch {
    /// Opens the systems with the present configuration and files, and reads them.
    pub(super) async fn reopen(&mut self, workspace: Workspace) -> Result<(), EngineError> {
        let workspace = Workspace { project: workspace.project.reread()?, ..workspace };
        let pipeline = self.session.pipeline.clone();
        let (plan, _) = workspace.project.compile(&pipeline, false)?;
        let session = Session::open(workspace, pipeline, plan, None).await?;
        let basis = Basis::of(&session);
        self.reads = session.read(ReadBreadth::Everything).await?;
        (self.session, self.basis) = (session, basis);
        self.data_files.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&self.basis.files);
        self.read_at = self.session.workspace.project.host.now();
        Ok(())
    }

    /// Plans with the generation in force. If it has another source, reads again first, provided that this sends no request.
    pub(super) async fn plan_live(&mut self) -> Result<Data, EngineError> {
        let Some(generation) = self.live.current() else { return Ok(Data::OfThisPlan) };
        let mut data = self.data_of(&generation.value);
        if data == Data::Other && self.is_free_to_read(&generation.value) {
            self.reopen(self.session.workspace.clone()).await?;
            data = Data::OfThisPlan;
        }
        let clock = self.session.workspace.clock(&generation.value, None);
        self.day = clock.today;
        let memory = self.session.memory_at(clock)?;
        let set = self.plan_again(&generation.value, &memory, clock).await;
        self.outcome = Some(usable(&set, &generation.value).map(|()| set));
        Ok(data)
    }

    fn data_of(&self, plan: &ExecutionPlan) -> Data {
        let files = self.stamps_now();
        if self.basis == (Basis { plan: plan.read_basis.clone(), files }) { Data::OfThisPlan } else { Data::Other }
    }

    /// Whether reading sends no request to a real system.
    fn is_free_to_read(&self, plan: &ExecutionPlan) -> bool {
        let is_file = |side: &Side| side.system.http().is_none();
        self.session.workspace.project.sandbox || sides(plan).all(is_file)
    }

    /// Plans with a plan that may use other values than the one that read.
    async fn plan_again(&mut self, plan: &ExecutionPlan, memory: &Memory, clock: Clock) -> ChangeSet {
        let target = self.reads.target.again(Extractor::target(&plan.target, true));
        let joined = joins::again(plan, &self.reads.joined, Table::again);
        let source = self.reads.source.again(Extractor::source(&plan.source, true));
        let source = joins::relate(plan, source, &joined, clock);
        let mut reads = Reads { source, target, joined, proofs: self.reads.proofs.clone() };
        let set = self.session.plan_changes(plan, &mut reads, memory).await;
        self.reads.proofs = reads.proofs;
        set
    }
}
