//! What the four claims about decision regions share.
//!
//! The network f: ℝᵈ → ℝᵐ, m ≥ 2, is continuous and piecewise linear. Class j *wins* at x where f_j(x) > f_k(x) for all
//! k ≠ j, strictly; its region C_j = {x : j wins} is open. Classes count from 0.
//!
//! **Homogeneous coordinates.** A row (X, W) of integers is the point X/W if W > 0 and the direction X if W = 0. Along
//! x + t v, t ≥ 0, a pre-activation is p + t r with r = v W_1 for the first layer. It stays in one closed piece of σ for all
//! t if p is in it and the piece goes on to where r points: r > 0 asks for the last piece, r < 0 for the first one, r = 0
//! for none in particular. Then σ has the slope s r there, s that of the last piece, of the first, or any: so a direction,
//! too, has an image of its own, whatever point it is seen from, and goes on to the next layer.
//!
//! **One piece.** Let every hidden neuron have a closed piece of σ that holds its values at some points and goes on where
//! some directions point, one point at least among them. Then f is affine on their hull, all x = Σ λ_i x_i + Σ μ_j v_j with
//! λ, μ ≥ 0 and Σ λ_i = 1, with the values seen at the points and the slopes seen in the directions: by induction a
//! pre-activation is affine there, p = Σ λ_i p_i + Σ μ_j r_j; a piece is an interval, and holds p; so the feature is affine.
//! In particular f_k ≥ f_j on all of the hull if it is so at the points and in the directions, and f_k > f_j wherever no λ
//! and no μ is 0 if it is so at one of them, too.
//!
//! The pieces that hold a number are neighbours, and those that go on in a direction are one end or all: every row has a
//! range of pieces for each neuron, and rows have a piece in common if and only if these ranges do.
//!
//! **Charts.** t ↦ o + t M is an affine map of ℝᶜ into ℝᵈ, c = 1 or 2, one to one if the rows of M are independent; a
//! claim about f(o + t M) is one about the line or the plane of the chart. Now let A `[d, c]` have M A = I and
//! W_1 = A M W_1 in the columns of live neurons, those from which weights other than zero lead to the output. Then
//! f(x) = g(x A) with g(y) what the other layers make of y M W_1 + b_1, and f(o + t M) = g(o A + t). As x ↦ x A is linear
//! and onto (s M ↦ s), C_j is the region of g times ℝ^(d−c), and the region in the chart is that of g, moved: both have the
//! same number of components.

use crate::{
    activation::Activation,
    certificate::{self, Limit, Limits, object},
    finding::{Domain, Unproved},
    matrix::{Matrix, Reading},
    state::{Layer, all_layers, read_changes},
    verdict::{Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::{cmp::Ordering, rc::Rc};

/// A network of two classes at least.
pub struct Network<'a> {
    /// d = n_0, n_1, …, n_L.
    pub widths: Vec<usize>,
    /// σ.
    pub activation: Activation,
    /// Every layer.
    pub layers: Vec<Layer>,
    reading: Reading,
    limits: &'a Limits,
}

impl<'a> Network<'a> {
    pub fn read(source: &object::Network, reading: Reading, limits: &'a Limits) -> Result<Self, Failure> {
        let widths = source.widths.clone();
        if widths.len() < 2 || widths.contains(&0) {
            return Err(Rejection::Widths { widths }.into());
        }
        if widths[widths.len() - 1] < 2 {
            return Err(Rejection::from(Unproved::OneOutput).into());
        }
        limits.allow_network(0, &widths)?;
        let activation = Activation::read(&source.activation, limits)?;
        let layers = all_layers(read_changes(&source.layers, &widths, reading)?, &widths)?;
        // Over one denominator, below.
        layers.iter().try_for_each(|layer| layer.weight.allow_sum(&layer.bias, limits))?;
        Ok(Network { widths, activation, layers, reading, limits })
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }

    /// Whether there is a class of this number.
    pub fn has_class(&self, class: usize) -> Result<(), Rejection> {
        let classes = self.classes();
        if class < classes { Ok(()) } else { Err(Unproved::Class { class, classes }.into()) }
    }

    /// The network on a line or in a plane, and what that says of its inputs.
    pub fn on(mut self, chart: &Option<object::Chart>) -> Result<(Self, Domain), Failure> {
        let inputs = self.widths[0];
        let Some(chart) = chart else {
            return match inputs {
                1 | 2 => Ok((self, Domain::Space)),
                _ => Err(Rejection::from(Unproved::NoChart { inputs }).into()),
            };
        };
        let (origin, directions) = self.read_chart(chart)?;
        let Layer { weight, bias } = &self.layers[0];
        self.allow_product(inputs * weight.cols(), [&directions, weight])?;
        let seen = directions.times(weight);
        let domain = match (&chart.projection, directions.rows()) {
            (Some(projection), _) => {
                self.factors(projection, &directions, &seen)?;
                Domain::Space
            }
            (None, 1) => Domain::Line,
            (None, _) => Domain::Plane,
        };
        let bias = origin.times(weight).plus_row(bias);
        self.widths[0] = directions.rows();
        self.layers[0] = Layer { weight: Rc::new(seen), bias: Rc::new(bias) };
        Ok((self, domain))
    }

    /// o `[1, d]` and M `[c, d]`, whose rows are independent.
    fn read_chart(&self, chart: &object::Chart) -> Result<(Matrix, Matrix), Rejection> {
        let (inputs, dimension) = (self.widths[0], chart.directions.rows);
        if !(1..=2).contains(&dimension) {
            return Err(Unproved::ChartSize { directions: dimension }.into());
        }
        let part = Part::Object("origin of the chart");
        let origin = Matrix::read(&chart.origin, part, (1, inputs), self.reading)?;
        let part = Part::Object("matrix of directions of the chart");
        let directions = Matrix::read(&chart.directions, part, (dimension, inputs), self.reading)?;
        let first = directions.row(0).iter().position(|entry| !entry.is_zero());
        let independent = first.is_some_and(|pivot| {
            let (u, v) = (directions.row(0), directions.row(dimension - 1));
            dimension == 1 || (0..inputs).any(|i| &u[pivot] * &v[i] != &u[i] * &v[pivot])
        });
        if independent { Ok((origin, directions)) } else { Err(Unproved::DependentDirections.into()) }
    }

    /// Whether M A = I, and W_1 = A M W_1 in the columns of live neurons; `seen` is M W_1.
    fn factors(&self, source: &certificate::Matrix, directions: &Matrix, seen: &Matrix) -> Result<(), Failure> {
        let shape = (directions.cols(), directions.rows());
        let projection = Matrix::read(source, Part::Object("projection of the chart"), shape, self.reading)?;
        if !directions.times(&projection).is_identity() {
            return Err(Rejection::from(Unproved::Projection).into());
        }
        let (weight, live) = (&self.layers[0].weight, self.live());
        self.allow_product(shape.0 * seen.cols(), [&projection, seen])?;
        match projection.times(seen).keep_columns(&live) == weight.keep_columns(&live) {
            true => Ok(()),
            false => Err(Rejection::from(Unproved::DoesNotFactor).into()),
        }
    }

    /// The neurons of the first layer from which weights other than zero lead to the output.
    fn live(&self) -> Vec<bool> {
        let above = self.layers[1..].iter().rev();
        above.fold(vec![true; self.classes()], |live, layer| layer.weight.keep_columns(&live).live_rows())
    }

    fn allow_product(&self, entries: usize, factors: [&Matrix; 2]) -> Result<(), Undecided> {
        Ok(self.limits.allow_memory(entries as u64, factors.map(Matrix::bits).into_iter().sum())?)
    }

    /// The network as integers.
    pub fn forward(&self) -> Forward<'_> {
        Forward { network: self, layers: self.layers.iter().map(Affine::new).collect() }
    }
}

/// W and b over one positive denominator.
struct Affine {
    weight: Vec<BigInt>,
    bias: Vec<BigInt>,
    den: BigInt,
    bits: u64,
}

impl Affine {
    fn new(layer: &Layer) -> Self {
        let den = layer.weight.den().lcm(layer.bias.den());
        let over = |matrix: &Matrix| -> Vec<BigInt> {
            let factor = &den / matrix.den();
            matrix.num().iter().map(|entry| entry * &factor).collect()
        };
        let (weight, bias) = (over(&layer.weight), over(&layer.bias));
        let bits = weight.iter().chain(&bias).chain([&den]).map(BigInt::bits).max().unwrap_or(0);
        Affine { weight, bias, den, bits }
    }
}

/// Homogeneous rows on their way through a network.
pub struct Rows {
    /// Row by row.
    pub num: Vec<BigInt>,
    /// W of each row.
    pub one: Vec<BigInt>,
}

impl Rows {
    /// The entries of one row.
    pub fn row(&self, row: usize) -> &[BigInt] {
        let cols = self.num.len() / self.one.len();
        &self.num[row * cols..(row + 1) * cols]
    }

    /// The bits of the longest of the numbers.
    pub fn bits(&self) -> u64 {
        self.num.iter().chain(&self.one).map(BigInt::bits).max().unwrap_or(0)
    }
}

/// The pieces of σ that a row allows a neuron, both ends included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    pub first: usize,
    pub last: usize,
}

impl Pieces {
    /// What both allow.
    pub fn both(self, other: Pieces) -> Option<Pieces> {
        let pieces = Pieces { first: self.first.max(other.first), last: self.last.min(other.last) };
        (pieces.first <= pieces.last).then_some(pieces)
    }
}

/// A network as integers.
pub struct Forward<'a> {
    network: &'a Network<'a>,
    layers: Vec<Affine>,
}

impl Forward<'_> {
    /// The pre-activations of layer k, from 0, for these rows of features.
    pub fn affine(&self, k: usize, rows: &Rows) -> Result<Rows, Undecided> {
        let (Network { limits, reading, widths, .. }, layer) = (self.network, &self.layers[k]);
        let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
        let shape = [rows.one.len(), widths[k], widths[k + 1]];
        // A sum of n products has log n bits more than each of them.
        let bits = rows.bits() + layer.bits + u64::from(usize::BITS - widths[k].leading_zeros()) + 1;
        limits.allow_bits(bits)?;
        limits.allow_memory((shape[0] as u64).saturating_mul(shape[2] as u64), bits)?;
        let mut num = arithmetic.product(&rows.num, &layer.weight, shape);
        for (row, one) in num.chunks_mut(shape[2]).zip(&rows.one).filter(|(_, one)| !one.is_zero()) {
            row.iter_mut().zip(&layer.bias).filter(|(_, bias)| !bias.is_zero()).for_each(|(p, bias)| *p += one * bias);
        }
        Ok(Rows { num, one: rows.one.iter().map(|one| one * &layer.den).collect() })
    }

    /// What a pre-activation of number/one, or a direction, allows.
    pub fn pieces(&self, number: &BigInt, one: &BigInt) -> Pieces {
        let breakpoints = self.network.activation.breakpoints();
        let at = |order: fn(Ordering) -> bool| {
            breakpoints.partition_point(|beta| order((beta.numer() * one).cmp(&(number * beta.denom()))))
        };
        Pieces { first: at(Ordering::is_lt), last: at(Ordering::is_le) }
    }

    /// σ, each entry on its piece.
    pub fn activate(&self, rows: &Rows, pieces: impl Iterator<Item = usize>) -> Rows {
        let (lines, den) = self.network.activation.pieces();
        let (lines, cols): (Vec<_>, _) = (lines.collect(), rows.num.len() / rows.one.len().max(1));
        let ones = rows.one.iter().flat_map(|one| std::iter::repeat_n(one, cols));
        let image = |((number, one), piece): ((&BigInt, &BigInt), usize)| {
            let (slope, intercept) = lines[piece];
            let line = if slope.is_zero() { BigInt::zero() } else { number * slope };
            if intercept.is_zero() { line } else { line + intercept * one }
        };
        let num = rows.num.iter().zip(ones).zip(pieces).map(image).collect();
        Rows { num, one: rows.one.iter().map(|one| one * den).collect() }
    }

    /// All that the network says of some corners.
    pub fn look(&self, corners: &Corners) -> Result<Seen<'_>, Undecided> {
        let (mut layers, mut features, last) = (vec![], corners.rows(), self.layers.len() - 1);
        for k in 0..last {
            let pre = self.affine(k, &features)?;
            let numbers = (0..corners.len()).flat_map(|row| pre.row(row).iter().map(move |number| (number, row)));
            let seen: Vec<Pieces> = numbers.map(|(number, row)| self.pieces(number, &pre.one[row])).collect();
            // At a breakpoint both pieces have one value, and of a direction that rests every slope makes 0.
            features = self.activate(&pre, seen.iter().map(|pieces| pieces.first));
            layers.push(seen);
        }
        Ok(Seen { widths: &self.network.widths, layers, outputs: self.affine(last, &features)? })
    }

    /// Whether so many rows may be looked at.
    pub fn allow(&self, rows: u64) -> Result<(), Undecided> {
        let Network { limits, widths, .. } = self.network;
        limits.allow_network(usize::try_from(rows).unwrap_or(usize::MAX), widths)?;
        let products = widths.windows(2).map(|ends| (ends[0] as u64).saturating_mul(ends[1] as u64));
        Ok(limits.allow(Limit::Products, products.fold(0, u64::saturating_add).saturating_mul(rows))?)
    }
}

/// What a network says of corners.
pub struct Seen<'a> {
    widths: &'a [usize],
    /// For each hidden layer the pieces, corner by corner.
    layers: Vec<Vec<Pieces>>,
    /// f, of a direction its slope.
    outputs: Rows,
}

impl Seen<'_> {
    /// The first layer, from 1, and its first neuron without a piece that all these corners share.
    pub fn bend(&self, corners: &[usize]) -> Option<(usize, usize)> {
        let hidden = self.layers.iter().enumerate();
        let mut neurons = hidden.flat_map(|(k, seen)| (0..self.widths[k + 1]).map(move |neuron| (k, seen, neuron)));
        let bent = neurons.find(|&(k, seen, neuron)| {
            let mut pieces = corners.iter().map(|corner| seen[corner * self.widths[k + 1] + neuron]);
            let first = pieces.next();
            first.is_some_and(|first| pieces.try_fold(first, Pieces::both).is_none())
        });
        bent.map(|(k, _, neuron)| (k + 1, neuron))
    }

    /// f_j against f_k at a corner.
    pub fn compare(&self, corner: usize, j: usize, k: usize) -> Ordering {
        let output = self.outputs.row(corner);
        output[j].cmp(&output[k])
    }

    /// A class other than j that is at least as large at a corner.
    pub fn rival(&self, corner: usize, j: usize) -> Option<usize> {
        rival(self.outputs.row(corner), j)
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }
}

/// A class other than j that is at least as large, if j does not win.
pub fn rival(output: &[BigInt], j: usize) -> Option<usize> {
    (0..output.len()).find(|&k| k != j && output[k] >= output[j])
}

/// Points and directions, `[V, c + 1]`.
pub struct Corners {
    num: Vec<BigInt>,
    cols: usize,
}

impl Corners {
    /// Rows of c + 1 integers; `flaw` says which row is neither point nor direction.
    pub fn read(
        source: &certificate::Matrix,
        name: &'static str,
        dimension: usize,
        reading: Reading,
        flaw: impl Fn(usize) -> Unproved,
    ) -> Result<Self, Rejection> {
        let (cols, part) = (dimension + 1, Part::Object(name));
        let matrix = Matrix::read(source, part, (source.rows, cols), reading)?;
        if !matrix.den().is_one() {
            return Err(Unproved::NotIntegers { part: name }.into());
        }
        let corners = Corners { num: matrix.num().into_owned(), cols };
        let improper = |row: &usize| {
            let corner = corners.row(*row);
            corner[dimension].is_negative() || corner.iter().all(Zero::is_zero)
        };
        match (0..corners.len()).find(improper) {
            Some(row) => Err(flaw(row).into()),
            None => Ok(corners),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.num.len() / self.cols
    }

    /// (X, W).
    pub fn row(&self, row: usize) -> &[BigInt] {
        &self.num[row * self.cols..(row + 1) * self.cols]
    }

    /// Whether W = 0.
    pub fn is_direction(&self, row: usize) -> bool {
        self.row(row)[self.cols - 1].is_zero()
    }

    fn rows(&self) -> Rows {
        let split = || (0..self.len()).map(|row| self.row(row).split_at(self.cols - 1));
        Rows {
            num: split().flat_map(|(point, _)| point).cloned().collect(),
            one: split().map(|(_, one)| one[0].clone()).collect(),
        }
    }
}
