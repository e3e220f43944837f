//! The table that grows while the suite runs: one line a statement that has begun, and one for the whole run.

use crate::suite::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Draws nothing where its target is no terminal.
pub struct LiveTable {
    table: MultiProgress,
    total: ProgressBar,
    lines: Mutex<BTreeMap<&'static str, Line>>,
}

struct Line {
    bar: ProgressBar,
    failed: usize,
}

/// A name, a bar, trials that have ended of all, and words.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:<36} {bar:16.cyan/dim} {pos:>5}/{len:<5} {wide_msg}")
        .expect("the template is well formed")
        .progress_chars("#-")
}

impl LiveTable {
    /// A table without lines.
    pub fn new(target: ProgressDrawTarget) -> Self {
        let table = MultiProgress::with_draw_target(target);
        let total = table.add(ProgressBar::new(0).with_style(style()).with_prefix("all"));
        Self { table, total, lines: Mutex::default() }
    }

    /// Brings the table up to date; may be called from any thread.
    pub fn hear(&self, news: Progress) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            Progress::Planned(key, name, trials) => {
                let bar = ProgressBar::new(trials as u64).with_style(style()).with_prefix(name);
                // A line is drawn from its first change on, at its place in the order of the statements.
                lines.insert(key, Line { bar: self.table.insert_before(&self.total, bar), failed: 0 });
                self.total.inc_length(trials as u64);
            }
            Progress::Begins(key, instance) => {
                self.total.enable_steady_tick(Duration::from_millis(200));
                if let Some(line) = lines.get(key) {
                    line.bar.set_message(line.words(instance));
                }
            }
            Progress::Ends(trial) => {
                // The total is drawn by its own tick.
                self.total.inc(1);
                if let Some(line) = lines.get_mut(trial.statement) {
                    line.failed += usize::from(trial.holds.is_err());
                    line.bar.inc(1);
                    line.bar.tick();
                    if Some(line.bar.position()) == line.bar.length() {
                        line.bar.abandon_with_message(line.words("done"));
                    }
                }
            }
        }
    }

    /// All trials: how many have ended, of how many.
    pub fn total(&self) -> ProgressBar {
        self.total.clone()
    }
}

impl Drop for LiveTable {
    /// Takes the table off the screen.
    fn drop(&mut self) {
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).values() {
            line.bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

impl Line {
    /// What it is at, after the failures so far.
    fn words(&self, now: &str) -> String {
        if self.failed == 0 { now.to_owned() } else { format!("{} FAILED, {now}", self.failed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Kind, Trial};
    use indicatif::InMemoryTerm;

    fn trial(holds: Result<(), &str>) -> Trial {
        let holds = holds.map(|()| crate::suite::Holds::Refused("narrow".into())).map_err(str::to_owned);
        Trial { statement: "b", kind: Kind::Random, instance: "generic".into(), seed: 0, holds, seconds: 0.0 }
    }

    #[test]
    fn lines_come_when_a_statement_begins_and_go_at_the_end() {
        let screen = InMemoryTerm::new(10, 100);
        let live = LiveTable::new(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        for (key, name) in [("a", "Lemma A"), ("b", "Lemma B")] {
            live.hear(Progress::Planned(key, name, 2));
        }
        live.hear(Progress::Begins("b", "generic"));
        live.hear(Progress::Ends(&trial(Ok(()))));
        let drawn = screen.contents();
        let lines: Vec<Vec<&str>> = drawn.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["Lemma", "B", "########--------", "1/2", "generic"], "{drawn}");
        assert_eq!((lines.len(), lines[1][0], live.total.position()), (2, "all", 1), "{drawn}");
        live.hear(Progress::Begins("b", "dead neurons"));
        live.hear(Progress::Ends(&trial(Err("no"))));
        live.hear(Progress::Begins("a", "generic"));
        let drawn = screen.contents();
        assert!(drawn.starts_with("Lemma A") && drawn.contains("2/2     1 FAILED, done"), "{drawn}");
        drop(live);
        assert_eq!(screen.contents(), "");
    }

    #[test]
    fn nothing_is_drawn_without_a_terminal() {
        let live = LiveTable::new(ProgressDrawTarget::hidden());
        live.hear(Progress::Planned("b", "Lemma B", 1));
        live.hear(Progress::Ends(&trial(Ok(()))));
        assert!(live.table.is_hidden() && live.total.is_hidden());
    }
}
