//! The whole program from the outside: real processes, real files, real sockets. One binary, to keep linking short.

#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]

mod bad_input;
mod codes;
mod desk;
mod first_sync;
mod guide;
mod mistakes;
mod pages;
mod reference;
mod sandbox;
mod sandbox_client;
mod seed;
mod ten_mistakes;
mod world;
