//! The loss along a path as a picture.

use super::Profile;
use super::chart::{Chart, Ink, Layer, PlotError, SIZE};
use plotters::prelude::*;

/// The loss along a certified path and along the straight line between its ends, as an SVG document.
///
/// # Errors
/// [`PlotError`] from the drawing library.
pub fn draw_profile(profile: &Profile, title: &str) -> Result<String, PlotError> {
    draw_losses(profile, &[], title)
}

/// The same with the losses at the vertices of the path that the double kernel built.
pub(super) fn draw_losses(profile: &Profile, double: &[f64], title: &str) -> Result<String, PlotError> {
    let moves = profile.along.last().map_or(1.0, |&(position, _)| position.max(1.0));
    let along: Vec<(f64, f64)> = profile.along.iter().map(|&(x, loss)| (x / moves, loss)).collect();
    let steps = double.len().saturating_sub(1).max(1) as f64;
    let float: Vec<(f64, f64)> = double.iter().enumerate().map(|(k, &loss)| (k as f64 / steps, loss)).collect();
    let finite = along.iter().chain(&profile.line).chain(&float).map(|&(_, loss)| loss);
    let top = finite.filter(|loss| loss.is_finite()).fold(0.0, f64::max) * 1.3 + f64::MIN_POSITIVE;
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
    Chart { title: title.into(), x, y, scale: None, layers }.draw()
}

/// The drift of the loss against the bits of precision, both on logarithmic scales, as an SVG document. What broke is
/// left out; a drift of zero is drawn at the bottom.
///
/// # Errors
/// [`PlotError`] from the drawing library.
pub fn draw_comparison(rows: &[super::Comparison]) -> Result<String, PlotError> {
    let mut svg = String::new();
    draw_drift(&mut svg, rows).map_err(|error| PlotError(error.to_string()))?;
    Ok(svg)
}

fn draw_drift(svg: &mut String, rows: &[super::Comparison]) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let exponent = |drift: f64| if drift > 0.0 { drift.log10() } else { -330.0 };
    let mut points: Vec<(f64, f64)> =
        rows.iter().filter_map(|row| Some((f64::from(row.precision?).log2(), exponent(row.drift?)))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low = points.iter().map(|point| point.1).fold(0.0, f64::min) - 2.0;
    let high = points.iter().map(|point| point.1).fold(low, f64::max) + 2.0;
    let (left, right) = (points.first().map_or(4.0, |p| p.0) - 0.3, points.last().map_or(6.0, |p| p.0) + 0.3);
    let mut chart = ChartBuilder::on(&root)
        .caption("drift of the loss on the float path", ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d(left..right, low..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc("bits of precision")
        .y_desc("largest drift of the loss")
        .x_label_formatter(&|x| format!("{:.0}", x.exp2()))
        .y_label_formatter(&|y| format!("1e{y:.0}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series(LineSeries::new(points.clone(), Ink::Certified.colour().stroke_width(2)))?;
    chart.draw_series(points.into_iter().map(|point| Circle::new(point, 4, Ink::Certified.colour().filled())))?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(())
}
