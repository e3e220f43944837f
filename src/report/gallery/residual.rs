//! IJCAI 2020 in pictures: a wall that does not sink with the number of neurons, wells whose depth no path has, and directions few of
//! which are near each other.

use super::{Entry, GalleryEntry, GalleryError, exact, number};
use crate::checker::Finding;
use crate::report::chart::{Chart, Ink, Layer};
use crate::statement::residual::landscape::{Well, three_wells};
use crate::statement::residual::spread::Spread;
use crate::statement::residual::wall::ResidualWall;
use rug::Rational;

fn line(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Layer {
    Layer::Line { label: label.into(), ink, points }
}

fn dashes(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Layer {
    Layer::Dashes { label: label.into(), ink, points }
}

/// What the loss is at least where the block's output is q: h(y − q) + 3 κ |q|^(1/3), for y = 8 and κ = 1.
fn floor(q: f64) -> f64 {
    let distance = (8.0 - q).abs();
    let least = if distance >= 0.5 { distance - 0.25 } else { distance * distance };
    least + 3.0 * q.abs().cbrt()
}

pub fn wall() -> Entry {
    let failed = |reason: &dyn ToString| GalleryError::of("residual-wall")(reason.to_string());
    let (s, kappa) = (Rational::from(2), Rational::from(1));
    let of = |neurons| ResidualWall::of_theorem_11(&s, &kappa, 1, neurons).map_err(|reason| failed(&reason));
    let levels = of(2)?.verify().map_err(|reason| failed(&reason))?;
    let thousand = of(1000)?.verify().map_err(|reason| failed(&reason))?;
    let shallow =
        ResidualWall::of_theorem_11(&Rational::from((3, 2)), &kappa, 1, 2).map_err(|reason| failed(&reason))?;
    let valley = shallow.with_valley().verify().map_err(|reason| failed(&reason))?;
    let [above, below] = levels.losses.each_ref().map(exact);
    let picture = Chart {
        x: ("output q of the block".into(), -1.0..9.0),
        y: ("regularised loss".into(), 5.0..11.0),
        layers: vec![
            line(
                "least loss of any network, any m",
                Ink::Certified,
                (-50..=450).map(|k| (f64::from(k) / 50.0, floor(f64::from(k) / 50.0))).collect(),
            ),
            dashes("the wall at q = 1: 9.75", Ink::Sampled, vec![(1.0, 5.0), (1.0, levels.wall.to_f64())]),
            dashes("infimum without the block: 7.75", Ink::Neutral, vec![(-1.0, 7.75), (9.0, 7.75)]),
            Layer::Marks { ink: Ink::Other, places: vec![("A".into(), (8.0, 6.0)), ("B".into(), (0.0, 7.75))] },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "residual-wall",
        title: "Erratum: a wall that does not sink with the width",
        text: "Wang et al. (IJCAI 2020), Theorem 11, joins two residual networks with an excess that goes to 0 with the number m of neurons. With \
               one sample x = 1, y = 8 and the printed regularisation, the loss is at least what is drawn where the block's output is q, whatever m \
               is: every path from A to B crosses q = 1.",
        numbers: vec![
            number("losses of A and B", format!("{above}, {below}")),
            number("infimum without the block", exact(&levels.two_layer)),
            number("the wall", exact(&levels.wall)),
            number(
                "excess for 2 and for 1000 neurons",
                format!("{}, {}", exact(&levels.excess()), exact(&thousand.excess())),
            ),
            number(
                "y = 27/8: a whole valley above the infimum",
                format!("{} > {}", valley.floor.as_ref().map_or_else(String::new, exact), exact(&valley.two_layer)),
            ),
        ],
        picture: picture.draw().map_err(|reason| failed(&reason))?,
        test: ("tests/gallery.rs", "a_wall_does_not_sink_with_the_width"),
    })
}

pub fn wells() -> Entry {
    let failed = |reason: &dyn ToString| GalleryError::of("three-wells")(reason.to_string());
    let function = three_wells();
    let found = function.verify().map_err(|reason| failed(&reason))?;
    let points = function.places.iter().zip(&function.values).map(|(x, y)| (x.to_f64(), y.to_f64()));
    let points: Vec<_> = [(-1.0, 3.0)].into_iter().chain(points).chain([(7.0, 3.0)]).collect();
    let wells = found.wells.iter().map(|well| (exact(&well.value), (well.place.to_f64(), well.value.to_f64())));
    let words = |well: &Well| {
        let climb = well.climb.as_ref().map_or_else(|| "none".into(), exact);
        format!("{} at {}: {climb}", exact(&well.value), exact(&well.place))
    };
    let holds = |well: &Well| if found.theorem_4_holds_at(well) { "yes" } else { "no" };
    let picture = Chart {
        x: ("x".into(), -1.0..7.0),
        y: ("F".into(), -0.3..4.0),
        layers: vec![
            line("F", Ink::Certified, points),
            dashes("F(ξ*) + ε for ξ* = 3", Ink::Sampled, vec![(-1.0, 3.5), (7.0, 3.5)]),
            dashes("F(ξ*) + ε for ξ* = 1", Ink::Neutral, vec![(-1.0, 2.5), (7.0, 2.5)]),
            Layer::Marks { ink: Ink::Other, places: wells.collect() },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "three-wells",
        title: "Erratum: a depth that no path has",
        text: "Wang et al. (IJCAI 2020), Theorem 4: with ε the least number such that sublevel sets are connected ε higher, a path from every strict \
               minimum to another component rises by exactly ε. Here ε = 5/2. From the minimum 1 no path rises so far; from the minimum 0 \
               one has to rise by 3.",
        numbers: vec![
            number("ε", exact(&found.depth)),
            number("largest value", exact(&found.ceiling)),
            number(
                "minima, and how far a path has to climb",
                found.wells.iter().map(words).collect::<Vec<_>>().join("; "),
            ),
            number("whether Theorem 4 holds there", found.wells.iter().map(holds).collect::<Vec<_>>().join(", ")),
        ],
        picture: picture.draw().map_err(|reason| failed(&reason))?,
        test: ("tests/gallery.rs", "no_path_has_the_depth_of_three_wells"),
    })
}

/// How far apart in degrees the nearest k of these directions are, for k = 1, 2, … up to half of them, in doubles.
fn nearest(directions: &[Vec<Rational>]) -> Vec<(f64, f64)> {
    let mut angles: Vec<f64> = directions.iter().map(|v| v[1].to_f64().atan2(v[0].to_f64()).to_degrees()).collect();
    angles.sort_by(f64::total_cmp);
    let count = angles.len();
    let apart = |first: usize, k: usize| (angles[(first + k) % count] - angles[first]).rem_euclid(360.0);
    let least = |k: usize| (0..count).map(|first| apart(first, k)).fold(f64::INFINITY, f64::min);
    (0..count / 2).map(|k| ((k + 1) as f64, least(k))).collect()
}

pub fn directions() -> Entry {
    let failed = |reason: &dyn ToString| GalleryError::of("sixteen-directions")(reason.to_string());
    let spread = Spread::sixteen();
    let Finding::Spread { vectors, parts, .. } = spread.verify().map_err(|reason| failed(&reason))? else {
        return Err(failed(&"another finding"));
    };
    let (bound, found) = (spread.bound().to_degrees(), nearest(&spread.vectors));
    let (asked, any) = ((vectors as f64).powf(spread.exponent.to_f64()), parts + 1);
    let within = found.iter().filter(|(_, apart)| *apart <= bound).count();
    let picture = Chart {
        x: ("how many of the directions".into(), 0.5..9.0),
        y: ("largest angle between two of them, in degrees".into(), 0.0..170.0),
        layers: vec![
            line("any 5 or more: 90° at least", Ink::Certified, vec![(any as f64, 90.0), (9.0, 90.0)]),
            dashes("Lemma 9: so many are within this", Ink::Neutral, vec![(0.5, bound), (asked, bound)]),
            line("the nearest ones, in floats", Ink::Sampled, found),
            Layer::Marks { ink: Ink::Other, places: vec![(format!("{asked:.0}"), (asked, bound))] },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "sixteen-directions",
        title: "Erratum: directions that are not near each other",
        text: "Wang et al. (IJCAI 2020), Lemma 9: of m vectors of ℝⁿ at least m^η have pairwise angles of at most 2 m^((η − 1)/n). Here m = 16, n = 2, \
               η = 3/4, and the directions are spread evenly: four parts of four, any two of a part at a right angle or more.",
        numbers: vec![
            number("directions that Lemma 9 asks for", format!("{asked:.0}")),
            number("its bound, in degrees", format!("{bound:.1}")),
            number("so many are within it, in floats", within),
            number("of so many two are at 90° or more, proved", any),
        ],
        picture: picture.draw().map_err(|reason| failed(&reason))?,
        test: ("tests/gallery.rs", "sixteen_directions_are_no_crowd"),
    })
}
