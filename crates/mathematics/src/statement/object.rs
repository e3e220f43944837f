//! Objects that are no paths, as certificates: written here, judged by the checker.
//!
//! # Example
//! ```
//! use sublevel::checker::Finding;
//! use sublevel::statement::{object::prove, skip_product::SkipProduct};
//!
//! let instance = SkipProduct::new((0.into(), 1.into()), 1.into()).unwrap();
//! let found = prove(instance.object());
//! assert!(matches!(found, Ok(Finding::Separated { attained, barrier }) if attained < barrier));
//! ```

use crate::certificate::{Fraction, Limits, Object, Reader, Record, Writer};
use crate::checker::{self, Expected, Finding, Rejection, Unproved, Verdict};
use crate::path::to_fraction;
use rug::Rational;

/// What the checker did not accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(Box<Verdict>);

impl Refused {
    /// The condition that is not shown, if it is one of the object.
    pub fn unproved(&self) -> Option<&Unproved> {
        match &*self.0 {
            Verdict::Invalid { rejection: Rejection::Unproved(unproved), .. } => Some(unproved),
            _ => None,
        }
    }
}

/// The certificate of an object, as bytes; `statement` is its label.
///
/// # Panics
/// Never: memory can be written.
pub fn certificate(statement: &str, object: Object) -> Vec<u8> {
    let mut writer = Writer::new(vec![]);
    for record in [Record::Object { statement: statement.into(), object }, Record::End { moves: 0 }] {
        writer.write(&record).expect("memory can be written");
    }
    writer.into_inner()
}

/// The checker's answer to the certificate of an object.
///
/// # Errors
/// [`Refused`].
pub fn prove(object: Object) -> Result<Finding, Refused> {
    prove_certificate(&certificate("object", object), &Expected::default())
}

/// The checker's answer to a certificate, compared with networks of the user's own.
///
/// # Errors
/// [`Refused`].
pub fn prove_certificate(bytes: &[u8], expected: &Expected) -> Result<Finding, Refused> {
    match checker::check(Reader::with_limits(Limits::NONE, bytes), expected, &mut |_| {}) {
        Verdict::Proved { finding, .. } => Ok(*finding),
        refused => Err(Refused(Box::new(refused))),
    }
}

/// Fractions in decimal.
pub(crate) fn fractions(numbers: &[Rational]) -> Vec<Fraction> {
    numbers.iter().map(to_fraction).collect()
}

/// A number of the checker's.
pub fn number(number: &checker::Rational) -> Rational {
    number.to_string().parse().expect("a fraction in decimal")
}
