//! The last results of a pure function: most of what is made for a host of a fleet is the same for the next one, and
//! is made once.

use std::sync::Arc;

/// How many results are kept: a fleet has a few models of hosts, in any order.
const KEPT: usize = 8;

/// Arguments and what they came to, latest first.
#[derive(Debug)]
pub struct LruCache<K, V>(Vec<(K, V)>);

impl<K, V> Default for LruCache<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V: Clone> LruCache<K, V> {
    /// What was kept for the arguments that `is` knows again; they must be all that it depends on.
    pub fn get(&mut self, is: impl Fn(&K) -> bool) -> Option<V> {
        let at = self.0.iter().position(|(known, _)| is(known))?;
        self.0[..=at].rotate_right(1);
        Some(self.0[0].1.clone())
    }

    /// Whether nothing was kept yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps what `key` came to; the oldest is forgotten.
    pub fn keep(&mut self, key: K, value: V) {
        self.0.truncate(KEPT - 1);
        self.0.insert(0, (key, value));
    }
}

impl<T, V: Clone> LruCache<Arc<T>, V> {
    /// What `make` comes to for this very `key`, which must be all that it depends on. A failure is not kept.
    pub fn try_of<E>(&mut self, key: &Arc<T>, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.get(|known| Arc::ptr_eq(known, key)) {
            return Ok(value);
        }
        let value = make()?;
        self.keep(Arc::clone(key), value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_made_again_and_the_oldest_is_forgotten() {
        let mut latest = LruCache::default();
        let mut made = Vec::new();
        for key in [1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 1, 2] {
            let value = latest.get(|known| *known == key).unwrap_or_else(|| {
                made.push(key);
                latest.keep(key, key * 10);
                key * 10
            });
            assert_eq!(value, key * 10);
        }
        assert_eq!(made, [1, 2, 3, 4, 5, 6, 7, 8, 9, 2]);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let mut latest = LruCache::default();
        let (one, equal) = (Arc::new(1), Arc::new(1));
        assert_eq!(latest.try_of(&one, || Err("no")), Err("no"));
        assert_eq!(latest.try_of(&one, || Ok::<_, ()>(2)), Ok(2));
        assert_eq!(latest.try_of(&one, || Err("it is known")), Ok(2));
        assert_eq!(latest.try_of(&equal, || Err("another one")), Err("another one"));
    }
}
