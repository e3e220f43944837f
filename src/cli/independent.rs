//! `sublevel independent`: the features that are connected to the output have rank N, certified.

use super::console::Kind;
use super::{Console, Failure, inputs, progress};
use crate::checker::Finding;
use crate::statement::object::certificate;
use crate::statement::skip::independent::{MOST_BITS, NotIndependent, independent, rank_in_doubles};
use rug::Rational;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The graph network: a description that `sublevel skip` wrote (.json).
    network: PathBuf,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// The most bits of the floats in which a right inverse is looked for.
    #[arg(long, value_name = "BITS", default_value_t = MOST_BITS as u32)]
    precision: u32,
    /// Where the certificate goes (.path.jsonl).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Summary {
    samples: usize,
    features: usize,
    /// The rank that doubles see, by singular values with the thesis's threshold: a count, not a proof.
    rank_in_doubles: usize,
    /// Bits of the floats that gave the right inverse.
    precision: u32,
    /// Bits behind the point with which the features are enclosed.
    bits: u64,
    /// log₂ of the largest row sum of absolute values of the right inverse, rounded up.
    right_inverse_bits: u64,
    almost_every_network: bool,
    seconds: f64,
    certificate: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    console
        .claim([("--out", Kind::Certificate, arguments.out.as_ref())], &[&arguments.network, &arguments.data.data])?;
    let started = Instant::now();
    let (network, data, inputs) = inputs::load_graph(&arguments.network, &arguments.data, console)?;
    let bar = progress::spinner("computing the features");
    let found = independent(&network, &inputs, arguments.precision, &mut |bits| {
        bar.set_message(format!("looking for a right inverse of the features in {bits} bits"));
    });
    let rank = rank_in_doubles(&network, &inputs);
    drop(bar);
    let found = found.map_err(|error| match error {
        NotIndependent::TooFew { .. } | NotIndependent::EqualSamples { .. } => Failure::hypothesis(error),
        NotIndependent::Undecided { .. } | NotIndependent::NotSeen { .. } => {
            Failure::incomplete(format!("{error}; doubles see rank {rank} of {}", inputs.nrows()))
        }
    })?;
    if let Some(file) = &arguments.out {
        let bytes = certificate("iclr-2019/lemma-3.2", found.object.clone());
        console.write_certificate(file, |out| out.write_all(&bytes))?;
    }
    let Finding::Independent { samples, features, analytic, .. } = found.finding else {
        unreachable!("the object is of this claim")
    };
    let sums = found.right_inverse.row_iter().map(|row| row.iter().map(|x| x.clone().abs()).sum::<Rational>());
    let largest = sums.max().unwrap_or_default();
    let summary = Summary {
        samples,
        features,
        rank_in_doubles: rank,
        precision: found.precision,
        bits: found.bits,
        right_inverse_bits: u64::from(
            (largest.numer().significant_bits() + 1).saturating_sub(largest.denom().significant_bits()),
        ),
        almost_every_network: analytic,
        seconds: started.elapsed().as_secs_f64(),
        certificate: arguments.out.clone(),
    };
    match console.json() {
        true => console.print_json(&data.read.beside(&summary)),
        false => print(&summary),
    }
    Ok(())
}

fn print(summary: &Summary) {
    let Summary { samples, features, .. } = summary;
    say!(
        "rank      the {features} features connected to the output have rank {samples} on the {samples} samples: proved"
    );
    if summary.almost_every_network {
        say!("almost    so they have for almost every choice of weights and biases of this architecture");
    } else {
        say!("almost    nothing is said of other weights: not every activation is analytic");
    }
    say!(
        "how       ‖I − Ψ R‖ < 1 with a right inverse R of size 2^{}, features in {} bits, {:.2} s",
        summary.right_inverse_bits,
        summary.bits,
        summary.seconds
    );
    say!("doubles   see rank {}", summary.rank_in_doubles);
    if let Some(file) = &summary.certificate {
        say!("written   {0}; prove it with: sublevel check {0}", file.display());
    }
}
