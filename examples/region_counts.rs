//! Linear regions of networks with two inputs, for comparison with other programs: see `benches/against_relucent.py`.
//!
//! Reads networks from standard input, two lines each: an activation with the widths, and the entries of the stacked layers
//! row by row, integers over 2²⁰. Answers each with a line: the linear regions after every hidden layer, the components of
//! every class, and the seconds.

use nalgebra::DMatrix;
use rug::Rational;
use std::io::BufRead;
use std::time::Instant;
use sublevel::network::{Activation, Parameters};
use sublevel::region::{Arrangement, Budget, Chart};

/// What an entry is divided by.
const SCALE: u32 = 1 << 20;

fn main() {
    let mut lines = std::io::stdin().lock().lines().map(|line| line.expect("a readable line"));
    while let (Some(head), Some(entries)) = (lines.next(), lines.next()) {
        let mut head = head.split_whitespace();
        let activation: Activation = head.next().expect("an activation").parse().expect("a known activation");
        let widths: Vec<usize> = head.map(|width| width.parse().expect("a width")).collect();
        let mut entries = entries.split_whitespace().map(|entry| entry.parse::<i64>().expect("an integer"));
        let mut entry = || Rational::from((entries.next().expect("an entry"), SCALE));
        let layers = widths.windows(2).map(|pair| {
            let rows: Vec<Rational> = (0..(pair[0] + 1) * pair[1]).map(|_| entry()).collect();
            DMatrix::from_row_slice(pair[0] + 1, pair[1], &rows)
        });
        let network = Parameters::new(layers.collect()).expect("layers that fit together");
        let chart = Chart::of_space(&network).expect("two inputs");
        let started = Instant::now();
        let found = Arrangement::new(&network, &activation, &chart, &Budget::default()).expect("not too many cells");
        let seconds = started.elapsed().as_secs_f64();
        println!("{:?} {:?} {seconds:.4}", found.statistics().regions, found.component_counts());
    }
}
