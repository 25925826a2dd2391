//! A small cache of a pure function's last results. Most of what is computed for a host of a fleet is the
//! same for the next host.

use std::sync::Arc;

/// How many results are kept. A fleet has a few kinds of hosts, in any order.
const CAPACITY: usize = 8;

/// Keys and their values, most recently used first.
#[derive(Debug)]
pub struct LruCache<K, V>(Vec<(K, V)>);

impl<K, V> Default for LruCache<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V: Clone> LruCache<K, V> {
    /// Returns the cached value whose key `matches`. The key must include every input of the computation.
    pub fn get(&mut self, matches: impl Fn(&K) -> bool) -> Option<V> {
        let at = self.0.iter().position(|(known, _)| matches(known))?;
        self.0[..=at].rotate_right(1);
        Some(self.0[0].1.clone())
    }

    /// Whether the cache is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Inserts a value. The least recently used one is dropped if the cache is full.
    pub fn insert(&mut self, key: K, value: V) {
        self.0.truncate(CAPACITY - 1);
        self.0.insert(0, (key, value));
    }
}

impl<T, V: Clone> LruCache<Arc<T>, V> {
    /// Returns the cached value for this very `key`, compared by address, or computes it. `key` must include
    /// every input of the computation. Errors are not cached.
    pub fn get_or_try_insert<E>(
        &mut self,
        key: &Arc<T>,
        compute: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(value) = self.get(|known| Arc::ptr_eq(known, key)) {
            return Ok(value);
        }
        let value = compute()?;
        self.insert(Arc::clone(key), value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_values_are_reused_and_the_oldest_is_dropped() {
        let mut cache = LruCache::default();
        let mut computed = Vec::new();
        for key in [1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 1, 2] {
            let value = cache.get(|known| *known == key).unwrap_or_else(|| {
                computed.push(key);
                cache.insert(key, key * 10);
                key * 10
            });
            assert_eq!(value, key * 10);
        }
        assert_eq!(computed, [1, 2, 3, 4, 5, 6, 7, 8, 9, 2]);
    }

    #[test]
    fn errors_are_not_cached() {
        let mut cache = LruCache::default();
        let (one, equal) = (Arc::new(1), Arc::new(1));
        assert_eq!(cache.get_or_try_insert(&one, || Err("no")), Err("no"));
        assert_eq!(cache.get_or_try_insert(&one, || Ok::<_, ()>(2)), Ok(2));
        assert_eq!(cache.get_or_try_insert(&one, || Err("it is known")), Ok(2));
        assert_eq!(cache.get_or_try_insert(&equal, || Err("another one")), Err("another one"));
    }
}
