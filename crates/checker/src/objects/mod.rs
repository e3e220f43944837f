//! Claims that are about no path: one file an argument.

mod boundaries;
mod bounded_gradient;
mod cells;
mod chain;
mod class_path;
mod diagonal;
mod fits;
mod flow;
mod graph_networks;
mod independent;
mod matrices;
mod maximum;
mod meter;
mod minimum;
mod networks;
mod ordered;
mod product;
mod ranks;
mod regions;
mod reordered;
mod rescaled;
mod shifts;
mod spread;
mod strict_minimum;
mod tails;
mod wall;
mod wells;
mod zeros;

pub use class_path::read_stops;
pub use matrices::sign;

use crate::rational::Rational;
use crate::{
    certificate::{Fraction, Limits, Object},
    finding::Finding,
    matrix::{self, Reading},
    verdict::{Failure, Rejection},
};

/// What is proved of the object.
pub fn check(object: &Object, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    match object {
        Object::Networks(networks) => networks::check(networks, reading, limits),
        Object::GraphNetworks(networks) => graph_networks::check(networks, reading, limits),
        Object::Matrices(pair) => matrices::check(pair, reading),
        Object::Product(product) => Ok(product::check(product)?),
        Object::Chain(chain) => Ok(chain::check(chain, reading)?),
        Object::Kinks(kinks) => shifts::kinks(kinks, limits),
        Object::Points(points) => shifts::points(points, limits),
        Object::Curvature(curvature) => shifts::curvature(curvature, limits),
        Object::Enclosure(enclosure) => shifts::enclosure(enclosure, reading, limits),
        Object::Flow(flow) => flow::check(flow, limits),
        Object::Reordered(reordered) => reordered::check(reordered, reading, limits),
        Object::Tails(tails) => tails::check(tails, limits),
        Object::Ranks(ranks) => ranks::check(ranks, reading, limits),
        Object::ClassPath(path) => class_path::check(path, reading, limits),
        Object::Boundaries(boundaries) => boundaries::check(boundaries, reading, limits),
        Object::Diagonal(diagonal) => diagonal::check(diagonal),
        Object::Cells(cells) => cells::check(cells, reading, limits),
        Object::Independent(independent) => independent::check(independent, reading, limits),
        Object::Gradient(gradient) => bounded_gradient::check(gradient, reading, limits),
        Object::Solution(solution) => fits::check(solution, reading, limits),
        Object::Minimum(minimum) => minimum::check(minimum, reading, limits),
        Object::NoStrictMinimum(object) => strict_minimum::check(object, reading, limits),
        Object::NoMaximum(object) => maximum::check(object, reading, limits),
        Object::Wall(wall) => wall::check(wall, limits),
        Object::Wells(wells) => Ok(wells::check(wells)?),
        Object::Zeros(object) => zeros::check(object, limits),
        Object::Rescaled(rescaled) => rescaled::check(rescaled, reading, limits),
        Object::Spread(spread) => spread::check(spread, reading, limits),
    }
}

/// Fractions in lowest terms.
fn numbers(list: &[Fraction]) -> Result<Vec<Rational>, Rejection> {
    list.iter().map(matrix::fraction).collect()
}

/// Polynomials in one variable, coefficients ascending.
mod polynomial {
    use super::meter::Meter;
    use crate::certificate::Exceeded;
    use crate::rational::Rational;
    use num_bigint::BigInt;
    use num_traits::{Signed, Zero};

    /// p(x).
    pub fn value(coefficients: &[Rational], x: &Rational, meter: &mut Meter) -> Result<Rational, Exceeded> {
        let mut coefficients = coefficients.iter().rev();
        coefficients.try_fold(Rational::zero(), |sum, coefficient| meter.times_plus((&sum, x), coefficient))
    }

    /// p′.
    pub fn derivative(coefficients: &[Rational]) -> Vec<Rational> {
        coefficients.iter().enumerate().skip(1).map(|(k, coefficient)| coefficient * BigInt::from(k)).collect()
    }

    /// The quotient of p by (x − root); none if the root is none.
    pub fn divided(
        coefficients: &[Rational],
        root: &Rational,
        meter: &mut Meter,
    ) -> Result<Option<Vec<Rational>>, Exceeded> {
        let mut carry = Rational::zero();
        let mut quotient = vec![];
        for coefficient in coefficients.iter().rev() {
            quotient.push(carry.clone());
            carry = meter.times_plus((&carry, root), coefficient)?;
        }
        quotient.reverse();
        quotient.pop();
        Ok(carry.is_zero().then_some(quotient))
    }

    /// Whether only even powers occur, with coefficients ≥ 0: then p ≥ 0 everywhere.
    pub fn is_even_and_growing(coefficients: &[Rational]) -> bool {
        coefficients.iter().enumerate().all(|(k, c)| if k % 2 == 0 { !c.is_negative() } else { c.is_zero() })
    }
}
