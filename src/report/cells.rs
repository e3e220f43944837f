//! Values on a grid: their colours, the cells, and where they cross a level.

use super::canvas::Drawn;
use super::chart::Plot;
use crate::statement::stuck_flow::Grid;
use plotters::prelude::*;
use std::ops::Range;

/// Steps of the colour scale.
const SHADES: f64 = 40.0;

/// A cell reaches half-way to its neighbours; those at the rim end at it.
pub fn draw_cells<DB: DrawingBackend>(plot: &mut Plot<'_, DB>, grid: &Grid, ends: &Range<f64>) -> Drawn
where
    DB::ErrorType: 'static,
{
    let edges = |centres: &[f64]| -> Vec<f64> {
        let inner = centres.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
        centres.first().copied().into_iter().chain(inner).chain(centres.last().copied()).collect()
    };
    let (xs, ys) = (edges(&grid.xs), edges(&grid.ys));
    for (i, row) in grid.values.iter().enumerate() {
        let shades: Vec<(usize, u32)> =
            row.iter().map(|&value| (share(value, ends) * SHADES).round() as u32).enumerate().collect();
        // Neighbours of one shade are one rectangle.
        let run = |run: &[(usize, u32)]| {
            let (first, last) = (run[0].0, run[run.len() - 1].0);
            let colour = ramp(f64::from(run[0].1) / SHADES);
            Rectangle::new([(xs[first], ys[i]), (xs[last + 1], ys[i + 1])], colour.filled())
        };
        plot.draw_series(shades.chunk_by(|a, b| a.1 == b.1).map(run))?;
    }
    Ok(())
}

/// Where the values of a grid cross a level, in pieces: on each half of a cell, along its diagonal, they are taken as affine.
pub fn contour(grid: &Grid, level: f64) -> Vec<[(f64, f64); 2]> {
    let corner = |i: usize, j: usize| ((grid.xs[j], grid.ys[i]), grid.values[i][j] - level);
    let halves = |(i, j): (usize, usize)| {
        [(i, j + 1), (i + 1, j)].map(|other| [corner(i, j), corner(i + 1, j + 1), corner(other.0, other.1)])
    };
    let piece = |corners: [((f64, f64), f64); 3]| {
        let sides = [(0, 1), (1, 2), (2, 0)].map(|(a, b)| (corners[a], corners[b]));
        let crossed = sides.into_iter().filter(|((_, a), (_, b))| (*a < 0.0) != (*b < 0.0));
        let points: Vec<(f64, f64)> = crossed
            .map(|((p, a), (q, b))| {
                let share = a / (a - b);
                (p.0 + (q.0 - p.0) * share, p.1 + (q.1 - p.1) * share)
            })
            .collect();
        <[_; 2]>::try_from(points).ok()
    };
    let cells = (1..grid.ys.len()).flat_map(|i| (1..grid.xs.len()).map(move |j| (i - 1, j - 1)));
    cells
        .flat_map(halves)
        .filter(|corners| corners.iter().all(|corner| corner.1.is_finite()))
        .filter_map(piece)
        .collect()
}

/// Where a value is on the colour scale, from 0 to 1.
pub fn share(value: f64, ends: &Range<f64>) -> f64 {
    let share = (value - ends.start) / (ends.end - ends.start);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { f64::from(u8::from(value > ends.start)) }
}

/// Dark blue to pale yellow by way of green: even steps of lightness, readable without colour vision.
pub fn ramp(share: f64) -> RGBColor {
    const STOPS: [(f64, f64, f64); 5] =
        [(48.0, 18.0, 90.0), (52.0, 84.0, 140.0), (32.0, 144.0, 140.0), (110.0, 200.0, 98.0), (250.0, 232.0, 90.0)];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let index = (place as usize).min(STOPS.len() - 2);
    let (a, b, part) = (STOPS[index], STOPS[index + 1], place - index as f64);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contour_is_where_the_level_is() {
        let xs: Vec<f64> = (0..41).map(|k| f64::from(k) / 10.0 - 2.0).collect();
        let values = xs.iter().map(|y| xs.iter().map(|x| x * x + y * y).collect()).collect();
        let grid = Grid { xs: xs.clone(), ys: xs, values };
        let circle = contour(&grid, 1.0);
        assert!(circle.iter().flatten().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 0.01));
        let length: f64 = circle.iter().map(|[p, q]| (p.0 - q.0).hypot(p.1 - q.1)).sum();
        assert!((length - std::f64::consts::TAU).abs() < 0.05, "{length}");
        assert!(contour(&grid, -1.0).is_empty() && contour(&grid, 9.0).is_empty());
    }
}
