//! Residual networks: **IJCAI 2020** (Wang, Shen, Zhao & Zhang), what of it holds and what does not, as objects.
//!
//! The networks are f(x) = W_2 (σ(W_1 x) + V_1 g(θ, V_2 σ(W_1 x))), σ = ReLU, x ∈ ℝⁿ, m neurons; the loss is
//! F = E L(f(x), y) + κ R, R = Σ (‖w_2i‖_1 + ‖v_2i‖_1) ‖w_1i‖_2 + ‖W_2 V_1‖_1 + Σ ‖θ_i‖_F, as in (13).
//!
//! # Example
//! ```
//! use sublevel::statement::residual::wall::ResidualWall;
//!
//! // Theorem 11: the excess over the larger end and the two-layer infimum goes to 0 with m. Here it is 2 for every m.
//! let (s, kappa) = (2.into(), 1.into());
//! for neurons in [2, 10, 100] {
//!     let levels = ResidualWall::of_theorem_11(&s, &kappa, 1, neurons).unwrap().verify().unwrap();
//!     assert_eq!(levels.excess(), 2);
//! }
//!
//! // Theorem B: any two networks of N samples are joined from this width on: for ten samples without biases, with them, and for two blocks.
//! use sublevel::statement::residual::wide::least_width;
//! assert_eq!([least_width(10, 1, false), least_width(10, 1, true), least_width(10, 2, false)], [11, 10, 31]);
//! ```

pub mod bounds;
pub mod curves;
pub mod emptied;
pub mod instances;
pub mod kinks;
pub mod landscape;
pub mod merge;
pub mod model;
pub mod path;
pub mod sharp;
pub mod spread;
pub mod wall;
pub mod wide;

mod terms;
