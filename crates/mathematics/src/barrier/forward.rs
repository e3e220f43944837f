//! The forward pass over an interval of λ: every feature as a chord with a radius, and for a smooth σ a bend.
//!
//! On [a, b] with λ = a + s (b − a), s in [0, 1], a level's features are enclosed as
//!
//! > F(s) = (1 − s) F_a + s F_b − t B + E(s), t = s (1 − s), |E(s)| ≤ R for all s,
//!
//! with float matrices F_a, F_b, B, R; the *bend* B is 0 where σ is piecewise linear. What makes R is of order (b − a)² or as rare as it is of
//! order b − a: the product of two things that both move, an activation that bends inside the interval, rounding. With a bend it
//! is of order (b − a)³.
//!
//! **A layer.** With W(s) = (1 − s) W_a + s W_b − t Q (Q = 0 on a straight segment),
//!
//! > W(s) F(s) = (1 − s) W_a F_a + s W_b F_b − t K − t (s − 1/2)(Q (F_b − F_a) + (W_b − W_a) B) + t² Q B + W(s) E(s)
//!
//! with K = (W_b − W_a)(F_b − F_a) + Q (F_a + F_b)/2 + (W_a + W_b) B/2. t is in [0, 1/4] and |t (s − 1/2)| ≤ 1/(12 √3) < 1/20.
//! |W(s)| ≤ V = max(|W_a|, |W_b|) + |Q|/4, so that |W(s) E(s)| ≤ V R; the terms before it are at most |Q| (|F_b − F_a| + |B|/2)/8 and
//! |(W_b − W_a) B|/20. Three products and one for the radius; with a bend two more. K is the bend of the pre-activation. A smooth σ makes
//! a bend of it ([`Curved`]); for a piecewise-linear σ it is put into the chord, as −K/8 ± |K|/8.
//!
//! **Rounding.** u is the unit roundoff, n the number of terms, G = max(|F_a|, |F_b|) + |B|/4 + R, and M ≥ |W| over the whole
//! segment. (1) The products err by γ_{n+1} V G, and K/4 by three times the same: one product after the other, each at most V G; the third, with B,
//! by three times again, as it is added to the first two. |(W_b − W_a) B|/20 is at most 2 V · 4 G/20 and errs by half of it. (2) W_a, W_b, Q each err by
//! at most 48 u M, W_b − W_a by 98 u M, which K/4 takes with the factor |F_b − F_a|/4 ≤ G/2, and (W_b − W_a) B/20 with |B|/20 ≤ G/5; (W_a + W_b)/2 by
//! 49 u M, with |B|/4 ≤ G; F_b − F_a by 2 u G. (3) The two operations that put in the bend err by 2 u V G. In all less than c (n + 8) u V G + 256 u M G
//! with c = 8, 4 if there is no B, and 1 at a point, where there is no K. The first term goes into the product for the radius, as R + c (n + 8) u G. The second is at most
//! 256 u (Σ_i G_i) max_i M_ji for the neuron j: no product. The radius itself is multiplied by 1 + 4 (n + 16) u for its own rounding, and `tiny`
//! added for underflow.

use super::arithmetic::{Arithmetic, larger, magnitude, smaller};
use super::segment::{FirstLevel, LayerCurve, Segment, reshaped};
use super::smooth::Curved;
use crate::arith::Number;
use crate::network::{Activation, Nonlinearity};
use nalgebra::DMatrix;

/// A level's values over an interval: (1 − s) start + s end ± radius, all [n, B].
#[derive(Clone)]
pub struct Chord<T> {
    pub start: DMatrix<T>,
    /// The same as `start`, and left out, where the interval is one point.
    pub end: Option<DMatrix<T>>,
    pub radius: DMatrix<T>,
}

/// A chord with a bend apart, of its shape.
#[derive(Clone)]
pub struct Bent<T> {
    pub chord: Chord<T>,
    /// K, or B: the value is the chord − s (1 − s) times this.
    pub bend: Option<DMatrix<T>>,
}

/// A layer over an interval of λ: everything that does not depend on the sample.
pub struct LayerChord<'a, T> {
    start: DMatrix<T>,
    over: Option<LayerChange<T>>,
    /// V ≥ |W(s)| up to rounding.
    size: DMatrix<T>,
    largest: &'a [T],
}

/// What a layer is besides its value at the start of the interval.
struct LayerChange<T> {
    end: DMatrix<T>,
    /// W_b − W_a.
    change: DMatrix<T>,
    /// (W_a + W_b)/2.
    middle: DMatrix<T>,
    /// Q, and |Q|/8.
    bend: Option<(DMatrix<T>, DMatrix<T>)>,
}

/// The layers 2, …, L of a segment over [a, b]; over the point a if b is left out.
pub fn layers_over<'a, F: Arithmetic>(
    float: &F,
    segment: &'a Segment<F::Scalar>,
    a: f64,
    b: Option<f64>,
) -> Vec<LayerChord<'a, F::Scalar>> {
    segment.layers.iter().map(|layer| LayerChord::new(float, layer, a, b)).collect()
}

impl<T: Number> Bent<T> {
    /// With a last row of ones, for the next layer: [n + 1, B].
    pub fn with_ones(self, zero: &T, one: &T) -> Self {
        let row = |matrix: DMatrix<T>, number: &T| {
            let rows = matrix.nrows();
            matrix.insert_row(rows, number.clone())
        };
        let Bent { chord: Chord { start, end, radius }, bend } = self;
        let chord = Chord { start: row(start, one), end: end.map(|end| row(end, one)), radius: row(radius, zero) };
        Bent { chord, bend: bend.map(|bend| row(bend, zero)) }
    }

    /// Columns that stand for the patches of one sample after the other, below one another: [P T, B] of [T, P B].
    pub fn reshaped(self, patches: usize) -> Self {
        let shape = |matrix: DMatrix<T>| reshaped(matrix, patches);
        let Bent { chord: Chord { start, end, radius }, bend } = self;
        Bent { chord: Chord { start: shape(start), end: end.map(shape), radius: shape(radius) }, bend: bend.map(shape) }
    }
}

impl<'a, T: Number> LayerChord<'a, T> {
    /// Over [a, b]; at the point a if b is left out.
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, layer: &'a LayerCurve<T>, a: f64, b: Option<f64>) -> Self {
        let start = layer.weights.at(&float.float(a));
        let mut size = start.map(|w| magnitude(&w));
        let over = b.map(|b| {
            let end = layer.weights.at(&float.float(b));
            size.zip_apply(&end, |v, w| *v = larger(v.clone(), magnitude(&w)));
            let bend = layer.weights.bend(&float.float(b).minus(&float.float(a)));
            let bend = bend.map(|bend| {
                let quarter = float.float(0.25);
                size.zip_apply(&bend, |v, q| *v = v.plus(&quarter.times(&magnitude(&q))));
                let eighth = float.float(0.125);
                let eighth_of = bend.map(|q| eighth.times(&magnitude(&q)));
                (bend, eighth_of)
            });
            let half = float.float(0.5);
            let middle = end.zip_map(&start, |b, a| half.times(&b.plus(&a)));
            LayerChange { change: end.zip_map(&start, |b, a| b.minus(&a)), middle, end, bend }
        });
        LayerChord { start, over, size, largest: &layer.largest }
    }

    /// W_m = (W_a + W_b)/2, the middle of what W(s) is on an interval of a straight segment; there is none at a point or on a curve. V is |W_m| more
    /// than what W(s) is away from it, |W_b − W_a|/2, as max(|x|, |y|) = |x + y|/2 + |x − y|/2.
    pub fn middle(&self) -> Option<&DMatrix<T>> {
        self.over.as_ref().filter(|over| over.bend.is_none()).map(|over| &over.middle)
    }

    /// The largest |w| of each row on the whole segment, and a bit more.
    pub fn largest(&self) -> &'a [T] {
        self.largest
    }

    /// The pre-activation [m, B] from the features [n + 1, B], the last row ones.
    pub fn apply<F: Arithmetic<Scalar = T>>(&self, float: &F, features: Bent<T>) -> Bent<T> {
        let kind = Kind { terms: features.chord.start.nrows(), bends: features.bend.is_some(), ..self.kind() };
        self.multiply(float, kind, &Factors::new(float, features, kind))
    }

    /// What it needs of features without a bend; how many are added up is not known yet.
    pub fn kind(&self) -> Kind {
        let is_curved = self.over.as_ref().is_some_and(|over| over.bend.is_some());
        Kind { terms: 0, moves: self.over.is_some(), bends: false, is_curved }
    }

    /// The pre-activation [m, B] from what is made of the features for this kind.
    pub fn multiply<F: Arithmetic<Scalar = T>>(&self, float: &F, kind: Kind, features: &impl Columns<F>) -> Bent<T> {
        let terms = kind.terms as f64;
        let sums = features.sums(float);
        let product = |weight: &DMatrix<T>, which| {
            let mut out = DMatrix::from_element(weight.nrows(), sums.len(), float.float(0.0));
            features.add_product(float, &mut out, weight, which);
            out
        };
        let mut radius = product(&self.size, |factors| &factors.spread);
        let start = product(&self.start, |factors| &factors.start);
        let end = self.over.as_ref().map(|over| product(&over.end, |factors| &factors.moving().end));
        let bend = self.over.as_ref().map(|over| over.bend(float, kind, features, &mut radius));
        let inflate = float.float(1.0 + 4.0 * (terms + 16.0) * float.unit_roundoff().max(f64::EPSILON / 2.0));
        let (import, tiny) = (float.float(256.0 * float.unit_roundoff()), float.tiny());
        for (mut column, sum) in radius.column_iter_mut().zip(&sums) {
            for (r, largest) in column.iter_mut().zip(self.largest) {
                *r = r.plus(&import.times(&sum.times(largest))).times(&inflate).plus(&tiny);
            }
        }
        Bent { chord: Chord { start, end, radius }, bend }
    }
}

/// What of some features a layer multiplies.
#[derive(Clone, Copy)]
pub struct Kind {
    /// How many features are added up: n.
    pub terms: usize,
    /// Whether the interval is more than a point: then ends are told apart even where the features do not move, as the weights do.
    pub moves: bool,
    /// Whether some features that are added up have a bend.
    pub bends: bool,
    /// Whether the weights have one.
    pub is_curved: bool,
}

/// One of the matrices of some features.
pub type Which<T> = fn(&Factors<T>) -> &DMatrix<T>;

/// Columns that a layer multiplies: features of samples, or patches of them.
pub trait Columns<F: Arithmetic> {
    /// out += weight · columns, of the matrix that is asked for; errs like [`Arithmetic::add_product`].
    fn add_product(
        &self,
        float: &F,
        out: &mut DMatrix<F::Scalar>,
        weight: &DMatrix<F::Scalar>,
        which: Which<F::Scalar>,
    );

    /// The sum of G over each column, or more.
    fn sums(&self, float: &F) -> Vec<F::Scalar>;
}

impl<F: Arithmetic> Columns<F> for Factors<F::Scalar> {
    fn add_product(
        &self,
        float: &F,
        out: &mut DMatrix<F::Scalar>,
        weight: &DMatrix<F::Scalar>,
        which: Which<F::Scalar>,
    ) {
        float.add_product(out, weight, which(self));
    }

    fn sums(&self, float: &F) -> Vec<F::Scalar> {
        column_sums(&self.size, &float.float(0.0))
    }
}

/// Features as a layer multiplies them, [n, B]: what is made of each is made once, before patches of them are gathered.
pub struct Factors<T> {
    start: DMatrix<T>,
    over: Option<Moving<T>>,
    /// R + c (n + 8) u G.
    spread: DMatrix<T>,
    /// G = max(|F_a|, |F_b|) + |B|/4 + R.
    pub size: DMatrix<T>,
}

/// What there is besides, over more than a point.
struct Moving<T> {
    end: DMatrix<T>,
    /// F_b − F_a.
    change: DMatrix<T>,
    /// B.
    bend: Option<DMatrix<T>>,
    /// (F_a + F_b)/2, and |F_b − F_a| + |B|/2.
    curved: Option<[DMatrix<T>; 2]>,
}

impl<T: Number> Factors<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, features: Bent<T>, kind: Kind) -> Self {
        let Bent { chord: Chord { start, end, radius }, bend } = features;
        let end = if kind.moves { Some(end.unwrap_or_else(|| start.clone())) } else { None };
        let bend = (kind.moves && kind.bends).then(|| bend.unwrap_or_else(|| start.map(|_| float.float(0.0))));
        let size = size(float, [&start, end.as_ref().unwrap_or(&start), &radius], bend.as_ref());
        let factor = match (&end, &bend) {
            (None, _) => 1.0,
            (Some(_), None) => 4.0,
            (Some(_), Some(_)) => 8.0,
        };
        let rounding = float.float(factor * (kind.terms as f64 + 8.0) * float.unit_roundoff());
        let spread = radius.zip_map(&size, |r, size| r.plus(&rounding.times(&size)));
        let over = end.map(|end| Moving::new(float, &start, end, bend, kind.is_curved));
        Factors { start, over, spread, size }
    }

    fn moving(&self) -> &Moving<T> {
        self.over.as_ref().expect(SAME)
    }
}

const SAME: &str = "factors of one product are of one kind";

impl<T: Number> Moving<T> {
    fn new<F: Arithmetic<Scalar = T>>(
        float: &F,
        start: &DMatrix<T>,
        end: DMatrix<T>,
        bend: Option<DMatrix<T>>,
        is_curved: bool,
    ) -> Self {
        let half = float.float(0.5);
        let change = end.zip_map(start, |b, a| b.minus(&a));
        let curved = is_curved.then(|| {
            let mut reach = change.map(|d| magnitude(&d));
            if let Some(bend) = &bend {
                reach.zip_apply(bend, |d, bend| *d = d.plus(&half.times(&magnitude(&bend))));
            }
            [end.zip_map(start, |b, a| half.times(&b.plus(&a))), reach]
        });
        Moving { end, change, bend, curved }
    }

    fn bend(&self) -> &DMatrix<T> {
        self.bend.as_ref().expect(SAME)
    }

    fn curved(&self) -> &[DMatrix<T>; 2] {
        self.curved.as_ref().expect(SAME)
    }
}

impl<T: Number> LayerChord<'_, T> {
    /// A pre-activation [m, B] plus this column of biases [m, 1], whose bend adds to its bend.
    ///
    /// Rounding: values and bend of a bias err by 48 u M (see `segment`), and a sum by u of itself, with the bend quartered.
    pub fn add_to<F: Arithmetic<Scalar = T>>(&self, float: &F, mut pre_activation: Bent<T>) -> Bent<T> {
        let Bent { chord: Chord { start, end, radius }, bend } = &mut pre_activation;
        let (import, unit) = (float.float(256.0 * float.unit_roundoff()), float.float(4.0 * float.unit_roundoff()));
        let column = |matrix: &mut DMatrix<T>, biases: &DMatrix<T>| {
            matrix.column_iter_mut().for_each(|mut column| column.zip_apply(biases, |x, b| *x = x.plus(&b)));
        };
        column(start, &self.start);
        if let (Some(over), Some(end)) = (&self.over, end.as_mut()) {
            column(end, &over.end);
            if let (Some((biases, _)), Some(bend)) = (&over.bend, bend.as_mut()) {
                column(bend, biases);
            }
        }
        let end = end.as_ref().unwrap_or(start);
        for (i, r) in radius.iter_mut().enumerate() {
            let bent = bend.as_ref().map_or_else(|| float.float(0.0), |bend| magnitude(&bend[i]));
            let size = larger(magnitude(&start[i]), magnitude(&end[i])).plus(&bent);
            let error = import.times(&self.largest[i % self.largest.len()]);
            *r = r.plus(&unit.times(&size)).plus(&error).plus(&float.tiny());
        }
        pre_activation
    }
}

impl<T: Number> LayerChange<T> {
    /// K; what else does not vanish with R goes into the radius.
    fn bend<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        kind: Kind,
        features: &impl Columns<F>,
        radius: &mut DMatrix<T>,
    ) -> DMatrix<T> {
        let zeros = || DMatrix::from_element(radius.nrows(), radius.ncols(), float.float(0.0));
        let (mut bend, mut skew) = (zeros(), kind.bends.then(zeros));
        features.add_product(float, &mut bend, &self.change, |factors| &factors.moving().change);
        if let Some((quadratic, _)) = &self.bend {
            features.add_product(float, &mut bend, quadratic, |factors| &factors.moving().curved()[0]);
        }
        if let Some(skew) = &mut skew {
            features.add_product(float, &mut bend, &self.middle, |factors| factors.moving().bend());
            features.add_product(float, skew, &self.change, |factors| factors.moving().bend());
            let twentieth = float.float(0.05);
            radius.zip_apply(skew, |r, skew| *r = r.plus(&twentieth.times(&magnitude(&skew))));
        }
        if let Some((_, eighth)) = &self.bend {
            features.add_product(float, radius, eighth, |factors| &factors.moving().curved()[1]);
        }
        bend
    }
}

/// G = max(|F_a|, |F_b|) + |B|/4 + R.
fn size<F: Arithmetic>(
    float: &F,
    [start, end, radius]: [&DMatrix<F::Scalar>; 3],
    bend: Option<&DMatrix<F::Scalar>>,
) -> DMatrix<F::Scalar> {
    let mut size = start.zip_zip_map(end, radius, |a, b, r| larger(magnitude(&a), magnitude(&b)).plus(&r));
    if let Some(bend) = bend {
        let quarter = float.float(0.25);
        size.zip_apply(bend, |size, bend| *size = size.plus(&quarter.times(&magnitude(&bend))));
    }
    size
}

/// The sum of each column.
fn column_sums<T: Number>(matrix: &DMatrix<T>, zero: &T) -> Vec<T> {
    match matrix.nrows() {
        0 => vec![zero.clone(); matrix.ncols()],
        rows => matrix.as_slice().chunks_exact(rows).map(|column| sum(column, zero)).collect(),
    }
}

/// The sum of all numbers, in four parts that a core adds up side by side.
fn sum<T: Number>(numbers: &[T], zero: &T) -> T {
    let mut parts = [(); 4].map(|()| zero.clone());
    let (fours, rest) = numbers.as_chunks::<4>();
    for four in fours {
        parts.iter_mut().zip(four).for_each(|(part, x)| *part = part.plus(x));
    }
    parts.iter_mut().zip(rest).for_each(|(part, x)| *part = part.plus(x));
    parts.iter().fold(zero.clone(), |sum, x| sum.plus(x))
}

/// The first layer's pre-activation over [a, b], or at the point a.
pub fn first_level<F: Arithmetic>(float: &F, level: &FirstLevel<F::Scalar>, a: f64, b: Option<f64>) -> Bent<F::Scalar> {
    let start = level.pre_activation.at(&float.float(a));
    let end = b.map(|b| level.pre_activation.at(&float.float(b)));
    let bend = b.and_then(|b| level.pre_activation.bend(&float.float(b).minus(&float.float(a))));
    Bent { chord: Chord { start, end, radius: level.error.clone() }, bend }
}

/// σ over floats, with what its rounding needs.
pub enum Sigma<T> {
    /// x ↦ x, of a convolution before a pool or a normalisation.
    Identity,
    PiecewiseLinear(Pieces<T>),
    Smooth(Box<Curved<T>>),
}

impl<T: Number> Sigma<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, activation: &Nonlinearity) -> Self {
        match activation {
            Nonlinearity::PiecewiseLinear(activation) if *activation == Activation::identity() => Sigma::Identity,
            Nonlinearity::PiecewiseLinear(activation) => Sigma::PiecewiseLinear(Pieces::new(float, activation)),
            Nonlinearity::Smooth(smooth) => Sigma::Smooth(Box::new(Curved::new(float, smooth))),
        }
    }
}

/// Whether nothing overflowed.
pub fn is_finite<F: Arithmetic>(float: &F, chord: &Chord<F::Scalar>, bend: Option<&DMatrix<F::Scalar>>) -> bool {
    let matrices = [Some(&chord.start), chord.end.as_ref(), Some(&chord.radius), bend];
    matrices.into_iter().flatten().all(|matrix| are_finite(float, matrix))
}

/// Whether no number is an overflow, or a NaN.
pub fn are_finite<F: Arithmetic>(float: &F, matrix: &DMatrix<F::Scalar>) -> bool {
    let huge = float.huge();
    // A NaN fails the comparison too. Many are compared before it is asked how they fared: a core compares several at a time.
    matrix.as_slice().chunks(256).all(|some| some.iter().fold(true, |all, x| all & (magnitude(x) < huge)))
}

/// How σ passes an error over an interval: with E of its radius r, σ moves by c E, and by no more than its new radius less |c| r
/// besides.
pub struct Passage<T> {
    /// c of each entry; none where the features do not move.
    pub slopes: Vec<T>,
    /// The bend that was put into the chord, if there was one.
    pub bend: Option<DMatrix<T>>,
}

/// σ of a pre-activation [m, B], and how errors pass it, if that is asked for. `None` if something overflowed.
pub fn activate<F: Arithmetic>(
    float: &F,
    sigma: &Sigma<F::Scalar>,
    pre_activation: Bent<F::Scalar>,
    mut passage: Option<&mut Passage<F::Scalar>>,
) -> Option<Bent<F::Scalar>> {
    let Bent { mut chord, bend } = match sigma {
        Sigma::PiecewiseLinear(_) => {
            let (chord, bend) = straighten(float, pre_activation);
            if let Some(passage) = &mut passage {
                passage.bend = bend;
            }
            Bent { chord, bend: None }
        }
        Sigma::Identity | Sigma::Smooth(_) => pre_activation,
    };
    let slopes = passage.map(|passage| {
        passage.slopes.reserve(chord.start.len());
        &mut passage.slopes
    });
    let zero = float.float(0.0);
    let mut bend = match (sigma, &chord.end) {
        (Sigma::Smooth(_), Some(end)) => Some(bend.unwrap_or_else(|| end.map(|_| zero.clone()))),
        (Sigma::Identity, _) => bend,
        _ => None,
    };
    if !is_finite(float, &chord, bend.as_ref()) {
        return None;
    }
    match sigma {
        Sigma::Identity => {}
        Sigma::PiecewiseLinear(pieces) => pieces.activate(float, &mut chord, slopes),
        Sigma::Smooth(curved) => {
            let over = chord.end.as_mut().zip(bend.as_mut());
            let over = over.map(|(end, bend)| (end.as_mut_slice(), bend.as_mut_slice()));
            curved.activate(float, chord.start.as_mut_slice(), over, chord.radius.as_mut_slice(), slopes)?;
        }
    }
    Some(Bent { chord, bend })
}

/// A piecewise-linear σ over floats.
pub struct Pieces<T> {
    breakpoints: Vec<T>,
    slopes: Vec<T>,
    intercepts: Vec<T>,
    /// max |slope|.
    steepest: T,
    /// max over the pieces of |intercept| and steepest·|breakpoint|.
    offset: T,
}

impl<T: Number> Pieces<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, activation: &Activation) -> Self {
        let import = |values: &[rug::Rational]| -> Vec<T> { values.iter().map(|x| float.import(x)).collect() };
        let (breakpoints, slopes) = (import(activation.breakpoints()), import(activation.slopes()));
        let intercepts = import(activation.intercepts());
        let largest = |values: &[T]| values.iter().map(magnitude).fold(float.float(0.0), larger);
        let steepest = largest(&slopes);
        let offset = larger(largest(&intercepts), steepest.times(&largest(&breakpoints)));
        Pieces { breakpoints, slopes, intercepts, steepest, offset }
    }

    fn piece(&self, x: &T) -> usize {
        match &self.breakpoints[..] {
            // ReLU's: nearly all that is looked up.
            [breakpoint] => usize::from(breakpoint < x),
            breakpoints => breakpoints.partition_point(|breakpoint| breakpoint < x),
        }
    }

    fn evaluate(&self, x: &T) -> T {
        let piece = self.piece(x);
        self.slopes[piece].times(x).plus(&self.intercepts[piece])
    }

    /// The least and the largest slope on [low, high].
    fn slopes_on(&self, low: &T, high: &T) -> [T; 2] {
        let slopes = &self.slopes[self.piece(low)..=self.piece(high)];
        slopes[1..].iter().fold([slopes[0].clone(), slopes[0].clone()], |[least, most], slope| {
            if *slope < least { [slope.clone(), most] } else { [least, larger(most, slope.clone())] }
        })
    }

    /// The largest |slope| on [low, high].
    fn steepest_on(&self, low: &T, high: &T) -> T {
        let [least, most] = self.slopes_on(low, high);
        larger(magnitude(&least), magnitude(&most))
    }

    /// How far σ on the straight line from a to b lies from the chord of its values σ(a), σ(b): (lowest, highest), which
    /// contain 0. Only breakpoints between a and b count.
    fn sag(&self, a: &T, b: &T, values: (&T, &T), zero: &T) -> (T, T) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let first = self.breakpoints.partition_point(|breakpoint| breakpoint <= low);
        let inside = self.breakpoints[first..].iter().take_while(|breakpoint| *breakpoint < high);
        let rise = values.1.minus(values.0);
        let run = b.minus(a);
        inside.fold((zero.clone(), zero.clone()), |(lowest, highest), breakpoint| {
            let share = breakpoint.minus(a).over(&run);
            let sag = self.evaluate(breakpoint).minus(&values.0.plus(&share.times(&rise)));
            if sag < lowest { (sag, highest) } else { (lowest, larger(highest, sag)) }
        })
    }

    /// Puts σ of a chord in its place.
    ///
    /// With the bend put in, p(s) = (1 − s) p_a + s p_b ± r lies in [l, h] = [min − r, max + r]. There σ has a largest
    /// |slope| S, so that the radius r becomes S r. On the chord itself σ differs from the chord of its values by a *sag*
    /// between its extremes at the breakpoints inside (p_a, p_b): half of it moves the chord, half widens the radius.
    ///
    /// Rounding, with S* the largest slope of all, |p| ≤ size = max(|p_a|, |p_b|) + r, and `offset` from [`Pieces`]: slopes,
    /// breakpoints and intercepts are imported with a relative error u, σ is evaluated in two operations, and a wrong piece
    /// is taken only within 2 u |breakpoint| of a breakpoint: a value errs by at most e = 16 u (S* size + offset). The sag
    /// errs by 2 e for the values in it; the share is in [0, 1] and errs by 4 u size / |run|, which counts with |rise| ≤
    /// S* |run| + 2 e: whether |run| is above 4 u size or below, at most 3 e. A breakpoint that rounding moves out of
    /// (p_a, p_b) had a sag below e. Moving the chord costs 2 u (…) more: in all less than 16 e. The slopes are looked up
    /// 16 u size beyond [l, h], which covers the rounding of l, h and of the breakpoints.
    fn activate<F: Arithmetic<Scalar = T>>(&self, float: &F, chord: &mut Chord<T>, mut passed: Option<&mut Vec<T>>) {
        let u = float.unit_roundoff();
        let (rounding, fuzz) = (float.float(256.0 * u), float.float(16.0 * u));
        let inflate = float.float(1.0 + 32.0 * u.max(f64::EPSILON / 2.0));
        let (zero, half, tiny) = (float.float(0.0), float.float(0.5), float.tiny());
        let error = |size: &T| rounding.times(&self.steepest.times(size).plus(&self.offset));
        match &mut chord.end {
            None => {
                for (p, r) in chord.start.iter_mut().zip(chord.radius.iter_mut()) {
                    let size = magnitude(p).plus(r);
                    let reach = r.plus(&fuzz.times(&size));
                    let slope = self.steepest_on(&p.minus(&reach), &p.plus(&reach));
                    *r = slope.times(r).plus(&error(&size)).times(&inflate).plus(&tiny);
                    *p = self.evaluate(p);
                }
            }
            Some(end) => {
                for ((a, b), r) in chord.start.iter_mut().zip(end.iter_mut()).zip(chord.radius.iter_mut()) {
                    let size = larger(magnitude(a), magnitude(b)).plus(r);
                    let reach = r.plus(&fuzz.times(&size));
                    let low = smaller(a.clone(), b.clone()).minus(&reach);
                    let high = larger(a.clone(), b.clone()).plus(&reach);
                    let piece = self.piece(&low);
                    if piece == self.piece(&high) {
                        // No breakpoint is near: no sag.
                        let (slope, intercept) = (&self.slopes[piece], &self.intercepts[piece]);
                        *r = magnitude(slope).times(r).plus(&error(&size)).times(&inflate).plus(&tiny);
                        (*a, *b) = (slope.times(a).plus(intercept), slope.times(b).plus(intercept));
                        if let Some(passed) = &mut passed {
                            passed.push(slope.clone());
                        }
                        continue;
                    }
                    let [least, most] = self.slopes_on(&low, &high);
                    let slope = larger(magnitude(&least), magnitude(&most));
                    if let Some(passed) = &mut passed {
                        passed.push(half.times(&least.plus(&most)));
                    }
                    let values = (self.evaluate(a), self.evaluate(b));
                    let (lowest, highest) = self.sag(a, b, (&values.0, &values.1), &zero);
                    let (shift, width) = (half.times(&highest.plus(&lowest)), half.times(&highest.minus(&lowest)));
                    *r = slope.times(r).plus(&width).plus(&error(&size)).times(&inflate).plus(&tiny);
                    (*a, *b) = (values.0.plus(&shift), values.1.plus(&shift));
                }
            }
        }
    }
}

/// Puts the bend into the chord: −K/8 ± |K|/8. The bend is returned.
///
/// Its rounding is part of the layer's bound; that of the sum in the radius is covered by what uses the radius next.
fn straighten<F: Arithmetic>(
    float: &F,
    pre_activation: Bent<F::Scalar>,
) -> (Chord<F::Scalar>, Option<DMatrix<F::Scalar>>) {
    let Bent { mut chord, bend } = pre_activation;
    if let Some(bend) = &bend {
        let eighth = float.float(0.125);
        let end = chord.end.as_mut().expect("a bend belongs to an interval");
        let ends = chord.start.iter_mut().zip(end.iter_mut());
        for ((k, (a, b)), r) in bend.iter().zip(ends).zip(chord.radius.iter_mut()) {
            let shift = eighth.times(k);
            *a = a.minus(&shift);
            *b = b.minus(&shift);
            *r = r.plus(&magnitude(&shift));
        }
    }
    (chord, bend)
}
