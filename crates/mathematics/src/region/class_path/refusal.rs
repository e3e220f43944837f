//! Why there is no path, in words.

use super::{EXACT_DIGITS, Unfound, Unmet, rounded};
use crate::network::Parameters;
use rug::Rational;

/// What Theorem 5.2.4 says more than Theorem 5.2.3, which constructs.
pub const ONE_HIDDEN_LAYER: &str =
    "of one hidden layer Theorem 5.2.4 asks less: `sublevel regions NET --connected` says whether a path exists";

/// Why there is no path between these inputs, which have names, in words.
pub fn words(unfound: &Unfound, names: &[String], network: &Parameters<Rational>) -> String {
    let decimal = |number: &Rational| format!("{:.6}", number.to_f64());
    let leg = |leg: usize| format!("from {} to {}", names[leg], names[leg + 1]);
    let list = |unmet: &[Unmet]| unmet.iter().map(|unmet| format!("\n  {unmet}")).collect::<String>();
    match unfound {
        Unfound::Tie { stop, tie } => format!(
            "at {} the classes {} and {} tie at {}: no class wins strictly",
            names[*stop],
            tie.classes[0],
            tie.classes[1],
            decimal(&tie.output)
        ),
        Unfound::OtherClass { stop, win, first } => format!(
            "{} is given class {} (by {} over class {}), but {} class {} (by {} over class {}): no path of one class joins them",
            names[0],
            first.class,
            decimal(&first.margin),
            first.runner_up,
            names[*stop],
            win.class,
            decimal(&win.margin),
            win.runner_up
        ),
        Unfound::Equal { stop } => {
            format!("{} and {} are the same input", names[*stop], names[stop + 1])
        }
        Unfound::Unmet(unmet) => format!("Theorem 5.2.3 has no path for {}:{}", dashed(&network.widths()), list(unmet)),
        Unfound::NotPromised { leg: index, line, unmet } => format!(
            "undecided: on the straight line {} class {} is ahead by {} at λ = {}, bending the line found no way around, \
             and Theorem 5.2.3 promises none:{}{}\nwhat may help: inputs between them, --via K or --via-file FILE",
            leg(*index),
            line.against,
            decimal(&Rational::from(-&line.margin)),
            decimal(&line.at),
            list(unmet),
            if network.depth() == 2 { format!("\n  {ONE_HIDDEN_LAYER}") } else { String::new() }
        ),
        Unfound::NotRounded { leg: index, lost } => format!(
            "undecided: Theorem 5.2.3 promises a path {}, but in f64, with vertices of {:?} bits and segments halved {} \
             times, {}; --exact takes the path itself",
            leg(*index),
            rounded::BITS,
            rounded::HALVINGS,
            match lost {
                Some(lost) =>
                    format!("class {} is ahead by {} on one", lost.against, decimal(&Rational::from(-&lost.margin))),
                None => "numbers are not finite".to_owned(),
            }
        ),
        Unfound::TooLong { vertices, digits } => format!(
            "undecided: the exact path has {vertices} vertices, which take about {digits} decimal digits \
             (the limit is {EXACT_DIGITS}); without --exact they are rounded"
        ),
    }
}

/// Widths as people write an architecture: 64-128-10.
fn dashed(widths: &[usize]) -> String {
    widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}
