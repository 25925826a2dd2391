//! Work on many hosts, shared among threads, with the results taken in the order of the hosts.
//!
//! Batches go to the threads in turn. When it is the turn of a batch, its thread takes each result as it comes and lets go of
//! it; the others work ahead, each on one batch. So what a thread has allocated it frees itself, while it is still in the
//! processor's cache, and only a few hosts are in memory.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

/// Hosts that travel together: fewer are not worth waking a thread for.
const BATCH: usize = 8;

/// How many threads there is work for at once.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Gives every job that `next` has to `work`, and every result to `take`, in order. An error of `take` ends it all.
pub fn run<J: Send, R, E: Send>(
    threads: usize,
    mut next: impl FnMut() -> Option<J>,
    work: impl Fn(J) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E> {
    if threads < 2 {
        return std::iter::from_fn(next).try_for_each(|job| take(work(job)));
    }
    let state = State { turn: 0, done: Ok(()), lost: false, take };
    let crew = Crew { work, state: Mutex::new(state), moved: Condvar::new() };
    thread::scope(|scope| {
        let lane = || {
            let (give, jobs) = sync_channel::<Batch<J>>(1);
            scope.spawn(|| crew.labour(jobs));
            give
        };
        let lanes: Vec<_> = (0..threads).map(|_| lane()).collect();
        for (turn, lane) in lanes.iter().cycle().enumerate() {
            let batch: Vec<J> = (0..BATCH).map_while(|_| next()).collect();
            // A thread that is gone has met an error or panicked, and the scope passes that on.
            if batch.is_empty() || lane.send((turn, batch)).is_err() {
                return;
            }
        }
    });
    crew.state.into_inner().expect("a panic was passed on").done
}

struct Crew<W, T, E> {
    work: W,
    state: Mutex<State<T, E>>,
    moved: Condvar,
}

struct State<T, E> {
    /// The number of the batch whose results are taken next.
    turn: usize,
    done: Result<(), E>,
    /// Whether the turn of some batch will never come.
    lost: bool,
    take: T,
}

impl<T, E> State<T, E> {
    /// Takes these results; false where that ends it all.
    fn take_all<R>(&mut self, results: &mut Vec<R>) -> bool
    where
        T: FnMut(R) -> Result<(), E>,
    {
        if self.done.is_ok() {
            self.done = results.drain(..).try_for_each(&mut self.take);
        }
        self.done.is_ok()
    }
}

/// A batch and its number.
type Batch<J> = (usize, Vec<J>);

impl<W, T, E> Crew<W, T, E> {
    fn labour<J, R>(&self, jobs: Receiver<Batch<J>>)
    where
        W: Fn(J) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        let _watch = Watch(self);
        for (turn, batch) in jobs {
            let mut ahead = Vec::new();
            for job in batch {
                ahead.push((self.work)(job));
                // Whoever holds it has the turn, and is not waited for.
                if let Ok(mut state) = self.state.try_lock()
                    && state.turn == turn
                    && !state.take_all(&mut ahead)
                {
                    break;
                }
            }
            let Some(mut state) = self.wait(turn) else { return };
            state.take_all(&mut ahead);
            state.turn += 1;
            drop(state);
            self.moved.notify_all();
        }
    }

    /// Waits until it is the turn of that batch; none where that will not be.
    fn wait(&self, turn: usize) -> Option<MutexGuard<'_, State<T, E>>> {
        let state = self.state.lock().ok()?;
        let early = |state: &mut State<T, E>| state.turn != turn && !state.lost && state.done.is_ok();
        let state = self.moved.wait_while(state, early).ok()?;
        (state.turn == turn && state.done.is_ok()).then_some(state)
    }
}

/// Wakes the others when a thread goes, after an error or a panic: they would wait for ever.
struct Watch<'a, W, T, E>(&'a Crew<W, T, E>);

impl<W, T, E> Drop for Watch<'_, W, T, E> {
    fn drop(&mut self) {
        if thread::panicking()
            && let Ok(mut state) = self.0.state.lock()
        {
            state.lost = true;
        }
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs_however_many_threads_there_are() {
        for threads in 1..5 {
            for count in [0, 1, 2, 3, 7, 8, 9, 100] {
                let mut jobs = 0..count;
                let mut results = Vec::new();
                let done: Result<(), ()> = run(
                    threads,
                    || jobs.next(),
                    |job| job * 2,
                    |result| {
                        results.push(result);
                        Ok(())
                    },
                );
                assert_eq!(done, Ok(()));
                assert_eq!(results, (0..count).map(|job| job * 2).collect::<Vec<_>>(), "{threads} {count}");
            }
        }
    }

    #[test]
    fn an_error_ends_it_all() {
        for threads in 1..4 {
            let mut jobs = 0..;
            let done =
                run(threads, || jobs.next(), |job: u32| job, |job| if job < 9 { Ok(()) } else { Err(job) });
            assert_eq!(done, Err(9));
        }
    }

    #[test]
    fn a_panic_ends_it_all_and_is_passed_on() {
        for threads in 1..4 {
            let mut jobs = 0..100;
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                run(threads, || jobs.next(), |job| assert_ne!(job, 20), |()| Ok::<_, ()>(()))
            }));
            assert!(ran.is_err(), "{threads}");
        }
    }
}
