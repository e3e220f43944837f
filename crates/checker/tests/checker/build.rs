//! Small certificates, put together by hand.

use crate::{
    certificate::*,
    checker::{Expected, LossName, Reason, Rejection, Rule, Scope, Undecided, Verdict, check},
};

pub fn integer(number: i64) -> Integer {
    Integer::new(number.to_string()).unwrap()
}

pub fn fraction(text: &str) -> Fraction {
    Fraction::new(text).unwrap()
}

/// Integers over a denominator.
pub fn over<const N: usize>(den: i64, rows: &[[i64; N]]) -> Matrix {
    let num = rows.iter().map(|row| row.iter().copied().map(integer).collect()).collect();
    Matrix::new(rows.len(), N, integer(den), num).unwrap()
}

/// An integer matrix.
pub fn matrix<const N: usize>(rows: &[[i64; N]]) -> Matrix {
    over(1, rows)
}

pub fn weight<const N: usize>(rows: &[[i64; N]]) -> Layer {
    Layer { weight: Some(matrix(rows)), ..Layer::default() }
}

pub fn bias<const N: usize>(row: [i64; N]) -> Layer {
    Layer { bias: Some(matrix(&[row])), ..Layer::default() }
}

pub fn both<const N: usize>(rows: &[[i64; N]], row: [i64; N]) -> Layer {
    Layer { weight: Some(matrix(rows)), bias: Some(matrix(&[row])), ..Layer::default() }
}

pub fn line<const K: usize>(layers: [(usize, Layer); K]) -> Record {
    Record::Line { layers: layers.into() }
}

pub fn ray<const K: usize>(layers: [(usize, Layer); K]) -> Record {
    Record::Ray { layers: layers.into() }
}

pub fn rescale(layer: usize) -> Record {
    Record::Rescale { layer }
}

pub fn bounded<const K: usize>(layers: [(usize, Layer); K], bound: &str) -> Record {
    Record::Bounded { layers: layers.into(), bound: fraction(bound), pieces: None }
}

pub fn activation(breakpoints: &[&str], slopes: &[&str], value: &str) -> ActivationRecord {
    let list = |texts: &[&str]| texts.iter().map(|text| fraction(text)).collect();
    ActivationRecord { breakpoints: list(breakpoints), slopes: list(slopes), value: fraction(value) }
}

pub fn relu() -> ActivationRecord {
    activation(&["0"], &["0", "1"], "0")
}

pub fn leaky() -> ActivationRecord {
    activation(&["0"], &["1/4", "1"], "0")
}

/// One loss, whose samples count alike.
pub fn scope(name: LossName) -> Scope {
    Scope::Loss { name, weighted: false, substituted: false }
}

/// A certificate whose `end` counts right.
#[derive(Clone)]
pub struct Sheet {
    pub problem: ProblemRecord,
    pub start: Layers,
    pub moves: Vec<Record>,
}

impl Sheet {
    /// A `connected` path without a loss.
    pub fn new<const L: usize>(
        activation: ActivationRecord,
        inputs: Matrix,
        layers: [Layer; L],
        moves: &[Record],
    ) -> Self {
        let mut widths = vec![inputs.cols];
        widths.extend(layers.iter().map(|layer| layer.bias.as_ref().unwrap().cols));
        let (claim, statement, loss, equal_inputs) = (Claim::Connected, "test".into(), None, false);
        let columns = moves.iter().any(|step| match step {
            Record::Line { layers } | Record::Bounded { layers, .. } => {
                layers.values().any(|layer| layer.columns.is_some())
            }
            _ => false,
        });
        let pieces = moves.iter().any(|step| matches!(step, Record::Bounded { pieces: Some(_), .. }));
        let rescales = moves.iter().any(|step| matches!(step, Record::Rescale { .. }));
        Sheet {
            problem: ProblemRecord {
                claim,
                statement,
                widths,
                activation,
                inputs,
                loss,
                equal_inputs,
                rescales,
                columns,
                pieces,
            },
            start: layers.into_iter().enumerate().map(|(index, layer)| (index + 1, layer)).collect(),
            moves: moves.to_vec(),
        }
    }

    pub fn claim(mut self, claim: Claim) -> Self {
        self.problem.claim = claim;
        self
    }

    pub fn loss(mut self, loss: impl Into<LossRecord>) -> Self {
        self.problem.loss = Some(loss.into());
        self
    }

    pub fn records(&self) -> Vec<Record> {
        let mut records = vec![Record::Problem(self.problem.clone()), Record::Start { layers: self.start.clone() }];
        records.extend(self.moves.iter().cloned());
        records.push(Record::End { moves: self.moves.len() });
        records
    }

    pub fn text(&self) -> String {
        let mut writer = Writer::new(vec![]);
        self.records().iter().for_each(|record| writer.write(record).unwrap());
        String::from_utf8(writer.into_inner()).unwrap()
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict_for(&Expected::default())
    }

    pub fn verdict_for(&self, expected: &Expected) -> Verdict {
        crate::check_bytes(self.text().as_bytes(), expected)
    }

    #[track_caller]
    pub fn is_valid(&self) -> crate::checker::Statement {
        match self.verdict() {
            Verdict::Valid(statement) => *statement,
            other => panic!("{other}"),
        }
    }

    /// Refused at this record under this rule.
    #[track_caller]
    pub fn is_invalid(&self, record: usize, rule: Rule, rejection: Rejection) {
        assert_eq!(self.verdict(), Verdict::Invalid { record, rule, rejection });
    }

    /// Undecided at this record.
    #[track_caller]
    pub fn is_undecided(&self, record: usize, undecided: Undecided) {
        assert_eq!(self.verdict(), Verdict::Incomplete { record, reason: Reason::Undecided(undecided) });
    }
}

/// The verdict on a text within these limits; the others are the usual ones.
pub fn within(text: &str, limits: &[(Limit, u64)]) -> Verdict {
    let mut all = Limits::default();
    limits.iter().for_each(|(limit, value)| all.set(*limit, *value));
    check(Reader::with_limits(all, text.as_bytes()), &Expected::default(), &mut |_| {})
}
