//! Random instances of any size: weights with 24-bit mantissas, as trained ones have.

use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use sublevel::network::{Activation, Loss, Parameters};
use sublevel::statement::Problem;
use sublevel::suite::Instance;

fn matrix(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(rows, columns, |_, _| Rational::from_f32(random.random_range(-1.0..1.0)).expect("a number"))
}

/// Two networks on N samples with labels 0, 1, … in turn; always the same ones.
pub fn instance(samples: usize, widths: &[usize], activation: &str) -> Instance {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let inputs = matrix(&mut random, samples, widths[0]);
    let mut network = || {
        let layers = widths.windows(2).map(|pair| matrix(&mut random, pair[0] + 1, pair[1])).collect();
        Parameters::new(layers).expect("layers of the given widths")
    };
    let (from, to) = (network(), network());
    let activation: Activation = activation.parse().expect("an activation");
    let labels = (0..samples).map(|i| i % widths[widths.len() - 1]).collect();
    let problem = Problem { activation, inputs, widths: widths.to_vec() };
    Instance { name: String::new(), problem, from, to, loss: Loss::cross_entropy(labels), choice: 0, plain: true }
}
