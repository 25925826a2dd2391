//! docker-compose.yaml as faasd reads it: the core services.

use serde::Serialize;

use super::later;
use crate::component::HEADER;
use crate::panel::Panel;
use crate::release::from;
use crate::template::{compose_value, yaml_document};
use crate::word::{Span, Word};

#[derive(Serialize)]
struct Compose {
    version: String,
    services: Vec<(&'static str, Service)>,
}

