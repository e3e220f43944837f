//! What is said of a path that was found.

use super::super::check_command;
use super::{Arguments, Stops};
use crate::arith::{Interval, counted, rounded_down, write_rational};
use crate::certificate::{Limit, Limits};
use crate::network::Parameters;
use crate::region::class_path::{ClassPath, Leg, ONE_HIDDEN_LAYER, unmet};
use crate::report::{Film, Frame};
use rug::Rational;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// What is said at the end.
#[derive(Serialize)]
pub(super) struct Summary {
    widths: Vec<usize>,
    activation: String,
    class: usize,
    /// The given inputs, and the vertices that they are.
    given: Vec<Given>,
    method: String,
    legs: Vec<LegSummary>,
    vertices: usize,
    segments: usize,
    pieces: usize,
    moves: usize,
    /// The least margin on the path.
    margin: [f64; 2],
    margin_segment: usize,
    margin_lambda: f64,
    margin_against: usize,
    /// The smallest and the largest coordinate.
    range: [f64; 2],
    data_range: [f64; 2],
    /// Whether Theorem 5.2.3 promises a path between any two inputs of the class, and what is missing.
    promised: bool,
    unmet: Vec<String>,
    certificate: PathBuf,
    bytes: Option<u64>,
    film: Option<PathBuf>,
    /// Of the strip, if there is a film.
    frames: Vec<FrameSummary>,
    seconds: f64,
    check: String,
}

#[derive(Serialize)]
struct Given {
    name: String,
    vertex: usize,
}

#[derive(Serialize)]
struct FrameSummary {
    /// Its share of the path's length.
    at: f64,
    margin: f64,
    against: usize,
    /// Its name, if it is a given input.
    given: Option<String>,
}

#[derive(Serialize)]
struct LegSummary {
    method: String,
    moves: usize,
    segments: usize,
}

impl FrameSummary {
    fn new(frame: &Frame, stops: &Stops) -> Self {
        let given = frame.given.map(|given| stops.names[given].clone());
        FrameSummary { at: frame.at, margin: frame.margin, against: frame.against, given }
    }
}

impl From<&Leg> for LegSummary {
    fn from(leg: &Leg) -> Self {
        LegSummary { method: leg.method.to_string(), moves: leg.moves, segments: leg.segments }
    }
}

impl Arguments {
    /// What is said of a path.
    pub(super) fn summary(
        &self,
        network: &Parameters<Rational>,
        path: &ClassPath,
        stops: &Stops,
        film: Option<&Film>,
        started: Instant,
    ) -> Summary {
        let unmet = unmet(network, &self.activation);
        let (low, high) = path.range();
        let pair = |number: &Rational| Interval::point(number.clone()).to_f64();
        Summary {
            widths: network.widths(),
            activation: self.activation.to_string(),
            class: path.class,
            given: stops
                .names
                .iter()
                .zip(&path.given)
                .map(|(name, &vertex)| Given { name: name.clone(), vertex })
                .collect(),
            method: path.label(),
            legs: path.legs.iter().map(LegSummary::from).collect(),
            vertices: path.vertices.len(),
            segments: path.vertices.len() - 1,
            pieces: path.pieces,
            moves: path.legs.iter().map(|leg| leg.moves).sum(),
            margin: pair(&path.least.margin),
            margin_segment: path.least_segment,
            margin_lambda: path.least.at.to_f64(),
            margin_against: path.least.against,
            range: [low.to_f64(), high.to_f64()],
            data_range: [stops.range[0].to_f64(), stops.range[1].to_f64()],
            promised: unmet.is_empty(),
            unmet: unmet.iter().map(ToString::to_string).collect(),
            certificate: self.out.clone(),
            bytes: std::fs::metadata(&self.out).map(|file| file.len()).ok(),
            film: self.plot.clone(),
            frames: film
                .map_or(vec![], |film| film.frames.iter().map(|frame| FrameSummary::new(frame, stops)).collect()),
            seconds: started.elapsed().as_secs_f64(),
            check: self.check(path, &network.widths(), stops.samples),
        }
    }

    /// How the certificate is checked, with the options by which network and data are read as they were here.
    fn check(&self, path: &ClassPath, widths: &[usize], samples: usize) -> String {
        let (import, digits) = (&self.import, path.digits());
        let bits = u32::try_from(digits.saturating_mul(4)).unwrap_or(u32::MAX);
        let mut command =
            check_command(&self.out.display().to_string(), path.vertices.len(), widths, &vec![bits; widths.len()]);
        if digits > Limits::default().get(Limit::Digits) {
            command += &format!(" --limit digits={}", digits.next_power_of_two());
        }
        let files = [("from", self.network.display().to_string()), ("data", self.data.display().to_string())];
        // The check reads as many samples as it compares with, each number as a fraction.
        let needed = self.from.max(self.to) + 1;
        let samples = if needed < samples { needed.to_string() } else { String::new() };
        let list = |numbers: &[Rational]| numbers.iter().map(write_rational).collect::<Vec<_>>().join(",");
        let scale = if import.scale == 1 { String::new() } else { write_rational(&import.scale) };
        let read = [
            ("samples", samples),
            ("activation", self.activation.to_string()),
            ("layers", import.layers.join(",")),
            ("layout", import.layout.map_or(String::new(), |layout| layout.to_string())),
            ("prefix", import.prefix.join(",")),
            ("inputs-key", import.inputs_key.clone().unwrap_or_default()),
            ("scale", scale),
            ("mean", list(&import.mean)),
            ("std", list(&import.std)),
        ];
        for (option, value) in files.into_iter().chain(read).filter(|(_, value)| !value.is_empty()) {
            // What a shell would take apart, and numbers that may be negative.
            let quote = if value.contains([';', ' ', '*', '$', '(', '&']) { "'" } else { "" };
            let between = if value.starts_with('-') { "=" } else { " " };
            command += &format!(" --{option}{between}{quote}{value}{quote}");
        }
        command
    }
}

impl Summary {
    pub(super) fn print(&self, path: &ClassPath) {
        let names: Vec<&str> = self.given.iter().map(|given| given.name.as_str()).collect();
        say!("class     {} at every point from {}", self.class, names.join(" to "));
        say!("method    {}", self.method);
        let moves = if self.moves == 0 { String::new() } else { format!(", {}", counted(self.moves, "move")) };
        say!("path      {}, {}{moves}", counted(self.segments, "segment"), counted(self.pieces, "affine piece"));
        say!(
            "margin    at least {} (over class {}, on segment {} at λ = {:.4})",
            rounded_down(&path.least.margin),
            self.margin_against,
            self.margin_segment,
            self.margin_lambda
        );
        let ([low, high], [least, most]) = (self.range, self.data_range);
        let outside = if low < least || high > most { ": outside of their range" } else { "" };
        say!("inputs    from {low:.4} to {high:.4}; the data are from {least:.4} to {most:.4}{outside}");
        match self.unmet.split_first() {
            None => say!("promised  by Theorem 5.2.3 between any two inputs of one class: {}", self.hypotheses()),
            Some((first, rest)) => {
                say!("promised  not by Theorem 5.2.3: {first}");
                rest.iter().for_each(|line| say!("          {line}"));
                if self.widths.len() == 3 && rest.is_empty() {
                    say!("          {ONE_HIDDEN_LAYER}");
                }
            }
        }
        if let Some(film) = &self.film {
            say!("drawn     {}", film.display());
        }
        let size = self.bytes.map_or(String::new(), |bytes| format!(" ({bytes} bytes)"));
        say!("written   {}{size}; prove it with: {}", self.certificate.display(), self.check);
    }

    /// The hypotheses that hold, with their numbers.
    fn hypotheses(&self) -> String {
        let hidden = &self.widths[..self.widths.len() - 1];
        if hidden.len() == 1 {
            return "one layer, every region is convex".to_owned();
        }
        let join =
            |numbers: &[usize], with: &str| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(with);
        format!("{}, full ranks {}, {} has an inverse", join(hidden, " ≥ "), join(&hidden[1..], ", "), self.activation)
    }
}
