//! Who is in the fleet: a few bytes a host, whatever its bundle weighs.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use camino::Utf8Path;
use hashbrown::HashTable;

use super::inventory::{group, groups};
use super::labels::Labels;
use super::manifest::HostDirectory;
use crate::bundle::sha256;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};

/// Every host that was read, in the order of the document; behind them those that a former run wrote and this one
/// leaves alone.
#[derive(Debug, Default)]
pub struct HostIndex {
    rows: Vec<Row>,
    /// The names of all hosts, a space behind each.
    names: String,
    /// Where each name of this run's hosts stands in them, by its fingerprint.
    seen: HashTable<u32>,
    /// Every target, panel and set of labels, once.
    sorts: Vec<HostClass>,
    known: HashTable<u32>,
    /// Which label stands behind a group, and the line and column where it was said first.
    groups: BTreeMap<String, ([String; 2], (u32, u32))>,
    refused: usize,
    /// The numbers of the members, by name: made when it is first asked for.
    order: OnceLock<Vec<u32>>,
}

/// Hosts that are alike to the inventory.
#[derive(Debug)]
struct HostClass {
    target: String,
    host: String,
    labels: Labels,
    /// Labels whose group another label has, with what to say of that and where the other was said first.
    clashes: Vec<(String, String, (u32, u32))>,
}

impl HostClass {
    fn matches(&self, target: &str, host: &str, labels: &Labels) -> bool {
        self.target == target && self.host == host && self.labels == *labels
    }

    fn hash_key(&self) -> u64 {
        hash_key_of(&self.target, &self.host, &self.labels)
    }
}

/// A host: its names begin where those of the one before end.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Where its names end.
    end: u32,
    line: u32,
    column: u32,
    sort: u32,
    /// How long the first name is.
    domain: u16,
    standing: HostStatus,
    /// Whether a former run wrote it too.
    written: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostStatus {
    Good,
    Refused,
    /// Another run wrote it.
    Former,
}

/// A host of the fleet.
#[derive(Debug, Clone, Copy)]
pub struct HostRecord<'a> {
    /// Its first domain, the name of its directory.
    pub domain: &'a str,
    /// Its target.
    pub target: &'a str,
    /// What it is for.
    pub host: &'a str,
    /// Its labels.
    pub labels: &'a Labels,
}

impl HostIndex {
    /// Puts a host on the roll. `names` are its domains, each with its origin; none when they could not be read. It
    /// begins at `place`, and is `good` as far as one host can be.
    pub fn insert(
        &mut self,
        names: &[(&str, &Location)],
        [target, host]: [&str; 2],
        (labels, spanned): (Labels, Option<Location>),
        (place, good): (&Location, bool),
        diagnostics: &mut Diagnostics,
    ) {
        let index = row(self.rows.len());
        let spanned = spanned.as_ref().unwrap_or(place);
        let sort = self.sort((target, host), labels, line_of(spanned));
        for (label, message, first) in &self.sorts[sort as usize].clashes {
            let finding = Diagnostic::new(Code::LabelsInvalid, message.clone())
                .with_parameter(format!("labels.{label}"));
            let finding = finding.with_location(spanned.clone()).with_location(at_line(spanned, *first));
            diagnostics.push(finding.with_hint("in groups only letters and digits count, small ones"));
        }
        for (at, (name, location)) in names.iter().enumerate() {
            match self.seen(name) {
                // One host that names a domain twice has been told so.
                Some(holder) if holder != index => {
                    let first = self.rows[holder as usize];
                    self.refuse(holder);
                    // An alias repeats a name that stands in one place.
                    let alias = line_of(location) == (first.line, first.column);
                    diagnostics.push(duplicate(name, at, if alias { place } else { location }, first));
                }
                Some(_) => {}
                None => {
                    let names = &self.names;
                    let print = |at: &u32| fingerprint(name_at(names, *at));
                    self.seen.insert_unique(fingerprint(name), end(names), print);
                }
            }
            self.names.extend([name, " "]);
        }
        let domain = names.first().map_or("", |(name, _)| name);
        let place = names.first().map_or(place, |(_, location)| location);
        self.row(domain, line_of(place), sort, HostStatus::Good);
        if !good || diagnostics.has_errors() {
            self.refuse(index);
        }
    }

    /// Keeps a host of a former run that this one does not touch.
    pub fn keep_previous(&mut self, listed: HostDirectory) {
        self.names.extend([&listed.domain, " "]);
        let sort = self.sort((&listed.target, &listed.host), listed.labels, (0, 0));
        self.row(&listed.domain, (0, 0), sort, HostStatus::Former);
    }

    /// The number of a target, a panel and labels.
    fn sort(&mut self, (target, host): (&str, &str), labels: Labels, spanned: (u32, u32)) -> u32 {
        // Hosts that stand together are often alike.
        let last = self.rows.last().map(|row| row.sort);
        if let Some(last) = last
            && self.sorts[last as usize].matches(target, host, &labels)
        {
            return last;
        }
        let print = hash_key_of(target, host, &labels);
        let sorts = &self.sorts;
        if let Some(known) = self.known.find(print, |at| sorts[*at as usize].matches(target, host, &labels)) {
            return *known;
        }
        let fresh = u32::try_from(sorts.len()).expect("there are no more sorts than hosts");
        self.known.insert_unique(print, fresh, |at| sorts[*at as usize].hash_key());
        let clashes = labels.iter().filter_map(|(name, value)| {
            let behind = [name.clone(), value.clone()];
            let first = self.groups.entry(group(name, value));
            let (first, place) = first.or_insert_with(|| (behind.clone(), spanned));
            let [other, text] = &*first;
            (*first != behind).then(|| {
                let message =
                    format!("`{name}: {value}` and `{other}: {text}` would be one group of the inventory");
                (name.clone(), message, *place)
            })
        });
        let clashes = clashes.collect();
        self.sorts.push(HostClass { target: target.to_owned(), host: host.to_owned(), labels, clashes });
        fresh
    }

    fn row(&mut self, domain: &str, (line, column): (u32, u32), sort: u32, standing: HostStatus) {
        let end = end(&self.names);
        let domain = u16::try_from(domain.len()).expect("the name of a directory is short");
        self.order.take();
        self.rows.push(Row { end, line, column, sort, domain, standing, written: false });
    }

    /// The host that has that name.
    fn seen(&self, name: &str) -> Option<u32> {
        let at = self.seen.find(fingerprint(name), |at| name_at(&self.names, *at) == name)?;
        let row = self.rows.partition_point(|row| row.end <= *at);
        Some(self::row(row))
    }

    /// Whether the host of that number was refused.
    pub fn is_refused(&self, number: usize) -> bool {
        self.rows.get(number).is_none_or(|row| row.standing == HostStatus::Refused)
    }

    /// The host of that name that is to be written, by its number.
    pub fn find(&self, domain: &str) -> Option<usize> {
        let holder = self.seen(domain)?;
        let good = self.rows[holder as usize].standing == HostStatus::Good && self.domain(holder) == domain;
        good.then_some(holder as usize)
    }

    /// Says that a former run wrote the host of that number too.
    pub fn mark_existing(&mut self, number: usize) {
        self.rows[number].written = true;
    }

    /// The hosts that are to be written, each with its number, its name and whether a former run wrote it.
    pub fn places(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let good = self.rows.iter().enumerate().filter(|(_, row)| row.standing == HostStatus::Good);
        good.map(|(number, row)| (number, self.domain(self::row(number)), row.written))
    }

    /// Refuses the host of that number after all.
    pub fn reject(&mut self, number: usize) {
        self.refuse(row(number));
    }

    /// How many hosts are to be written.
    pub fn good(&self) -> usize {
        self.rows.iter().filter(|row| row.standing == HostStatus::Good).count()
    }

    /// How many hosts were refused.
    pub fn rejected(&self) -> usize {
        self.refused
    }

    /// The hosts that were not refused, and those of a former run, by name.
    pub fn records(&self) -> impl Iterator<Item = HostRecord<'_>> + Clone {
        self.order().iter().map(|index| self.member(*index))
    }

    /// The numbers of the members, by name.
    pub(super) fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let standing = |index: &u32| self.rows[*index as usize].standing != HostStatus::Refused;
            let mut order: Vec<u32> = (0..row(self.rows.len())).filter(standing).collect();
            order.sort_unstable_by_key(|index| self.domain(*index));
            order
        })
    }

    /// The groups of hosts, by name; behind each the numbers of its members, by name.
    pub(super) fn groups(&self) -> BTreeMap<String, Vec<u32>> {
        let sort = |index: &u32| self.rows[*index as usize].sort as usize;
        let mut alike = vec![0; self.sorts.len()];
        self.order().iter().for_each(|index| alike[sort(index)] += 1);
        let mut names = BTreeMap::new();
        let mut sizes = Vec::new();
        let mut of_sort = vec![Vec::new(); self.sorts.len()];
        for (number, HostClass { target, host, labels, .. }) in self.sorts.iter().enumerate() {
            for name in groups(&HostRecord { domain: "", target, host, labels }) {
                let group = *names.entry(name).or_insert(sizes.len());
                sizes.resize(sizes.len().max(group + 1), 0);
                sizes[group] += alike[number];
                of_sort[number].push(group);
            }
        }
        // As much room as they need: in a large fleet this is the most of all.
        let mut members: Vec<_> = sizes.into_iter().map(Vec::with_capacity).collect();
        for index in self.order() {
            of_sort[sort(index)].iter().for_each(|group| members[*group].push(*index));
        }
        let groups = names.into_iter().map(|(name, group)| (name, std::mem::take(&mut members[group])));
        groups.filter(|(_, members)| !members.is_empty()).collect()
    }

    pub(super) fn member(&self, index: u32) -> HostRecord<'_> {
        let HostClass { target, host, labels, .. } = &self.sorts[self.rows[index as usize].sort as usize];
        HostRecord { domain: self.domain(index), target, host, labels }
    }

    fn refuse(&mut self, index: u32) {
        self.order.take();
        let row = &mut self.rows[index as usize];
        if row.standing == HostStatus::Good {
            row.standing = HostStatus::Refused;
            self.refused += 1;
        }
    }

    fn domain(&self, index: u32) -> &str {
        let row = &self.rows[index as usize];
        let start = index.checked_sub(1).map_or(0, |before| self.rows[before as usize].end) as usize;
        &self.names[start..start + usize::from(row.domain)]
    }
}

/// The number, or the greatest there is: where that stands for another, a message alone is wrong.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The number of a row.
fn row(at: usize) -> u32 {
    u32::try_from(at).expect("there are no more hosts than bytes of their names")
}

/// Where the next name will stand.
fn end(names: &str) -> u32 {
    u32::try_from(names.len()).expect("a fleet has less than 4 GiB of names: share it out")
}

/// The name that stands there.
fn name_at(names: &str, at: u32) -> &str {
    names[at as usize..].split(' ').next().unwrap_or_default()
}

/// 64 bits of a sum. Names are compared where theirs are equal.
fn fingerprint(name: &str) -> u64 {
    let sum = sha256(name.as_bytes());
    u64::from_be_bytes(std::array::from_fn(|at| sum[at]))
}

/// The same of hosts that are alike.
fn hash_key_of(target: &str, host: &str, labels: &Labels) -> u64 {
    let mut text = format!("{target}\0{host}");
    for (name, value) in labels {
        text.extend(["\0", name, "\0", value]);
    }
    fingerprint(&text)
}

/// The line and the column of a place.
fn line_of(place: &Location) -> (u32, u32) {
    match place {
        Location::File { line, column, .. } => (small(*line), small(*column)),
        _ => (0, 0),
    }
}

/// The place of that line and column in the document of another place.
fn at_line(place: &Location, (line, column): (u32, u32)) -> Location {
    let path = match place {
        Location::File { path, .. } => path.as_path(),
        _ => Utf8Path::new(""),
    };
    Location::File { path: path.to_owned(), line: line as usize, column: column as usize }
}

fn duplicate(name: &str, at: usize, location: &Location, first: Row) -> Diagnostic {
    let about = if at == 0 { "domain".to_owned() } else { format!("domain[{at}]") };
    let finding =
        Diagnostic::new(Code::HostDuplicate, format!("`{name}` is named by two hosts of the fleet"));
    let first = at_line(location, (first.line, first.column));
    finding
        .with_parameter(about)
        .with_location(location.clone())
        .with_location(first)
        .with_hint("a name leads to one host: take it from one of the two")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(line: usize) -> Location {
        Location::File { path: "f.yaml".into(), line, column: 1 }
    }

    fn admit(roll: &mut HostIndex, names: &[&str], line: usize) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let place = origin(line);
        let names: Vec<_> = names.iter().map(|name| (*name, &place)).collect();
        roll.insert(&names, ["debian-12", "faasd"], (Labels::new(), None), (&place, true), &mut diagnostics);
        diagnostics
    }

    #[test]
    fn two_hosts_with_one_name_are_both_refused() {
        let mut roll = HostIndex::default();
        assert!(admit(&mut roll, &["a.org", "www.a.org"], 1).is_empty());
        assert!(admit(&mut roll, &["b.org"], 2).is_empty());
        let diagnostics = admit(&mut roll, &["c.org", "www.a.org"], 3);
        assert_eq!(diagnostics.entries()[0].locations, [origin(3), origin(1)]);
        assert_eq!((roll.good(), roll.rejected()), (1, 2));
        assert_eq!((roll.find("a.org"), roll.find("b.org"), roll.find("www.a.org")), (None, Some(1), None));
    }

    #[test]
    fn a_name_by_alias_is_told_where_the_alias_stands() {
        let mut roll = HostIndex::default();
        let name = origin(1);
        let mut told = Vec::new();
        for line in [1, 4] {
            let (place, mut diagnostics) = (origin(line), Diagnostics::default());
            let labels = (Labels::new(), None);
            roll.insert(
                &[("a.org", &name)],
                ["debian-12", "faasd"],
                labels,
                (&place, true),
                &mut diagnostics,
            );
            told.extend(diagnostics.entries().iter().map(|finding| finding.locations.clone()));
        }
        assert_eq!(told, [[origin(4), origin(1)]]);
    }

    #[test]
    fn members_stand_in_the_order_of_their_names() {
        let mut roll = HostIndex::default();
        for (line, name) in ["c.org", "a.org", "b.org"].into_iter().enumerate() {
            admit(&mut roll, &[name, &format!("www.{name}")], line);
        }
        assert_eq!(
            roll.records().map(|member| member.domain).collect::<Vec<_>>(),
            ["a.org", "b.org", "c.org"]
        );
    }

    #[test]
    fn groups_hold_members_alone_by_name() {
        let mut roll = HostIndex::default();
        let admit = |roll: &mut HostIndex, name: &str, host: &str, region: Option<&str>| {
            let labels = region.map(|region| ("region".to_owned(), region.to_owned())).into_iter().collect();
            let (place, mut diagnostics) = (origin(1), Diagnostics::default());
            roll.insert(
                &[(name, &place)],
                ["debian-12", host],
                (labels, None),
                (&place, true),
                &mut diagnostics,
            );
            diagnostics.is_empty()
        };
        assert!(admit(&mut roll, "c.org", "faasd", Some("eu")));
        assert!(admit(&mut roll, "a.org", "pai", Some("eu")));
        assert!(admit(&mut roll, "b.org", "faasd", None));
        let groups = |roll: &HostIndex| {
            let domain = |index: &u32| roll.member(*index).domain.to_owned();
            let names = |members: &Vec<u32>| members.iter().map(domain).collect::<Vec<_>>().join(" ");
            let text = |(name, members): (&String, &Vec<u32>)| format!("{name}: {}", names(members));
            roll.groups().iter().map(text).collect::<Vec<_>>()
        };
        let three = [
            "panel_faasd: b.org c.org",
            "panel_pai: a.org",
            "region_eu: a.org c.org",
            "target_debian_12: a.org b.org c.org",
        ];
        assert_eq!(groups(&roll), three);
        // Each change is seen by who asks again: one with a clash, twice, one that takes a name, one of a former run.
        assert!(!admit(&mut roll, "d.org", "faasd", Some("EU")));
        assert!(!admit(&mut roll, "e.org", "faasd", Some("EU")));
        assert!(!admit(&mut roll, "a.org", "faasd", None));
        let labels = Labels::from([("region".to_owned(), "us".to_owned())]);
        roll.keep_previous(HostDirectory {
            domain: "0.org".into(),
            target: "debian-12".into(),
            host: "none".into(),
            labels,
        });
        let now = [
            "panel_faasd: b.org c.org",
            "panel_none: 0.org",
            "region_eu: c.org",
            "region_us: 0.org",
            "target_debian_12: 0.org b.org c.org",
        ];
        assert_eq!(groups(&roll), now);
    }
}
