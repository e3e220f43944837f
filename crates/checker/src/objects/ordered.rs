//! **Neurons in order**: L = 2, σ(x) = max(x, 0) + s min(x, 0), n = n_1 ≥ 2 neurons, and N = n + 1 samples *used*. The other
//! samples, if there are any, only add to the loss.
//!
//! *To one dimension.* The inputs of the samples used are X_i = a + t_i q, a = X_1, q = X_N − X_1, with t_1 < … < t_N. There
//! the output in the direction u ≠ 0 is F u = Σ v_j σ(w_j t + b_j) + const, v = W_2 u, w = qᵀW_1, b = aᵀW_1 + b_1. As
//! ‖(F − Y) u‖ ≤ ‖F − Y‖ ‖u‖, a bound β on ½‖F u − y‖², y = Y u, is one of β/‖u‖² on Φ. From here on F is F u, as a function
//! of t, and Φ is ½ Σ (F(t_i) − y_i)².
//!
//! *Notation.* δ_i = y_(i+1) − y_i are the steps, g_i = δ_i/(t_(i+1) − t_i), and γ_i = g_(i+1) − g_i = a_i·y the second
//! differences, a_i = (1/h, −1/h − 1/k, 1/k) with the two distances h, k. They alternate strictly; c is the sign of γ_1. Let
//! p = −c if some step has the sign −c, else p = c: then some step has the sign p, as not all are 0. On S
//! - v has the signs −c, c, −c, …, and w has signs e with e_1 = e_2 and v_j w_j of the sign −p for j ≥ 2;
//! - the kinks t = −b_j/w_j ascend: e_i e_j (b_i w_j − b_j w_i) > 0 for i < j.
//!
//! f is the least of these n + n + n (n − 1)/2 numbers, each with its sign: continuous, and positive on S. Two theorems:
//!
//! 1. The targets alternate (so that γ does, and the first step has the sign −c = p), 0 ≤ s < 1, or −1 ≤ s < 0 and N even:
//!    where f = 0, Φ ≥ β = ¼ min δ².
//! 2. γ alternates, 0 ≤ s < 1: where f = 0, Φ ≥ β = min(¼ δ², γ_i²/(2‖a_i‖²)), with δ the largest step of the sign p.
//!
//! *Proof.* Let f = 0 and Φ < β.
//!
//! (i) *There is a d_i inside each segment from t_i to t_(i+1) with F′(d_(i+1)) − F′(d_i) of the sign of γ_i.* In 1., the
//! residuals r = F − y have (r_(i+1) − r_i)² ≤ 2 (r_i² + r_(i+1)²) ≤ 4Φ < δ_i², so that F moves strictly the way of δ_i, and
//! has at some d_i a derivative of its sign; γ_i has the sign of δ_(i+1). In 2., (a_i·r)² ≤ ‖a_i‖² 2Φ < γ_i²: the mean
//! slopes G_i of F on the segments have G_(i+1) − G_i = a_i·F of the sign of γ_i. They go up and down in turn; choose d_i
//! with F′(d_i) ≥ G_i where G_i is above its neighbours, and with F′(d_i) ≤ G_i where it is below: G_i is the mean of F′.
//!
//! (ii) *F bends at N − 2 places exactly, by γ_1, γ_2, … in sign.* Between d_i and d_(i+1) lies a bend of the sign of γ_i,
//! and these N − 2 intervals are disjoint. But as f = 0, some neuron is dead (v_j w_j = 0), or all are alive and two kinks
//! coincide: at most N − 2 places. So one neuron is dead and the kinks of the others are distinct, or none is dead and two
//! kinks, neighbours, coincide. The kinks of living neurons do not descend, as f = 0.
//!
//! (iii) *All that bends has v w of the sign −p.* A living neuron j bends by (1 − s) |w_j| v_j, of the sign of v_j. If the
//! first neuron is alive and alone at its kink, the first bend has the sign −c, and not that of γ_1. So it is dead, or
//! coincides with the second; then, as e_1 = e_2, both together are (v_1 |w_1| + v_2 |w_2|) σ(e_2 (t − t_2)), and as the
//! bend has the sign of γ_1, which is that of v_2, so has the factor. All other neurons have v_j w_j of the sign −p.
//!
//! (iv) *Contradiction.* If s ≥ 0, σ never falls, so F never moves the way of p. But by (r_(i+1) − r_i)² < δ² as in (i) it
//! does at a step of this sign. If s < 0, no bend is left of d_1 or right of d_(N−1): the slopes of F at −∞ and +∞ have the
//! signs of δ_1 and δ_(N−1), which are both p, as N is even. But their sum is (1 + s) Σ v_j w_j, with 1 + s ≥ 0. ∎
//!
//! In 2. a network in S with loss 0 exists for 0 < s < 1, and for s = 0 if p = −c; that is not used here.

use crate::rational::Rational;
use crate::{
    certificate::object::Function,
    finding::Unproved,
    matrix::{Matrix, Reading},
    state::{Setting, State},
    verdict::{Part, Rejection},
};
use num_bigint::{BigInt, Sign};
use num_traits::{One, Signed, Zero};

/// S, and the bound β on the loss where f is 0.
pub struct Order {
    /// The first and the last one of the samples used.
    ends: [usize; 2],
    /// u, `[m, 1]`.
    direction: Matrix,
    /// The sign of v_1.
    first_outgoing: Sign,
    /// The sign of w_1 and w_2.
    first_incoming: Sign,
    /// β.
    pub barrier: Rational,
}

impl Order {
    /// What the data say of S; there is one hidden layer.
    pub fn new(setting: &Setting, targets: &Matrix, function: &Function, reading: Reading) -> Result<Order, Rejection> {
        let used = used(setting, function.samples.as_deref())?;
        let direction = direction(targets, function, reading)?;
        let rows = |matrix: &Matrix| matrix.rows_at(&used).ok_or(Unproved::Samples);
        let places = places(&rows(&setting.inputs)?, &used)?;
        let outputs = rows(targets)?.times(&direction);
        let data = Data::new(&places, &outputs.num());
        let (way, least) = data.way_and_least_square(setting, &used)?;
        let bend = data.bends[0].sign();
        let norm = squared_norm(&direction);
        Ok(Order {
            ends: [used[0], used[used.len() - 1]],
            direction,
            first_outgoing: -bend,
            first_incoming: -way * bend,
            barrier: least / Rational::from(outputs.den() * outputs.den()) / norm,
        })
    }

    /// The sign of f.
    ///
    /// At the first and the last sample used, t = 0 and t = 1: there the pre-activations are b and w + b.
    pub fn sign(&self, state: &State) -> Sign {
        let [at, to] = self.ends.map(|sample| state.pre(1).row(sample));
        let outgoing = state.layer(2).weight.times(&self.direction);
        let turned = |j: usize| if j != 0 && j.is_multiple_of(2) { -self.first_incoming } else { self.first_incoming };
        let bent = |j: usize| if j.is_multiple_of(2) { self.first_outgoing } else { -self.first_outgoing };
        let of_neuron = (0..at.len())
            .flat_map(|j| [turned(j) * (&to[j] - &at[j]).sign(), bent(j) * outgoing.numbers().at(j).sign()]);
        let pairs = (0..at.len()).flat_map(|i| (i + 1..at.len()).map(move |j| (i, j)));
        // b_i w_j − b_j w_i.
        let of_pair = pairs.map(|(i, j)| turned(i) * turned(j) * (&at[i] * &to[j] - &at[j] * &to[i]).sign());
        of_neuron.chain(of_pair).min().unwrap_or(Sign::NoSign)
    }
}

/// The samples used: all of them, if none are named.
fn used(setting: &Setting, named: Option<&[usize]>) -> Result<Vec<usize>, Rejection> {
    let (neurons, samples) = (setting.widths[1], setting.samples());
    let Some(named) = named else {
        let fits = neurons >= 2 && samples == neurons + 1;
        return if fits { Ok((0..samples).collect()) } else { Err(Unproved::Function.into()) };
    };
    let mut sorted = named.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let fits = neurons >= 2 && named.len() == neurons + 1 && sorted.len() == named.len();
    if fits && named.iter().all(|&sample| sample < samples) {
        Ok(named.to_vec())
    } else {
        Err(Unproved::Samples.into())
    }
}

/// u; 1 for a single output, if none is given.
fn direction(targets: &Matrix, function: &Function, reading: Reading) -> Result<Matrix, Rejection> {
    match &function.direction {
        Some(given) => {
            let direction = Matrix::read(given, Part::Object("direction"), (targets.cols(), 1), reading)?;
            if direction.is_zero() { Err(Unproved::Direction.into()) } else { Ok(direction) }
        }
        None if targets.cols() == 1 => Ok(targets.with((1, 1), vec![BigInt::one()], BigInt::one())),
        None => Err(Unproved::Direction.into()),
    }
}

/// t, times a positive factor: the inputs are on a line, and ascend on it.
fn places(inputs: &Matrix, used: &[usize]) -> Result<Vec<BigInt>, Rejection> {
    let difference = |i: usize| -> Vec<BigInt> {
        inputs.row(i).iter().zip(inputs.row(0).iter()).map(|(input, first)| input - first).collect()
    };
    let line = difference(used.len() - 1);
    let along = |row: &[BigInt]| row.iter().zip(&line).map(|(entry, step)| entry * step).sum::<BigInt>();
    let length = along(&line);
    let mut places = Vec::with_capacity(used.len());
    for (i, &sample) in used.iter().enumerate() {
        let row = difference(i);
        let place = along(&row);
        if row.iter().zip(&line).any(|(entry, step)| entry * &length != step * &place) {
            return Err(Unproved::NotCollinear { sample }.into());
        }
        places.push(place);
    }
    match places.windows(2).position(|pair| pair[0] >= pair[1]) {
        Some(i) => Err(Unproved::NotAscending { sample: used[i] }.into()),
        None => Ok(places),
    }
}

/// Steps and second differences of y, over its denominator.
struct Data {
    /// δ_i.
    steps: Vec<BigInt>,
    /// γ_i h k.
    bends: Vec<BigInt>,
    /// ‖a_i‖² h² k².
    norms: Vec<BigInt>,
}

impl Data {
    fn new(places: &[BigInt], outputs: &[BigInt]) -> Data {
        let differences = |list: &[BigInt]| list.windows(2).map(|pair| &pair[1] - &pair[0]).collect::<Vec<BigInt>>();
        let (steps, distances) = (differences(outputs), differences(places));
        let pairs = || distances.windows(2);
        Data {
            bends: pairs().zip(steps.windows(2)).map(|(d, step)| &step[1] * &d[0] - &step[0] * &d[1]).collect(),
            norms: pairs().map(|d| (&d[0] * &d[0] + &d[0] * &d[1] + &d[1] * &d[1]) * 2).collect(),
            steps,
        }
    }

    /// p, and β over the square of the denominator.
    fn way_and_least_square(&self, setting: &Setting, used: &[usize]) -> Result<(Sign, Rational), Rejection> {
        let turn = -self.bends[0].sign();
        let way = if self.steps.iter().any(|step| step.sign() == turn) { turn } else { -turn };
        let quarter = |steps: Option<&BigInt>| steps.map(|step| Rational::new(step * step, 4.into()));
        let slope = hinge(setting).ok_or(Unproved::NoHinge)?;
        let by_size = |step: &&BigInt| step.abs();
        if alternates(&self.steps).is_none() {
            let even = used.len().is_multiple_of(2);
            let least = quarter(self.steps.iter().min_by_key(by_size)).filter(|_| !slope.is_negative() || even);
            return Ok((way, least.ok_or(Unproved::NoHinge)?));
        }
        if let Some(i) = alternates(&self.bends) {
            return Err(Unproved::SecondDifferences { sample: used[i + 1] }.into());
        }
        let largest = self.steps.iter().filter(|step| step.sign() == way).max_by_key(by_size);
        let step = quarter(largest).filter(|_| !slope.is_negative()).ok_or(Unproved::NoHinge)?;
        let bends = self.bends.iter().zip(&self.norms);
        let bends = bends.map(|(bend, norm)| Rational::new(bend * bend, norm * 2));
        Ok((way, bends.fold(step, Ord::min)))
    }
}

/// Where numbers, none of them 0, do not change their sign first.
fn alternates(numbers: &[BigInt]) -> Option<usize> {
    let first = numbers.first().filter(|number| number.is_zero()).map(|_| 0);
    first.or_else(|| (1..numbers.len()).find(|&i| !(&numbers[i] * &numbers[i - 1]).is_negative()))
}

/// The sign of s, if σ(x) = max(x, 0) + s min(x, 0) with −1 ≤ s < 1.
fn hinge(setting: &Setting) -> Option<BigInt> {
    let (pieces, den) = setting.activation.pieces();
    match pieces.collect::<Vec<_>>()[..] {
        // Two lines through 0 meet there.
        [(slope, left), (one, right)] if left.is_zero() && right.is_zero() && one == den => {
            (slope < den && -slope <= *den).then(|| slope.clone())
        }
        _ => None,
    }
}

fn squared_norm(direction: &Matrix) -> Rational {
    let sum: BigInt = direction.num().iter().map(|entry| entry * entry).sum();
    Rational::new(sum, direction.den() * direction.den())
}
