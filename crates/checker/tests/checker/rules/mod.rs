//! One file a rule of the checker, with the rule's name.

mod bounded;
mod follow;
mod line;
mod ray;
mod rescale;
