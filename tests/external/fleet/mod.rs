//! Fleets: Ansible reads them, and a killed run leaves each host whole.

mod ansible;
mod killed;
