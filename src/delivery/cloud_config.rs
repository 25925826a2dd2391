//! cloud-config.yaml: one user-data document that needs nothing else.
//!
//! The files are laid beside panel.sh, not at their places: at the time when cloud-init writes files there may be no
//! nginx yet whose configuration could be tried. One command then installs, and the same command later repairs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bundle::Bundle;
use crate::bundle::manifest::{ROOT_DIR, octal};
use crate::bundle::text_template::{HostContext, TextTemplate};
use crate::delivery::installer;
use crate::delivery::minify::{minified, uncommented};
use crate::facts::target::PackageManager;
use crate::host::{Host, SharedConfig};
use crate::plan::Plan;
use crate::syntax::yaml;

/// Its name in the bundle.
pub const CLOUD_CONFIG_FILE: &str = "cloud-config.yaml";

/// Whether a given password goes into user-data, which every process of the host can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPolicy {
    /// It is left out: the host makes one.
    Omit,
    /// The operator insists.
    Include,
}

/// How much of what goes without saying is said.
#[derive(Clone, Copy)]
enum Layout {
    /// Owners too, and that files wait for packages and accounts where this cloud-init can wait.
    Full {
        /// It can.
        defer: bool,
    },
    /// Nothing that is the default.
    Compact,
}

/// Before each line of a content.
const INDENT: &str = "    ";

/// The directory on the host that the bundle is laid into.
pub fn directory(shared: &SharedConfig) -> String {
    format!("{}/bundle", shared.install)
}

/// The document. `bundle` has the files of the host; those of the numbers `own` stand in for what each host has of its own.
pub fn draft(
    shared: &SharedConfig,
    plan: &Plan,
    bundle: &Bundle,
    own: &[usize],
    secrets: SecretPolicy,
) -> TextTemplate {
    let mut draft = TextTemplate::default();
    draft.push_const("#cloud-config\n# Made by panelgen for ");
    draft.push_per_host(|out, host| out.push_str(host.host.domain().as_str()));
    let form = Layout::Full { defer: shared.target.cloud_init_defer() };
    draft.push_static(|out| {
        out.push_str(
            ". Change the parameters and render again.\n\
             # cloud-init keeps this in /var/lib/cloud; every process of the host can ask the metadata service for it.\n",
        );
        if let Some(proxy) = shared.proxy.as_ref().filter(|_| shared.target.package_manager == PackageManager::Apt) {
            let url = yaml::scalar(&proxy.url.to_string());
            let _ = writeln!(out, "apt:\n  http_proxy: {url}\n  https_proxy: {url}");
        }
        // panel.sh installs what is missing; naming it here too lets cloud-init's own log tell of it.
        out.push_str("package_update: true\npackages:\n");
        for package in packages(shared, plan) {
            let _ = writeln!(out, "- {}", yaml::scalar(package));
        }
        out.push_str("write_files:\n");
        attributes(out, &program_path(shared), "0700", form);
    });
    draft.push_per_host(|out, host| {
        let manager = host.host.target.package_manager;
        if yaml::is_block(host.data) {
            let [head, tail] = indented_program(manager);
            out.push_str("  content: |\n");
            out.push_const(head);
            yaml::block(out, INDENT, host.data);
            out.push_const(tail);
        } else {
            let [head, tail] = program(manager);
            content(out, [head, host.data, tail].concat().as_bytes());
        }
    });
    files(&mut draft, shared, bundle, own, secrets, form);
    draft
}

/// The program for one package manager, before and after the block of data.
type Program = LazyLock<[String; 2]>;

/// The installer in user-data: without comments, which the bundle's panel.sh has, and without the parts that a host does
/// not need. In user-data they would cost half of what providers take.
pub fn program(manager: PackageManager) -> &'static [String; 2] {
    static APT: Program =
        LazyLock::new(|| installer::user_data(PackageManager::Apt).map(|text| uncommented(&text)));
    static DNF: Program =
        LazyLock::new(|| installer::user_data(PackageManager::Dnf).map(|text| uncommented(&text)));
    match manager {
        PackageManager::Apt => &APT,
        PackageManager::Dnf => &DNF,
    }
}

/// The same as lines of a block, shared by every document.
fn indented_program(manager: PackageManager) -> &'static [String; 2] {
    fn indented(manager: PackageManager) -> [String; 2] {
        program(manager).each_ref().map(|text| {
            let mut lines = String::new();
            yaml::block(&mut lines, INDENT, text);
            lines
        })
    }
    static APT: Program = LazyLock::new(|| indented(PackageManager::Apt));
    static DNF: Program = LazyLock::new(|| indented(PackageManager::Dnf));
    match manager {
        PackageManager::Apt => &APT,
        PackageManager::Dnf => &DNF,
    }
}

/// The same document as small as it gets, gzipped: cloud-init unpacks it by itself, and the providers count the
/// packed bytes. The installer has no comments, no checksums of the files beside it, and no parts for `status`, `uninstall`
/// and the other package manager.
pub fn compact(host: &Host, bundle: &Bundle, installer: &str, secrets: SecretPolicy) -> Vec<u8> {
    let mut draft = TextTemplate::default();
    draft.push_static(|out| {
        out.push_str("#cloud-config\nwrite_files:\n");
        attributes(out, &program_path(host), "0700", Layout::Compact);
        let data = installer::data_of(installer).expect("the installer of a bundle is this program");
        content(out, install_only(data, host.target.package_manager).as_bytes());
    });
    files(&mut draft, host, bundle, &[], secrets, Layout::Compact);
    let document = draft.render(&HostContext { host, files: &[], data: "", parameters: "" });
    let mut packed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, &*document, &mut packed)
        .expect("a Vec takes every write");
    packed
}

/// The program with the host's data and only the parts that an installation needs, minified.
pub fn install_only(data: &str, manager: PackageManager) -> String {
    let [before, after] = &installer::install_only(manager);
    [minified(before), without_checksums(&without_unread(data)), minified(after)].concat()
}

/// The data without the values and tables that an installation does not read.
fn without_unread(data: &str) -> String {
    without(data, installer::FULL_ONLY_VALUES, installer::FULL_ONLY_TABLES)
}

/// The data of the bundle's panel.sh as the one in user-data has it.
pub fn user_data_of(data: &str) -> String {
    without(data, &[], &[installer::SUPPORT_TABLE])
}

fn without(data: &str, values: &[&str], tables: &[&str]) -> String {
    let is_value = |line: &str| line.split_once('=').is_some_and(|(name, _)| values.contains(&name));
    let is_table = |line: &str| {
        let name = line.strip_prefix("plan_").and_then(|line| line.split_once("() {"));
        name.is_some_and(|(name, _)| tables.contains(&name))
    };
    let mut out = String::with_capacity(data.len());
    let mut is_skipped = false;
    for line in data.split_inclusive('\n') {
        if is_table(line) {
            is_skipped = line.ends_with("{\n");
        } else if is_skipped {
            is_skipped = line != "}\n";
        } else if !is_value(line) {
            out.push_str(line);
        }
    }
    out
}

/// The data without the checksums of files: the installer then compares a file with the one beside it.
fn without_checksums(data: &str) -> String {
    let mut files = false;
    let row = |line: &str| {
        files = (files || line == "plan_files() {\n") && line != "}\n";
        match line.split(' ').collect::<Vec<_>>().as_mut_slice() {
            // Four spaces, `"$@"`, the component, mode, owner and checksum.
            words @ ["", "", "", "", "\"$@\"", _, _, _, _, ..] if files => {
                words[8] = "-";
                words.join(" ")
            }
            _ => line.to_owned(),
        }
    };
    data.split_inclusive('\n').map(row).collect()
}

/// Where the installer lies on the host.
fn program_path(shared: &SharedConfig) -> String {
    format!("{}/panel.sh", directory(shared))
}

/// The files of the host, and the command that installs them.
fn files(
    draft: &mut TextTemplate,
    shared: &SharedConfig,
    bundle: &Bundle,
    own: &[usize],
    secrets: SecretPolicy,
    form: Layout,
) {
    let directory = directory(shared);
    for (at, (path, entry)) in bundle.entries().enumerate() {
        let Some(bytes) = entry.content().filter(|_| path.starts_with(ROOT_DIR)) else { continue };
        if entry.is_secret() && secrets == SecretPolicy::Omit {
            continue;
        }
        // On its way a secret is closed; panel.sh puts it into its closed directory with its own mode.
        let mode = if entry.is_secret() { "0600".to_owned() } else { octal(entry.mode) };
        draft.push_static(|out| attributes(out, &format!("{directory}/{path}"), &mode, form));
        match own.binary_search(&at) {
            Ok(number) => draft.push_per_host(move |out, host| {
                content(out, host.files[number].content().unwrap_or_default());
            }),
            Err(_) => draft.push_static(|out| content(out, bytes)),
        }
    }
    draft.push_static(|out| {
        let _ = writeln!(out, "runcmd:\n- - sh\n  - {}\n  - install", yaml::scalar(&program_path(shared)));
    });
}

/// The packages that the distribution itself has; what comes from EPEL is panel.sh's business.
fn packages<'a>(shared: &SharedConfig, plan: &'a Plan) -> BTreeSet<&'a str> {
    let all = plan.resources.iter().flat_map(|(_, resources)| resources.packages.iter().map(String::as_str));
    let epel = |name: &str| name == "epel-release" || name.contains("certbot");
    let own: BTreeSet<&str> =
        all.filter(|name| shared.target.package_manager == PackageManager::Apt || !epel(name)).collect();
    let fetch = shared.target.package_manager.fetch();
    own.into_iter().chain(fetch.iter().copied()).collect()
}

/// One item of `write_files`, up to its content.
fn attributes(out: &mut String, path: &str, mode: &str, form: Layout) {
    let _ = writeln!(out, "- path: {}", yaml::scalar(path));
    // Who owns it and what it waits for: both are cloud-init's defaults, and nothing here depends on a package or
    // an account.
    if let Layout::Full { .. } = form {
        out.push_str("  owner: root:root\n");
    }
    let _ = writeln!(out, "  permissions: {}", yaml::scalar(mode));
    if let Layout::Full { defer: true } = form {
        out.push_str("  defer: true\n");
    }
}

/// The content of such an item.
fn content(out: &mut String, bytes: &[u8]) {
    match std::str::from_utf8(bytes).ok().filter(|text| yaml::is_block(text)) {
        Some(text) => {
            out.push_str("  content: |\n");
            yaml::block(out, INDENT, text);
        }
        None => {
            let _ = writeln!(out, "  encoding: b64\n  content: {}", yaml::scalar(&STANDARD.encode(bytes)));
        }
    }
}

/// The document as one part of a MIME message, for who merges it with user-data of his own: lists of both are
/// joined. The boundary is the sum of the content, so equal content gives equal bytes.
pub fn mime(document: &str) -> String {
    let boundary =
        format!("panelgen-{}", &crate::bundle::hex(&crate::bundle::sha256(document.as_bytes()))[..32]);
    format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n--{boundary}\n\
         Content-Type: text/cloud-config; charset=\"utf-8\"\nMIME-Version: 1.0\n\
         Content-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"panel.cloud-config.yaml\"\n\
         X-Merge-Type: list(append)+dict(no_replace,recurse_list)+str()\n\n{}\n--{boundary}--\n",
        lines(&STANDARD.encode(document))
    )
}

/// Base64 in lines of 76, as mail has them.
pub fn lines(encoded: &str) -> String {
    let chunks: Vec<&str> = encoded
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    chunks.join("\n")
}

/// How many bytes of user-data each provider takes, after packing and before its own base64.
pub const LIMITS: &[(&str, usize)] = &[
    ("Amazon EC2", 16 << 10),
    ("Oracle Cloud", 32_000),
    ("Hetzner", 32 << 10),
    ("OpenStack", 49_149),
    ("IBM Cloud", 64_000),
    ("Azure", 64 << 10),
    ("DigitalOcean", 64 << 10),
    ("Google Cloud", 256 << 10),
];

/// The providers that do not take so many bytes.
pub fn too_large_for(bytes: usize) -> Vec<&'static str> {
    LIMITS.iter().filter(|(_, limit)| bytes > *limit).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::installer::PROGRAM;

    fn functions(code: &str) -> BTreeSet<&str> {
        code.lines()
            .filter_map(|line| line.split_once("() {"))
            .map(|(name, _)| name)
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .collect()
    }

    #[test]
    fn program_calls_no_function_of_omitted_parts() {
        for manager in [PackageManager::Apt, PackageManager::Dnf] {
            for kept in [installer::install_only(manager).concat(), program(manager).concat()] {
                let words: BTreeSet<&str> =
                    kept.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
                for name in
                    functions(PROGRAM).difference(&functions(&kept)).filter(|name| !name.starts_with("plan_"))
                {
                    assert!(!words.contains(name), "`{name}` is called, and omitted");
                }
            }
        }
    }

    #[test]
    fn program_in_user_data_has_every_command_of_the_host() {
        for (manager, own, other) in [
            (PackageManager::Apt, "add_with_apt() {", "add_with_dnf() {"),
            (PackageManager::Dnf, "add_with_dnf() {", "add_with_apt() {"),
        ] {
            let [head, tail] = program(manager);
            assert!(yaml::is_block(head) && yaml::is_block(tail));
            assert!(tail.contains(own) && !tail.contains(other) && !tail.contains("fetch_main"));
            for command in ["preflight() {", "install_panel() {", "show_status() {", "uninstall_panel() {"] {
                assert!(tail.contains(command), "`{command}` is omitted");
            }
        }
    }

    #[test]
    fn compact_program_has_only_parts_for_installation() {
        for (manager, own, other) in [
            (PackageManager::Apt, "add_with_apt() {", "add_with_dnf() {"),
            (PackageManager::Dnf, "add_with_dnf() {", "add_with_apt() {"),
        ] {
            let program = install_only("DOMAIN=example.org\n", manager);
            assert!(program.starts_with("#!/bin/sh\n#--- host data: begin"));
            assert!(program.contains("\nDOMAIN=example.org\n#--- host data: end\n"));
            assert!(program.contains(own) && !program.contains(other));
            assert!(program.ends_with("\nmain \"$@\"\nexit $?\n"));
            // Here-documents would lose their indentation.
            assert!(!installer::install_only(manager).concat().contains("<<"));
        }
    }

    #[test]
    fn compact_data_lacks_only_what_the_program_does_not_read() {
        let data = "ARCH=amd64\nINSTALL=/opt\nplan_ports() { :; }\nplan_needs() {\n    \"$@\" a 1 2\n}\nplan_units() {\n    \"$@\" b\n}\n";
        assert_eq!(without_unread(data), "ARCH=amd64\nplan_units() {\n    \"$@\" b\n}\n");
    }

    #[test]
    fn checksums_are_removed_only_from_files() {
        let data = "plan_files() {\n    \"$@\" a 0644 o:g 00ff file none '/a b'\n}\nplan_x() {\n    \"$@\" a b c d e f\n}\n";
        assert_eq!(without_checksums(data), data.replace("00ff", "-"));
    }
}
