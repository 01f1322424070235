//! Stand-ins for the vendors' services, each written from what the vendor documents, and not from our own system files.

pub mod arlo;
pub mod lucca;
pub mod oomnitza;
pub mod reward_gateway;
pub mod sage_people;
pub mod server;
mod tools;
pub mod wicket;
