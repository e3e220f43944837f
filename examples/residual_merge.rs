//! Theorem R in numbers: `cargo run --release --example residual_merge [-- DIR]` prints the table of `docs/residual-merge.md`, and with a directory
//! draws its picture there.
//!
//! Random residual networks (`merge::Case`) of m neurons on N samples; l = ⌊m^η⌋ of them are emptied along a line, by each
//! strategy. Every number is the exact maximum of the square loss on the line, less the loss at its start (0 where the
//! loss only falls), as a mean over seeds.

use std::path::Path;
use sublevel::report::{Chart, Ink, Layer, Ticks};
use sublevel::statement::residual::merge::{Case, Strategy, emptied_of, slope};

/// Numbers of neurons.
const NEURONS: [usize; 4] = [10, 30, 100, 300];

/// Samples: more than neurons, so that no network fits everything.
const SAMPLES: usize = 400;

/// Seeds a mean.
const SEEDS: u64 = 3;

/// η = p/q.
const EXPONENTS: [(u32, u32); 2] = [(1, 2), (3, 4)];

/// The mean excess of each strategy.
type Means = [f64; 4];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1);
    println!("N = {SAMPLES}, seeds 0 to {}; exact maximum on the line, less the loss at its start\n", SEEDS - 1);
    println!("| n | η | m | l | cone | cut | nearest | refit | m^((η−1)/n) | m^(η−1) |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for n in 1..=3u8 {
        for exponent in EXPONENTS {
            let rows: Vec<(usize, Means)> = NEURONS.iter().map(|&m| (m, row(n, m, exponent))).collect();
            let slopes: Vec<String> = (0..4).map(|k| slope_of(&rows, k)).collect();
            let eta = f64::from(exponent.0) / f64::from(exponent.1);
            let rates = format!("{:.2} | {:.2}", (eta - 1.0) / f64::from(n), eta - 1.0);
            println!("| {n} | {eta} | slope in log m | | {} | {rates} |", slopes.join(" | "));
            if let (Some(folder), 2, (1, 2)) = (&folder, n, exponent) {
                let path = Path::new(folder).join("residual-merge.svg");
                std::fs::write(&path, picture(&rows).file(&path)?)?;
            }
        }
    }
    Ok(())
}

/// The slope of the logarithm of strategy k's mean in that of m; none where a mean is no more than what the rounding of weights to
/// multiples of 2⁻¹⁶ makes.
fn slope_of(rows: &[(usize, Means)], k: usize) -> String {
    let points: Vec<(usize, f64)> = rows.iter().map(|(m, means)| (*m, means[k])).collect();
    if points.iter().any(|(_, mean)| *mean < 1e-6) { "–".into() } else { format!("{:.2}", slope(&points)) }
}

/// One line of the table, and its means.
fn row(n: u8, neurons: usize, exponent: (u32, u32)) -> Means {
    let emptied = emptied_of(neurons, exponent);
    let mut means = [0.0; 4];
    for seed in 0..SEEDS {
        let case = Case::draw(n.into(), neurons, SAMPLES, 100 * u64::from(n) + seed);
        for (mean, strategy) in means.iter_mut().zip(Strategy::ALL) {
            let removed = case.removed(emptied, strategy).expect("fewer than m − 1 neurons");
            assert!(strategy != Strategy::Cut || removed.maximum_is_within_the_bound());
            *mean += removed.excess().to_f64() / SEEDS as f64;
        }
    }
    let eta = f64::from(exponent.0) / f64::from(exponent.1);
    let rate = |power: f64| (neurons as f64).powf(power);
    println!(
        "| {n} | {eta} | {neurons} | {emptied} | {:.1e} | {:.1e} | {:.1e} | {:.1e} | {:.3} | {:.3} |",
        means[0],
        means[1],
        means[2],
        means[3],
        rate((eta - 1.0) / f64::from(n)),
        rate(eta - 1.0)
    );
    means
}

/// log₁₀ of the excess over log₁₀ m, n = 2 and η = ½, beside both rates; 0 as 10⁻⁹.
fn picture(rows: &[(usize, Means)]) -> Chart {
    let inks = [Ink::Sampled, Ink::Certified, Ink::Other, Ink::Float];
    let log = |m: usize, y: f64| ((m as f64).log10(), y.max(1e-9).log10());
    let line = |k: usize| Layer::Line {
        label: Strategy::ALL[k].name().into(),
        ink: inks[k],
        points: rows.iter().map(|(m, means)| log(*m, means[k])).collect(),
    };
    let rate = |label: &str, power: f64| Layer::Dashes {
        label: label.into(),
        ink: Ink::Neutral,
        points: rows.iter().map(|(m, _)| log(*m, (*m as f64).powf(power))).collect(),
    };
    let mut layers: Vec<Layer> = (0..4).map(line).collect();
    layers.extend([rate("m^((η−1)/n), the paper", -0.25), rate("m^(η−1), Theorem R", -0.5)]);
    Chart {
        title: "n = 2, η = ½".into(),
        x: ("log₁₀ m".into(), 1.0..2.5),
        y: ("exact excess".into(), -9.0..0.0),
        ticks: Ticks::Logarithmic,
        layers,
        ..Chart::default()
    }
}
