//! `panelgen graph`.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::config_args::ConfigArgs;
use super::reporter::Reporter;
use super::{Outcome, diff};
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::Diagnostics;
use crate::graph::{self, dot, mermaid, svg};
use crate::inspect::picture;
use crate::{fs, values};

/// Draw a host: what reaches it, what runs on it, and what that connects to.
#[derive(Args)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Graph {
    #[command(flatten)]
    parameters: ConfigArgs,
    /// An existing bundle instead of parameters: a directory, a tar archive (gzipped or not) or `-` for stdin.
    #[arg(value_name = "PATH", conflicts_with = "ConfigArgs")]
    path: Option<Utf8PathBuf>,
    /// A second bundle: what differs from PATH is marked.
    #[arg(value_name = "B", requires = "path")]
    other: Option<Utf8PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Svg, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture for browsers and documents, in light and dark.
    Svg,
    /// A Mermaid flowchart, which code hosts draw.
    Mermaid,
    /// The language of Graphviz.
    Dot,
}

const USAGE: &str = "\
panelgen graph [OPTIONS] [PARAMETERS]
       panelgen graph [OPTIONS] PATH
       panelgen graph [OPTIONS] A B";

const AFTER_HELP: &str = "\
The picture of a bundle is drawn from its panel.yaml. With two bundles, old and new, everything that the new one adds, \
changes or removes is marked with +, ~ or −; a program is changed if a file that it reads is.

Examples:
  panelgen graph -d example.com > host.svg
  panelgen graph old.tar new.tar > changes.svg";

impl Graph {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let graph = match (&self.path, &self.other) {
            (Some(a), Some(b)) => Self::two(a, b, &mut diagnostics)?,
            (Some(path), None) => picture::of_bundle(
                &values::sanitize(path.as_str()).to_string(),
                &diff::read(path)?.0,
                &mut diagnostics,
            ),
            (None, _) => self
                .parameters
                .render(SecretPolicy::Omit, &mut diagnostics)
                .map(|rendered| graph::Graph::new(&rendered.host, &rendered.plan)),
        };
        reporter.report(&diagnostics);
        let Some(graph) = graph else { return Ok(Outcome::Failure) };
        let text = match self.format {
            Format::Svg => svg::write(&graph),
            Format::Mermaid => mermaid::write(&graph),
            Format::Dot => dot::write(&graph),
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }

    /// Compares two bundles.
    fn two(a: &Utf8Path, b: &Utf8Path, diagnostics: &mut Diagnostics) -> Result<Option<graph::Graph>> {
        if a == "-" && b == "-" {
            bail!("stdin can be read only once: use `-` for one of the two bundles");
        }
        let (old, new) = (diff::read(a)?.0, diff::read(b)?.0);
        let name = |path: &Utf8Path| values::sanitize(path.as_str()).to_string();
        let before = picture::of_bundle(&name(a), &old, diagnostics);
        let after = picture::of_bundle(&name(b), &new, diagnostics);
        let changed = picture::changed_files(&old, &new);
        Ok(before.zip(after).map(|(before, after)| graph::compare(&before, &after, &changed)))
    }
}
