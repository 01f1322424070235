//! Integration tests, in one binary to keep linking short.

mod seed;
