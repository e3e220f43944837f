//! Certificates of paths of fully connected networks as graphs of blocks: what a smooth σ is written as.

use super::moves::Path;
use super::record::{Scribe, to_loss, write_records};
use crate::certificate::{Claim, GraphProblemRecord, Record};
use crate::network::{Loss, Nonlinearity, to_graph, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::io::{self, Write};

/// Bits behind the point with which features are to be enclosed: those for which the checker has machine words.
pub const BITS: u64 = 40;

/// The first record of a path of fully connected networks of these widths, on the inputs [N, d].
pub fn graph_problem_record(
    claim: Claim,
    statement: &str,
    activation: &Nonlinearity,
    inputs: &DMatrix<Rational>,
    widths: &[usize],
    loss: &Loss,
) -> GraphProblemRecord {
    GraphProblemRecord {
        claim,
        statement: statement.into(),
        graph: to_graph(activation, widths),
        inputs: to_matrix(inputs),
        loss: to_loss(loss),
        bits: BITS,
    }
}

/// Writes a whole certificate of lines and bounded moves, record by record; `progress` hears the number of moves written.
/// Returns the largest integer written, in bits.
///
/// # Errors
/// Those of the writer.
pub fn write_graph_path<W: Write>(
    out: W,
    problem: GraphProblemRecord,
    path: &Path<Rational>,
    progress: impl FnMut(usize),
) -> io::Result<u32> {
    write_records(out, &Record::Graph(problem), Scribe::default(), path, progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Reader;
    use crate::network::{Criterion, Parameters};
    use crate::path::{Move, changes_between};

    fn matrix(rows: usize, columns: usize, from: i32) -> DMatrix<Rational> {
        DMatrix::from_fn(rows, columns, |i, j| Rational::from((from + 3 * i as i32 - 2 * j as i32, 4)))
    }

    fn network(from: i32) -> Parameters<Rational> {
        Parameters::new(vec![matrix(3, 3, from), matrix(4, 2, from + 1), matrix(3, 1, from)]).unwrap()
    }

    /// Two hidden layers: what is written is read back, record by record.
    #[test]
    fn a_path_of_a_smooth_network_is_a_path_of_graphs() {
        let activation = "softplus=5/2".parse().unwrap();
        let (from, to) = (network(1), network(2));
        let loss = Loss::new(Criterion::Square(matrix(2, 1, 0))).unwrap();
        let bounded = Move::Bounded(changes_between(&from, &to), Rational::from((7, 2)), None);
        let path = Path { start: from.clone(), moves: vec![bounded] };
        let problem =
            graph_problem_record(Claim::Barrier, "label", &activation, &matrix(2, 2, 5), &from.widths(), &loss);
        let mut bytes = Vec::new();
        let bits = write_graph_path(&mut bytes, problem.clone(), &path, |_| {}).unwrap();
        assert!(bits > 0);
        let mut reader = Reader::new(&*bytes);
        let mut next = || reader.next_record().unwrap().unwrap();
        assert_eq!(next(), Record::Graph(problem.clone()));
        let Record::Start { layers } = next() else { panic!("no start") };
        assert_eq!(layers.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        let Record::Bounded { layers, bound, .. } = next() else { panic!("no bounded move") };
        assert_eq!((layers.len(), bound.as_str()), (3, "7/2"));
        assert_eq!(next(), Record::End { moves: 1 });
        let graph = problem.graph;
        assert_eq!((graph.inputs, graph.outputs, graph.bias), (2, 1, true));
        assert_eq!(graph.blocks.iter().map(|block| block.from.clone()).collect::<Vec<_>>(), [[0], [1]]);
        assert_eq!(graph.skips, [[2, 0], [2, 1]]);
    }
}
