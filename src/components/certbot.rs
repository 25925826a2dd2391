//! certbot: the first certificate and its renewal, by one mechanism.

use super::{
    Component, DataDirectory, Endpoints, Exposure, FileSet, Footprint, Listener, Peer, Process, Resources,
    STANDALONE_PORT, Unit, WEBROOT, builtin_port, context, proxy, values,
};
use crate::components::file_spec::{OnChange, Owner};
use crate::facts::target::PackageManager;
use crate::host::{Acme, Alarm, DEPLOY_HOOK, Host, SharedConfig, TLS_DIRECTORY};
use crate::values::escape_all;

const NAME: &str = "certbot";
const ALARM: &str = "certbot-alarm.service";
const ISSUE: &str = "/etc/systemd/system/certbot-issue.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| !matches!(shared.tls.acme, Acme::None { .. }),
    endpoints,
    resources,
    disruptions: &[],
    extra_actions: issue,
};

fn endpoints(shared: &SharedConfig) -> Endpoints {
    let mut endpoints = Endpoints::default();
    if shared.tls.acme == Acme::Standalone {
        endpoints.listeners.push(Listener {
            component: NAME,
            port: builtin_port(STANDALONE_PORT),
            exposure: Exposure::Loopback,
        });
    }
    endpoints
}

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let target = shared.target;
    let sandbox = [
        ("ca", shared.tls.ca.as_ref().map(ToString::to_string).into()),
        ("aws_credentials", aws_credentials(shared).into()),
        ("alarm", shared.certbot.alarm.as_ref().map(|_| ALARM).into()),
        ("protect_hostname", target.protect_hostname().into()),
        ("protect_kernel_logs", target.protect_kernel_logs().into()),
        ("protect_clock", target.protect_clock().into()),
        ("protect_proc", target.protect_proc().into()),
        ("system_service_calls", target.system_service_calls().into()),
    ];
    let mut files = FileSet::new(NAME);
    let issue = |host: &Host| context! { arguments: arguments(host) };
    files.per_host_template(
        ISSUE,
        OnChange::DaemonReload,
        values(sandbox.clone().into_iter().chain(proxy(shared))),
        issue,
    );
    if shared.certbot.alarm.is_some() {
        let command = match &shared.certbot.alarm {
            Some(Alarm::Command(command)) => Some(command.to_string()),
            _ => None,
        };
        files.per_host_template(
            "/etc/systemd/system/certbot-alarm.service",
            OnChange::DaemonReload,
            values(sandbox.clone().into_iter().chain([("command", command.into())]).chain(proxy(shared))),
            |host| context! { call: call(host) },
        );
    }
    let renew = [("without_sleep", target.renew_without_sleep().into())];
    files.per_host_template(
        "/etc/systemd/system/certbot-renew.service",
        OnChange::DaemonReload,
        values(sandbox.into_iter().chain(renew).chain(proxy(shared))),
        |host| context! { lineage: host.domain().to_string() },
    );
    let timer = context! {
        calendar: shared.certbot.calendar.to_string(),
        random_delay: shared.certbot.random_delay.systemd(),
    };
    files.template("/etc/systemd/system/certbot-renew.timer", OnChange::Unit("certbot-renew.timer"), timer);
    let hook = |host: &Host| {
        context! {
            certificate: host.domain().to_string(),
            directory: format!("{TLS_DIRECTORY}/{}", host.domain()),
        }
    };
    files.per_host_template(DEPLOY_HOOK, OnChange::Nothing, context! {}, hook).mode = 0o755;
    let mut packages = vec!["certbot".to_owned()];
    // The distribution's own timer goes on renewing the certificates of others.
    if target.package_manager == PackageManager::Dnf {
        packages.insert(0, "epel-release".to_owned());
    }
    if matches!(shared.certbot.alarm, Some(Alarm::Webhook(_))) {
        packages.extend(target.package_manager.fetch().iter().map(ToString::to_string));
    }
    if let Acme::Dns { plugin, .. } = &shared.tls.acme {
        packages.push(format!("python3-certbot-dns-{plugin}"));
    }
    let mut directories = Vec::new();
    if shared.tls.acme == Acme::Webroot {
        directories.push(DataDirectory { path: WEBROOT.to_owned(), mode: 0o755, owner: Owner::root() });
    }
    let mut units = vec![
        Unit::running("certbot-renew.timer"),
        Unit::on_demand("certbot-renew.service"),
        Unit::on_demand("certbot-issue.service"),
    ];
    if shared.certbot.alarm.is_some() {
        units.push(Unit::on_demand(ALARM));
    }
    Resources {
        files: files.files,
        units,
        packages,
        directories,
        processes: processes(shared),
        footprint: Footprint { memory: 0, disk: 100 },
        ..Resources::default()
    }
}

/// The first request and the renewals, and the servers that both need.
fn processes(shared: &SharedConfig) -> Vec<Process> {
    let mut connections = vec![(authority(shared), "requests a certificate")];
    let mut secrets = Vec::new();
    if let Acme::Dns { credentials, .. } = &shared.tls.acme {
        connections.push((Peer::Outside("DNS API", None), "proves the names"));
        secrets.push(credentials.to_string());
    }
    let standalone = shared.tls.acme == Acme::Standalone;
    let client = |title, unit| Process {
        title,
        unit: Some(unit),
        ports: standalone.then(|| builtin_port(STANDALONE_PORT).value).into_iter().collect(),
        connections: connections.clone(),
        secrets: secrets.clone(),
        ..Process::default()
    };
    let timer = Process {
        title: "renewal timer",
        unit: Some("certbot-renew.timer"),
        schedule: Some(shared.certbot.calendar.to_string()),
        connections: vec![(Peer::Process("renewal"), "starts")],
        ..Process::default()
    };
    let mut processes = vec![
        client("first certificate", "certbot-issue.service"),
        timer,
        client("renewal", "certbot-renew.service"),
    ];
    let called = match &shared.certbot.alarm {
        None => return processes,
        Some(Alarm::Command(command)) => Peer::Outside("alarm", Some(command.to_string())),
        Some(Alarm::Webhook(_)) => Peer::Outside("webhook", None),
    };
    processes[2].connections.push((Peer::Process("alarm"), "starts, if it fails"));
    processes.push(Process {
        title: "alarm",
        unit: Some(ALARM),
        connections: vec![(called, "calls")],
        ..Process::default()
    });
    processes
}

/// The words that start an alarm. curl reads the URL from a file, because arguments can be read by every account.
fn call(host: &Host) -> Vec<String> {
    let domain = host.domain();
    match &host.certbot.alarm {
        None => Vec::new(),
        Some(Alarm::Command(command)) => vec![command.to_string(), domain.to_string()],
        Some(Alarm::Webhook(file)) => {
            let text =
                format!("{domain}: the certificate was not renewed. See `journalctl -u certbot-renew`.");
            let body = serde_json::json!({ "text": text }).to_string();
            let curl =
                ["/usr/bin/curl", "--fail", "--silent", "--show-error", "--max-time", "60", "--retry", "3"];
            let request =
                ["--header", "Content-Type: application/json", "--data", &body, "--config", file.as_str()];
            curl.iter().chain(&request).map(ToString::to_string).collect()
        }
    }
}

/// Whether it is the plugin of Amazon Route 53, which reads the files of the AWS command line and waits until its records
/// are served.
fn is_route53(plugin: &str) -> bool {
    plugin == "route53"
}

/// The file with credentials for Route 53, if that proves the names.
fn aws_credentials(shared: &SharedConfig) -> Option<String> {
    match &shared.tls.acme {
        Acme::Dns { plugin, credentials, .. } if is_route53(plugin) => Some(credentials.to_string()),
        _ => None,
    }
}

/// The certificate authority.
fn authority(shared: &SharedConfig) -> Peer {
    if let Some(server) = &shared.tls.server {
        return Peer::Outside("ACME server", Some(server.to_string()));
    }
    let (title, host) = if shared.tls.staging {
        ("Let's Encrypt, staging", "acme-staging-v02.api.letsencrypt.org")
    } else {
        ("Let's Encrypt", "acme-v02.api.letsencrypt.org")
    };
    Peer::Outside(title, Some(format!("https://{host}/directory")))
}

/// The action for changed domains, or for another way to obtain the certificate. The unit that requests the certificate
/// has them in its arguments.
fn issue(path: &str, old: Option<&str>, new: &str) -> Option<String> {
    let names = |unit: &str| -> Vec<String> {
        let words = unit.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        words.filter_map(|word| word.strip_prefix("--domain=")).map(str::to_owned).collect()
    };
    let (before, after) = (old.map(names).unwrap_or_default(), names(new));
    if path != ISSUE {
        return None;
    }
    if before == after {
        let changed = old.is_some_and(|old| ways(old) != ways(new));
        return changed
            .then(|| "start certbot-issue: re-issue the certificate as it is configured now".to_owned());
    }
    let after = escape_all(&after.join(", "));
    Some(if before.is_empty() {
        format!("start certbot-issue: a certificate for {after}")
    } else {
        format!(
            "start certbot-issue: re-issue the certificate for {after} (was {})",
            escape_all(&before.join(", "))
        )
    })
}

/// The arguments that say where the certificate comes from, and how.
fn ways(unit: &str) -> Vec<&str> {
    const WAYS: [&str; 6] = ["--server=", "--staging", "--webroot", "--standalone", "--dns-", "--key-type="];
    unit.split_whitespace()
        .filter(|word| WAYS.iter().any(|way| word.trim_matches('"').starts_with(way)))
        .collect()
}

/// The arguments of `certbot certonly`.
fn arguments(host: &Host) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut push = |text: &str| words.push(text.to_owned());
    push("--non-interactive");
    push("--agree-tos");
    match &host.mail {
        Some(mail) => {
            push("--no-eff-email");
            push(&format!("--email={mail}"));
        }
        None => push("--register-unsafely-without-email"),
    }
    if let Some(server) = &host.tls.server {
        push(&format!("--server={server}"));
    }
    if host.tls.staging {
        push("--staging");
    }
    match &host.tls.acme {
        Acme::Webroot => {
            push("--webroot");
            push(&format!("--webroot-path={WEBROOT}"));
        }
        Acme::Standalone => {
            push("--standalone");
            push(&format!("--http-01-port={STANDALONE_PORT}"));
            push("--http-01-address=127.0.0.1");
        }
        Acme::Dns { plugin, credentials, propagation } => {
            push(&format!("--dns-{plugin}"));
            if !is_route53(plugin) {
                push(&format!("--dns-{plugin}-credentials={credentials}"));
                push(&format!("--dns-{plugin}-propagation-seconds={}", propagation.seconds()));
            }
        }
        Acme::None { .. } => {}
    }
    if host.certbot.rsa {
        if host.target.key_type() {
            push("--key-type=rsa");
        }
    } else if host.target.key_type() {
        push("--key-type=ecdsa");
    }
    if let Some(profile) = &host.certbot.profile {
        push(&format!("--preferred-profile={profile}"));
    }
    // The unit is started only if something differs. certbot would keep what the lineage has saved as long as its
    // certificate is good.
    push("--force-renewal");
    push("--renew-with-new-domains");
    push(&format!("--deploy-hook={DEPLOY_HOOK}"));
    push(&format!("--cert-name={}", host.domain()));
    for domain in &host.domains {
        push(&format!("--domain={domain}"));
    }
    words
}
