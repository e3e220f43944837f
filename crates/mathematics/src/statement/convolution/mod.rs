//! Convolutional networks (thesis, chapter 2): their layers, when their weight matrices have full rank, and that a wide layer has
//! independent features; gradients, critical points and exact solutions for the square loss.
//!
//! # Example
//! ```
//! use sublevel::example::integers;
//! use sublevel::statement::convolution::chains::small;
//! use sublevel::statement::convolution::full_rank_filters::{Structure, decide};
//! use sublevel::statement::convolution::gradient::{Fit, bounded_gradient};
//! use sublevel::statement::convolution::interpolate::interpolate;
//! use sublevel::statement::convolution::layers::{Layer, Patches, Window, chain};
//! use sublevel::statement::convolution::triangular::full_rank_features;
//!
//! // One filter of size 2 over a row of four pixels, ReLU: three units, three samples.
//! let patches = Patches::line(4, 2, 1).unwrap();
//! let layer = Layer::Filters { patches, filters: 1, activation: "relu".parse().unwrap() };
//! let network = chain(4, &[layer], 1).unwrap();
//! let inputs = integers(3, 4, &[0, 1, 5, 2, 7, 3, 1, 1, 4, 4, 0, 9]);
//! let found = full_rank_features(&network, &inputs, 1, 0).unwrap();
//! let triangle = found.triangle(&inputs).unwrap();
//! assert!((0..3).all(|i| triangle[(i, i)] == 1 && (0..i).all(|j| triangle[(i, j)] == 0)));
//! assert!(found.certify(&inputs).is_ok());
//!
//! let targets = [3, -1, 4].map(rug::Rational::from);
//! let fitted = interpolate(&network, &inputs, &targets, 0).unwrap();
//! assert_eq!(fitted.outputs(&inputs), targets);
//!
//! // Two filters 3 × 3 over an image of 6 × 6 pixels: never of full rank, as w_1 ∗ w_2 = w_2 ∗ w_1.
//! let image = Patches::image(Window { image: [6, 6, 1], size: 3, stride: 1 }).unwrap();
//! let Structure::NeverFull(why) = decide(&image, 2, 0) else { panic!() };
//! assert_eq!(why.verify(&image, 2), Ok(28));
//!
//! // A point of S_1 with a loss above 0: the gradient is not 0.
//! let (network, inputs, targets) = small();
//! let found = bounded_gradient(&network, &Fit { inputs: &inputs, targets: &targets, level: 1 }, 256).unwrap();
//! assert!(found.squared_gradient[0] > 0 && found.loss[0] > 0);
//! ```

pub mod chains;
pub mod critical;
pub mod full_rank_filters;
pub mod gradient;
pub mod instances;
pub mod interpolate;
pub mod layers;
pub mod peel;
pub mod polynomial;
pub mod solution;
pub mod tails;
pub mod triangular;
