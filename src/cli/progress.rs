//! Progress on standard error: drawn on a terminal once a step has taken a while, elsewhere one line every ten seconds.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a line is printed where standard error is no terminal.
const PERIOD: Duration = Duration::from_secs(10);

/// What a step is at. It is taken off the screen when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    _pulse: Option<Pulse>,
}

/// A spinner with a message.
pub fn spinner(message: impl Into<String>) -> Progress {
    let bar = ProgressBar::new_spinner().with_message(message.into());
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    bar.enable_steady_tick(Duration::from_millis(200));
    Progress::new(bar)
}

/// A bar over the moves of a path.
pub fn moves(total: usize, message: impl Into<String>) -> Progress {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} moves {elapsed}")
        .expect("the template is well formed");
    Progress::new(ProgressBar::new(total as u64).with_style(style).with_message(message.into()))
}

impl Progress {
    fn new(bar: ProgressBar) -> Self {
        let words = bar.clone();
        Progress { bar, _pulse: pulse(move || line(&words)) }
    }

    /// What it is at now.
    pub fn set_message(&self, message: impl Into<String>) {
        self.bar.set_message(message.into());
    }

    /// How far it is.
    pub fn set_position(&self, position: usize) {
        self.bar.set_position(position as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Says where no terminal is what `words` gives, once every ten seconds, until it is dropped.
pub fn pulse(words: impl Fn() -> String + Send + 'static) -> Option<Pulse> {
    (!std::io::stderr().is_terminal()).then(|| Pulse::new(PERIOD, words))
}

fn line(bar: &ProgressBar) -> String {
    let count = bar.length().map_or(String::new(), |length| format!(", {} of {length}", bar.position()));
    format!("{}{count}", bar.message())
}

/// Prints a line again and again, until it is dropped.
pub struct Pulse {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    /// Says what `words` gives, with the seconds since now, once every period.
    fn new(period: Duration, words: impl Fn() -> String + Send + 'static) -> Self {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let (started, stopped) = (Instant::now(), stop.clone());
        let thread = std::thread::spawn(move || {
            let (flag, changed) = &*stopped;
            let done = || flag.lock().unwrap_or_else(PoisonError::into_inner);
            // The flag is looked at before it is waited for: the step may have ended already.
            while !*changed.wait_timeout_while(done(), period, |done| !*done).unwrap_or_else(PoisonError::into_inner).0
            {
                note!("{:>5.0} s  {}", started.elapsed().as_secs_f64(), words());
            }
        });
        Pulse { stop, thread: Some(thread) }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let (flag, changed) = &*self.stop;
        *flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        // A panic of the thread has nothing to tell to a step that is done.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_pulse_speaks_until_it_is_dropped() {
        let count = Arc::new(AtomicUsize::new(0));
        let heard = count.clone();
        let pulse =
            Pulse::new(Duration::from_millis(1), move || format!("beat {}", heard.fetch_add(1, Ordering::SeqCst)));
        while count.load(Ordering::SeqCst) < 3 {
            std::thread::yield_now();
        }
        drop(pulse);
        let beats = count.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(count.load(Ordering::SeqCst), beats);
    }

    #[test]
    fn a_step_that_ends_at_once_is_not_waited_for() {
        let started = Instant::now();
        (0..100).for_each(|_| drop(Pulse::new(Duration::from_secs(3600), String::new)));
        assert!(started.elapsed() < Duration::from_secs(3600));
    }

    #[test]
    fn a_line_says_how_far_it_is() {
        let bar = ProgressBar::hidden().with_message("writing");
        assert_eq!(line(&bar), "writing");
        bar.set_length(7);
        bar.set_position(3);
        assert_eq!(line(&bar), "writing, 3 of 7");
    }
}
