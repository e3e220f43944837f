//! Axes and what is written at their ticks.

use super::chart::Ticks;
use plotters::coord::ranged1d::{BoldPoints, DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// An axis with these ticks.
pub struct Ticked {
    axis: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Ranged for Ticked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.axis.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { vec![] } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.axis.range()
    }
}

/// The second axis, or the colour scale, with its ticks.
pub fn axis(ends: &Range<f64>, ticks: Ticks) -> Ticked {
    let ends = widened(ends);
    let even = |ends: Range<f64>| RangedCoordf64::from(ends).key_points(BoldPoints(6));
    let ticks = match ticks {
        Ticks::Plain | Ticks::Powers => even(ends.clone()),
        Ticks::Logarithmic => match ends.end - ends.start {
            // Powers of ten are too far apart: even steps of what is written.
            decades if decades < 1.0 => {
                let ticks = even(10f64.powf(ends.start)..10f64.powf(ends.end)).into_iter().map(f64::log10);
                ticks.filter(|tick| ends.contains(tick)).collect()
            }
            decades => {
                let step = (decades / 6.0).ceil();
                let firsts: &[f64] = if decades < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
                let powers = (ends.start.floor() as i32..=ends.end.floor() as i32).map(f64::from);
                let powers = powers.filter(|power| power.rem_euclid(step) == 0.0);
                let ticks = powers.flat_map(|power| firsts.iter().map(move |first| power + first.log10()));
                ticks.filter(|tick| ends.contains(tick)).collect()
            }
        },
    };
    Ticked { axis: ends.into(), ticks }
}

/// What is written at the ticks of both axes.
pub fn labels(ticks: Ticks) -> [fn(&f64) -> String; 2] {
    match ticks {
        Ticks::Plain => [compact, compact],
        Ticks::Powers => [|x| format!("{:.0}", x.exp2()), |y| format!("1e{y:.0}")],
        // `compact` takes what is next to 0 for 0.
        Ticks::Logarithmic => {
            [compact, |y| if *y < -5.0 { scientific(10f64.powf(*y)) } else { compact(&10f64.powf(*y)) }]
        }
    }
}

/// A tick's number in few characters.
fn compact(value: &f64) -> String {
    match value.abs() {
        magnitude if magnitude >= 1e5 => scientific(*value),
        magnitude if magnitude < 1e-9 => "0".into(),
        magnitude if magnitude < 1e-2 => scientific(*value),
        _ => {
            let text = format!("{value:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

fn scientific(value: f64) -> String {
    format!("{value:.1e}").replace(".0e", "e")
}

/// An axis needs two ends.
pub fn widened(range: &Range<f64>) -> Range<f64> {
    if range.end > range.start { range.clone() } else { range.start - 1.0..range.start + 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        let written = |ends: Range<f64>, ticks| -> Vec<String> {
            axis(&ends, ticks).ticks.iter().map(labels(ticks)[1]).collect()
        };
        assert_eq!(written(0.0..0.016, Ticks::Plain), ["0", "5e-3", "0.01", "0.015"]);
        let logarithmic = |low: f64, high: f64| written(low.log10()..high.log10(), Ticks::Logarithmic);
        assert_eq!(logarithmic(0.06, 1.2), ["0.1", "0.2", "0.5", "1"]);
        assert_eq!(logarithmic(0.3, 0.9), ["0.4", "0.6", "0.8"]);
        assert_eq!(logarithmic(1e-8, 2.0), ["1e-8", "1e-6", "1e-4", "0.01", "1"]);
        assert_eq!(logarithmic(9e-13, 2e-10), ["1e-12", "2e-12", "5e-12", "1e-11", "2e-11", "5e-11", "1e-10"]);
    }
}
