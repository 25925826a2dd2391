//! Where a fact comes from.

use serde::{Deserialize, Serialize};

use crate::values::Date;

/// Where a fact comes from.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The address.
    pub url: String,
    /// The day on which it was read.
    pub read: Date,
}
