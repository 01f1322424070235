//! The keyring of the system, through its own tool: `secret-tool` (freedesktop secret service: GNOME, KDE) or `security` (macOS).
//! A secret goes in and comes out by a pipe, never as an argument.

use crate::host::Host;
use std::{io::ErrorKind, process::Output};

/// What secrets are filed under.
const SERVICE: &str = "counterpart";

/// How `security` says that there is no such item.
const NOT_FOUND: i32 = 44;

/// The secret of an account; none if the keyring has none.
///
/// # Errors
/// The keyring can't be reached, and what to do.
pub fn get(host: &Host, account: &str) -> Result<Option<String>, String> {
    let mac = is_mac()?;
    let args: &[&str] = if mac {
        &["find-generic-password", "-s", SERVICE, "-a", account, "-w"]
    } else {
        &["lookup", "service", SERVICE, "account", account]
    };
    let output = run(host, tool(mac), args, "")?;
    let secret = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) if !secret.is_empty() => Ok(Some(secret)),
        Some(0) => Ok(None),
        Some(NOT_FOUND) if mac => Ok(None),
        Some(1) if !mac && said.is_empty() => Ok(None),
        _ => Err(unreachable(&said)),
    }
}

/// Keeps the secret of an account, in place of the one before.
///
/// # Errors
/// As [`get`].
pub fn set(host: &Host, account: &str, secret: &str) -> Result<(), String> {
    let mac = is_mac()?;
    let label = format!("{SERVICE} {account}");
    let output = if mac {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        run(host, tool(mac), &["-i"], &format!("add-generic-password -U -s {SERVICE} -a \"{account}\" -X {hex}\n"))?
    } else {
        run(host, tool(mac), &["store", "--label", &label, "service", SERVICE, "account", account], secret)?
    };
    if output.status.success() { Ok(()) } else { Err(unreachable(String::from_utf8_lossy(&output.stderr).trim())) }
}

/// # Errors
/// On a system whose keyring has no tool that we know.
fn is_mac() -> Result<bool, String> {
    match std::env::consts::OS {
        "macos" => Ok(true),
        "linux" | "freebsd" | "openbsd" | "netbsd" | "dragonfly" => Ok(false),
        other => Err(format!("the keyring of {other} can't be asked: keep the secret in a file or an environment variable")),
    }
}

const fn tool(mac: bool) -> &'static str {
    if mac { "security" } else { "secret-tool" }
}

fn run(host: &Host, tool: &str, args: &[&str], input: &str) -> Result<Output, String> {
    host.program(tool, args, input).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            format!("the keyring is asked by `{tool}`, which is not installed (on Debian and Ubuntu: libsecret-tools): install it, or keep the secret in a file")
        }
        _ => format!("`{tool}`, which asks the keyring, can't be run: {error}"),
    })
}

fn unreachable(said: &str) -> String {
    let said = said.lines().next().map(|line| format!(": {line}")).unwrap_or_default();
    format!("no keyring can be reached from here{said}; where nobody is signed in, keep the secret in a file or a vault")
}
