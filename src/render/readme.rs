//! README.md of a bundle: what is on the host, where to log in, and what to do in each situation.
//!
//! It is read on the host when something is wrong, so it names the host's own URLs, ports, units and files. All of them
//! come from the plan.

use std::fmt::Write as _;

use crate::bundle::text_template::TextTemplate;
use crate::components::file_spec::FileContent;
use crate::components::{ACME_CLIENT, Exposure, HealthCheck, Lifecycle, Resources};
use crate::delivery::{cloud_config, support};
use crate::facts::upstream::UPSTREAM;
use crate::graph::{Graph, description, mermaid};
use crate::host::{Acme, SharedConfig};
use crate::plan::Plan;
use crate::values::Domain;

const INSTALL: &str = "\
Run all commands as root on the host, in the directory of this file. Copy the whole directory there first.

    sh panel.sh install --dry-run    # print what would change
    sh panel.sh install

The installer verifies each download before it unpacks it, tests the web server's configuration before it activates it,
and restarts only what changed. It can be run again at any time: a second run changes nothing that is already correct,
and completes what was interrupted. For a host without a network, `sh panel.sh fetch DIR` on another Linux machine downloads
everything into a directory, images included; copy it there and install with `--assets DIR`.

There are two other ways, with the same result:

- `cloud-config.yaml` is user-data for a new host. cloud-init then leaves the installer in ";

const ANSIBLE: &str = ".
- `ansible/` is a playbook for your own machine: `ansible-playbook site.yml`.

## Status

    sh panel.sh status

It prints one line for each thing that it checks. The exit code is 0 if all lines are `ok`. The installer writes its log
to `/var/log/panel.log`; a unit writes to the journal: `journalctl -u UNIT`.

";

const CHANGES: &str = "
## Upgrade

Render a new bundle with the new parameters or the new version of panelgen, copy it to the host into a directory of its
own, and run `sh panel.sh install` there. `panelgen diff OLD NEW` prints beforehand what changes and what restarts.

## Roll back

Run `sh panel.sh install` in the directory of the previous bundle. Data is not rolled back.

## Uninstall

    sh panel.sh uninstall            # keeps certificates, secrets, accounts and data
    sh panel.sh uninstall --purge    # removes them too

Files and units of the distribution that the installer displaced are restored. Packages stay installed.

## The certificate is missing

";

const FILES: &str = "
## Files

| path in the bundle | what it is |
|---|---|
| `root/` | the files as they are on the host |
| `panel.sh` | the installer |
| `cloud-config.yaml` | user-data for cloud-init |
| `ansible/` | a playbook and one role |
| `MANIFEST.json` | each file of the host: mode, owner, checksum, component, and what to do when it changes |
| `.gitattributes` | keeps git from converting line ends |
| `panel.yaml` | the parameters of this bundle without secrets; `panelgen render -f panel.yaml` renders it again |
| `assets.lock` | each download and image: URL, version, checksum, license |

| component | paths on the host |
|---|---|
";

/// The whole file.
pub(super) fn template(shared: &SharedConfig, plan: &Plan) -> TextTemplate {
    let mut template = TextTemplate::default();
    template.push_const("# ");
    template.push_per_host(|out, host| out.push_str(host.host.domain().as_str()));
    template.push_static(|text| {
        let _ = write!(
            text,
            "\n\nThis directory holds everything that one host needs. panelgen made it for {} ({}). Rendering it changed \
             no host; `panel.sh` installs it.\n",
            shared.target.title, shared.arch
        );
    });
    template.push_static(|text| {
        let picture = mermaid::write(&Graph::of_plan(shared, plan));
        let _ = write!(text, "\n```mermaid\n{picture}```\n");
    });
    login(&mut template, shared, plan);
    endpoints(&mut template, plan);
    template.push_const("\n## Install\n\n");
    prerequisites(&mut template, shared, plan);
    template.push_const(INSTALL);
    template.push_static(|text| text.push_str(&code(&cloud_config::directory(shared))));
    template.push_const(ANSIBLE);
    template.push_static(|text| {
        units(text, plan);
        age(text, shared, plan);
    });
    template.push_const(CHANGES);
    certificate(&mut template, shared, plan);
    template.push_const(FILES);
    template.push_static(|text| {
        for (component, resources) in &plan.resources {
            let _ = writeln!(text, "| {component} | {} |", paths(resources));
        }
    });
    template
}

/// Where to log in, and where the passwords are.
fn login(template: &mut TextTemplate, shared: &SharedConfig, plan: &Plan) {
    let logins: Vec<_> = plan.resources.iter().flat_map(|(_, resources)| &resources.login_urls).collect();
    if logins.is_empty() {
        return;
    }
    template.push_const("\n## Log in\n\n| what | URL | user | password on the host |\n|---|---|---|---|\n");
    for login in &logins {
        template.push_static(|text| {
            let _ = write!(text, "| {} | <", login.title);
        });
        let path = login.path.clone();
        template.push_per_host(move |out, host| out.push_str(&host.url(&path)));
        let or_none = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), code);
        template.push_static(|text| {
            let _ = writeln!(text, "> | {} | {} |", or_none(&login.user), or_none(&login.password));
        });
    }
    let mut files: Vec<_> = logins.iter().filter_map(|login| login.password.as_deref()).collect();
    files.sort_unstable();
    files.dedup();
    template.push_static(|text| {
        for file in files {
            let origin = if shared.has_password {
                "The password was given when the bundle was rendered"
            } else {
                "The host generates the password at the first installation"
            };
            let _ = write!(text, "\n{origin}. Root can read it:\n\n    sudo cat {file}\n");
        }
    });
}

/// Ports and paths of the site.
fn endpoints(template: &mut TextTemplate, plan: &Plan) {
    let mut listeners: Vec<_> = plan.endpoints.listeners.iter().collect();
    listeners.sort_by_key(|listener| listener.port.value);
    template.push_static(|text| {
        text.push_str("\n## What listens where\n\n| port | component | reachable from |\n|---|---|---|\n");
        for listener in listeners {
            let from = description::exposure(listener.exposure);
            let _ = writeln!(text, "| {} | {} | {from} |", listener.port.value, listener.component);
        }
        if plan.endpoints.routes.is_empty() {
            return;
        }
        text.push_str("\n| path of the site | component | proxied to |\n|---|---|---|\n");
        for route in &plan.endpoints.routes {
            let path = code(route.path.value.as_str());
            let _ = writeln!(text, "| {path} | {} | {} |", route.component, code(&route.upstream));
        }
    });
}

/// What must be true before the installation.
fn prerequisites(template: &mut TextTemplate, shared: &SharedConfig, plan: &Plan) {
    template.push_static(|text| {
        let _ = write!(
            text,
            "The host needs {} on {}, and DNS records that point to it for ",
            shared.target.title, shared.arch
        );
    });
    names(template);
    let listeners = plan.endpoints.listeners.iter();
    let public: Vec<_> = listeners
        .filter(|listener| listener.exposure == Exposure::Public)
        .map(|listener| listener.port.value.to_string())
        .collect();
    template.push_static(|text| {
        let _ = writeln!(
            text,
            ".\nThe ports {} must be open in the firewall of its cloud.",
            public.join(" and ")
        );
        match &shared.tls.acme {
            Acme::None { certificate, key } => {
                let _ = writeln!(
                    text,
                    "The certificate chain must be in {}, its key in {}.",
                    code(certificate.as_str()),
                    code(key.as_str())
                );
            }
            Acme::Dns { credentials, .. } => {
                let _ = writeln!(
                    text,
                    "The credentials for the DNS API must be in {}.",
                    code(credentials.as_str())
                );
            }
            Acme::Webroot | Acme::Standalone => {}
        }
        text.push('\n');
    });
}

/// All names of the host.
fn names(template: &mut TextTemplate) {
    template.push_per_host(|out, host| {
        let names: Vec<_> = host.host.domains.iter().map(Domain::as_str).map(code).collect();
        out.push_str(&names.join(", "));
    });
}

/// Each unit, when it runs, and what responds once it is ready.
fn units(text: &mut String, plan: &Plan) {
    text.push_str("| unit | component | runs |\n|---|---|---|\n");
    for (component, resources) in &plan.resources {
        for unit in &resources.units {
            let runs = match unit.lifecycle {
                Lifecycle::Running | Lifecycle::External => "always",
                Lifecycle::OnDemand => "when another unit or the installer starts it",
            };
            let probe = match &unit.health_check {
                Some(HealthCheck::Url(url)) => format!("; responds at {}", code(url)),
                Some(HealthCheck::SitePath(_)) | None => String::new(),
            };
            let _ = writeln!(text, "| {} | {component} | {runs}{probe} |", code(unit.name));
        }
    }
}

/// How long what is installed gets updates, and the terms of what is not free.
fn age(text: &mut String, shared: &SharedConfig, plan: &Plan) {
    let target = shared.target;
    let _ = writeln!(
        text,
        "\n## Support\n\n| what | gets updates until |\n|---|---|\n| {} | {}, extended support until {} |",
        target.title, target.end_of_life, target.extended_support
    );
    for (_, title, until) in support::programs(plan) {
        let _ = writeln!(text, "| {title} | {until} |");
    }
    text.push_str("\n`panelgen check --as-of today` on this directory names what is out of date, and `sh panel.sh status` prints \
         these dates.\n");
    let mut images = plan.resources.iter().flat_map(|(_, resources)| &resources.images);
    if let Some(terms) = images.find_map(|image| UPSTREAM.image(&image.reference)?.terms()) {
        let _ = writeln!(text, "\nLicense of the images of OpenFaaS: {terms}.");
    }
}

/// What to do when the site has no valid certificate.
fn certificate(template: &mut TextTemplate, shared: &SharedConfig, plan: &Plan) {
    if let Acme::None { certificate, key } = &shared.tls.acme {
        template.push_static(|text| {
            let _ = writeln!(
                text,
                "You provide it: the chain is {}, its key is {}.\nPut both there, readable by root, and run `sh panel.sh install` again.",
                code(certificate.as_str()),
                code(key.as_str())
            );
        });
        return;
    }
    template.push_const(
        "Until a certificate is issued, the site responds with a temporary self-signed one, and everything else works.\n\n\
         1. `sh panel.sh status` names the problem.\n\
         2. Each name must resolve to this host: ",
    );
    names(template);
    let units: Vec<_> = plan
        .resources
        .iter()
        .filter(|(component, _)| *component == ACME_CLIENT)
        .flat_map(|(_, resources)| &resources.units)
        .filter(|unit| unit.lifecycle == Lifecycle::OnDemand)
        .map(|unit| format!(" -u {}", unit.name))
        .collect();
    template.push_static(|text| {
        text.push_str(".\n3. ");
        text.push_str(match &shared.tls.acme {
            Acme::Dns { .. } => {
                "The DNS API must accept the credentials, and the host must reach the ACME server.\n"
            }
            _ => "The internet must reach port 80 of this host, and the host must reach the ACME server.\n",
        });
        let _ = write!(
            text,
            "4. `journalctl{}` shows what the ACME server answered.\n\
             5. `sh panel.sh install` requests the certificate again and reloads the web server.\n\n\
             An ACME server limits how often a name may fail: fix the cause before you try again.\n",
            units.concat()
        );
    });
}

/// The paths of a component, or what it has instead of files.
fn paths(resources: &Resources) -> String {
    let paths: Vec<_> = resources
        .files
        .iter()
        .map(|spec| match spec.content {
            FileContent::Directory => code(&format!("{}/", spec.path)),
            _ => code(spec.path.as_str()),
        })
        .chain(resources.downloads.iter().map(|download| code(&format!("{}/", download.directory))))
        .collect();
    if paths.is_empty() { "none".to_owned() } else { paths.join(", ") }
}

/// A code span in a cell of a table: `|` would end the cell, and a run of backticks the span.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_span_survives_backticks_and_pipes() {
        assert_eq!(code("admin"), "`admin`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("``x"), "``` ``x ```");
    }
}
