//! Progress on standard error: drawn on a terminal only, and only once a step has taken a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A spinner with a message, quiet where standard error is no terminal.
pub fn spinner(message: impl Into<String>) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message.into());
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A bar over the moves of a path.
pub fn moves(total: usize, message: impl Into<String>) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} moves {elapsed}")
        .expect("the template is well formed");
    ProgressBar::new(total as u64).with_style(style).with_message(message.into())
}
