//! **Lemma 9** (IJCAI 2020), refuted for both signs of its exponent.
//!
//! *Of m vectors of ℝⁿ at least m^η, 0 < η ≤ 1, have pairwise angles of at most 2 m^(−(η − 1)/n).* With the sign of the introduction: of at most
//! 2 m^((η − 1)/n).
//!
//! m vectors in k parts, any two of a part at a right angle or more: of any k + 1 two are in one part. So for k < m^η no m^η have smaller
//! angles, and π/2 > 3/2, or π > 3 if the two are opposite, is to be compared with the bound.
//! - *Opposite pairs* ±v in any dimension ([`Spread::opposite`]): k = m/2 < m^η where m^(1 − η) < 2, and 3 is above the bound of either sign where
//!   m^(1 − η) < (3/2)ⁿ. For m = 2, n = 1, η = ½ the printed bound is 2√2; for η = 1 it is 2, whatever m and n are.
//! - *Directions of the plane, turned by right angles* ([`Spread::turned`]): k = m/4, and 3/2 is above the bound that falls with m where
//!   (4/3)² < m^(1 − η) < 4. 16 of them are about 22.5° apart and evenly spread ([`Spread::sixteen`]).
//!
//! What holds is [`crowd`](super::bounds::crowd).
//!
//! # Example
//! ```
//! use sublevel::statement::residual::spread::Spread;
//!
//! let found = Spread::sixteen().verify().unwrap();
//! assert!(found.to_string().starts_with("of these 16 vectors of dimension 2 any 5 have two at an angle of 90° or more"));
//! ```

use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::path::{to_fraction, to_matrix};
use crate::statement::object::{Refused, prove};
use nalgebra::DMatrix;
use rug::Rational;

/// Vectors in parts, with the bound that they refute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// They, of one dimension n.
    pub vectors: Vec<Vec<Rational>>,
    /// Any two vectors of a part have ⟨v, w⟩ ≤ 0.
    pub parts: Vec<Vec<usize>>,
    /// η.
    pub exponent: Rational,
    /// Whether the bound is the printed one, which grows with m.
    pub grows: bool,
}

impl Spread {
    /// Each vector with its opposite.
    pub fn opposite(vectors: &[Vec<Rational>], exponent: Rational, grows: bool) -> Self {
        let turned = |v: &Vec<Rational>| [v.clone(), v.iter().map(|entry| Rational::from(-entry)).collect()];
        Spread::with_parts(vectors.iter().flat_map(turned).collect(), 2, exponent, grows)
    }

    /// Each direction of the plane, turned by right angles, against the bound that falls with m.
    pub fn turned(directions: &[[Rational; 2]], exponent: Rational) -> Self {
        let minus = |number: &Rational| Rational::from(-number);
        let turned = |[x, y]: &[Rational; 2]| {
            let [a, b] = [x, y].map(minus);
            [[x, y], [&b, x], [&a, &b], [y, &a]].map(|vector| vector.map(Rational::clone).to_vec())
        };
        Spread::with_parts(directions.iter().flat_map(turned).collect(), 4, exponent, false)
    }

    /// 16 directions about 22.5° apart: (1, 0), (12, 5), (1, 1), (5, 12), each turned by right angles; η = ¾.
    pub fn sixteen() -> Self {
        let quarter = [[1, 0], [12, 5], [1, 1], [5, 12]].map(|direction| direction.map(Rational::from));
        Spread::turned(&quarter, (3, 4).into())
    }

    fn with_parts(vectors: Vec<Vec<Rational>>, size: usize, exponent: Rational, grows: bool) -> Self {
        let parts = (0..vectors.len()).step_by(size).map(|first| (first..first + size).collect()).collect();
        Spread { vectors, parts, exponent, grows }
    }

    /// 2 m^(±(1 − η)/n), rounded.
    pub fn bound(&self) -> f64 {
        let size = (1.0 - self.exponent.to_f64()) / self.dimension() as f64;
        2.0 * (self.vectors.len() as f64).powf(if self.grows { size } else { -size })
    }

    fn dimension(&self) -> usize {
        self.vectors.first().map_or(0, Vec::len)
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<Finding, Refused> {
        prove(self.object())
    }

    /// All that the checker needs.
    ///
    /// # Panics
    /// If the vectors have different lengths.
    pub fn object(&self) -> Object {
        let vectors = DMatrix::from_fn(self.vectors.len(), self.dimension(), |i, j| self.vectors[i][j].clone());
        Object::Spread(object::Spread {
            vectors: to_matrix(&vectors),
            parts: self.parts.clone(),
            exponent: to_fraction(&self.exponent),
            grows: self.grows,
        })
    }
}
