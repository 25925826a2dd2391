//! Rewrites a parameters file of an older version: the tree, and the text with its comments and its order.
//!
//! Both are rewritten independently. The text is used only if it is the new tree, so that a shape of YAML which is not
//! foreseen here is an error, never a changed meaning.

mod edit;
mod source;

use camino::Utf8Path;

use super::changes::{Change, ChangeKind};
use super::value::{MapEntry, Spanned, Value};
use super::{Config, SCHEMA_KEY, SourceText, not_a_map, schema, validate, yaml};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};

/// Rewrites a parameters file or a fleet file. Reports each change, and all mistakes. Returns the new text, or `None`
/// after errors.
pub fn migrate(
    path: &Utf8Path,
    text: &str,
    changes: &[Change],
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let mut tree = yaml::read(path, text, diagnostics)?;
    if let Some(diagnostic) = not_a_map(&tree) {
        let snippet = yaml::Snippet { first: 1, text };
        diagnostics.push(yaml::with_snippet(diagnostic, snippet));
        return None;
    }
    let source = SourceText { path: path.to_owned(), first_line: 1, text: text.into() };
    let mut steps = Vec::new();
    apply(&mut tree, changes, &mut steps);
    let possible = !diagnostics.has_errors() && steps.iter().all(|step| step.conflict.is_none());
    let new = if possible { edit::rewrite(text, changes) } else { None };
    let same = new.as_deref().and_then(|text| yaml::read(path, text, &mut Diagnostics::default()));
    let failed = possible && same.is_none_or(|same| !is_same(&same.value, &tree.value));
    for step in &steps {
        diagnostics.push(if failed { step.by_hand(&source) } else { step.diagnostic(&source) });
    }
    check(tree, &source, diagnostics);
    new.filter(|_| !diagnostics.has_errors())
}

/// Takes deprecated parameters as what replaces them, with a warning for each.
pub(super) fn accept_deprecated(
    tree: &mut Spanned,
    changes: &[Change],
    source: &SourceText,
    diagnostics: &mut Diagnostics,
) {
    let deprecated: Vec<Change> = changes.iter().filter(|change| change.removed.is_none()).copied().collect();
    let mut steps = Vec::new();
    apply(tree, &deprecated, &mut steps);
    for step in &steps {
        diagnostics.push(match step.conflict {
            Some(_) => step.diagnostic(source),
            None => step.warning(source),
        });
    }
}

/// Rewrites parameters that a generator of any age recorded.
#[cfg(feature = "cli")]
pub(crate) fn recorded(config: &mut Config) {
    apply(&mut config.tree, super::changes::CHANGES, &mut Vec::new());
}

/// Rewrites parameters that were read. Their locations stay.
pub(super) fn apply(tree: &mut Spanned, changes: &[Change], steps: &mut Vec<Step>) {
    for root in roots(tree) {
        for change in changes {
            let (common, from, to) = split(change);
            descend(root, &common, &mut |map| match change.kind {
                ChangeKind::Rewritten(write) => rewrite_value(map, &from, change, write, steps),
                _ => move_entry(map, &common, &from, &to, change, steps),
            });
        }
    }
}

/// One use of a parameter that changed.
#[derive(Debug)]
pub(super) struct Step {
    change: Change,
    entry: MapEntry,
    /// Why it cannot be rewritten.
    conflict: Option<String>,
}

impl Step {
    /// The note about what was rewritten, or the error.
    fn diagnostic(&self, source: &SourceText) -> Diagnostic {
        let diagnostic = match &self.conflict {
            Some(why) => Diagnostic::new(Code::KeyNotMigrated, why.clone())
                .with_hint("keep one of the two, in its new form"),
            None => {
                Diagnostic::new(Code::KeyMigrated, self.change.what()).with_hint(match self.change.kind {
                    ChangeKind::Removed(instead) => instead.to_owned(),
                    _ => "read the new text before you use it".to_owned(),
                })
            }
        };
        self.at(diagnostic, source)
    }

    /// The error about a use that the text cannot be rewritten for.
    fn by_hand(&self, source: &SourceText) -> Diagnostic {
        let what = format!("{}, but the file cannot be rewritten here", self.change.what());
        let diagnostic = Diagnostic::new(Code::KeyNotMigrated, what);
        self.at(diagnostic.with_hint(format!("edit it: {}", self.change.instead())), source)
    }

    /// The warning about a deprecated parameter.
    pub(super) fn warning(&self, source: &SourceText) -> Diagnostic {
        let what = format!("the parameter is deprecated: {}", self.change.what());
        let diagnostic = Diagnostic::new(Code::KeyDeprecated, what);
        self.at(diagnostic.with_hint(migrate_hint(&self.change)), source)
    }

    fn at(&self, diagnostic: Diagnostic, source: &SourceText) -> Diagnostic {
        let diagnostic =
            diagnostic.with_parameter(self.change.path).with_location(self.entry.key_location.clone());
        yaml::with_key_snippet(diagnostic, &self.entry.key, source.snippet())
    }
}

/// The hint for a file with a parameter that changed.
pub(super) fn migrate_hint(change: &Change) -> String {
    format!("{}; `panelgen migrate FILE` rewrites the file", change.instead())
}

/// Checks the rewritten parameters: each host of a fleet by itself.
fn check(mut tree: Spanned, source: &SourceText, diagnostics: &mut Diagnostics) {
    let is_fleet = is_fleet(&tree);
    for root in roots(&mut tree) {
        let Value::Map(entries) = &mut root.value else { continue };
        entries.retain(|entry| entry.key != SCHEMA_KEY && !(is_fleet && entry.key == "labels"));
        let config = Config { tree: root.clone(), sources: vec![source.clone()], ..Config::default() };
        validate::check(&config, |_| true, diagnostics);
    }
}

fn is_fleet(tree: &Spanned) -> bool {
    matches!(&tree.value, Value::Map(entries) if entries.iter().any(validate::is_host_list))
}

/// The maps that parameters are in: the document, or the defaults and the hosts of a fleet.
fn roots(tree: &mut Spanned) -> Vec<&mut Spanned> {
    if !is_fleet(tree) {
        return vec![tree];
    }
    let Value::Map(entries) = &mut tree.value else { return Vec::new() };
    let entries = entries.iter_mut().filter(|entry| matches!(entry.key.as_str(), "defaults" | "hosts"));
    let values = entries.flat_map(|entry| match &mut entry.value {
        Spanned { value: Value::List(hosts), .. } => hosts.iter_mut().collect(),
        defaults => vec![defaults],
    });
    values.collect()
}

/// The segments that the old and the new path have in common, and the rest of each.
fn split(change: &Change) -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let from: Vec<&str> = change.path.split('.').collect();
    let to: Vec<&str> = match change.kind {
        ChangeKind::Moved(to) => to.split('.').collect(),
        _ => from.clone(),
    };
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let common = common.min(from.len() - 1).min(to.len() - 1);
    (from[..common].to_vec(), from[common..].to_vec(), to[common..].to_vec())
}

/// Calls `act` with each map at a path. A list stands for its items.
fn descend(spanned: &mut Spanned, path: &[&str], act: &mut impl FnMut(&mut Vec<MapEntry>)) {
    match &mut spanned.value {
        Value::List(items) => items.iter_mut().for_each(|item| descend(item, path, act)),
        Value::Map(entries) => match path {
            [] => act(entries),
            [first, rest @ ..] => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *first) {
                    descend(&mut entry.value, rest, act);
                }
            }
        },
        _ => {}
    }
}

fn rewrite_value(
    map: &mut [MapEntry],
    path: &[&str],
    change: &Change,
    write: fn(&str) -> Option<String>,
    steps: &mut Vec<Step>,
) {
    let [name] = path else { return };
    let Some(entry) = map.iter_mut().find(|entry| entry.key == *name) else { return };
    let Some(new) = entry.value.text().and_then(write) else { return };
    let Some(value) = yaml::read(Utf8Path::new("new"), &new, &mut Diagnostics::default()) else { return };
    steps.push(Step { change: *change, entry: entry.clone(), conflict: None });
    entry.value.value = value.value;
}

fn move_entry(
    map: &mut Vec<MapEntry>,
    common: &[&str],
    from: &[&str],
    to: &[&str],
    change: &Change,
    steps: &mut Vec<Step>,
) {
    let Some(found) = find(map, from) else { return };
    if to.len() > from.len() && to.starts_with(from) && matches!(found.value.value, Value::Map(_)) {
        return; // The parameter became a section, and this is one.
    }
    let entry = found.clone();
    take(map, common, from);
    let mut conflict = None;
    if matches!(change.kind, ChangeKind::Moved(_)) {
        let mut moved = map.clone();
        if put(&mut moved, to, &entry) {
            *map = moved;
        } else {
            let to = [common, to].concat().join(".");
            conflict = Some(format!("`{}` and `{to}` are both set", change.path));
        }
    }
    steps.push(Step { change: *change, entry, conflict });
}

fn find<'a>(map: &'a [MapEntry], path: &[&str]) -> Option<&'a MapEntry> {
    let (first, rest) = path.split_first()?;
    let entry = map.iter().find(|entry| entry.key == *first)?;
    match (&entry.value.value, rest) {
        (_, []) => Some(entry),
        (Value::Map(entries), _) => find(entries, rest),
        _ => None,
    }
}

/// Removes the entry at a path, and what it leaves empty unless that is a parameter.
fn take(map: &mut Vec<MapEntry>, above: &[&str], path: &[&str]) {
    let [first, rest @ ..] = path else { return };
    let Some(at) = map.iter().position(|entry| entry.key == *first) else { return };
    let here = [above, &[*first]].concat();
    if let (Value::Map(entries), [_, ..]) = (&mut map[at].value.value, rest) {
        take(entries, &here, rest);
        if !entries.is_empty() || is_parameter(&here) {
            return;
        }
    }
    map.remove(at);
}

fn is_parameter(path: &[&str]) -> bool {
    schema::declares(&path.join("."))
}

/// Puts a value at a path. Returns whether nothing else is there.
fn put(map: &mut Vec<MapEntry>, path: &[&str], of: &MapEntry) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let new = |value| MapEntry {
        key: (*first).to_owned(),
        key_location: of.key_location.clone(),
        value: Spanned { value, location: of.value.location.clone() },
    };
    let at = map.iter().position(|entry| entry.key == *first);
    if rest.is_empty() {
        if at.is_none() {
            map.push(new(of.value.value.clone()));
        }
        return at.is_none();
    }
    let at = at.unwrap_or_else(|| {
        map.push(new(Value::Null));
        map.len() - 1
    });
    let section = &mut map[at].value;
    if section.value == Value::Null {
        section.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut section.value else { return false };
    put(entries, rest, of)
}

/// Whether two values are the same parameters, in any order of their keys.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(&one.value, &other.value))
        }
        (Value::Map(one), Value::Map(other)) => {
            let sorted = |map: &[MapEntry]| {
                let mut map: Vec<_> = map.to_vec();
                map.sort_by(|one, other| one.key.cmp(&other.key));
                map
            };
            let (one, other) = (sorted(one), sorted(other));
            one.len() == other.len()
                && one
                    .iter()
                    .zip(&other)
                    .all(|(one, other)| one.key == other.key && is_same(&one.value.value, &other.value.value))
        }
        // Text that moves between a block and braces may need quotes. A boolean keeps having none.
        (Value::Text { text: one, plain: one_plain }, Value::Text { text: other, plain: other_plain }) => {
            one == other && (one_plain == other_plain || !matches!(one.as_str(), "true" | "false"))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<String> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{text}s"))
    }

    fn listed(text: &str) -> Option<String> {
        text.contains(';').then(|| format!("[{}]", text.replace(';', ", ")))
    }

    const fn change(path: &'static str, kind: ChangeKind) -> Change {
        Change { path, kind, deprecated: "0.2.0", removed: Some("0.4.0") }
    }

    /// A change of each kind, with replacements that are parameters.
    const TABLE: &[Change] = &[
        change("paneltype", ChangeKind::Moved("panel")),
        change("faasd.gw_port", ChangeKind::Moved("faasd.gateway_port")),
        change("acme_server", ChangeKind::Moved("tls.server")),
        change("certbot.staging", ChangeKind::Moved("tls.staging")),
        change("faasd.limits.memory", ChangeKind::Moved("faasd.memory_max")),
        change("hsts_age", ChangeKind::Moved("tls.hsts.max_age")),
        change("routes.target", ChangeKind::Moved("routes.upstream")),
        change("routes.old_timeout", ChangeKind::Moved("routes.timeout")),
        change("docker", ChangeKind::Removed("remove it, Docker is not used")),
        change("faasd.legacy", ChangeKind::Removed("remove it")),
        change("faasd.timeout", ChangeKind::Rewritten(seconds)),
        change("faasd.nameservers", ChangeKind::Rewritten(listed)),
        // A key that changed twice.
        change("first", ChangeKind::Moved("second")),
        change("second", ChangeKind::Moved("mail")),
    ];

    fn run(text: &str) -> (Option<String>, Vec<String>) {
        let mut diagnostics = Diagnostics::default();
        let new = migrate("panel.yaml".into(), text, TABLE, &mut diagnostics);
        assert!(new.is_some() != diagnostics.has_errors(), "{diagnostics:?}");
        diagnostics.sort();
        let line = |diagnostic: &Diagnostic| {
            let code = diagnostic.code.as_str();
            format!("{code} {} {}", diagnostic.parameter.as_deref().unwrap_or(""), diagnostic.locations[0])
        };
        (new, diagnostics.entries().iter().map(line).collect())
    }

    #[track_caller]
    fn becomes(old: &str, new: &str) {
        let (text, found) = run(old);
        assert_eq!(text.as_deref(), Some(new), "{found:?}");
        assert!(found.iter().all(|line| line.starts_with("key-migrated ")), "{found:?}");
        // A second run has nothing to do.
        assert_eq!(run(new), (Some(new.to_owned()), Vec::new()));
    }

    #[track_caller]
    fn is_rejected(old: &str, codes: &[&str]) {
        let (text, found) = run(old);
        assert_eq!(text, None);
        let found: Vec<_> =
            found.iter().map(|line| line.split_once(' ').map_or("", |(code, _)| code)).collect();
        assert_eq!(found, codes);
    }

    #[test]
    fn file_of_this_version_stays_as_it_is() {
        for text in [
            "",
            "# nothing\n",
            "domain: a.example  # here\n\n\ntls: {acme: none}\n",
            "\u{feff}domain: a.example\r\n",
            "$schema: x.json\ndomain: [a.example, b.example]",
        ] {
            assert_eq!(run(text), (Some(text.to_owned()), Vec::new()));
        }
    }

    #[test]
    fn renamed_keys_keep_their_value_comments_and_place() {
        becomes(
            "# The panel\ndomain: a.example\npaneltype: 1 # pai\n\nfaasd:\n  # the port\n  gw_port:   9000\n",
            "# The panel\ndomain: a.example\npanel: 1 # pai\n\nfaasd:\n  # the port\n  gateway_port:   9000\n",
        );
        becomes(
            "{\"paneltype\": \"pai\", 'faasd': {'gw_port': 9000}}",
            "{\"panel\": \"pai\", 'faasd': {'gateway_port': 9000}}",
        );
        becomes("\u{feff}paneltype: 0\r\n", "\u{feff}panel: 0\r\n");
        becomes("paneltype:\n", "panel:\n");
        becomes("first: a@b.example\n", "mail: a@b.example\n");
    }

    #[test]
    fn renamed_keys_of_lists_are_renamed_in_every_item() {
        becomes(
            "routes:\n- path: /a/\n  target: \"http://127.0.0.1:1\"\n-   target: http://127.0.0.1:2 # two\n    path: /b/\n",
            "routes:\n- path: /a/\n  upstream: \"http://127.0.0.1:1\"\n-   upstream: http://127.0.0.1:2 # two\n    path: /b/\n",
        );
        becomes(
            "routes: {path: /a/, target: http://127.0.0.1:1}\n",
            "routes: {path: /a/, upstream: http://127.0.0.1:1}\n",
        );
    }

    #[test]
    fn key_that_moves_into_a_section_is_written_where_it_was_or_at_the_end_of_the_section() {
        becomes(
            "domain: a.example\nacme_server: https://x.example/ # ours\nmail: a@b.example\n",
            "domain: a.example\ntls:\n  server: https://x.example/ # ours\nmail: a@b.example\n",
        );
        becomes("hsts_age: 200d\n", "tls:\n  hsts:\n    max_age: 200d\n");
        becomes("{hsts_age: 200d}\n", "{tls: {hsts: {max_age: 200d}}}\n");
        becomes(
            "domain: a.example\n# who signs\nacme_server: https://x.example/ # ours\n\ntls: # all of it\n    acme: standalone # why\n    # last\nmail: a@b.example\n",
            "domain: a.example\n\ntls: # all of it\n    acme: standalone # why\n    # who signs\n    server: https://x.example/ # ours\n    # last\nmail: a@b.example\n",
        );
        becomes(
            "domain: a.example\ntls: {acme: standalone,}\nacme_server: https://x.example/\n",
            "domain: a.example\ntls: {acme: standalone, server: https://x.example/,}\n",
        );
        becomes("tls: {}\nacme_server: https://x.example/", "tls: {server: https://x.example/}\n");
        becomes("tls:\nacme_server: https://x.example/\n", "tls:\n  server: https://x.example/\n");
        becomes("{tls: , acme_server: https://x.example/}\n", "{tls: {server: https://x.example/}}\n");
        becomes(
            "certbot:\n  staging: true\n  key_type: rsa\ntls:\n  acme: webroot",
            "certbot:\n  key_type: rsa\ntls:\n  acme: webroot\n  staging: true",
        );
        becomes(
            "certbot: {staging: true, key_type: rsa}\ntls: {acme: webroot}\n",
            "certbot: {key_type: rsa}\ntls: {acme: webroot, staging: true}\n",
        );
        becomes(
            "certbot: {key_type: rsa, staging: true}\n\ntls:\n  acme: webroot\n",
            "certbot: {key_type: rsa}\n\ntls:\n  acme: webroot\n  staging: true\n",
        );
    }

    #[test]
    fn key_that_leaves_a_section_does_not_reset_the_section() {
        becomes(
            "certbot:\n  staging: true\ntls:\n  acme: webroot\n",
            "certbot:\n  {}\ntls:\n  acme: webroot\n  staging: true\n",
        );
        becomes("certbot: {staging: true}\n", "certbot: {}\ntls:\n  staging: true\n");
    }

    #[test]
    fn section_that_no_longer_exists_goes_with_its_last_key() {
        becomes(
            "faasd:\n  limits:\n    memory: 500M\n  user: x\n",
            "faasd:\n  user: x\n  memory_max: 500M\n",
        );
    }

    #[test]
    fn removed_keys_leave_comments_and_neighbors() {
        becomes(
            "domain: a.example\ndocker: true\nmail: a@b.example\n",
            "domain: a.example\nmail: a@b.example\n",
        );
        becomes(
            "docker:\n  deep:\n    - er\n# below\ndomain: a.example # a\n",
            "# below\ndomain: a.example # a\n",
        );
        becomes(
            "domain: a.example\n# why\ndocker: |\n  a\n\n  b\n\n# below\n",
            "domain: a.example\n# why\n\n# below\n",
        );
        becomes("domain: a.example\ndocker: true # it was\n", "domain: a.example\n# it was\n");
        becomes("docker: true", "{}");
        becomes("faasd:\n  legacy: 1 # one\nmail: a@b.example\n", "faasd:\n  {} # one\nmail: a@b.example\n");
        becomes("{docker: [1, 2], domain: a.example}", "{domain: a.example}");
        becomes("{domain: a.example, docker: {a: b}}", "{domain: a.example}");
        becomes(
            "{domain: a.example,\n docker: 1,\n mail: a@b.example # m\n}",
            "{domain: a.example,\n mail: a@b.example # m\n}",
        );
    }

    #[test]
    fn values_get_their_new_form_only_from_the_old_one() {
        becomes("faasd:\n  timeout: 90 # one and a half\n", "faasd:\n  timeout: 90s # one and a half\n");
        becomes(
            "faasd: {nameservers: 1.1.1.1;8.8.8.8, timeout: '60'}\n",
            "faasd: {nameservers: [1.1.1.1, 8.8.8.8], timeout: 60s}\n",
        );
        assert_eq!(run("faasd: {timeout: 90s}\n"), (Some("faasd: {timeout: 90s}\n".to_owned()), Vec::new()));
    }

    #[test]
    fn fleet_is_rewritten_in_its_defaults_and_each_host() {
        becomes(
            "defaults: {paneltype: 0}\nhosts:\n- domain: a.example\n  labels: {docker: x}\n  docker: true\n- {domain: b.example, acme_server: https://x.example/}\n",
            "defaults: {panel: 0}\nhosts:\n- domain: a.example\n  labels: {docker: x}\n- {domain: b.example, tls: {server: https://x.example/}}\n",
        );
    }

    #[test]
    fn report_names_each_key_at_its_place_in_the_old_file() {
        let (_, found) =
            run("docker: 1\nfirst: a@b.example\nroutes: [{target: http://127.0.0.1:1, path: /a/}]\n");
        assert_eq!(
            found,
            [
                "key-migrated docker panel.yaml:1:1",
                "key-migrated first panel.yaml:2:1",
                "key-migrated second panel.yaml:2:1",
                "key-migrated routes.target panel.yaml:3:11",
            ]
        );
    }

    #[test]
    fn mistakes_are_all_reported_and_nothing_is_returned() {
        is_rejected("paneltype: 0\npanel: faasd\n", &["key-not-migrated"]);
        is_rejected(
            "paneltype: x\ntls: {acme: y}\nnew: 1\ndocker: 1\n",
            &["key-migrated", "value-unknown", "value-unknown", "key-unknown", "key-migrated"],
        );
        is_rejected("domain: [\n", &["yaml-syntax"]);
        is_rejected("docker: 1\ndocker: 2\n", &["key-migrated", "key-duplicate"]);
        is_rejected("acme_server: https://x.example/\ntls: false\n", &["key-not-migrated", "value-type"]);
        is_rejected("a: &a [*a]\n", &["yaml-syntax"]);
        is_rejected("- 1\n", &["value-type"]);
    }

    #[test]
    fn shape_that_would_lose_a_comment_is_rejected() {
        is_rejected("{docker: 1, # why\n domain: a.example}\n", &["key-not-migrated"]);
        is_rejected(
            "routes:\n- &a {path: /a/, target: http://127.0.0.1:1}\nfaasd: &b {limits: {memory: 1G # one\n}}\n",
            &["key-not-migrated", "key-not-migrated"],
        );
    }

    #[test]
    fn deprecated_parameters_work_with_a_warning() {
        let deprecated = [Change { removed: None, ..change("paneltype", ChangeKind::Moved("panel")) }];
        let text = "paneltype: pai\n";
        let mut diagnostics = Diagnostics::default();
        let mut tree = yaml::read("panel.yaml".into(), text, &mut diagnostics).unwrap();
        let source = SourceText { path: "panel.yaml".into(), first_line: 1, text: text.into() };
        accept_deprecated(&mut tree, &deprecated, &source, &mut diagnostics);
        assert_eq!(tree.get("panel").and_then(Spanned::text), Some("pai"));
        let [warning] = diagnostics.entries() else { panic!("{diagnostics:?}") };
        assert_eq!(warning.code, Code::KeyDeprecated);
        assert!(warning.hint.as_deref().unwrap().contains("`panelgen migrate FILE`"));
        assert!(!diagnostics.has_errors());
    }
}
