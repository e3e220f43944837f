//! Skip connections to the output: what floats see of ranks and of training errors.

use super::{Entry, GalleryEntry, GalleryError, number};
use crate::report::chart::{Chart, Ink, Layer};
use crate::statement::skip::independent::{Independent, independent, rank_in_doubles};
use crate::statement::skip::instances::{SAMPLES, constant_images, deep_sigmoid};

/// The deepest network that is looked at.
const LAYERS: usize = 12;

/// The features of a deep sigmoid layer: the rank that doubles count, and what is proved.
pub fn deep_ranks() -> Entry {
    let failed = GalleryError::of("deep-ranks");
    let mut ranks = vec![];
    let mut last = None;
    for layers in 1..=LAYERS {
        let (network, inputs) = deep_sigmoid(layers);
        let found = independent(&network, &inputs, 1024, &mut |_| {}).map_err(|reason| failed(reason.to_string()))?;
        ranks.push((layers as f64, rank_in_doubles(&network, &inputs) as f64));
        last = Some(found);
    }
    let Independent { precision, bits, .. } = last.expect("there are layers");
    let first = ranks.iter().position(|(_, rank)| *rank < SAMPLES as f64);
    let first = first.ok_or_else(|| failed("doubles count rank N everywhere".into()))?;
    let all = vec![(1.0, SAMPLES as f64), (LAYERS as f64, SAMPLES as f64)];
    let chart = Chart {
        x: ("layer whose units are connected to the output".into(), 0.5..LAYERS as f64 + 0.5),
        y: ("rank of its features on 32 samples".into(), 0.0..1.25 * SAMPLES as f64),
        layers: vec![
            Layer::Line { label: "proved".into(), ink: Ink::Certified, points: all },
            Layer::Line { label: "counted in doubles".into(), ink: Ink::Sampled, points: ranks.clone() },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "deep-ranks",
        title: "A rank that doubles lose in the depth of a sigmoid network",
        text: "Layers of 32 sigmoid units on 32 samples. Each layer brings the features nearer to each other. Counted as it is \
               usually done, by singular values above a threshold, the rank falls from some layer on. The certificate encloses \
               the features in integers and shows a right inverse: the rank is 32 in every layer, and so it is for almost all \
               weights.",
        numbers: vec![
            number("the first layer where doubles count less than 32", first + 1),
            number("rank of layer 12, counted in doubles", ranks[LAYERS - 1].1),
            number("rank of layer 12, proved", SAMPLES),
            number("layer 12: bits of the floats that gave a right inverse", precision),
            number("layer 12: bits of the features' enclosures", bits),
        ],
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "doubles_lose_a_rank_in_the_depth"),
    })
}

/// Errata, item 12: with one bias a filter constant images have equal features.
pub fn tied_biases() -> Entry {
    let failed = GalleryError::of("tied-biases");
    let (free, inputs) = constant_images(false);
    let found = independent(&free, &inputs, 256, &mut |_| {}).map_err(|reason| failed(reason.to_string()))?;
    let (tied, _) = constant_images(true);
    let why = independent(&tied, &inputs, 256, &mut |_| {}).err();
    let why = why.ok_or_else(|| failed("equal features passed for independent ones".into()))?;
    // The loss of labels 0 and 1 against f_0 − f_1 for features a < b: two falling exponentials that cannot both be small.
    let loss = |w: f64| {
        let [a, b] = [0.5, 1.0 / (1.0 + (-2f64).exp())];
        0.5 * ((-a * w).exp().ln_1p() + (b * w).exp().ln_1p())
    };
    let points = (-60..=60).map(|i| f64::from(i) / 20.0).map(|w| (w, loss(w))).collect();
    let bound = 0.5 * std::f64::consts::LN_2;
    let chart = Chart {
        x: ("difference of the two outputs' weights".into(), -3.0..3.0),
        y: ("cross-entropy".into(), 0.0..2.5),
        layers: vec![
            Layer::Line { label: "one bias a filter (sampled)".into(), ink: Ink::Sampled, points },
            Layer::Line {
                label: "(log 2)/2: never below".into(),
                ink: Ink::Neutral,
                points: vec![(-3.0, bound), (3.0, bound)],
            },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "tied-biases",
        title: "One bias a filter is not enough",
        text: "A convolution with one sigmoid filter on two patches, and two constant images. With a bias for every unit, as the \
               theorem is printed, the features of almost all parameters are independent. With one bias a filter, as frameworks \
               have it, both units are equal on every constant image: the rank is 1, and the cross-entropy of two classes \
               never falls below (log 2)/2.",
        numbers: vec![number("a bias a unit: rank", found.right_inverse.ncols()), number("a bias a filter", why)],
        picture: chart.draw().map_err(|reason| failed(reason.to_string()))?,
        test: ("tests/gallery.rs", "one_bias_a_filter_is_not_enough"),
    })
}
