//! Charts as SVG: lines, dots, bars and coloured cells on two axes.
//!
//! A picture has a white plate and fixed colours, so that every viewer shows it; [`themed`] turns these few colours into
//! CSS variables for a page that has a light and a dark face.

use crate::statement::stuck_flow::Grid;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

/// A picture could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the picture could not be drawn: {0}")]
pub struct PlotError(pub(super) String);

/// What a line or a dot stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Proved for every point.
    Certified,
    /// Sampled in floats.
    Sampled,
    /// What a float kernel made of it.
    Float,
    /// A bound, an axis, anything neutral.
    Neutral,
    /// A fourth series.
    Other,
    /// White, on coloured cells.
    Light,
}

impl Ink {
    /// The colour on a white plate.
    pub(super) const fn colour(self) -> RGBColor {
        match self {
            Ink::Certified => RGBColor(0, 98, 155),
            Ink::Sampled => RGBColor(200, 80, 20),
            Ink::Float => RGBColor(122, 63, 160),
            Ink::Other => RGBColor(46, 125, 80),
            Ink::Neutral => BLACK,
            Ink::Light => RGBColor(254, 254, 254),
        }
    }

    /// The CSS variable that [`themed`] puts in its place.
    fn variable(self) -> Option<&'static str> {
        match self {
            Ink::Certified => Some("var(--certified)"),
            Ink::Sampled => Some("var(--sampled)"),
            Ink::Float => Some("var(--float)"),
            Ink::Other => Some("var(--other)"),
            Ink::Neutral => Some("var(--ink)"),
            Ink::Light => None,
        }
    }
}

/// One layer of a chart; later layers cover earlier ones.
#[derive(Debug, Clone)]
pub enum Layer {
    /// Straight lines through the points.
    Line {
        /// Its name in the legend; none if empty.
        label: String,
        /// Its colour.
        ink: Ink,
        /// Where it runs; points that are not finite are left out.
        points: Vec<(f64, f64)>,
    },
    /// Dots, each with its own fill where `shades` has one (a share of the colour scale from 0 to 1).
    Dots {
        /// Their name in the legend; none if empty.
        label: String,
        /// Their colour, or that of their rim.
        ink: Ink,
        /// Where they are.
        points: Vec<(f64, f64)>,
        /// As many as points, or none.
        shades: Vec<f64>,
    },
    /// Bar k from 0 to its height over [k, k + 1].
    Bars {
        /// Their colour.
        ink: Ink,
        /// Their heights.
        heights: Vec<f64>,
    },
    /// A cell around every point of the grid, its values on the chart's colour scale.
    Cells(Grid),
}

/// Two axes and what is drawn on them.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Over the picture; none if empty.
    pub title: String,
    /// Name and ends of the first axis.
    pub x: (String, Range<f64>),
    /// Name and ends of the second.
    pub y: (String, Range<f64>),
    /// Name and ends of the colour scale, if there are cells.
    pub scale: Option<(String, Range<f64>)>,
    /// From back to front.
    pub layers: Vec<Layer>,
}

pub(super) const SIZE: (u32, u32) = (820, 420);
const SCALE_WIDTH: u32 = 120;
const FONT: (&str, u32) = ("sans-serif", 13);

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

impl Chart {
    /// The chart as an SVG document.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn draw(&self) -> Result<String, PlotError> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            self.draw_on(&root).map_err(|error| PlotError(error.to_string()))?;
        }
        Ok(svg)
    }

    fn draw_on(&self, root: &Drawing) -> Drawn {
        root.fill(&WHITE)?;
        match &self.scale {
            None => self.draw_plot(root)?,
            Some((name, ends)) => {
                let (plot, scale) = root.split_horizontally(SIZE.0 - SCALE_WIDTH);
                self.draw_plot(&plot)?;
                draw_scale(&scale, name, ends)?;
            }
        }
        root.present()?;
        Ok(())
    }

    fn draw_plot(&self, area: &Drawing) -> Drawn {
        let mut builder = ChartBuilder::on(area);
        if !self.title.is_empty() {
            builder.caption(&self.title, ("sans-serif", 17));
        }
        let (x, y) = (widened(&self.x.1), widened(&self.y.1));
        let mut plot = builder.margin(14).x_label_area_size(44).y_label_area_size(78).build_cartesian_2d(x, y)?;
        for layer in self.layers.iter().filter(|layer| matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        let mut mesh = plot.configure_mesh();
        mesh.light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.12)).x_labels(8).y_labels(8);
        mesh.x_label_formatter(&compact).y_label_formatter(&compact);
        mesh.x_desc(&self.x.0).y_desc(&self.y.0).label_style(FONT).axis_desc_style(FONT).draw()?;
        for layer in self.layers.iter().filter(|layer| !matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        if self.layers.iter().any(|layer| !layer.label().is_empty()) {
            let mut labels = plot.configure_series_labels();
            labels.position(SeriesLabelPosition::UpperRight).background_style(WHITE.mix(0.85));
            labels.border_style(BLACK.mix(0.2)).label_font(FONT).draw()?;
        }
        Ok(())
    }

    fn draw_layer(&self, plot: &mut Plot, layer: &Layer) -> Drawn {
        match layer {
            Layer::Line { label, ink, points } => {
                let colour = ink.colour();
                let finite = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite());
                let series = plot.draw_series(LineSeries::new(finite, colour.stroke_width(2)))?;
                if !label.is_empty() {
                    let sample = move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2));
                    series.label(label).legend(sample);
                }
            }
            Layer::Dots { label, ink, points, shades } => {
                let colour = ink.colour();
                if shades.len() == points.len() {
                    let disc = |(&point, &shade): (&(f64, f64), &f64)| Circle::new(point, 5, ramp(shade).filled());
                    plot.draw_series(points.iter().zip(shades).map(disc))?;
                    plot.draw_series(points.iter().map(|&point| Circle::new(point, 5, colour.stroke_width(2))))?;
                    return Ok(());
                }
                let dots = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
                let series = plot.draw_series(dots.map(|&point| Circle::new(point, 3, colour.filled())))?;
                if !label.is_empty() {
                    series.label(label).legend(move |(x, y)| Circle::new((x + 10, y), 3, colour.filled()));
                }
            }
            Layer::Bars { ink, heights } => {
                let colour = ink.colour();
                let bar = |(k, &height): (usize, &f64)| {
                    Rectangle::new([(k as f64 + 0.1, 0.0), (k as f64 + 0.9, height)], colour.filled())
                };
                plot.draw_series(heights.iter().enumerate().map(bar))?;
            }
            Layer::Cells(grid) => {
                let ends = self.scale.as_ref().map_or(0.0..1.0, |(_, ends)| ends.clone());
                draw_cells(plot, grid, &ends)?;
            }
        }
        Ok(())
    }
}

impl Layer {
    fn label(&self) -> &str {
        match self {
            Layer::Line { label, .. } | Layer::Dots { label, .. } => label,
            Layer::Bars { .. } | Layer::Cells(_) => "",
        }
    }
}

/// A cell reaches half-way to its neighbours; those at the rim end at it.
fn draw_cells(plot: &mut Plot, grid: &Grid, ends: &Range<f64>) -> Drawn {
    let edges = |centres: &[f64]| -> Vec<f64> {
        let inner = centres.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
        centres.first().copied().into_iter().chain(inner).chain(centres.last().copied()).collect()
    };
    let (xs, ys) = (edges(&grid.xs), edges(&grid.ys));
    for (i, row) in grid.values.iter().enumerate() {
        let cell = |(j, &value): (usize, &f64)| {
            Rectangle::new([(xs[j], ys[i]), (xs[j + 1], ys[i + 1])], ramp(share(value, ends)).filled())
        };
        plot.draw_series(row.iter().enumerate().map(cell))?;
    }
    Ok(())
}

fn draw_scale(area: &Drawing, name: &str, ends: &Range<f64>) -> Drawn {
    let ends = widened(ends);
    let mut plot = ChartBuilder::on(area)
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..1.0, ends.clone())?;
    let steps = 40;
    let values = (0..=steps).map(|k| ends.start + (ends.end - ends.start) * f64::from(k) / f64::from(steps));
    let ys: Vec<f64> = values.collect();
    let grid = Grid { xs: vec![0.0, 1.0], values: ys.iter().map(|&y| vec![y, y]).collect(), ys };
    draw_cells(&mut plot, &grid, &ends)?;
    plot.configure_mesh()
        .disable_mesh()
        .y_label_formatter(&compact)
        .disable_x_axis()
        .set_tick_mark_size(LabelAreaPosition::Left, 8)
        .y_desc(name)
        .label_style(FONT)
        .axis_desc_style(FONT)
        .draw()?;
    Ok(())
}

/// Where a value is on the colour scale, from 0 to 1.
pub(super) fn share(value: f64, ends: &Range<f64>) -> f64 {
    let share = (value - ends.start) / (ends.end - ends.start);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { f64::from(u8::from(value > ends.start)) }
}

/// Dark blue to pale yellow by way of green: even steps of lightness, readable without colour vision.
fn ramp(share: f64) -> RGBColor {
    const STOPS: [(f64, f64, f64); 5] =
        [(48.0, 18.0, 90.0), (52.0, 84.0, 140.0), (32.0, 144.0, 140.0), (110.0, 200.0, 98.0), (250.0, 232.0, 90.0)];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let index = (place as usize).min(STOPS.len() - 2);
    let (a, b, part) = (STOPS[index], STOPS[index + 1], place - index as f64);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// A tick's number in few characters.
fn compact(value: &f64) -> String {
    match value.abs() {
        magnitude if magnitude >= 1e5 => format!("{value:.1e}").replace(".0e", "e"),
        magnitude if magnitude < 1e-9 => "0".into(),
        magnitude if magnitude < 1e-2 => format!("{value:.0e}"),
        _ => {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// An axis needs two ends.
fn widened(range: &Range<f64>) -> Range<f64> {
    if range.end > range.start { range.clone() } else { range.start - 1.0..range.start + 1.0 }
}

/// The ends of the finite ones among these values, with a share of room on both sides.
pub(super) fn ends(values: impl IntoIterator<Item = f64>, room: f64) -> Range<f64> {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high { 0.0..1.0 } else { low - (high - low) * room..high + (high - low) * room }
}

/// The picture for a page: its colours as CSS variables, its meaning as a label, no name space.
pub(super) fn themed(svg: &str, label: &str) -> String {
    let mut themed = svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1).replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{}\" ", super::page::escape(label)),
        1,
    );
    for ink in [Ink::Certified, Ink::Sampled, Ink::Float, Ink::Other, Ink::Neutral] {
        let RGBColor(r, g, b) = ink.colour();
        if let Some(variable) = ink.variable() {
            themed = themed.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"{variable}\""));
        }
    }
    themed.replace("\"#FFFFFF\"", "\"var(--plate)\"")
}
