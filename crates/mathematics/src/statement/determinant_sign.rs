//! **Proposition 3.5** (ICML 2019; Evard & Jafari 1994), the case it leaves out: m = n.
//!
//! *The set of full rank matrices A ∈ ℝ^(m×n) is connected for m ≠ n.* For m = n it is not: a full rank matrix has a
//! non-zero determinant, the determinant is continuous, and a path between matrices of opposite sign would have a
//! matrix of determinant zero on it.
//!
//! # Example
//! ```
//! use sublevel::{example::integers, statement::determinant_sign::{DeterminantSign, NotSeparated}};
//!
//! let (identity, swap) = (integers(2, 2, &[1, 0, 0, 1]), integers(2, 2, &[0, 1, 1, 0]));
//! let sign = DeterminantSign::separate(&swap, &identity).unwrap();
//! assert_eq!((&sign.positive, &sign.negative), (&identity, &swap));
//! let same = DeterminantSign::separate(&identity, &identity);
//! assert_eq!(same, Err(NotSeparated::Signs { first: 1.into(), second: 1.into() }));
//! ```

use super::exact_signs::determinant;
use super::object::{Refused, prove};
use crate::arith::write_rational;
use crate::certificate::{Object, object::Matrices};
use crate::path::to_matrix;
use nalgebra::DMatrix;
use rug::Rational;
use std::{cmp::Ordering, fmt};

/// Two square full rank matrices that no path of full rank matrices joins.
#[derive(Debug, Clone, PartialEq)]
pub struct DeterminantSign {
    /// A matrix of positive determinant, [n, n].
    pub positive: DMatrix<Rational>,
    /// A matrix of negative determinant, [n, n].
    pub negative: DMatrix<Rational>,
}

/// Why the determinant does not separate two matrices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSeparated {
    /// Two square matrices of one shape are needed; for m ≠ n Proposition 3.5 gives a path.
    #[error("the shapes are {first:?} and {second:?}: two square matrices of one shape are needed")]
    Shape { first: (usize, usize), second: (usize, usize) },
    /// A determinant has another sign than is needed.
    #[error("the determinants are {} and {}: opposite signs are needed", write_rational(first), write_rational(second))]
    Signs { first: Rational, second: Rational },
}

impl DeterminantSign {
    /// Separates two matrices, in either order.
    ///
    /// # Errors
    /// [`NotSeparated`].
    pub fn separate(first: &DMatrix<Rational>, second: &DMatrix<Rational>) -> Result<Self, NotSeparated> {
        let shapes = (first.shape(), second.shape());
        if shapes.0 != shapes.1 || !first.is_square() {
            return Err(NotSeparated::Shape { first: shapes.0, second: shapes.1 });
        }
        let [a, b] = [first, second].map(|matrix| determinant(matrix).0);
        let pair = |positive: &DMatrix<Rational>, negative: &DMatrix<Rational>| DeterminantSign {
            positive: positive.clone(),
            negative: negative.clone(),
        };
        match (a.cmp0(), b.cmp0()) {
            (Ordering::Greater, Ordering::Less) => Ok(pair(first, second)),
            (Ordering::Less, Ordering::Greater) => Ok(pair(second, first)),
            _ => Err(NotSeparated::Signs { first: a, second: b }),
        }
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<(), Refused> {
        prove(self.object()).map(drop)
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Matrices(Box::new(Matrices {
            positive: to_matrix(&self.positive),
            negative: to_matrix(&self.negative),
            positive_factors: determinant(&self.positive).1,
            negative_factors: determinant(&self.negative).1,
        }))
    }
}

impl fmt::Display for DeterminantSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [positive, negative] =
            [&self.positive, &self.negative].map(|matrix| write_rational(&determinant(matrix).0));
        write!(f, "the determinants are {positive} and {negative}: no path of full rank matrices joins the two")
    }
}
