//! The list of what may go wrong. A code is for ever: scripts and suppressions hold on to it.

use super::Severity;

macro_rules! codes {
    (
        $($(#[doc = $doc_before:literal])+ $before:ident = $code_before:literal, $severity_before:ident;)+
        check { $($(#[doc = $doc_of:literal])+ $of:ident = $code_of:literal, $severity_of:ident;)+ }
    ) => {
        codes! {
            $($(#[doc = $doc_before])+ $before = $code_before, $severity_before;)+
            $($(#[doc = $doc_of])+ $of = $code_of, $severity_of;)+
        }

        impl Code {
            /// The codes of what `check` finds in a bundle; all others are about parameters and arguments.
            pub const OF_CHECK: &'static [Code] = &[$(Code::$of),+];
        }
    };
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
    check {
        /// There is no MANIFEST.json, or what was named is no bundle.
        ///
        /// The manifest tells modes, owners and sums, and what a run owns. Name the directory or archive that
        /// `panelgen render` wrote, or render it again.
        ManifestMissing = "manifest-missing", Error;
        /// The manifest cannot be read, or says something that no manifest says.
        ///
        /// It is written by `panelgen render` alone. Render the bundle again, and let git merge nothing in it.
        ManifestInvalid = "manifest-invalid", Error;
        /// A file that something names is not in the bundle.
        ///
        /// The program that reads it would not start, or an installer would stop. Render the bundle again, or take
        /// the file back from where it was lost.
        FileMissing = "file-missing", Error;
        /// A file lies in the bundle and in no list of it.
        ///
        /// No installer puts it anywhere, and the next rendering leaves it there. Remove it; files of your own go
        /// beside the bundle.
        FileUnlisted = "file-unlisted", Warning;
        /// A symbolic link, a device, or something else that no bundle holds.
        ///
        /// Installers run as root and would follow the link wherever it leads. Put the file itself there.
        FileSpecial = "file-special", Error;
        /// A file is not what the manifest says: it was changed after rendering.
        ///
        /// Installers refuse such a file, and the next rendering undoes the change. Change the parameters, or say
        /// it in `overrides`.
        DigestMismatch = "digest-mismatch", Error;
        /// A file or directory has another mode than the manifest says.
        ///
        /// Modes are lost by copying without `-p` and by git. Render the bundle again, or change the mode back.
        ModeMismatch = "mode-mismatch", Error;
        /// A mode that opens too much, or too little: others may write, a secret is readable, a program cannot be
        /// run.
        ///
        /// What root reads and runs may be written by root alone. Render the bundle again; modes are no parameters.
        ModeUnsafe = "mode-unsafe", Error;
        /// A file would belong to somebody else than root.
        ///
        /// Whoever owns a file that root reads or runs is root. Every file of a bundle belongs to `root:root`.
        OwnerUnsafe = "owner-unsafe", Error;
        /// The file is not plain UTF-8: another encoding, a byte order mark, a control character.
        ///
        /// Most readers take such bytes for text and refuse the line, or read it otherwise than it looks. Save the
        /// file as UTF-8 without BOM.
        TextEncoding = "text-encoding", Error;
        /// Lines end in CR LF.
        ///
        /// A shell takes the CR for a part of the last word, and `#!/bin/sh` names no program any more. Convert the
        /// file to LF, and keep git from converting it back.
        LineEnding = "line-ending", Error;
        /// The last line has no newline.
        ///
        /// Every rendered file ends in one, so this one was cut short or edited; some readers pass over an
        /// unfinished line. End it with a newline.
        FinalNewlineMissing = "final-newline-missing", Warning;
        /// A merge left its markers in the file.
        ///
        /// The file holds two versions of the same lines, and its reader refuses it or takes both. Keep one
        /// version, or render the bundle again.
        MergeMarker = "merge-marker", Error;
        /// Text that somebody meant to replace: a placeholder, or a piece of a template.
        ///
        /// Its reader takes it for the value. Write what is meant, or render the bundle again.
        PlaceholderLeft = "placeholder-left", Error;
        /// The document is no JSON.
        ///
        /// Its reader refuses the whole file. Mend the place the finding names, a comma, a bracket or a quote most
        /// often.
        JsonSyntax = "json-syntax", Error;
        /// A document says a key that its reader does not know.
        ///
        /// cloud-init, faasd and code-server pass over such a key without a word, so that a typing error silently
        /// means the default. Correct the key, or remove it.
        DocumentKeyUnknown = "document-key-unknown", Error;
        /// A value of a document is nothing that its reader takes there.
        ///
        /// The reader refuses the whole file, or goes on without the value. The hint shows what belongs there.
        DocumentInvalid = "document-invalid", Error;
        /// A line of a unit is no section, no assignment and no comment.
        ///
        /// systemd ignores the line and goes on. Mend or remove it.
        UnitSyntax = "unit-syntax", Error;
        /// A unit has a section that systemd does not read in units of this type.
        ///
        /// Everything in it is ignored. Correct its name, or move the lines.
        UnitSectionUnknown = "unit-section-unknown", Error;
        /// systemd has no such key.
        ///
        /// It says so in its log, ignores the line and starts the unit without it: a wall or a limit is then
        /// missing. Correct the key.
        UnitKeyUnknown = "unit-key-unknown", Error;
        /// The key belongs into another section.
        ///
        /// Where it stands now, systemd ignores it. Move the line.
        UnitKeySection = "unit-key-section", Error;
        /// The key or the value came with a later systemd than the target has.
        ///
        /// The target's systemd ignores the line, or refuses the unit. Remove it, or choose a newer target.
        UnitKeyNewer = "unit-key-newer", Error;
        /// The key is a former name of another one.
        ///
        /// Newer systemd has dropped it, or is going to. Use its successor.
        UnitKeyObsolete = "unit-key-obsolete", Warning;
        /// A key that holds one value is said twice.
        ///
        /// The last one counts, and the first is silently lost. Keep one of them.
        UnitKeyDuplicate = "unit-key-duplicate", Error;
        /// systemd cannot read the value of this key.
        ///
        /// It ignores the line and starts the unit without it, or does not start it at all. The message says what
        /// would be read.
        UnitValueInvalid = "unit-value-invalid", Error;
        /// A unit lacks what it cannot do without: a program to start, a time to elapse, somebody who wants it.
        ///
        /// systemd refuses it, or never starts it. Render the bundle again.
        UnitIncomplete = "unit-incomplete", Error;
        /// A service restarts without a pause.
        ///
        /// A program that cannot start yet is then tried five times within a second, and given up for good. Say
        /// `RestartSec=5s`.
        UnitRestartTight = "unit-restart-tight", Warning;
        /// A wall around a service is missing, was taken down, or has a hole.
        ///
        /// A fault of the program would then reach more of the host than it has to. Put the wall back; what a
        /// service of yours needs besides goes into `overrides.units`.
        UnitExposed = "unit-exposed", Error;
        /// A unit, a drop-in or a script names a unit that is not there.
        ///
        /// systemd ignores the order or the need without a word. Correct the name.
        UnitReferenceUnknown = "unit-reference-unknown", Error;
        /// A unit does not wait for another one, or does not need it, and cannot do without.
        ///
        /// Both start at once, and which is first is luck. Add the line that the hint shows.
        UnitOrderMissing = "unit-order-missing", Error;
        /// A timer starts a service that is not in the bundle.
        ///
        /// It elapses, and nothing happens. Put the service back, or remove the timer.
        UnitTimerOrphan = "unit-timer-orphan", Error;
        /// No installer knows the unit.
        ///
        /// It is neither started nor taken away again. Units of your own go beside the bundle.
        UnitUnplanned = "unit-unplanned", Warning;
        /// nginx cannot read the file: a `;`, a brace or a quote is missing, or one too many.
        ///
        /// nginx refuses all of its configuration, and does not start. The place is where the directive begins.
        NginxSyntax = "nginx-syntax", Error;
        /// nginx has no such directive.
        ///
        /// It refuses all of its configuration. Correct the name; directives of commercial and third-party modules
        /// count as unknown, because the distribution's nginx has none.
        NginxDirectiveUnknown = "nginx-directive-unknown", Error;
        /// The directive cannot stand here.
        ///
        /// nginx refuses all of its configuration. Move it to where nginx takes it.
        NginxContext = "nginx-context", Error;
        /// The directive, or its value, came with a later nginx or OpenSSL than the target has.
        ///
        /// nginx refuses all of its configuration. Remove it, or choose a newer target.
        NginxDirectiveNewer = "nginx-directive-newer", Error;
        /// The directive is gone from the target's nginx, or warned of at each start.
        ///
        /// Use what took its place.
        NginxDirectiveGone = "nginx-directive-gone", Warning;
        /// A directive that holds one value is said twice in one block.
        ///
        /// nginx refuses all of its configuration. Keep one of them.
        NginxDuplicate = "nginx-duplicate", Error;
        /// The directive has too many words, too few, or another one than it takes.
        ///
        /// nginx refuses all of its configuration. Most often a `;` is missing.
        NginxArguments = "nginx-arguments", Error;
        /// The value of a directive is none that nginx takes, or one that it takes and no request ever meets.
        ///
        /// The message says what is wrong with it; nginx itself tells only some of them.
        NginxValueInvalid = "nginx-value-invalid", Error;
        /// Nobody defines this variable.
        ///
        /// nginx refuses all of its configuration. Correct the name, or define it.
        NginxVariableUnknown = "nginx-variable-unknown", Error;
        /// One location is there twice.
        ///
        /// nginx refuses all of its configuration. Keep one of the two.
        NginxLocationDuplicate = "nginx-location-duplicate", Error;
        /// One name on one address is there twice, or one address has two default servers.
        ///
        /// nginx warns, or refuses; the second server is dead. Keep one of the two.
        NginxServerDuplicate = "nginx-server-duplicate", Error;
        /// A prefix and the path it leads to do not both end in `/`.
        ///
        /// Then a request for a longer name lands below another path than the one that was meant. End both with
        /// `/`.
        NginxPrefixOpen = "nginx-prefix-open", Warning;
        /// Upstreams hear in this header what the client says.
        ///
        /// They trust it: a client could name another address, host or scheme. Set it at server level.
        NginxHeaderMissing = "nginx-header-missing", Error;
        /// A location says a header of its own, and loses all that its server says.
        ///
        /// This is nginx's rule for `add_header` and `proxy_set_header`. Say them at server level alone.
        NginxHeaderDropped = "nginx-header-dropped", Error;
        /// A request for a name that is not ours is answered.
        ///
        /// Whoever points a name at this host would get the site. The default server of every address answers
        /// nothing.
        CatchAllMissing = "catch-all-missing", Error;
        /// nginx tells its version to everybody.
        ///
        /// It saves an attacker a guess. Say `server_tokens off` in every server.
        VersionExposed = "version-exposed", Warning;
        /// Plain HTTP does not lead to HTTPS under the name that was asked for, or serves content.
        ///
        /// Passwords would pass in the clear, or browsers go round in a circle. Lead to `https://` and the literal
        /// name.
        RedirectWrong = "redirect-wrong", Error;
        /// Strict-Transport-Security is said, and does not hold.
        ///
        /// It lasts for less than 180 days, is missing on error pages, or is said over plain HTTP. Say `max-
        /// age=63072000` and `always`.
        HstsWeak = "hsts-weak", Warning;
        /// A version of TLS below 1.2 is spoken, or may be.
        ///
        /// TLS 1.0 and 1.1 are broken. The floor holds for every name on the address, so the catch-all has it too.
        TlsProtocolOld = "tls-protocol-old", Error;
        /// A cipher suite without forward secrecy or authenticated encryption.
        ///
        /// What was recorded today could be read tomorrow. Take the list that the profile renders.
        TlsCipherWeak = "tls-cipher-weak", Error;
        /// A server that should speak TLS does not, or has no certificate.
        ///
        /// nginx does not start, or speaks plain HTTP on port 443.
        TlsMissing = "tls-missing", Error;
        /// OCSP stapling is on.
        ///
        /// The public certificate authority ended OCSP in 2025; nginx only logs errors. Remove it.
        TlsStapling = "tls-stapling", Warning;
        /// The certificate's files are called differently by those who make and those who read them.
        ///
        /// nginx would go on with the placeholder or with an expired certificate. One path runs through certbot's
        /// hook, nginx, panel.sh and pai.
        CertificateDisagrees = "certificate-disagrees", Error;
        /// certbot lays or answers the ACME challenge where nginx does not lead to.
        ///
        /// No certificate is issued or renewed.
        ChallengeDisagrees = "challenge-disagrees", Error;
        /// Nothing renews the certificate.
        ///
        /// The site ends when the certificate does. The timer and its service belong together.
        RenewalMissing = "renewal-missing", Error;
        /// More than one thing renews the certificate.
        ///
        /// They meet on certbot's lock and fail, or ask the ACME server twice as often. One timer renews; the
        /// distribution's is held back.
        RenewalDuplicate = "renewal-duplicate", Error;
        /// The renewal runs, and does not do its work.
        ///
        /// It only tries, does not reload nginx, or asks the wrong server. The message says which.
        RenewalBroken = "renewal-broken", Error;
        /// Two files call one thing by different names: a domain, a bridge, a table, a service.
        ///
        /// One of them is left over or was changed alone. Change the parameter and render again.
        NameDisagrees = "name-disagrees", Error;
        /// A port is said differently in different files.
        ///
        /// Requests go where nobody listens, or the firewall closes the wrong one. Change the parameter and render
        /// again.
        PortDisagrees = "port-disagrees", Error;
        /// A service is open to everybody that should be behind the edge.
        ///
        /// It is reached without TLS, and often without a password. Bind it to 127.0.0.1.
        ListenerExposed = "listener-exposed", Error;
        /// A service asks for no password.
        ///
        /// Whoever reaches it runs programs on the host.
        AuthMissing = "auth-missing", Error;
        /// The firewall leaves open what it is there to close.
        ///
        /// The provider's port runs functions without a password, and 169.254.0.0/16 gives away the cloud account's
        /// credentials. Render the bundle again.
        FirewallOpen = "firewall-open", Error;
        /// nft cannot read the rules.
        ///
        /// It refuses the whole file, and every port stays open.
        NftSyntax = "nft-syntax", Error;
        /// A core container gets more of the host than it needs.
        ///
        /// A fault in it would be one of the host. Remove the key.
        ContainerPrivileged = "container-privileged", Error;
        /// An image has no tag, or `latest`.
        ///
        /// Each host would run another version, and nobody knows which. Name the version.
        ImageUnpinned = "image-unpinned", Error;
        /// The CNI list is none that the plugins take, or none that gives containers a network.
        ///
        /// Every deployment of a function fails. faasd itself writes this list at each start; render the bundle
        /// again.
        CniInvalid = "cni-invalid", Error;
        /// A line of a sysctl, module or resolver file is none, or one that is needed is not there.
        ///
        /// Its reader passes over it, and containers lack a network, a file system or names.
        SettingInvalid = "setting-invalid", Error;
        /// A shell program cannot be run, or goes on after a mistake.
        ///
        /// Mend the place; `sh -n` says the same.
        ShellInvalid = "shell-invalid", Error;
        /// cloud-init would pass over a part of the user-data, or read it otherwise than it looks.
        ///
        /// It says so in a log on the host alone, after the machine was made.
        CloudConfigInvalid = "cloud-config-invalid", Error;
        /// The data in panel.sh are none: a row with too many words, a table that nobody calls, a word that a shell
        /// would run.
        ///
        /// panel.sh would stop in the middle, or run what is data. Render the bundle again.
        InstallerInvalid = "installer-invalid", Error;
        /// panel.sh or a file of Ansible's role is not the one that panelgen writes.
        ///
        /// They are the same for every host, so a change was made by hand or by a merge. Render the bundle again.
        ProgramChanged = "program-changed", Error;
        /// Two tellings of the same plan differ.
        ///
        /// The manifest, panel.sh, Ansible's variables, the user-data and the lock are written from one plan. Which
        /// way the host is made must not decide what is on it. Render the bundle again.
        CopyDiffers = "copy-differs", Error;
        /// A download comes over plain HTTP.
        ///
        /// Whoever is on the way can change it, and see it. Fetch it by https.
        DownloadInsecure = "download-insecure", Error;
        /// A download has no sum.
        ///
        /// Whatever is served under its address would be installed as root. Pin it by its SHA-256.
        DownloadUnpinned = "download-unpinned", Error;
        /// A unit or a script starts a program that nobody puts there.
        ///
        /// The unit fails at each start, or its condition keeps it from ever starting. Correct the path.
        ProgramUnknown = "program-unknown", Error;
        /// A service that a person signs in to runs as root, or as good as root.
        ///
        /// Whoever knows the password has the host. Let it run as its own account.
        UserPrivileged = "user-privileged", Error;
        /// A unit runs as an account that nobody makes, or an account is made for nobody.
        ///
        /// systemd refuses to start the unit. One name runs through the unit and panel.sh.
        UserUnknown = "user-unknown", Error;
        /// A secret stands where everybody can read it.
        ///
        /// Units, configuration files and user-data are readable by every process of the host. Take it out, and
        /// change it: it is known now.
        SecretExposed = "secret-exposed", Error;
        /// The file of a secret, or its directory, lets others in.
        ///
        /// Close it: 0600 for the file, 0700 for its directory.
        SecretReadable = "secret-readable", Error;
        /// The file of a secret holds something that no reader takes for the same password.
        ///
        /// It is empty, has white space at its ends, or more than one line.
        SecretInvalid = "secret-invalid", Error;
        /// A password is laid down where its reader does not look.
        ///
        /// The IDE does not start. The unit, its runtime directory and the launcher name one path.
        SecretUnreachable = "secret-unreachable", Error;
        /// An nginx directive loads code, belongs to the main configuration, or names a path where nginx keeps no such
        /// file.
        ///
        /// A site has the directives of nginx's HTTP modules: no `load_module`, `perl`, `js_*` or Lua, and no `user` or
        /// `pid`. It includes files below /etc/nginx, logs below /var/log/nginx, and keeps bodies and caches below
        /// /var/cache/nginx or /var/lib/nginx. The operator's `overrides.nginx` are under the same rule. `check` does
        /// not start nginx with such a site.
        NginxDirectiveForbidden = "nginx-directive-forbidden", Error;
        /// The Ansible project holds code, or an expression that does more than compute.
        ///
        /// Allowed are the filters and methods that only compute, and `lookup('ansible.builtin.file', …)`. Other lookups,
        /// `with_*`, names with two underscores, plugins and modules of the bundle are not: Ansible would run some of
        /// them even when it only checks the syntax. `check` does not start Ansible with such a project.
        AnsibleCode = "ansible-code", Error;
        /// A unit runs certbot with an option that no panel uses.
        ///
        /// Many of certbot's options read files, write where they are told to, or start programs. Those of the panel are
        /// allowed: names, account, key, challenge, server and the deploy hook. The operator's `overrides.units` are
        /// under the same rule; an option for every run can be set in /etc/letsencrypt/cli.ini on the host. `check` does
        /// not start certbot with such a unit.
        CertbotOptionForbidden = "certbot-option-forbidden", Error;
        /// The user-data is a template of cloud-init.
        ///
        /// A first line `## template: jinja` makes cloud-init evaluate the whole file. The panel's user-data is plain
        /// YAML: remove the line. `check` does not give such a file to cloud-init.
        CloudConfigTemplate = "cloud-config-template", Error;
        /// A document names other files or programs for its reader to open.
        ///
        /// The compose file has no `env_file`, `include`, `extends`, `build`, `configs` or `secrets`; Prometheus' file
        /// has no key that ends in `_file` or `_files`. `check` does not start their programs with such a document.
        FileReferenceForbidden = "file-reference-forbidden", Error;
        /// A validator was started and gave no result.
        ///
        /// It was killed, its time or its memory was used up, it printed nothing where it must print, or its sandbox broke.
        /// The bundle is not checked by it: this is never a pass, and with `--require` the exit code is 3. The message has
        /// the reason. Run the check again; on a busy machine it can be a lack of time.
        ValidatorFailed = "validator-failed", Error;
        /// `nginx -t` refuses the configuration, or warns of it.
        ///
        /// It was run in a private root with throw-away certificates and names that resolve, so what it says is
        /// about the files.
        NginxRefuses = "nginx-refuses", Error;
        /// `systemd-analyze verify` has something to say about a unit.
        ///
        /// It was run in a private root with every program in place, so what it says is about the unit. It ends
        /// with 0 for unknown keys too; here every line counts.
        SystemdRefuses = "systemd-refuses", Error;
        /// `systemd-analyze security` rates a unit as more open than it has to be.
        ///
        /// Each unit has a budget. Put the walls back, or say in `overrides.units` what it needs.
        SystemdExposure = "systemd-exposure", Error;
        /// systemd cannot read when a timer elapses, or it never does.
        ///
        /// The message is that of `systemd-analyze calendar` or `timespan`.
        CalendarRefused = "calendar-refused", Error;
        /// A CNI plugin does not speak the list's version, or is not what the list calls it.
        ///
        /// The plugin was asked by itself.
        CniRefuses = "cni-refuses", Error;
        /// cloud-init's own schema refuses the user-data.
        ///
        /// The message is that of `cloud-init schema`.
        CloudInitRefuses = "cloud-init-refuses", Error;
        /// A shell or shellcheck has something to say about a program.
        ///
        /// The message is theirs; shellcheck's codes are explained in its wiki.
        ShellRefuses = "shell-refuses", Error;
        /// `ansible-playbook --syntax-check` refuses the playbook.
        ///
        /// The message is Ansible's own.
        AnsibleRefuses = "ansible-refuses", Error;
        /// `nft --check` refuses the rules.
        ///
        /// It was run in a network of its own; nothing was loaded.
        NftRefuses = "nft-refuses", Error;
        /// certbot does not understand its arguments.
        ///
        /// certbot was asked without a network, only to read them.
        CertbotRefuses = "certbot-refuses", Error;
        /// promtool refuses Prometheus' file.
        ///
        /// The message is promtool's own.
        PromtoolRefuses = "promtool-refuses", Error;
        /// `docker compose config` refuses the compose file.
        ///
        /// The message is its own; faasd reads the same grammar.
        ComposeRefuses = "compose-refuses", Error;
        /// No program of that name is asked by `check`.
        ///
        /// `panelgen check --help` lists them; `all` is every one.
        ValidatorUnknown = "validator-unknown", Error;
    }
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
