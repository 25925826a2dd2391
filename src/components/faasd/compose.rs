//! docker-compose.yaml for faasd: the core services. The values are upstream's own at the tags of faasd,
//! except that the gateway only listens on 127.0.0.1.

use std::fmt::Write as _;

use serde::Serialize;

use super::later;
use crate::components::yaml;
use crate::facts::releases::{EULA, from};
use crate::host::FaasdConfig;
use crate::values::{Duration, FromText};

#[derive(Serialize)]
struct Compose {
    version: &'static str,
    services: Services,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Services {
    #[serde(skip_serializing_if = "Option::is_none")]
    basic_auth_plugin: Option<Service>,
    nats: Service,
    prometheus: Service,
    gateway: Service,
    queue_worker: Service,
}

#[derive(Serialize, Default)]
struct Service {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    command: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environment: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<Bind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cap_add: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<String>,
}

/// A bind mount, the only kind of volume that faasd accepts.
#[derive(Serialize)]
struct Bind {
    #[serde(rename = "type")]
    kind: &'static str,
    source: &'static str,
    target: &'static str,
}

fn bind(source: &'static str, target: &'static str) -> Bind {
    Bind { kind: "bind", source, target }
}

fn secrets() -> Vec<Bind> {
    vec![
        bind("./secrets/basic-auth-password", "/run/secrets/basic-auth-password"),
        bind("./secrets/basic-auth-user", "/run/secrets/basic-auth-user"),
    ]
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The whole document.
pub(super) fn text(faasd: &FaasdConfig) -> String {
    let images = &faasd.images;
    let version = &faasd.release.version;
    // Since the images moved in 0.10, NATS moved its queue on disk and services run as their own users.
    let moved = from(version, "0.10.0");
    let plugin = images.basic_auth.clone().map(|image| Service {
        image,
        environment: lines(&[
            "port=8080",
            "secret_mount_path=/run/secrets",
            "user_filename=basic-auth-user",
            "pass_filename=basic-auth-password",
        ]),
        volumes: secrets(),
        cap_add: vec!["CAP_NET_RAW"],
        ..Service::default()
    });
    // Without `-m`, which upstream has: its port for monitoring has no password, and functions would reach it.
    let nats = Service {
        image: images.nats.clone(),
        user: moved.then_some("65534"),
        command: if moved {
            vec!["/nats-streaming-server", "--store=file", "--dir=/nats", "--cluster_id=faas-cluster"]
        } else {
            vec!["/nats-streaming-server", "--store=memory", "--cluster_id=faas-cluster"]
        },
        volumes: if moved { vec![bind("./nats", "/nats")] } else { Vec::new() },
        ..Service::default()
    };
    let mut prometheus_volumes = vec![bind("./prometheus.yml", "/etc/prometheus/prometheus.yml")];
    if moved {
        prometheus_volumes.push(bind("./prometheus", "/prometheus"));
    }
    let prometheus = Service {
        image: images.prometheus.clone(),
        user: moved.then_some("65534"),
        volumes: prometheus_volumes,
        cap_add: vec!["CAP_NET_RAW"],
        ports: vec![format!("127.0.0.1:{}:9090", faasd.prometheus_port.value)],
        ..Service::default()
    };
    let services = Services {
        gateway: gateway(faasd),
        queue_worker: queue_worker(faasd),
        basic_auth_plugin: plugin,
        nats,
        prometheus,
    };
    let mut notes = String::new();
    if images.terms().is_some() {
        let _ = writeln!(notes, "# Two images are under the {EULA}.");
    }
    notes + &yaml(&Compose { version: "3.7", services })
}

fn gateway(faasd: &FaasdConfig) -> Service {
    let limit = faasd.timeout.go();
    let mut environment = lines(&["basic_auth=true"]);
    environment.push(format!("functions_provider_url=http://faasd-provider:{}/", faasd.provider_port.value));
    environment.push("direct_functions=false".to_owned());
    environment.push(format!("read_timeout={limit}"));
    environment.push(format!("write_timeout={limit}"));
    environment.push(format!("upstream_timeout={}", later(&faasd.timeout, 5).go()));
    environment.extend(lines(&["faas_nats_address=nats", "faas_nats_port=4222"]));
    let mut depends_on = vec!["nats", "prometheus"];
    if faasd.images.basic_auth.is_some() {
        environment.extend(lines(&[
            "auth_proxy_url=http://basic-auth-plugin:8080/validate",
            "auth_proxy_pass_body=false",
        ]));
        depends_on.insert(0, "basic-auth-plugin");
    }
    environment.extend(lines(&[
        "secret_mount_path=/run/secrets",
        "scale_from_zero=true",
        "function_namespace=openfaas-fn",
    ]));
    Service {
        image: faasd.images.gateway.clone(),
        environment,
        volumes: secrets(),
        cap_add: vec!["CAP_NET_RAW"],
        depends_on,
        ports: vec![format!("127.0.0.1:{}:8080", faasd.gateway_port.value)],
        ..Service::default()
    }
}

fn queue_worker(faasd: &FaasdConfig) -> Service {
    let mut environment = lines(&[
        "faas_nats_address=nats",
        "faas_nats_port=4222",
        "gateway_invoke=true",
        "faas_gateway_address=gateway",
    ]);
    // A message counts as lost after five minutes, or after the maximum duration of a function if that is
    // longer.
    let five_minutes = Duration::parse("5m").expect("five minutes are a valid duration");
    let longest =
        if faasd.timeout.seconds() > five_minutes.seconds() { &faasd.timeout } else { &five_minutes };
    environment.push(format!("ack_wait={}", later(longest, 5).go()));
    environment.extend(lines(&[
        "max_inflight=1",
        "write_debug=false",
        "basic_auth=true",
        "secret_mount_path=/run/secrets",
    ]));
    Service {
        image: faasd.images.queue_worker.clone(),
        environment,
        volumes: secrets(),
        cap_add: vec!["CAP_NET_RAW"],
        depends_on: vec!["nats"],
        ..Service::default()
    }
}
