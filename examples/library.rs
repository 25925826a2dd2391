//! Renders a bundle to a tar in memory, and prints all mistakes of a bad configuration.
//!
//!     cargo run --example library
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use panelgen::{Config, Diagnostics, render};

fn main() -> Result<(), Diagnostics> {
    let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
    config.merge_yaml("panel.yaml".into(), "domain: example.com\nmail: ops@example.com\n", &mut diagnostics);
    let Some(bundle) = render(&config, None, &mut diagnostics) else { return Err(diagnostics) };
    let archive = bundle.to_tar(0).expect("the paths of a bundle fit into a tar");
    println!("{} paths, {} bytes of tar", bundle.entries().count(), archive.len());

    let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
    config.merge_yaml("bad.yaml".into(), "domain: example\nfaasd: {gatway_port: 80}\n", &mut diagnostics);
    assert!(render(&config, None, &mut diagnostics).is_none());
    println!("{diagnostics}");
    Ok(())
}
