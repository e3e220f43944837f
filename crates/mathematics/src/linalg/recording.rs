//! A kernel that writes down the decisions of another: which columns it took for pivots.

use super::{Kernel, Unsolvable};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Mutex;

/// Runs another kernel and remembers every decision that it takes: the pivot columns of each rank question, and each
/// system that it does not solve. Two runs of one construction took the same decisions if these lists are equal.
#[derive(Debug, Default)]
pub struct Recording<K> {
    kernel: K,
    decisions: Mutex<Vec<Decision>>,
}

/// One decision of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These columns are pivots.
    Pivots(Vec<usize>),
    /// A system was not solved.
    Unsolved(Unsolvable),
}

impl<K: Kernel> Recording<K> {
    /// Records what this kernel decides.
    pub fn new(kernel: K) -> Self {
        Self { kernel, decisions: Mutex::new(Vec::new()) }
    }

    /// The decisions so far, in order.
    ///
    /// # Panics
    /// If a thread panicked while it wrote a decision down.
    pub fn decisions(&self) -> Vec<Decision> {
        self.decisions.lock().expect("no thread panicked").clone()
    }

    fn note(&self, decision: Decision) {
        self.decisions.lock().expect("no thread panicked").push(decision);
    }

    fn noted<T>(&self, result: Result<T, Unsolvable>) -> Result<T, Unsolvable> {
        if let Err(unsolved) = &result {
            self.note(Decision::Unsolved(unsolved.clone()));
        }
        result
    }
}

impl<K: Kernel> Kernel for Recording<K> {
    type Scalar = K::Scalar;

    fn name(&self) -> String {
        self.kernel.name()
    }

    fn import(&self, value: &Rational) -> K::Scalar {
        self.kernel.import(value)
    }

    fn product(&self, a: &DMatrix<K::Scalar>, b: &DMatrix<K::Scalar>) -> DMatrix<K::Scalar> {
        self.kernel.product(a, b)
    }

    fn pivot_columns(&self, a: &DMatrix<K::Scalar>) -> Vec<usize> {
        let pivots = self.kernel.pivot_columns(a);
        self.note(Decision::Pivots(pivots.clone()));
        pivots
    }

    fn solve(&self, a: &DMatrix<K::Scalar>, b: &DMatrix<K::Scalar>) -> Result<DMatrix<K::Scalar>, Unsolvable> {
        self.noted(self.kernel.solve(a, b))
    }

    fn left_inverse(&self, a: &DMatrix<K::Scalar>) -> Result<DMatrix<K::Scalar>, Unsolvable> {
        self.noted(self.kernel.left_inverse(a))
    }

    fn right_inverse(&self, a: &DMatrix<K::Scalar>) -> Result<DMatrix<K::Scalar>, Unsolvable> {
        self.noted(self.kernel.right_inverse(a))
    }
}
