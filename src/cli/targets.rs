//! `panelgen targets`.

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::as_of;
use super::table::table;
use crate::facts::target::{DEFAULT, TARGETS, Target};
use crate::fs;
use crate::values::Date;

/// Print the target matrix.
#[derive(Args)]
pub(super) struct Targets {
    /// Compare the ends of support with this day: `YYYY-MM-DD`, or `today`.
    #[arg(long, value_name = "DATE", value_parser = as_of::parse)]
    as_of: Option<Date>,
}

impl Targets {
    // Takes `self` like every other command.
    pub(super) fn run(&self) -> Result<Outcome> {
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
                target.end_of_life.to_string(),
                target.extended_support.to_string(),
            ]
            .into_iter()
            .chain(self.as_of.map(|day| state(target, day).to_owned()))
            .collect()
        });
        let head = [
            "TARGET",
            "ALSO",
            "PACKAGES",
            "NGINX",
            "OPENSSL",
            "SYSTEMD",
            "CLOUD-INIT",
            "CERTBOT",
            "PROVEN",
            "END OF LIFE",
            "EXTENDED",
            "STATE",
        ];
        let columns = if self.as_of.is_some() { head.len() } else { head.len() - 1 };
        fs::write_stdout(table("", &head[..columns], rows.collect()).as_bytes())?;
        Ok(Outcome::Done)
    }
}

/// The state of a target's support on a day.
fn state(target: &Target, day: Date) -> &'static str {
    if day > target.extended_support {
        "ended"
    } else if day > target.end_of_life {
        "extended"
    } else {
        "supported"
    }
}
