//! Tables and pictures of paths, the gallery, and the page that holds them.

mod barrier;
mod canvas;
mod cells;
mod chart;
mod compare;
mod film;
mod gallery;
mod graph_profile;
mod inspect;
mod map;
mod page;
mod pair;
mod plot;
mod profile;
mod regions;
mod shape;
mod slider;
mod span;
mod ticks;
mod verdict;

pub use barrier::barrier_chart;
pub use chart::{Chart, Ink, Layer, Panel, PlotError, Scale, Ticks};
pub use compare::{Comparison, compare};
pub use film::{Film, FilmOptions, Frame};
pub use gallery::{GalleryEntry, GalleryError, gallery, gallery_about};
pub use inspect::{Inspector, MoveDescription};
pub use map::Map;
pub use page::{Page, Table};
pub use pair::{FloatPath, PRECISIONS, Pair, PairError, PairReport, StraightLine};
pub use plot::{OtherLine, OtherLineError, comparison_chart, profile_chart};
pub use profile::{Lines, Profile, SAMPLES, Stray, sample_line, stray};
pub use regions::{View, regions_chart};
pub use shape::{Shape, ShapeError};
pub use span::Sample;
pub use verdict::{enclosed, verdict_json};
