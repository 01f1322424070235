//! Conflicts between operations: accounts that another record claims, values that must be unique, operations that the target
//! refused before, and references to records without an account. [`withdraw`] removes the operations that can't be carried out,
//! and names both sides.

pub(crate) mod claims;
pub(crate) mod given_up;
pub(crate) mod hold;
pub(crate) mod references;
pub(crate) mod refused;
pub(crate) mod same_key;
pub(crate) mod unique_values;
pub(crate) mod withdraw;
