//! Work on many hosts, shared among threads, with the results in the order of the hosts.
//!
//! Each thread has a lane of its own. Batches go to the lanes in turn, and results are taken from the lanes in the same
//! turn: so they are in order without being sorted, and only a few hosts are in memory.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Hosts that travel together: one alone is not worth waking a thread for.
const BATCH: usize = 2;

/// Batches that a lane holds: one to work on, and the next one.
const AHEAD: usize = 2;

/// How many threads there is work for at once.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Gives every job that `next` has to `work`, and every result to `take`, in order. An error of `take` ends it all.
pub fn run<J: Send, R: Send, E>(
    threads: usize,
    mut next: impl FnMut() -> Option<J>,
    work: impl Fn(J) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if threads < 2 {
        return std::iter::from_fn(next).try_for_each(|job| take(work(job)));
    }
    thread::scope(|scope| {
        let lane = || {
            let (give, jobs) = sync_channel::<Vec<J>>(AHEAD);
            let (done, results) = sync_channel(AHEAD);
            scope.spawn(|| labour(jobs, done, &work));
            (give, results)
        };
        let lanes: Vec<_> = (0..threads).map(|_| lane()).collect();
        let (mut given, mut taken, mut more) = (0, 0, true);
        loop {
            while more && given < taken + threads * AHEAD {
                let batch: Vec<J> = (0..BATCH).map_while(|_| next()).collect();
                more = batch.len() == BATCH;
                // A lane that is gone has panicked, and the scope passes that on.
                if batch.is_empty() || lanes[given % threads].0.send(batch).is_err() {
                    break;
                }
                given += 1;
            }
            if taken == given {
                return Ok(());
            }
            let Ok(results) = lanes[taken % threads].1.recv() else { return Ok(()) };
            taken += 1;
            results.into_iter().try_for_each(&mut take)?;
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "who drops the ends tells the other side")]
fn labour<J, R>(jobs: Receiver<Vec<J>>, done: SyncSender<Vec<R>>, work: &(impl Fn(J) -> R + Sync)) {
    for batch in jobs {
        if done.send(batch.into_iter().map(work).collect()).is_err() {
            return;
        }
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
}
