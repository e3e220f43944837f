//! Charts: lines, bands, dots, bars and coloured cells on two axes, as SVG or PNG.
//!
//! A picture has fixed colours on a white plate, and is legible at 500 pixels. In an SVG file these few colours are CSS
//! variables with a light and a dark face; a page has its own ([`themed`]).

use crate::statement::stuck_flow::Grid;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;
use std::path::Path;
use std::sync::Once;

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

/// An ink's colour on a white plate, its CSS variable, and its colour on a dark plate.
const INKS: [(Ink, RGBColor, &str, &str); 5] = [
    (Ink::Certified, RGBColor(0, 98, 155), "--certified", "#5cb3e8"),
    (Ink::Sampled, RGBColor(200, 80, 20), "--sampled", "#f0883e"),
    (Ink::Float, RGBColor(122, 63, 160), "--float", "#c495f0"),
    (Ink::Other, RGBColor(46, 125, 80), "--other", "#6ccb94"),
    (Ink::Neutral, BLACK, "--ink", "#e4e7ea"),
];

impl Ink {
    /// The colour on a white plate.
    pub(super) fn colour(self) -> RGBColor {
        let of_ink = INKS.iter().find(|(ink, ..)| *ink == self);
        of_ink.map_or(RGBColor(254, 254, 254), |&(_, colour, ..)| colour)
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
    /// What lies inside of a polygon, shaded.
    Band {
        /// Its colour.
        ink: Ink,
        /// Its corners.
        corners: Vec<(f64, f64)>,
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

/// What is written at the ticks of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ticks {
    /// The coordinate.
    #[default]
    Plain,
    /// 2 to the first coordinate, 10 to the second one.
    Powers,
}

/// Two axes and what is drawn on them.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// Over the picture; none if empty.
    pub title: String,
    /// Name and ends of the first axis.
    pub x: (String, Range<f64>),
    /// Name and ends of the second.
    pub y: (String, Range<f64>),
    /// What is written at the ticks.
    pub ticks: Ticks,
    /// Name and ends of the colour scale, if there are cells.
    pub scale: Option<(String, Range<f64>)>,
    /// From back to front.
    pub layers: Vec<Layer>,
}

/// Width, height, and the sizes below, in pixels of an SVG document; a PNG has [`FINENESS`] times as many.
const SIZE: (u32, u32) = (820, 520);
const FINENESS: u32 = 2;
const SCALE_WIDTH: u32 = 150;
const TEXT: u32 = 23;
const TITLE: u32 = 26;
const LEGEND_LINE: u32 = 29;
const FONT: &str = "sans-serif";

type Area<DB> = DrawingArea<DB, Shift>;
type Plot<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

impl Chart {
    /// The chart as an SVG document in fixed colours.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn draw(&self) -> Result<String, PlotError> {
        register_font();
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            Brush { chart: self, unit: 1 }.draw(&root).map_err(|error| PlotError(error.to_string()))?;
        }
        Ok(svg)
    }

    /// The contents of a file of this name: PNG if it ends in `.png`, else SVG with a light and a dark face.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn file(&self, path: &Path) -> Result<Vec<u8>, PlotError> {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
            self.draw_png()
        } else {
            Ok(standalone(&self.draw()?).into_bytes())
        }
    }

    fn draw_png(&self) -> Result<Vec<u8>, PlotError> {
        register_font();
        let (width, height) = (SIZE.0 * FINENESS, SIZE.1 * FINENESS);
        let mut pixels = vec![0; (3 * width * height) as usize];
        {
            let root = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
            Brush { chart: self, unit: FINENESS }.draw(&root).map_err(|error| PlotError(error.to_string()))?;
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Best);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        written.map_err(|error| PlotError(error.to_string()))?;
        Ok(file)
    }
}

/// The library measures text by this font, and draws it in PNG files; SVG names the reader's own.
fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let font = include_bytes!("font/DejaVuSans.ttf");
        // A second registration under a name is refused, and so is a broken font: both cannot be here.
        let _ = plotters::style::register_font(FONT, FontStyle::Normal, font);
    });
}

/// Draws a chart with so many pixels for each of an SVG document's.
struct Brush<'a> {
    chart: &'a Chart,
    unit: u32,
}

impl Brush<'_> {
    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        root.fill(&WHITE)?;
        match &self.chart.scale {
            None => self.draw_plot(root)?,
            Some((name, ends)) => {
                let (plot, scale) = root.split_horizontally((SIZE.0 - SCALE_WIDTH) * self.unit);
                self.draw_plot(&plot)?;
                self.draw_scale(&scale, name, ends)?;
            }
        }
        root.present()?;
        Ok(())
    }

    fn font(&self, size: u32) -> (&'static str, u32) {
        (FONT, size * self.unit)
    }

    /// Text that is centred on its place vertically.
    fn text<'b, DB: DrawingBackend>(&self, area: &Area<DB>, size: u32, across: HPos) -> TextStyle<'b> {
        self.font(size).into_text_style(area).pos(Pos::new(across, VPos::Center))
    }

    fn at(&self, pixels: u32) -> i32 {
        i32::try_from(pixels * self.unit).unwrap_or(i32::MAX)
    }

    fn draw_plot<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let chart = self.chart;
        let labelled: Vec<&Layer> = chart.layers.iter().filter(|layer| !layer.label().is_empty()).collect();
        let legend_height = LEGEND_LINE * u32::try_from(labelled.len()).unwrap_or(0);
        let title_height = if chart.title.is_empty() { 0 } else { TITLE + 14 };
        let (head, body) = area.split_vertically((title_height + legend_height) * self.unit);
        if title_height > 0 {
            let style = self.text(&head, TITLE, HPos::Center);
            head.draw(&Text::new(chart.title.clone(), (self.at(SIZE.0 / 2), self.at(TITLE / 2 + 8)), style))?;
        }
        for (line, layer) in (0u32..).zip(labelled) {
            self.draw_label(&head, layer, title_height + line * LEGEND_LINE)?;
        }
        let (x, y) = (widened(&chart.x.1), widened(&chart.y.1));
        let mut builder = ChartBuilder::on(&body);
        builder.margin(14 * self.unit).x_label_area_size(66 * self.unit).y_label_area_size(90 * self.unit);
        let mut plot = builder.build_cartesian_2d(x, y)?;
        for layer in chart.layers.iter().filter(|layer| matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        let [x_ticks, y_ticks]: [fn(&f64) -> String; 2] = match chart.ticks {
            Ticks::Plain => [compact, compact],
            Ticks::Powers => [|x| format!("{:.0}", x.exp2()), |y| format!("1e{y:.0}")],
        };
        let mut mesh = plot.configure_mesh();
        mesh.light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.12)).x_labels(7).y_labels(6);
        mesh.set_all_tick_mark_size(6 * self.unit)
            .axis_style(BLACK.stroke_width(self.unit))
            .x_label_formatter(&x_ticks)
            .y_label_formatter(&y_ticks);
        mesh.x_desc(&chart.x.0).y_desc(&chart.y.0).label_style(self.font(TEXT)).axis_desc_style(self.font(TEXT));
        mesh.draw()?;
        for layer in chart.layers.iter().filter(|layer| !matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        Ok(())
    }

    /// A line of the legend, above the plot so that it covers nothing.
    fn draw_label<DB: DrawingBackend>(&self, area: &Area<DB>, layer: &Layer, top: u32) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let at = |pixels| self.at(pixels);
        let (left, middle) = (at(104), at(top + LEGEND_LINE / 2 + 6));
        match layer {
            Layer::Dots { ink, .. } => {
                area.draw(&Circle::new((left + at(13), middle), at(4), ink.colour().filled()))?
            }
            Layer::Line { ink, .. } => {
                let style = ink.colour().stroke_width(2 * self.unit);
                area.draw(&PathElement::new([(left, middle), (left + at(26), middle)], style))?;
            }
            Layer::Band { .. } | Layer::Bars { .. } | Layer::Cells(_) => {}
        }
        let style = self.text(area, TEXT - 2, HPos::Left);
        area.draw(&Text::new(layer.label().to_owned(), (left + at(36), middle), style))?;
        Ok(())
    }

    fn draw_layer<DB: DrawingBackend>(&self, plot: &mut Plot<'_, DB>, layer: &Layer) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let at = |pixels| self.at(pixels);
        let is_finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        match layer {
            Layer::Line { ink, points, .. } => {
                let finite = points.iter().copied().filter(is_finite);
                plot.draw_series(LineSeries::new(finite, ink.colour().stroke_width(2 * self.unit)))?;
            }
            Layer::Band { ink, corners } => {
                plot.draw_series([Polygon::new(corners.clone(), ink.colour().mix(0.25))])?;
            }
            Layer::Dots { ink, points, shades, .. } => {
                let colour = ink.colour();
                if shades.len() == points.len() {
                    let disc = |(&point, &shade): (&(f64, f64), &f64)| Circle::new(point, at(6), ramp(shade).filled());
                    plot.draw_series(points.iter().zip(shades).map(disc))?;
                    let rim = colour.stroke_width(2 * self.unit);
                    plot.draw_series(points.iter().map(|&point| Circle::new(point, at(6), rim)))?;
                    return Ok(());
                }
                let dots = points.iter().filter(|point| is_finite(point));
                plot.draw_series(dots.map(|&point| Circle::new(point, at(3), colour.filled())))?;
            }
            Layer::Bars { ink, heights } => {
                let colour = ink.colour();
                let bar = |(k, &height): (usize, &f64)| {
                    Rectangle::new([(k as f64 + 0.1, 0.0), (k as f64 + 0.9, height)], colour.filled())
                };
                plot.draw_series(heights.iter().enumerate().map(bar))?;
            }
            Layer::Cells(grid) => {
                let ends = self.chart.scale.as_ref().map_or(0.0..1.0, |(_, ends)| ends.clone());
                draw_cells(plot, grid, &ends)?;
            }
        }
        Ok(())
    }

    fn draw_scale<DB: DrawingBackend>(&self, area: &Area<DB>, name: &str, ends: &Range<f64>) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let ends = widened(ends);
        let mut builder = ChartBuilder::on(area);
        builder.margin(14 * self.unit).x_label_area_size(66 * self.unit).y_label_area_size(84 * self.unit);
        let mut plot = builder.build_cartesian_2d(0.0..1.0, ends.clone())?;
        let steps = 40;
        let values = (0..=steps).map(|k| ends.start + (ends.end - ends.start) * f64::from(k) / f64::from(steps));
        let ys: Vec<f64> = values.collect();
        let grid = Grid { xs: vec![0.0, 1.0], values: ys.iter().map(|&y| vec![y, y]).collect(), ys };
        draw_cells(&mut plot, &grid, &ends)?;
        let mut mesh = plot.configure_mesh();
        mesh.disable_mesh().y_label_formatter(&compact).disable_x_axis().y_labels(6).y_desc(name);
        mesh.set_tick_mark_size(LabelAreaPosition::Left, 8 * self.unit);
        mesh.label_style(self.font(TEXT)).axis_desc_style(self.font(TEXT)).draw()?;
        Ok(())
    }
}

impl Layer {
    fn label(&self) -> &str {
        match self {
            Layer::Line { label, .. } | Layer::Dots { label, .. } => label,
            Layer::Band { .. } | Layer::Bars { .. } | Layer::Cells(_) => "",
        }
    }
}

/// A cell reaches half-way to its neighbours; those at the rim end at it.
fn draw_cells<DB: DrawingBackend>(plot: &mut Plot<'_, DB>, grid: &Grid, ends: &Range<f64>) -> Drawn
where
    DB::ErrorType: 'static,
{
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

/// The picture for a page: its colours as the page's CSS variables, its meaning as a label, no name space.
pub(super) fn themed(svg: &str, label: &str) -> String {
    let labelled = format!("<svg role=\"img\" aria-label=\"{}\" ", escape(label));
    in_variables(&svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1).replacen("<svg ", &labelled, 1))
}

/// The picture as a file that is opened by itself or shown in somebody else's page: it brings its own two faces.
pub(super) fn standalone(svg: &str) -> String {
    let face = |colours: Vec<String>| format!("svg{{{}}}", colours.join(";"));
    let light = |&(_, RGBColor(r, g, b), variable, _): &(Ink, RGBColor, &str, &str)| {
        format!("{variable}:#{r:02x}{g:02x}{b:02x}")
    };
    let dark = |&(.., variable, colour): &(Ink, RGBColor, &str, &str)| format!("{variable}:{colour}");
    let plate = |colour: &str| [format!("--plate:{colour}")];
    let style = format!(
        "<style>{}@media (prefers-color-scheme:dark){{{}}}</style>",
        face(INKS.iter().map(light).chain(plate("#fff")).collect()),
        face(INKS.iter().map(dark).chain(plate("#1c2126")).collect())
    );
    let Some(end) = svg.find('>') else { return svg.to_owned() };
    let (head, rest) = svg.split_at(end + 1);
    format!("{head}{style}{}", in_variables(rest))
}

/// The fixed colours as CSS variables.
fn in_variables(svg: &str) -> String {
    let mut themed = svg.replace("\"#FFFFFF\"", "\"var(--plate)\"");
    for (_, RGBColor(r, g, b), variable, _) in INKS {
        themed = themed.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var({variable})\""));
    }
    themed
}
/// Text for elements and attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
