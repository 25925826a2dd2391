//! `panelgen man`.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man as Page;

use super::reporter::Reporter;
use super::{Cli, Outcome};
use crate::fs;
use crate::values::sanitize;

/// Write a manual page for each command.
#[derive(Args)]
pub(super) struct Man {
    /// The output directory.
    #[arg(short, long, value_name = "DIR")]
    output: Utf8PathBuf,
}

impl Man {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut command = Cli::command().disable_help_subcommand(true);
        // Gives each subcommand the name of its page, `panelgen-render`.
        command.build();
        let mut count = 0;
        write(&command, &self.output, &mut count)?;
        reporter.info(&format!("{}: {count} pages", sanitize(self.output.as_str())));
        Ok(Outcome::Done)
    }
}

fn write(command: &Command, directory: &Utf8Path, count: &mut usize) -> Result<()> {
    // Without a date, the page is the same whenever it is written.
    let page = Page::new(command.clone().version(env!("CARGO_PKG_VERSION")))
        .source(concat!("panelgen ", env!("CARGO_PKG_VERSION")))
        .manual("panelgen");
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = clean(&String::from_utf8(text)?);
    fs::write_file(&directory.join(page.get_filename()), text.as_bytes(), 0o644)?;
    *count += 1;
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .try_for_each(|below| write(below, directory, count))
}

/// Writes what is left out in the title, and the paragraphs, as readers of manual pages expect them.
fn clean(page: &str) -> String {
    let page = page.replace("\n.br\n\n.br\n", "\n.sp\n");
    let line = |line: &str| match line.strip_prefix(".TH ") {
        // The date is empty: the next argument would take its place.
        Some(title) => format!(".TH {}\n", title.replacen("  ", " \"\" ", 1)),
        None => line.trim_end_matches(' ').to_owned() + "\n",
    };
    page.lines().map(line).collect()
}
