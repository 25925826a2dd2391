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
    ///
    /// Nothing is guessed in its place. Check the path (relative to where the command runs; `passinit:
    /// {file: …}` is relative to the file that says it), its permissions, and that it is UTF-8 text.
    FileUnreadable = "file-unreadable", Error;
    /// Standard input is wanted twice, for example by `-f -` and `--passinit-file -`.
    ///
    /// It can be read once only, so the second reader would find nothing. Put one of the two into a file.
    StdinTwice = "stdin-twice", Error;
    /// One map says the same key twice; readers disagree on which one counts.
    ///
    /// So it is refused, wherever the two stand. Keep one of them; to lay one set of values over another,
    /// pass two files by `-f`.
    KeyDuplicate = "key-duplicate", Error;
    /// No parameter has this name.
    ///
    /// Unknown keys are refused, because a typing error would otherwise silently mean the default.
    KeyUnknown = "key-unknown", Error;
    /// The value has another shape than its key takes: a list where text is meant, text where a map is meant.
    ///
    /// What a value means is decided by its key, so the shape has to fit. `panelgen init` shows how each key
    /// is written; a switch is `true` or `false` without quotes.
    ValueType = "value-type", Error;
    /// The value is none of those that this key takes.
    ///
    /// The message lists what there is. Letters count in their case, and a value from a later version of
    /// panelgen is unknown to this one.
    ValueUnknown = "value-unknown", Error;
    /// A good value that the grammar of one file cannot hold, for example a `$` in a path that nginx reads.
    ///
    /// Quoting cannot help where a grammar has no way to write the character: the program would read
    /// something else. Choose a value without it.
    ValueUnwritable = "value-unwritable", Error;
    /// `--set` wants `key=value`.
    ///
    /// The key is a dotted path as in panel.yaml, for example `--set faasd.gateway_port=9000`. A list or a
    /// map is written as YAML in brackets or braces, in quotes for the shell.
    SetInvalid = "set-invalid", Error;
    /// A character that no destination can hold or no reader can see: controls, bidi marks, zero-width characters.
    ///
    /// Such characters come along by copying from web pages and chats, and make two different texts look
    /// alike. Type the value again by hand.
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
    ///
    /// A certificate names each domain once, and nginx warns of the second. Remove one; letters do not count
    /// in their case.
    DomainDuplicate = "domain-duplicate", Error;
    /// An international domain name was turned into the form that DNS and certificates use.
    ///
    /// Nothing is to be done. The note is there so that nobody wonders about the `xn--` name in the files.
    DomainIdn = "domain-idn", Note;
    /// The public certificate authority will refuse this name.
    ///
    /// Let's Encrypt issues only for names under a public suffix, with at most ten labels. An internal CA may
    /// serve other names: say `tls.server`, or `tls.acme: none` with a certificate of your own.
    DomainPublicCa = "domain-public-ca", Warning;
    /// Not a mail address that certbot and the ACME server accept.
    ///
    /// The ACME server would refuse the account, and the first certificate with it. Write `name@domain` in
    /// ASCII, or leave `mail` out: then the account has no address.
    MailInvalid = "mail-invalid", Error;
    /// The public certificate authority refuses this address, for example one at example.com.
    ///
    /// Then no certificate is issued at all. Use an address that exists, or none.
    MailPublicCa = "mail-public-ca", Warning;
    /// Not a port: a whole number from 1 to 65535.
    ///
    /// Write the number alone, for example `8080`: no host before it, no name of a service, no range.
    PortInvalid = "port-invalid", Error;
    /// Two things would listen on one port.
    ///
    /// The second would not start. Both places are named, also where one of them is a default: give one of
    /// the two another port.
    PortConflict = "port-conflict", Error;
    /// Not a URL of the kind this key takes.
    ///
    /// The message says which part is in the way, a user, a query or a fragment for example; the hint shows
    /// a form that would be taken, where there is one.
    UrlInvalid = "url-invalid", Error;
    /// Not an upstream that nginx can proxy to.
    ///
    /// Write `http://HOST:PORT`, `https://HOST:PORT` or a socket, `unix:/run/x.sock`. Without a path behind
    /// it the request's own path is kept; with one, which ends in `/`, it replaces the route's prefix.
    UpstreamInvalid = "upstream-invalid", Error;
    /// The upstream is a name: nginx resolves it once, at start, and does not start when that fails.
    ///
    /// Prefer an address, or make sure the name resolves before nginx starts (`/etc/hosts`).
    UpstreamName = "upstream-name", Warning;
    /// Not a path that a route can have.
    ///
    /// It begins and ends with `/` and has only letters that no program on the way gives a meaning, so that
    /// nginx, the browser and the upstream agree on what lies below it.
    RouteInvalid = "route-invalid", Error;
    /// Two routes claim one path.
    ///
    /// nginx would answer with one of them and never with the other. Both places are named, also where one
    /// of them is a default: give one of the two another path.
    RouteConflict = "route-conflict", Error;
    /// A route lacks its path or its upstream.
    ///
    /// For example `{path: /grafana/, upstream: "http://127.0.0.1:3001"}`; everything else of a route has a
    /// default.
    RouteIncomplete = "route-incomplete", Error;
    /// Not an account name, or one that must not be used here.
    ///
    /// Whoever signs in to the IDE has a shell as this account, so it cannot be root. The message says which
    /// letters are taken.
    UserInvalid = "user-invalid", Error;
    /// Not a size: digits and one of `k`, `m`, `g`.
    ///
    /// nginx and systemd must read the same number in it. Write whole numbers with one unit, for example
    /// `64m` or `2G`.
    SizeInvalid = "size-invalid", Error;
    /// Not a duration: `65s`, `5m`, `1d`.
    ///
    /// nginx, systemd and Go must read the same time in it. Write whole numbers, the largest unit first, for
    /// example `1h30m`.
    DurationInvalid = "duration-invalid", Error;
    /// Not an absolute, normalised path.
    ///
    /// Two paths must be the same place exactly when their texts are the same. Begin with `/`, without `.`,
    /// `..`, `//` or a slash at the end; a directory of the panel's own cannot be `/` itself.
    PathInvalid = "path-invalid", Error;
    /// Two components claim one path on the host.
    ///
    /// One of the two files would overwrite the other. Move one, most likely by `dirs`.
    PathConflict = "path-conflict", Error;
    /// Two components claim one unit.
    ///
    /// systemd knows one unit by each name. Drop one of the two.
    UnitConflict = "unit-conflict", Error;
    /// Not a version number as upstream writes it, without a `v`.
    ///
    /// The version stands in the address of the download, so it is written as upstream tags it, for example
    /// `1.7.27`.
    VersionInvalid = "version-invalid", Error;
    /// This version is outside what the templates were made for.
    ///
    /// Its files would name options, images or paths that this version does not know. Choose one that the
    /// message names, or say what is missing, for example the images under `faasd.images`.
    VersionUnsupported = "version-unsupported", Error;
    /// Not a SHA-256 sum: 64 hexadecimal digits.
    ///
    /// It is what `sha256sum FILE` prints, of the download for the chosen arch.
    Sha256Invalid = "sha256-invalid", Error;
    /// No sum is known for this download, and upstream publishes none beside it.
    ///
    /// The installer refuses what it cannot verify, so the program would not be installed. Give its `sha256`.
    /// (Where upstream does publish a sum, the lock names its address and the installer verifies against it.)
    Sha256Missing = "sha256-missing", Warning;
    /// Not an IP address.
    ///
    /// A resolver is named by its address: a name would have to be looked up by the resolver itself. Write
    /// IPv4 or IPv6 without brackets, port or prefix length.
    AddressInvalid = "address-invalid", Error;
    /// The initial password cannot be used: empty, with white space at an end, with control characters, too long.
    ///
    /// The gateway, the IDE and every script that signs in must read the same password, so it is one line of
    /// visible characters. Leave `passinit` out, and the host makes a good one.
    PassinitInvalid = "passinit-invalid", Error;
    /// The initial password stands in a parameters file, which others read and version control keeps.
    ///
    /// Move it to a file of its own: `passinit: {file: secret.txt}`; or leave it out, then it is made on the host.
    PassinitInline = "passinit-inline", Warning;
    /// A password on the command line is visible to every user of this machine in `ps`, and stays in the history.
    ///
    /// Use `--passinit-file FILE`, or no password at all: then the host makes one at the first install.
    PassinitVisible = "passinit-visible", Warning;
    /// Not an image reference: `registry/name:tag`.
    ///
    /// It is written as `docker pull` takes it: in lower case, without `https://`, with its tag or digest
    /// behind it, so that the host runs the same image next year.
    ImageInvalid = "image-invalid", Error;
    /// Not a calendar expression of systemd.
    ///
    /// The timer would not be loaded, and the certificate would run out. Try one with `systemd-analyze
    /// calendar '*-*-* 00,12:00:00'`.
    CalendarInvalid = "calendar-invalid", Error;
    /// Not a label: letters, digits, `.`, `_`, `-`.
    ///
    /// The text becomes an argument of a program or part of a name. White space and other signs have no
    /// place there.
    LabelInvalid = "label-invalid", Error;
    /// Not a unit name, or a unit that this bundle has not.
    ///
    /// A drop-in for a unit that is not there would never be read. `panelgen list` with the same parameters
    /// shows the units; write the name in full, for example `faasd.service`.
    UnitInvalid = "unit-invalid", Error;
    /// An override cannot be written as it is: a newline, an unbalanced brace, a missing semicolon.
    ///
    /// It would change the meaning of what stands around it, or keep nginx or systemd from reading the file
    /// at all. An nginx directive is complete in itself, `name value;`; a directive of a unit is one line.
    OverrideInvalid = "override-invalid", Error;
    /// faasd from 0.19.1 on is under the `OpenFaaS` CE EULA, not a free licence.
    ///
    /// The EULA allows personal use and one 60-day commercial trial a year, forbids redistribution, and these
    /// versions do not start without the internet. Read it, then say `faasd.accept_eula: true`; or stay with
    /// 0.19.0, the last version under the MIT licence.
    EulaNotAccepted = "eula-not-accepted", Error;
    /// This stack holds versions of 2020 that get no security fixes.
    ///
    /// They have vulnerabilities that are publicly known. Use the stack to rebuild an old host as it was,
    /// then move on to `current`.
    StackUnsupported = "stack-unsupported", Warning;
    /// The pai panel's programs have no public origin any more: `mirror` must name where they can be had.
    ///
    /// Say `mirror: https://…`, an origin that serves `pai-mate-latest.tar.xz` and `pai_agent`, or choose
    /// another `panel`.
    MirrorMissing = "mirror-missing", Error;
    /// `tls` lacks what the chosen way needs: own certificate paths, a DNS plugin, its credentials.
    ///
    /// `acme: none` needs `tls.certificate` and `tls.key`; `acme: dns` needs `tls.dns.plugin` and
    /// `tls.dns.credentials`. All four name things on the host, which must be there before the install.
    TlsIncomplete = "tls-incomplete", Error;
    /// Two settings of `tls` contradict each other.
    ///
    /// One of them would silently have no effect. Keep the one that is meant and drop the other.
    TlsConflict = "tls-conflict", Error;
    /// The target's programs are too old for what was asked.
    ///
    /// The program would refuse its options on the host. Drop the setting, or choose a newer target:
    /// `panelgen targets` lists their versions.
    TargetUnsupported = "target-unsupported", Error;
    /// How large the user-data is, and that every provider takes it.
    ///
    /// Nothing is to be done. Providers differ in how much user-data they take, 16 KiB being the least among
    /// the large ones.
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
    ///
    /// `--only` takes a path on the host, `/etc/…`, or a paper of the bundle, such as `assets.lock`.
    /// `panelgen list` with the same parameters shows them.
    OnlyUnknown = "only-unknown", Error;
    /// A fleet says `defaults` below `hosts`.
    ///
    /// Hosts are read one at a time, so that ten thousand take no more memory than one: what they start from
    /// has to be known before the first of them.
    FleetOrder = "fleet-order", Error;
    /// A fleet has no hosts.
    ///
    /// Rendering it would remove every host that a former run wrote. Most likely `hosts` is empty or misspelt.
    FleetEmpty = "fleet-empty", Error;
    /// Two hosts of a fleet name the same domain, be it as the first or as a further one.
    ///
    /// A name leads to one host, and a certificate is issued to whoever answers for it. The first domain is also
    /// the name of the host's directory. Take the name from one of the two.
    HostDuplicate = "host-duplicate", Error;
    /// A host of a fleet has a name that the fleet's own directory needs.
    ///
    /// Beside the hosts' directories stands `ansible`. Give the host its whole name, with its domain.
    HostReserved = "host-reserved", Error;
    /// No host of the fleet is meant by `--only-host`.
    ///
    /// The pattern is held against the first domain: `*` is any text, `?` any one character. `panelgen list
    /// --fleet` shows all hosts.
    HostUnknown = "host-unknown", Error;
    /// A host's labels cannot become groups of the inventory.
    ///
    /// Labels are short texts under names of letters and digits, `labels: {region: eu}`. Each becomes a group,
    /// `region_eu`, in which capital letters and other characters do not count: no two labels may become one.
    LabelsInvalid = "labels-invalid", Error;
    /// What is to be explained is not a path of this bundle.
    ///
    /// Which paths there are depends on the parameters: pass the same ones as to `render`. `panelgen list` shows
    /// them all.
    PathUnknown = "path-unknown", Error;
    /// The file to be explained has no such line.
    ///
    /// Lines are counted from 1, in the file as these parameters render it; on a host it may have been
    /// changed since.
    LineUnknown = "line-unknown", Error;
    /// No finding has this code.
    ///
    /// The code stands in brackets behind the word `error`, `warning` or `note`; with `--message-format
    /// json` it is `code`.
    CodeUnknown = "code-unknown", Error;
    /// No built-in template has this name.
    ///
    /// A template is called by its path on the host. `panelgen templates --list` shows them all.
    TemplateUnknown = "template-unknown", Error;
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
