//! Pools of features over an interval of λ.
//!
//! Each entry of a patch is (1 − s) a + s b − t q + e, t = s (1 − s), |e| ≤ r. Sums and means are taken of a, b, q and r.
//!
//! **The largest of a patch.** *One winner.* Entry i minus entry k is at least min(a_i − a_k, b_i − b_k) − max(q_i − q_k, 0)/4 − r_i − r_k. Where
//! that is positive for all k ≠ i the patch is entry i throughout, as it is. *Otherwise* the bends are put into the chords first. The
//! maximum of chords is convex in s, so at most the chord of A = max a and B = max b; with A = a_i and B = b_j it is at least each of the
//! chords i and j: below that one by at most p q/(p + q) with p = A − a_j, q = B − b_i, where the two meet. Half of it is moved, half
//! goes into the radius. max is 1-Lipschitz in the largest error, of those entries that are not, at both ends and with both radii, below
//! entry i or entry j: such an entry is nowhere the largest. Most leaders are found from bounds that are made once for each entry, with |q_i|/4 + |q_k|/4 for max(q_i − q_k, 0)/4.
//!
//! **Rounding.** Comparisons of given floats are exact, sums and differences err by u of themselves: with G = max(|a|, |b|) + |q|/4 + r of the entries
//! compared, a difference counts as positive if it is above 16 u G. The sag and its half cost four operations with numbers of at most
//! 2 G, the bend two: 32 u G. A sum of k terms errs by k u of the sum of all G, a mean by one u more.

use crate::arith::Number;
use crate::barrier::arithmetic::{Arithmetic, larger, magnitude};
use crate::barrier::forward::{Bent, Chord};
use crate::certificate::graph::Pool;
use nalgebra::DMatrix;
use std::collections::BTreeSet;

/// One number over an interval: (1 − s) a + s b − s (1 − s) q ± r.
#[derive(Clone)]
struct Line<T> {
    a: T,
    b: T,
    q: T,
    r: T,
}

/// What the bounds are made of.
struct Numbers<T> {
    zero: T,
    half: T,
    quarter: T,
    eighth: T,
    /// 16 u, 32 u, and 1 + 64 u or more.
    slack: T,
    rounding: T,
    inflate: T,
    tiny: T,
}

/// Unit p is made of patch p: [P, B] of levels [units, B]. Which entry of each patch of each sample it is, if one leads throughout, goes into
/// `leaders` if there is one for it; nothing where all of the patches have one entry.
pub fn pool<F: Arithmetic>(
    float: &F,
    levels: &[Bent<F::Scalar>],
    patches: &[Vec<[usize; 2]>],
    pool: Pool,
    mut leaders: Option<&mut Vec<Option<usize>>>,
) -> Bent<F::Scalar> {
    let [block, _] = patches[0][0];
    let is_whole = patches.iter().zip(0..).all(|(patch, unit)| patch[..] == [[block, unit]]);
    if is_whole && patches.len() == levels[block].chord.start.nrows() {
        return levels[block].clone();
    }
    let numbers = Numbers::new(float);
    let samples = levels[block].chord.start.ncols();
    let used: BTreeSet<usize> = patches.iter().flatten().map(|unit| unit[0]).collect();
    let moves = used.iter().any(|&block| levels[block].chord.end.is_some());
    let bends = used.iter().any(|&block| levels[block].bend.is_some());
    let sources: Vec<Source<'_, F::Scalar>> = levels.iter().map(Source::new).collect();
    let count = patches.len() * samples;
    let [mut start, mut end, mut bend, mut radius] = [(); 4].map(|()| Vec::with_capacity(count));
    let places = if pool == Pool::Max { places(&sources, &used, patches) } else { vec![vec![]; patches.len()] };
    let (mut lines, mut reach) = (vec![], Reach::new());
    for sample in 0..samples {
        if pool == Pool::Max {
            reach.set(&numbers, used.iter().map(|&block| &sources[block]), sample);
        }
        for (patch, places) in patches.iter().zip(&places) {
            let mut leads = if pool == Pool::Max { reach.leader(places) } else { None };
            let line = if let Some([block, unit]) = leads.map(|entry| patch[entry]) {
                sources[block].line(sample, unit, &numbers.zero)
            } else {
                lines.clear();
                lines.extend(patch.iter().map(|&[block, unit]| sources[block].line(sample, unit, &numbers.zero)));
                match pool {
                    _ if lines.len() == 1 => lines[0].clone(),
                    // Without bends these bounds have said all.
                    Pool::Max if !bends => numbers.envelope(&lines),
                    Pool::Max => {
                        leads = numbers.leader(&lines);
                        leads.map_or_else(|| numbers.largest(&lines), |entry| lines[entry].clone())
                    }
                    Pool::Sum => numbers.sum(float, &lines),
                    Pool::Mean => numbers.mean(float, &lines),
                }
            };
            if let (Some(leaders), Pool::Max) = (&mut leaders, pool) {
                leaders.push(leads);
            }
            start.push(line.a);
            end.push(line.b);
            bend.push(line.q);
            radius.push(line.r);
        }
    }
    let matrix = |entries| DMatrix::from_vec(patches.len(), samples, entries);
    let chord = Chord { start: matrix(start), end: moves.then(|| matrix(end)), radius: matrix(radius) };
    Bent { chord, bend: bends.then(|| matrix(bend)) }
}

/// Where the entries of each patch are, with the units of the blocks one behind the other.
fn places<T>(sources: &[Source<'_, T>], used: &BTreeSet<usize>, patches: &[Vec<[usize; 2]>]) -> Vec<Vec<usize>> {
    let mut first = vec![0; sources.len()];
    let mut units = 0;
    for &block in used {
        first[block] = units;
        units += sources[block].units;
    }
    patches.iter().map(|patch| patch.iter().map(|&[block, unit]| first[block] + unit).collect()).collect()
}

/// A level, column by column.
struct Source<'a, T> {
    units: usize,
    start: &'a [T],
    end: &'a [T],
    bend: Option<&'a [T]>,
    radius: &'a [T],
}

impl<'a, T: Number> Source<'a, T> {
    fn new(Bent { chord: Chord { start, end, radius }, bend }: &'a Bent<T>) -> Self {
        Source {
            units: start.nrows(),
            start: start.as_slice(),
            end: end.as_ref().unwrap_or(start).as_slice(),
            bend: bend.as_ref().map(|bend| bend.as_slice()),
            radius: radius.as_slice(),
        }
    }

    #[inline]
    fn line(&self, sample: usize, unit: usize, zero: &T) -> Line<T> {
        let at = sample * self.units + unit;
        let q = self.bend.map_or_else(|| zero.clone(), |bend| bend[at].clone());
        Line { a: self.start[at].clone(), b: self.end[at].clone(), q, r: self.radius[at].clone() }
    }
}

/// Bounds of the numbers of a sample at both ends, whatever they are on the interval: each end ± (r + |q|/4 + 16 u G). Of all blocks that
/// are pooled, one behind the other.
struct Reach<T> {
    low: [Vec<T>; 2],
    high: [Vec<T>; 2],
    widths: Vec<T>,
}

impl<T: Number> Reach<T> {
    fn new() -> Self {
        Reach { low: [vec![], vec![]], high: [vec![], vec![]], widths: vec![] }
    }

    /// That of a sample.
    fn set<'a>(&mut self, numbers: &Numbers<T>, sources: impl Iterator<Item = &'a Source<'a, T>>, sample: usize)
    where
        T: 'a,
    {
        self.low.iter_mut().chain(&mut self.high).for_each(Vec::clear);
        for source in sources {
            let units = sample * source.units..(sample + 1) * source.units;
            let [start, end] = [&source.start[units.clone()], &source.end[units.clone()]];
            self.widths.clear();
            self.widths.extend_from_slice(&source.radius[units.clone()]);
            if let Some(bend) = source.bend {
                let bends = self.widths.iter_mut().zip(&bend[units]);
                bends.for_each(|(width, q)| *width = width.plus(&numbers.quarter.times(&magnitude(q))));
            }
            for ((width, a), b) in self.widths.iter_mut().zip(start).zip(end) {
                let size = larger(magnitude(a), magnitude(b)).plus(width);
                *width = width.plus(&numbers.slack.times(&size));
            }
            for ((low, high), values) in self.low.iter_mut().zip(&mut self.high).zip([start, end]) {
                low.extend(values.iter().zip(&self.widths).map(|(value, width)| value.minus(width)));
                high.extend(values.iter().zip(&self.widths).map(|(value, width)| value.plus(width)));
            }
        }
    }

    /// The entry of a patch that is above all others at both ends; [`Numbers::leader`] says with less room which entry leads.
    #[inline]
    fn leader(&self, places: &[usize]) -> Option<usize> {
        let ([low, low_at_end], [high, high_at_end]) = (&self.low, &self.high);
        // Which is the highest, and which fails, is nobody's guess: numbers are chosen, not ways to go.
        let (mut best, mut top) = (0, low[places[0]].clone());
        for (k, &place) in places.iter().enumerate().skip(1) {
            let is_higher = low[place] > top;
            best = if is_higher { k } else { best };
            top = if is_higher { low[place].clone() } else { top };
        }
        let top_at_end = &low_at_end[places[best]];
        let is_open = |place: usize| !((high[place] < top) & (high_at_end[place] < *top_at_end));
        // It is not below itself.
        let open = places.iter().fold(0, |open, &place| open + usize::from(is_open(place)));
        (open == 1).then_some(best)
    }
}

/// Where this number is largest, for the first time.
#[inline]
fn best<T: Number>(lines: &[Line<T>], key: impl Fn(&Line<T>) -> &T) -> usize {
    (1..lines.len()).fold(0, |best, k| if key(&lines[k]) > key(&lines[best]) { k } else { best })
}

impl<T: Number> Numbers<T> {
    fn new<F: Arithmetic<Scalar = T>>(float: &F) -> Self {
        let u = float.unit_roundoff();
        Numbers {
            zero: float.float(0.0),
            half: float.float(0.5),
            quarter: float.float(0.25),
            eighth: float.float(0.125),
            slack: float.float(16.0 * u),
            rounding: float.float(32.0 * u),
            inflate: float.float(1.0 + 64.0 * u.max(f64::EPSILON / 2.0)),
            tiny: float.tiny(),
        }
    }

    /// G.
    #[inline]
    fn size(&self, line: &Line<T>) -> T {
        larger(magnitude(&line.a), magnitude(&line.b)).plus(&self.quarter.times(&magnitude(&line.q))).plus(&line.r)
    }

    /// The line that is the largest throughout.
    fn leader(&self, lines: &[Line<T>]) -> Option<usize> {
        let (i, j) = (best(lines, |line| &line.a), best(lines, |line| &line.b));
        if i != j {
            return None;
        }
        let leader = &lines[i];
        let size = self.size(leader);
        lines.iter().enumerate().all(|(k, line)| k == i || self.is_above((leader, &size), line)).then_some(i)
    }

    /// The largest of lines of which none leads.
    fn largest(&self, lines: &[Line<T>]) -> Line<T> {
        let lines: Vec<Line<T>> = lines.iter().map(|line| self.straight(line)).collect();
        self.envelope(&lines)
    }

    /// Whether the first is larger for all s and all errors.
    #[inline]
    fn is_above(&self, (upper, size): (&Line<T>, &T), lower: &Line<T>) -> bool {
        let (a, b) = (upper.a.minus(&lower.a), upper.b.minus(&lower.b));
        let bend = larger(upper.q.minus(&lower.q), self.zero.clone());
        let size = size.plus(&self.size(lower));
        let need = upper.r.plus(&lower.r).plus(&self.quarter.times(&bend)).plus(&self.slack.times(&size));
        a > need && b > need
    }

    /// The bend put into the chord.
    fn straight(&self, line: &Line<T>) -> Line<T> {
        let shift = self.eighth.times(&line.q);
        let error = self.rounding.times(&self.size(line));
        Line {
            a: line.a.minus(&shift),
            b: line.b.minus(&shift),
            q: self.zero.clone(),
            r: line.r.plus(&magnitude(&shift)).plus(&error),
        }
    }

    /// The largest of straight lines.
    fn envelope(&self, lines: &[Line<T>]) -> Line<T> {
        let (i, j) = (&lines[best(lines, |line| &line.a)], &lines[best(lines, |line| &line.b)]);
        let (p, q) = (i.a.minus(&j.a), j.b.minus(&i.b));
        let sum = p.plus(&q);
        let sag = if sum > self.zero { self.half.times(&p.times(&q.over(&sum))) } else { self.zero.clone() };
        let sizes = [self.size(i), self.size(j)];
        let open = lines.iter().filter(|line| {
            let beaten = self.is_above((i, &sizes[0]), line) || self.is_above((j, &sizes[1]), line);
            !beaten
        });
        let radius = open.map(|line| line.r.clone()).fold(self.zero.clone(), larger);
        let size = lines.iter().map(|line| self.size(line)).fold(self.zero.clone(), larger);
        let radius = radius.plus(&sag).plus(&self.rounding.times(&size));
        Line {
            a: i.a.minus(&sag),
            b: j.b.minus(&sag),
            q: self.zero.clone(),
            r: radius.times(&self.inflate).plus(&self.tiny),
        }
    }

    fn sum<F: Arithmetic<Scalar = T>>(&self, float: &F, lines: &[Line<T>]) -> Line<T> {
        let add =
            |key: fn(&Line<T>) -> &T| lines[1..].iter().fold(key(&lines[0]).clone(), |sum, line| sum.plus(key(line)));
        let sizes = lines.iter().map(|line| self.size(line)).fold(self.zero.clone(), |sum, size| sum.plus(&size));
        let terms = lines.len() as f64 + 1.0;
        let rounding = float.float(2.0 * terms * float.unit_roundoff());
        let inflate = float.float(1.0 + 8.0 * (terms + 4.0) * float.unit_roundoff().max(f64::EPSILON / 2.0));
        Line {
            a: add(|line| &line.a),
            b: add(|line| &line.b),
            q: add(|line| &line.q),
            r: add(|line| &line.r).plus(&rounding.times(&sizes)).times(&inflate).plus(&self.tiny),
        }
    }

    fn mean<F: Arithmetic<Scalar = T>>(&self, float: &F, lines: &[Line<T>]) -> Line<T> {
        let (sum, count) = (self.sum(float, lines), float.float(lines.len() as f64));
        let Line { a, b, q, r } = sum;
        let [a, b, q, r] = [a, b, q, r].map(|number| number.over(&count));
        let size = self.size(&Line { a: a.clone(), b: b.clone(), q: q.clone(), r: r.clone() });
        let r = r.plus(&self.rounding.times(&size)).times(&self.inflate).plus(&self.tiny);
        Line { a, b, q, r }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Double;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A line at s, with an error of this share of its radius.
    fn at(line: &Line<f64>, s: f64, share: f64) -> f64 {
        (1.0 - s) * line.a + s * line.b - s * (1.0 - s) * line.q + share * line.r
    }

    /// Patches of a few lines that cross, with bends and radii or without.
    fn patch(random: &mut ChaCha8Rng) -> Vec<Line<f64>> {
        let (spread, bent, wide) = (random.random_range(0.1..3.0), random.random(), random.random());
        let count = random.random_range(1..=4);
        let mut number = |size: f64| random.random_range(-size..=size);
        let line = |_| Line {
            a: number(spread),
            b: number(spread),
            q: if bent { number(1.0) } else { 0.0 },
            r: if wide { number(0.3).abs() } else { 0.0 },
        };
        (0..count).map(line).collect()
    }

    /// The pool of these lines, which are units of two blocks by turns.
    fn pooled(lines: &[Line<f64>], kind: Pool) -> Line<f64> {
        let bends = lines.iter().any(|line| line.q != 0.0);
        let level = |block: usize| {
            let column = |key: fn(&Line<f64>) -> f64| {
                let own: Vec<f64> = lines.iter().skip(block).step_by(2).map(key).collect();
                DMatrix::from_vec(own.len(), 1, own)
            };
            let chord =
                Chord { start: column(|line| line.a), end: Some(column(|line| line.b)), radius: column(|line| line.r) };
            Bent { chord, bend: bends.then(|| column(|line| line.q)) }
        };
        let patch = (0..lines.len()).map(|k| [k % 2, k / 2]).collect();
        let Bent { chord: Chord { start, end, radius }, bend } =
            pool(&Double, &[level(0), level(1)], &[patch], kind, None);
        Line { a: start[0], b: end.map_or(start[0], |end| end[0]), q: bend.map_or(0.0, |bend| bend[0]), r: radius[0] }
    }

    /// Every pool of lines and errors is inside, and each bound is reached but for a tenth somewhere: nothing is too narrow, nor wide
    /// without need.
    #[test]
    fn pools_enclose_what_they_pool() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut reached = [0.0_f64; 3];
        for _ in 0..20_000 {
            let lines = patch(&mut random);
            let count = lines.len() as f64;
            let pooled = [Pool::Max, Pool::Sum, Pool::Mean].map(|kind| pooled(&lines, kind));
            for i in 0..=16 {
                let s = f64::from(i) / 16.0;
                let same = [-1.0, 1.0][random.random_range(0..2)];
                // All errors one way, or each its own.
                let apart = random.random();
                let share = |random: &mut ChaCha8Rng| if apart { random.random_range(-1.0..=1.0) } else { same };
                let values: Vec<f64> = lines.iter().map(|line| at(line, s, share(&mut random))).collect();
                let sum: f64 = values.iter().sum();
                let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                for (k, value) in [largest, sum, sum / count].into_iter().enumerate() {
                    let off = (value - at(&pooled[k], s, 0.0)).abs();
                    assert!(off <= pooled[k].r + 1e-12, "pool {k}: {value} is {off} off, {} allowed", pooled[k].r);
                    reached[k] = reached[k].max(off / pooled[k].r.max(1e-9));
                }
            }
        }
        assert!(reached.iter().all(|&share| share > 0.9), "{reached:?}");
    }

    /// Of two lines that do not cross by more than their radii the upper one is passed, bend and all; of two that touch it is not.
    #[test]
    fn a_line_that_leads_is_passed() {
        let numbers = Numbers::new(&Double);
        let upper = Line { a: 1.0, b: 2.0, q: 0.5, r: 0.25 };
        for (r, passed) in [(0.25, true), (0.5, false)] {
            let found = numbers.leader(&[Line { a: 0.375, b: 0.0, q: 0.5, r }, upper.clone()]);
            assert_eq!(found, passed.then_some(1), "{r}");
        }
        // The bend of the upper one lowers it by 1/8 in the middle.
        let found = numbers.leader(&[Line { a: 0.875, b: 1.9, q: 0.0, r: 0.0 }, Line { r: 0.0, ..upper.clone() }]);
        assert_eq!(found, None);
    }
}
