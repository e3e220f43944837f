//! Decision regions: what floats miscount, and what the thesis prints about them.

use super::{Entry, GalleryEntry, GalleryError, exact, integers, number, power};
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters};
use crate::region::instances::{self, Example};
use crate::region::{Arrangement, Budget, Chart, rough_counts};
use crate::report::{View, regions_chart};
use crate::statement::object::prove;
use rug::Rational;

/// The regions of an example in its whole space.
fn arrange(key: &'static str, example: &Example) -> Result<Arrangement, GalleryError> {
    let failed = GalleryError::of(key);
    let chart = Chart::of_space(&example.network).ok_or_else(|| failed("more than two directions".to_owned()))?;
    Arrangement::new(&example.network, &example.activation, &chart, &Budget::default()).map_err(GalleryError::of(key))
}

/// The components of every class, none of them missed and none counted twice: by the checker.
fn proved_counts(key: &'static str, arrangement: &Arrangement) -> Result<Vec<usize>, GalleryError> {
    prove(arrangement.census()).map_err(GalleryError::of(key))?;
    let counts = arrangement.component_counts();
    for class in (0..counts.len()).filter(|&class| counts[class] > 1) {
        let object = arrangement.boundaries(class).map_err(GalleryError::of(key))?;
        prove(object).map_err(GalleryError::of(key))?;
    }
    Ok(counts)
}

fn in_words(counts: &[usize]) -> String {
    counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn in_floats(key: &'static str, example: &Example, arrangement: &Arrangement) -> Result<String, GalleryError> {
    let counts = rough_counts(&example.network, &example.activation, arrangement.chart(), &Budget::default());
    counts.map(|counts| in_words(&counts)).map_err(GalleryError::of(key))
}

fn picture(key: &'static str, arrangement: &Arrangement, names: [&str; 2]) -> Result<String, GalleryError> {
    let view = View { window: Some([-6.0..6.0, -6.0..6.0]), names: names.map(str::to_owned), ..View::default() };
    regions_chart(arrangement, &view).draw().map_err(GalleryError::of(key))
}

/// |x_1| + ε against |x_2|: two lines that meet, or just do not.
pub fn thin_crossing() -> Entry {
    let key = "thin-crossing";
    let epsilons = [("2^-60", power(60)), ("0", Rational::new()), ("-2^-60", -power(60))];
    let mut numbers = vec![];
    for (name, epsilon) in &epsilons {
        let example = instances::crossing(epsilon);
        let arrangement = arrange(key, &example)?;
        let counts = proved_counts(key, &arrangement)?;
        numbers.push(number(&format!("ε = {name}: components of both classes, proved"), in_words(&counts)));
        numbers.push(number(&format!("ε = {name}: as f64 counts them"), in_floats(key, &example, &arrangement)?));
    }
    let shown = arrange(key, &instances::crossing(&Rational::new()))?;
    Ok(GalleryEntry {
        key,
        title: "Regions that touch, or do not",
        text: "The first output is |x_1| + ε, the second |x_2|: four ReLUs. The region where the second one is larger has two parts for \
               ε >= 0 and is in one piece for ε < 0, through a gap of width 2 |ε|; with the first it is the other way round, and at \
               ε = 0, drawn here, both touch at a point that belongs to neither. In f64, 2^-60 is lost beside anything of size 1.",
        numbers,
        picture: picture(key, &shown, ["x_1", "x_2"])?,
        test: ("tests/gallery.rs", "regions_touch_or_do_not"),
    })
}

/// Item 7: a tie on a strip.
pub fn perfect_fit() -> Entry {
    let key = "perfect-fit";
    let slope = Rational::from((1, 10));
    let as_printed = instances::low_rank_as_printed(&slope);
    let printed = arrange(key, &as_printed)?;
    let repaired = arrange(key, &instances::low_rank(&slope))?;
    Ok(GalleryEntry {
        key,
        title: "Erratum: a tie that is called a perfect fit",
        text: "Thesis, section 5.3.2: a network of rank W_1 = 1 is said to give red on |x_1| <= 1 and blue outside. On the strip both \
               outputs are equal, and red (class 1) wins nowhere. Without b_1 and with b_2 = (0, 1 - α) it is as the text says; this is \
               drawn here. The region of blue (class 0) is disconnected in both. In f64 a tenth is another number, and red seems to win.",
        numbers: vec![
            number("α", exact(&slope)),
            number("as printed: components of both classes, proved", in_words(&proved_counts(key, &printed)?)),
            number("as printed: cells without a winner", printed.ties().len()),
            number("as printed: as f64 counts them", in_floats(key, &as_printed, &printed)?),
            number("repaired: components of both classes, proved", in_words(&proved_counts(key, &repaired)?)),
            number("repaired: cells without a winner", repaired.ties().len()),
        ],
        picture: picture(key, &repaired, ["x_1", "x_2"])?,
        test: ("tests/gallery.rs", "red_wins_nowhere"),
    })
}

/// Item 8: no layer is wider than the input, and a region is disconnected.
pub fn narrow_layer() -> Entry {
    let key = "narrow-layer";
    let sigma = Activation::leaky_relu(Rational::from((1, 10)));
    let mut numbers = vec![];
    for hidden in [&[2, 1, 2][..], &[3, 2, 3], &[1, 2], &[5, 3, 2, 3]] {
        let example =
            instances::not_pyramidal(hidden, &sigma).ok_or_else(|| GalleryError::of(key)("no instance".to_owned()))?;
        let arrangement = arrange(key, &example)?;
        let name = format!("widths {}: components of both classes, proved", dashed(&example.network));
        numbers.push(number(&name, in_words(&proved_counts(key, &arrangement)?)));
    }
    let shown = arrange(key, &instances::narrow_layer())?;
    numbers.push(number("section 5.3.1, widths 2-1-2-2", in_words(&proved_counts(key, &shown)?)));
    Ok(GalleryEntry {
        key,
        title: "Erratum: no layer wider than the input",
        text: "The thesis sums up: a network without a hidden layer that is wider than the input has connected regions. Its own example, \
               drawn here, has widths 2-1-2-2. What counts is that no layer is wider than the one before it: for a strictly \
               monotone σ that is onto and bends, all full-rank networks have connected regions exactly then.",
        numbers,
        picture: picture(key, &shown, ["x_1", "x_2"])?,
        test: ("tests/gallery.rs", "no_layer_is_wider_than_the_input"),
    })
}

fn dashed(network: &Parameters<Rational>) -> String {
    network.widths().iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// Item 9: shared weights.
pub fn shared_weights() -> Entry {
    let key = "shared-weights";
    // Two channels with the kernels 1 and -1 of one pixel, stride 2: pixels 1 and 3 are not seen.
    let first = integers(5, 4, &[1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let last = integers(5, 2, &[1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
    let network = Parameters::new(vec![first, last]).map_err(GalleryError::of(key))?;
    let activation = Activation::leaky_relu(Rational::from((1, 10)));
    let rank = Exact.rank(&network.weight(1).into_owned());
    let arrangement = arrange(key, &Example { activation, network })?;
    Ok(GalleryEntry {
        key,
        title: "Erratum: a convolution has not full rank",
        text: "The thesis takes full rank for granted, for convolutions too: matrices of lower rank have measure zero. Shared weights do \
               not know that. Four pixels, kernels of one pixel, stride 2, two channels: four neurons, and rank 2 at most whatever \
               the kernels are. With 1 and -1, leaky ReLU of slope 1/10, the region where their sum at the first pixel \
               is above 1 has two parts.",
        numbers: vec![
            number("d, n_1, rank W_1", format!("4, 4, {rank}")),
            number("directions that the network sees", arrangement.chart().dimension()),
            number(
                "components of both classes in the whole space, proved",
                in_words(&proved_counts(key, &arrangement)?),
            ),
        ],
        picture: picture(key, &arrangement, ["first pixel", "no influence"])?,
        test: ("tests/gallery.rs", "a_convolution_has_not_full_rank"),
    })
}

/// Item 10: monotone, not onto.
pub fn not_onto() -> Entry {
    let key = "not-onto";
    let mut numbers = vec![];
    let mut shown = None;
    for name in ["relu", "hard-tanh"] {
        let activation: Activation = name.parse().map_err(GalleryError::of(key))?;
        let example =
            instances::not_onto(&activation).ok_or_else(|| GalleryError::of(key)("no instance".to_owned()))?;
        let arrangement = arrange(key, &example)?;
        let counts = in_words(&proved_counts(key, &arrangement)?);
        numbers.push(number(
            &format!("{name}, widths {}: components of both classes, proved", dashed(&example.network)),
            counts,
        ));
        shown = Some(arrangement);
    }
    let shown = shown.ok_or_else(|| GalleryError::of(key)("nothing is drawn".to_owned()))?;
    Ok(GalleryEntry {
        key,
        title: "Erratum: unclear, and settled",
        text: "After Theorem 5.2.4 the thesis calls it unclear whether two hidden layers with a monotone σ that is not onto can have \
               disconnected regions. They can, for every such σ: W_1 = I, W_2 couples the two neurons so that on x_1 = x_2 both are \
               low, and far off that line one of them is high. Drawn: hard-tanh.",
        numbers,
        picture: picture(key, &shown, ["x_1", "x_2"])?,
        test: ("tests/gallery.rs", "monotone_is_not_enough"),
    })
}
