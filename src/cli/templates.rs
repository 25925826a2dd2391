//! `panelgen templates`.

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use super::Outcome;
use super::reporter::Reporter;
use crate::delivery::installer;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::template;
use crate::values::sanitize;

/// Export the built-in templates.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Templates {
    /// The template to print, by its path on the host.
    #[arg(value_name = "NAME", conflicts_with_all = ["output", "list"])]
    name: Option<String>,
    /// Print the names.
    #[arg(long, conflicts_with = "output")]
    list: bool,
    /// Write all templates to this directory.
    #[arg(short, long, value_name = "DIR")]
    output: Option<Utf8PathBuf>,
    /// Replace existing files.
    #[arg(long, requires = "output")]
    force: bool,
}

impl Templates {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        if let Some(directory) = &self.output {
            for (path, text) in all() {
                fs::write_new_file(&directory.join(path), text.as_bytes(), 0o644, self.force)?;
            }
            reporter.info(&format!("{}: {} files", sanitize(directory.as_str()), all().count()));
            return Ok(Outcome::Done);
        }
        if self.list {
            let names: String = names().map(|path| path + "\n").collect();
            fs::write_stdout(names.as_bytes())?;
            return Ok(Outcome::Done);
        }
        let requested = self.name.as_deref().unwrap_or_default();
        let name = requested.trim_start_matches("templates/").trim_start_matches('/');
        let suffixed = format!("{name}.j2");
        // The whole installer, as its parts make it.
        let installer = ("panel.sh".to_owned(), installer::PROGRAM);
        if let Some((_, text)) = all().chain([installer]).find(|(path, _)| path == name || *path == suffixed)
        {
            fs::write_stdout(text.as_bytes())?;
            return Ok(Outcome::Done);
        }
        let mut diagnostics = Diagnostics::default();
        let finding =
            Diagnostic::new(Code::TemplateUnknown, format!("unknown template `{}`", sanitize(requested)))
                .with_location(Location::Flag("NAME".to_owned()));
        let names: Vec<_> = names().collect();
        diagnostics.push(finding.with_suggestion(
            name,
            names.iter().map(String::as_str),
            "list every name with `panelgen templates --list`",
        ));
        reporter.report(&diagnostics);
        Ok(Outcome::Failure)
    }
}

/// Returns the paths of all files.
pub(super) fn names() -> impl Iterator<Item = String> {
    all().map(|(path, _)| path)
}

/// Returns every file of `templates/` except the Ansible role: the templates and the parts of the installer.
fn all() -> impl Iterator<Item = (String, &'static str)> {
    let templates =
        template::names().filter_map(|name| Some((format!("{name}.j2"), template::source(name)?)));
    templates.chain(installer::parts().into_iter().map(|part| (part.path.to_owned(), part.text)))
}
