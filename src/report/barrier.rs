//! A certified barrier as a chart.

use super::chart::{Chart, Ink, Layer};
use crate::arith::counted;
use crate::barrier::{Barrier, Position, Region};

/// The sampled losses of a path, the proved curve above them ([`crate::barrier::envelope`]) with the band between
/// shaded, and the certified maximum as a line across.
pub fn barrier_chart(
    barrier: &Barrier,
    segments: usize,
    samples: &[(Position, f64)],
    envelope: &[(Region, [f64; 2])],
    title: &str,
) -> Chart {
    let along = |segment: usize, lambda: f64| (segment as f64 + lambda) / segments as f64;
    let sampled = samples.iter().map(|&(place, loss)| (along(place.segment, place.lambda), loss));
    let sampled: Vec<(f64, f64)> = sampled.filter(|(_, loss)| loss.is_finite()).collect();
    let maximum = barrier.maximum.upper;
    let losses = sampled.iter().map(|&(_, loss)| loss).chain([maximum]);
    let top = losses.filter(|loss| loss.is_finite()).fold(0.0, f64::max) * 1.05 + f64::MIN_POSITIVE;
    let chord = |&(region, ends): &(Region, [f64; 2])| {
        [(along(region.segment, region.from), ends[0]), (along(region.segment, region.to), ends[1])]
    };
    let above = envelope.iter().flat_map(chord).filter(|(_, loss)| loss.is_finite());
    let above: Vec<(f64, f64)> = above.map(|(x, loss)| (x, loss.min(top))).collect();
    let corners = above.iter().chain(sampled.iter().rev()).copied().collect();
    let layers = vec![
        Layer::Band { label: String::new(), ink: Ink::Certified, corners },
        Layer::Line {
            label: "proved: the loss is nowhere above this curve".into(),
            ink: Ink::Certified,
            points: above,
        },
        Layer::Line {
            label: format!("certified maximum in {}", barrier.maximum),
            ink: Ink::Neutral,
            points: vec![(0.0, maximum), (1.0, maximum)],
        },
        Layer::Dots {
            label: format!("{} (floats)", counted(sampled.len(), "sample")),
            ink: Ink::Sampled,
            points: sampled,
            shades: Vec::new(),
        },
    ];
    let (x, y) = (("share of the way".into(), 0.0..1.0), ("loss".into(), 0.0..top));
    Chart { title: title.into(), x, y, layers, ..Chart::default() }
}
