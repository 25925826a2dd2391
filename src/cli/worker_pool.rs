//! Work on many hosts, shared among threads, with the results taken in the order of the hosts.
//!
//! Each thread reads a batch of hosts, works on them and, when it is the turn of that batch, takes the results; the others
//! read and work ahead, each on one batch. So what a thread has allocated it frees itself, while it is still in the
//! processor's cache, no thread is more than was asked for, and only a few hosts are in memory.

use std::iter::Fuse;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

/// How many threads there is work for at once.
#[allow(clippy::disallowed_methods, reason = "this is the command line's pool of threads")]
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Gives every job to `work`, and every result to `take`, in order. An error of `take` ends it all. A `batch` of jobs is
/// read at once: with fewer, threads meet more often; with more, more results are kept.
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

/// Where batches come from.
struct Source<I> {
    jobs: Fuse<I>,
    /// The number of the next batch.
    turn: usize,
}

/// Where results go to.
struct Sink<T, E> {
    /// The number of the batch whose results are taken next.
    turn: usize,
    done: Result<(), E>,
    /// Whether the turn of some batch will never come.
    lost: bool,
    take: T,
}

impl<T, E> Sink<T, E> {
    /// Takes these results; false where that ends it all.
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
    /// Works until there are no jobs, or it all ends.
    fn worker_loop<R>(&self)
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        while let Some((turn, jobs)) = self.batch()
            && self.process_batch(turn, jobs)
        {}
    }

    /// The next batch and its number; none at the end.
    fn batch(&self) -> Option<(usize, Vec<I::Item>)> {
        let mut source = self.source.lock().ok()?;
        let jobs: Vec<_> = source.jobs.by_ref().take(self.batch).collect();
        let turn = source.turn;
        source.turn += 1;
        (!jobs.is_empty()).then_some((turn, jobs))
    }

    /// Works on a batch; false where there is no use in another one.
    fn process_batch<R>(&self, turn: usize, jobs: Vec<I::Item>) -> bool
    where
        W: Fn(I::Item) -> R,
        T: FnMut(R) -> Result<(), E>,
    {
        let _watch = WakeOnDrop(self);
        let mut ahead = Vec::new();
        for job in jobs {
            ahead.push((self.work)(job));
            // It is not waited for: the results can be taken behind the batch.
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

    /// Waits until it is the turn of that batch; none where that will not be.
    fn wait(&self, turn: usize) -> Option<MutexGuard<'_, Sink<T, E>>> {
        let sink = self.sink.lock().ok()?;
        let early = |sink: &mut Sink<T, E>| sink.turn != turn && !sink.lost && sink.done.is_ok();
        let sink = self.moved.wait_while(sink, early).ok()?;
        (sink.turn == turn && sink.done.is_ok()).then_some(sink)
    }
}

/// Wakes the others behind a batch, and after an error or a panic: they would wait for ever.
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
    fn results_come_in_the_order_of_the_jobs_however_many_threads_there_are() {
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
    fn an_error_ends_it_all() {
        for threads in 1..4 {
            let done =
                ordered_map((threads, 4), 0.., |job: u32| job, |job| if job < 9 { Ok(()) } else { Err(job) });
            assert_eq!(done, Err(9));
        }
    }

    #[test]
    fn a_panic_ends_it_all_and_is_passed_on() {
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
