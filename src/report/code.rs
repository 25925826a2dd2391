//! The list of what may go wrong. A code is for ever: scripts and suppressions hold on to it.

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $severity:ident;)+) => {
        /// What kind of finding it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The kebab-case name.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code),+ }
            }

            /// How much a finding of this kind weighs.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),+ }
            }

            /// What it means, why it matters and how to mend it: the text of `panelgen explain CODE`.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

codes! {
    /// The document is not YAML, or not YAML that can be read in one way only.
    ///
    /// Mend the line the finding names. Tabs cannot indent, and a value with `: ` or ` #` in it wants quotes.
    YamlSyntax = "yaml-syntax", Error;
    /// The document is larger or deeper than a parameters file can be: 1 MiB, 64 levels, 100,000 values.
    ///
    /// Aliases count as often as they are used, so that a small file cannot grow without bound.
    YamlLimit = "yaml-limit", Error;
    /// The document uses a tag such as `!!binary` or `!include`.
    ///
    /// Parameters are plain text, lists and maps. What a value means is decided by its key, never by a tag.
    YamlTag = "yaml-tag", Error;
    /// The file holds more than one document.
    ///
    /// Give each document its own file and pass `-f` more than once: later ones win.
    YamlDocuments = "yaml-documents", Error;
    /// The file cannot be read.
    FileUnreadable = "file-unreadable", Error;
    /// Standard input is wanted twice, for example by `-f -` and `--passinit-file -`.
    StdinTwice = "stdin-twice", Error;
    /// One map says the same key twice; readers disagree on which one counts.
    KeyDuplicate = "key-duplicate", Error;
    /// No parameter has this name.
    ///
    /// Unknown keys are refused, because a typing error would otherwise silently mean the default.
    KeyUnknown = "key-unknown", Error;
    /// The value has another shape than its key takes: a list where text is meant, text where a map is meant.
    ValueType = "value-type", Error;
    /// The value is none of those that this key takes.
    ValueUnknown = "value-unknown", Error;
    /// A good value that the grammar of one file cannot hold, for example a `$` in a path that nginx reads.
    ValueUnwritable = "value-unwritable", Error;
    /// `--set` wants `key=value`.
    SetInvalid = "set-invalid", Error;
    /// A character that no destination can hold or no reader can see: controls, bidi marks, zero-width characters.
    CharacterInvalid = "character-invalid", Error;
    /// No domain was given.
    ///
    /// The domain names the certificate and the server block: everything else has a default.
    DomainMissing = "domain-missing", Error;
    /// Not a domain name as DNS and the certificate authorities understand it.
    ///
    /// ASCII letters, digits and hyphens in labels of at most 63, 253 in all; international names are turned
    /// into their `xn--` form. No scheme, port, path, wildcard, trailing dot or IP address.
    DomainInvalid = "domain-invalid", Error;
    /// The same domain is named twice.
    DomainDuplicate = "domain-duplicate", Error;
    /// An international domain name was turned into the form that DNS and certificates use.
    DomainIdn = "domain-idn", Note;
    /// The public certificate authority will refuse this name.
    ///
    /// Let's Encrypt issues only for names under a public suffix, with at most ten labels. An internal CA may
    /// serve other names: say `tls.server`, or `tls.acme: none` with a certificate of your own.
    DomainPublicCa = "domain-public-ca", Warning;
    /// Not a mail address that certbot and the ACME server accept.
    MailInvalid = "mail-invalid", Error;
    /// The public certificate authority refuses this address, for example one at example.com.
    MailPublicCa = "mail-public-ca", Warning;
    /// Not a port: a whole number from 1 to 65535.
    PortInvalid = "port-invalid", Error;
    /// Two things would listen on one port.
    PortConflict = "port-conflict", Error;
    /// Not a URL of the kind this key takes.
    UrlInvalid = "url-invalid", Error;
    /// Not an upstream that nginx can proxy to.
    UpstreamInvalid = "upstream-invalid", Error;
    /// The upstream is a name: nginx resolves it once, at start, and does not start when that fails.
    ///
    /// Prefer an address, or make sure the name resolves before nginx starts (`/etc/hosts`).
    UpstreamName = "upstream-name", Warning;
    /// Not a path that a route can have.
    RouteInvalid = "route-invalid", Error;
    /// Two routes claim one path.
    RouteConflict = "route-conflict", Error;
    /// A route lacks its path or its upstream.
    RouteIncomplete = "route-incomplete", Error;
    /// Not an account name, or one that must not be used here.
    UserInvalid = "user-invalid", Error;
    /// Not a size: digits and one of `k`, `m`, `g`.
    SizeInvalid = "size-invalid", Error;
    /// Not a duration: `65s`, `5m`, `1d`.
    DurationInvalid = "duration-invalid", Error;
    /// Not an absolute, normalised path.
    PathInvalid = "path-invalid", Error;
    /// Two components claim one path on the host.
    PathConflict = "path-conflict", Error;
    /// Two components claim one unit.
    UnitConflict = "unit-conflict", Error;
    /// Not a version number as upstream writes it, without a `v`.
    VersionInvalid = "version-invalid", Error;
    /// This version is outside what the templates were made for.
    VersionUnsupported = "version-unsupported", Error;
    /// Not a SHA-256 sum: 64 hexadecimal digits.
    Sha256Invalid = "sha256-invalid", Error;
    /// No sum is known for this download, and upstream publishes none beside it.
    ///
    /// The installer refuses what it cannot verify, so the program would not be installed. Give its `sha256`.
    /// (Where upstream does publish a sum, the lock names its address and the installer verifies against it.)
    Sha256Missing = "sha256-missing", Warning;
    /// Not an IP address.
    AddressInvalid = "address-invalid", Error;
    /// The initial password cannot be used: empty, with white space at an end, with control characters, too long.
    PassinitInvalid = "passinit-invalid", Error;
    /// The initial password stands in a parameters file, which others read and version control keeps.
    ///
    /// Move it to a file of its own: `passinit: {file: secret.txt}`; or leave it out, then it is made on the host.
    PassinitInline = "passinit-inline", Warning;
    /// A password on the command line is visible to every user of this machine in `ps`, and stays in the history.
    PassinitVisible = "passinit-visible", Warning;
    /// Not an image reference: `registry/name:tag`.
    ImageInvalid = "image-invalid", Error;
    /// Not a calendar expression of systemd.
    CalendarInvalid = "calendar-invalid", Error;
    /// Not a label: letters, digits, `.`, `_`, `-`.
    LabelInvalid = "label-invalid", Error;
    /// Not a unit name, or a unit that this bundle has not.
    UnitInvalid = "unit-invalid", Error;
    /// An override cannot be written as it is: a newline, an unbalanced brace, a missing semicolon.
    OverrideInvalid = "override-invalid", Error;
    /// faasd from 0.19.1 on is under the `OpenFaaS` CE EULA, not a free licence.
    ///
    /// The EULA allows personal use and one 60-day commercial trial a year, forbids redistribution, and these
    /// versions do not start without the internet. Read it, then say `faasd.accept_eula: true`; or stay with
    /// 0.19.0, the last version under the MIT licence.
    EulaNotAccepted = "eula-not-accepted", Error;
    /// This stack holds versions of 2020 that get no security fixes.
    StackUnsupported = "stack-unsupported", Warning;
    /// The pai panel's programs have no public origin any more: `mirror` must name where they can be had.
    MirrorMissing = "mirror-missing", Error;
    /// `tls` lacks what the chosen way needs: own certificate paths, a DNS plugin, its credentials.
    TlsIncomplete = "tls-incomplete", Error;
    /// Two settings of `tls` contradict each other.
    TlsConflict = "tls-conflict", Error;
    /// The target's programs are too old for what was asked.
    TargetUnsupported = "target-unsupported", Error;
    /// How large the user-data is, and that every provider takes it.
    UserDataSize = "user-data-size", Note;
    /// The user-data is larger than some providers take, even when gzipped.
    ///
    /// cloud-init unpacks gzip by itself. The compact form (`--format cloud-config.gz`) is the smallest; or let the
    /// user-data fetch the bundle from a place of your own.
    UserDataLarge = "user-data-large", Warning;
    /// A password was given, and is not in the user-data.
    ///
    /// Every process of a host can ask the metadata service for its user-data, functions included where nothing
    /// stops them, and cloud-init keeps a copy. So the host makes a password of its own, unless
    /// `--secrets-in-user-data` insists.
    UserDataSecret = "user-data-secret", Warning;
    /// Not a path of this bundle.
    OnlyUnknown = "only-unknown", Error;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
        }
    }
}
