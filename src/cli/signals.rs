//! The signals that end a command: Ctrl-C, the end of a service, the end of the terminal.

use std::sync::atomic::{AtomicU8, Ordering};

/// The number of the signal that came, or 0.
static CAME: AtomicU8 = AtomicU8::new(0);

/// The number of SIGINT, also where the system has no numbers.
const INTERRUPT: u8 = 2;

/// The exit code of a command that a signal ended: 128 and its number, as shells have it.
#[must_use]
pub fn exit_code() -> u8 {
    let came = CAME.load(Ordering::Relaxed);
    128 + if came == 0 { INTERRUPT } else { came }
}

/// Waits for SIGINT, SIGTERM or SIGHUP. From then on these signals no longer end the process by themselves.
pub async fn stop() {
    let came = next().await;
    CAME.store(came, Ordering::Relaxed);
}

#[cfg(unix)]
async fn next() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    const HANGUP: u8 = 1;
    const TERMINATE: u8 = 15;
    let (terminate, hangup) = (signal(SignalKind::terminate()), (!is_ignored(HANGUP)).then(|| signal(SignalKind::hangup())));
    let wait = async |listening: Option<std::io::Result<tokio::signal::unix::Signal>>| match listening {
        Some(Ok(mut signals)) => drop(signals.recv().await),
        _ => std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => INTERRUPT,
        () = wait(Some(terminate)) => TERMINATE,
        () = wait(hangup) => HANGUP,
    }
}

#[cfg(not(unix))]
async fn next() -> u8 {
    let _ = tokio::signal::ctrl_c().await;
    INTERRUPT
}

/// Whether the process was started to survive a signal, as `nohup` does: to listen to it would undo that.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "how signals are handled belongs to the process")]
fn is_ignored(signal: u8) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored & (1 << (signal - 1)) != 0
}
