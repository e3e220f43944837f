//! What a trial is run on.

use super::Instance;
use super::Twist;

/// What a trial is run on.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Seeds everything random.
    pub seed: u64,
    /// What is special about the networks.
    pub twist: Twist,
    /// A pair of trained networks, in the place of random ones.
    pub real: Option<Instance>,
}
