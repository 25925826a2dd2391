//! Output formats of a bundle: the plan as tables, the installer, Ansible and cloud-config generated from
//! them, and the bundle as an archive, as JSON or as one script. All functions return bytes and do no I/O.

pub mod ansible;
pub mod archive;
pub mod cloud_config;
pub mod cyclonedx;
pub mod format;
pub mod installer;
pub mod json;
pub mod minify;
pub mod plan_tables;
pub mod recognize;
pub mod shell_script;
pub mod spdx;
pub mod support;
pub mod tar;
pub mod tar_gz;
pub mod text;
