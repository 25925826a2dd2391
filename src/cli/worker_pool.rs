//! Processes many hosts on several threads and returns the results in order.
//!
//! Each thread reads a batch of hosts, processes them and then, when it is that batch's turn, consumes
//! the results. The others read and process ahead, one batch each. So each thread frees what it allocated
//! while it is still in the processor's cache, no extra thread is needed, and only a few hosts are in memory.

use std::iter::Fuse;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

/// The number of threads that the machine can run at once.
#[allow(clippy::disallowed_methods, reason = "this is the command line's pool of threads")]
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Calls `work` with every job, and `take` with every result in order. The first error of `take` ends
/// everything. `batch` jobs are read at once: fewer need more synchronization, more need more memory.
pub fn ordered_map<J, R, E: Send>(
    (threads, batch): (usize, usize),
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(J) -> R + Sync,
    take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E> {
    if threads < 2 {
        return jobs.map(work).try_for_each(take);
    }
    let pool = OrderedPool {
        batch,
        source: Mutex::new(Source { jobs: jobs.fuse(), sequence: 0 }),
        work,
        sink: Mutex::new(Sink { sequence: 0, done: Ok(()), poisoned: false, take }),
        condvar: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| pool.worker_loop());
        }
        pool.worker_loop();
    });
    pool.sink.into_inner().expect("a panic was passed on").done
}

struct OrderedPool<I, W, T, E> {
    batch: usize,
    source: Mutex<Source<I>>,
    work: W,
    sink: Mutex<Sink<T, E>>,
    condvar: Condvar,
}

/// The source of batches.
struct Source<I> {
    jobs: Fuse<I>,
    /// The number of the next batch.
    sequence: usize,
}

/// Where results go.
struct Sink<T, E> {
    /// The number of the batch whose results are consumed next.
    sequence: usize,
    done: Result<(), E>,
    /// Whether a worker panicked, so that some batch will never arrive.
    poisoned: bool,
    take: T,
}

impl<T, E> Sink<T, E> {
    /// Consumes these results. Returns false if processing has to stop.
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
    /// Processes batches until there are no more jobs, or until an error.
    fn worker_loop<R>(&self)
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        while let Some((sequence, jobs)) = self.batch()
            && self.process_batch(sequence, jobs)
        {}
    }

    /// The next batch and its number, or `None` at the end.
    fn batch(&self) -> Option<(usize, Vec<I::Item>)> {
        let mut source = self.source.lock().ok()?;
        let jobs: Vec<_> = source.jobs.by_ref().take(self.batch).collect();
        let sequence = source.sequence;
        source.sequence += 1;
        (!jobs.is_empty()).then_some((sequence, jobs))
    }

    /// Processes a batch. Returns false if processing has to stop.
    fn process_batch<R>(&self, sequence: usize, jobs: Vec<I::Item>) -> bool
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        let _watch = WakeOnDrop(self);
        let mut ahead = Vec::new();
        for job in jobs {
            ahead.push((self.work)(job));
            // This does not block: the results can also be consumed after the batch.
            if let Ok(mut sink) = self.sink.try_lock()
                && sink.sequence == sequence
                && !sink.drain(&mut ahead)
            {
                return false;
            }
        }
        let Some(mut sink) = self.wait(sequence) else { return false };
        sink.sequence += 1;
        sink.drain(&mut ahead)
    }

    /// Waits for the turn of a batch. Returns `None` if it will never come.
    fn wait(&self, sequence: usize) -> Option<MutexGuard<'_, Sink<T, E>>> {
        let sink = self.sink.lock().ok()?;
        let early = |sink: &mut Sink<T, E>| sink.sequence != sequence && !sink.poisoned && sink.done.is_ok();
        let sink = self.condvar.wait_while(sink, early).ok()?;
        (sink.sequence == sequence && sink.done.is_ok()).then_some(sink)
    }
}

/// Wakes the other threads after a batch, and after an error or panic, which would otherwise leave them
/// waiting forever.
struct WakeOnDrop<'a, I, W, T, E>(&'a OrderedPool<I, W, T, E>);

impl<I, W, T, E> Drop for WakeOnDrop<'_, I, W, T, E> {
    fn drop(&mut self) {
        if thread::panicking()
            && let Ok(mut sink) = self.0.sink.lock()
        {
            sink.poisoned = true;
        }
        self.0.condvar.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_job_order_for_any_number_of_threads() {
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
    fn first_error_ends_processing() {
        for threads in 1..4 {
            let done =
                ordered_map((threads, 4), 0.., |job: u32| job, |job| if job < 9 { Ok(()) } else { Err(job) });
            assert_eq!(done, Err(9));
        }
    }

    #[test]
    fn panic_ends_processing_and_propagates() {
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
