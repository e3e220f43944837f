//! A path of inputs as a certificate.

use super::{ClassPath, Method};
use crate::certificate::{Object, object};
use crate::network::{Activation, Parameters};
use crate::path::to_matrix;
use crate::region::certificate::network_record;
use nalgebra::DMatrix;
use rug::Rational;

impl ClassPath {
    /// The vertices, [K, d].
    pub fn stops(&self) -> DMatrix<Rational> {
        let (count, width) = (self.vertices.len(), self.vertices[0].len());
        DMatrix::from_row_iterator(count, width, self.vertices.iter().flatten().cloned())
    }

    /// What the checker proves: the network gives the class at every point of the chain.
    pub fn object(&self, network: &Parameters<Rational>, activation: &Activation) -> Object {
        let network = network_record(network, activation);
        let stop = |vertex: &Vec<Rational>| to_matrix(&DMatrix::from_row_slice(1, vertex.len(), vertex));
        let stops = self.vertices.iter().map(stop).collect();
        Object::ClassPath(Box::new(object::ClassPath { network, class: self.class, stops }))
    }

    /// The smallest and the largest coordinate on the path.
    pub fn range(&self) -> (&Rational, &Rational) {
        let entries = || self.vertices.iter().flatten();
        entries().min().zip(entries().max()).expect("an input has coordinates")
    }

    /// The decimal digits of the longest number in the certificate, at most.
    pub fn digits(&self) -> u64 {
        self.vertices.iter().map(|vertex| super::digits(vertex)).max().unwrap_or(0)
    }

    /// How the path was found, in words: the label of its certificate.
    pub fn label(&self) -> String {
        let methods: Vec<String> = self.legs.iter().map(|leg| leg.method.to_string()).collect();
        let mut counted: Vec<(String, usize)> = vec![];
        for method in methods {
            match counted.last_mut().filter(|(last, _)| *last == method) {
                Some((_, count)) => *count += 1,
                None => counted.push((method, 1)),
            }
        }
        let legs = |(method, count): (String, usize)| match count {
            1 => method,
            _ => format!("{method} ({count} legs)"),
        };
        counted.into_iter().map(legs).collect::<Vec<_>>().join(", then ")
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Method::Straight => f.write_str("straight"),
            Method::Rounded { bits } => write!(f, "theorem 5.2.3, rounded to {bits} bits"),
            Method::Exact => f.write_str("theorem 5.2.3, exact"),
            Method::Bent => f.write_str("a line bent by a search"),
        }
    }
}
