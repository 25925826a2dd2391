//! Fleets: what holds for many hosts beyond what holds for each.

mod diff;
mod equal;
mod golden;
mod idempotence;
mod part;
mod rejected;
mod shards;
