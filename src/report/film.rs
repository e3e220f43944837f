//! The film of a path of inputs: a strip of frames with the margin of each, and the margin along the path.
//!
//! Margins of frames are exact values of the network, rounded; the curve below is sampled in floats between them. Numbers
//! of an image are drawn from white (the least number of the data) to black (their largest one), and blue or orange where
//! they are outside of the data's range.

use super::canvas::{Area, Drawing, Drawn, FONT, is_named};
use super::chart::{Chart, Ink, Layer, PlotError, SIZE, TITLE, ends};
use super::shape::{Colours, Shape};
use super::slider;
use crate::linalg::{Double, Kernel};
use crate::network::{Activation, Parameters, forward};
use crate::region::class_path::{ClassPath, Classifier};
use nalgebra::DMatrix;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rug::Rational;
use std::path::Path;

/// What a film shows.
#[derive(Debug, Clone)]
pub struct FilmOptions {
    /// How an input is an image; without it only the margin is drawn.
    pub shape: Option<Shape>,
    /// How many frames a strip has; the given inputs are always among them.
    pub frames: usize,
    /// The smallest and the largest number of the data.
    pub range: [f64; 2],
    /// What the given inputs are called.
    pub names: Vec<String>,
}

/// A point of the path.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Its share of the path's length.
    pub at: f64,
    /// The input.
    pub input: Vec<f64>,
    /// The margin of the class: an exact value, rounded.
    pub margin: f64,
    /// The class with the next output.
    pub against: usize,
    /// Which of the given inputs it is.
    pub given: Option<usize>,
}

/// A film, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Film {
    pub(super) title: String,
    pub(super) options: FilmOptions,
    /// Of the strip.
    pub frames: Vec<Frame>,
    /// Of the page with a slider.
    pub(super) long: Vec<Frame>,
    /// The smallest and the largest number of the path's vertices.
    pub(super) range: [f64; 2],
    margins: Vec<(f64, f64)>,
}

/// Frames of the page with a slider, besides the given inputs.
const LONG: usize = 60;
/// Points of the curve of margins.
const SAMPLES: u32 = 400;
/// The side that an image is drawn with, about.
const SIDE: usize = 84;
/// Between two frames.
const GAP: u32 = 7;
const CAPTION: u32 = 19;
const CURVE_HEIGHT: u32 = 340;

/// The path by its length.
struct Track<'a> {
    path: &'a ClassPath,
    /// The share of the length before each vertex.
    shares: Vec<f64>,
}

impl<'a> Track<'a> {
    fn new(path: &'a ClassPath) -> Self {
        let length = |ends: &[Vec<Rational>]| {
            let squares = ends[0].iter().zip(&ends[1]).map(|(a, b)| Rational::from(b - a).to_f64().powi(2));
            squares.sum::<f64>().sqrt()
        };
        let mut shares = vec![0.0];
        let lengths = path.vertices.windows(2).map(length);
        lengths.for_each(|length| shares.push(shares[shares.len() - 1] + length));
        let whole = shares[shares.len() - 1].max(f64::MIN_POSITIVE);
        shares.iter_mut().for_each(|share| *share /= whole);
        Track { path, shares }
    }

    /// The point at this share of the length, exactly some point of the path.
    fn point(&self, at: f64) -> Vec<Rational> {
        let last = self.shares.len() - 2;
        let segment = self.shares.partition_point(|share| *share <= at).saturating_sub(1).min(last);
        let (start, end) = (self.shares[segment], self.shares[segment + 1]);
        let lambda = if end > start { ((at - start) / (end - start)).clamp(0.0, 1.0) } else { 0.0 };
        let lambda = Rational::from_f64(lambda).unwrap_or_default();
        let ends = self.path.vertices[segment].iter().zip(&self.path.vertices[segment + 1]);
        ends.map(|(a, b)| Rational::from(b - a) * &lambda + a).collect()
    }

    /// Evenly spaced places, each given input in the place of the nearest one.
    fn places(&self, count: usize) -> Vec<(f64, Option<usize>)> {
        let count = count.max(self.path.given.len()).max(2);
        let mut places: Vec<(f64, Option<usize>)> = (0..count).map(|k| (k as f64 / (count - 1) as f64, None)).collect();
        for (index, &vertex) in self.path.given.iter().enumerate() {
            let at = self.shares[vertex];
            let free = places.iter_mut().filter(|(_, given)| given.is_none());
            let nearest = free.min_by(|(a, _), (b, _)| (a - at).abs().total_cmp(&(b - at).abs()));
            *nearest.expect("there are as many places as given inputs") = (at, Some(index));
        }
        places.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        places
    }

    fn frame(&self, classifier: &Classifier, (at, given): (f64, Option<usize>)) -> Frame {
        let input = match given {
            Some(index) => self.path.vertices[self.path.given[index]].clone(),
            None => self.point(at),
        };
        let win = classifier.winner(&input).expect("a class wins on the whole path");
        let input = input.iter().map(Rational::to_f64).collect();
        Frame { at, input, margin: win.margin.to_f64(), against: win.runner_up, given }
    }
}

impl Film {
    /// Evaluates the path.
    ///
    /// # Panics
    /// If the path is not one of this network, or the shape not one of its inputs.
    pub fn new(
        network: &Parameters<Rational>,
        activation: &Activation,
        path: &ClassPath,
        options: FilmOptions,
        title: String,
    ) -> Self {
        let (track, classifier) = (Track::new(path), Classifier::new(network, activation));
        let frames = |count| track.places(count).into_iter().map(|place| track.frame(&classifier, place)).collect();
        let (low, high) = path.range();
        Film {
            frames: frames(options.frames),
            long: frames(LONG),
            range: [low.to_f64(), high.to_f64()],
            margins: margins(network, activation, &track),
            title,
            options,
        }
    }

    /// The contents of a file of this name: a page if it ends in `.html`, PNG if it ends in `.png`, else SVG.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn file(&self, path: &Path) -> Result<Vec<u8>, PlotError> {
        if is_named(path, "html") { slider::page(self).map(String::into_bytes) } else { self.picture(path) }
    }

    /// The margin along the path, as a plot of its own.
    pub(super) fn chart(&self) -> Chart {
        let dots = self.frames.iter().map(|frame| (frame.at, frame.margin)).collect();
        let all = self.margins.iter().chain(&dots).map(|&(_, margin)| margin).chain([0.0]);
        Chart {
            x: ("share of the path".into(), 0.0..1.0),
            y: ("margin".into(), 0.0..ends(all, 0.06).end),
            layers: vec![
                Layer::Line { label: String::new(), ink: Ink::Sampled, points: self.margins.clone() },
                Layer::Dots { label: String::new(), ink: Ink::Certified, points: dots, shades: vec![] },
            ],
            ..Chart::default()
        }
    }

    /// What the colours mean.
    pub(super) fn key(&self) -> String {
        let ([low, high], [least, most]) = (self.options.range, self.range);
        match self.options.shape {
            Some(Shape { colours: Colours::Grey, .. }) if least < low || most > high => format!(
                "white {low:.3} to black {high:.3} as in the data; blue below, orange above (from {least:.3} to {most:.3})"
            ),
            Some(Shape { colours: Colours::Grey, .. }) => format!("white {low:.3} to black {high:.3} as in the data"),
            Some(_) => format!("dark {low:.3} to light {high:.3} as in the data (from {least:.3} to {most:.3} here)"),
            None => format!("inputs from {least:.3} to {most:.3}; the data from {low:.3} to {high:.3}"),
        }
    }

    /// The colour of a pixel. Pure black and white are left to what is not an image: they have other faces in the dark.
    pub(super) fn colour(&self, shape: &Shape, frame: &Frame, row: usize, column: usize) -> [u8; 3] {
        let [low, high] = self.options.range;
        let share = |x: f64| if high > low { (x - low) / (high - low) } else { 0.5 };
        let byte = |x: f64| (1.0 + 253.0 * x.clamp(0.0, 1.0)) as u8;
        let shares = shape.pixel(&frame.input, row, column).map(share);
        if shape.colours != Colours::Grey {
            return shares.map(byte);
        }
        // A number by more than a 256th of the range outside of it is marked.
        const OUTSIDE: f64 = 1.0 / 256.0;
        let mixed = |end: f64, tint: [f64; 3], by: f64| {
            let weight = 0.35 + 0.65 * by.clamp(0.0, 1.0);
            tint.map(|tint| byte(end * (1.0 - weight) + tint * weight))
        };
        match shares[0] {
            x if x < -OUTSIDE => mixed(1.0, [0.1, 0.35, 0.85], -x),
            x if x > 1.0 + OUTSIDE => mixed(0.0, [0.9, 0.45, 0.05], x - 1.0),
            x => [byte(1.0 - x); 3],
        }
    }

    /// How many pixels of the picture a pixel of an image is wide, how wide and high a frame is, and frames in a row.
    fn layout(&self, shape: &Shape) -> (u32, u32, u32, usize) {
        let scale = (SIDE / shape.width.max(shape.height)).max(1) as u32;
        let [width, height] = [shape.width, shape.height].map(|side| side as u32 * scale);
        // The name of a sample is as wide as this.
        let cell = width.max(SIDE as u32) + GAP;
        (scale, cell, height + 2 * (CAPTION + 6) + 2 * GAP, ((SIZE.0 / cell) as usize).max(1))
    }

    fn strip_height(&self) -> u32 {
        let Some(shape) = &self.options.shape else { return 0 };
        let (_, _, height, in_a_row) = self.layout(shape);
        self.frames.len().div_ceil(in_a_row) as u32 * height
    }
}

/// Title and key.
const HEAD: u32 = TITLE + 14 + CAPTION + 12;

impl Drawing for Film {
    fn size(&self) -> (u32, u32) {
        let wide = self.options.shape.map_or(0, |shape| self.layout(&shape).1);
        (SIZE.0.max(wide), HEAD + self.strip_height() + CURVE_HEIGHT)
    }

    fn draw_on<DB: DrawingBackend>(&self, root: &Area<DB>, unit: u32) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        root.fill(&WHITE)?;
        let at = |pixels: u32| i32::try_from(pixels * unit).unwrap_or(i32::MAX);
        let text =
            |size: u32| TextStyle::from((FONT, size * unit).into_font()).pos(Pos::new(HPos::Center, VPos::Center));
        let middle = at(self.size().0 / 2);
        root.draw(&Text::new(self.title.clone(), (middle, at(TITLE / 2 + 8)), text(TITLE)))?;
        root.draw(&Text::new(self.key(), (middle, at(TITLE + 14 + CAPTION / 2)), text(CAPTION)))?;
        if let Some(shape) = &self.options.shape {
            let (scale, cell, height, in_a_row) = self.layout(shape);
            let columns = in_a_row.min(self.frames.len()) as u32;
            let left = (self.size().0 - columns * cell) / 2;
            for (k, frame) in self.frames.iter().enumerate() {
                let x = left + (k % in_a_row) as u32 * cell + (cell - shape.width as u32 * scale) / 2;
                let y = HEAD + (k / in_a_row) as u32 * height;
                self.draw_image(root, shape, frame, [at(x), at(y), at(scale)], unit)?;
                let centre = at(left + (k % in_a_row) as u32 * cell + cell / 2);
                let below = y + shape.height as u32 * scale + GAP + CAPTION / 2;
                let margin = format!("{:.3}", frame.margin);
                root.draw(&Text::new(short(&margin), (centre, at(below)), text(CAPTION)))?;
                let name = frame.given.map_or(String::new(), |given| short_name(&self.options.names[given]));
                root.draw(&Text::new(name, (centre, at(below + CAPTION + 4)), text(CAPTION - 2)))?;
            }
        }
        let (_, curve) = root.split_vertically(at(HEAD + self.strip_height()));
        self.chart().draw_on(&curve, unit)?;
        root.present()?;
        Ok(())
    }
}

impl Film {
    /// An image; neighbours of one colour in a row are one rectangle.
    fn draw_image<DB: DrawingBackend>(
        &self,
        root: &Area<DB>,
        shape: &Shape,
        frame: &Frame,
        [x, y, scale]: [i32; 3],
        unit: u32,
    ) -> Drawn
    where
        DB::ErrorType: 'static,
    {
        for row in 0..shape.height {
            let colours: Vec<[u8; 3]> = (0..shape.width).map(|column| self.colour(shape, frame, row, column)).collect();
            let (top, mut column) = (y + row as i32 * scale, 0);
            for run in colours.chunk_by(|a, b| a == b) {
                let corners = [(x + column * scale, top), (x + (column + run.len() as i32) * scale, top + scale)];
                let [red, green, blue] = run[0];
                root.draw(&Rectangle::new(corners, RGBColor(red, green, blue).filled()))?;
                column += run.len() as i32;
            }
        }
        let corners = [(x, y), (x + shape.width as i32 * scale, y + shape.height as i32 * scale)];
        root.draw(&Rectangle::new(corners, RGBColor(128, 128, 128).stroke_width(unit)))?;
        Ok(())
    }
}

/// A margin in so few digits that it fits below a frame.
fn short(margin: &str) -> String {
    margin.chars().take(6).collect::<String>().trim_end_matches('.').to_owned()
}

/// The name of a given input without the file that it is in.
fn short_name(name: &str) -> String {
    name.split(" of ").next().unwrap_or(name).to_owned()
}

/// The margin of the path's class, in floats.
fn margins(network: &Parameters<Rational>, activation: &Activation, track: &Track<'_>) -> Vec<(f64, f64)> {
    let mut places: Vec<f64> = (0..=SAMPLES).map(|k| f64::from(k) / f64::from(SAMPLES)).collect();
    places.extend(&track.shares);
    places.sort_by(f64::total_cmp);
    let inputs: Vec<Vec<f64>> =
        places.iter().map(|&at| track.point(at).iter().map(|x| Double.import(x)).collect()).collect();
    let inputs = DMatrix::from_row_iterator(places.len(), inputs[0].len(), inputs.into_iter().flatten());
    let pass = forward(&Double, &activation.import(&Double), &inputs, &network.import(&Double));
    let pass = pass.expect("the path is one of the network's inputs");
    let class = track.path.class;
    let margin = |row: nalgebra::MatrixView<'_, f64, nalgebra::U1, nalgebra::Dyn, nalgebra::U1, nalgebra::Dyn>| {
        let others = (0..row.len()).filter(|&k| k != class).map(|k| row[class] - row[k]);
        others.fold(f64::INFINITY, f64::min)
    };
    places.into_iter().zip(pass.output().row_iter().map(margin)).collect()
}
