//! Connect two networks through the library, write the certificate, check it.
//!
//! `cargo run --release --example connect`

use nalgebra::DMatrix;
use rug::Rational;
use sublevel::certificate::{Claim, Reader};
use sublevel::checker::{Expected, Verdict, check};
use sublevel::linalg::Exact;
use sublevel::network::{Activation, Parameters};
use sublevel::path::{problem_record, to_layers, write_path};
use sublevel::statement::{Problem, connect};

fn matrix(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(|entry| Rational::from((entry, 4)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Three samples in the plane, and two networks 2-3-1; the last row of a layer is its bias.
    let inputs = matrix(3, 2, &[0, 1, 4, -2, 3, 5]);
    let a = Parameters::new(vec![matrix(3, 3, &[1, 2, 3, -4, 0, 2, 1, 1, -1]), matrix(4, 1, &[3, -2, 5, 1])])?;
    let b = Parameters::new(vec![matrix(3, 3, &[-2, 1, 4, 3, 3, -1, 0, 2, 5]), matrix(4, 1, &[-1, 4, 2, -3])])?;
    let problem = Problem { activation: Activation::relu(), inputs, widths: a.widths() };

    let connection = connect(&Exact, &problem, &a, &b, None)?;
    println!("{}: {} moves", connection.theorem, connection.path.moves.len());

    let label = connection.theorem.label();
    let header = problem_record(Claim::Connected, &label, &problem.activation, &problem.inputs, &problem.widths, None);
    let mut bytes = Vec::new();
    write_path(&mut bytes, header, &connection.path, |_| {})?;

    let expected = Expected { from: Some(to_layers(&a)), to: Some(to_layers(&b)), ..Expected::default() };
    match check(Reader::new(&bytes[..]), &expected, &mut |_| {}) {
        Verdict::Valid(statement) => println!("{statement}"),
        refused => return Err(refused.to_string().into()),
    }
    Ok(())
}
