//! The loss along a path, and its drift, as charts.

use super::Profile;
use super::chart::{Chart, Ink, Layer, Ticks};

/// The loss along a certified path and along the straight line between its ends.
pub fn profile_chart(profile: &Profile, title: &str) -> Chart {
    losses_chart(profile, &[], title)
}

/// The same with the losses at the vertices of the path that the double kernel built.
pub(super) fn losses_chart(profile: &Profile, double: &[f64], title: &str) -> Chart {
    let moves = profile.along.last().map_or(1.0, |&(position, _)| position.max(1.0));
    let along: Vec<(f64, f64)> = profile.along.iter().map(|&(x, loss)| (x / moves, loss)).collect();
    let steps = double.len().saturating_sub(1).max(1) as f64;
    let float: Vec<(f64, f64)> = double.iter().enumerate().map(|(k, &loss)| (k as f64 / steps, loss)).collect();
    let finite = along.iter().chain(&profile.line).chain(&float).map(|&(_, loss)| loss);
    let top = finite.filter(|loss| loss.is_finite()).fold(0.0, f64::max) * 1.05 + f64::MIN_POSITIVE;
    let line = |label: &str, ink, points| Layer::Line { label: label.into(), ink, points };
    let dots = |label: &str, ink, points| Layer::Dots { label: label.into(), ink, points, shades: Vec::new() };
    let mut layers = vec![
        line("straight line between the ends (61 samples, floats)", Ink::Sampled, profile.line.clone()),
        dots("", Ink::Sampled, profile.line.clone()),
        line("certified path (proved for every point)", Ink::Certified, along),
    ];
    if !float.is_empty() {
        layers.push(dots("path built in f64 (exact values at its vertices, no proof)", Ink::Float, float));
    }
    let (x, y) = (("share of the way".into(), 0.0..1.0), ("loss".into(), 0.0..top));
    Chart { title: title.into(), x, y, layers, ..Chart::default() }
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
