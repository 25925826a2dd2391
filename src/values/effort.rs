//! What a run of all lints may spend on hints and columns. A hint that compares a word with every other, and the exact
//! place of a word in a long value, cost more than their share where a stranger has written a million of them. They are
//! paid from one account; when it is empty, findings have no such hint and a place that is less exact, and the work stays
//! proportional to the bundle. No finding depends on it.

use std::cell::Cell;

/// In bytes that are looked at, or letters that are compared: enough for the hundred findings that a report shows.
const ACCOUNT: usize = 8 << 20;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(ACCOUNT) };
}

/// Fills the account: the next bundle has its own.
pub fn begin() {
    LEFT.set(ACCOUNT);
}

/// Pays, if there is enough; else the comfort is left out.
pub fn spend(cost: usize) -> bool {
    let left = LEFT.get().checked_sub(cost);
    LEFT.set(left.unwrap_or(0));
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_pays_until_it_is_empty_and_each_bundle_has_its_own() {
        begin();
        assert!(spend(ACCOUNT - 1) && spend(1) && !spend(1));
        begin();
        assert!(spend(ACCOUNT) && !spend(1));
        begin();
        assert!(!spend(ACCOUNT + 1) && !spend(1));
        begin();
    }
}
