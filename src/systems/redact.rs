//! Secrets, kept out of all that is printed or stored.
