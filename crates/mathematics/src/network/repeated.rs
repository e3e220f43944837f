//! A loss where samples share inputs, as a function of one output for each distinct input.
//!
//! Samples with equal inputs have equal outputs, F = F̄(e) with e(i) the input of sample i. With W_g the sum of the weights
//! w_i of the samples of input g:
//! - equal targets: the loss of F̄ with these targets and the weights W;
//! - **squares**, other targets: Σ_{e(i)=g} w_i ‖F̄_g − Y_i‖² = W_g ‖F̄_g − Ȳ_g‖² + Σ w_i ‖Y_i − Ȳ_g‖² with the weighted mean Ȳ_g,
//!   the last sum a constant;
//! - **cross-entropies**, other targets: they are linear in the (soft) labels, so that the weighted mean T̄_g takes their place;
//! - **hinge**, other labels: no loss of this form.

use super::loss::{Criterion, Loss};
use nalgebra::DMatrix;
use rug::Rational;

/// φ(F̄(e)) = loss(F̄) + constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDistinct {
    /// The loss on one row an input.
    pub loss: Loss,
    /// What no output can avoid.
    pub constant: Rational,
}

impl Loss {
    /// The loss as a function of one row of `outputs` outputs for each of the distinct inputs, `row[i]` being the one of
    /// sample i; every row 0, 1, …, max occurs. `None` for a hinge loss where samples with equal inputs have different labels.
    ///
    /// # Panics
    /// If there are not as many rows as samples.
    pub fn on_distinct(&self, row: &[usize], outputs: usize) -> Option<OnDistinct> {
        assert_eq!(row.len(), self.criterion().samples(), "one row a sample");
        let groups = Groups::new(row, self.weights());
        let agree = |differ: &dyn Fn(usize, usize) -> bool| {
            row.iter().enumerate().all(|(sample, &group)| !differ(groups.first[group], sample))
        };
        let criterion = match self.criterion() {
            Criterion::Square(targets) => Criterion::Square(groups.mean(targets)),
            Criterion::MeanSquare(targets) => Criterion::MeanSquare(groups.mean(targets)),
            Criterion::SoftCrossEntropy(targets) => Criterion::SoftCrossEntropy(groups.mean(targets)),
            Criterion::BinaryCrossEntropy(targets) => Criterion::BinaryCrossEntropy(groups.mean(targets)),
            Criterion::CrossEntropy(labels) if agree(&|a, b| labels[a] != labels[b]) => {
                Criterion::CrossEntropy(groups.first.iter().map(|&sample| labels[sample]).collect())
            }
            Criterion::CrossEntropy(labels) => {
                let unit = DMatrix::from_fn(labels.len(), outputs, |i, j| Rational::from(u8::from(labels[i] == j)));
                Criterion::SoftCrossEntropy(groups.mean(&unit))
            }
            Criterion::Hinge(labels) => {
                if !agree(&|a, b| labels[a] != labels[b]) {
                    return None;
                }
                Criterion::Hinge(groups.first.iter().map(|&sample| labels[sample]).collect())
            }
        };
        let constant = match &criterion {
            Criterion::Square(means) | Criterion::MeanSquare(means) => {
                self.enclose(&means.select_rows(row)).lo().clone()
            }
            _ => Rational::new(),
        };
        let loss = Loss::new(criterion).expect("means of targets are targets");
        Some(OnDistinct { loss: loss.weighted(groups.weight).expect("the weights are not all 0"), constant })
    }
}

/// The samples by their inputs.
struct Groups<'a> {
    row: &'a [usize],
    /// w.
    sample_weight: Vec<Rational>,
    /// W.
    weight: Vec<Rational>,
    /// The first sample of each.
    first: Vec<usize>,
}

impl<'a> Groups<'a> {
    fn new(row: &'a [usize], weights: Option<&[Rational]>) -> Self {
        let count = row.iter().max().map_or(0, |largest| largest + 1);
        let sample_weight = weights.map_or_else(|| vec![Rational::from(1); row.len()], <[_]>::to_vec);
        let mut weight = vec![Rational::new(); count];
        let mut first = vec![usize::MAX; count];
        for (sample, (&group, w)) in row.iter().zip(&sample_weight).enumerate() {
            weight[group] += w;
            first[group] = first[group].min(sample);
        }
        Self { row, sample_weight, weight, first }
    }

    /// The weighted mean of the rows of each group; the first row of one that does not count.
    fn mean(&self, targets: &DMatrix<Rational>) -> DMatrix<Rational> {
        let mut means = DMatrix::from_element(self.weight.len(), targets.ncols(), Rational::new());
        for (sample, (&group, w)) in self.row.iter().zip(&self.sample_weight).enumerate() {
            if self.weight[group].is_zero() {
                means.set_row(group, &targets.row(self.first[group]));
                continue;
            }
            let share = Rational::from(w / &self.weight[group]);
            let mut mean = means.row_mut(group);
            mean.iter_mut().zip(targets.row(sample).iter()).for_each(|(mean, t)| *mean += Rational::from(t * &share));
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{DataSet, LossKind, Targets};
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
        DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
    }

    proptest! {
        /// Both sides of φ(F̄(e)) = loss(F̄) + constant, for every loss, weights, and targets that agree or not.
        #[test]
        fn the_loss_is_the_same(
            rows in prop::collection::vec(0..3usize, 4),
            labels in prop::collection::vec(0..3usize, 7),
            values in prop::collection::vec(0..=4i32, 21),
            weights in prop::collection::vec(0..4u32, 6),
            outputs in prop::collection::vec(-3..=3i32, 9),
            agree: bool,
        ) {
            let row: Vec<usize> = [0, 1, 2].into_iter().chain(rows).collect();
            let representative = |i: usize| if agree { row[i] } else { i };
            let labels: Vec<usize> = (0..7).map(|i| labels[representative(i)]).collect();
            let values = DMatrix::from_fn(7, 3, |i, j| Rational::from((values[3 * representative(i) + j], 4)));
            let weights: Vec<Rational> = [1].into_iter().chain(weights).map(Rational::from).collect();
            let inputs = matrix(7, 1, &[0; 7]);
            let output = matrix(3, 3, &outputs);
            for kind in LossKind::ALL {
                for targets in [Targets::Labels(labels.clone()), Targets::Values(values.clone())] {
                    let Ok(plain) = Loss::from_data(kind, &DataSet { inputs: inputs.clone().into(), targets }, 3) else { continue };
                    for loss in [plain.clone(), plain.weighted(weights.clone()).unwrap()] {
                        let Some(found) = loss.on_distinct(&row, 3) else {
                            prop_assert!(kind == LossKind::Hinge && !agree);
                            continue;
                        };
                        let full = loss.enclose(&output.select_rows(&row));
                        let wide = found.loss.enclose(&output);
                        let sum = |end: &Rational| Rational::from(end + &found.constant);
                        prop_assert!(sum(wide.lo()) <= *full.hi() && *full.lo() <= sum(wide.hi()), "{kind}");
                        let width = Rational::from(wide.hi() - wide.lo()) + full.width();
                        prop_assert!(width < Rational::from((1, 1u64 << 40)));
                    }
                }
            }
        }
    }
}
