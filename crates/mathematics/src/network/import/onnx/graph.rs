//! The nodes of an ONNX file as blocks, and which arrays their parameters come from.
//!
//! A node becomes a block, or part of one: an activation belongs to the convolution or the sum before it, a bias that is added
//! to the product before it, the last product to the output. Dropout, Identity, Flatten and Reshape are other names for the
//! units that they are given: ONNX numbers an image plane by plane, a block over windows pixel by pixel, and [`Feature`] says
//! which, so that a product behind it takes the rows of its weight in the right order.

use super::super::array::{Array, Values};
use super::super::{options::Budget, problem::ImportProblem};
use super::BatchNorm;
use super::model::{Attribute, Model, Node};
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord, NonlinearityRecord, Pool, Windows};
use crate::network::{Activation, Nonlinearity, Smooth};
use crate::network::{to_fraction, to_nonlinearity};
use rug::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// What a unit and an entry of a patch take in memory, in bytes, or a little more.
const UNIT_BYTES: u64 = 64;
const ENTRY_BYTES: u64 = 24;

/// A graph without numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    pub graph: GraphRecord,
    /// Where each layer comes from, B + 1 for the output.
    pub layers: BTreeMap<usize, Layer>,
    /// The activations that were put behind a pool.
    pub moved: usize,
    /// The batch normalisations, by the names of their nodes.
    pub norms: Vec<String>,
}

/// Where a layer comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// Filters, or the output.
    Product(Product),
    /// A normalisation.
    Norm(Norm),
    /// The output is units as they are: V is the unit matrix of this size.
    Unit(usize),
}

/// A convolution or a dense product.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub weight: Parameter,
    /// Without it 0.
    pub bias: Option<Parameter>,
    pub form: Form,
    /// What is multiplied in.
    pub folded: Vec<Norm>,
}

/// How the weight of a product is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// (filters, channels, height, width).
    Convolution,
    /// (out, in), or (in, out).
    Dense { out_in: bool, rows: Order },
}

/// A batch normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// Of the node.
    pub label: String,
    /// γ, β, μ, v, each (channels).
    pub parameters: [Parameter; 4],
    /// As the file has it.
    pub epsilon: f32,
    /// Of the channels, where each unit is one.
    pub order: Order,
}

/// An array that is a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// What an Identity calls it: PyTorch's exporter writes arrays that are equal once, and gives each its own name by a node.
    /// Another network of the graph has different ones there.
    pub alias: Option<String>,
    pub shape: Vec<usize>,
    /// Whether a node between the array and its use transposes it.
    pub transposed: bool,
}

/// How units run: as ONNX numbers them, or pixel by pixel over an image (channels, height, width), which ONNX numbers plane by
/// plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order(Option<[usize; 3]>);

impl Order {
    /// As ONNX numbers them.
    const PLAIN: Order = Order(None);

    /// Pixel by pixel; the same as plane by plane if there is one of either.
    fn pixels([channels, height, width]: [usize; 3]) -> Self {
        Order((channels > 1 && height * width > 1).then_some([channels, height, width]))
    }

    /// The unit with this number in ONNX.
    pub fn unit(self, number: usize) -> usize {
        let Some([channels, height, width]) = self.0 else { return number };
        let pixels = height * width;
        number % pixels * channels + number / pixels
    }
}

/// What a name stands for.
#[derive(Debug, Clone)]
enum Value {
    Feature(Feature),
    Parameter(Parameter),
}

/// The units of a block.
#[derive(Debug, Clone)]
struct Feature {
    block: usize,
    /// As ONNX has it, without the samples.
    shape: Vec<usize>,
    order: Order,
    /// Whether nothing else makes use of the block.
    alone: bool,
}

/// Puts blocks together, node by node.
struct Builder<'a> {
    model: &'a Model,
    batch_norm: BatchNorm,
    values: BTreeMap<&'a str, Value>,
    /// How often a name is used by nodes that the output depends on, and by the output.
    uses: BTreeMap<&'a str, usize>,
    blocks: Vec<BlockRecord>,
    layers: BTreeMap<usize, Layer>,
    /// What a last dense product takes from, in the order of ONNX.
    skips: BTreeMap<usize, Vec<[usize; 2]>>,
    moved: usize,
    norms: Vec<String>,
    budget: Budget,
}

type Done = Result<(), ImportProblem>;

/// The blocks of a file.
pub fn structure(model: &Model, batch_norm: BatchNorm, budget: &Budget) -> Result<Structure, ImportProblem> {
    let live = live(model);
    let mut uses: BTreeMap<&str, usize> = BTreeMap::from([(&*model.output, 1)]);
    for name in live.iter().flat_map(|node| &node.inputs) {
        *uses.entry(name).or_default() += 1;
    }
    let parameter = |(name, array): (&'_ String, &Array)| Parameter {
        name: name.clone(),
        alias: None,
        shape: array.shape.clone(),
        transposed: false,
    };
    let mut builder = Builder {
        model,
        batch_norm,
        values: model.arrays.iter().map(|array| (&**array.0, Value::Parameter(parameter(array)))).collect(),
        uses,
        blocks: vec![],
        layers: BTreeMap::new(),
        skips: BTreeMap::new(),
        moved: 0,
        norms: vec![],
        budget: budget.clone(),
    };
    let (name, shape) = &model.input;
    let inputs = builder.size(shape).ok_or_else(|| ImportProblem::TooLarge {
        what: format!("the input `{name}`"),
        bytes: u64::MAX,
        limit: budget.limit(),
    })?;
    builder.afford(inputs as u64, 0)?;
    builder.set(name, Feature { block: 0, shape: shape.clone(), order: Order::PLAIN, alone: true });
    for node in live {
        builder.add(node)?;
    }
    builder.finish(inputs)
}

/// The nodes that the output depends on.
fn live(model: &Model) -> Vec<&Node> {
    let mut needed: BTreeSet<&str> = BTreeSet::from([&*model.output]);
    let mut live: Vec<&Node> = vec![];
    for node in model.nodes.iter().rev() {
        if node.outputs.iter().any(|output| needed.contains(&**output)) {
            needed.extend(node.inputs.iter().map(|input| &**input));
            live.push(node);
        }
    }
    live.reverse();
    live
}

/// The operations that are read.
const OPERATIONS: &str = "Conv, Gemm, MatMul, Add, Relu, LeakyRelu, Sigmoid, Tanh, Softplus, Elu, MaxPool, AveragePool, \
     GlobalAveragePool, ReduceMean over an image, BatchNormalization, Flatten, Reshape, Dropout and Identity";

impl<'a> Builder<'a> {
    fn add(&mut self, node: &'a Node) -> Done {
        match &*node.op {
            "Conv" => self.convolution(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.product(node, 1, None, false),
            "Add" => self.sum(node),
            "Relu" | "LeakyRelu" | "Sigmoid" | "Tanh" | "Softplus" | "Elu" => self.activation(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "ReduceMean" => self.mean(node),
            "BatchNormalization" => self.normalisation(node),
            "Flatten" | "Reshape" => self.reshape(node),
            "Dropout" | "Identity" | "Pad" | "Transpose" | "Constant" => self.rename(node),
            op => {
                let instead = match op {
                    "Softmax" | "LogSoftmax" => "; export the network without it: the losses here are of its logits",
                    "Shape" | "Gather" | "Unsqueeze" | "Concat" => {
                        "; where it is of x.view(…), write torch.flatten(x, 1)"
                    }
                    "Clip" => {
                        "; ReLU6 has two bends, write the description of the graph by hand (docs/convolutional.md)"
                    }
                    "Squeeze" => "; write torch.flatten(x, 1) instead",
                    _ => "",
                };
                Err(node.refused(format!("it is not read here; read are {OPERATIONS}{instead}")))
            }
        }
    }

    fn set(&mut self, name: &'a str, feature: Feature) {
        let alone = feature.alone && self.uses.get(name) == Some(&1);
        self.values.insert(name, Value::Feature(Feature { alone, ..feature }));
    }

    /// The units that an input of a node stands for.
    fn feature(&self, node: &Node, index: usize) -> Result<Feature, ImportProblem> {
        match node.input(index).and_then(|name| self.values.get(name)) {
            Some(Value::Feature(feature)) => Ok(feature.clone()),
            Some(Value::Parameter(_)) => Err(node.refused(format!("its input {index} is a constant"))),
            None => Err(node.refused(format!("nothing before it computes its input {index}"))),
        }
    }

    /// The array that an input of a node stands for.
    fn parameter(&self, node: &Node, index: usize) -> Result<Parameter, ImportProblem> {
        match node.input(index).and_then(|name| self.values.get(name)) {
            Some(Value::Parameter(parameter)) => Ok(parameter.clone()),
            _ => Err(node.refused(format!("its input {index} is no array of the file"))),
        }
    }

    /// The integers that an input of a node stands for.
    fn constants(&self, node: &Node, index: usize) -> Result<Vec<i128>, ImportProblem> {
        let parameter = self.parameter(node, index)?;
        match self.model.arrays.get(&*parameter.name).map(|array| &array.values) {
            Some(Values::Integers(integers)) => Ok(integers.clone()),
            _ => Err(node.refused(format!("its input {index} is no list of integers"))),
        }
    }

    fn size(&self, shape: &[usize]) -> Option<usize> {
        shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
    }

    fn afford(&mut self, units: u64, entries: u64) -> Done {
        let bytes = units.saturating_mul(UNIT_BYTES).saturating_add(entries.saturating_mul(ENTRY_BYTES));
        self.budget.take("the graph", bytes)
    }

    /// The number of units of a feature; a product of sizes that was looked at when they came up.
    fn units(&self, feature: &Feature) -> usize {
        self.size(&feature.shape).unwrap_or(usize::MAX)
    }

    /// A new block, and its number.
    fn push(&mut self, from: Vec<usize>, windows: Option<Windows>, rule: BlockRule) -> usize {
        self.blocks.push(BlockRecord { from, patches: windows.map(Into::into), rule });
        self.blocks.len()
    }

    /// The image that a feature is: channels, height and width, and whether it runs plane by plane.
    fn image(&self, node: &Node, feature: &Feature) -> Result<([usize; 3], bool), ImportProblem> {
        let Ok(image) = <[usize; 3]>::try_from(&*feature.shape) else {
            let shape = &feature.shape;
            return Err(
                node.refused(format!("it reads {shape:?} (without the samples); expected [channels, height, width]"))
            );
        };
        if feature.order != Order::PLAIN && feature.order != Order::pixels(image) {
            return Err(node.refused("a Reshape before it makes another image of one, which is not read here"));
        }
        Ok((image, feature.block == 0 || feature.order != Order::pixels(image)))
    }

    /// The windows of a node over an image.
    fn windows(
        &mut self,
        node: &Node,
        image: ([usize; 3], bool),
        kernel: [usize; 2],
    ) -> Result<Windows, ImportProblem> {
        if let Some(padding) = node.attributes.get("auto_pad")
            && *padding != Attribute::Text("NOTSET".into())
        {
            return Err(node.refused("its padding is automatic (auto_pad); export it with numbers (pads)"));
        }
        let sizes = |name: &str| -> Result<Option<Vec<usize>>, ImportProblem> {
            // Of 32 bits, so that sums of a few are numbers.
            let size = |&size: &i64| u32::try_from(size).ok().map(|size| size as usize);
            let read = |list: &[i64]| list.iter().map(size).collect::<Option<Vec<_>>>();
            let negative = || node.refused(format!("its attribute `{name}` has a negative or a huge entry"));
            node.integers(name)?.map(|list| read(list).ok_or_else(negative)).transpose()
        };
        if sizes("dilations")?.is_some_and(|dilations| dilations.iter().any(|&dilation| dilation != 1)) {
            return Err(node.refused("its window has holes (dilations): that is not read here"));
        }
        let wrong = |name: &str| node.refused(format!("its attribute `{name}` is not that of an image"));
        let stride = sizes("strides")?.unwrap_or(vec![1, 1]).try_into().map_err(|_| wrong("strides"))?;
        let padding = sizes("pads")?.unwrap_or(vec![0; 4]).try_into().map_err(|_| wrong("pads"))?;
        let (image, planes) = image;
        let windows = Windows { image, planes, kernel, stride, padding };
        let positions =
            windows.positions().ok_or_else(|| node.refused(format!("its window {kernel:?} does not fit {image:?}")))?;
        self.afford(positions.iter().fold(1, |product, &side| product.saturating_mul(side as u64)), windows.entries())?;
        Ok(windows)
    }

    fn convolution(&mut self, node: &'a Node) -> Done {
        let (feature, weight) = (self.feature(node, 0)?, self.parameter(node, 1)?);
        let image = self.image(node, &feature)?;
        if node.integer("group", 1)? != 1 {
            return Err(node.refused("its filters read some of the channels only (group): that is not read here"));
        }
        let &[filters, channels, height, width] = &weight.shape[..] else {
            return Err(node.refused(format!(
                "its weight has the shape {:?}; expected one of a window over images",
                weight.shape
            )));
        };
        if channels != image.0[0] || weight.transposed || filters == 0 {
            return Err(node.refused(format!("its weight {:?} does not read {} channels", weight.shape, image.0[0])));
        }
        if node.integers("kernel_shape")?.is_some_and(|shape| shape != [height as i64, width as i64]) {
            return Err(node.refused(format!("its window (kernel_shape) is not that of its weight {:?}", weight.shape)));
        }
        let windows = self.windows(node, image, [height, width])?;
        let bias = node.input(2).map(|_| self.parameter(node, 2)).transpose()?;
        self.check_bias(node, bias.as_ref(), filters)?;
        let [rows, columns] = windows.positions().unwrap_or_default();
        let shape = vec![filters, rows, columns];
        self.filters(
            node,
            &feature,
            Some(windows),
            shape,
            Product { weight, bias, form: Form::Convolution, folded: vec![] },
        )
    }

    fn check_bias(&self, node: &Node, bias: Option<&Parameter>, filters: usize) -> Done {
        let fits = |bias: &Parameter| {
            bias.shape.iter().product::<usize>() == filters && bias.shape.last() == Some(&filters) && !bias.transposed
        };
        match bias {
            Some(bias) if !fits(bias) => {
                Err(node.refused(format!("its bias has the shape {:?}; expected [{filters}]", bias.shape)))
            }
            _ => Ok(()),
        }
    }

    /// A block of filters without an activation.
    fn filters(
        &mut self,
        node: &'a Node,
        feature: &Feature,
        windows: Option<Windows>,
        shape: Vec<usize>,
        product: Product,
    ) -> Done {
        let units = self.size(&shape).ok_or_else(|| node.refused("it has more units than can be counted"))?;
        self.afford(units as u64, 0)?;
        let rule = BlockRule::Filters { filters: shape[0], tied: windows.is_some(), activation: identity() };
        let block = self.push(vec![feature.block], windows, rule);
        self.layers.insert(block, Layer::Product(product));
        let order = <[usize; 3]>::try_from(&*shape).map_or(Order::PLAIN, Order::pixels);
        self.set(output(node)?, Feature { block, shape, order, alone: true });
        Ok(())
    }

    fn gemm(&mut self, node: &'a Node) -> Done {
        if node.float("alpha", 1.0)? != 1.0 || node.float("beta", 1.0)? != 1.0 || node.integer("transA", 0)? != 0 {
            return Err(node.refused("only alpha = beta = 1 and transA = 0 are read: multiply them into the weights"));
        }
        let bias = node.input(2).map(|_| self.parameter(node, 2)).transpose()?;
        let transposed = node.integer("transB", 0)? != 0;
        self.product(node, 1, bias, transposed)
    }

    /// A dense product with a weight (in, out), or (out, in).
    fn product(&mut self, node: &'a Node, index: usize, bias: Option<Parameter>, out_in: bool) -> Done {
        let (feature, weight) = (self.feature(node, 0)?, self.parameter(node, index)?);
        let out_in = out_in != weight.transposed;
        let (&[found], &[first, second]) = (&feature.shape[..], &weight.shape[..]) else {
            return Err(node.refused(format!(
                "it multiplies {:?} (without the samples) by {:?}; expected a vector and a matrix: flatten images first",
                feature.shape, weight.shape
            )));
        };
        let (inputs, outputs) = if out_in { (second, first) } else { (first, second) };
        if inputs != found || outputs == 0 {
            return Err(node.refused(format!("its weight {:?} does not read {found} numbers", weight.shape)));
        }
        self.check_bias(node, bias.as_ref(), outputs)?;
        self.afford(0, inputs as u64)?;
        let rows = feature.order;
        let skips = (0..found).map(|number| [feature.block, rows.unit(number)]).collect();
        self.filters(
            node,
            &feature,
            None,
            vec![outputs],
            Product { weight, bias, form: Form::Dense { out_in, rows }, folded: vec![] },
        )?;
        self.skips.insert(self.blocks.len(), skips);
        Ok(())
    }

    fn sum(&mut self, node: &'a Node) -> Done {
        let is_constant =
            |index| matches!(node.input(index).and_then(|name| self.values.get(name)), Some(Value::Parameter(_)));
        for (feature, constant) in [(0, 1), (1, 0)] {
            if is_constant(constant) {
                return self.bias(node, feature, constant);
            }
        }
        let (mut left, mut right) = (self.feature(node, 0)?, self.feature(node, 1)?);
        if left.shape != right.shape {
            return Err(node.refused(format!(
                "it adds {:?} and {:?}; only what has one shape is added here",
                left.shape, right.shape
            )));
        }
        if left.order != right.order {
            (left, right) = (self.by_pixels(node, left)?, self.by_pixels(node, right)?);
        }
        let units = self.units(&left) as u64;
        self.afford(units, 2 * units)?;
        let block = self.push(vec![left.block, right.block], None, BlockRule::Sum { activation: identity() });
        self.set(output(node)?, Feature { block, shape: left.shape, order: left.order, alone: true });
        Ok(())
    }

    /// A constant that is added is the bias of the product before it.
    fn bias(&mut self, node: &'a Node, feature: usize, constant: usize) -> Done {
        let (feature, bias) = (self.feature(node, feature)?, self.parameter(node, constant)?);
        // [T] for the numbers of a vector, [T, 1, 1] for the channels of an image; both may have ones before them.
        let sizes = match feature.shape.len() {
            3 => bias.shape.strip_suffix(&[1, 1]).unwrap_or_default(),
            _ => &bias.shape,
        };
        let fits = sizes.last() == Some(&feature.shape[0]) && sizes.iter().product::<usize>() == feature.shape[0];
        let open = self.open(&feature) && self.filters_of(&feature) == Some(feature.shape[0]);
        match self.layers.get_mut(&feature.block) {
            Some(Layer::Product(product))
                if open && fits && !bias.transposed && product.bias.is_none() && product.folded.is_empty() =>
            {
                product.bias = Some(bias);
            }
            _ => {
                return Err(node.refused(
                    "it adds a constant, which is read only as the bias, one number a filter, of a product right before it",
                ));
            }
        }
        self.set(output(node)?, feature);
        Ok(())
    }

    /// The number of filters of a block of filters.
    fn filters_of(&self, feature: &Feature) -> Option<usize> {
        match self.blocks.get(feature.block.checked_sub(1)?)?.rule {
            BlockRule::Filters { filters, .. } => Some(filters),
            _ => None,
        }
    }

    /// Whether a block has no activation yet, and nothing else makes use of it.
    fn open(&self, feature: &Feature) -> bool {
        let block = feature.block.checked_sub(1).map(|index| &self.blocks[index].rule);
        feature.alone
            && matches!(block, Some(BlockRule::Filters { activation, .. } | BlockRule::Sum { activation }) if *activation == identity())
    }

    /// The same image pixel by pixel: a maximum over one pixel at a time.
    fn by_pixels(&mut self, node: &Node, feature: Feature) -> Result<Feature, ImportProblem> {
        let (image, planes) = self.image(node, &feature)?;
        if !planes || Order::pixels(image) == Order::PLAIN {
            return Ok(feature);
        }
        let units = self.units(&feature) as u64;
        self.afford(units, units)?;
        let windows = Windows { image, planes, kernel: [1, 1], stride: [1, 1], padding: [0; 4] };
        let block = self.push(vec![feature.block], Some(windows), BlockRule::Pool { pool: Pool::Max });
        Ok(Feature { block, order: Order::pixels(image), ..feature })
    }

    fn activation(&mut self, node: &'a Node) -> Done {
        let exactly = |float: f32| Rational::from_f32(float).expect("a finite number");
        let positive = |name: &str, default: f32| match node.float(name, default)? {
            float if float > 0.0 => Ok(exactly(float)),
            float => Err(node.refused(format!("its `{name}` is {float}; expected a positive number"))),
        };
        let sigma: Nonlinearity = match &*node.op {
            "Relu" => Activation::relu().into(),
            "LeakyRelu" => Activation::leaky_relu(exactly(node.float("alpha", 0.01)?)).into(),
            "Sigmoid" => Smooth::Sigmoid.into(),
            "Tanh" => Smooth::Tanh.into(),
            "Softplus" => Smooth::Softplus { gamma: Rational::from(1) }.into(),
            _ => Smooth::Elu { alpha: positive("alpha", 1.0)? }.into(),
        };
        let feature = self.feature(node, 0)?;
        let feature = self.activated(feature, to_nonlinearity(&sigma))?;
        self.set(output(node)?, feature);
        Ok(())
    }

    /// σ of a feature: the block's own if it has none, else that of a sum of one block.
    fn activated(&mut self, feature: Feature, sigma: NonlinearityRecord) -> Result<Feature, ImportProblem> {
        if self.open(&feature) {
            let rule = &mut self.blocks[feature.block - 1].rule;
            if let BlockRule::Filters { activation, .. } | BlockRule::Sum { activation } = rule {
                *activation = sigma;
            }
            return Ok(feature);
        }
        let units = self.units(&feature) as u64;
        self.afford(units, units)?;
        let block = self.push(vec![feature.block], None, BlockRule::Sum { activation: sigma });
        Ok(Feature { block, alone: true, ..feature })
    }

    fn pool(&mut self, node: &'a Node) -> Done {
        let feature = self.feature(node, 0)?;
        let image = self.image(node, &feature)?;
        let kernel = node
            .integers("kernel_shape")?
            .unwrap_or_default()
            .iter()
            .map(|&size| u32::try_from(size).ok().map(|size| size as usize));
        let kernel = kernel.collect::<Option<Vec<_>>>().and_then(|kernel| <[usize; 2]>::try_from(kernel).ok());
        let kernel = kernel.ok_or_else(|| node.refused("its `kernel_shape` is not that of an image"))?;
        if node.integer("ceil_mode", 0)? != 0 {
            return Err(
                node.refused("its windows may overhang (ceil_mode=1); pad the images or export with ceil_mode=0")
            );
        }
        let windows = self.windows(node, image, kernel)?;
        if windows.padding.iter().enumerate().any(|(side, &padding)| padding >= kernel[side % 2]) {
            return Err(node.refused("its padding is as wide as its window"));
        }
        if node.op == "MaxPool" {
            return self.maximum(node, feature, windows);
        }
        if node.integer("count_include_pad", 0)? != 0 && windows.padding != [0; 4] {
            let instead = "export with count_include_pad=False, or pool without padding";
            return Err(node.refused(format!("its means count the padding (count_include_pad=1); {instead}")));
        }
        self.pooled(node, feature.block, windows, Pool::Mean)
    }

    /// σ goes behind the maximum. It never falls, so that σ(max x) = max σ(x): the same function, exactly, and σ is evaluated
    /// once a window instead of once a pixel, with a quarter of the bends for windows of 2×2.
    fn maximum(&mut self, node: &'a Node, feature: Feature, windows: Windows) -> Done {
        let taken = if feature.alone { self.take_activation(feature.block) } else { None };
        let Some((from, sigma)) = taken else { return self.pooled(node, feature.block, windows, Pool::Max) };
        self.moved += 1;
        self.pooled(node, from, windows, Pool::Max)?;
        let name = output(node)?;
        if let Some(Value::Feature(pooled)) = self.values.get(name).cloned() {
            // Nothing but σ sees the pool.
            let behind = self.activated(Feature { alone: true, ..pooled }, sigma)?;
            self.set(name, behind);
        }
        Ok(())
    }

    /// Takes the activation of a block away, if it never falls; also says the block that has none.
    fn take_activation(&mut self, block: usize) -> Option<(usize, NonlinearityRecord)> {
        let last = self.blocks.len() == block;
        let BlockRecord { from, rule, .. } = self.blocks.get_mut(block.checked_sub(1)?)?;
        let (BlockRule::Filters { activation, .. } | BlockRule::Sum { activation }) = rule else { return None };
        if *activation == identity() || !never_falls(activation) {
            return None;
        }
        let sigma = std::mem::replace(activation, identity());
        // What is left of a sum of one block is that block.
        if let (true, BlockRule::Sum { .. }, &[only]) = (last, &*rule, &from[..]) {
            self.blocks.pop();
            return Some((only, sigma));
        }
        Some((block, sigma))
    }

    fn pooled(&mut self, node: &'a Node, from: usize, windows: Windows, pool: Pool) -> Done {
        let [rows, columns] = windows.positions().unwrap_or_default();
        let image = [windows.image[0], rows, columns];
        let block = self.push(vec![from], Some(windows), BlockRule::Pool { pool });
        let feature = Feature { block, shape: image.to_vec(), order: Order::pixels(image), alone: true };
        self.set(output(node)?, feature);
        Ok(())
    }

    /// The mean over an image, as `GlobalAveragePool` or as `ReduceMean` of the dimensions 2 and 3.
    fn mean(&mut self, node: &'a Node) -> Done {
        let feature = self.feature(node, 0)?;
        let (image, planes) = self.image(node, &feature)?;
        let mut keeps = true;
        if node.op == "ReduceMean" {
            let axes = match node.integers("axes")? {
                Some(axes) => axes.iter().map(|&axis| axis.into()).collect(),
                None => self.constants(node, 1)?,
            };
            let mut axes: Vec<i128> = axes.into_iter().map(|axis| if axis < 0 { axis + 4 } else { axis }).collect();
            axes.sort_unstable();
            if axes != [2, 3] {
                return Err(node.refused("only the mean over height and width, axes 2 and 3, is read here"));
            }
            keeps = node.integer("keepdims", 1)? != 0;
        }
        let [channels, height, width] = image;
        let windows = Windows { image, planes, kernel: [height, width], stride: [1, 1], padding: [0; 4] };
        self.afford(channels as u64, windows.entries())?;
        self.pooled(node, feature.block, windows, Pool::Mean)?;
        if let (false, Some(Value::Feature(mean))) = (keeps, self.values.get_mut(output(node)?)) {
            mean.shape = vec![channels];
        }
        Ok(())
    }

    fn normalisation(&mut self, node: &'a Node) -> Done {
        if node.integer("training_mode", 0)? != 0
            || node.outputs.iter().skip(1).any(|name| self.uses.contains_key(&**name))
        {
            return Err(node
                .refused("it takes its statistics from the samples of a batch; call model.eval() before the export"));
        }
        let mut feature = self.feature(node, 0)?;
        let channels = feature.shape[0];
        let parameters = [1, 2, 3, 4].map(|index| self.parameter(node, index));
        let [gain, shift, mean, variance] = parameters;
        let parameters = [gain?, shift?, mean?, variance?];
        if let Some(wrong) = parameters.iter().find(|parameter| parameter.shape != [channels]) {
            return Err(
                node.refused(format!("`{}` has the shape {:?}; expected [{channels}]", wrong.name, wrong.shape))
            );
        }
        let epsilon = node.float("epsilon", 1e-5)?;
        if epsilon <= 0.0 {
            return Err(node.refused("its ε is not positive"));
        }
        self.norms.push(node.name.clone());
        let mut norm = Norm { label: node.name.clone(), parameters, epsilon, order: Order::PLAIN };
        if self.batch_norm == BatchNorm::Folded {
            return self.fold(node, feature, norm);
        }
        if feature.shape.len() > 1 {
            // The channels of a normalisation run fastest.
            feature = self.by_pixels(node, feature)?;
        } else {
            norm.order = feature.order;
        }
        let units = self.units(&feature) as u64;
        self.afford(units, units)?;
        let epsilon = to_fraction(&Rational::from_f32(epsilon).expect("a finite number"));
        let block = self.push(vec![feature.block], None, BlockRule::Normalise { normalise: channels, epsilon });
        self.layers.insert(block, Layer::Norm(norm));
        self.set(output(node)?, Feature { block, alone: true, ..feature });
        Ok(())
    }

    fn fold(&mut self, node: &'a Node, feature: Feature, norm: Norm) -> Done {
        // One normalised channel a filter: not so if the image of a convolution was flattened before.
        let open = self.open(&feature) && self.filters_of(&feature) == Some(feature.shape[0]);
        match self.layers.get_mut(&feature.block) {
            Some(Layer::Product(product)) if open => product.folded.push(norm),
            _ => {
                return Err(node.refused(
                    "there is no convolution or product right before it that it could be folded into; read it with \
                     --batch-norm separate",
                ));
            }
        }
        self.set(output(node)?, feature);
        Ok(())
    }

    /// Flatten, and Reshape to a shape that the file says.
    fn reshape(&mut self, node: &'a Node) -> Done {
        let feature = self.feature(node, 0)?;
        let units = self.units(&feature);
        let shape = if node.op == "Flatten" {
            let axis = node.integer("axis", 1)?;
            if axis != 1 && axis != -(feature.shape.len() as i64) {
                return Err(node.refused("only what flattens all but the samples (axis=1) is read here"));
            }
            vec![units]
        } else {
            self.reshaped(node, units)?
        };
        self.set(output(node)?, Feature { shape, ..feature });
        Ok(())
    }

    fn reshaped(&self, node: &Node, units: usize) -> Result<Vec<usize>, ImportProblem> {
        let unknown =
            || node.refused("its shape is computed, not a constant of the file; write torch.flatten(x, 1) instead");
        let sizes = self.constants(node, 1).map_err(|_| unknown())?;
        let other = || node.refused(format!("its shape {sizes:?} is none of {units} numbers a sample"));
        // The first dimension are the samples, however many: 0 keeps it, −1 follows from the others, 1 is an example's.
        let [samples, rest @ ..] = &sizes[..] else { return Err(other()) };
        let mut rest: Vec<i128> = rest.to_vec();
        if !matches!(samples, -1..=1) || rest.is_empty() || (*samples == -1 && rest.contains(&-1)) {
            return Err(other());
        }
        let known =
            rest.iter().filter(|&&size| size != -1).try_fold(1_i128, |product, &size| product.checked_mul(size));
        let known = known.filter(|&known| known > 0).ok_or_else(other)?;
        let mut open = rest.iter_mut().filter(|size| **size == -1);
        if let Some(size) = open.next() {
            *size = units as i128 / known;
        }
        let shape: Option<Vec<usize>> = rest.iter().map(|&size| usize::try_from(size).ok()).collect();
        shape.filter(|shape| self.size(shape) == Some(units)).ok_or_else(other)
    }

    /// Nodes that give a name to what is there.
    fn rename(&mut self, node: &'a Node) -> Done {
        let name = output(node)?;
        match (&*node.op, node.input(0).and_then(|input| self.values.get(input)).cloned()) {
            // An array of the file since it was read.
            ("Constant", _) if self.values.contains_key(name) => {}
            ("Constant", _) => return Err(node.refused("it has no array (`value`)")),
            ("Transpose", Some(Value::Parameter(parameter))) if parameter.shape.len() == 2 => {
                let turned = node.integers("perm")?.is_none_or(|order| order == [1, 0]);
                let transposed = parameter.transposed != turned;
                self.values.insert(name, Value::Parameter(Parameter { transposed, ..parameter }));
            }
            ("Transpose", _) => return Err(node.refused("only a matrix of the file is transposed here")),
            ("Identity", Some(Value::Parameter(parameter))) => {
                let alias = Some(name.to_owned());
                self.values.insert(name, Value::Parameter(Parameter { alias, ..parameter }));
            }
            ("Pad", _) => {
                let sizes = match node.integers("pads")? {
                    Some(sizes) => sizes.iter().map(|&size| size.into()).collect(),
                    None => self.constants(node, 1)?,
                };
                if sizes.iter().any(|&size| size != 0) {
                    return Err(
                        node.refused("put the padding into the convolution (padding=…): apart from it, it is not read")
                    );
                }
                let feature = self.feature(node, 0)?;
                self.set(name, feature);
            }
            ("Dropout", _) if node.input(2).is_some_and(|training| !self.is_false(training)) => {
                return Err(node.refused("it may drop units; call model.eval() before the export"));
            }
            _ => {
                let feature = self.feature(node, 0)?;
                self.set(name, feature);
            }
        }
        Ok(())
    }

    fn is_false(&self, name: &str) -> bool {
        match self.model.arrays.get(name).map(|array| &array.values) {
            Some(Values::Bytes(bytes)) => bytes.iter().all(|&byte| byte == 0),
            _ => false,
        }
    }

    /// The last product becomes the output; if there is none, the output is units as they are.
    fn finish(mut self, inputs: usize) -> Result<Structure, ImportProblem> {
        let Some(Value::Feature(last)) = self.values.get(&*self.model.output).cloned() else {
            return Err(ImportProblem::NoOutput { output: self.model.output.clone() });
        };
        let units = self.units(&last);
        let number = self.blocks.len();
        let is_product = last.block == number && self.open(&last);
        let (skips, outputs, layer) = match (is_product, self.skips.remove(&last.block), self.layers.get(&last.block)) {
            (true, Some(skips), Some(layer)) => {
                let layer = layer.clone();
                self.blocks.pop();
                (skips, units, layer)
            }
            _ => {
                self.afford(units as u64, units as u64)?;
                let skips = (0..units).map(|unit| [last.block, last.order.unit(unit)]).collect();
                (skips, units, Layer::Unit(units))
            }
        };
        self.layers.insert(self.blocks.len() + 1, layer);
        let bias = matches!(&self.layers[&(self.blocks.len() + 1)], Layer::Product(product) if product.bias.is_some() || !product.folded.is_empty());
        let graph = GraphRecord { inputs, blocks: self.blocks, skips, outputs, bias };
        Ok(Structure { graph, layers: self.layers, moved: self.moved, norms: self.norms })
    }
}

/// The name of what a node computes.
fn output(node: &Node) -> Result<&str, ImportProblem> {
    node.outputs.first().map(String::as_str).ok_or_else(|| node.refused("it has no output"))
}

fn identity() -> NonlinearityRecord {
    to_nonlinearity(&Activation::identity().into())
}

/// Whether σ(x) ≤ σ(y) for x ≤ y: every function with a name does, and one by its pieces if no slope has a sign.
fn never_falls(sigma: &NonlinearityRecord) -> bool {
    match sigma {
        NonlinearityRecord::Smooth(_) => true,
        NonlinearityRecord::PiecewiseLinear(pieces) => {
            pieces.slopes.iter().all(|slope| !slope.as_str().starts_with('-'))
        }
    }
}
