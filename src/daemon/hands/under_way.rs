//! What is being done, each thing once: who comes second is told so, and does nothing.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Mutex;

use crate::daemon::lock::lock;

/// Things under way, each by its key.
#[derive(Debug)]
pub struct UnderWay<K: Eq + Hash>(Mutex<HashSet<K>>);

impl<K: Eq + Hash> Default for UnderWay<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone> UnderWay<K> {
    /// Begins it, until the value is dropped; none while somebody else is at it.
    pub fn begin(&self, key: &K) -> Option<Begun<'_, K>> {
        lock(&self.0).insert(key.clone()).then(|| Begun { of: self, key: key.clone() })
    }
}

/// One of them.
#[derive(Debug)]
pub struct Begun<'a, K: Eq + Hash> {
    of: &'a UnderWay<K>,
    key: K,
}

impl<K: Eq + Hash> Drop for Begun<'_, K> {
    fn drop(&mut self) {
        lock(&self.of.0).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::UnderWay;

    #[test]
    fn a_thing_is_under_way_once_and_again_after_its_end() {
        let under_way = UnderWay::default();
        let begun = under_way.begin(&7);
        assert!(begun.is_some() && under_way.begin(&8).is_some());
        assert!(under_way.begin(&7).is_none(), "somebody is at it");
        drop(begun);
        assert!(under_way.begin(&7).is_some(), "nobody is any more");
    }
}
