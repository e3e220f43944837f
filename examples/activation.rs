//! Define your own activation and ask which assumptions it satisfies.
//!
//! `cargo run --release --example activation`

use rug::Rational;
use sublevel::network::Activation;
use sublevel::statement::shift_independence::{MonotoneOnto, ShiftIndependence};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Slopes 1/4, 1, 1/4 with breakpoints −1 and 1: a leaky hard tanh.
    let numbers = |pairs: &[(i32, i32)]| pairs.iter().map(|&pair| Rational::from(pair)).collect();
    let slopes = numbers(&[(1, 4), (1, 1), (1, 4)]);
    let activation = Activation::new(numbers(&[(-1, 1), (1, 1)]), slopes, Rational::from(-1))?;
    println!("{activation}\n{}\n{}", MonotoneOnto::decide(&activation), ShiftIndependence::decide(&activation));
    // The same from text, as the command line reads it.
    assert_eq!(activation, "pl:breakpoints=-1,1;slopes=1/4,1,1/4;value=-1".parse()?);
    Ok(())
}
