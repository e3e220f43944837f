//! Long work: in a thread of its own, without the interpreter's lock, while this thread hears Ctrl-C and shows progress.

use crate::error::Failure;
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often Ctrl-C is looked for.
const PERIOD: Duration = Duration::from_millis(100);

/// What the work says of itself, and whether it is called off.
#[derive(Default)]
pub struct Told {
    message: Mutex<Option<String>>,
    off: AtomicBool,
}

/// What unwinds the thread of work that was called off.
struct CalledOff;

impl Told {
    /// What the work is at now. Where it was called off it ends here.
    pub fn say(&self, message: impl Into<String>) {
        if self.off.load(Ordering::Relaxed) {
            resume_unwind(Box::new(CalledOff));
        }
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.into());
    }

    /// The same from threads that must not unwind: whether to go on.
    pub fn goes_on(&self, message: impl Into<String>) -> bool {
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.into());
        !self.off.load(Ordering::Relaxed)
    }
}

/// Runs the work to its end; `progress` is called with what it says. Ctrl-C calls it off: the call returns at once, and the thread ends
/// where it next says something.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Told) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let told = Arc::new(Told::default());
    let (sender, receiver) = channel();
    let heard = told.clone();
    std::thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| work(&heard)));
        // Nobody listens any more where the work was called off.
        let _ = sender.send(result.unwrap_or_else(|panic| Err(Failure::defect(words(&*panic)))));
    });
    // The receiver belongs to this thread alone, also while the lock is given away.
    let receiver = Mutex::new(receiver);
    loop {
        let received = py.detach(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PERIOD));
        match received {
            Ok(result) => return result.map_err(PyErr::from),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::defect("the work ended without a result").into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let message = told.message.lock().unwrap_or_else(PoisonError::into_inner).take();
        let shown = match (&progress, message) {
            (Some(progress), Some(message)) => progress.call1(py, (message,)).map(drop),
            _ => Ok(()),
        };
        if let Err(error) = shown.and_then(|()| py.check_signals()) {
            told.off.store(true, Ordering::Relaxed);
            return Err(error);
        }
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}
