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
