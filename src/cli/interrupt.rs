//! INT, TERM and HUP: no half-written file stays behind.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the command at work ends by itself, with what it has so far, when it is asked to.
static GRACEFUL: AtomicBool = AtomicBool::new(false);

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on the first signal only makes the flag that is returned true; the second one ends the program.
pub fn ends_by_itself() -> &'static AtomicBool {
    GRACEFUL.store(true, Ordering::Relaxed);
    &ASKED
}

/// Listens to the signals from now on, in a thread of its own.
#[cfg(unix)]
pub fn listen() {
    use signal_hook::{consts::*, iterator::Signals, low_level::emulate_default_handler};
    let signals: Vec<i32> = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal)).collect();
    let Ok(mut signals) = Signals::new(signals) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if GRACEFUL.load(Ordering::Relaxed) && !ASKED.swap(true, Ordering::Relaxed) {
                continue;
            }
            let _stopped = crate::files::remove_unfinished();
            // Whoever waits for the program sees by which signal it ended.
            let _ = emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
pub fn listen() {}

/// Whether a signal was ignored when the program was started, as `nohup` does: then it stays so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
