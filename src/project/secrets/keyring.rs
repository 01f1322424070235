//! The keyring of the system, through its own tool: `secret-tool` (freedesktop secret service: GNOME, KDE) or `security` (macOS).
//! A secret goes in and comes out by a pipe, never as an argument.

use super::error::KeyringError;
use crate::host::Host;
use std::{io::ErrorKind, process::Output};

/// What secrets are filed under.
const SERVICE: &str = "counterpart";

/// How `security` says that there is no such item.
const NOT_FOUND: i32 = 44;

/// The secret of an account; `None` if the keyring has none.
///
/// # Errors
/// The keyring can't be reached.
pub fn get(host: &Host, account: &str) -> Result<Option<String>, KeyringError> {
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
        _ => Err(KeyringError::Unreachable(said)),
    }
}

/// Stores the secret of an account and replaces an earlier one.
///
/// # Errors
/// As [`get`].
pub fn set(host: &Host, account: &str, secret: &str) -> Result<(), KeyringError> {
    let mac = is_mac()?;
    let label = format!("{SERVICE} {account}");
    let output = if mac {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        run(host, tool(mac), &["-i"], &format!("add-generic-password -U -s {SERVICE} -a \"{account}\" -X {hex}\n"))?
    } else {
        run(host, tool(mac), &["store", "--label", &label, "service", SERVICE, "account", account], secret)?
    };
    let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(KeyringError::Unreachable(said())) }
}

/// Whether the keyring is that of macOS.
///
/// # Errors
/// The keyring of this operating system has no known tool.
fn is_mac() -> Result<bool, KeyringError> {
    match std::env::consts::OS {
        "macos" => Ok(true),
        "linux" | "freebsd" | "openbsd" | "netbsd" | "dragonfly" => Ok(false),
        other => Err(KeyringError::Unsupported(other)),
    }
}

const fn tool(mac: bool) -> &'static str {
    if mac { "security" } else { "secret-tool" }
}

fn run(host: &Host, tool: &'static str, args: &[&str], input: &str) -> Result<Output, KeyringError> {
    host.program(tool, args, input).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeyringError::NoTool(tool),
        _ => KeyringError::NotRun { tool, why: error.to_string() },
    })
}
