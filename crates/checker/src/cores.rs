//! Work on all cores. What is found does not depend on how many there are.

use std::{sync::Mutex, thread};

/// How many there are.
pub fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Works on every part, on so many cores. Where the system gives no thread, the others do its work.
pub fn each<P: Send>(cores: usize, parts: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) {
    let parts = Mutex::new(parts);
    let next = || parts.lock().ok()?.next();
    let worker = || {
        while let Some(part) = next() {
            work(part);
        }
    };
    thread::scope(|scope| {
        (1..cores).for_each(|_| drop(thread::Builder::new().spawn_scoped(scope, worker)));
        worker();
    });
}

/// What is found of every part, in order.
pub fn map<P: Send, T: Send>(cores: usize, parts: Vec<P>, of: impl Fn(P) -> T + Sync) -> Vec<T> {
    let mut found: Vec<Option<T>> = parts.iter().map(|_| None).collect();
    each(cores, parts.into_iter().zip(&mut found), |(part, found)| *found = Some(of(part)));
    found.into_iter().map(|found| found.expect("every part is worked on")).collect()
}
