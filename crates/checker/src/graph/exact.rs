//! Features, exactly: rational numbers where they are rational, and rational combinations of values of σ elsewhere.
//!
//! A feature is Σ c_a a with rational c_a and *atoms* a: the number 1, and values σ(f) of features f that are not rational numbers
//! or have an irrational image. Two values of one σ with one argument are one atom; nothing else is known of atoms. So a
//! combination of features that comes out as 0 is 0, whatever the atoms are; of one that does not, nothing is said.
//!
//! What is used of σ: tanh(−x) = −tanh x, sigmoid(−x) = 1 − sigmoid x, softplus(−x) = softplus x − x; tanh 0 = 0, sigmoid 0 = ½;
//! an ELU is x for rational x ≥ 0; what is piecewise linear has rational values at rational numbers.

use super::{Block, Graph, Parameters, Rule, Sigma};
use crate::rational::Rational;
use crate::{
    certificate::{Exceeded, Limit, Limits, graph::Pool},
    matrix::{Matrix, bits},
    smooth::Smooth,
    state::Change,
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Σ c_a a, by the number of the atom; none of the coefficients is 0. Atom 0 is the number 1.
type Form = BTreeMap<usize, Rational>;

/// What an atom is.
#[derive(PartialEq, Eq, Hash)]
enum Atom {
    /// The value of a σ, by the first block that has it.
    Value(usize, Form),
    /// The largest of some features.
    Largest(BTreeSet<Form>),
    /// A feature normalised by a block, as one of its channels.
    Normalised(usize, usize, Form),
}

/// The features of a block on all samples, `[N, units]`.
enum Values {
    Rational(Matrix),
    Forms(Vec<Vec<Form>>),
}

/// Computes them, within limits.
struct Exact<'a> {
    graph: &'a Graph,
    limits: &'a Limits,
    samples: usize,
    atoms: HashMap<Atom, usize>,
    /// The products so far, in machine words.
    products: u64,
    /// The numbers that are held, and the bits of the longest.
    numbers: u64,
    longest: u64,
}

/// The first sample on which Ψ z is not seen to be 0, for the blocks of a network.
pub fn first_outside_kernel(
    graph: &Graph,
    inputs: &Matrix,
    parameters: &Parameters,
    vector: &Matrix,
    limits: &Limits,
) -> Result<Option<usize>, Exceeded> {
    let mut exact = Exact {
        graph,
        limits,
        samples: inputs.rows(),
        atoms: HashMap::new(),
        products: 0,
        numbers: 0,
        longest: inputs.bits(),
    };
    let mut levels = vec![Values::Rational(inputs.clone())];
    for (number, block) in graph.blocks.iter().enumerate() {
        let level = exact.level(number, block, &levels, parameters)?;
        levels.push(level);
    }
    for sample in 0..inputs.rows() {
        let mut sum = Form::new();
        for (unit, weight) in graph.skips.iter().zip(vector.num().iter()).filter(|(_, weight)| !weight.is_zero()) {
            exact.add(&mut sum, &levels[unit.0].at(sample, unit.1), &Rational::from(weight.clone()))?;
        }
        if graph.bias {
            let last = vector.num().last().cloned().expect("a row for the bias");
            exact.add(&mut sum, &constant(Rational::one()), &Rational::from(last))?;
        }
        if !sum.is_empty() {
            return Ok(Some(sample));
        }
    }
    Ok(None)
}

impl Values {
    fn at(&self, sample: usize, unit: usize) -> Form {
        match self {
            Values::Rational(matrix) => constant(entry(matrix, sample, unit)),
            Values::Forms(rows) => rows[sample][unit].clone(),
        }
    }
}

impl Exact<'_> {
    /// The features of a block, by its number from 0.
    fn level(
        &mut self,
        number: usize,
        block: &Block,
        levels: &[Values],
        parameters: &Parameters,
    ) -> Result<Values, Exceeded> {
        if let Some(pre) = self.rational_sums(number, block, levels, parameters)? {
            return self.activate_rational(number, block, pre);
        }
        let mut rows = vec![];
        for sample in 0..self.samples {
            let mut row = vec![];
            for (index, patch) in block.patches.iter().enumerate() {
                let form = |entry: &super::Entry| entry.map_or(Form::new(), |unit| levels[unit.0].at(sample, unit.1));
                let mut patch: Vec<Form> = patch.iter().map(form).collect();
                match &block.rule {
                    Rule::Pool(pool) => row.push(self.pool(&patch, *pool)?),
                    Rule::Sum(_) => {
                        let sum = self.pool(&patch, Pool::Sum)?;
                        row.push(self.activate(number, sum));
                    }
                    Rule::Normalise { channels, .. } => {
                        row.push(self.atom(Atom::Normalised(number, index % channels, patch.swap_remove(0))));
                    }
                    Rule::Filters { filters, .. } => {
                        for filter in 0..*filters {
                            let sum = self.sum(&patch, (index, filter), &block.rule, &parameters[&(number + 1)])?;
                            row.push(self.activate(number, sum));
                        }
                    }
                }
            }
            row.iter().for_each(|form| self.hold(form));
            self.limits.allow_memory(self.numbers, self.longest)?;
            rows.push(row);
        }
        Ok(Values::Forms(rows))
    }

    /// The pre-activation of a filter on a patch.
    fn sum(
        &mut self,
        patch: &[Form],
        (index, filter): (usize, usize),
        rule: &Rule,
        layer: &Change,
    ) -> Result<Form, Exceeded> {
        let (Some(weight), Some(bias)) = (&layer.weight, &layer.bias) else { return Ok(Form::new()) };
        let mut sum = constant(entry(bias, 0, rule.bias_of(index, filter)));
        for (unit, form) in patch.iter().enumerate() {
            self.add(&mut sum, form, &entry(weight, unit, filter))?;
        }
        Ok(sum)
    }

    /// The pre-activations of filters whose patches are rational.
    fn rational_sums(
        &mut self,
        number: usize,
        block: &Block,
        levels: &[Values],
        parameters: &Parameters,
    ) -> Result<Option<Matrix>, Exceeded> {
        let Rule::Filters { filters, .. } = &block.rule else { return Ok(None) };
        let Change { weight: Some(weight), bias: Some(bias) } = &parameters[&(number + 1)] else { return Ok(None) };
        let units = block.units();
        let mut parts = vec![];
        for (index, patch) in block.patches.iter().enumerate() {
            let Some(patch) = gathered(levels, patch) else { return Ok(None) };
            let own: Vec<usize> = (0..*filters).map(|filter| block.rule.bias_of(index, filter)).collect();
            let bias = columns(bias, &own);
            let longest = patch.bits() + weight.bits() + bias.bits() + 64;
            self.limits.allow_bits(longest)?;
            self.limits.allow_memory((patch.rows() as u64).saturating_mul(units as u64), longest)?;
            parts.push(patch.times(weight).plus_row(&bias));
        }
        let den = parts.iter().fold(BigInt::one(), |den, part| den.lcm(part.den()));
        self.limits.allow_bits(den.bits())?;
        let rows = parts[0].rows();
        let scaled = |row: usize| {
            parts
                .iter()
                .flat_map(move |part| part.row(row).into_owned())
                .zip(parts.iter().flat_map(|part| std::iter::repeat_n(part.den(), part.cols())))
        };
        let num = (0..rows).flat_map(scaled).map(|(number, own)| number * (&den / own)).collect();
        Ok(Some(parts[0].with((rows, units), num, den.clone())))
    }

    /// σ of rational numbers: rational again, or atoms.
    fn activate_rational(&mut self, number: usize, block: &Block, pre: Matrix) -> Result<Values, Exceeded> {
        if let Rule::Filters { sigma: Sigma::PiecewiseLinear(sigma), .. } = &block.rule {
            let level = sigma.apply(&pre);
            self.limits.allow_bits(level.bits())?;
            return Ok(Values::Rational(level));
        }
        self.longest = self.longest.max(pre.bits());
        self.limits.allow_memory(self.numbers.saturating_add(16 * pre.numbers().len() as u64), self.longest)?;
        let rows = (0..pre.rows()).map(|row| (0..pre.cols()).map(move |column| (row, column)));
        let forms = rows.map(|row| row.map(|(i, j)| self.activate(number, constant(entry(&pre, i, j)))).collect());
        Ok(Values::Forms(forms.collect()))
    }

    /// Adds a multiple of another form.
    fn add(&mut self, sum: &mut Form, form: &Form, factor: &Rational) -> Result<(), Exceeded> {
        if factor.is_zero() {
            return Ok(());
        }
        for (atom, coefficient) in form {
            let term = coefficient * factor;
            let length = bits(&term);
            self.products = self.products.saturating_add(1 + length / 64);
            let entry = sum.entry(*atom).or_default();
            *entry += term;
            self.longest = self.longest.max(bits(entry));
            self.limits.allow_bits(self.longest)?;
            if entry.is_zero() {
                sum.remove(atom);
            }
        }
        self.limits.allow(Limit::Products, self.products)
    }

    /// Counts a form that is kept: numerator and denominator of each term, and as much for its place.
    fn hold(&mut self, form: &Form) {
        self.numbers = self.numbers.saturating_add(4 * (form.len() as u64 + 1));
    }

    fn pool(&mut self, patch: &[Form], pool: Pool) -> Result<Form, Exceeded> {
        let factor = match pool {
            Pool::Max => return Ok(self.largest(patch)),
            Pool::Sum => Rational::one(),
            Pool::Mean => Rational::new(BigInt::one(), BigInt::from(patch.len())),
        };
        let mut sum = Form::new();
        patch.iter().try_for_each(|form| self.add(&mut sum, form, &factor))?;
        Ok(sum)
    }

    fn largest(&mut self, patch: &[Form]) -> Form {
        let distinct: BTreeSet<Form> = patch.iter().cloned().collect();
        let numbers: Option<Vec<Rational>> = distinct.iter().map(rational).collect();
        match numbers.and_then(|numbers| numbers.into_iter().max()) {
            Some(largest) => constant(largest),
            None if distinct.len() == 1 => distinct.into_iter().next().unwrap_or_default(),
            None => {
                distinct.iter().for_each(|form| self.hold(form));
                self.atom(Atom::Largest(distinct))
            }
        }
    }

    /// σ of a form, σ being that of a block.
    fn activate(&mut self, number: usize, form: Form) -> Form {
        let Some(sigma) = self.graph.blocks[number].rule.sigma() else { return form };
        match (sigma, rational(&form)) {
            (Sigma::PiecewiseLinear(sigma), Some(number)) => constant(sigma.value(&number)),
            (Sigma::Smooth(Smooth::Tanh), Some(number)) if number.is_zero() => Form::new(),
            (Sigma::Smooth(Smooth::Sigmoid), Some(number)) if number.is_zero() => {
                constant(Rational::new(1.into(), 2.into()))
            }
            (Sigma::Smooth(Smooth::Elu(_)), Some(number)) if !number.is_negative() => form,
            (Sigma::Smooth(smooth @ (Smooth::Sigmoid | Smooth::Tanh | Smooth::Softplus(_))), _)
                if form.values().next().is_some_and(Signed::is_negative) =>
            {
                let opposite: Form = form.iter().map(|(atom, coefficient)| (*atom, -coefficient)).collect();
                let value = self.value(number, opposite);
                let (sign, mut image) = match smooth {
                    Smooth::Softplus(_) => (1, form),
                    Smooth::Sigmoid => (-1, constant(Rational::one())),
                    _ => (-1, Form::new()),
                };
                image.insert(value, Rational::from(BigInt::from(sign)));
                image
            }
            _ => {
                let value = self.value(number, form);
                Form::from([(value, Rational::one())])
            }
        }
    }

    /// The number of the atom σ(form).
    fn value(&mut self, number: usize, form: Form) -> usize {
        let own = self.graph.blocks[number].rule.sigma();
        let first = self.graph.blocks.iter().position(|block| block.rule.sigma() == own).unwrap_or(number);
        self.hold(&form);
        self.number(Atom::Value(first, form))
    }

    fn atom(&mut self, atom: Atom) -> Form {
        Form::from([(self.number(atom), Rational::one())])
    }

    fn number(&mut self, atom: Atom) -> usize {
        let next = self.atoms.len() + 1;
        *self.atoms.entry(atom).or_insert(next)
    }
}

impl Rule {
    fn sigma(&self) -> Option<&Sigma> {
        match self {
            Rule::Filters { sigma, .. } | Rule::Sum(sigma) => Some(sigma),
            Rule::Pool(_) | Rule::Normalise { .. } => None,
        }
    }

    /// Where the bias of a filter on a patch is.
    fn bias_of(&self, patch: usize, filter: usize) -> usize {
        match self {
            Rule::Filters { filters, tied: false, .. } => patch * filters + filter,
            _ => filter,
        }
    }
}

/// A rational number.
fn constant(number: Rational) -> Form {
    if number.is_zero() { Form::new() } else { Form::from([(0, number)]) }
}

/// The rational number that a form is, if it is one.
fn rational(form: &Form) -> Option<Rational> {
    match form.first_key_value() {
        None => Some(Rational::zero()),
        Some((0, number)) if form.len() == 1 => Some(number.clone()),
        Some(_) => None,
    }
}

fn entry(matrix: &Matrix, row: usize, column: usize) -> Rational {
    matrix.entry(row * matrix.cols() + column)
}

/// These columns of a matrix.
fn columns(matrix: &Matrix, which: &[usize]) -> Matrix {
    let num = (0..matrix.rows()).flat_map(|row| which.iter().map(move |&column| matrix.at(row, column).into_owned()));
    matrix.with((matrix.rows(), which.len()), num.collect(), matrix.den().clone())
}

/// The units of a patch, if all of them are there and rational.
fn gathered(levels: &[Values], patch: &[super::Entry]) -> Option<Matrix> {
    let of = |entry: &super::Entry| {
        entry.and_then(|unit| match &levels[unit.0] {
            Values::Rational(matrix) => Some((matrix, unit.1)),
            Values::Forms(_) => None,
        })
    };
    let sources: Vec<(&Matrix, usize)> = patch.iter().map(of).collect::<Option<_>>()?;
    let first = sources[0].0;
    let den = sources.iter().fold(
        BigInt::one(),
        |den, (matrix, _)| {
            if matrix.den() == &den { den } else { den.lcm(matrix.den()) }
        },
    );
    let factors: Vec<BigInt> = sources.iter().map(|(matrix, _)| &den / matrix.den()).collect();
    let of_row =
        |row: usize| sources.iter().zip(&factors).map(move |((matrix, unit), factor)| &*matrix.at(row, *unit) * factor);
    let num = (0..first.rows()).flat_map(of_row).collect();
    Some(first.with((first.rows(), patch.len()), num, den.clone()))
}
