//! Decision regions in a plane, or on a line: each class in its colour, components numbered, samples marked.

use super::chart::{Chart, Ink, Layer};
use crate::region::{Arrangement, Component};
use std::collections::BTreeMap;
use std::ops::Range;

/// The colours of classes, as most plotting programs have them, lightened so that black is legible on them in print.
const COLOURS: [(u8, u8, u8); 10] = [
    (31, 119, 180),
    (255, 127, 14),
    (44, 160, 44),
    (214, 39, 40),
    (148, 103, 189),
    (140, 86, 75),
    (227, 119, 194),
    (127, 127, 127),
    (188, 189, 34),
    (23, 190, 207),
];

/// How much of its colour a region has.
const STRENGTH: f64 = 0.55;

/// Where nothing wins.
const TIE: (u8, u8, u8) = (238, 238, 238);

/// The share of the window that a component has to have for its number to be written.
const NUMBERED: f64 = 5e-4;

/// Width against height of a picture, for coordinates of one scale.
const ASPECT: f64 = 1.65;

/// What is left around the vertices or samples, as a share of their extent.
const ROOM: f64 = 0.1;

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The ends of both coordinates; without them what the samples, or else most vertices, take.
    pub window: Option<[Range<f64>; 2]>,
    /// Samples in the chart's coordinates, each with what it is called.
    pub samples: Vec<(String, (f64, f64))>,
    /// Further samples, without names, each with its class where that is known.
    pub dots: Vec<(Option<usize>, (f64, f64))>,
    /// What the coordinates are called.
    pub names: [String; 2],
}

/// The picture. Its coordinates are floats; what it shows was decided exactly.
pub fn regions_chart(arrangement: &Arrangement, view: &View) -> Chart {
    let window = view.window.clone().unwrap_or_else(|| window(arrangement, view));
    let classes = arrangement.component_counts();
    let mut layers = vec![];
    for (class, &components) in classes.iter().enumerate() {
        let of_class = || arrangement.components_of(class).flat_map(|component| &component.cells);
        let polygons: Vec<_> = of_class().filter_map(|&cell| visible(arrangement, cell, &window)).collect();
        if !polygons.is_empty() {
            let plural = if components == 1 { "" } else { "s" };
            let label = format!("class {class}: {components} component{plural}");
            layers.push(Layer::Polygons { label, colour: colour(class), polygons });
        }
    }
    let ties: Vec<_> = arrangement.ties().iter().filter_map(|&cell| visible(arrangement, cell, &window)).collect();
    if !ties.is_empty() {
        layers.push(Layer::Polygons { label: "no class wins".into(), colour: TIE, polygons: ties });
    }
    layers.extend(borders(arrangement, &window));
    layers.extend(dots(view));
    layers.push(Layer::Texts(numbers(arrangement, &window)));
    layers.push(Layer::Marks { ink: Ink::Certified, places: view.samples.clone() });
    let [x, y] = window;
    let [first, second] = view.names.clone();
    Chart { x: (first, x), y: (second, y), layers, ..Chart::default() }
}

/// A class's colour, as light as a region is.
fn colour(class: usize) -> (u8, u8, u8) {
    let lighter = |part: u8| (f64::from(part) * STRENGTH + 255.0 * (1.0 - STRENGTH)) as u8;
    let (r, g, b) = COLOURS[class % COLOURS.len()];
    (lighter(r), lighter(g), lighter(b))
}

/// The samples without names, in the colours of their classes.
fn dots(view: &View) -> Vec<Layer> {
    let mut of_class: BTreeMap<Option<usize>, Vec<(f64, f64)>> = BTreeMap::new();
    view.dots.iter().for_each(|&(class, place)| of_class.entry(class).or_default().push(place));
    let dark = |class: Option<usize>| class.map_or((0, 0, 0), |class| COLOURS[class % COLOURS.len()]);
    of_class.into_iter().map(|(class, points)| Layer::Samples { colour: dark(class), points }).collect()
}

/// What the samples take, or else four fifths of the vertices in both coordinates.
fn window(arrangement: &Arrangement, view: &View) -> [Range<f64>; 2] {
    let named = view.samples.iter().map(|(_, place)| *place);
    let samples: Vec<(f64, f64)> = named.chain(view.dots.iter().map(|dot| dot.1)).collect();
    if samples.len() > 1 {
        let side = |of: fn(&(f64, f64)) -> f64| spread(samples.iter().map(of).collect(), 0.0, ROOM);
        return in_scale(arrangement, [side(|point| point.0), side(|point| point.1)]);
    }
    let vertices = (0..arrangement.vertex_count() as u32).map(|vertex| arrangement.rough_vertex(vertex));
    let finite: Vec<[f64; 2]> = vertices.filter(|at| at[2] > 0.0).map(|at| [at[0] / at[2], at[1] / at[2]]).collect();
    in_scale(arrangement, [0, 1].map(|side| spread(finite.iter().map(|at| at[side]).collect(), 0.1, ROOM)))
}

/// The window, with one of its sides made longer so that both coordinates have one scale, where they are the inputs.
fn in_scale(arrangement: &Arrangement, [x, y]: [Range<f64>; 2]) -> [Range<f64>; 2] {
    if !arrangement.chart().is_identity() || arrangement.chart().dimension() == 1 {
        return [x, y];
    }
    let (width, height) = (x.end - x.start, y.end - y.start);
    let longer = |side: Range<f64>, more: f64| side.start - more / 2.0..side.end + more / 2.0;
    match width < height * ASPECT {
        true => [longer(x, height * ASPECT - width), y],
        false => [x, longer(y, width / ASPECT - height)],
    }
}

/// The values without a share of them at both ends, and with room around; some room at least.
fn spread(mut values: Vec<f64>, cut: f64, room: f64) -> Range<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0);
    let (low, high) = (at(cut), at(1.0 - cut));
    let room = if high > low { (high - low) * room } else { 1.0 };
    low - room..high + room
}

/// The part of a cell in the window: a cone over its vertices, directions included, so that no box is needed before.
fn visible(arrangement: &Arrangement, cell: u32, window: &[Range<f64>; 2]) -> Option<Vec<(f64, f64)>> {
    let [x, y] = window;
    let corners = arrangement.polygon(cell as usize).iter().map(|&vertex| arrangement.rough_vertex(vertex));
    if arrangement.chart().dimension() == 1 {
        return strip(corners.collect(), window);
    }
    let sides = [[1.0, 0.0, -x.start], [-1.0, 0.0, x.end], [0.0, 1.0, -y.start], [0.0, -1.0, y.end]];
    let part = sides.iter().fold(corners.collect(), |part: Vec<[f64; 3]>, side| clipped(&part, side));
    let points: Vec<_> = part.iter().filter(|at| at[2] > 0.0).map(|at| (at[0] / at[2], at[1] / at[2])).collect();
    (points.len() >= 3).then_some(points)
}

/// An interval as a strip of the window's height.
fn strip(ends: Vec<[f64; 3]>, [x, y]: &[Range<f64>; 2]) -> Option<Vec<(f64, f64)>> {
    let at = |end: &[f64; 3]| if end[2] > 0.0 { end[0] / end[2] } else { end[0].signum() * f64::INFINITY };
    let inside = |value: f64| value.clamp(x.start, x.end);
    let (a, b) = (inside(at(ends.first()?)), inside(at(ends.last()?)));
    (a < b).then(|| vec![(a, y.start), (b, y.start), (b, y.end), (a, y.end)])
}

/// The part of a polygon where a linear form is not negative.
fn clipped(polygon: &[[f64; 3]], form: &[f64; 3]) -> Vec<[f64; 3]> {
    let value = |at: &[f64; 3]| form[0] * at[0] + form[1] * at[1] + form[2] * at[2];
    let mut part = vec![];
    for (here, next) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
        let (a, b) = (value(here), value(next));
        if a >= 0.0 {
            part.push(*here);
        }
        if (a < 0.0) != (b < 0.0) {
            let (a, b) = (a.abs(), b.abs());
            let sum = a + b;
            part.push([0, 1, 2].map(|k| (here[k] * b + next[k] * a) / sum));
        }
    }
    part
}

/// Where one component ends, as lines.
fn borders(arrangement: &Arrangement, window: &[Range<f64>; 2]) -> Vec<Layer> {
    let [x, y] = window;
    let sides = [[1.0, 0.0, -x.start], [-1.0, 0.0, x.end], [0.0, 1.0, -y.start], [0.0, -1.0, y.end]];
    let line = |ends: [u32; 2]| {
        let ends = ends.map(|vertex| arrangement.rough_vertex(vertex));
        let part = sides.iter().try_fold(ends, within)?;
        let points: Vec<_> = part.iter().filter(|at| at[2] > 0.0).map(|at| (at[0] / at[2], at[1] / at[2])).collect();
        (points.len() == 2).then(|| Layer::Line { label: String::new(), ink: Ink::Neutral, points })
    };
    let all = arrangement.components().iter().flat_map(|component| arrangement.border(component));
    all.filter_map(line).collect()
}

/// The part of a segment where a linear form is not negative.
fn within(mut ends: [[f64; 3]; 2], form: &[f64; 3]) -> Option<[[f64; 3]; 2]> {
    let values = ends.map(|at| form[0] * at[0] + form[1] * at[1] + form[2] * at[2]);
    if values.iter().all(|&value| value < 0.0) {
        return None;
    }
    for (here, other) in [(0, 1), (1, 0)] {
        if values[here] < 0.0 {
            let (a, b) = (values[here].abs(), values[other]);
            ends[here] = [0, 1, 2].map(|k| (ends[here][k] * b + ends[other][k] * a) / (a + b));
        }
    }
    Some(ends)
}

/// The numbers of the components of every class that has several, each in the middle of its largest visible cell; those that
/// are too small to be seen have none.
fn numbers(arrangement: &Arrangement, window: &[Range<f64>; 2]) -> Vec<(String, (f64, f64))> {
    let [x, y] = window;
    let least = NUMBERED * (x.end - x.start) * (y.end - y.start);
    let place = |component: &Component| {
        let cells = component.cells.iter().filter_map(|&cell| visible(arrangement, cell, window));
        let sized: Vec<_> = cells.map(|corners| (area(&corners), middle(&corners))).collect();
        let whole: f64 = sized.iter().map(|cell| cell.0).sum();
        sized.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).filter(|_| whole >= least).map(|cell| cell.1)
    };
    let counts = arrangement.component_counts();
    let several = (0..counts.len()).filter(|&class| counts[class] > 1);
    let numbered = several.flat_map(|class| (1..).zip(arrangement.components_of(class)));
    numbered.filter_map(|(number, component): (usize, _)| Some((number.to_string(), place(component)?))).collect()
}

fn area(corners: &[(f64, f64)]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum::<f64>().abs() / 2.0
}

fn middle(corners: &[(f64, f64)]) -> (f64, f64) {
    let sum = corners.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    (sum.0 / corners.len() as f64, sum.1 / corners.len() as f64)
}
