//! Saves: a separate thread waits for them and compiles each one.

use crate::{
    check::{self, Checked},
    compile::ExecutionPlan,
    engine::{EngineError, Workspace, session::Session},
    project::{ProjectError, config::FILE, discovery_cache::DiscoveryCache},
    reload::{
        Answer, Live, Reload,
        disk::{FileState, Seen, WatchedFile},
    },
    sandbox::Trials,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often files are looked at before there is anything to watch them by.
const LOOK: Duration = Duration::from_millis(200);

impl Workspace {
    /// The files that decide whether a pipeline can be watched; none as long as it can't be found.
    #[must_use]
    pub fn watched_files(&self, asked: Option<&str>) -> Vec<PathBuf> {
        let of = |checked: &Checked| checked.files.clone();
        match self.project.choose(asked) {
            Ok(pipeline) => of(&self.project.check(&pipeline.file)),
            Err(ProjectError::WrongFiles(all)) => all.iter().flat_map(of).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// The present state of files, and of the configuration. Taken before the files are used, it tells a save during the use.
    #[must_use]
    pub fn states(&self, files: &[PathBuf]) -> Seen {
        let config = self.project.folder.join(FILE);
        files.iter().chain([&config]).map(|file| (file.clone(), FileState::at(self.project.host.disk(), file))).collect()
    }

    /// Waits until one of the files, or the configuration, is not what it was `before`. A file that was not looked at then counts from now.
    pub async fn saved(&self, files: &[PathBuf], before: &Seen) {
        let mut known = self.states(files);
        known.extend(before.clone());
        while known.iter().all(|(file, state)| *state == FileState::at(self.project.host.disk(), file)) {
            self.project.host.sleep(LOOK).await;
        }
    }
}

/// How often the thread that waits for saves checks whether its receiver still exists.
const LISTENER_CHECK: Duration = Duration::from_secs(1);

/// The state of the files of records when they were read.
pub(super) type DataFiles = Arc<Mutex<Vec<(PathBuf, FileState)>>>;

/// The answer to one save.
pub(super) type Save = Box<Answer<ProjectError>>;

/// The generation in force, the first answer, and the receiver of later ones.
pub(super) type Reloading = (Arc<Live<ExecutionPlan>>, Answer<ProjectError>, UnboundedReceiver<Save>);

/// Compiles each save in a separate thread.
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
    let discovery = DiscoveryCache::source(&host, &project.state_folder(), Box::new(watched_files), project.roots_of(&file));
    let compile = Box::new(move |checked: &check::Project| {
        let plan = project.reread()?.compile_checked(checked, &pipeline, false)?;
        Ok((plan.hash.clone(), plan))
    });
    let tried = host.clone();
    let review = Box::new(move |checked: &mut Checked| Trials::new(tried.clone()).add_to(checked));
    let (reload, first) = Reload::open(&host, file, discovery, review, compile);
    let (live, (sender, saves)) = (reload.live(), unbounded_channel());
    let waiting = host.thread("watch", Box::new(move || wait(reload, &sender)));
    drop(waiting.map_err(|error| EngineError::NoThread(Arc::new(error)))?);
    Ok((live, first, saves))
}

fn wait(mut reload: Reload<ExecutionPlan, ProjectError>, saves: &UnboundedSender<Save>) {
    while !saves.is_closed() {
        if let Some(answer) = reload.wait(LISTENER_CHECK) {
            // The loop ends when the receiver is gone.
            let _ = saves.send(Box::new(answer));
        }
    }
}
