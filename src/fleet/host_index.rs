//! The hosts of a fleet: a few bytes per host, whatever the size of its bundle.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use camino::Utf8Path;
use hashbrown::HashTable;

use super::host_record::{HostDirectory, HostRecord, group, groups};
use super::labels::Labels;
use crate::bundle::sha256;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};

/// Every host of the document, in order, followed by the hosts of a previous run that this run leaves
/// unchanged.
#[derive(Debug, Default)]
pub struct HostIndex {
    rows: Vec<Row>,
    /// The names of all hosts, each followed by a space.
    names: String,
    /// The position of each name of this run's hosts in `names`, by its hash.
    by_name: HashTable<u32>,
    /// The distinct combinations of target, panel and labels.
    classes: Vec<HostClass>,
    known: HashTable<u32>,
    /// The label of each group, and the line and column where it was set first.
    groups: BTreeMap<String, ([String; 2], (u32, u32))>,
    rejected: usize,
    /// The indexes of all members by name, computed on first use.
    order: OnceLock<Vec<u32>>,
}

/// Hosts with the same inventory groups.
#[derive(Debug)]
struct HostClass {
    target: String,
    panel: String,
    labels: Labels,
    /// Labels whose group another label has already: the name, a message, and the location of the other
    /// label.
    clashes: Vec<(String, String, (u32, u32))>,
}

impl HostClass {
    fn matches(&self, target: &str, panel: &str, labels: &Labels) -> bool {
        self.target == target && self.panel == panel && self.labels == *labels
    }

    fn hash_key(&self) -> u64 {
        hash_key_of(&self.target, &self.panel, &self.labels)
    }
}

/// A host. Its names begin where those of the previous row end.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// The end of its names.
    end: u32,
    line: u32,
    column: u32,
    class: u32,
    /// The length of the first name.
    domain: u16,
    status: HostStatus,
    /// Whether a previous run wrote it too.
    written: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostStatus {
    Accepted,
    Rejected,
    /// Only a previous run wrote it.
    Previous,
    /// Another shard has it.
    Elsewhere,
}

impl HostIndex {
    /// Adds a host. `names` are its domains with their locations, empty if they could not be read. The host
    /// begins at `place`, and `valid` says whether it has no errors of its own.
    pub fn insert(
        &mut self,
        names: &[(&str, &Location)],
        [target, panel]: [&str; 2],
        (labels, spanned): (Labels, Option<Location>),
        (place, accepted): (&Location, bool),
        diagnostics: &mut Diagnostics,
    ) {
        let index = row(self.rows.len());
        let spanned = spanned.as_ref().unwrap_or(place);
        let class = self.class((target, panel), labels, line_of(spanned));
        for (label, message, first) in &self.classes[class as usize].clashes {
            let diagnostic = Diagnostic::new(Code::LabelsInvalid, message.clone())
                .with_parameter(format!("labels.{label}"));
            let diagnostic =
                diagnostic.with_location(spanned.clone()).with_location(at_line(spanned, *first));
            diagnostics.push(diagnostic.with_hint(
                "rename one of the labels: group names are lower-cased and keep only letters and digits",
            ));
        }
        for (at, (name, location)) in names.iter().enumerate() {
            match self.position(name) {
                // A domain that one host lists twice has been reported already.
                Some(holder) if holder != index => {
                    let first = self.rows[holder as usize];
                    self.mark_rejected(holder);
                    // An alias repeats a name that occurs only once in the document.
                    let alias = line_of(location) == (first.line, first.column);
                    diagnostics.push(duplicate(name, at, if alias { place } else { location }, first));
                }
                Some(_) => {}
                None => {
                    let names = &self.names;
                    let hash = |at: &u32| hash_of(name_at(names, *at));
                    self.by_name.insert_unique(hash_of(name), end(names), hash);
                }
            }
            self.names.extend([name, " "]);
        }
        let domain = names.first().map_or("", |(name, _)| name);
        let place = names.first().map_or(place, |(_, location)| location);
        self.row(domain, line_of(place), class, HostStatus::Accepted);
        if !accepted || diagnostics.has_errors() {
            self.mark_rejected(index);
        }
    }

    /// Adds a host of another shard. It only takes part in the search for names that two hosts share.
    pub fn insert_elsewhere(
        &mut self,
        names: &[(&str, &Location)],
        place: &Location,
        diagnostics: &mut Diagnostics,
    ) {
        self.insert(names, ["", ""], (Labels::new(), None), (place, true), diagnostics);
        if let Some(row) = self.rows.last_mut().filter(|row| row.status == HostStatus::Accepted) {
            row.status = HostStatus::Elsewhere;
        }
    }

    /// Labels that give the same inventory group, in words.
    pub fn clashes(&self) -> impl Iterator<Item = String> {
        self.classes.iter().flat_map(|class| class.clashes.iter().map(|(_, message, _)| message.clone()))
    }

    /// Keeps a host of a previous run that this run does not change.
    pub fn keep_previous(&mut self, listed: HostDirectory) {
        self.names.extend([&listed.domain, " "]);
        let class = self.class((&listed.target, &listed.panel), listed.labels, (0, 0));
        self.row(&listed.domain, (0, 0), class, HostStatus::Previous);
    }

    /// The index of the class with this target, panel and labels.
    fn class(&mut self, (target, panel): (&str, &str), labels: Labels, spanned: (u32, u32)) -> u32 {
        // Consecutive hosts are often sizes_of_class.
        let last = self.rows.last().map(|row| row.class);
        if let Some(last) = last
            && self.classes[last as usize].matches(target, panel, &labels)
        {
            return last;
        }
        let hash = hash_key_of(target, panel, &labels);
        let classes = &self.classes;
        if let Some(known) = self.known.find(hash, |at| classes[*at as usize].matches(target, panel, &labels))
        {
            return *known;
        }
        let fresh = u32::try_from(classes.len()).expect("there are no more classes than hosts");
        self.known.insert_unique(hash, fresh, |at| classes[*at as usize].hash_key());
        let conflicts = labels.iter().filter_map(|(name, value)| {
            let label = [name.clone(), value.clone()];
            let first = self.groups.entry(group(name, value));
            let (first, place) = first.or_insert_with(|| (label.clone(), spanned));
            let [other, text] = &*first;
            (*first != label).then(|| {
                let message =
                    format!("labels `{name}: {value}` and `{other}: {text}` give the same inventory group");
                (name.clone(), message, *place)
            })
        });
        let conflicts = conflicts.collect();
        self.classes.push(HostClass {
            target: target.to_owned(),
            panel: panel.to_owned(),
            labels,
            clashes: conflicts,
        });
        fresh
    }

    fn row(&mut self, domain: &str, (line, column): (u32, u32), class: u32, status: HostStatus) {
        let end = end(&self.names);
        let domain = u16::try_from(domain.len()).expect("the name of a directory is short");
        self.order.take();
        self.rows.push(Row { end, line, column, class, domain, status, written: false });
    }

    /// The index of the host with that name.
    fn position(&self, name: &str) -> Option<u32> {
        let at = self.by_name.find(hash_of(name), |at| name_at(&self.names, *at) == name)?;
        let row = self.rows.partition_point(|row| row.end <= *at);
        Some(self::row(row))
    }

    /// Whether the host at an index is not rendered: it is rejected, or in another shard.
    pub fn is_skipped(&self, number: usize) -> bool {
        self.rows.get(number).is_none_or(|row| row.status != HostStatus::Accepted)
    }

    /// The index of the host with that first domain, if it is accepted.
    pub fn find(&self, domain: &str) -> Option<usize> {
        let holder = self.position(domain)?;
        let accepted =
            self.rows[holder as usize].status == HostStatus::Accepted && self.domain(holder) == domain;
        accepted.then_some(holder as usize)
    }

    /// Records that a previous run wrote the host too.
    pub fn mark_existing(&mut self, number: usize) {
        self.rows[number].written = true;
    }

    /// The accepted hosts: index, name, and whether a previous run wrote it.
    pub fn places(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let accepted = self.rows.iter().enumerate().filter(|(_, row)| row.status == HostStatus::Accepted);
        accepted.map(|(number, row)| (number, self.domain(self::row(number)), row.written))
    }

    /// Rejects the host at an index.
    pub fn reject(&mut self, number: usize) {
        self.mark_rejected(row(number));
    }

    /// The number of accepted hosts.
    pub fn accepted(&self) -> usize {
        self.rows.iter().filter(|row| row.status == HostStatus::Accepted).count()
    }

    /// The number of rejected hosts.
    pub fn rejected(&self) -> usize {
        self.rejected
    }

    /// The accepted hosts, and those kept from a previous run, by name.
    pub fn records(&self) -> impl Iterator<Item = HostRecord<'_>> + Clone {
        self.order().iter().map(|index| self.member(*index))
    }

    /// The indexes of the members, by name.
    pub(super) fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let status = |index: &u32| {
                matches!(self.rows[*index as usize].status, HostStatus::Accepted | HostStatus::Previous)
            };
            let mut order: Vec<u32> = (0..row(self.rows.len())).filter(status).collect();
            order.sort_unstable_by_key(|index| self.domain(*index));
            order
        })
    }

    /// The groups by name, each with the indexes of its members by name.
    pub(super) fn groups(&self) -> BTreeMap<String, Vec<u32>> {
        let class = |index: &u32| self.rows[*index as usize].class as usize;
        let mut sizes_of_class = vec![0; self.classes.len()];
        self.order().iter().for_each(|index| sizes_of_class[class(index)] += 1);
        let mut names = BTreeMap::new();
        let mut sizes = Vec::new();
        let mut groups_of_class = vec![Vec::new(); self.classes.len()];
        for (number, HostClass { target, panel, labels, .. }) in self.classes.iter().enumerate() {
            for name in groups(&HostRecord { domain: "", target, panel, labels }) {
                let group = *names.entry(name).or_insert(sizes.len());
                sizes.resize(sizes.len().max(group + 1), 0);
                sizes[group] += sizes_of_class[number];
                groups_of_class[number].push(group);
            }
        }
        // Allocated exactly: in a large fleet, this is the largest part.
        let mut members: Vec<_> = sizes.into_iter().map(Vec::with_capacity).collect();
        for index in self.order() {
            groups_of_class[class(index)].iter().for_each(|group| members[*group].push(*index));
        }
        let groups = names.into_iter().map(|(name, group)| (name, std::mem::take(&mut members[group])));
        groups.filter(|(_, members)| !members.is_empty()).collect()
    }

    pub(super) fn member(&self, index: u32) -> HostRecord<'_> {
        let HostClass { target, panel, labels, .. } = &self.classes[self.rows[index as usize].class as usize];
        HostRecord { domain: self.domain(index), target, panel, labels }
    }

    fn mark_rejected(&mut self, index: u32) {
        self.order.take();
        let row = &mut self.rows[index as usize];
        if row.status == HostStatus::Accepted {
            row.status = HostStatus::Rejected;
            self.rejected += 1;
        }
    }

    fn domain(&self, index: u32) -> &str {
        let row = &self.rows[index as usize];
        let start = index.checked_sub(1).map_or(0, |before| self.rows[before as usize].end) as usize;
        &self.names[start..start + usize::from(row.domain)]
    }
}

/// Converts a number, saturating. An incorrect value only affects a message.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The index of a row.
fn row(at: usize) -> u32 {
    u32::try_from(at).expect("there are no more hosts than bytes of their names")
}

/// The position of the next name.
fn end(names: &str) -> u32 {
    u32::try_from(names.len()).expect("a fleet has less than 4 GiB of names")
}

/// The name at a position.
fn name_at(names: &str, at: u32) -> &str {
    names[at as usize..].split(' ').next().unwrap_or_default()
}

/// A 64-bit hash. Names with equal hashes are compared.
fn hash_of(name: &str) -> u64 {
    let sum = sha256(name.as_bytes());
    u64::from_be_bytes(std::array::from_fn(|at| sum[at]))
}

/// The hash of a class.
fn hash_key_of(target: &str, panel: &str, labels: &Labels) -> u64 {
    let mut text = format!("{target}\0{panel}");
    for (name, value) in labels {
        text.extend(["\0", name, "\0", value]);
    }
    hash_of(&text)
}

/// The line and column of a location.
fn line_of(place: &Location) -> (u32, u32) {
    match place {
        Location::File { line, column, .. } => (small(*line), small(*column)),
        _ => (0, 0),
    }
}

/// The location of a line and column in the same document.
fn at_line(place: &Location, (line, column): (u32, u32)) -> Location {
    let path = match place {
        Location::File { path, .. } => path.as_path(),
        _ => Utf8Path::new(""),
    };
    Location::File { path: path.to_owned(), line: line as usize, column: column as usize }
}

fn duplicate(name: &str, at: usize, location: &Location, first: Row) -> Diagnostic {
    let about = if at == 0 { "domain".to_owned() } else { format!("domain[{at}]") };
    let diagnostic =
        Diagnostic::new(Code::HostDuplicate, format!("`{name}` is used by two hosts of the fleet"));
    let first = at_line(location, (first.line, first.column));
    diagnostic
        .with_parameter(about)
        .with_location(location.clone())
        .with_location(first)
        .with_hint("remove it from one of the two, since a name can only point to one host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(line: usize) -> Location {
        Location::File { path: "f.yaml".into(), line, column: 1 }
    }

    fn insert(index: &mut HostIndex, names: &[&str], line: usize) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let place = origin(line);
        let names: Vec<_> = names.iter().map(|name| (*name, &place)).collect();
        index.insert(&names, ["debian-12", "faasd"], (Labels::new(), None), (&place, true), &mut diagnostics);
        diagnostics
    }

    #[test]
    fn hosts_are_both_rejected_when_they_share_a_name() {
        let mut index = HostIndex::default();
        assert!(insert(&mut index, &["a.org", "www.a.org"], 1).is_empty());
        assert!(insert(&mut index, &["b.org"], 2).is_empty());
        let diagnostics = insert(&mut index, &["c.org", "www.a.org"], 3);
        assert_eq!(diagnostics.entries()[0].locations, [origin(3), origin(1)]);
        assert_eq!((index.accepted(), index.rejected()), (1, 2));
        assert_eq!(
            (index.find("a.org"), index.find("b.org"), index.find("www.a.org")),
            (None, Some(1), None)
        );
    }

    #[test]
    fn duplicate_name_from_an_alias_is_reported_at_the_alias() {
        let mut index = HostIndex::default();
        let name = origin(1);
        let mut locations = Vec::new();
        for line in [1, 4] {
            let (place, mut diagnostics) = (origin(line), Diagnostics::default());
            let labels = (Labels::new(), None);
            index.insert(
                &[("a.org", &name)],
                ["debian-12", "faasd"],
                labels,
                (&place, true),
                &mut diagnostics,
            );
            locations.extend(diagnostics.entries().iter().map(|diagnostic| diagnostic.locations.clone()));
        }
        assert_eq!(locations, [[origin(4), origin(1)]]);
    }

    #[test]
    fn members_are_sorted_by_name() {
        let mut index = HostIndex::default();
        for (line, name) in ["c.org", "a.org", "b.org"].into_iter().enumerate() {
            insert(&mut index, &[name, &format!("www.{name}")], line);
        }
        assert_eq!(
            index.records().map(|member| member.domain).collect::<Vec<_>>(),
            ["a.org", "b.org", "c.org"]
        );
    }

    #[test]
    fn groups_contain_only_members_sorted_by_name() {
        let mut index = HostIndex::default();
        let insert = |index: &mut HostIndex, name: &str, host: &str, region: Option<&str>| {
            let labels = region.map(|region| ("region".to_owned(), region.to_owned())).into_iter().collect();
            let (place, mut diagnostics) = (origin(1), Diagnostics::default());
            index.insert(
                &[(name, &place)],
                ["debian-12", host],
                (labels, None),
                (&place, true),
                &mut diagnostics,
            );
            diagnostics.is_empty()
        };
        assert!(insert(&mut index, "c.org", "faasd", Some("eu")));
        assert!(insert(&mut index, "a.org", "pai", Some("eu")));
        assert!(insert(&mut index, "b.org", "faasd", None));
        let groups = |index: &HostIndex| {
            let domain = |number: &u32| index.member(*number).domain.to_owned();
            let names = |members: &Vec<u32>| members.iter().map(domain).collect::<Vec<_>>().join(" ");
            let text = |(name, members): (&String, &Vec<u32>)| format!("{name}: {}", names(members));
            index.groups().iter().map(text).collect::<Vec<_>>()
        };
        let three = [
            "panel_faasd: b.org c.org",
            "panel_pai: a.org",
            "region_eu: a.org c.org",
            "target_debian_12: a.org b.org c.org",
        ];
        assert_eq!(groups(&index), three);
        // The groups reflect each change: a host with a conflict, twice, one that takes a name, one of a
        // previous run.
        assert!(!insert(&mut index, "d.org", "faasd", Some("EU")));
        assert!(!insert(&mut index, "e.org", "faasd", Some("EU")));
        assert!(!insert(&mut index, "a.org", "faasd", None));
        let labels = Labels::from([("region".to_owned(), "us".to_owned())]);
        index.keep_previous(HostDirectory {
            domain: "0.org".into(),
            target: "debian-12".into(),
            panel: "none".into(),
            labels,
        });
        let now = [
            "panel_faasd: b.org c.org",
            "panel_none: 0.org",
            "region_eu: c.org",
            "region_us: 0.org",
            "target_debian_12: 0.org b.org c.org",
        ];
        assert_eq!(groups(&index), now);
    }
}
