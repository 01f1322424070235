//! Saves: a thread of its own waits for them and compiles each aside.

use crate::{
    check,
    compile::ExecutionPlan,
    engine::{EngineError, session::Session},
    project::{ProjectError, config::FILE, discovery_cache::DiscoveryCache},
    reload::{
        Answer, Live, Reload,
        disk::{FileState, WatchedFile},
    },
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often the thread that waits for saves looks whether anybody still listens.
const LISTENER_CHECK: Duration = Duration::from_secs(1);

/// The files of records that were read, as they were then.
pub(super) type DataFiles = Arc<Mutex<Vec<(PathBuf, FileState)>>>;

/// The answer to one save.
pub(super) type Save = Box<Answer<ProjectError>>;

/// What is in force, the answer to the first generation, and those to come.
pub(super) type Reloading = (Arc<Live<ExecutionPlan>>, Answer<ProjectError>, UnboundedReceiver<Save>);

/// Compiles each save aside, in a thread of its own.
pub(super) fn reload(session: &Session, data_files: DataFiles) -> Result<Reloading, EngineError> {
    let (project, pipeline) = (session.workspace.project.clone(), session.pipeline.clone());
    let (host, file) = (project.host.clone(), pipeline.file.clone());
    let config = project.folder.join(FILE);
    let watched_files = move || {
        let data = data_files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        std::iter::once(WatchedFile::Text(config.clone()))
            .chain(data.into_iter().map(|(path, used)| WatchedFile::Data(path, used)))
            .collect()
    };
    let discovery = DiscoveryCache::source(&host, &project.state_folder(), Box::new(watched_files));
    let compile = Box::new(move |checked: &check::Project| {
        let plan = project.reread()?.compile_checked(checked, &pipeline, false)?;
        Ok((plan.hash.clone(), plan))
    });
    let (reload, first) = Reload::open(file, discovery, compile);
    let (live, (sender, saves)) = (reload.live(), unbounded_channel());
    let waiting = host.thread("watch", Box::new(move || wait(reload, &sender)));
    drop(waiting.map_err(|error| EngineError::NoThread(Arc::new(error)))?);
    Ok((live, first, saves))
}

fn wait(mut reload: Reload<ExecutionPlan, ProjectError>, saves: &UnboundedSender<Save>) {
    while !saves.is_closed() {
        if let Some(answer) = reload.wait(LISTENER_CHECK) {
            // Where nobody listens any more, the loop ends.
            let _ = saves.send(Box::new(answer));
        }
    }
}
