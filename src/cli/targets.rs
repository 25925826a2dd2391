//! `panelgen targets`.

use anyhow::Result;
use clap::Args;

use super::Outcome;
use crate::facts::target::{DEFAULT, TARGETS};
use crate::fs;

/// Print the target matrix.
#[derive(Args)]
pub(super) struct Targets {}

impl Targets {
    // Takes `self` like every other command.
    pub(super) fn run(&self) -> Result<Outcome> {
        let Self {} = self;
        let rows = TARGETS.iter().map(|target| {
            let release = |(major, minor, patch): (u16, u16, u16)| format!("{major}.{minor}.{patch}");
            vec![
                if target.name == DEFAULT {
                    format!("{} (default)", target.name)
                } else {
                    target.name.to_owned()
                },
                target.aliases.join(", "),
                target.package_manager.as_str().to_owned(),
                release(target.nginx),
                release(target.openssl),
                target.systemd.to_string(),
                release(target.cloud_init),
                release(target.certbot),
                target.support.as_str().to_owned(),
            ]
        });
        let head =
            ["TARGET", "ALSO", "PACKAGES", "NGINX", "OPENSSL", "SYSTEMD", "CLOUD-INIT", "CERTBOT", "PROVEN"];
        fs::write_stdout(columns(&head, rows.collect()).as_bytes())?;
        Ok(Outcome::Done)
    }
}

/// Formats rows in columns as wide as their widest cell, without trailing spaces.
pub(super) fn columns(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
