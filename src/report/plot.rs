//! Loss and accuracy along a path, and the drift of the loss, as charts.

use super::chart::{Chart, Ink, Layer, Panel, Ticks};
use super::span::Span;
use super::{Profile, SAMPLES, Sample, bounded_moves};
use crate::arith::Interval;
use crate::linalg::Double;
use crate::network::{Activation, Loss, Parameters, import_matrix};
use crate::path::{Move, Path};
use nalgebra::DMatrix;
use rug::Rational;

/// How many times as high as what is certified a straight line is that is drawn on a logarithmic axis.
const TOWERS: f64 = 10.0;

/// How far outputs may be apart, relative to the largest and to 1, that only the order of sums makes different.
const SAME_OUTPUTS: f64 = 1e-9;

/// The straight line from the start of a path to its end with the neurons in another order.
#[derive(Debug, Clone)]
pub struct OtherLine {
    /// The name of the network.
    pub to: String,
    /// [`SAMPLES`] points from 0 to 1, in floats.
    pub samples: Vec<Sample>,
}

/// Why there is no such line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OtherLineError {
    /// Another architecture.
    #[error("a network with the widths {found:?}, but those of the certificate have {expected:?}")]
    Widths { found: Vec<usize>, expected: Vec<usize> },
    /// The path runs to infinity.
    #[error("the path runs to infinity: it has no last network, which this could be in another order")]
    NoEnd,
    /// Another function.
    #[error(
        "this is not the last network of the path in another order: its outputs are up to {difference:.3e} apart from those; \
         `sublevel align A B … --out B2` writes one, for the first network A and the last one B"
    )]
    Outputs { difference: f64 },
}

impl OtherLine {
    /// The line to `network`, whose outputs have to be those of the path's end.
    ///
    /// # Errors
    /// All of [`OtherLineError`].
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn aligned(
        activation: &Activation,
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        path: &Path<Rational>,
        network: &Parameters<Rational>,
    ) -> Result<Self, OtherLineError> {
        let (found, expected) = (network.widths(), path.start.widths());
        if found != expected {
            return Err(OtherLineError::Widths { found, expected });
        }
        if path.moves.last().is_some_and(Move::is_endless) {
            return Err(OtherLineError::NoEnd);
        }
        let networks = [&path.start, network, &path.end()].map(|network| network.import(&Double));
        let span = Span::new(activation, &import_matrix(&Double, inputs), loss, &networks.each_ref());
        let [ours, theirs] = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|weights| span.output(&weights));
        let (difference, most) = (&ours - &theirs, SAME_OUTPUTS * theirs.amax().max(1.0));
        if !difference.iter().all(|difference| difference.abs() <= most) {
            return Err(OtherLineError::Outputs { difference: difference.amax() });
        }
        Ok(Self { to: "the last network in another order".into(), samples: span.line(SAMPLES) })
    }
}

/// Loss and accuracy along a certificate's path, along the straight line between its ends, and along another line; what is
/// certified of the loss is a band.
pub fn profile_chart(profile: &Profile, other: Option<&OtherLine>, title: &str) -> Chart {
    losses_chart(profile, other, &[], title)
}

/// The same with the losses at the vertices of the path that the double kernel built.
pub(super) fn losses_chart(profile: &Profile, other: Option<&OtherLine>, double: &[f64], title: &str) -> Chart {
    let steps = double.len().saturating_sub(1).max(1) as f64;
    let double = double.iter().enumerate().map(|(k, &loss)| Sample { at: k as f64 / steps, loss, accuracy: None });
    let curves = Curves { profile, other, double: double.collect() };
    let axis = Axis::new(&curves);
    let before = if profile.line.is_empty() { " before the last move" } else { "" };
    Chart {
        title: title.into(),
        x: (format!("share of the way{before}"), 0.0..1.0),
        y: (axis.name(), axis.ends()),
        ticks: if axis.is_logarithmic { Ticks::Logarithmic } else { Ticks::Plain },
        layers: [curves.bands(&axis), curves.layers(|sample| Some(axis.place(sample.loss)))].concat(),
        below: curves.accuracies(),
        ..Chart::default()
    }
}

/// What is drawn.
struct Curves<'a> {
    profile: &'a Profile,
    other: Option<&'a OtherLine>,
    double: Vec<Sample>,
}

impl Curves<'_> {
    fn moves(&self) -> f64 {
        self.profile.along.last().map_or(1.0, |last| last.at.max(1.0))
    }

    /// All but the path itself.
    fn others(&self) -> impl Iterator<Item = &Sample> {
        self.profile.line.iter().chain(self.other.iter().flat_map(|other| &other.samples)).chain(&self.double)
    }

    /// The curves of this value, with their names for the legend.
    fn layers(&self, value: impl Fn(&Sample) -> Option<f64>) -> Vec<Layer> {
        let points = |samples: &[Sample], length: f64| -> Vec<(f64, f64)> {
            samples.iter().filter_map(|sample| Some((sample.at / length, value(sample)?))).collect()
        };
        let dots = |label: &str, ink, points| Layer::Dots { label: label.into(), ink, points, shades: Vec::new() };
        let line = |label: String, ink, points| Layer::Line { label, ink, points };
        let straight = points(&self.profile.line, 1.0);
        let mut layers = vec![];
        if !straight.is_empty() {
            let label = format!("straight line between the ends ({SAMPLES} samples, floats)");
            let through = line(String::new(), Ink::Sampled, straight.clone());
            layers.extend([through, dots(&label, Ink::Sampled, straight)]);
        }
        if let Some(OtherLine { to, samples }) = self.other {
            let label = format!("straight line to {to} (floats)");
            layers.push(Layer::Dashes { label, ink: Ink::Other, points: points(samples, 1.0) });
        }
        let along = points(&self.profile.along, self.moves());
        layers.push(line("the certificate\u{2019}s path (floats)".into(), Ink::Certified, along));
        if !self.double.is_empty() {
            let label = "path built in f64 (exact values at its vertices, no proof)";
            layers.push(dots(label, Ink::Float, points(&self.double, 1.0)));
        }
        layers
    }

    /// What is certified: the loss is in the band, on every move that has a bound.
    fn bands(&self, axis: &Axis) -> Vec<Layer> {
        let bounds: Vec<(usize, Option<f64>)> = self.profile.bounds.iter().copied().enumerate().collect();
        let runs = bounds.chunk_by(|a, b| a.1.is_some() == b.1.is_some()).filter(|run| run[0].1.is_some());
        let mut label = self.profile.bound().map_or(String::new(), |bound| {
            let on = bounded_moves(&self.profile.bounds).map_or(String::new(), |moves| format!(" of {moves}"));
            format!("the certificate\u{2019}s bound, for every point{on}: at most {}", rounded_up(bound))
        });
        let band = |run: &[(usize, Option<f64>)]| {
            let (bottom, top) = (axis.ends().start, axis.ends().end);
            let at = |k: usize| k as f64 / self.moves();
            let steps = run.iter().flat_map(|&(k, bound)| {
                let height = bound.map_or(bottom, |bound| axis.place(bound).min(top));
                [(at(k), height), (at(k + 1), height)]
            });
            let corners =
                [(at(run[0].0), bottom)].into_iter().chain(steps).chain([(at(run[run.len() - 1].0 + 1), bottom)]);
            Layer::Band { label: std::mem::take(&mut label), ink: Ink::Certified, corners: corners.collect() }
        };
        runs.map(band).collect()
    }

    /// The accuracies, in percent; none where there are none.
    fn accuracies(&self) -> Option<Panel> {
        let value = |sample: &Sample| sample.accuracy.map(|share| 100.0 * share);
        let lowest = self.profile.along.iter().chain(self.others()).filter_map(value).reduce(f64::min)?;
        let low = ((lowest / 5.0).floor() * 5.0).min(95.0);
        let layers = self
            .layers(value)
            .into_iter()
            .filter(|layer| !matches!(layer, Layer::Dots { points, .. } if points.is_empty()));
        Some(Panel { y: ("accuracy (%)".into(), low..100.0 + 0.03 * (100.0 - low)), layers: layers.collect() })
    }
}

/// Where losses are drawn.
struct Axis {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// From 0; logarithmic where the other curves tower over the path.
    fn new(curves: &Curves) -> Self {
        let loss = |sample: &Sample| sample.loss;
        let along = curves.profile.along.iter().map(loss);
        let path = largest(along.clone().chain(curves.profile.bound()));
        let others = largest(curves.others().map(loss));
        let high = path.max(others);
        let is_logarithmic = path > 0.0 && others > TOWERS * path;
        let lowest = along.chain(curves.others().map(loss)).filter(|loss| *loss > 1e-9 * high).fold(high, f64::min);
        if is_logarithmic {
            Axis { low: 0.8 * lowest, high: 1.2 * high, is_logarithmic }
        } else {
            Axis { low: 0.0, high: 1.05 * high + f64::MIN_POSITIVE, is_logarithmic }
        }
    }

    fn name(&self) -> String {
        if self.is_logarithmic { "loss, logarithmic".into() } else { "loss".into() }
    }

    /// A loss's place; the bottom of a logarithmic axis for what is below it.
    fn place(&self, loss: f64) -> f64 {
        match self.is_logarithmic {
            true if loss < self.low => self.low.log10(),
            true => loss.log10(),
            false => loss,
        }
    }

    fn ends(&self) -> std::ops::Range<f64> {
        self.place(self.low)..self.place(self.high)
    }
}

/// The largest of the finite ones among these losses; 0 if there is none.
fn largest(losses: impl Iterator<Item = f64>) -> f64 {
    losses.filter(|loss| loss.is_finite()).fold(0.0, f64::max)
}

/// A bound in few digits, none of them too small.
pub(super) fn rounded_up(bound: f64) -> String {
    let interval = Rational::from_f64(bound).map(|bound| Interval::point(bound).with_digits(5));
    let upper = interval.as_deref().and_then(|text| text.trim_end_matches(']').split_once(", "));
    upper.map_or_else(|| bound.to_string(), |(_, upper)| upper.to_owned())
}

/// The drift of the loss against the bits of precision, both on logarithmic scales. What broke is left out; a drift of
/// zero is drawn at the bottom.
pub fn comparison_chart(rows: &[super::Comparison]) -> Chart {
    let exponent = |drift: f64| if drift > 0.0 { drift.log10() } else { -330.0 };
    let mut points: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((f64::from(row.precision?).log2(), exponent(row.drift?)))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low = points.iter().map(|point| point.1).fold(0.0, f64::min) - 2.0;
    let high = points.iter().map(|point| point.1).fold(low, f64::max) + 2.0;
    let (left, right) = (points.first().map_or(4.0, |p| p.0) - 0.3, points.last().map_or(6.0, |p| p.0) + 0.3);
    let line = Layer::Line { label: String::new(), ink: Ink::Certified, points: points.clone() };
    let dots = Layer::Dots { label: String::new(), ink: Ink::Certified, points, shades: Vec::new() };
    Chart {
        title: "drift of the loss on the float path".into(),
        x: ("bits of precision".into(), left..right),
        y: ("largest drift of the loss".into(), low..high),
        ticks: Ticks::Powers,
        layers: vec![line, dots],
        ..Chart::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_up() {
        for (bound, text) in [(0.1, "0.10001"), (0.25, "0.25"), (12.345678, "12.346")] {
            assert_eq!(rounded_up(bound), text);
        }
    }

    /// A path of three moves at loss 1/2, and a straight line with this largest loss.
    fn profile(bounds: [Option<f64>; 3], highest: f64) -> Profile {
        let sample = |at: f64, loss| Sample { at, loss, accuracy: None };
        let along = (0..4).map(|k| sample(f64::from(k), 0.5)).collect();
        let line = vec![sample(0.0, 0.5), sample(0.5, highest), sample(1.0, 0.5)];
        Profile { vertices: vec![Interval::point(Rational::from((1, 2))); 4], bounds: bounds.to_vec(), along, line }
    }

    fn bands(chart: &Chart) -> Vec<&[(f64, f64)]> {
        let band = |layer: &'_ Layer| matches!(layer, Layer::Band { .. });
        let corners = chart.layers.iter().filter(|layer| band(layer)).map(|layer| match layer {
            Layer::Band { corners, .. } => &corners[..],
            _ => &[],
        });
        corners.collect()
    }

    #[test]
    fn a_band_ends_where_there_is_no_bound() {
        let chart = profile_chart(&profile([Some(1.0), None, Some(2.0)], 4.0), None, "");
        let third = 1.0 / 3.0;
        let first = [(0.0, 0.0), (0.0, 1.0), (third, 1.0), (third, 0.0)];
        let last = [(2.0 * third, 0.0), (2.0 * third, 2.0), (1.0, 2.0), (1.0, 0.0)];
        assert_eq!(bands(&chart), [first, last]);
        let chart = profile_chart(&profile([Some(1.0), Some(1.5), Some(2.0)], 4.0), None, "");
        assert_eq!(bands(&chart).len(), 1);
        assert_eq!(bands(&chart)[0].len(), 8);
        assert_eq!(bands(&profile_chart(&profile([None; 3], 4.0), None, "")).len(), 0);
    }

    #[test]
    fn the_axis_is_logarithmic_where_the_straight_line_towers() {
        let chart = |highest| profile_chart(&profile([Some(1.0); 3], highest), None, "");
        let (low, high) = (chart(9.9), chart(10.1));
        assert_eq!((low.ticks, low.y.0.as_str()), (Ticks::Plain, "loss"));
        assert_eq!((high.ticks, high.y.0.as_str()), (Ticks::Logarithmic, "loss, logarithmic"));
        // The band's top is at log10 1.
        assert_eq!(bands(&high)[0][1], (0.0, 0.0));
        assert!(high.y.1.start < 0.5f64.log10() && 10.1f64.log10() < high.y.1.end);
    }
}
