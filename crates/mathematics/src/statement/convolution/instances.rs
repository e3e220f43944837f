//! Patches, functions and images that are worth knowing.

use super::layers::{Layer, Patches, Window, chain};
use crate::network::{GraphNetwork, Nonlinearity, parse_data};
use nalgebra::DMatrix;
use rug::{Integer, Rational};

/// Errata, item 16. Units 1 to 4, patches (1, 3), (2, 3), (2, 4), (1, 4): they cover and differ, and the first less the second
/// and the third less the
/// fourth sum up to 0 under every filter.
pub fn four_patches() -> Patches {
    Patches::new(4, vec![vec![0, 2], vec![1, 2], vec![1, 3], vec![0, 3]]).expect("they cover and differ")
}

/// The windows of a convolution without padding and with stride 1, in a square image.
///
/// # Panics
/// If the window is larger than the image, or has no pixel.
pub fn image(side: usize, channels: usize, size: usize) -> Patches {
    Patches::image(Window { image: [side, side, channels], size, stride: 1 }).expect("a window inside of the image")
}

/// One convolution 3 × 3 over carried digits of 8 × 8 pixels, 32 of them, and one output: 36 units a filter. Digits share blank
/// patches.
///
/// # Panics
/// Never: the digits are part of the program.
pub fn digits(filters: usize, activation: &Nonlinearity) -> (GraphNetwork, DMatrix<Rational>) {
    let data = parse_data(include_bytes!("../../../../../tests/data/digits/digits-32.npz"), "digits-32")
        .expect("carried data");
    let layer = Layer::Filters { patches: image(8, 1, 3), filters, activation: activation.clone() };
    (chain(64, &[layer], 1).expect("one layer over 64 pixels"), data.inputs.exact())
}

/// Errata, item 17. Takagi's function T(x) = Σ_n s(2ⁿ x)/2ⁿ with the distance s to the nearest integer: continuous, and monotone
/// nowhere. For dyadic x
/// the sum is finite; `None` for another one.
pub fn takagi(x: &Rational) -> Option<Rational> {
    if !x.denom().is_power_of_two() {
        return None;
    }
    let (mut sum, mut scaled, mut scale) = (Rational::new(), x.clone(), Rational::from(1));
    while *scaled.denom() != 1 {
        let part = &scaled - Rational::from(scaled.floor_ref());
        sum += Rational::from(1 - &part).min(part) * &scale;
        scaled *= 2u32;
        scale /= 2u32;
    }
    Some(sum)
}

/// Two different points of [k/2ⁿ, (k + 1)/2ⁿ], 0 ≤ k < 2ⁿ, at which Takagi's function has the same value.
///
/// The first n terms are linear there, with as slope the number of binary digits 0 of k less that of digits 1; all further terms
/// are 0 at both
/// ends. A further digit changes the slope by one, so that some part of the interval has slope 0.
pub fn equal_values(k: u32, n: u32) -> [Rational; 2] {
    let mut slope = i64::from(n) - 2 * i64::from(k.count_ones());
    let (mut k, mut n) = (Integer::from(k), n);
    while slope != 0 {
        k = 2u32 * k + u32::from(slope > 0);
        slope -= slope.signum();
        n += 1;
    }
    let next = Integer::from(&k + 1u32);
    [k, next].map(|numerator| Rational::from((numerator, Integer::from(1) << n)))
}
