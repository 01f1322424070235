//! The whole program from the outside: real processes, real files, real sockets. One binary, to keep linking short.

#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]

mod bad_input;
mod choices;
mod codes;
mod curl;
mod discovery;
mod documents;
mod employees_to_users;
mod engine;
mod example_project;
mod exchanges;
mod execution_plan;
mod first_review;
mod first_sync;
mod formats;
mod guide;
mod http;
mod incomplete;
mod integrations;
mod leavers;
mod members_and_contacts;
mod mistakes;
mod old_words;
mod pages;
mod project;
mod publish;
mod reference;
mod sandbox;
mod sandbox_client;
mod second_pass;
mod secrets;
mod seed;
mod settings;
mod shell;
mod silent;
mod start;
mod suggest;
mod ten_mistakes;
mod terminal;
mod together;
mod tutorial;
mod vendors;
mod watch;
mod watch_clock;
mod widths;
