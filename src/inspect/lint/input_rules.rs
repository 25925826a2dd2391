//! The input that a validator may get. A validator is an interpreter, and the author of a bundle may be
//! unknown. Each rule allows what its program only reads, and reports what the program would run, load or
//! open elsewhere. A validator does not start with files that its rule reports. The rules apply to the
//! operator's overrides too.

mod ansible;
mod certbot;
mod documents;
mod jinja;
mod nginx;

pub use ansible::is_data as is_ansible_data;
pub use certbot::commands as certbot_commands;

use super::{BundleView, Findings};

/// A rule for the files of one validator.
type Rule = fn(&BundleView<'_>, &mut Findings);

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let rules: [Rule; 6] = [
        nginx::check,
        ansible::check,
        certbot::check,
        documents::check_user_data,
        documents::check_compose,
        documents::check_prometheus,
    ];
    for rule in rules {
        rule(subject, found);
    }
}

fn is_clean(subject: &BundleView<'_>, rule: Rule) -> bool {
    let mut found = Findings::default();
    rule(subject, &mut found);
    found.is_empty()
}

/// Whether nginx may read the site of the bundle.
pub fn allows_nginx(subject: &BundleView<'_>) -> bool {
    subject.sites.iter().all(|file| file.is_read_whole() && super::nginx::is_known_whole(file))
        && is_clean(subject, nginx::check)
}

/// Whether Ansible may read the project of the bundle.
pub fn allows_ansible(subject: &BundleView<'_>) -> bool {
    ansible::is_read_whole(subject) && is_clean(subject, ansible::check)
}

/// Whether certbot may get the arguments of the units.
pub fn allows_certbot(subject: &BundleView<'_>) -> bool {
    is_clean(subject, certbot::check)
}

/// Whether cloud-init may read the user-data of the bundle.
pub fn allows_cloud_init(subject: &BundleView<'_>) -> bool {
    documents::is_cloud_config(subject) && is_clean(subject, documents::check_user_data)
}

/// Whether compose may read the compose file of the bundle.
pub fn allows_compose(subject: &BundleView<'_>) -> bool {
    documents::has_compose(subject) && is_clean(subject, documents::check_compose)
}

/// Whether promtool may read the configuration of Prometheus.
pub fn allows_promtool(subject: &BundleView<'_>) -> bool {
    documents::has_prometheus(subject) && is_clean(subject, documents::check_prometheus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};

    /// Whether a validator may get a bundle of one file.
    fn allows(path: &str, text: &str, rule: fn(&BundleView<'_>) -> bool) -> bool {
        let mut tree = FileTree::default();
        let kind = TreeNode::File(text.as_bytes().to_vec());
        tree.insert(path.into(), TreeEntry { kind, mode: 0o644, uid: 0, gid: 0 });
        rule(&BundleView::new(&tree, true, None))
    }

    #[test]
    fn ansible_is_not_started_with_a_text_that_it_reads_differently() {
        let allows = |text: &str| allows("ansible/site.yml", text, allows_ansible);
        for text in [
            "- hosts: all\n  roles: [panel] # comment\n",
            "- hosts: all\n  vars: {a: !unsafe '{{ b }}', c: !unsafe {d: e}}\n",
        ] {
            assert!(allows(text), "{text}");
        }
        let run = "{{ lookup('pipe', 'id') }}";
        for text in [
            // The last of two values counts there.
            format!("- hosts: all\n  roles: [panel]\n  roles: [\"{run}\"]\n"),
            // Line breaks of YAML 1.1.
            format!("- hosts: all # \u{2028}  roles: [\"{run}\"]\n"),
            format!("- hosts: all # \u{85}  roles: [\"{run}\"]\n"),
            // A tag that is part of a text.
            format!("- hosts: all\n  name: x!unsafe# {run}\n"),
            format!("- hosts: all\n  name: |\n    !unsafe x\n    # {run}\n"),
            // Other tags.
            format!("- hosts: all\n  name: !!str {run}\n"),
            "- hosts: all\n  name: !!binary e3sgbG9va3VwKCdwaXBlJywgJ2lkJykgfX0=\n".to_owned(),
            "- hosts: all\n  name: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    00\n".to_owned(),
            "%TAG !unsafe! tag:yaml.org,2002:\n---\n- name: !unsafe!binary e3sgbG9va3VwKCdwaXBlJywgJ2lkJykgfX0=\n".to_owned(),
            // Merged, a second document.
            format!("- hosts: all\n  <<: {{name: \"{run}\"}}\n"),
            format!("- hosts: all\n---\n- name: \"{run}\"\n"),
            // An expression without braces.
            "- hosts: all\n  tasks: [{debug: {}, when: \"lookup('pipe', 'id') != '{{ a }}'\"}]\n".to_owned(),
            "- hosts: all\n  vars: {lookup: \"{{ a }}\"}\n".to_owned(),
            "- hosts: all\n  \"{{ lookup('pipe', 'id') }}\": x\n".to_owned(),
            "- hosts: all\n  tags: [\"\\x7b\\x7b q('pipe', 'id') }}\"]\n".to_owned(),
        ] {
            assert!(!allows(&text), "{text}");
        }
    }

    #[test]
    fn documents_with_two_values_of_a_key_are_not_given_to_a_program() {
        let two = "services: {a: {image: b}}\nservices: {a: {env_file: /root/x}}\n";
        assert!(!allows("root/var/lib/faasd/docker-compose.yaml", two, allows_compose));
        let two = "global: {}\nglobal: {}\n";
        assert!(!allows("root/var/lib/faasd/prometheus.yml", two, allows_promtool));
    }
}
