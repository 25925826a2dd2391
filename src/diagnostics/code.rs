//! The codes of all diagnostics. Codes are stable, since scripts and suppressions depend on them.

use super::Severity;

macro_rules! codes {
    (
        $($(#[doc = $doc_before:literal])+ $before:ident = $code_before:literal, $severity_before:ident;)+
        check { $($(#[doc = $doc_of:literal])+ $of:ident = $code_of:literal, $severity_of:ident;)+ }
        files { $($(#[doc = $doc_file:literal])+ $file:ident = $code_file:literal, $severity_file:ident;)+ }
    ) => {
        codes! {
            $($(#[doc = $doc_before])+ $before = $code_before, $severity_before;)+
            $($(#[doc = $doc_of])+ $of = $code_of, $severity_of;)+
            $($(#[doc = $doc_file])+ $file = $code_file, $severity_file;)+
        }

        impl Code {
            /// The codes that `check` reports about a bundle.
            pub const OF_CHECK: &'static [Code] = &[$(Code::$of),+];

            /// The codes of files and directories that are read and written. All codes in neither list are about
            /// parameters and arguments.
            pub const OF_FILES: &'static [Code] = &[$(Code::$file),+];
        }
    };
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $severity:ident;)+) => {
        /// The kind of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The kebab-case name.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code),+ }
            }

            /// The default severity.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),+ }
            }

            /// What the code means, why it matters and how to fix it: the text of `panelgen explain CODE`.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

codes! {
    /// The document is not valid YAML, or it is ambiguous.
    ///
    /// Fix the line that the message names. Tabs cannot indent, and a value that contains `: ` or ` #` needs
    /// quotes.
    YamlSyntax = "yaml-syntax", Error;
    /// The document is too large or too deep: a parameters file has at most 1 MiB, 64 levels and 100,000
    /// values.
    ///
    /// Aliases count each time they are used, so that a small file cannot expand without bound.
    YamlLimit = "yaml-limit", Error;
    /// The document uses a tag such as `!!binary` or `!include`.
    ///
    /// Parameters are plain text, lists and maps. The key decides what a value means, never a tag.
    YamlTag = "yaml-tag", Error;
    /// The file contains more than one document.
    ///
    /// Put each document into its own file and pass `-f` more than once: later files win.
    YamlDocuments = "yaml-documents", Error;
    /// The file cannot be read.
    ///
    /// Check the path (relative to the current directory; `passinit: {file: …}` is relative to the file that
    /// contains it), its permissions, and that the file is UTF-8 text.
    FileUnreadable = "file-unreadable", Error;
    /// Standard input is used twice, for example by `-f -` and `--passinit-file -`.
    ///
    /// It can be read only once, so the second reader would find nothing. Put one of the two into a file.
    StdinTwice = "stdin-twice", Error;
    /// One map has the same key twice. YAML readers disagree on which one counts.
    ///
    /// Keep one of them. To override one set of values with another, pass two files with `-f`.
    KeyDuplicate = "key-duplicate", Error;
    /// A later version no longer takes this parameter, or this form of its value.
    ///
    /// It still works. `panelgen migrate FILE` rewrites the file; `docs/support.md` says how long the old form is kept.
    KeyDeprecated = "key-deprecated", Warning;
    /// There is no parameter with this name.
    ///
    /// Unknown keys are errors, because a typing error would otherwise silently mean the default.
    KeyUnknown = "key-unknown", Error;
    /// The value has the wrong type: a list where text is expected, or text where a map is expected.
    ///
    /// The key decides the type. `panelgen init` shows how each key is written; a switch is `true` or `false`
    /// without quotes.
    ValueType = "value-type", Error;
    /// The value is not one of those that this key accepts.
    ///
    /// The message lists the accepted values. They are case-sensitive, and this version of panelgen does not
    /// know values that a later version added.
    ValueUnknown = "value-unknown", Error;
    /// The value is valid, but the syntax of one file cannot express it, for example a `$` in a path in
    /// nginx's configuration.
    ///
    /// Quoting does not help if a syntax has no escape for a character: the program would read something
    /// else. Choose a value without it.
    ValueUnwritable = "value-unwritable", Error;
    /// `--set` expects `key=value`.
    ///
    /// The key is a dotted path as in panel.yaml, for example `--set faasd.gateway_port=9000`. A list or a
    /// map is written as YAML in brackets or braces, in quotes for the shell.
    SetInvalid = "set-invalid", Error;
    /// The value contains a character that is invisible or cannot be written: a control character, a
    /// bidirectional mark, a zero-width character.
    ///
    /// Such characters are copied from web pages and chats, and make two different texts look the same. Type
    /// the value by hand.
    CharacterInvalid = "character-invalid", Error;
    /// No domain is set.
    ///
    /// The certificate and the server block need a domain. Everything else has a default.
    DomainMissing = "domain-missing", Error;
    /// The domain is not valid for DNS and the certificate authorities.
    ///
    /// A domain has ASCII letters, digits and hyphens, at most 63 characters per label and 253 in all.
    /// International names are converted to their `xn--` form. A scheme, port, path, wildcard, trailing dot
    /// or IP address is not part of a domain.
    DomainInvalid = "domain-invalid", Error;
    /// The same domain is listed twice.
    ///
    /// A certificate contains each domain once, and nginx warns about the second. Remove one. Upper and lower
    /// case are the same.
    DomainDuplicate = "domain-duplicate", Error;
    /// An international domain name was converted to the form that DNS and certificates use.
    ///
    /// No action is needed. The note explains the `xn--` name in the files.
    DomainIdn = "domain-idn", Note;
    /// The public certificate authority will reject this name.
    ///
    /// Let's Encrypt issues only for names below a public suffix, with at most ten labels. An internal CA may
    /// serve other names: set `tls.server`, or `tls.acme: none` with a certificate of your own.
    DomainPublicCa = "domain-public-ca", Warning;
    /// The email address is not accepted by certbot or the ACME server.
    ///
    /// The ACME server would reject the account, and the first certificate with it. Write `name@domain` in
    /// ASCII, or omit `mail` to register the account without an address.
    MailInvalid = "mail-invalid", Error;
    /// The public certificate authority rejects this address, for example one at example.com.
    ///
    /// No certificate would be issued. Use an address that exists, or none.
    MailPublicCa = "mail-public-ca", Warning;
    /// The port is not a whole number from 1 to 65535.
    ///
    /// Write only the number, for example `8080`: no host, no service name, no range.
    PortInvalid = "port-invalid", Error;
    /// Two services would listen on the same port.
    ///
    /// The second would not start. The message names both settings, even if one of them is a default. Change
    /// one of the two ports.
    PortConflict = "port-conflict", Error;
    /// The URL is not of the kind that this key accepts.
    ///
    /// The message names the part that is not allowed, for example a user, a query or a fragment. The hint
    /// shows an accepted form, if there is one.
    UrlInvalid = "url-invalid", Error;
    /// The upstream is not one that nginx can proxy to.
    ///
    /// Write `http://HOST:PORT`, `https://HOST:PORT` or a socket, `unix:/run/x.sock`. Without a path, the
    /// request's own path is kept. With a path, which ends with `/`, it replaces the route's prefix.
    UpstreamInvalid = "upstream-invalid", Error;
    /// The upstream is a name. nginx resolves it once, at start, and does not start if that fails.
    ///
    /// Prefer an IP address, or make sure that the name resolves before nginx starts (`/etc/hosts`).
    UpstreamName = "upstream-name", Warning;
    /// The path is not valid for a route.
    ///
    /// A route path begins and ends with `/` and has no character with a special meaning, so that nginx, the
    /// browser and the upstream agree on what is below it.
    RouteInvalid = "route-invalid", Error;
    /// Two routes have the same path.
    ///
    /// nginx would only ever use one of them. The message names both settings, even if one of them is a
    /// default. Change one of the two paths.
    RouteConflict = "route-conflict", Error;
    /// A route has no path or no upstream.
    ///
    /// Write for example `{path: /grafana/, upstream: "http://127.0.0.1:3001"}`. All other keys of a route
    /// have defaults.
    RouteIncomplete = "route-incomplete", Error;
    /// `nginx.trusted_proxies` does not list the addresses of the proxies, or `proxy` has no URL.
    ///
    /// Anybody can send the header with a client's address. nginx believes it only from the addresses listed here:
    /// those from which your load balancer or CDN connects to this host.
    ProxiesIncomplete = "proxies-incomplete", Warning;
    /// The name of an HTTP header is invalid.
    ///
    /// A name has letters, digits and hyphens, for example `X-Forwarded-For` or `CF-Connecting-IP`. Write it without the
    /// colon.
    HeaderInvalid = "header-invalid", Error;
    /// The user name is invalid, or not allowed here.
    ///
    /// Everyone who signs in to the IDE has a shell as this user, so it cannot be root. The message lists the
    /// accepted characters.
    UserInvalid = "user-invalid", Error;
    /// The size is not a number followed by `k`, `m` or `g`.
    ///
    /// nginx and systemd must read it as the same number. Write a whole number with one unit, for example
    /// `64m` or `2G`.
    SizeInvalid = "size-invalid", Error;
    /// The duration is invalid. Valid ones are `65s`, `5m`, `1d`.
    ///
    /// nginx, systemd and Go must read it as the same time. Write whole numbers, the largest unit first, for
    /// example `1h30m`.
    DurationInvalid = "duration-invalid", Error;
    /// The path is not absolute and normalized.
    ///
    /// Paths are compared as text, so each has only one form: it begins with `/` and has no `.`, `..`, `//`
    /// or trailing slash. The panel's directories cannot be `/` itself.
    PathInvalid = "path-invalid", Error;
    /// Two components use the same path on the host.
    ///
    /// One of the files would overwrite the other. Move one of them, for example with `dirs`.
    PathConflict = "path-conflict", Error;
    /// Two components define the same unit.
    ///
    /// A unit name is unique in systemd. Remove one of the two.
    UnitConflict = "unit-conflict", Error;
    /// The version is not written as upstream writes it, without a `v`.
    ///
    /// The version is part of the download URL, so it must match upstream's tag, for example `1.7.27`.
    VersionInvalid = "version-invalid", Error;
    /// The version is not supported: by the templates, or any more by its own project.
    ///
    /// The files would use options, images or paths that this version does not have: choose a version that
    /// the message names, or set what is missing, for example the images in `faasd.images`. `check --as-of` reports a
    /// version whose project publishes no more fixes for it, as a warning: choose a newer one.
    VersionUnsupported = "version-unsupported", Error;
    /// The SHA-256 checksum is not 64 hexadecimal digits.
    ///
    /// Use the output of `sha256sum FILE` for the download of the chosen arch.
    Sha256Invalid = "sha256-invalid", Error;
    /// The checksum of this download is unknown, and upstream does not publish one.
    ///
    /// The installer rejects downloads that it cannot verify, so the program would not be installed. Set its
    /// `sha256`. (If upstream publishes a checksum, the lock contains its URL and the installer verifies
    /// against it.)
    Sha256Missing = "sha256-missing", Warning;
    /// The IP address is invalid.
    ///
    /// A DNS server is given by its address, since its name could not be resolved without it. Write IPv4 or
    /// IPv6 without brackets, port or prefix length. The addresses of `nginx.trusted_proxies` may have a prefix length.
    AddressInvalid = "address-invalid", Error;
    /// The initial password cannot be used: it is empty or too long, or has white space at an end or control
    /// characters.
    ///
    /// The gateway, the IDE and every script that signs in must read the same password, so it is one line of
    /// visible characters. Omit `passinit` to let the host generate a password.
    PassinitInvalid = "passinit-invalid", Error;
    /// The initial password, or the credentials of a registry, are in a parameters file, which others can read and
    /// version control keeps.
    ///
    /// Move them to a separate file: `passinit: {file: secret.txt}`, `registry: {auth: {file: config.json}}`. Or omit
    /// the password, then the host generates one.
    PassinitInline = "passinit-inline", Warning;
    /// A password, or the credentials of a registry, on the command line are visible to every user of this machine in
    /// `ps`, and stay in the shell history.
    ///
    /// Use `--passinit-file FILE`, or no password at all: the host then generates one during the first
    /// install. For a registry use `--set registry.auth.file=FILE`.
    PassinitVisible = "passinit-visible", Warning;
    /// The credentials of the registry are not those of a docker config.json, or are incomplete.
    ///
    /// The file has a map `auths` with a user and a password for each registry. Docker writes it at `docker login`,
    /// unless it uses a credential store: then the file is without passwords, and the host could not read them.
    RegistryAuthInvalid = "registry-auth-invalid", Error;
    /// The image reference is invalid. A valid one is `registry/name:tag`.
    ///
    /// Write it as `docker pull` takes it: in lower case, without `https://`, with a tag or digest, so that
    /// the host runs the same image next year.
    ImageInvalid = "image-invalid", Error;
    /// The calendar expression is not valid for systemd.
    ///
    /// The timer would not be loaded, and the certificate would expire. Test an expression with
    /// `systemd-analyze calendar '*-*-* 00,12:00:00'`.
    CalendarInvalid = "calendar-invalid", Error;
    /// The label has characters other than letters, digits, `.`, `_` and `-`.
    ///
    /// The text becomes an argument of a program or part of a name, where white space and other characters
    /// are not allowed.
    LabelInvalid = "label-invalid", Error;
    /// The unit name is invalid, or the bundle does not have this unit.
    ///
    /// systemd would never read a drop-in for a unit that does not exist. `panelgen list` with the same
    /// parameters shows the units. Write the full name, for example `faasd.service`.
    UnitInvalid = "unit-invalid", Error;
    /// The override cannot be written: it has a newline, an unbalanced brace or no semicolon.
    ///
    /// It would change the meaning of the lines around it, or keep nginx or systemd from reading the file. An
    /// nginx directive is complete, `name value;`. A unit directive is one line.
    OverrideInvalid = "override-invalid", Error;
    /// faasd from 0.19.1 on is under the `OpenFaaS` CE EULA, which is not a free license.
    ///
    /// The EULA allows personal use and one 60-day commercial trial a year, forbids redistribution, and these
    /// versions do not start without internet access. Read it, then set `faasd.accept_eula: true`. Or use
    /// 0.19.0, the last version under the MIT license.
    EulaNotAccepted = "eula-not-accepted", Error;
    /// This stack contains versions from 2020 that get no security fixes.
    ///
    /// They have publicly known vulnerabilities. Use the stack to rebuild an old host unchanged, then move on
    /// to `current`.
    StackUnsupported = "stack-unsupported", Warning;
    /// The pai panel's programs have no public download any more: `mirror` must name a server that has them.
    ///
    /// Set `mirror: https://…` to a server with `pai-mate-latest.tar.xz` and `pai_agent`, or choose another
    /// `panel`.
    MirrorMissing = "mirror-missing", Error;
    /// A wildcard among the domains cannot be used here.
    ///
    /// The first domain names files and directories, so it has no `*`. A public CA proves a wildcard only in DNS, so it
    /// needs `acme: dns`, or `acme: none` with a certificate of yours. One request has no name that a wildcard of it
    /// covers.
    DomainWildcard = "domain-wildcard", Error;
    /// `tls` lacks required settings: certificate paths, a DNS plugin or its credentials.
    ///
    /// `acme: none` needs `tls.certificate` and `tls.key`. `acme: dns` needs `tls.dns.plugin` and
    /// `tls.dns.credentials`. The files must exist on the host before the install.
    TlsIncomplete = "tls-incomplete", Error;
    /// Two settings of `tls` contradict each other.
    ///
    /// One of them would silently have no effect. Keep the one you need and remove the other.
    TlsConflict = "tls-conflict", Error;
    /// The target's programs are too old for a setting.
    ///
    /// The program on the host would reject its options. Remove the setting, or choose a newer target:
    /// `panelgen targets` lists the versions.
    TargetUnsupported = "target-unsupported", Error;
    /// The size of the user-data, which every provider accepts.
    ///
    /// No action is needed. Providers limit user-data; 16 KiB is the lowest limit among the large ones.
    UserDataSize = "user-data-size", Note;
    /// The user-data is too large for some providers, even when gzipped.
    ///
    /// cloud-init decompresses gzip by itself. The compact form (`--format cloud-config.gz`) is the smallest.
    /// Or let the user-data download the bundle from your own server.
    UserDataLarge = "user-data-large", Warning;
    /// A password is set, but is not in the user-data.
    ///
    /// Every process on a host can read the user-data from the metadata service, including functions unless
    /// they are blocked, and cloud-init keeps a copy. So the host generates a password of its own.
    /// `--secrets-in-user-data` includes yours anyway.
    UserDataSecret = "user-data-secret", Warning;
    /// The path is not in this bundle.
    ///
    /// `--only` takes a path on the host, `/etc/…`, or a generated document of the bundle, such as
    /// `assets.lock`. `panelgen list` with the same parameters shows them.
    OnlyUnknown = "only-unknown", Error;
    /// A fleet has `defaults` after `hosts`.
    ///
    /// Hosts are read one at a time, so that ten thousand need no more memory than one. Their defaults must
    /// therefore come before the first host.
    FleetOrder = "fleet-order", Error;
    /// A fleet has no hosts.
    ///
    /// Rendering it would remove every host of a previous run. Probably `hosts` is empty or misspelled.
    FleetEmpty = "fleet-empty", Error;
    /// Two hosts of a fleet have the same domain, as the first or as an additional one.
    ///
    /// A name resolves to one host, and only that host gets a certificate for it. The first domain is also
    /// the name of the host's directory. Remove the domain from one of the two.
    HostDuplicate = "host-duplicate", Error;
    /// The name of a host is reserved in the fleet's directory.
    ///
    /// The directory `ansible` is next to the hosts' directories. Use the host's full name, with its domain.
    HostReserved = "host-reserved", Error;
    /// `--only-host` matches no host of the fleet.
    ///
    /// The pattern is matched against the first domain: `*` is any text, `?` any one character. `panelgen
    /// list
    /// --fleet` shows all hosts.
    HostUnknown = "host-unknown", Error;
    /// A host's labels cannot become inventory groups.
    ///
    /// Labels are short texts with a name of letters and digits, `labels: {region: eu}`. Each becomes a
    /// group, `region_eu`. Group names ignore case and replace other characters, and no two labels may become
    /// the same group.
    LabelsInvalid = "labels-invalid", Error;
    /// The path to explain is not in this bundle.
    ///
    /// The paths depend on the parameters: pass the same ones as to `render`. `panelgen list` shows all
    /// paths.
    PathUnknown = "path-unknown", Error;
    /// The file to explain does not have this line.
    ///
    /// Lines are counted from 1, in the file as these parameters render it. The file on a host may have been
    /// changed since.
    LineUnknown = "line-unknown", Error;
    /// There is no diagnostic with this code.
    ///
    /// The code is in brackets after the word `error`, `warning` or `note`. With `--message-format json` it
    /// is the field `code`.
    CodeUnknown = "code-unknown", Error;
    /// There is no built-in template with this name.
    ///
    /// A template's name is its path on the host. `panelgen templates --list` shows all names.
    TemplateUnknown = "template-unknown", Error;
    check {
        /// The system gets no more updates on the day of `--as-of`.
        ///
        /// The packages of the host, nginx and OpenSSL among them, get no security fixes. Move to a newer release
        /// of the distribution, or buy its extended support. `panelgen targets` lists the dates.
        TargetEndOfLife = "target-end-of-life", Warning;
        /// The version has a known vulnerability that was public on the day of `--as-of`.
        ///
        /// The message names the advisories and the first version without them. Set that version, or use a newer
        /// panelgen.
        VersionVulnerable = "version-vulnerable", Warning;
        /// This program does not know the version.
        ///
        /// It may be newer than the facts of this program, or it may not exist. Its checksum is not built in.
        /// Check the version at its project, and set its `sha256`.
        VersionUnknown = "version-unknown", Warning;
        /// This program does not know the image, or knows that its registry does not have it any more.
        ///
        /// A host can only start it if it is imported: `panel.sh install --assets DIR` takes archives of images.
        ImageUnknown = "image-unknown", Warning;
        /// The facts of this program are older than a year on the day of `--as-of`.
        ///
        /// It cannot know newer versions, vulnerabilities and ends of support. Use a newer panelgen.
        FactsOld = "facts-old", Warning;
        /// MANIFEST.json is missing, or the path is not a bundle.
        ///
        /// The manifest lists modes, owners, checksums and the files of a rendering. Pass the directory or
        /// archive that `panelgen render` wrote, or render it again.
        ManifestMissing = "manifest-missing", Error;
        /// The manifest cannot be read, or has invalid content.
        ///
        /// Only `panelgen render` writes it. Render the bundle again, and do not let git merge it.
        ManifestInvalid = "manifest-invalid", Error;
        /// A file that another file refers to is not in the bundle.
        ///
        /// The program that reads it would not start, or the installer would stop. Render the bundle again,
        /// or restore the file.
        FileMissing = "file-missing", Error;
        /// A file is in the bundle but not in the manifest.
        ///
        /// No installer uses it, and rendering again keeps it. Remove it. Put your own files next to the
        /// bundle.
        FileUnlisted = "file-unlisted", Warning;
        /// A symbolic link, a device or another special file, which neither a bundle nor a fleet's directory can contain.
        ///
        /// Installers run as root and would follow the link. Replace it with the file itself.
        FileSpecial = "file-special", Error;
        /// A file does not match the manifest: it was changed after rendering.
        ///
        /// Installers reject such a file, and rendering again reverts the change. Change the parameters, or
        /// use `overrides`.
        DigestMismatch = "digest-mismatch", Error;
        /// A file or directory does not have the mode in the manifest.
        ///
        /// Copying without `-p` and git lose modes. Render the bundle again, or restore the mode.
        ModeMismatch = "mode-mismatch", Error;
        /// A mode is too open or too strict: others may write, a secret is readable, or a program is not
        /// executable.
        ///
        /// Only root may write what root reads and runs. Render the bundle again; modes cannot be set.
        ModeUnsafe = "mode-unsafe", Error;
        /// A file would not be owned by root.
        ///
        /// The owner of a file that root reads or runs can become root. Every file of a bundle is owned by
        /// `root:root`.
        OwnerUnsafe = "owner-unsafe", Error;
        /// The file is not plain UTF-8: it has another encoding, a byte order mark or a control character.
        ///
        /// Most programs read such bytes as text and then reject the line or read something else than what is
        /// shown. Save the file as UTF-8 without BOM.
        TextEncoding = "text-encoding", Error;
        /// Lines end with CR LF.
        ///
        /// A shell reads the CR as part of the last word, and `#!/bin/sh` no longer names a program. Convert
        /// the file to LF, and keep git from converting it back.
        LineEnding = "line-ending", Error;
        /// The last line has no newline.
        ///
        /// Every rendered file ends with a newline, so this one was cut short or edited. Some programs ignore
        /// an unfinished line. Add a newline.
        FinalNewlineMissing = "final-newline-missing", Warning;
        /// A merge left its markers in the file.
        ///
        /// The file contains two versions of the same lines, and its reader rejects it or uses both. Keep one
        /// version, or render the bundle again.
        MergeMarker = "merge-marker", Error;
        /// A placeholder or part of a template was not replaced.
        ///
        /// Its reader takes it for the value. Write the real value, or render the bundle again.
        PlaceholderLeft = "placeholder-left", Error;
        /// The document is not valid JSON.
        ///
        /// Its reader rejects the whole file. Fix the place that the message names, most often a comma, a
        /// bracket or a quote.
        JsonSyntax = "json-syntax", Error;
        /// A document has a key that its reader does not know.
        ///
        /// cloud-init, faasd and code-server silently ignore such a key, so that a typing error means the
        /// default. Correct the key, or remove it.
        DocumentKeyUnknown = "document-key-unknown", Error;
        /// A value in a document is not valid for its reader.
        ///
        /// The reader rejects the whole file, or ignores the value. The hint shows what is expected.
        DocumentInvalid = "document-invalid", Error;
        /// A line of a unit is not a section, an assignment or a comment.
        ///
        /// systemd ignores the line. Fix or remove it.
        UnitSyntax = "unit-syntax", Error;
        /// A unit has a section that systemd does not read in this type of unit.
        ///
        /// Everything in it is ignored. Correct its name, or move the lines.
        UnitSectionUnknown = "unit-section-unknown", Error;
        /// systemd does not have this key.
        ///
        /// systemd logs it, ignores the line and starts the unit without it, so that a hardening option or a
        /// limit is missing. Correct the key.
        UnitKeyUnknown = "unit-key-unknown", Error;
        /// The key belongs to another section.
        ///
        /// systemd ignores it here. Move the line.
        UnitKeySection = "unit-key-section", Error;
        /// The key or value is newer than the target's systemd.
        ///
        /// The target's systemd ignores the line, or rejects the unit. Remove it, or choose a newer target.
        UnitKeyNewer = "unit-key-newer", Error;
        /// The key is the old name of another one.
        ///
        /// Newer versions of systemd have removed it, or will. Use the new name.
        UnitKeyObsolete = "unit-key-obsolete", Warning;
        /// A key that holds one value is set twice.
        ///
        /// The last one counts, and the first is silently lost. Keep one of them.
        UnitKeyDuplicate = "unit-key-duplicate", Error;
        /// systemd cannot read the value of this key.
        ///
        /// systemd ignores the line and starts the unit without it, or does not start the unit. The message
        /// shows the expected form.
        UnitValueInvalid = "unit-value-invalid", Error;
        /// A unit lacks something required: a program to start, a time to elapse, or a unit that starts it.
        ///
        /// systemd rejects it, or never starts it. Render the bundle again.
        UnitIncomplete = "unit-incomplete", Error;
        /// A service restarts without a pause.
        ///
        /// systemd then tries a program that cannot start yet five times within a second, and gives up. Set
        /// `RestartSec=5s`.
        UnitRestartTight = "unit-restart-tight", Warning;
        /// A hardening option of a service is missing or weakened.
        ///
        /// A vulnerability in the program would then affect more of the host than necessary. Restore the
        /// option. Put what your own service needs into `overrides.units`.
        UnitExposed = "unit-exposed", Error;
        /// A unit, a drop-in or a script refers to a unit that does not exist.
        ///
        /// systemd silently ignores the ordering or requirement. Correct the name.
        UnitReferenceUnknown = "unit-reference-unknown", Error;
        /// A unit lacks an ordering or a requirement that it needs.
        ///
        /// Both units start at the same time, in random order. Add the line in the hint.
        UnitOrderMissing = "unit-order-missing", Error;
        /// A timer starts a service that is not in the bundle.
        ///
        /// The timer elapses without an effect. Restore the service, or remove the timer.
        UnitTimerOrphan = "unit-timer-orphan", Error;
        /// A unit is unknown to the installers.
        ///
        /// It is neither started nor removed. Put your own units next to the bundle.
        UnitUnplanned = "unit-unplanned", Warning;
        /// nginx cannot read the file: a `;`, a brace or a quote is missing or superfluous.
        ///
        /// nginx rejects its whole configuration and does not start. The location is where the directive
        /// begins.
        NginxSyntax = "nginx-syntax", Error;
        /// nginx does not have this directive.
        ///
        /// nginx rejects its whole configuration. Correct the name. Directives of commercial and third-party
        /// modules count as unknown, because the distribution's nginx does not have them.
        NginxDirectiveUnknown = "nginx-directive-unknown", Error;
        /// The directive is not allowed here.
        ///
        /// nginx rejects its whole configuration. Move the directive to a block that allows it.
        NginxContext = "nginx-context", Error;
        /// The directive or its value is newer than the target's nginx or OpenSSL.
        ///
        /// nginx rejects its whole configuration. Remove it, or choose a newer target.
        NginxDirectiveNewer = "nginx-directive-newer", Error;
        /// The target's nginx has removed the directive, or warns about it at each start.
        ///
        /// Use its replacement.
        NginxDirectiveGone = "nginx-directive-gone", Warning;
        /// A directive that holds one value is set twice in one block.
        ///
        /// nginx rejects its whole configuration. Keep one of them.
        NginxDuplicate = "nginx-duplicate", Error;
        /// The directive has too many arguments, too few, or an unknown one.
        ///
        /// nginx rejects its whole configuration. Most often a `;` is missing.
        NginxArguments = "nginx-arguments", Error;
        /// The value of a directive is invalid, or matches no request.
        ///
        /// The message explains the value. nginx itself reports only some of them.
        NginxValueInvalid = "nginx-value-invalid", Error;
        /// The variable is not defined.
        ///
        /// nginx rejects its whole configuration. Correct the name, or define the variable.
        NginxVariableUnknown = "nginx-variable-unknown", Error;
        /// The same location is defined twice.
        ///
        /// nginx rejects its whole configuration. Keep one of the two.
        NginxLocationDuplicate = "nginx-location-duplicate", Error;
        /// Two servers have the same name on one address, or one address has two default servers.
        ///
        /// nginx warns or rejects its configuration. The second server is never used. Keep one of the two.
        NginxServerDuplicate = "nginx-server-duplicate", Error;
        /// A prefix and the path that it maps to do not both end with `/`.
        ///
        /// A request for a longer name then maps to an unintended path. End both with `/`.
        NginxPrefixOpen = "nginx-prefix-open", Warning;
        /// Upstreams receive this header as the client sent it.
        ///
        /// They trust it, so a client could forge its address, host or scheme. Set the header at server
        /// level.
        NginxHeaderMissing = "nginx-header-missing", Error;
        /// A location sets a header of its own and so loses all headers of its server.
        ///
        /// This is nginx's rule for `add_header` and `proxy_set_header`. Set headers only at server level.
        NginxHeaderDropped = "nginx-header-dropped", Error;
        /// A request for an unknown host name gets an answer.
        ///
        /// Any name that points to this host would show the site. The default server of every address must
        /// not answer.
        CatchAllMissing = "catch-all-missing", Error;
        /// nginx shows its version to clients.
        ///
        /// The version helps an attacker. Set `server_tokens off` in every server.
        VersionExposed = "version-exposed", Warning;
        /// Plain HTTP does not redirect to HTTPS under the requested name, or serves content.
        ///
        /// Passwords would be sent unencrypted, or browsers would loop. Redirect to `https://` and the
        /// literal name.
        RedirectWrong = "redirect-wrong", Error;
        /// Strict-Transport-Security is set, but not effective.
        ///
        /// It lasts less than 180 days, is missing on error pages, or is sent over plain HTTP. Use
        /// `max-age=63072000` and `always`.
        HstsWeak = "hsts-weak", Warning;
        /// A version of TLS below 1.2 is enabled, or may be.
        ///
        /// TLS 1.0 and 1.1 are broken. The lowest version applies to every name on the address, so the
        /// catch-all must set it too.
        TlsProtocolOld = "tls-protocol-old", Error;
        /// A cipher suite has no forward secrecy or no authenticated encryption.
        ///
        /// Traffic recorded today could be decrypted later. Use the list that the profile renders.
        TlsCipherWeak = "tls-cipher-weak", Error;
        /// A server that should use TLS does not, or has no certificate.
        ///
        /// nginx does not start, or serves plain HTTP on port 443.
        TlsMissing = "tls-missing", Error;
        /// OCSP stapling is on.
        ///
        /// The public certificate authority ended OCSP in 2025, so nginx only logs errors. Remove it.
        TlsStapling = "tls-stapling", Warning;
        /// The programs that write and read the certificate use different paths.
        ///
        /// nginx would keep using the placeholder or an expired certificate. certbot's hook, nginx, panel.sh
        /// and pai must use the same path.
        CertificateDisagrees = "certificate-disagrees", Error;
        /// certbot writes or answers the ACME challenge where nginx does not serve it.
        ///
        /// No certificate is issued or renewed. Use the same directory in both.
        ChallengeDisagrees = "challenge-disagrees", Error;
        /// The certificate is never renewed.
        ///
        /// The site stops working when the certificate expires. Add both the timer and its service.
        RenewalMissing = "renewal-missing", Error;
        /// The certificate is renewed by more than one timer.
        ///
        /// They wait for certbot's lock and fail, or contact the ACME server twice as often. Use one timer;
        /// the distribution's is disabled.
        RenewalDuplicate = "renewal-duplicate", Error;
        /// The renewal runs but has no effect.
        ///
        /// It is a dry run, does not reload nginx, or uses the wrong server. The message names the reason.
        RenewalBroken = "renewal-broken", Error;
        /// Two files use different names for the same thing: a domain, a bridge, a table, a service.
        ///
        /// One of them is outdated or was changed alone. Change the parameter and render again.
        NameDisagrees = "name-disagrees", Error;
        /// Files disagree about a port.
        ///
        /// Requests go to a port without a listener, or the firewall closes the wrong one. Change the
        /// parameter and render again.
        PortDisagrees = "port-disagrees", Error;
        /// A location of nginx proxies to what must never be public: a cloud's metadata service, which gives away the
        /// credentials of the host, or the socket of a container runtime, which controls the host.
        ///
        /// Remove the route. A program that needs one of them runs on the host, and decides itself what it passes on.
        UpstreamPrivileged = "upstream-privileged", Error;
        /// A service that belongs behind the nginx edge is open to the network.
        ///
        /// It can be reached without TLS, and often without a password. Bind it to 127.0.0.1.
        ListenerExposed = "listener-exposed", Error;
        /// A service does not ask for a password.
        ///
        /// Everyone who can connect to it can run programs on the host. Enable its authentication.
        AuthMissing = "auth-missing", Error;
        /// The firewall does not close what it should.
        ///
        /// The provider's port runs functions without a password, and 169.254.0.0/16 exposes the cloud
        /// account's credentials. Render the bundle again.
        FirewallOpen = "firewall-open", Error;
        /// nft cannot read the rules.
        ///
        /// nft rejects the whole file, and every port stays open.
        NftSyntax = "nft-syntax", Error;
        /// A core container has more access to the host than it needs.
        ///
        /// A vulnerability in it would affect the whole host. Remove the key.
        ContainerPrivileged = "container-privileged", Error;
        /// An image has no tag, or the tag `latest`.
        ///
        /// Hosts would run different, unknown versions. Set a version.
        ImageUnpinned = "image-unpinned", Error;
        /// The CNI list is invalid, or gives containers no network.
        ///
        /// Every deployment of a function would fail. faasd itself writes this list at each start. Render the
        /// bundle again.
        CniInvalid = "cni-invalid", Error;
        /// A line of a sysctl, module or resolver file is invalid, or a required one is missing.
        ///
        /// Its reader ignores it, and containers lack a network, a file system or name resolution.
        SettingInvalid = "setting-invalid", Error;
        /// A shell script cannot run, or continues after an error.
        ///
        /// Fix the line; `sh -n` reports the same.
        ShellInvalid = "shell-invalid", Error;
        /// cloud-init would ignore a part of the user-data, or read it in an unexpected way.
        ///
        /// It reports this only in a log on the host, after the machine was created.
        CloudConfigInvalid = "cloud-config-invalid", Error;
        /// The data tables in panel.sh are invalid: a row has too many fields, a table is unused, or a field
        /// contains shell code.
        ///
        /// panel.sh would stop halfway, or run the data as code. Render the bundle again.
        InstallerInvalid = "installer-invalid", Error;
        /// panel.sh or a file of Ansible's role differs from the one that panelgen writes.
        ///
        /// These files are the same for every host, so they were changed by hand or by a merge. Render the
        /// bundle again.
        ProgramChanged = "program-changed", Error;
        /// Two representations of the same plan differ.
        ///
        /// The manifest, panel.sh, Ansible's variables, the user-data and the lock are written from one plan,
        /// and every way of installing must give the same host. Render the bundle again.
        CopyDiffers = "copy-differs", Error;
        /// A download uses plain HTTP.
        ///
        /// It can be read and changed in transit. Use https.
        DownloadInsecure = "download-insecure", Error;
        /// A download has no checksum.
        ///
        /// Anything that its URL serves would be installed as root. Pin it by its SHA-256 checksum.
        DownloadUnpinned = "download-unpinned", Error;
        /// A unit or a script starts a program that is not installed.
        ///
        /// The unit fails at each start, or its condition keeps it from starting. Correct the path.
        ProgramUnknown = "program-unknown", Error;
        /// A service with a login runs as root, or with equivalent privileges.
        ///
        /// Everyone who knows the password controls the host. Run it as a separate user.
        UserPrivileged = "user-privileged", Error;
        /// A unit runs as a user that is not created, or a user is created but not used.
        ///
        /// systemd does not start the unit. Use the same name in the unit and panel.sh.
        UserUnknown = "user-unknown", Error;
        /// A secret is in a file that everyone can read.
        ///
        /// Every process on the host can read units, configuration files and user-data. Remove the secret,
        /// and change it, since it may be known.
        SecretExposed = "secret-exposed", Error;
        /// The file of a secret, or its directory, is accessible to other users.
        ///
        /// Set mode 0600 for the file and 0700 for its directory.
        SecretReadable = "secret-readable", Error;
        /// The file of a secret has content that its readers do not agree on.
        ///
        /// It is empty, has white space at its ends, or more than one line.
        SecretInvalid = "secret-invalid", Error;
        /// A password file is not where its reader looks for it.
        ///
        /// The IDE does not start. The unit, its runtime directory and the launcher must use the same path.
        SecretUnreachable = "secret-unreachable", Error;
        /// An nginx directive loads code, belongs to the main configuration, or names a path that nginx does not use.
        ///
        /// A site has only directives of nginx's HTTP modules: no `load_module`, `perl`, `js_*` or Lua, and no `user`
        /// or `pid`. It includes files below /etc/nginx, logs below /var/log/nginx, and keeps bodies and caches below
        /// /var/cache/nginx or /var/lib/nginx. The same applies to your `overrides.nginx`. `check` does not start
        /// nginx with such a site.
        NginxDirectiveForbidden = "nginx-directive-forbidden", Error;
        /// The Ansible project contains code, or an expression that does more than compute.
        ///
        /// Only filters and methods that compute, and `lookup('ansible.builtin.file', …)`, are allowed. Other lookups,
        /// `with_*`, names with two underscores, plugins and modules of the bundle are not: Ansible would run some of
        /// them even when it only checks the syntax. `check` does not start Ansible with such a project.
        AnsibleCode = "ansible-code", Error;
        /// A unit runs certbot with an option that no panel uses.
        ///
        /// Many of certbot's options read files, write files or start programs. Only those of the panel are allowed:
        /// names, account, key, challenge, server and the deploy hook. The same applies to your `overrides.units`. An
        /// option for every run can be set in /etc/letsencrypt/cli.ini on the host. `check` does not start certbot
        /// with such a unit.
        CertbotOptionForbidden = "certbot-option-forbidden", Error;
        /// The user-data is a template of cloud-init.
        ///
        /// A first line `## template: jinja` makes cloud-init evaluate the whole file. The panel's user-data is plain
        /// YAML: remove the line. `check` does not pass such a file to cloud-init.
        CloudConfigTemplate = "cloud-config-template", Error;
        /// A document names other files or programs for its reader to open.
        ///
        /// The compose file has no `env_file`, `include`, `extends`, `build`, `configs` or `secrets`. Prometheus's file
        /// has no key that ends with `_file` or `_files`. `check` does not start their programs with such a document.
        FileReferenceForbidden = "file-reference-forbidden", Error;
        /// A validator was started but gave no result.
        ///
        /// It was killed, ran out of time or memory, printed nothing although it must, or its sandbox failed. The
        /// bundle is not checked by it. This never counts as a pass, and with `--require` the exit code is 3. The
        /// message has the reason. Run the check again; on a busy machine, it may have been too slow.
        ValidatorFailed = "validator-failed", Error;
        /// `nginx -t` rejects the configuration, or warns about it.
        ///
        /// It runs in a private root with temporary self-signed certificates and resolvable names, so that
        /// its messages are about the files.
        NginxRejects = "nginx-rejects", Error;
        /// `systemd-analyze verify` reports a problem with a unit.
        ///
        /// It runs in a private root that has every program, so that its messages are about the unit. Its
        /// exit code is 0 even for unknown keys, so every line of its output counts.
        SystemdRejects = "systemd-rejects", Error;
        /// `systemd-analyze security` rates a unit as more exposed than necessary.
        ///
        /// Each unit has a limit. Restore the hardening options, or put what the unit needs into
        /// `overrides.units`.
        SystemdExposure = "systemd-exposure", Error;
        /// systemd cannot read when a timer elapses, or the timer never elapses.
        ///
        /// The message is that of `systemd-analyze calendar` or `timespan`.
        CalendarRejected = "calendar-rejected", Error;
        /// A CNI plugin does not support the list's version, or its name in the list is wrong.
        ///
        /// The plugin itself was run to check this.
        CniRejects = "cni-rejects", Error;
        /// cloud-init's own schema rejects the user-data.
        ///
        /// The message is that of `cloud-init schema`.
        CloudInitRejects = "cloud-init-rejects", Error;
        /// A shell or shellcheck reports a problem with a script.
        ///
        /// The message is the program's own. shellcheck's codes are explained in its wiki.
        ShellRejects = "shell-rejects", Error;
        /// `ansible-playbook --syntax-check` rejects the playbook.
        ///
        /// The message is Ansible's own.
        AnsibleRejects = "ansible-rejects", Error;
        /// `nft --check` rejects the rules.
        ///
        /// It runs in a separate network namespace, and nothing is loaded.
        NftRejects = "nft-rejects", Error;
        /// certbot does not accept its arguments.
        ///
        /// certbot was run without a network, only to parse them.
        CertbotRejects = "certbot-rejects", Error;
        /// promtool rejects Prometheus's file.
        ///
        /// The message is promtool's own.
        PromtoolRejects = "promtool-rejects", Error;
        /// `docker compose config` rejects the compose file.
        ///
        /// The message is Docker's own; faasd reads the same format.
        ComposeRejects = "compose-rejects", Error;
        /// `check` does not have a validator with this name.
        ///
        /// `panelgen check --help` lists them; `all` is every one.
        ValidatorUnknown = "validator-unknown", Error;
    }
    files {
        /// The directory is being written by another run of panelgen.
        ///
        /// Only one run at a time writes a directory. Wait until the other run is done, and run the command again.
        DirectoryBusy = "directory-busy", Error;
        /// The directory to write contains the working directory.
        ///
        /// Writing a bundle replaces its directory, and the shell would be left in the removed one. Change to another
        /// directory first, for example with `cd /`.
        DirectoryCurrent = "directory-current", Error;
        /// A directory is expected, and the path is a file.
        ///
        /// A name without a suffix is a directory. For one file, choose a name that ends in `.tar`, `.tar.gz`, `.json`,
        /// `.sh` or `.yaml`.
        DirectoryFile = "directory-file", Error;
        /// The directory is not empty, and panelgen did not write it.
        ///
        /// A directory belongs to panelgen if it has a `MANIFEST.json` of panelgen. Choose another directory, or use
        /// `--force` to write into it; other files are kept unless the bundle has the same path.
        DirectoryForeign = "directory-foreign", Error;
        /// The bundle in the directory has a form that only a newer version of this program reads.
        ///
        /// Its files cannot be distinguished from those of others. Use the version that wrote it, or a newer one.
        DirectoryNewer = "directory-newer", Error;
        /// A symbolic link is in the place of a directory to write or of a host's bundle.
        ///
        /// A link could point anywhere, so it is not followed. Name the directory that the link points to, or remove the
        /// link.
        DirectorySymlink = "directory-symlink", Error;
        /// The path does not end in a name, for example `/` or `..`.
        ///
        /// Writing a bundle replaces its directory by name. Name a directory, for example `bundle/`.
        DirectoryUnnamed = "directory-unnamed", Error;
        /// A file is expected, and the path is a directory.
        ///
        /// Name a file, or a directory with a `/` at its end if a directory is intended.
        FileDirectory = "file-directory", Error;
        /// The file exists already.
        ///
        /// It may have been edited, so it is not replaced. Choose another name, or use `--force`.
        FileExists = "file-exists", Error;
        /// The file to write exists, and it is not recognized as a file of panelgen.
        ///
        /// Each format is recognized by its first lines, archives by their manifest. Choose another name, or use `--force`.
        FileForeign = "file-foreign", Error;
        /// The file to write is a symbolic link.
        ///
        /// A link could point anywhere, so it is not followed. Name the file that the link points to.
        FileSymlink = "file-symlink", Error;
        /// The shards of a fleet cannot be merged: a host is in two of them or its directory is missing.
        ///
        /// The name of a host decides its shard, so all shards must be of one fleet file and one number of shards.
        /// Render all of them again into an empty directory.
        ShardConflict = "shard-conflict", Error;
        /// The arguments are not those of the command: an unknown flag, a missing value, two that exclude each other.
        ///
        /// `panelgen COMMAND --help` lists the arguments of a command.
        UsageInvalid = "usage-invalid", Error;
        /// The operating system reports an error, for example a missing file or a missing permission.
        ///
        /// The message contains the path and the error of the system.
        IoError = "io-error", Error;
        /// The run was interrupted by a signal, for example by Ctrl-C.
        ///
        /// The message lists what is complete, and what is left. The next run for the same path removes or completes it.
        Interrupted = "interrupted", Error;
        /// The output would overwrite a file that the same run reads, for example the parameters.
        ///
        /// Choose another name for the output. `--force` does not change this.
        OutputInput = "output-input", Error;
        /// The directory is not writable for this user.
        ///
        /// Choose a directory that you can write to, or change the owner of the one that the message names.
        PathClosed = "path-closed", Error;
        /// `panelgen migrate` rewrote a parameter of an older version.
        ///
        /// The message says what became of it. Compare the new file with the old one before you use it.
        KeyMigrated = "key-migrated", Note;
        /// `panelgen migrate` cannot rewrite a parameter, and wrote nothing.
        ///
        /// The old and the new form are both there, or the file is written in a way that cannot be kept, for example with
        /// a comment between braces. Edit the file by hand as the message says.
        KeyNotMigrated = "key-not-migrated", Error;
        /// A path that the bundle needs belongs to something else, for example a file where a directory is needed.
        ///
        /// Move the file elsewhere, or write to another directory.
        PathForeign = "path-foreign", Error;
        /// The path contains a symbolic link, and its target is not a bundle of panelgen.
        ///
        /// In an untrusted checkout, a link could point to any file of the user who checks it, and messages would show its
        /// content. A link to a bundle of panelgen or to an empty directory is followed. Name the directory or the archive
        /// itself.
        PathSymlink = "path-symlink", Error;
        /// A command says what it did or left, for example how many files it wrote.
        ///
        /// No action is needed. The message is for people; its text is not stable.
        RunNote = "run-note", Note;
        /// The name of panelgen's staging directory is used by something else.
        ///
        /// A bundle is built in a directory next to its target. Move the file or directory that the message names
        /// elsewhere.
        StagingDirForeign = "staging-dir-foreign", Error;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut codes = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(codes.insert(code.as_str()), "{} is used twice", code.as_str());
        }
    }
}
