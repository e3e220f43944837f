//! Times one operation of the exact kernel on matrices from files; `benches/against_flint.py` drives it.
//!
//! Reads lines `operation a.txt [b.txt]` from standard input and answers each with the seconds that it took and a residue
//! of the result. A file holds the number of rows, the number of columns, and the integers row by row. The operations are
//! `rank`, `solve`, `inverse` (to a common denominator), `rank_q`, `solve_q`, `inverse_q` (on rationals in lowest terms).

use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::{collections::HashMap, error::Error, io::BufRead, time::Instant};
use sublevel::linalg::{Cleared, Exact, Kernel};

/// The residue that stands for a rational result: num/den modulo this prime, summed with weights.
const CHECK: u32 = 2_147_483_647;

fn main() -> Result<(), Box<dyn Error>> {
    let mut matrices: HashMap<String, DMatrix<Integer>> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let operation = words.next().ok_or("an operation is missing")?;
        let files: Vec<String> = words.map(str::to_owned).collect();
        for file in &files {
            if !matrices.contains_key(file) {
                matrices.insert(file.clone(), read(file)?);
            }
        }
        let operands: Vec<&DMatrix<Integer>> = files.iter().map(|file| &matrices[file]).collect();
        let (seconds, residue) = run(operation, &operands)?;
        println!("{seconds:e} {residue}");
    }
    Ok(())
}

fn read(file: &str) -> Result<DMatrix<Integer>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let mut words = text.split_whitespace();
    let mut size = || words.next().ok_or("a size is missing")?.parse::<usize>().map_err(Box::<dyn Error>::from);
    let (rows, columns) = (size()?, size()?);
    let entries = words.map(str::parse).collect::<Result<Vec<Integer>, _>>()?;
    Ok(DMatrix::from_row_iterator(rows, columns, entries))
}

fn run(operation: &str, operands: &[&DMatrix<Integer>]) -> Result<(f64, u64), Box<dyn Error>> {
    let cleared = |a: &DMatrix<Integer>| Cleared::new(a.clone(), Integer::from(1));
    let rational = |a: &DMatrix<Integer>| a.map(Rational::from);
    let identity = |a: &DMatrix<Integer>| {
        DMatrix::<Integer>::from_fn(a.nrows(), a.nrows(), |r, c| Integer::from(i32::from(r == c)))
    };
    let (a, b) = (operands[0], operands.get(1).copied());
    let right = match operation {
        "solve" | "solve_q" => b.ok_or("a right-hand side is missing")?.clone(),
        _ => identity(a),
    };
    Ok(match operation {
        "rank" => timed(|| Exact.integer_pivot_columns(a), |pivots| pivots.len() as u64),
        "rank_q" => {
            let a = rational(a);
            timed(|| Exact.pivot_columns(&a), |pivots| pivots.len() as u64)
        }
        "solve" | "inverse" => {
            let (a, b) = (cleared(a)?, cleared(&right)?);
            timed(|| Exact.solve_cleared(&a, &b).expect("the matrix is regular"), |x| residue(&x.to_rationals()))
        }
        "solve_q" | "inverse_q" => {
            let (a, b) = (rational(a), rational(&right));
            timed(|| Exact.solve(&a, &b).expect("the matrix is regular"), residue)
        }
        _ => return Err(format!("no operation {operation}").into()),
    })
}

fn timed<T>(work: impl FnOnce() -> T, check: impl FnOnce(&T) -> u64) -> (f64, u64) {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    (seconds, check(&result))
}

/// Σ (k + 1) · (numerator_k + 3 denominator_k) modulo CHECK, row by row.
fn residue(x: &DMatrix<Rational>) -> u64 {
    let entry = |value: &Rational| u64::from(value.numer().mod_u(CHECK)) + 3 * u64::from(value.denom().mod_u(CHECK));
    let entries = x.row_iter().flat_map(|row| row.iter().map(entry).collect::<Vec<_>>());
    entries.zip(1u64..).fold(0, |sum, (value, weight)| (sum + value % u64::from(CHECK) * weight) % u64::from(CHECK))
}
