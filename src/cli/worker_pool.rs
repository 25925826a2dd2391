//! Runs work on many hosts in several threads and takes the results in the order of the hosts.
//!
//! Each thread reads a batch of hosts, processes it and, when its turn comes, takes the results; meanwhile
//! the other threads process one batch each. A thread therefore frees the memory that it allocated while it
//! is still in the cache, and only a few hosts are in memory.

use std::iter::Fuse;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

/// Returns the number of threads for this machine.
#[allow(clippy::disallowed_methods, reason = "this is the command line's pool of threads")]
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Passes every job to `work` and every result to `take`, in order. An error of `take` ends all threads. Jobs
/// are read in groups of `batch`: a smaller batch makes threads synchronize more often, a larger one keeps
/// more results in memory.
pub fn ordered_map<J, R, E: Send>(
    (threads, batch): (usize, usize),
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(J) -> R + Sync,
    take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E> {
    if threads < 2 {
        return jobs.map(work).try_for_each(take);
    }
    let crew = OrderedPool {
        batch,
        source: Mutex::new(Source { jobs: jobs.fuse(), turn: 0 }),
        work,
        sink: Mutex::new(Sink { turn: 0, done: Ok(()), lost: false, take }),
        moved: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| crew.worker_loop());
        }
        crew.worker_loop();
    });
    crew.sink.into_inner().expect("a panic was passed on").done
}

struct OrderedPool<I, W, T, E> {
    batch: usize,
    source: Mutex<Source<I>>,
    work: W,
    sink: Mutex<Sink<T, E>>,
    moved: Condvar,
}

/// The source of batches.
struct Source<I> {
    jobs: Fuse<I>,
    /// The number of the next batch.
    turn: usize,
}

/// The consumer of results.
struct Sink<T, E> {
    /// The number of the batch whose results are taken next.
    turn: usize,
    done: Result<(), E>,
    /// Whether a batch failed, so that later batches are never taken.
    lost: bool,
    take: T,
}

impl<T, E> Sink<T, E> {
    /// Takes the results. Returns `false` if the run ends.
    fn drain<R>(&mut self, results: &mut Vec<R>) -> bool
    where
        T: FnMut(R) -> Result<(), E>,
    {
        if self.done.is_ok() {
            self.done = results.drain(..).try_for_each(&mut self.take);
        }
        self.done.is_ok()
    }
}

impl<I: Iterator, W, T, E> OrderedPool<I, W, T, E> {
    /// Processes batches until there are no jobs or the run ends.
    fn worker_loop<R>(&self)
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        while let Some((turn, jobs)) = self.batch()
            && self.process_batch(turn, jobs)
        {}
    }

    /// Returns the next batch with its number. `None` at the end.
    fn batch(&self) -> Option<(usize, Vec<I::Item>)> {
        let mut source = self.source.lock().ok()?;
        let jobs: Vec<_> = source.jobs.by_ref().take(self.batch).collect();
        let turn = source.turn;
        source.turn += 1;
        (!jobs.is_empty()).then_some((turn, jobs))
    }

    /// Processes a batch. Returns `false` if the run ends.
    fn process_batch<R>(&self, turn: usize, jobs: Vec<I::Item>) -> bool
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        let _watch = WakeOnDrop(self);
        let mut ahead = Vec::new();
        for job in jobs {
            ahead.push((self.work)(job));
            // The results can be taken after the batch, so there is no wait.
            if let Ok(mut sink) = self.sink.try_lock()
                && sink.turn == turn
                && !sink.drain(&mut ahead)
            {
                return false;
            }
        }
        let Some(mut sink) = self.wait(turn) else { return false };
        sink.turn += 1;
        sink.drain(&mut ahead)
    }

    /// Waits for the turn of the batch. Returns `None` if the run ends before.
    fn wait(&self, turn: usize) -> Option<MutexGuard<'_, Sink<T, E>>> {
        let sink = self.sink.lock().ok()?;
        let early = |sink: &mut Sink<T, E>| sink.turn != turn && !sink.lost && sink.done.is_ok();
        let sink = self.moved.wait_while(sink, early).ok()?;
        (sink.turn == turn && sink.done.is_ok()).then_some(sink)
    }
}

/// Wakes the other threads after a batch, an error or a panic, so that they do not wait forever.
struct WakeOnDrop<'a, I, W, T, E>(&'a OrderedPool<I, W, T, E>);

impl<I, W, T, E> Drop for WakeOnDrop<'_, I, W, T, E> {
    fn drop(&mut self) {
        if thread::panicking()
            && let Ok(mut sink) = self.0.sink.lock()
        {
            sink.lost = true;
        }
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_jobs_with_any_number_of_threads() {
        for threads in 1..5 {
            for count in [0, 1, 2, 3, 7, 8, 9, 100] {
                let mut results = Vec::new();
                let done: Result<(), ()> = ordered_map(
                    (threads, 3),
                    0..count,
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
    fn error_of_take_stops_all_threads() {
        for threads in 1..4 {
            let done =
                ordered_map((threads, 4), 0.., |job: u32| job, |job| if job < 9 { Ok(()) } else { Err(job) });
            assert_eq!(done, Err(9));
        }
    }

    #[test]
    fn panic_stops_all_threads_and_is_propagated() {
        for threads in 1..4 {
            let jobs = || (0..100).inspect(|job| assert_ne!(*job, 30));
            let worked = std::panic::catch_unwind(|| {
                ordered_map((threads, 8), 0..100, |job| assert_ne!(job, 20), |()| Ok::<_, ()>(()))
            });
            let read =
                std::panic::catch_unwind(|| ordered_map((threads, 8), jobs(), |_| (), |()| Ok::<_, ()>(())));
            let taken = std::panic::catch_unwind(|| {
                ordered_map(
                    (threads, 8),
                    0..100,
                    |job| job,
                    |job| if job == 20 { panic!("here") } else { Ok::<_, ()>(()) },
                )
            });
            assert!(worked.is_err() && read.is_err() && taken.is_err(), "{threads}");
        }
    }
}
