//! Residual networks from files: the names of PyTorch's modules say what is added up.

use super::super::residual::{Dense, Residual};
use super::array::Array;
use super::names::bystander;
use super::network::modules_unread;
use super::options::{Budget, ImportOptions, Layout};
use super::problem::{ImportError, ImportProblem};
use super::report::{Ignored, LayerReport, NetworkReport};
use super::source::{self, Source, told};
use rug::Rational;
use std::collections::BTreeMap;
use std::path::Path;

/// What stands before the names of the arrays of a residual network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidualNames {
    /// `stem.weight`, `stem.bias`; there need be none.
    pub stem: String,
    /// `block.0.weight`, `block.2.weight`, … of one block, the last of them V; `blocks.0.0.weight`, … of several (or
    /// `block.0.0.weight`).
    pub block: String,
    /// `head.weight`, `head.bias`.
    pub head: String,
}

impl Default for ResidualNames {
    fn default() -> Self {
        ResidualNames { stem: "stem".into(), block: "block".into(), head: "head".into() }
    }
}

/// A residual network, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadResidual {
    /// The parameters, exactly.
    pub network: Residual<Rational>,
    /// What was read.
    pub report: NetworkReport,
}

/// What is said where an array is no layer.
const EXPECTED: &str = "a layer of a residual network: `stem.weight`, `block.0.weight`, `block.2.weight`, …, \
                        `head.weight` and their biases; a normalisation or a convolution is not read there";

/// What a layer looks like.
const MATRIX: &str = "a matrix (out, in): residual networks are read if all their layers are fully connected";

impl ImportOptions {
    /// Reads a residual network by the names of its arrays; `None` if the file has no arrays of a block and a head so named, or
    /// the order of layers is given by [`ImportOptions::layers`].
    ///
    /// Of a `block` the layers are taken in the order of their numbers, whatever those are: σ stands between them, and the last one
    /// is V. Everything else that could be part of what the network computes is refused.
    ///
    /// # Errors
    /// [`ImportError`] with the file that is meant.
    pub fn read_residual(&self, path: &Path, names: &ResidualNames) -> Result<Option<ReadResidual>, ImportError> {
        if !self.layers.is_empty() {
            return Ok(None);
        }
        let file = path.display().to_string();
        let source = source::read(path, &|_| true, &mut Budget::new(self.memory))?;
        assemble(source, &file, self, names).map_err(|problem| problem.of(&*file))
    }
}

/// Where a layer is: the stem, a block (from 0) and its number there, or the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Stem,
    Block(u64, u64),
    Head,
}

/// A layer and its arrays.
#[derive(Default)]
struct Parts {
    weight: Option<Array>,
    bias: Option<Array>,
}

fn assemble(
    source: Source,
    file: &str,
    options: &ImportOptions,
    names: &ResidualNames,
) -> Result<Option<ReadResidual>, ImportProblem> {
    let Source { format, arrays, no_arrays, has_modules, .. } = source;
    let prefix = options.prefix.as_deref().unwrap_or_default();
    let has = |start: &str| {
        arrays.iter().any(|array| array.name.strip_prefix(prefix).is_some_and(|name| name.starts_with(start)))
    };
    let [one, several] = [format!("{}.", names.block), format!("{}s.", names.block)];
    if !(has(&one) || has(&several)) || !has(&format!("{}.", names.head)) {
        return Ok(None);
    }
    let (mut parts, mut ignored) = (BTreeMap::<Place, Parts>::new(), told(no_arrays)?);
    for array in arrays {
        let class = match array.name.strip_prefix(prefix) {
            None => Some("outside of --prefix"),
            Some(name) => bystander(name),
        };
        if let Some(class) = class {
            ignored.push(Ignored { array: array.name, class });
            continue;
        }
        let found = place(array.name.strip_prefix(prefix).unwrap_or_default(), names);
        let Some((place, is_weight)) = found else {
            return Err(ImportProblem::Unexpected { array: array.name, expected: EXPECTED });
        };
        let own = parts.entry(place).or_default();
        let slot = if is_weight { &mut own.weight } else { &mut own.bias };
        if slot.is_some() {
            return Err(ImportProblem::Twice { array: array.name });
        }
        *slot = Some(array);
    }
    let mut read = build(parts, (format, file), options, ignored)?;
    read.report.warnings.extend(has_modules.then(modules_unread));
    Ok(Some(read))
}

/// Whether a file is a residual network by its names and widths, and would be another function as a chain of layers.
pub fn is_residual(source: &Source, options: &ImportOptions) -> bool {
    let names = ResidualNames::default();
    let prefix = options.prefix.as_deref().unwrap_or_default();
    let own = source.arrays.iter().filter_map(|array| Some((array.name.strip_prefix(prefix)?, &array.shape)));
    let own: Option<Vec<_>> = own
        .filter(|(name, _)| bystander(name).is_none())
        .map(|(name, shape)| Some((place(name, &names)?, shape)))
        .collect();
    let Some(own) = own else { return false };
    let mut blocks = BTreeMap::<u64, Vec<(u64, &Vec<usize>)>>::new();
    for ((place, is_weight), shape) in &own {
        if let (Place::Block(block, layer), true) = (place, is_weight) {
            blocks.entry(*block).or_default().push((*layer, shape));
        }
    }
    let square = |layers: &mut Vec<(u64, &Vec<usize>)>| {
        layers.sort();
        match (&layers[0].1[..], &layers[layers.len() - 1].1[..]) {
            ([_, into], [out, _]) => layers.len() > 1 && into == out,
            _ => false,
        }
    };
    let has_head = own.iter().any(|((place, _), _)| *place == Place::Head);
    options.layers.is_empty() && has_head && !blocks.is_empty() && blocks.values_mut().all(square)
}

/// What the name of an array says.
fn place(name: &str, names: &ResidualNames) -> Option<(Place, bool)> {
    let (layer, part) = name.rsplit_once('.')?;
    let is_weight = match part {
        "weight" => true,
        "bias" => false,
        _ => return None,
    };
    let place = match layer {
        _ if layer == names.stem => Place::Stem,
        _ if layer == names.head => Place::Head,
        _ => {
            let rest = layer.strip_prefix(&names.block)?;
            let rest = rest.strip_prefix("s.").or_else(|| rest.strip_prefix('.'))?;
            let found: Vec<u64> = rest.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
            match found[..] {
                [layer] => Place::Block(0, layer),
                [block, layer] => Place::Block(block, layer),
                _ => return None,
            }
        }
    };
    Some((place, is_weight))
}

fn build(
    parts: BTreeMap<Place, Parts>,
    (format, file): (&'static str, &str),
    options: &ImportOptions,
    ignored: Vec<Ignored>,
) -> Result<ReadResidual, ImportProblem> {
    let layout = options.layout.unwrap_or(Layout::OutIn);
    let (mut stem, mut head, mut blocks) = (None, None, BTreeMap::<u64, Vec<Dense<Rational>>>::new());
    let mut layers = vec![];
    for (place, parts) in parts {
        let (dense, report) = layer(parts, layout)?;
        layers.push(report);
        match place {
            Place::Stem => stem = Some(dense),
            Place::Head => head = Some(dense),
            Place::Block(block, _) => blocks.entry(block).or_default().push(dense),
        }
    }
    let count = blocks.len();
    let head = head.ok_or(ImportProblem::NoLayers)?;
    let network = Residual::new(stem, blocks.into_values().collect(), head);
    let network = network.map_err(|error| ImportProblem::Residual { reason: error.to_string() })?;
    let notes = vec![format!(
        "a residual network by its names: what {} made is added to what it takes (if nothing is added, --layers names the layers \
         in their order)",
        if count == 1 { "the block" } else { "each block" }
    )];
    let report = NetworkReport {
        file: file.into(),
        format,
        layers,
        order: "by the numbers in their names",
        layout: "usual for such names",
        curve_point: None,
        ignored,
        notes,
        warnings: vec![],
    };
    Ok(ReadResidual { network, report })
}

/// A layer from its arrays, and what was read of it.
fn layer(parts: Parts, layout: Layout) -> Result<(Dense<Rational>, LayerReport), ImportProblem> {
    let Parts { weight, bias } = parts;
    let weight = match (weight, &bias) {
        (Some(weight), _) => weight,
        (None, bias) => {
            let array = bias.as_ref().map(|bias| bias.name.clone()).unwrap_or_default();
            return Err(ImportProblem::Unexpected { array, expected: "a weight beside it" });
        }
    };
    weight.check_floats()?;
    let &[_, _] = &weight.shape[..] else { return Err(weight.misshapen(MATRIX)) };
    let matrix = weight.to_weight(layout)?;
    let row = match &bias {
        Some(bias) if bias.shape.len() != 1 => return Err(bias.misshapen("a row of biases")),
        Some(bias) => {
            bias.check_floats()?;
            Some(bias.to_matrix(1)?)
        }
        None => None,
    };
    let report = LayerReport {
        weight: weight.name.clone(),
        bias: bias.as_ref().map(|bias| bias.name.clone()),
        inputs: matrix.nrows(),
        outputs: matrix.ncols(),
        shape: weight.shape.clone(),
        stored: layout.to_string(),
        dtype: weight.dtype.clone(),
        masks: vec![],
        folded: vec![],
    };
    Ok((Dense { weight: matrix, bias: row }, report))
}
