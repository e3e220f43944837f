//! Use your own convex loss: the certificate does not mention a loss, so it bounds yours as well.
//!
//! `cargo run --release --example convex_loss`

use nalgebra::DMatrix;
use rug::Rational;
use sublevel::linalg::Exact;
use sublevel::network::{Parameters, forward};
use sublevel::path::OnMove;
use sublevel::statement::connect;
use sublevel::suite::CARRIED;

/// The largest absolute error over all samples and outputs: convex in the output, and no loss that the crate knows.
fn largest_error(output: &DMatrix<Rational>, target: &DMatrix<Rational>) -> Rational {
    output.iter().zip(target.iter()).map(|(x, y)| Rational::from(x - y).abs()).max().unwrap_or_default()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = CARRIED[2].instance();
    let problem = &instance.problem;
    let path = connect(&Exact, problem, &instance.from, &instance.to, None)?.path;
    let activation = problem.activation.import(&Exact);
    let target = DMatrix::from_element(problem.samples(), problem.widths[problem.depth()], Rational::from(1));
    let loss = |network: &Parameters<Rational>| {
        forward(&Exact, &activation, &problem.inputs, network).map(|pass| largest_error(pass.output(), &target))
    };
    let half = Rational::from((1, 2));
    let bound = loss(&instance.from)?.max(loss(&instance.to)?);
    let vertices = path.vertices();
    for (start, step) in vertices.iter().zip(&path.moves) {
        let output = OnMove::new(&Exact, &problem.activation, &problem.inputs, start, step).output(&half);
        assert!(largest_error(&output, &target) <= bound);
    }
    println!("{} moves; your loss is at most {:.6} on all of them", path.moves.len(), bound.to_f64());
    Ok(())
}
