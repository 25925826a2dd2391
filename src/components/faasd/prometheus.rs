//! prometheus.yml: the targets of the core services' Prometheus, with upstream's own settings.

use serde::Serialize;

use crate::components::yaml;

#[derive(Serialize)]
struct Config {
    global: Global,
    scrape_configs: Vec<Job>,
}

#[derive(Serialize)]
struct Global {
    scrape_interval: &'static str,
    evaluation_interval: &'static str,
}

#[derive(Serialize)]
struct Job {
    job_name: &'static str,
    static_configs: Vec<Targets>,
}

#[derive(Serialize)]
struct Targets {
    targets: Vec<&'static str>,
}

/// The whole document.
pub(super) fn text() -> String {
    let job = |job_name, target| Job { job_name, static_configs: vec![Targets { targets: vec![target] }] };
    yaml(&Config {
        global: Global { scrape_interval: "15s", evaluation_interval: "15s" },
        // Both addresses are inside the container network, where services have their own fixed ports.
        scrape_configs: vec![job("prometheus", "localhost:9090"), job("gateway", "gateway:8082")],
    })
}
