//! The arithmetic that is lent decides nothing, and whether it is used.

use crate::{build::*, certificate::Reader, checker::*};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::Zero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Products entry by entry, zeros and all; Euclid's factors.
pub const SCHOOLBOOK: Arithmetic = Arithmetic::lent(&Schoolbook);

struct Schoolbook;

/// How many times it was asked for anything.
static ASKED: AtomicUsize = AtomicUsize::new(0);

impl Integers for Schoolbook {
    fn name(&self) -> &'static str {
        "schoolbook"
    }

    fn integer(&self, text: &str) -> BigInt {
        ASKED.fetch_add(1, Ordering::Relaxed);
        text.parse().unwrap()
    }

    fn product(&self, a: &[BigInt], b: &[BigInt], [rows, inner, cols]: [usize; 3]) -> Vec<BigInt> {
        let entry = |i: usize, j: usize| (0..inner).map(|l| &a[i * inner + l] * &b[l * cols + j]).sum();
        (0..rows).flat_map(|i| (0..cols).map(move |j| entry(i, j))).collect()
    }

    fn gcd(&self, a: &BigInt, b: &BigInt) -> BigInt {
        let (mut a, mut b) = (a.clone(), b.clone());
        while !b.is_zero() {
            (a, b) = (b.clone(), a.mod_floor(&b));
        }
        a.magnitude().clone().into()
    }

    fn quotient(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a / b
    }
}

#[test]
fn what_is_lent_is_used() {
    let text = Sheet::new(relu(), matrix(&[[1]]), [both(&[[0]], [1])], &[]).text();
    let before = ASKED.load(Ordering::Relaxed);
    let reader = || Reader::new(text.as_bytes());
    assert_eq!(
        check_with(SCHOOLBOOK, reader(), &Expected::default(), &mut |_| {}),
        check(reader(), &Expected::default(), &mut |_| {})
    );
    assert!(ASKED.load(Ordering::Relaxed) > before);
    assert_eq!([Arithmetic::OWN, SCHOOLBOOK].map(|arithmetic| arithmetic.to_string()), ["num-rational", "schoolbook"]);
    assert_ne!(Arithmetic::OWN, SCHOOLBOOK);
}
