//! Exact decision regions of a piecewise-linear network on a line or a plane of inputs.
//!
//! The statements are those of chapter 5 of Q. Nguyen's thesis, *Optimization Landscape of Deep Neural Networks*. Class j
//! wins where its output is larger than all others: C_j = {x : f_j(x) > f_k(x) for all k ≠ j}, which is open. Theorem 5.2.3:
//! if d ≥ n_1 ≥ … ≥ n_(L−1), the weights of the hidden layers have full rank and σ is monotone and onto, then every C_j is
//! connected; Theorem 5.2.4 needs less of σ for L = 2 ([`ranks`]). Other networks have regions in several parts; here they
//! are counted, exactly, and what is found can be proved.
//!
//! # Regions in a chart
//! A [`Chart`] is a line or a plane of inputs, or the whole space if the network has one or two inputs or its first layer
//! sees no more of it ([`Chart::of_space`]). An [`Arrangement`] cuts it into convex cells on which every neuron is on one
//! piece of σ and one class is largest:
//!
//! 1. A point is a triple (X, Y, W) of integers, W ≥ 0, and W = 0 is a direction; an affine function is an integer form
//!    (a, b, c). So cells that are not bounded are polygons like others. The plane begins as four quadrants, the line as two
//!    half-lines: all cells are pointed, and there is no box.
//! 2. On each cell of layers 1 to l the pre-activations of layer l + 1 are forms. A cell is cut by those that change their
//!    sign strictly at its vertices, so that neighbours cut a common edge alike, degenerate or not.
//! 3. On each cell of all hidden layers the class j keeps {f_j ≥ f_k for all k}, if that has area; of outputs that are equal
//!    on the cell the first keeps it.
//! 4. Cells of one class are joined across an edge if the class wins inside of it. Arcs of directions join nothing, and
//!    cells on which outputs are equal belong to no region. What is joined are the components of C_j.
//!
//! No step divides or rounds. Signs are first asked of doubles with a bound of the error, and of integers only where the
//! doubles cannot tell. From cell to cell the forms change by rank-one matrices, and the cells are walked through depth first
//! by all threads at once. A [`Budget`] bounds the number of cells, and with it time and memory.
//!
//! # Certificates
//! [`Arrangement::boundaries`] proves that a class has at least so many components, [`Arrangement::census`] that none has
//! more. [`ranks`] proves that all regions are connected, from the hypotheses of the theorems.
//!
//! # Paths
//! [`class_path`] joins inputs of one class by a chain on which the class wins at every point.
//!
//! # Example
//! |x_1| against |x_2|: two components each.
//! ```
//! use sublevel::network::{Activation, Parameters};
//! use sublevel::region::{Arrangement, Budget, Chart};
//! # use nalgebra::DMatrix;
//! # use rug::Rational;
//! # let exact = |rows, columns, entries: &[i32]| {
//! #     DMatrix::from_row_iterator(rows, columns, entries.iter().map(|&entry| Rational::from(entry)))
//! # };
//! // Stacked layers: the bias is the last row.
//! let first = exact(3, 4, &[1, -1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0]);
//! let second = exact(5, 2, &[1, 0, 1, 0, 0, 1, 0, 1, 0, 0]);
//! let network = Parameters::new(vec![first, second]).unwrap();
//! let chart = Chart::of_space(&network).unwrap();
//! let found = Arrangement::new(&network, &Activation::relu(), &chart, &Budget::default()).unwrap();
//! assert_eq!(found.component_counts(), [2, 2]);
//! assert!(found.covers() && found.euler_characteristic() == 1);
//! ```

mod arrangement;
mod certificate;
mod chart;
pub mod class_path;
mod classes;
mod form;
pub mod instances;
mod integers;
mod level;
mod measure;
mod points;
mod ranks;
mod rough;
pub mod smooth_instances;
mod walk;

pub use arrangement::{Arrangement, Component, Statistics};
pub use certificate::NotDisconnected;
pub use chart::{Chart, ChartError};
pub use ranks::{NoTheorem, ranks};
pub use rough::rough_counts;

use crate::arith::counted;
use crate::network::Parameters;
use rug::Rational;

/// How many cells an arrangement has at most, unless another number is asked for.
pub const CELL_LIMIT: usize = 2_000_000;

/// How much may be spent on an arrangement.
pub struct Budget<'a> {
    /// The largest number of cells.
    pub cells: usize,
    /// Hears from time to time, from any thread, how many cells have been found; `false` calls the search off.
    pub progress: &'a (dyn Fn(usize) -> bool + Sync),
}

impl Default for Budget<'_> {
    /// [`CELL_LIMIT`] cells, and nobody listens.
    fn default() -> Self {
        Budget { cells: CELL_LIMIT, progress: &|_| true }
    }
}

/// Why there is no arrangement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// With one output there is nothing to compare.
    #[error("the network has one output: there are no classes to tell apart")]
    OneOutput,
    /// The chart is one of other inputs.
    #[error("the chart has points with {}, but the network has {}", counted(*chart, "entry"), counted(*network, "input"))]
    Inputs { chart: usize, network: usize },
    /// There are more cells than the budget allows.
    #[error("there are more than {}", counted(*limit, "cell"))]
    TooManyCells { limit: usize },
    /// The progress function said so.
    #[error("called off after {}", counted(*cells, "cell"))]
    CalledOff { cells: usize },
}

/// What a network needs to have regions on a chart: two outputs, and the chart's inputs.
fn fit(network: &Parameters<Rational>, chart: &Chart) -> Result<(), RegionError> {
    let widths = network.widths();
    if widths[network.depth()] < 2 {
        return Err(RegionError::OneOutput);
    }
    if chart.inputs() != widths[0] {
        return Err(RegionError::Inputs { chart: chart.inputs(), network: widths[0] });
    }
    Ok(())
}
