//! A budget for the work that only improves a message: a suggestion that compares a name with every other, or the exact
//! column in a long value. An input with a million names would make this work quadratic. When the budget is used up,
//! messages have no suggestion and a less exact column; no diagnostic depends on it.

use std::cell::Cell;

/// In bytes that are searched or characters that are compared. It suffices for all diagnostics that a report shows.
const BUDGET: usize = 8 << 20;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(BUDGET) };
}

/// Restores the whole budget. Called for each bundle.
pub fn reset() {
    LEFT.set(BUDGET);
}

/// Takes `cost` from the budget. Returns `false` if too little is left.
pub fn take(cost: usize) -> bool {
    let left = LEFT.get().checked_sub(cost);
    LEFT.set(left.unwrap_or(0));
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_is_used_up_and_restored_by_reset() {
        reset();
        assert!(take(BUDGET - 1) && take(1) && !take(1));
        reset();
        assert!(take(BUDGET) && !take(1));
        reset();
        assert!(!take(BUDGET + 1) && !take(1));
        reset();
    }
}
