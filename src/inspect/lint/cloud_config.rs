//! Checks cloud-config.yaml: mistakes that cloud-init ignores silently, and limits of providers.

use super::document::{expect_type, items, keys, text, text_at, type_error};
use super::{BundleView, Findings, at};
use crate::config::value::{Spanned, Value};
use crate::delivery::cloud_config::{CLOUD_CONFIG_FILE, too_large_for};
use crate::delivery::tar_gz::packed_size;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// The most bytes, compressed, that all but the smallest provider accept.
const LIMIT: usize = 32_000;

/// Every top-level key that cloud-init reads in user-data.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "allow_public_ssh_keys", "ansible", "apk_repos", "apt", "apt_pipelining", "apt_reboot_if_required", "apt_update",
    "apt_upgrade", "authkey_hash", "autoinstall", "bootcmd", "byobu_by_default", "ca-certs", "ca_certs", "chef",
    "chpasswd", "cloud_config_modules", "cloud_final_modules", "cloud_init_modules", "create_hostname_file",
    "datasource", "datasource_list", "device_aliases", "disable_ec2_metadata", "disable_root", "disable_root_opts",
    "disk_setup", "drivers", "fan", "final_message", "fqdn", "fs_setup", "groups", "growpart", "grub-dpkg",
    "grub_dpkg", "hostname", "keyboard", "landscape", "launch-index", "locale", "locale_configfile", "lxd",
    "manage_etc_hosts", "manage_resolv_conf", "mcollective", "merge_how", "merge_type", "migrate",
    "mount_default_fields", "mounts", "network", "no_ssh_fingerprints", "ntp", "output",
    "package_reboot_if_required", "package_update", "package_upgrade", "packages", "password", "phone_home",
    "power_state", "prefer_fqdn_over_hostname", "preserve_hostname", "puppet", "random_seed", "raspberry_pi",
    "reporting", "resize_rootfs", "resolv_conf", "rh_subscription", "rpi", "rsyslog", "runcmd", "salt_minion", "snap",
    "spacewalk", "ssh", "ssh_authorized_keys", "ssh_deletekeys", "ssh_fp_console_blacklist", "ssh_genkeytypes",
    "ssh_import_id", "ssh_key_console_blacklist", "ssh_keys", "ssh_publish_hostkeys", "ssh_pwauth",
    "ssh_quiet_keygen", "swap", "system_info", "timezone", "ubuntu_advantage", "ubuntu_pro", "updates", "user",
    "users", "vendor_data", "vendor_data2", "version", "wireguard", "write_files", "yum_repo_dir", "yum_repos",
    "zypper",
];

const FILE: &[&str] = &["path", "content", "owner", "permissions", "encoding", "append", "defer", "source"];
const ENCODINGS: &[&str] =
    &["b64", "base64", "gz", "gzip", "gz+b64", "gz+base64", "gzip+b64", "gzip+base64", "text/plain"];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(whole) = subject.meta_file(CLOUD_CONFIG_FILE) else { return };
    if whole.lines().next() != Some("#cloud-config") {
        found.push(
            Diagnostic::new(
                Code::CloudConfigInvalid,
                "the first line is not `#cloud-config`: cloud-init ignores the file",
            )
            .with_location(at(CLOUD_CONFIG_FILE, 1, 1))
            .with_hint("write `#cloud-config` alone on the first line"),
        );
    }
    // Compression takes longer than all lints together, so small files are skipped.
    let packed = if whole.len() > LIMIT { packed_size(whole.as_bytes()) } else { 0 };
    if packed > LIMIT {
        let providers = too_large_for(packed).join(", ");
        found.push(
            Diagnostic::new(
                Code::UserDataLarge,
                format!("user-data of {packed} bytes, compressed, is too large for {providers}"),
            )
            .with_location(at(CLOUD_CONFIG_FILE, 1, 1))
            .with_hint("use `--format cloud-config.gz` for the compact form"),
        );
    }
    let Some(document) = subject.document(CLOUD_CONFIG_FILE) else { return };
    let top = &document.top;
    keys(top, KEYS, "cloud-init", found);
    if let Some(files) =
        top.get("write_files").filter(|spanned| expect_type(spanned, "a list", "`write_files`", found))
    {
        for file in items(files) {
            keys(file, FILE, "a file of cloud-init", found);
            self::file(file, subject, found);
        }
    }
    for key in ["runcmd", "bootcmd"] {
        if let Some(commands) =
            top.get(key).filter(|spanned| expect_type(spanned, "a list", &format!("`{key}`"), found))
        {
            for command in items(commands) {
                if matches!(command.value, Value::Map(_) | Value::Null) {
                    found.push(type_error(
                        command,
                        Code::CloudConfigInvalid,
                        "a command must be a list of words or one text",
                        "write `- [sh, program, argument]`",
                    ));
                }
            }
        }
    }
    for key in ["packages", "ssh_authorized_keys", "mounts"] {
        if let Some(spanned) = top.get(key) {
            expect_type(spanned, "a list", &format!("`{key}`"), found);
        }
    }
    for key in ["package_update", "package_upgrade", "package_reboot_if_required"] {
        if let Some(spanned) = top.get(key).filter(|spanned| !matches!(&spanned.value, Value::Text { text, plain: true } if text == "true" || text == "false")) {
            found.push(type_error(spanned, Code::CloudConfigInvalid, format!("`{key}` must be true or false"), format!("write `{key}: true`")));
        }
    }
    // The bundle is written and then installed; without the last step nothing happens.
    let installs = top.get("runcmd").map(items).unwrap_or_default().iter().any(|command| {
        let words: Vec<&str> = items(command).iter().map(text).collect();
        words.iter().any(|word| word.ends_with("/panel.sh")) && words.contains(&"install")
            || text(command).contains("panel.sh install")
    });
    if !installs {
        found.push(type_error(
            top.get("runcmd").unwrap_or(top),
            Code::CloudConfigInvalid,
            "nothing runs `panel.sh install`: the host is not set up",
            "write `- [sh, …/panel.sh, install]`",
        ));
    }
}

fn file(file: &Spanned, subject: &BundleView<'_>, found: &mut Findings) {
    let path = text_at(file, "path");
    if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
        let place = file.get("path").unwrap_or(file);
        found.push(type_error(
            place,
            Code::CloudConfigInvalid,
            format!("`{}` is not an absolute path", sanitize(path)),
            "write the absolute path",
        ));
    }
    if let Some(permissions) = file.get("permissions") {
        let plain = matches!(&permissions.value, Value::Text { plain: true, .. });
        let mode = u32::from_str_radix(text(permissions), 8).ok();
        if plain {
            found.push(type_error(
                permissions,
                Code::CloudConfigInvalid,
                "a mode without quotes is a number: 0644 is read as 420",
                "quote it",
            ));
        }
        match mode {
            None => found.push(type_error(
                permissions,
                Code::CloudConfigInvalid,
                format!("`{}` is not a mode", sanitize(text(permissions))),
                "\"0644\"",
            )),
            Some(mode) if mode & 0o022 != 0 => {
                found.push(type_error(
                    permissions,
                    Code::ModeUnsafe,
                    format!("`{}` is writable by others", sanitize(path)),
                    "\"0644\"",
                ));
            }
            Some(mode) => {
                let below = path.split_once("/bundle/").map(|(_, below)| below).unwrap_or_default();
                if subject.may_hold_secret(below.into()) && mode & 0o077 != 0 {
                    found.push(type_error(
                        permissions,
                        Code::SecretReadable,
                        format!("the secret `{}` is readable by others", sanitize(path)),
                        "\"0600\"",
                    ));
                }
                // The mode must equal that of the bundle, except for secrets and the installer.
                let own =
                    subject.tree.get(below.into()).filter(|_| subject.has_modes).map(|entry| entry.mode);
                if own.is_some_and(|own| own != mode)
                    && below != "panel.sh"
                    && !subject.may_hold_secret(below.into())
                {
                    found.push(type_error(
                        permissions,
                        Code::CopyDiffers,
                        format!("the mode of `{}` in the user-data differs from the bundle", sanitize(below)),
                        "render the bundle again",
                    ));
                }
            }
        }
    }
    if let Some(owner) = file.get("owner").filter(|owner| text(owner) != "root:root") {
        found.push(type_error(
            owner,
            Code::OwnerUnsafe,
            format!("`{}` would be owned by `{}`", sanitize(path), sanitize(text(owner))),
            "root:root",
        ));
    }
    if let Some(encoding) = file.get("encoding").filter(|encoding| !ENCODINGS.contains(&text(encoding))) {
        found.push(type_error(
            encoding,
            Code::CloudConfigInvalid,
            format!("`{}` is not a known encoding", sanitize(text(encoding))),
            "b64",
        ));
    }
    if let Some(defer) = file.get("defer") {
        if subject.target.is_some_and(|target| !target.cloud_init_defer()) {
            found.push(type_error(
                defer,
                Code::CloudConfigInvalid,
                "`defer` requires cloud-init 21.4, but the target has an older version",
                "remove it",
            ));
        }
        if !["true", "false"].contains(&text(defer)) {
            found.push(type_error(
                defer,
                Code::CloudConfigInvalid,
                "`defer` must be true or false",
                "write `defer: true`",
            ));
        }
    }
}
