//! The pieces of λ that a bounded line lists.

use crate::{
    certificate::{Limit, Limits},
    verdict::{Failure, Rejection},
};

/// Ends of pieces are multiples of 2^−GRID.
pub const GRID: u64 = 40;

/// [i, i + 1]/2^h.
#[derive(Clone, Copy)]
pub struct Piece {
    pub i: u64,
    pub h: u64,
}

impl Piece {
    /// Where it begins, in units of 2^−GRID.
    pub fn start(self) -> u64 {
        self.i << (GRID - self.h)
    }

    /// Where it ends.
    pub fn end(self) -> u64 {
        (self.i + 1) << (GRID - self.h)
    }
}

/// The pieces of these depths h, in their order, if they make up [0, 1].
pub fn tiling(depths: &[u32], limits: &Limits) -> Result<Vec<Piece>, Failure> {
    limits.allow(Limit::Pieces, depths.len() as u64)?;
    let (mut at, mut pieces) = (0u64, vec![]);
    for (piece, &depth) in depths.iter().enumerate() {
        let wrong = |why| Err(Rejection::Piece { piece, why }.into());
        let h = u64::from(depth);
        if h > GRID {
            return wrong("is shorter than 2^−40");
        }
        let length = 1 << (GRID - h);
        if at == 1 << GRID {
            return wrong("comes after the end of the line");
        }
        if !at.is_multiple_of(length) {
            return wrong("does not start at a multiple of its length");
        }
        pieces.push(Piece { i: at / length, h });
        at += length;
    }
    if at == 1 << GRID { Ok(pieces) } else { Err(Rejection::PiecesStop.into()) }
}
