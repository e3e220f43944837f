//! Arrangements as certificates.
//!
//! *Several components.* For every component but the largest its boundary is written down: a closed curve modulo 2 on which
//! the class does not win, with a class on every edge that is as large. A point inside is on the one side of it, a point of
//! any other component on the other. So the points, one of each component, have different words of sides.
//!
//! *No more components.* All cells, each with its class: who joins them by their common edges gets no more components than
//! are stated.

use crate::arith::counted;
use crate::certificate::{Integer as Digits, Matrix, Object, object as file};
use crate::network::{Activation, Parameters};
use crate::path::{to_activation, to_layers, to_matrix};
use rug::{Integer, Rational};
use std::collections::{BTreeMap, BTreeSet};

use super::arrangement::{Arrangement, Facet};
use super::form::Triple;
use super::{Chart, Component};

/// Why there is no such certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDisconnected {
    /// There is no such class.
    #[error("there is no class {class}: the network has {}", counted(*classes, "class"))]
    NoSuchClass { class: usize, classes: usize },
    /// The region is empty or connected.
    #[error("the region of class {class} has {}", counted(*components, "component"))]
    Components { class: usize, components: usize },
}

impl Arrangement {
    /// That the region of a class, from 0, has at least as many components as were found.
    ///
    /// # Errors
    /// [`NotDisconnected`].
    pub fn boundaries(&self, class: usize) -> Result<Object, NotDisconnected> {
        let classes = self.component_counts().len();
        if class >= classes {
            return Err(NotDisconnected::NoSuchClass { class, classes });
        }
        let components: Vec<&Component> = self.components_of(class).collect();
        if components.len() < 2 {
            return Err(NotDisconnected::Components { class, components: components.len() });
        }
        let points: Vec<Triple> = components.iter().map(|component| self.inner(component)).collect();
        Ok(Object::Boundaries(Box::new(file::Boundaries {
            network: network_record(&self.network, &self.activation),
            class,
            chart: self.chart_record(),
            points: self.matrix(points.iter()),
            curves: components[1..].iter().map(|component| self.curve(component)).collect(),
        })))
    }

    /// That no class has more components than were found.
    pub fn census(&self) -> Object {
        let cell = |cell: usize| file::Cell {
            vertices: self.polygon(cell).iter().map(|&vertex| vertex as usize).collect(),
            class: self.class(cell),
        };
        Object::Cells(Box::new(file::Cells {
            network: network_record(&self.network, &self.activation),
            chart: self.chart_record(),
            vertices: self.matrix(self.points.iter()),
            cells: (0..self.cell_count()).map(cell).collect(),
            at_most: self.component_counts(),
        }))
    }

    /// The boundary of a component.
    fn curve(&self, component: &Component) -> file::Boundary {
        let boundary = self.boundary(component);
        let used: BTreeSet<u32> = boundary.iter().flat_map(|facet| [facet.ends.0, facet.ends.1]).collect();
        let places: BTreeMap<u32, usize> = used.iter().copied().zip(0..).collect();
        let edge = |facet: &Facet| {
            let other = self.witness(facet).expect("beyond a boundary that is won the component goes on");
            [places[&facet.ends.0], places[&facet.ends.1], other as usize]
        };
        let edges = if self.chart.dimension() == 2 { boundary.iter().map(edge).collect() } else { vec![] };
        file::Boundary { vertices: self.matrix(used.iter().map(|&vertex| &self.points[vertex as usize])), edges }
    }

    /// Homogeneous coordinates, `[V, c + 1]`.
    fn matrix<'a>(&self, points: impl Iterator<Item = &'a Triple>) -> Matrix {
        let is_plane = self.chart.dimension() == 2;
        let row = |point: &Triple| -> Vec<Digits> {
            let entries = point.iter().enumerate().filter(|&(index, _)| is_plane || index != 1);
            entries.map(|(_, entry)| digits(entry)).collect()
        };
        let num: Vec<Vec<Digits>> = points.map(row).collect();
        Matrix { rows: num.len(), cols: self.chart.dimension() + 1, num, den: digits(&Integer::from(1)) }
    }

    fn chart_record(&self) -> Option<file::Chart> {
        (!self.chart.is_identity()).then(|| chart_record(&self.chart))
    }
}

fn digits(integer: &Integer) -> Digits {
    Digits::new(integer.to_string()).expect("an integer in decimal")
}

fn chart_record(chart: &Chart) -> file::Chart {
    file::Chart {
        origin: to_matrix(chart.origin()),
        directions: to_matrix(chart.directions()),
        projection: chart.projection().map(to_matrix),
    }
}

/// A network as the certificates of regions hold it.
pub(super) fn network_record(network: &Parameters<Rational>, activation: &Activation) -> file::Network {
    file::Network { widths: network.widths(), activation: to_activation(activation), layers: to_layers(network) }
}
