//! `panelgen` renders, from a domain and a few parameters, everything that a single-host function platform with a web
//! IDE needs on disk: nginx, certificate renewal, containerd, CNI, faasd, code-server, the firewall.
//!
//! The library is pure: the same input gives the same bytes, and nothing here opens a file, starts a program or asks
//! a clock. The command line behind the feature `cli` does that.
//!
//! ```
//! use panelgen::{Config, Diagnostics, check, render};
//!
//! let mut diagnostics = Diagnostics::default();
//! let mut config = Config::default();
//! config.merge_yaml("panel.yaml".into(), "domain: example.com\npanel: none\n", &mut diagnostics);
//! config.merge_set("nginx.client_max_body_size=64M", &mut diagnostics);
//! let bundle = render(&config, None, &mut diagnostics).expect("these parameters are valid");
//!
//! let site = bundle.get("root/etc/nginx/conf.d/default.conf".into()).unwrap();
//! assert!(site.content().unwrap().starts_with(b"# Made by panelgen"));
//! assert!(check(&bundle).is_empty());
//! ```
//!
//! All mistakes are reported at once:
//!
//! ```
//! use panelgen::{Config, Diagnostics, render};
//!
//! let mut diagnostics = Diagnostics::default();
//! let mut config = Config::default();
//! config.merge_yaml("panel.yaml".into(), "domain: example_com\nmial: a@b.example\n", &mut diagnostics);
//! assert!(render(&config, None, &mut diagnostics).is_none());
//! let codes: Vec<_> = diagnostics.entries().iter().map(|entry| entry.code.as_str()).collect();
//! assert_eq!(codes, ["domain-invalid", "key-unknown"]);
//! ```

#![cfg_attr(
    not(feature = "internals"),
    allow(dead_code, unused_imports, reason = "used by the command line, by tests or by benches")
)]

// A module uses only those above it: `tests/pure/architecture.rs` keeps this order.

mod cache;

mod values;

mod syntax;

mod diagnostics;

mod facts;

mod config;

mod host;

mod template;

mod components;

mod plan;

mod graph;

mod bundle;

mod delivery;

mod render;

mod fleet;

mod inspect;

mod api;

#[cfg(feature = "cli")]
mod fs;

#[cfg(feature = "cli")]
mod validators;

#[cfg(feature = "cli")]
pub mod cli;

pub use camino;

pub use api::{check, render, resolve};
pub use bundle::{Bundle, Entry};
pub use config::Config;
pub use diagnostics::{Code, Diagnostic, Diagnostics, Location, Severity};
pub use facts::target::Target;
pub use host::Host;
pub use values::Secret as Password;

/// The private modules, for this repository's own tests and benches. Not part of the public API.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    macro_rules! open {
        ($($module:ident),* $(,)?) => {
            $(
                #[allow(missing_docs)]
                pub mod $module {
                    pub use crate::$module::*;
                }
            )*
        };
    }

    open!(
        bundle,
        cache,
        components,
        config,
        delivery,
        diagnostics,
        facts,
        fleet,
        graph,
        host,
        inspect,
        plan,
        render,
        syntax,
        template,
        values,
    );
    #[cfg(feature = "cli")]
    open!(cli, fs, validators);
}
