//! The statements of the papers, one file each, named for what it does.

pub mod determinant_sign;
pub mod disconnection;
pub mod shift_independence;
pub mod skip_product;

mod exact_signs;
mod exact_text;
