//! Convolutional architectures from their tables: how many hidden units there are, and the graph.
//!
//! A convolution with zero padding takes a side P to ⌈P/stride⌉. Blocks take the inputs beside the block before, of which one
//! column is 0: that is the padding.

use crate::certificate::graph::{BlockRecord, BlockRule, NonlinearityRecord};

/// A row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The side of a filter: odd.
    pub kernel: usize,
    /// How many filters.
    pub maps: usize,
    /// Every so many pixels.
    pub stride: usize,
}

const fn row(kernel: usize, maps: usize, stride: usize) -> Convolution {
    Convolution { kernel, maps, stride }
}

/// Table 3 of ICLR 2019: CNN13, for images of 28 × 28 pixels.
pub const CNN13: [Convolution; 13] = [
    row(3, 64, 1),
    row(3, 64, 1),
    row(3, 64, 2),
    row(3, 128, 1),
    row(3, 128, 1),
    row(3, 128, 2),
    row(3, 256, 1),
    row(1, 256, 1),
    row(3, 256, 2),
    row(3, 256, 1),
    row(3, 256, 2),
    row(3, 256, 1),
    row(3, 256, 2),
];

/// What the caption of Table 3 says that the hidden units of CNN13 are.
pub const PRINTED: usize = 179_840;

/// The hidden units, row by row, for images with this side.
///
/// ```
/// use sublevel::statement::skip::layer_table::{CNN13, PRINTED, units};
///
/// let total: usize = units(28, &CNN13).iter().sum();
/// assert_eq!((total, total - PRINTED), (204_928, 14 * 14 * 128));
/// ```
pub fn units(side: usize, table: &[Convolution]) -> Vec<usize> {
    sides(side, table).zip(table).map(|(side, row)| side * side * row.maps).collect()
}

fn sides(side: usize, table: &[Convolution]) -> impl Iterator<Item = usize> {
    table.iter().scan(side, |side, row| {
        *side = side.div_ceil(row.stride);
        Some(*side)
    })
}

/// The blocks, for images of one channel with this side: the pixels row by row are the inputs, and a last input is 0. A unit has its
/// own bias.
pub fn blocks(side: usize, table: &[Convolution], activation: &NonlinearityRecord) -> Vec<BlockRecord> {
    let (mut before, mut channels, mut blocks) = (side, 1, vec![]);
    for (number, (after, row)) in sides(side, table).zip(table).enumerate() {
        let from = if number == 0 { vec![0] } else { vec![number, 0] };
        // The last one of all columns.
        let zero = if number == 0 { side * side } else { before * before * channels + side * side };
        let places = (0..after * after).map(|at| (at / after * row.stride, at % after * row.stride));
        let patches: Vec<Vec<usize>> = places.map(|place| patch(place, row.kernel, (before, channels), zero)).collect();
        let rule = BlockRule::Filters { filters: row.maps, tied: false, activation: activation.clone() };
        blocks.push(BlockRecord { from, patches: Some(patches.into()), rule });
        (before, channels) = (after, row.maps);
    }
    blocks
}

/// The columns of a filter around a place: all channels of each pixel, and the column of zeros outside.
fn patch((y, x): (usize, usize), kernel: usize, (side, channels): (usize, usize), zero: usize) -> Vec<usize> {
    let reach = kernel / 2;
    let inside = |at: usize, offset: usize| (at + offset).checked_sub(reach).filter(|&at| at < side);
    let offsets = (0..kernel * kernel).map(|at| (at / kernel, at % kernel));
    let pixels = offsets.map(|(dy, dx)| inside(y, dy).zip(inside(x, dx)));
    pixels
        .flat_map(|pixel| {
            (0..channels).map(move |channel| pixel.map_or(zero, |(y, x)| (y * side + x) * channels + channel))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_is_padded() {
        // A 2 × 2 image, one channel, 3 × 3: column 9 is the zero.
        assert_eq!(patch((0, 0), 3, (2, 1), 9), [9, 9, 9, 9, 0, 1, 9, 2, 3]);
        assert_eq!(patch((1, 1), 1, (2, 2), 9), [6, 7]);
    }
}
