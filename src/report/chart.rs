//! Charts: lines, bands, dots, bars and coloured cells on two axes, as SVG or PNG.
//!
//! A picture has fixed colours on a white plate, and is legible at 500 pixels. In an SVG file these few colours are CSS
//! variables with a light and a dark face; a page has its own ([`themed`]).

use super::canvas::{Area, Drawing, Drawn, FONT};
use super::cells::{contour, draw_cells, ramp};
use super::ticks::{Ticked, axis, labels, widened};
use crate::statement::stuck_flow::Grid;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;
use std::path::Path;

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
    /// The same, dashed.
    Dashes {
        /// Its name in the legend; none if empty.
        label: String,
        /// Its colour.
        ink: Ink,
        /// Where it runs; points that are not finite are left out.
        points: Vec<(f64, f64)>,
    },
    /// What lies inside of a polygon, shaded.
    Band {
        /// Its name in the legend; none if empty.
        label: String,
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
    /// Discs with a letter or a short number in each.
    Marks {
        /// The colour of their rims.
        ink: Ink,
        /// Where they are.
        places: Vec<(String, (f64, f64))>,
    },
    /// Polygons of one colour, whatever the plate.
    Polygons {
        /// Their name in the legend; none if empty.
        label: String,
        /// Red, green, blue.
        colour: (u8, u8, u8),
        /// The corners of each.
        polygons: Vec<Vec<(f64, f64)>>,
    },
    /// Small discs of one colour with a dark rim, whatever the plate.
    Samples {
        /// Red, green, blue.
        colour: (u8, u8, u8),
        /// Where they are.
        points: Vec<(f64, f64)>,
    },
    /// Short texts around their places.
    Texts(Vec<(String, (f64, f64))>),
    /// Bar k from 0 to its height over [k, k + 1].
    Bars {
        /// Their colour.
        ink: Ink,
        /// Their heights.
        heights: Vec<f64>,
    },
    /// A cell around every point of the grid, its values on the chart's colour scale.
    Cells(Grid),
    /// Where the values of a grid, taken as straight between its points, cross a level.
    Contour {
        /// Its name in the legend; none if empty.
        label: String,
        /// The values.
        grid: Grid,
        /// The level.
        level: f64,
    },
}

/// What is written at the ticks of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ticks {
    /// The coordinate.
    #[default]
    Plain,
    /// 2 to the first coordinate, 10 to the second one.
    Powers,
    /// The first coordinate, 10 to the second one.
    Logarithmic,
}

/// The scale of the colours of cells.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Its name.
    pub name: String,
    /// The values at its ends.
    pub ends: Range<f64>,
    /// What is written at its ticks: its coordinate is the second one.
    pub ticks: Ticks,
}

/// A second plot, on the first axis of the one above.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Name and ends of its second axis.
    pub y: (String, Range<f64>),
    /// From back to front; their names are those of the plot above.
    pub layers: Vec<Layer>,
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
    /// The colour scale, if there are cells.
    pub scale: Option<Scale>,
    /// From back to front.
    pub layers: Vec<Layer>,
    /// A plot below.
    pub below: Option<Panel>,
}

/// Width, height, and the sizes below, in pixels of an SVG document; a PNG has twice as many. The height is
/// that of a plot alone with a legend of [`LEGEND_LINES`].
pub(super) const SIZE: (u32, u32) = (820, 520);
const PANEL_HEIGHT: u32 = 230;
const LEGEND_LINES: u32 = 3;
const LEGEND_COLUMNS: u32 = 3;
const LEGEND_COLUMN: u32 = 236;
const SCALE_WIDTH: u32 = 150;
pub(super) const TEXT: u32 = 23;
pub(super) const TITLE: u32 = 26;
const LEGEND_LINE: u32 = 29;
/// A dash, and what is between two.
const DASH: u32 = 9;
/// How far letters stand above the middle that the library puts them around.
const ABOVE: u32 = 2;
/// Samples of one colour that are drawn with rims.
const FEW: usize = 40;
/// How much of its colour a band has.
const BAND: f64 = 0.25;

pub(super) type Plot<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, Ticked>>;

impl Chart {
    fn legend(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| !layer.label().is_empty())
    }

    fn legend_lines(&self) -> u32 {
        u32::try_from(self.legend().count()).unwrap_or(0).div_ceil(self.legend_columns())
    }

    /// Many coloured regions have short names, which stand side by side.
    fn legend_columns(&self) -> u32 {
        let regions = self.legend().filter(|layer| matches!(layer, Layer::Polygons { .. })).count();
        if regions > LEGEND_LINES as usize && regions == self.legend().count() { LEGEND_COLUMNS } else { 1 }
    }

    /// The chart as an SVG document in fixed colours.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn draw(&self) -> Result<String, PlotError> {
        self.svg()
    }

    /// The contents of a file of this name: PNG if it ends in `.png`, else SVG with a light and a dark face.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn file(&self, path: &Path) -> Result<Vec<u8>, PlotError> {
        self.picture(path)
    }
}

impl Drawing for Chart {
    fn size(&self) -> (u32, u32) {
        let more = self.legend_lines().saturating_sub(LEGEND_LINES) * LEGEND_LINE;
        (SIZE.0, SIZE.1 + more + if self.below.is_some() { PANEL_HEIGHT } else { 0 })
    }

    fn draw_on<DB: DrawingBackend>(&self, root: &Area<DB>, unit: u32) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        Brush { chart: self, unit }.draw(root)
    }
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
        let chart = self.chart;
        let title = if chart.title.is_empty() { 0 } else { TITLE + 14 };
        let (head, mut body) = root.split_vertically((title + LEGEND_LINE * chart.legend_lines()) * self.unit);
        self.draw_head(&head, title)?;
        if let Some(scale) = &chart.scale {
            let (plot, beside) = body.split_horizontally((SIZE.0 - SCALE_WIDTH) * self.unit);
            self.draw_scale(&beside, scale)?;
            body = plot;
        }
        if let Some(panel) = &chart.below {
            let (above, below) = body.split_vertically(body.dim_in_pixel().1 - PANEL_HEIGHT * self.unit);
            self.draw_plot(&below, &panel.y, Ticks::Plain, &panel.layers, true)?;
            body = above;
        }
        self.draw_plot(&body, &chart.y, chart.ticks, &chart.layers, chart.below.is_none())?;
        root.present()?;
        Ok(())
    }

    fn font(&self, size: u32) -> (&'static str, u32) {
        (FONT, size * self.unit)
    }

    /// Text that is centred on its place vertically.
    fn text<'b>(&self, size: u32, across: HPos) -> TextStyle<'b> {
        TextStyle::from(self.font(size).into_font()).pos(Pos::new(across, VPos::Center))
    }

    fn at(&self, pixels: u32) -> i32 {
        i32::try_from(pixels * self.unit).unwrap_or(i32::MAX)
    }

    /// The title, and the legend, which is above the plot so that it covers nothing.
    fn draw_head<DB: DrawingBackend>(&self, head: &Area<DB>, title: u32) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        if title > 0 {
            let style = self.text(TITLE, HPos::Center);
            head.draw(&Text::new(self.chart.title.clone(), (self.at(SIZE.0 / 2), self.at(TITLE / 2 + 8)), style))?;
        }
        let columns = self.chart.legend_columns();
        for (place, layer) in (0u32..).zip(self.chart.legend()) {
            let (line, column) = (place / columns, place % columns);
            self.draw_label(head, layer, (title + line * LEGEND_LINE, column * LEGEND_COLUMN))?;
        }
        Ok(())
    }

    /// Axes and layers; `is_lowest` if the first axis has its name and numbers here.
    fn draw_plot<DB: DrawingBackend>(
        &self,
        area: &Area<DB>,
        (name, ends): &(String, Range<f64>),
        ticks: Ticks,
        layers: &[Layer],
        is_lowest: bool,
    ) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let mut builder = ChartBuilder::on(area);
        builder.margin(14 * self.unit).y_label_area_size(90 * self.unit);
        builder.x_label_area_size(if is_lowest { 66 } else { 8 } * self.unit);
        let mut plot = builder.build_cartesian_2d(widened(&self.chart.x.1), axis(ends, ticks))?;
        for layer in layers.iter().filter(|layer| matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        let [x_ticks, y_ticks] = labels(ticks);
        let x_ticks = if is_lowest { x_ticks } else { |_: &f64| String::new() };
        let mut mesh = plot.configure_mesh();
        mesh.light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.12)).x_labels(7);
        mesh.set_all_tick_mark_size(6 * self.unit)
            .axis_style(BLACK.stroke_width(self.unit))
            .x_label_formatter(&x_ticks)
            .y_label_formatter(&y_ticks);
        mesh.y_desc(name).label_style(self.font(TEXT)).axis_desc_style(self.font(TEXT));
        if is_lowest {
            mesh.x_desc(&self.chart.x.0);
        }
        mesh.draw()?;
        for layer in layers.iter().filter(|layer| !matches!(layer, Layer::Cells(_))) {
            self.draw_layer(&mut plot, layer)?;
        }
        Ok(())
    }

    /// A line of the legend.
    fn draw_label<DB: DrawingBackend>(&self, area: &Area<DB>, layer: &Layer, (top, across): (u32, u32)) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let at = |pixels| self.at(pixels);
        let (left, middle) = (at(104 + across), at(top + LEGEND_LINE / 2 + 6));
        match layer {
            Layer::Dots { shades, .. } if !shades.is_empty() => {
                area.draw(&Circle::new((left + at(13), middle), at(6), ramp(0.2).filled()))?;
            }
            Layer::Dots { ink, .. } => {
                area.draw(&Circle::new((left + at(13), middle), at(4), ink.colour().filled()))?;
            }
            Layer::Line { ink, .. } => {
                let style = ink.colour().stroke_width(2 * self.unit);
                area.draw(&PathElement::new([(left, middle), (left + at(26), middle)], style))?;
            }
            Layer::Dashes { ink, .. } => {
                let style = ink.colour().stroke_width(2 * self.unit);
                let dash =
                    |from| PathElement::new([(left + at(from), middle), (left + at(from + DASH), middle)], style);
                area.draw(&dash(0))?;
                area.draw(&dash(2 * DASH))?;
            }
            Layer::Band { ink, .. } => {
                let corners = [(left, middle - at(9)), (left + at(26), middle + at(9))];
                area.draw(&Rectangle::new(corners, ink.colour().mix(BAND).filled()))?;
            }
            Layer::Polygons { colour: (r, g, b), .. } => {
                let corners = [(left, middle - at(9)), (left + at(26), middle + at(9))];
                area.draw(&Rectangle::new(corners, RGBColor(*r, *g, *b).filled()))?;
            }
            Layer::Contour { .. } => {
                let corners = [(left, middle - at(9)), (left + at(26), middle + at(9))];
                area.draw(&Rectangle::new(corners, ramp(0.2).filled()))?;
                let style = Ink::Light.colour().stroke_width(2 * self.unit);
                area.draw(&PathElement::new([(left, middle), (left + at(26), middle)], style))?;
            }
            Layer::Marks { .. } | Layer::Samples { .. } | Layer::Texts(_) | Layer::Bars { .. } | Layer::Cells(_) => {}
        }
        let style = self.text(if self.chart.legend_columns() > 1 { TEXT - 6 } else { TEXT - 2 }, HPos::Left);
        area.draw(&Text::new(layer.label().to_owned(), (left + at(36), middle + at(ABOVE)), style))?;
        Ok(())
    }

    fn draw_layer<DB: DrawingBackend>(&self, plot: &mut Plot<'_, DB>, layer: &Layer) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        match layer {
            Layer::Line { ink, points, .. } => self.draw_line(plot, *ink, points, false)?,
            Layer::Dashes { ink, points, .. } => self.draw_line(plot, *ink, points, true)?,
            Layer::Band { ink, corners, .. } => {
                plot.draw_series([Polygon::new(corners.clone(), ink.colour().mix(BAND))])?;
            }
            Layer::Polygons { colour: (r, g, b), polygons, .. } => {
                let colour = RGBColor(*r, *g, *b);
                plot.draw_series(polygons.iter().map(|corners| Polygon::new(corners.clone(), colour.filled())))?;
                // A rim of the same colour closes the seams that smoothed edges leave between neighbours.
                let rim = |corners: &Vec<_>| {
                    PathElement::new(corners.iter().chain(corners.first()).copied().collect::<Vec<_>>(), colour)
                };
                plot.draw_series(polygons.iter().map(rim))?;
            }
            Layer::Samples { colour: (r, g, b), points } => {
                // So many that they would cover what they lie on are smaller, and have no rims.
                let (size, rim) = if points.len() > FEW {
                    (2, TRANSPARENT.stroke_width(0))
                } else {
                    (3, BLACK.stroke_width(self.unit))
                };
                for style in [RGBColor(*r, *g, *b).filled(), rim] {
                    plot.draw_series(finite(points).into_iter().map(|at| Circle::new(at, self.at(size), style)))?;
                }
            }
            Layer::Texts(places) => {
                let text = |(words, place): &(String, (f64, f64))| {
                    EmptyElement::at(*place) + Text::new(words.clone(), (0, 0), self.text(TEXT - 5, HPos::Center))
                };
                plot.draw_series(places.iter().map(text))?;
            }
            Layer::Marks { ink, places } => self.draw_marks(plot, *ink, places)?,
            Layer::Contour { grid, level, .. } => {
                let style = Ink::Light.colour().stroke_width(2 * self.unit);
                plot.draw_series(contour(grid, *level).into_iter().map(|piece| PathElement::new(piece, style)))?;
            }
            Layer::Dots { ink, points, shades, .. } => self.draw_dots(plot, *ink, points, shades)?,
            Layer::Bars { ink, heights } => {
                let colour = ink.colour();
                let bar = |(k, &height): (usize, &f64)| {
                    Rectangle::new([(k as f64 + 0.1, 0.0), (k as f64 + 0.9, height)], colour.filled())
                };
                plot.draw_series(heights.iter().enumerate().map(bar))?;
            }
            Layer::Cells(grid) => {
                let ends = self.chart.scale.as_ref().map_or(0.0..1.0, |scale| scale.ends.clone());
                draw_cells(plot, grid, &ends)?;
            }
        }
        Ok(())
    }

    fn draw_line<DB: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, DB>,
        ink: Ink,
        points: &[(f64, f64)],
        is_dashed: bool,
    ) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let points = finite(points);
        let is_on_cells = self.chart.scale.is_some() && ink != Ink::Light;
        let style = ink.colour().stroke_width(if is_on_cells { 4 } else { 2 } * self.unit);
        // A rim of the plate's colour sets a line off from cells.
        let rim = is_on_cells.then(|| WHITE.stroke_width(8 * self.unit));
        // Piece by piece: where a thick line turns back the library draws a spike.
        let pieces = |style: ShapeStyle| points.windows(2).map(move |piece| PathElement::new(piece, style));
        plot.draw_series(rim.into_iter().flat_map(pieces))?;
        if is_dashed {
            let dash = self.at(DASH);
            plot.draw_series(DashedLineSeries::new(points, dash, dash, style))?;
        } else if is_on_cells {
            plot.draw_series(pieces(style))?;
        } else {
            plot.draw_series(LineSeries::new(points, style))?;
        }
        Ok(())
    }

    fn draw_dots<DB: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, DB>,
        ink: Ink,
        points: &[(f64, f64)],
        shades: &[f64],
    ) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let (colour, size) = (ink.colour(), self.at(6));
        if shades.len() == points.len() {
            let disc = |(&point, &shade): (&(f64, f64), &f64)| Circle::new(point, size, ramp(shade).filled());
            plot.draw_series(points.iter().zip(shades).map(disc))?;
            let rim = colour.stroke_width(2 * self.unit);
            plot.draw_series(points.iter().map(|&point| Circle::new(point, size, rim)))?;
        } else {
            let dot = |point| Circle::new(point, self.at(3), colour.filled());
            plot.draw_series(finite(points).into_iter().map(dot))?;
        }
        Ok(())
    }

    fn draw_marks<DB: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, DB>,
        ink: Ink,
        places: &[(String, (f64, f64))],
    ) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        for (letter, place) in places {
            let [disc, rim] = [WHITE.filled(), ink.colour().stroke_width(2 * self.unit)];
            plot.draw_series([disc, rim].map(|style| Circle::new(*place, self.at(13), style)))?;
            let letter = Text::new(letter.clone(), (0, self.at(ABOVE)), self.text(TEXT - 3, HPos::Center));
            plot.draw_series([EmptyElement::at(*place) + letter])?;
        }
        Ok(())
    }

    fn draw_scale<DB: DrawingBackend>(&self, area: &Area<DB>, scale: &Scale) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        let ends = widened(&scale.ends);
        let mut builder = ChartBuilder::on(area);
        builder.margin(14 * self.unit).x_label_area_size(66 * self.unit).y_label_area_size(84 * self.unit);
        let mut plot = builder.build_cartesian_2d(0.0..1.0, axis(&ends, scale.ticks))?;
        let steps = 40;
        let values = (0..=steps).map(|k| ends.start + (ends.end - ends.start) * f64::from(k) / f64::from(steps));
        let ys: Vec<f64> = values.collect();
        let grid = Grid { xs: vec![0.0, 1.0], values: ys.iter().map(|&y| vec![y, y]).collect(), ys };
        draw_cells(&mut plot, &grid, &ends)?;
        let mut mesh = plot.configure_mesh();
        let [_, ticks] = labels(scale.ticks);
        mesh.disable_mesh().y_label_formatter(&ticks).disable_x_axis().y_desc(&scale.name);
        mesh.set_tick_mark_size(LabelAreaPosition::Left, 8 * self.unit);
        mesh.label_style(self.font(TEXT)).axis_desc_style(self.font(TEXT)).draw()?;
        Ok(())
    }
}

/// The points that can be drawn.
fn finite(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}

impl Layer {
    fn label(&self) -> &str {
        match self {
            Layer::Line { label, .. }
            | Layer::Dashes { label, .. }
            | Layer::Dots { label, .. }
            | Layer::Band { label, .. }
            | Layer::Polygons { label, .. }
            | Layer::Contour { label, .. } => label,
            Layer::Marks { .. } | Layer::Samples { .. } | Layer::Texts(_) | Layer::Bars { .. } | Layer::Cells(_) => "",
        }
    }
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
    format!("{head}<!-- by sublevel -->{style}{}", in_variables(rest))
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
