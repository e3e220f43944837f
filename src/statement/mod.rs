//! The statements of the papers, one file each, named for what it does.

pub mod shift_independence;

mod exact_text;
