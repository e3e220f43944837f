//! Where linear layers stand, and how their matrices are stored.

use super::array::Array;
use super::options::{ImportOptions, Layout};
use super::order::{self, Link, ORDERS_LISTED};
use super::problem::ImportProblem;
use super::report::LayerReport;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// A linear layer, before it is known where it stands and how it is stored.
#[derive(Debug, Clone)]
pub struct Linear {
    /// What stands before the role in its names.
    pub key: String,
    /// What `--layers` calls it: the key, or the name of the weight where the key says little.
    pub label: String,
    pub weight: Array,
    pub bias: Option<Array>,
    /// How arrays of this name are stored; `None` if that differs.
    pub convention: Option<Layout>,
    /// The names of the masks that were multiplied in.
    pub masks: Vec<String>,
}

impl Linear {
    /// Whether the user means this layer.
    fn is_called(&self, name: &str, prefix: &str) -> bool {
        let is = |own: &str| own == name || own.strip_prefix(prefix) == Some(name);
        is(&self.key) || is(&self.weight.name)
    }

    /// (rows, columns) as stored.
    fn shape(&self) -> (usize, usize) {
        (self.weight.shape[0], self.weight.shape[1])
    }

    fn link(&self, layout: Layout) -> Link<'_> {
        let (inputs, outputs) = layout.directed(self.shape());
        Link { name: &self.label, inputs, outputs }
    }

    /// Whether the bias, if there is one, has the length that this layout asks for.
    fn bias_fits(&self, layout: Layout) -> bool {
        let (_, outputs) = layout.directed(self.shape());
        self.bias.as_ref().is_none_or(|bias| bias.shape == [outputs])
    }

    /// What is said of this layer.
    pub fn report(&self, layout: Layout) -> LayerReport {
        let (inputs, outputs) = layout.directed(self.shape());
        LayerReport {
            weight: self.weight.name.clone(),
            bias: self.bias.as_ref().map(|bias| bias.name.clone()),
            inputs,
            outputs,
            shape: self.weight.shape.clone(),
            stored: layout.to_string(),
            dtype: self.weight.dtype.clone(),
            masks: self.masks.clone(),
            folded: vec![],
        }
    }

    /// [W; bᵀ], [n_{k−1} + 1, n_k], with b = 0 if there is none.
    pub fn stacked(&self, layout: Layout) -> Result<DMatrix<Rational>, ImportProblem> {
        let weight = self.weight.to_weight(layout)?;
        let inputs = weight.nrows();
        let mut stacked = weight.insert_row(inputs, Rational::new());
        if let Some(bias) = &self.bias {
            stacked.set_row(inputs, &bias.to_matrix(1)?.row(0));
        }
        Ok(stacked)
    }
}

/// Where the layers stand and how they are stored.
pub struct Placed {
    /// The places of the layers, in the order in which they are used.
    pub order: Vec<usize>,
    /// How each of them is stored.
    pub layouts: Vec<Layout>,
    /// How the order is known.
    pub order_known: &'static str,
    /// How the layouts are known.
    pub layout_known: &'static str,
    /// The other layout fits as well, and no name of a framework tells.
    pub undetermined: bool,
}

const BOTH: [Layout; 2] = [Layout::OutIn, Layout::InOut];

/// Finds out where the layers stand and how they are stored. `given` is the order that the file gives, if any.
pub fn place(linears: &[Linear], options: &ImportOptions, given: &[String]) -> Result<Placed, ImportProblem> {
    let (order, order_known) = known_order(linears, options, given);
    let assignments = layouts(linears, options)?;
    let mut fitting = vec![];
    for layouts in assignments {
        let links: Vec<Link> = linears.iter().zip(&layouts).map(|(linear, &layout)| linear.link(layout)).collect();
        let orders = match &order {
            Some(order) if chained(&links, order) => vec![order.clone()],
            Some(_) => vec![],
            None => order::chains(&links)?,
        };
        fitting.push((layouts, orders));
    }
    let fits: Vec<&(Vec<Layout>, Vec<Vec<usize>>)> = fitting.iter().filter(|(_, orders)| !orders.is_empty()).collect();
    let Some((layouts, orders)) = fits.first() else { return unplaced(linears, order, &fitting[0].0) };
    let free = linears.iter().any(|linear| linear.convention.is_none()) && options.layout.is_none();
    if fits.len() > 1 && free {
        return Err(ImportProblem::Layout);
    }
    if orders.len() > 1 {
        let links: Vec<Link> = linears.iter().zip(layouts).map(|(linear, &layout)| linear.link(layout)).collect();
        let shown = orders.iter().take(ORDERS_LISTED).map(|order| order::in_words(&links, order)).collect();
        return Err(ImportProblem::Order { orders: shown, more: orders.len() > ORDERS_LISTED });
    }
    let by_name = linears.iter().zip(layouts).all(|(linear, &layout)| linear.convention == Some(layout));
    let layout_known = match options.layout {
        Some(_) => "as --layout says",
        None if fitting.len() == 1
            && linears.iter().any(|linear| linear.bias.is_some() && linear.shape().0 != linear.shape().1) =>
        {
            "by the biases"
        }
        None if fits.len() == 1 => "by the shapes of the layers",
        None if by_name => "by the names alone",
        None => "by the shapes of the layers",
    };
    let names_tell = linears.iter().all(|linear| linear.convention == Some(Layout::InOut));
    let undetermined = options.layout.is_none() && fits.len() > 1 && !names_tell;
    Ok(Placed { order: orders[0].clone(), layouts: layouts.clone(), order_known, layout_known, undetermined })
}

/// Nothing fits: which two layers do not follow each other, or that no order works.
fn unplaced(linears: &[Linear], order: Option<Vec<usize>>, layouts: &[Layout]) -> Result<Placed, ImportProblem> {
    let links: Vec<Link> = linears.iter().zip(layouts).map(|(linear, &layout)| linear.link(layout)).collect();
    let Some(order) = order else {
        let layers = links.iter().map(|link| format!("`{}` {}→{}", link.name, link.inputs, link.outputs));
        return Err(ImportProblem::NoOrder { layers: layers.take(16).collect::<Vec<_>>().join(", ") });
    };
    let broken = order.windows(2).find(|pair| links[pair[0]].outputs != links[pair[1]].inputs);
    let &[before, after] = broken.unwrap_or(&order) else { return Err(ImportProblem::NoLayers) };
    Err(ImportProblem::Chain {
        array: linears[after].weight.name.clone(),
        found: links[after].inputs,
        before: linears[before].weight.name.clone(),
        expected: links[before].outputs,
    })
}

fn chained(links: &[Link<'_>], order: &[usize]) -> bool {
    order.windows(2).all(|pair| links[pair[0]].outputs == links[pair[1]].inputs)
}

/// The order that somebody says, and who.
fn known_order(linears: &[Linear], options: &ImportOptions, given: &[String]) -> (Option<Vec<usize>>, &'static str) {
    let prefix = options.prefix.as_deref().unwrap_or_default();
    let find = |name: &String| linears.iter().position(|linear| linear.is_called(name, prefix));
    for (names, known) in [(&options.layers[..], "as --layers says"), (given, "by the file's metadata")] {
        if !names.is_empty() {
            // A normalisation may be named as well.
            return (Some(names.iter().filter_map(find).collect()), known);
        }
    }
    let names: Vec<&str> = linears.iter().map(|linear| linear.label.as_str()).collect();
    match order::by_numbers(&names) {
        Some(order) => {
            (Some(order), if linears.len() == 1 { "of a single layer" } else { "by the numbers in the names" })
        }
        None => (None, "the only one in which the shapes fit together"),
    }
}

/// The ways in which the layers may be stored, likeliest first: one layout for all layers of one kind of name, such that
/// biases fit.
fn layouts(linears: &[Linear], options: &ImportOptions) -> Result<Vec<Vec<Layout>>, ImportProblem> {
    let kinds: BTreeSet<Option<bool>> = linears.iter().map(kind).collect();
    let mut all: Vec<BTreeMap<Option<bool>, Layout>> = vec![BTreeMap::new()];
    for of in kinds {
        let members = || linears.iter().filter(|linear| kind(linear) == of);
        let usual = members().find_map(|linear| linear.convention).unwrap_or(Layout::OutIn);
        let mut candidates: Vec<Layout> = match options.layout {
            Some(layout) => vec![layout],
            None => BOTH
                .into_iter()
                .filter(|&layout| layout == usual)
                .chain(BOTH.into_iter().filter(|&layout| layout != usual))
                .collect(),
        };
        let first = candidates[0];
        candidates.retain(|&layout| members().all(|linear| linear.bias_fits(layout)));
        if candidates.is_empty() {
            return Err(misfit(members().find(|linear| !linear.bias_fits(first)), first));
        }
        all = all
            .iter()
            .flat_map(|known| {
                candidates.iter().map(|&layout| {
                    let mut known = known.clone();
                    known.insert(of, layout);
                    known
                })
            })
            .collect();
    }
    Ok(all.iter().map(|known| linears.iter().map(|linear| known[&kind(linear)]).collect()).collect())
}

/// Layers of one kind are stored alike: `weight`, `kernel`, or names that no framework gives.
fn kind(linear: &Linear) -> Option<bool> {
    linear.convention.map(|layout| layout == Layout::InOut)
}

fn misfit(linear: Option<&Linear>, layout: Layout) -> ImportProblem {
    let Some((linear, bias)) = linear.and_then(|linear| Some((linear, linear.bias.as_ref()?))) else {
        return ImportProblem::Layout;
    };
    let (inputs, expected) = layout.directed(linear.shape());
    ImportProblem::Bias {
        array: bias.name.clone(),
        weight: linear.weight.name.clone(),
        layout,
        found: bias.shape[0],
        expected,
        transposed: bias.shape == [inputs],
    }
}
