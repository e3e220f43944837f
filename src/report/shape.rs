//! How an input is an image.

use std::{fmt, str::FromStr};

/// Height, width, and the place of the colours, if there are three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// One number a pixel, or three.
    pub colours: Colours,
}

/// How the numbers of an image stand for colours; rows of pixels one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// One number a pixel.
    Grey,
    /// Red, green, blue of each pixel.
    Last,
    /// All of red, then green, then blue.
    First,
}

/// No shape, or not one of these inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// It does not read.
    #[error("`{found}` is not a shape such as 28x28, 32x32x3 or 3x32x32")]
    Form {
        /// What was read.
        found: String,
    },
    /// Another number of coordinates.
    #[error("images of the shape {shape} have {pixels} numbers, but the inputs have {inputs}")]
    Size {
        /// The shape.
        shape: Shape,
        /// Its numbers.
        pixels: usize,
        /// Those of an input.
        inputs: usize,
    },
}

impl Shape {
    /// The least side of a square that is taken for an image without being told.
    const LEAST: usize = 4;

    /// The square of so many numbers, if there is one.
    pub fn square(inputs: usize) -> Option<Self> {
        let side = inputs.isqrt();
        let is_square = side * side == inputs && side >= Self::LEAST;
        is_square.then_some(Shape { height: side, width: side, colours: Colours::Grey })
    }

    /// Whether an input of so many numbers has it.
    ///
    /// # Errors
    /// [`ShapeError::Size`].
    pub fn fit(&self, inputs: usize) -> Result<(), ShapeError> {
        let colours = if self.colours == Colours::Grey { 1 } else { 3 };
        let pixels = self.height.saturating_mul(self.width).saturating_mul(colours);
        if pixels == inputs { Ok(()) } else { Err(ShapeError::Size { shape: *self, pixels, inputs }) }
    }

    /// Red, green and blue of a pixel, each a number of the input.
    pub(super) fn pixel(&self, input: &[f64], row: usize, column: usize) -> [f64; 3] {
        let (at, all) = (row * self.width + column, self.height * self.width);
        match self.colours {
            Colours::Grey => [input[at]; 3],
            Colours::Last => [0, 1, 2].map(|colour| input[3 * at + colour]),
            Colours::First => [0, 1, 2].map(|colour| input[colour * all + at]),
        }
    }
}

impl FromStr for Shape {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let form = || ShapeError::Form { found: text.into() };
        let sizes: Vec<usize> = text
            .split(['x', '×'])
            .map(|size| size.parse().ok().filter(|&size| size > 0))
            .collect::<Option<_>>()
            .ok_or_else(form)?;
        let shape = |height, width, colours| Ok(Shape { height, width, colours });
        match sizes[..] {
            [height, width] | [height, width, 1] | [1, height, width] => shape(height, width, Colours::Grey),
            [height, width, 3] => shape(height, width, Colours::Last),
            [3, height, width] => shape(height, width, Colours::First),
            _ => Err(form()),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colours {
            Colours::Grey => write!(f, "{}x{}", self.height, self.width),
            Colours::Last => write!(f, "{}x{}x3", self.height, self.width),
            Colours::First => write!(f, "3x{}x{}", self.height, self.width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_they_are_written() {
        for text in ["28x28", "3x32x32", "32x32x3", "8x9"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
        assert_eq!("1x8x9".parse::<Shape>().unwrap().to_string(), "8x9");
        for text in ["", "8", "8x", "0x8", "8x8x8", "axb", "2x3x4x5"] {
            assert_eq!(text.parse::<Shape>(), Err(ShapeError::Form { found: text.into() }), "{text}");
        }
    }

    #[test]
    fn squares_are_found_and_sizes_compared() {
        assert_eq!(Shape::square(784).map(|shape| shape.to_string()), Some("28x28".into()));
        assert_eq!([0, 1, 9, 15, 785].map(Shape::square), [None; 5]);
        let shape: Shape = "2x2x3".parse().unwrap();
        assert_eq!(shape.fit(12), Ok(()));
        assert_eq!(shape.fit(4), Err(ShapeError::Size { shape, pixels: 12, inputs: 4 }));
        let input: Vec<f64> = (0..12).map(f64::from).collect();
        assert_eq!(shape.pixel(&input, 1, 0), [6.0, 7.0, 8.0]);
        assert_eq!("3x2x2".parse::<Shape>().unwrap().pixel(&input, 1, 0), [2.0, 6.0, 10.0]);
    }
}
