//! Pictures as SVG.

use super::Profile;
use plotters::prelude::*;

/// A picture could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the picture could not be drawn: {0}")]
pub struct PlotError(String);

impl PlotError {
    pub(super) fn new(reason: String) -> Self {
        PlotError(reason)
    }
}

const SIZE: (u32, u32) = (820, 420);
const CERTIFIED: RGBColor = RGBColor(0, 98, 155);
const SAMPLED: RGBColor = RGBColor(200, 80, 20);

/// The loss along a certified path and along the straight line between its ends, as an SVG document.
///
/// # Errors
/// [`PlotError`] from the drawing library.
pub fn draw_profile(profile: &Profile, title: &str) -> Result<String, PlotError> {
    let mut svg = String::new();
    draw(&mut svg, profile, title).map_err(|error| PlotError(error.to_string()))?;
    Ok(svg)
}

fn draw(svg: &mut String, profile: &Profile, title: &str) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let moves = profile.along.last().map_or(1.0, |&(position, _)| position.max(1.0));
    let along: Vec<(f64, f64)> = profile.along.iter().map(|&(x, loss)| (x / moves, loss)).collect();
    let finite = along.iter().chain(&profile.line).map(|&(_, loss)| loss).filter(|loss| loss.is_finite());
    let top = finite.fold(0.0, f64::max) * 1.3 + f64::MIN_POSITIVE; // Room for the legend.
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..1.0, 0.0..top)?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .bold_line_style(BLACK.mix(0.1))
        .x_desc("share of the way")
        .y_desc("loss")
        .label_style(("sans-serif", 13))
        .draw()?;
    let line = profile.line.iter().copied();
    chart
        .draw_series(LineSeries::new(line, SAMPLED.stroke_width(2)))?
        .label("straight line between the ends (61 samples, floats)")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], SAMPLED.stroke_width(2)));
    chart.draw_series(profile.line.iter().map(|&point| Circle::new(point, 2, SAMPLED.filled())))?;
    chart
        .draw_series(LineSeries::new(along, CERTIFIED.stroke_width(3)))?
        .label("certified path (proved for every point)")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], CERTIFIED.stroke_width(3)));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font(("sans-serif", 13))
        .draw()?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(())
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
        .max_light_lines(0)
        .bold_line_style(BLACK.mix(0.1))
        .x_desc("bits of precision")
        .y_desc("largest drift of the loss")
        .x_label_formatter(&|x| format!("{:.0}", x.exp2()))
        .y_label_formatter(&|y| format!("1e{y:.0}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series(LineSeries::new(points.clone(), CERTIFIED.stroke_width(2)))?;
    chart.draw_series(points.into_iter().map(|point| Circle::new(point, 4, CERTIFIED.filled())))?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(())
}
