//! Convolutional networks: filters and features of Theorem 2.4.4, and what the thesis prints about them.

use super::{Entry, GalleryEntry, GalleryError, exact, number};
use crate::network::{Activation, Nonlinearity};
use crate::report::chart::{Chart, Ink, Layer, Scale, Ticks};
use crate::statement::convolution::full_rank_filters::{Structure, decide};
use crate::statement::convolution::instances::{digits, equal_values, four_patches, image, takagi};
use crate::statement::convolution::layers::Patches;
use crate::statement::convolution::triangular::full_rank_features;
use crate::statement::stuck_flow::Grid;
use rug::Rational;

/// Theorem 2.4.4 on digits: the filter, and the triangle.
pub fn features() -> Entry {
    let key = "convolution-features";
    let failed = GalleryError::of(key);
    let (network, inputs) = digits(1, &Nonlinearity::from(Activation::relu()));
    let found = full_rank_features(&network, &inputs, 1, 0).map_err(|why| failed(why.to_string()))?;
    let triangle = found.triangle(&inputs).ok_or_else(|| failed("ReLU is exact".into()))?;
    let certified = found.certify(&inputs).map_err(|why| failed(why.to_string()))?;
    let samples = inputs.nrows();
    let shared = found.shared.ok_or_else(|| failed("no two digits share a patch".into()))?;
    let numbers = vec![
        number("digits, units", format!("{samples}, {}", network.stacked_output().nrows())),
        number("Assumption 2.4.1", shared),
        number("the units in their order", listed(&found.order.units)),
        number("the digits in their order", listed(&found.order.samples)),
        number("α", exact(&found.alpha)),
        number("determinant", exact(&(0..samples).map(|i| triangle[(i, i)].clone()).product::<Rational>())),
        number("the largest feature", exact(triangle.iter().max().expect("there are features"))),
        number("rank, proved with so many bits", format!("{samples}, {}", certified.bits)),
    ];
    // Log₁₀(1 + feature), the first digit on top; and the filter beside it.
    let side = samples as f64;
    let values =
        (0..samples).rev().map(|i| (0..samples).map(|j| triangle[(i, j)].to_f64().ln_1p() / 10f64.ln()).collect());
    let middles = || (0..samples).map(|i| i as f64 + 0.5).collect();
    let filter = (0..9).map(|r| {
        let place = (side + 4.0 + 5.0 * (r % 3) as f64, side - 4.0 - 4.0 * (r / 3) as f64);
        (exact(&found.network.layers()[&1].weight[(r, 0)]), place)
    });
    let mut texts: Vec<(String, (f64, f64))> = filter.collect();
    texts.push(("the filter".into(), (side + 9.0, side - 0.5)));
    let chart = Chart {
        x: ("unit of the convolution, in its order".into(), 0.0..side + 19.0),
        y: ("digit, in its order".into(), 0.0..side),
        scale: Some(Scale { name: "log10 (1 + feature)".into(), ends: 0.0..3.0, ticks: Ticks::Plain }),
        layers: vec![
            Layer::Cells(Grid { xs: middles(), ys: middles(), values: values.collect() }),
            Layer::Texts(texts),
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key,
        title: "One filter, 32 digits, 32 independent features",
        text: "A convolution 3 x 3 with ReLU over 32 handwritten digits, one filter and a bias for each place. Each unit in \
        turn has the \
               value 1 at its own digit and 0 at all that come after: the matrix of features is upper triangular with \
               determinant 1, in \
               rational numbers. Digits share blank patches, which the theorem excludes; the order of the units goes around them.",
        numbers,
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "one_filter_makes_a_triangle_of_digits"),
    })
}

fn listed(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The rank that M(W) has for almost every W, and min(n, P T); proved both ways.
fn ranks(patches: &Patches, filters: usize) -> Result<[usize; 2], String> {
    let full = patches.units().min(patches.count() * filters);
    match decide(patches, filters, 0) {
        Structure::FullRank(found) => Ok([found.rank, full]),
        Structure::NeverFull(why) => Ok([why.verify(patches, filters).map_err(|why| why.to_string())?, full]),
        Structure::Undecided { .. } => Err(format!("undecided for {filters} filters")),
    }
}

/// Errata, item 16: two filters commute.
pub fn commuting_filters() -> Entry {
    let key = "commuting-filters";
    let failed = GalleryError::of(key);
    let patches = image(8, 1, 3);
    let found: Vec<[usize; 2]> =
        (1..=4).map(|filters| ranks(&patches, filters)).collect::<Result<_, _>>().map_err(&failed)?;
    let line =
        |of: usize| found.iter().zip(1..).map(|(ranks, filters)| (f64::from(filters), ranks[of] as f64)).collect();
    let chart = Chart {
        x: ("filters".into(), 0.5..4.5),
        y: ("rank of M(W)".into(), 0.0..80.0),
        layers: vec![
            Layer::Line { label: "full rank".into(), ink: Ink::Neutral, points: line(1) },
            Layer::Line { label: "the most that any W has".into(), ink: Ink::Certified, points: line(0) },
        ],
        ..Chart::default()
    };
    let of = |patches: &Patches, filters: usize| {
        ranks(patches, filters).map(|[rank, full]| format!("{rank} of {full}")).map_err(&failed)
    };
    Ok(GalleryEntry {
        key,
        title: "Erratum: patches that cover and differ are not enough",
        text: "The thesis takes it for granted that the weight matrix M(W) of a convolution has full rank for some filters \
        W if its patches cover \
               the image and differ. With two filters over one channel it never has, for any size of image and any filters: \
               w1 * w2 = w2 * w1 relates the columns. The smallest instance has four pixels and four patches.",
        numbers: vec![
            number("four patches of two pixels: rank, at most", of(&four_patches(), 1)?),
            number(
                "8 × 8, 3 × 3, 1, 2, 3, 4 filters: rank, at most",
                listed(&found.iter().map(|ranks| ranks[0]).collect::<Vec<_>>()),
            ),
            number("28 × 28, 3 × 3, 2 filters: rank, at most", of(&image(28, 1, 3), 2)?),
            number("6 × 6, two channels, 2 × 2, 3 filters: rank, at most", of(&image(6, 2, 2), 3)?),
        ],
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "two_filters_of_one_channel_commute"),
    })
}

/// Errata, item 17: continuous, not constant, and bijective on no interval.
pub fn nowhere_monotone() -> Entry {
    let key = "nowhere-monotone";
    let failed = GalleryError::of(key);
    let points: Vec<(f64, f64)> = (0..=512u32)
        .map(|i| Rational::from((i, 512u32)))
        .map(|x| (x.to_f64(), takagi(&x).map_or(f64::NAN, |value| value.to_f64())))
        .collect();
    let mut numbers = vec![];
    let mut dots = vec![];
    for (k, n) in [(0, 2), (6, 3), (29, 5)] {
        let pair = equal_values(k, n);
        let values = pair.each_ref().map(takagi);
        let [Some(left), Some(right)] = values else { return Err(failed("no dyadic numbers".into())) };
        if left != right {
            return Err(failed("two values differ".into()));
        }
        let name = format!("in [{k}/{0}, {1}/{0}] two points, and the value at both", 1u32 << n, k + 1);
        numbers.push(number(&name, format!("{}, {}: {}", pair[0], pair[1], left)));
        dots.extend(pair.iter().map(|x| (x.to_f64(), left.to_f64())));
    }
    let chart = Chart {
        x: ("t".into(), 0.0..1.0),
        y: ("σ(t)".into(), 0.0..0.75),
        layers: vec![
            Layer::Line { label: "Takagi's function".into(), ink: Ink::Certified, points },
            Layer::Dots { label: "equal values".into(), ink: Ink::Sampled, points: dots, shades: vec![] },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key,
        title: "Erratum: continuous and not constant, and bijective nowhere",
        text: "The proof of Lemma 2.6.1 in the thesis says that a continuous function that is not constant is bijective on \
        some interval. Takagi's function, \
               a sum of ever finer saw teeth, is not: every interval has two points with the same value. ReLU, sigmoid and \
               softplus, and all \
               piecewise-linear functions, do have such an interval.",
        numbers,
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "a_continuous_function_that_is_bijective_nowhere"),
    })
}

/// Errata, item 18: Theorem 2.4.5 for ReLU.
pub fn dead_half_plane() -> Entry {
    let key = "dead-half-plane";
    let failed = GalleryError::of(key);
    let grid = Grid::of(((-2.0, 2.0), (-2.0, 2.0)), (65, 65), |w, b| (w + b).max(0.0));
    let dead = grid.values.iter().flatten().filter(|value| **value == 0.0).count();
    let chart = Chart {
        x: ("w".into(), -2.0..2.0),
        y: ("b".into(), -2.0..2.0),
        scale: Some(Scale { name: "the feature".into(), ends: 0.0..4.0, ticks: Ticks::Plain }),
        layers: vec![
            Layer::Cells(grid),
            Layer::Line { label: String::new(), ink: Ink::Light, points: vec![(-2.0, 2.0), (2.0, -2.0)] },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key,
        title: "Erratum: not an open question for ReLU",
        text: "The thesis leaves open whether almost all parameters give independent features with ReLU. They do not: one \
        sample x = 1 and one \
               unit have the feature max(0, w + b), which vanishes on a half-plane. Below the white line the rank is 0, \
               above it is 1. With \
               sigmoid or softplus it is 1 almost everywhere.",
        numbers: vec![number("cells of the picture where the feature is 0, of 4225", dead)],
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "a_relu_unit_is_dead_on_a_half_plane"),
    })
}
