//! A room in which nginx runs with a case's files: Debian 12's 1.22 where HTTP/2 is a word of `listen`, a newer one
//! where it is a directive, because each refuses the other's spelling or warns of it.

use std::process::Command;
use std::sync::LazyLock;

use camino::Utf8PathBuf;

use super::case::Case;
use super::private_root::PrivateRoot;
use crate::support::test_dir::TestDir;
use crate::support::test_dir::run;
use crate::support::tools;

pub(crate) const SITE: &str = "/etc/nginx/conf.d/default.conf";

/// An nginx and the distribution's files around ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edition {
    /// Debian 12's own, 1.22.
    Old,
    /// Debian 13's, 1.26, as `.ci/install` unpacks it.
    New,
}

impl Edition {
    /// Which one reads this site's spelling.
    pub(crate) fn of(site: &str) -> Self {
        if site.contains("http2 on;") { Self::New } else { Self::Old }
    }

    /// The program, or none with a loud word.
    pub(crate) fn program(self) -> Option<Utf8PathBuf> {
        match self {
            Self::Old => tools::find("nginx"),
            Self::New => tools::find(tools::cache().join("nginx-trixie/bin/nginx")),
        }
    }

    /// Shell that makes a room ready: the distribution's files are this edition's, and its own site and modules
    /// step aside, as the installer has it.
    fn prepare(self) -> String {
        let other = match self {
            Self::Old => String::new(),
            Self::New => {
                format!(
                    "cp {}/nginx-trixie/lib/root/etc/nginx/nginx.conf /etc/nginx/nginx.conf\n",
                    tools::cache()
                )
            }
        };
        format!(
            "{other}rm -rf /etc/nginx/modules-enabled /etc/nginx/sites-enabled/default\nmkdir -p /var/log/nginx /var/lib/nginx\n"
        )
    }
}

/// A throw-away certificate and its key.
static CERTIFICATE: LazyLock<Option<(String, String)>> = LazyLock::new(|| {
    let openssl = tools::find("openssl")?;
    let scratch = TestDir::new();
    let [chain, key] = ["chain", "key"].map(|name| scratch.path.join(name));
    let mut command = Command::new(openssl);
    command.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split(' '));
    command.args(["/CN=throwaway.invalid", "-keyout", key.as_str(), "-out", chain.as_str()]);
    let said = run(&mut command, b"");
    assert!(said.exit == Some(0), "{}", said.stderr);
    Some((std::fs::read_to_string(chain).unwrap(), std::fs::read_to_string(key).unwrap()))
});

/// A room in which nginx can read `case`: certificates where the site names them, and names for its upstreams.
/// With it the program, and the shell that must run first.
pub(crate) fn room(case: &Case) -> Option<(PrivateRoot, Utf8PathBuf, String)> {
    let site = case.file(SITE).unwrap();
    let edition = Edition::of(site);
    let nginx = edition.program()?;
    let (chain, key) = CERTIFICATE.as_ref()?;
    let room = PrivateRoot::with(case)?;
    for line in site.lines().map(|line| line.trim().trim_end_matches(';')) {
        let Some((directive, value)) = line.split_once(' ') else { continue };
        match directive {
            "ssl_certificate" => room.lay(value.trim().trim_matches('"'), chain),
            "ssl_certificate_key" => room.lay(value.trim().trim_matches('"'), key),
            _ => {}
        }
    }
    let hosts: Vec<String> = site
        .split("proxy_pass ")
        .skip(1)
        .filter_map(|rest| url::Url::parse(rest.split(';').next()?.trim_matches('"')).ok())
        .filter_map(|url| url.domain().map(|name| format!("127.0.0.1 {name}\n")))
        .collect();
    room.lay("/etc/hosts", &format!("127.0.0.1 localhost\n{}", hosts.concat()));
    Some((room, nginx, edition.prepare()))
}

/// All of a case that nginx reads.
pub(crate) fn nginx_files(case: &Case) -> Vec<(&str, &str)> {
    case.like("/etc/nginx/", "").collect()
}
