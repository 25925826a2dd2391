//! The last results of a pure function: most of what is made for a host of a fleet is the same for the next one, and
//! is made once.

use std::convert::Infallible;

/// How many results are kept: a fleet has a few kinds of hosts, in any order.
const KEPT: usize = 4;

/// Arguments and what they came to, latest first.
#[derive(Debug)]
pub struct Latest<K, V>(Vec<(K, V)>);

impl<K: PartialEq + Clone, V: Clone> Latest<K, V> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// What `make` comes to for `key`, which must be all that it depends on.
    pub fn of(&mut self, key: &K, make: impl FnOnce() -> V) -> V {
        match self.try_of(key, || Ok::<_, Infallible>(make())) {
            Ok(value) => value,
        }
    }

    /// The same where it may fail; a failure is not kept.
    pub fn try_of<E>(&mut self, key: &K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(at) = self.0.iter().position(|(known, _)| known == key) {
            self.0[..=at].rotate_right(1);
        } else {
            let value = make()?;
            self.0.truncate(KEPT - 1);
            self.0.insert(0, (key.clone(), value));
        }
        Ok(self.0[0].1.clone())
    }
}

impl<K: PartialEq + Clone, V: Clone> Default for Latest<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_made_again_and_the_oldest_is_forgotten() {
        let mut latest = Latest::new();
        let mut made = Vec::new();
        for key in [1, 2, 3, 4, 1, 5, 1, 2] {
            let value = latest.of(&key, || {
                made.push(key);
                key * 10
            });
            assert_eq!(value, key * 10);
        }
        assert_eq!(made, [1, 2, 3, 4, 5, 2]);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let mut latest = Latest::<u8, u8>::new();
        assert_eq!(latest.try_of(&1, || Err("no")), Err("no"));
        assert_eq!(latest.try_of(&1, || Ok::<_, ()>(2)), Ok(2));
    }
}
