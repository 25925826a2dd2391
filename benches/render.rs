//! How long one host takes: in memory, to disk, and a large file of parameters read.
//!
//!     cargo bench --bench render
#![allow(clippy::disallowed_methods, reason = "a benchmark makes and removes its own directory")]

use camino::{Utf8Path, Utf8PathBuf};
use divan::{Bencher, black_box};
use panelgen::internals::bundle::Bundle;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::fs::{self, Overwrite};

fn main() {
    divan::main();
}

/// The routes of the large file: about 38 KB.
const ROUTES: usize = 400;

fn parameters() -> Config {
    let mut params = Config::default();
    params.merge_flag_list("domain", "-d", &["example.com".to_owned()]);
    params
}

fn bundle(params: &Config) -> Bundle {
    let mut report = Diagnostics::default();
    panelgen::internals::render::bundle(params, None, &mut report).expect("the parameters are good")
}

/// From parameters to a bundle, nothing written.
#[divan::bench]
fn one_host_in_memory(bencher: Bencher<'_, '_>) {
    let params = parameters();
    bencher.bench_local(|| bundle(black_box(&params)));
}

/// The same, written to an empty directory in memory (tmpfs).
#[divan::bench]
fn one_host_to_disk(bencher: Bencher<'_, '_>) {
    let params = parameters();
    let home = Scratch::new();
    let mut count = 0_u32;
    bencher.bench_local(|| {
        count += 1;
        let place = home.0.join(count.to_string());
        fs::write_bundle(&bundle(black_box(&params)), &place, Overwrite::No).expect("the directory is ours")
    });
}

/// The same, over the same bundle: what an unchanged host costs.
#[divan::bench]
fn one_host_unchanged_on_disk(bencher: Bencher<'_, '_>) {
    let params = parameters();
    let home = Scratch::new();
    let place = home.0.join("bundle");
    fs::write_bundle(&bundle(&params), &place, Overwrite::No).expect("the directory is ours");
    bencher.bench_local(|| {
        fs::write_bundle(&bundle(black_box(&params)), &place, Overwrite::No).expect("the directory is ours")
    });
}

/// A file with some hundred routes, read and checked.
#[divan::bench]
fn large_parameters_read(bencher: Bencher<'_, '_>) {
    let route = |number: usize| {
        let port = 20_000 + number;
        format!(
            "  - path: /app-{number}/\n    upstream: http://127.0.0.1:{port}/\n    websocket: true\n    timeout: 90s\n"
        )
    };
    let routes: String = (0..ROUTES).map(route).collect();
    let text = format!("domain: example.com\nroutes:\n{routes}");
    bencher.bench_local(|| {
        let mut params = Config::default();
        let mut report = Diagnostics::default();
        params.merge_yaml(Utf8Path::new("panel.yaml"), black_box(&text), &mut report);
        params.check(&mut report);
        assert!(!report.has_errors(), "{}", report.text(false));
        params
    });
}

/// A directory in memory where there is one, removed at the end.
struct Scratch(Utf8PathBuf);

impl Scratch {
    fn new() -> Self {
        let memory = Utf8Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { Utf8Path::new(env!("CARGO_TARGET_TMPDIR")) };
        let home = parent.join(format!("panelgen-bench-{}", std::process::id()));
        std::fs::create_dir_all(&home).expect("a scratch directory can be made");
        Self(home)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the scratch directory is ours");
    }
}
