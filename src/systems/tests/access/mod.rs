//! Access to a system: sign-in, secrets, TLS, and the origins that get credentials.

use super::*;

mod origins;
mod secrets;
pub mod signin;
mod tls;
mod token_calls;
