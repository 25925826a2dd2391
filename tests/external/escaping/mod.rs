//! What a value says is what the real reader of the file gets: hostile strings are written by our
//! dialects and read back by nginx, systemd, dash, bash, `PyYAML`, js-yaml and python's json.
//!
//! For each place in a file a value may be refused, but whatever is written comes back exactly, and
//! enough is written that a dialect cannot pass by refusing everything.

mod hostile;
mod json;
mod nginx;
mod sh;
mod systemd;
mod yaml;

use minijinja::context;
use panelgen::internals::template::{Error, render_text};

/// Renders `template` for the file `name` with one value.
fn render(name: &str, template: &str, value: &str) -> Result<String, Error> {
    render_text(name, template, context! { v => value }).map(|rendered| rendered.text)
}

/// Fails unless each template, given each value, is written exactly so.
#[track_caller]
fn writes(name: &str, cases: &[(&str, &str, &str)]) {
    for (template, value, expect) in cases {
        let written = render(name, template, value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
        assert_eq!(written, *expect, "{template:?} with {value:?}");
    }
}

/// Fails unless each template refuses each value, and says so in these words.
#[track_caller]
fn refuses(name: &str, cases: &[(&str, &str, &str)]) {
    for (template, value, expect) in cases {
        match render(name, template, value) {
            Ok(written) => panic!("{template:?} with {value:?} was written as {written:?}"),
            Err(error) => assert!(error.why.contains(expect), "{template:?} with {value:?}: {error}"),
        }
    }
}
