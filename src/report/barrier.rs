//! The picture of a certified barrier, as SVG.

use super::PlotError;
use super::chart::{Ink, SIZE};
use crate::barrier::{Barrier, Position, Region};
use plotters::prelude::*;

const CERTIFIED: RGBColor = Ink::Certified.colour();
const SAMPLED: RGBColor = Ink::Sampled.colour();

/// The sampled losses of a path, the proved curve above them ([`crate::barrier::envelope`]) with the band between
/// shaded, and the certified maximum as a line across.
///
/// # Errors
/// [`PlotError`] from the drawing library.
pub fn draw_barrier(
    barrier: &Barrier,
    segments: usize,
    samples: &[(Position, f64)],
    envelope: &[(Region, [f64; 2])],
    title: &str,
) -> Result<String, PlotError> {
    let along = |segment: usize, lambda: f64| (segment as f64 + lambda) / segments as f64;
    let sampled = samples.iter().map(|&(place, loss)| (along(place.segment, place.lambda), loss)).collect();
    let chord = |&(region, ends): &(Region, [f64; 2])| {
        [(along(region.segment, region.from), ends[0]), (along(region.segment, region.to), ends[1])]
    };
    let above = envelope.iter().flat_map(chord).filter(|(_, loss)| loss.is_finite()).collect();
    let picture = Picture { sampled, above, maximum: barrier.maximum.upper, proved: barrier.maximum.to_string() };
    let mut svg = String::new();
    picture.draw(&mut svg, title).map_err(|error| PlotError(error.to_string()))?;
    Ok(svg)
}

/// Curves over [0, 1].
struct Picture {
    sampled: Vec<(f64, f64)>,
    above: Vec<(f64, f64)>,
    maximum: f64,
    /// The enclosure of the maximum, in figures.
    proved: String,
}

impl Picture {
    fn draw(&self, svg: &mut String, title: &str) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let losses = self.sampled.iter().map(|&(_, loss)| loss).chain([self.maximum]);
        let top = losses.filter(|loss| loss.is_finite()).fold(0.0, f64::max) * 1.12 + f64::MIN_POSITIVE;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(42)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..1.0, 0.0..top)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_desc("share of the way")
            .y_desc("loss")
            .label_style(("sans-serif", 13))
            .draw()?;
        let below = self.sampled.iter().rev().copied();
        let band: Vec<(f64, f64)> = self.above.iter().map(|&(x, loss)| (x, loss.min(top))).chain(below).collect();
        chart.draw_series([Polygon::new(band, CERTIFIED.mix(0.25))])?;
        chart
            .draw_series(LineSeries::new(
                self.above.iter().map(|&(x, loss)| (x, loss.min(top))),
                CERTIFIED.stroke_width(2),
            ))?
            .label("proved: the loss is nowhere above this curve")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], CERTIFIED.stroke_width(2)));
        chart
            .draw_series(LineSeries::new([(0.0, self.maximum), (1.0, self.maximum)], CERTIFIED.stroke_width(1)))?
            .label(format!("certified maximum in {}", self.proved))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], CERTIFIED.stroke_width(1)));
        chart
            .draw_series(self.sampled.iter().map(|&point| Circle::new(point, 2, SAMPLED.filled())))?
            .label(format!("{} samples (floats)", self.sampled.len()))
            .legend(|(x, y)| Circle::new((x + 11, y), 3, SAMPLED.filled()));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerMiddle)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.2))
            .label_font(("sans-serif", 13))
            .draw()?;
        root.present()?;
        drop(chart);
        drop(root);
        Ok(())
    }
}
