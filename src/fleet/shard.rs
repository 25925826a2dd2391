//! A shard: one of the parts into which a fleet is split over workers. A host's shard depends only on its name and on the
//! number of shards.

use camino::Utf8PathBuf;

use crate::bundle::sha256;
use crate::values::ParseError;

/// The most shards of a fleet.
const MAX_COUNT: u64 = 10_000;

/// One shard of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// The number of shards.
    pub count: u64,
    /// The number of this one, from 1 on.
    pub number: u64,
}

impl Shard {
    /// Parses `I/N`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::of(text.split_once('/')).ok_or_else(|| {
            ParseError::new(format!(
                "expected `I/N` with I from 1 to N, for example `2/4`, and N up to {MAX_COUNT}"
            ))
        })
    }

    /// The shard whose manifest has this name.
    pub fn of_manifest(name: &str) -> Option<Self> {
        Self::of(name.strip_prefix("MANIFEST.")?.strip_suffix(".json")?.split_once("-of-"))
    }

    /// The name of the manifest of this shard in the directory of the fleet.
    pub fn manifest(&self) -> Utf8PathBuf {
        format!("MANIFEST.{}-of-{}.json", self.number, self.count).into()
    }

    /// Whether the host with this first domain is in the shard.
    pub fn contains(&self, domain: &str) -> bool {
        let sum = sha256(domain.as_bytes());
        let hash = u64::from_be_bytes(std::array::from_fn(|at| sum[at]));
        hash % self.count + 1 == self.number
    }

    fn of(numbers: Option<(&str, &str)>) -> Option<Self> {
        let parse = |text: &str| {
            text.parse::<u64>().ok().filter(|number| number.to_string() == text && *number <= MAX_COUNT)
        };
        let (number, count) = numbers?;
        let (number, count) = (parse(number)?, parse(count)?);
        (1..=count).contains(&number).then_some(Self { count, number })
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_in_exactly_one_shard() {
        for count in [1, 2, 3, 7, 64] {
            let mut sizes = vec![0; count];
            for host in 0..1000 {
                let name = format!("host{host}.example.org");
                let of: Vec<_> = (1..=count)
                    .filter(|number| Shard::parse(&format!("{number}/{count}")).unwrap().contains(&name))
                    .collect();
                assert_eq!(of.len(), 1, "{name} of {count}");
                sizes[of[0] - 1] += 1;
            }
            assert!(sizes.iter().all(|size| *size > 300 / count), "{count}: {sizes:?}");
        }
    }

    #[test]
    fn shard_of_a_name_never_changes() {
        let shard =
            |name: &str| (1..=4).find(|number| Shard { count: 4, number: *number }.contains(name)).unwrap();
        let names = ["a.example.org", "b.example.org", "c.example.org", "eu1.example.com", "us1.example.com"];
        assert_eq!(names.map(shard), [4, 3, 4, 2, 4]);
    }

    #[test]
    fn invalid_shards_are_errors() {
        for text in ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "01/4", "1/ 4", "+1/4", "1/10001"]
        {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
        let shard = Shard::parse("2/4").unwrap();
        assert_eq!((shard.manifest().as_str(), shard.to_string().as_str()), ("MANIFEST.2-of-4.json", "2/4"));
        assert_eq!(Shard::of_manifest("MANIFEST.2-of-4.json"), Some(shard));
        for name in
            ["MANIFEST.json", "MANIFEST.5-of-4.json", "MANIFEST.2-of-4.json.bak", "xMANIFEST.2-of-4.json"]
        {
            assert_eq!(Shard::of_manifest(name), None, "{name}");
        }
    }
}
