//! cloud-config.yaml: one user-data document that needs nothing else.
//!
//! The files are laid beside panel.sh, not at their places: at the time when cloud-init writes files there may be no
//! nginx yet whose configuration could be tried. One command then installs, and the same command later repairs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bundle::Bundle;
use crate::bundle::manifest::{ROOT_DIR, octal};
use crate::bundle::text_template::{HostContext, TextTemplate};
use crate::delivery::installer;
use crate::delivery::minify::minified;
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
        // panel.sh installs what is missing; naming it here too lets cloud-init's own log tell of it.
        out.push_str("package_update: true\npackages:\n");
        for package in packages(shared, plan) {
            let _ = writeln!(out, "- {}", yaml::scalar(package));
        }
        out.push_str("write_files:\n");
        attributes(out, &program(shared), "0700", form);
    });
    draft.push_per_host(|out, host| {
        if yaml::is_block(host.data) {
            let [head, tail] = SHIFTED;
            out.push_str("  content: |\n");
            out.push_const(head);
            yaml::block(out, INDENT, host.data);
            out.push_const(tail);
        } else {
            let [head, tail] = installer::FRAME;
            content(out, [head, host.data, tail].concat().as_bytes());
        }
    });
    files(&mut draft, shared, bundle, own, secrets, form);
    draft
}

/// The constant lines of the installer without its comments, as they are in every document: indented when panelgen is
/// compiled. The comments are in the bundle's panel.sh; in user-data they would cost a third of what providers take.
static SHIFTED: [&str; 2] = {
    const HEAD: &[u8] = &shifted::<{ shifted_size(installer::FRAME[0]) }>(installer::FRAME[0]);
    const TAIL: &[u8] = &shifted::<{ shifted_size(installer::FRAME[1]) }>(installer::FRAME[1]);
    match (str::from_utf8(HEAD), str::from_utf8(TAIL)) {
        (Ok(head), Ok(tail)) => [head, tail],
        _ => panic!("lines of text are text"),
    }
};

/// How many bytes the lines of `text` have as those of a block.
const fn shifted_size(text: &str) -> usize {
    let text = text.as_bytes();
    let (mut size, mut at) = (0, 0);
    while at < text.len() {
        let end = line_end(text, at);
        if !is_comment(text, at) {
            size += end - at + if text[at] == b'\n' { 0 } else { INDENT.len() };
        }
        at = end;
    }
    size
}

/// The lines of `text` that are no comments as those of a block, like [`yaml::block`].
const fn shifted<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let text = text.as_bytes();
    let mut lines = [b' '; SIZE];
    let (mut to, mut at) = (0, 0);
    while at < text.len() {
        let end = line_end(text, at);
        if is_comment(text, at) {
            at = end;
            continue;
        }
        if text[at] != b'\n' {
            to += INDENT.len();
        }
        while at < end {
            lines[to] = text[at];
            (to, at) = (to + 1, at + 1);
        }
    }
    lines
}

/// Where the line that begins at `at` ends, its newline included.
const fn line_end(text: &[u8], mut at: usize) -> usize {
    while text[at] != b'\n' {
        at += 1;
    }
    at + 1
}

/// Whether the line at `at` is a comment of the shell: not its first line, and not a mark around the data.
const fn is_comment(text: &[u8], mut at: usize) -> bool {
    while text[at] == b' ' {
        at += 1;
    }
    text[at] == b'#' && text[at + 1] != b'!' && text[at + 1] != b'-'
}

/// The same document as small as it gets, gzipped: cloud-init unpacks it by itself, and the providers count the
/// packed bytes. The installer has no comments, no checksums of the files beside it, and no parts for `status`, `uninstall`
/// and the other package manager.
pub fn compact(host: &Host, bundle: &Bundle, installer: &str, secrets: SecretPolicy) -> Vec<u8> {
    let mut draft = TextTemplate::default();
    draft.push_static(|out| {
        out.push_str("#cloud-config\nwrite_files:\n");
        attributes(out, &program(host), "0700", Layout::Compact);
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
    [minified(before), without_checksums(data), minified(after)].concat()
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
fn program(shared: &SharedConfig) -> String {
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
        let _ = writeln!(out, "runcmd:\n- - sh\n  - {}\n  - install", yaml::scalar(&program(shared)));
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
    fn compact_program_calls_no_function_of_omitted_parts() {
        for manager in [PackageManager::Apt, PackageManager::Dnf] {
            let kept = installer::install_only(manager).concat();
            let words: BTreeSet<&str> =
                kept.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
            for name in
                functions(PROGRAM).difference(&functions(&kept)).filter(|name| !name.starts_with("plan_"))
            {
                assert!(!words.contains(name), "`{name}` is called, and omitted from the compact form");
            }
        }
    }

    #[test]
    fn the_constant_lines_are_lines_of_a_block() {
        let [head, tail] = installer::FRAME;
        assert!(yaml::is_block(head) && yaml::is_block(tail));
        for (lines, shifted) in installer::FRAME.into_iter().zip(SHIFTED) {
            let is_comment = |line: &&str| {
                let line = line.trim_start();
                line.starts_with('#') && !line.starts_with("#!") && !line.starts_with("#-")
            };
            let lines: String = lines.split_inclusive('\n').filter(|line| !is_comment(line)).collect();
            let mut block = String::new();
            yaml::block(&mut block, INDENT, &lines);
            assert_eq!(block, shifted);
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
    fn checksums_are_removed_only_from_files() {
        let data = "plan_files() {\n    \"$@\" a 0644 o:g 00ff file none '/a b'\n}\nplan_x() {\n    \"$@\" a b c d e f\n}\n";
        assert_eq!(without_checksums(data), data.replace("00ff", "-"));
    }
}
