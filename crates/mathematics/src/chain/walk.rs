//! Lines on which the output is constant or affine whatever the features are: neurons that the output does not see take
//! other weights, and the last layer goes straight.

use crate::arith::parallel;
use crate::network::Parameters;
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// Stacked layers [n_{k−1} + 1, n_k], shared between networks.
pub type Stacked = Vec<Arc<DMatrix<Rational>>>;

/// A network on its way, one layer a line.
#[derive(Clone)]
pub struct Walk {
    /// The networks at the ends of the lines; the last one is where the walk stands.
    passed: Vec<Stacked>,
    /// For each hidden layer, from 1: the neurons that the output depends on. Those of layer k + 1 and the output have
    /// weights that are not zero from these neurons of layer k only.
    pub live: Vec<Vec<usize>>,
}

impl Walk {
    /// At the start, where the output may depend on every neuron.
    pub fn new(start: &Parameters<Rational>) -> Self {
        let live = start.widths()[1..start.depth()].iter().map(|&width| (0..width).collect()).collect();
        Walk { passed: vec![start.layers().to_vec()], live }
    }

    /// Where the walk stands.
    pub fn layers(&self) -> &Stacked {
        &self.passed[self.passed.len() - 1]
    }

    /// Layer k, from 1, goes straight to this one. No line where it is there already.
    fn go(&mut self, k: usize, layer: Arc<DMatrix<Rational>>) {
        if self.layers()[k - 1] != layer {
            let mut layers = self.layers().clone();
            layers[k - 1] = layer;
            self.passed.push(layers);
        }
    }

    /// The last layer goes to one that sees these neurons of the hidden layers, and no others: a line with affine output.
    pub fn read(&mut self, last: Arc<DMatrix<Rational>>, live: Vec<Vec<usize>>) {
        self.go(self.layers().len(), last);
        self.live = live;
    }

    /// The neurons of the hidden layers from the k-th that are not live take their incoming weights from other layers: the
    /// output is constant.
    ///
    /// One layer moves at a time, and only while none of its moving neurons has an outgoing weight: from above the weights
    /// become zero, then from below they become what they shall be.
    pub fn rebuild(&mut self, k: usize, other: &Stacked) {
        let top = self.layers().len() - 1;
        for layer in (k + 1..=top).rev() {
            let zero = DMatrix::zeros(other[layer - 1].nrows(), other[layer - 1].ncols()).map(|_: f64| Rational::new());
            self.take_dead(layer, &zero);
        }
        for layer in k..=top {
            self.take_dead(layer, &other[layer - 1]);
        }
    }

    fn take_dead(&mut self, k: usize, other: &DMatrix<Rational>) {
        let own = &self.layers()[k - 1];
        let mut columns: Vec<&[Rational]> = columns(other);
        self.live[k - 1].iter().for_each(|&neuron| columns[neuron] = column(own, neuron));
        let layer = copied(own.nrows(), &columns);
        self.go(k, Arc::new(layer));
    }

    /// One hidden layer: the live neurons that are among these move to others, which are dead.
    fn clear(&mut self, taken: &[usize]) {
        let [first, last] = &self.layers()[..] else { return };
        let live = self.live[0].clone();
        let mut vacant = (0..first.ncols()).filter(|neuron| !taken.contains(neuron) && !live.contains(neuron));
        let place = |&neuron: &usize| if taken.contains(&neuron) { vacant.next() } else { Some(neuron) };
        let places: Vec<usize> = live.iter().map(place).collect::<Option<_>>().expect("there is room");
        let (mut columns, mut read) = (columns(first), DMatrix::clone(last));
        live.iter().for_each(|&neuron| read.row_mut(neuron).fill(Rational::new()));
        for (&neuron, &place) in live.iter().zip(&places) {
            columns[place] = column(first, neuron);
            read.set_row(place, &last.row(neuron));
        }
        let layers = vec![Arc::new(copied(first.nrows(), &columns)), Arc::new(read)];
        self.rebuild(1, &layers);
        self.read(layers[1].clone(), vec![places]);
    }

    /// From here to where another walk stands, and back along that one, whose live neurons have room beside this one's: the
    /// networks passed on the way, without the two ends.
    pub fn meet(mut self, mut other: Walk) -> Vec<Parameters<Rational>> {
        other.clear(&self.live[0]);
        let goal = other.layers().clone();
        self.rebuild(1, &goal);
        self.read(goal[goal.len() - 1].clone(), other.live.clone());
        self.rebuild(1, &goal);
        assert!(*self.layers() == goal, "every neuron is dead on one of the two walks");
        self.passed.extend(other.passed.into_iter().rev().skip(1));
        let inner = self.passed.len() - 1;
        let network = |layers| Parameters::from_shared(layers).expect("the shapes are those of the ends");
        self.passed.drain(1..inner).map(network).collect()
    }
}

fn column(matrix: &DMatrix<Rational>, index: usize) -> &[Rational] {
    &matrix.as_slice()[index * matrix.nrows()..][..matrix.nrows()]
}

fn columns(matrix: &DMatrix<Rational>) -> Vec<&[Rational]> {
    (0..matrix.ncols()).map(|index| column(matrix, index)).collect()
}

/// The matrix of these columns: a wide layer has millions of numbers to be copied.
fn copied(rows: usize, columns: &[&[Rational]]) -> DMatrix<Rational> {
    let entries = parallel::map(columns, |column| column.to_vec());
    DMatrix::from_vec(rows, columns.len(), entries.into_iter().flatten().collect())
}
