//! The experiments of "On the loss landscape of a class of deep neural networks with no bad local valleys" (ICLR 2019), in
//! small: hidden units connected to the output make networks trainable that plain training leaves where they started.
//!
//! ```text
//! skip_connections            about a minute: seven layers of 100 units (Tables 1, 2), 150 of 10 (Figure 5)
//! skip_connections --quick    a few seconds: smaller networks
//! skip_connections --data D   other labelled samples (.npz, IDX, …): the first of them train, the following ones test
//! ```
//!
//! U are the weights of the hidden layers, Ψ(U) [N, M] the values on the N training samples of the M hidden units that are
//! connected to the output, V [M, m] the weights of these connections. A *plain* network connects its last hidden layer. A
//! *skip* network connects N units drawn from all hidden layers, so that M = N, as Theorem 3.4 asks. Either U and V are
//! trained together (skip-SGD), or U stays as drawn and only V is found (skip-rand): by SGD as in the paper, or solved.
//!
//! Plain f64 arithmetic: nothing here is certified. The same seed gives the same numbers on the same machine.

mod experiments;
mod network;

use clap::Parser;
use experiments::{LINEAR_EPOCHS, Model, Point, Row, depth, tables};
use network::{Activation, Descent, Network, Samples};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::path::{Path, PathBuf};
use sublevel::linalg::Double;
use sublevel::network::{Targets, read_samples};

/// All the digits that the repository carries.
const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/digits/digits-1797.npz");
/// At most so many samples are tested.
const TESTED: usize = 2000;

#[derive(Parser)]
struct Arguments {
    /// Labelled samples, the carried digits if not given; entries are divided by the largest.
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many samples train, from the first; by default 500 for the tables and 1,000 for Figure 5.
    #[arg(long)]
    samples: Option<usize>,
    /// Epochs; by default 100 for the tables and 120 for Figure 5. Where only V is trained it is ten times as many.
    #[arg(long)]
    epochs: Option<usize>,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Smaller networks, fewer samples and epochs.
    #[arg(long)]
    quick: bool,
}

/// The size of one experiment.
struct Setting {
    /// N.
    samples: usize,
    /// The widths of the hidden layers.
    hidden: Vec<usize>,
    epochs: usize,
    /// Samples of a step of SGD.
    batch: usize,
    seed: u64,
    /// How often the weights and the connected units are drawn.
    draws: u64,
}

/// Disjoint samples of `classes` classes.
struct Data {
    train: Samples,
    test: Samples,
    classes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let setting = arguments.table_setting();
    let data = arguments.read(&setting)?;
    print_rows(&setting, &data, &tables(&data, &setting));
    let setting = arguments.depth_setting();
    let data = arguments.read(&setting)?;
    print_curves(&setting, &data, &depth(&data, &setting));
    Ok(())
}

impl Arguments {
    /// The sizes for Tables 1 and 2.
    fn table_setting(&self) -> Setting {
        let seed = self.seed;
        self.or(match self.quick {
            true => Setting { samples: 100, hidden: vec![40; 7], epochs: 100, batch: 20, seed, draws: 1 },
            false => Setting { samples: 500, hidden: vec![100; 7], epochs: 100, batch: 100, seed, draws: 3 },
        })
    }

    /// The sizes for Figure 5.
    fn depth_setting(&self) -> Setting {
        let seed = self.seed;
        self.or(match self.quick {
            true => Setting { samples: 100, hidden: vec![10; 40], epochs: 60, batch: 20, seed, draws: 1 },
            false => Setting { samples: 1000, hidden: vec![10; 150], epochs: 120, batch: 100, seed, draws: 1 },
        })
    }

    /// With what the user asks for instead.
    fn or(&self, setting: Setting) -> Setting {
        Setting {
            samples: self.samples.unwrap_or(setting.samples),
            epochs: self.epochs.unwrap_or(setting.epochs),
            ..setting
        }
    }

    /// The first samples train, the following ones test.
    fn read(&self, setting: &Setting) -> Result<Data, Box<dyn Error>> {
        let (samples, units) = (setting.samples, setting.hidden.iter().sum::<usize>());
        let set = read_samples(self.data.as_deref().unwrap_or(Path::new(DIGITS)), samples + TESTED)?;
        let inputs = set.inputs.import(&Double).rows(0..set.samples());
        let Targets::Labels(labels) = set.targets else { return Err("the data have no labels".into()) };
        if samples == 0 || samples >= labels.len() {
            return Err(format!("of {} samples {samples} cannot train and others test", labels.len()).into());
        }
        if samples > units {
            return Err(format!("{samples} samples ask for as many hidden units; there are {units}").into());
        }
        let largest = inputs.amax();
        let part = |first: usize, end: usize| Samples {
            inputs: inputs.rows(first, end - first) / largest,
            labels: labels[first..end].to_vec(),
        };
        let classes = labels.iter().max().map_or(0, |label| label + 1);
        Ok(Data { train: part(0, samples), test: part(samples, labels.len()), classes })
    }
}

impl Setting {
    /// A network of this size with random weights.
    fn network(&self, data: &Data, activation: Activation, skip: bool, random: &mut ChaCha8Rng) -> Network {
        let widths: Vec<usize> = [data.train.inputs.ncols()].iter().chain(&self.hidden).copied().collect();
        Network::draw(random, activation, &widths, data.classes, skip.then_some(self.samples))
    }

    /// SGD at this rate.
    fn descent(&self, rate: f64, falls: bool) -> Descent {
        Descent { epochs: self.epochs, batch: self.batch, rate, falls }
    }

    fn describe(&self, data: &Data) -> String {
        let Setting { samples, hidden, epochs, .. } = self;
        let (entries, layers, width) = (data.train.inputs.ncols(), hidden.len(), hidden[0]);
        format!("{samples} samples of {entries} numbers, {layers} hidden layers of {width} units, {epochs} epochs")
    }
}

/// Mean and standard deviation (of these numbers, divided by n) in per cent.
fn percent(shares: &[f64]) -> String {
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / n;
    match shares.len() {
        1 => format!("{:.1}", 100.0 * mean),
        _ => format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * variance.sqrt()),
    }
}

/// What the paper prints: train and test accuracy of VGG16 on CIFAR-10 (Table 2), test accuracy of CNN13 on MNIST (Table 1).
fn printed(activation: Activation, model: Model) -> [&'static str; 3] {
    match (activation, model) {
        (Activation::Sigmoid, Model::Plain) => ["10", "10", "11.35"],
        (Activation::Sigmoid, Model::Skip) => ["100", "70.61 ± 0.36", "98.40 ± 0.07"],
        (Activation::Sigmoid, Model::Random) => ["100", "61.57 ± 0.41", ""],
        (Activation::Softplus, Model::Plain) => ["100", "81.33", "99.20"],
        (Activation::Softplus, Model::Skip) => ["100", "81.91 ± 0.24", "99.14 ± 0.04"],
        (Activation::Softplus, Model::Random) => ["100", "61.46 ± 0.34", ""],
        (_, Model::Solved) => [""; 3],
    }
}

fn print_rows(setting: &Setting, data: &Data, rows: &[Row]) {
    println!("Tables 1 and 2, accuracies in per cent");
    println!("Here:      {};", setting.describe(data));
    let epochs = setting.epochs * LINEAR_EPOCHS;
    println!(
        "           {epochs} epochs if only V is trained; draws of U and of the connected units: {}",
        setting.draws
    );
    println!(
        "The paper: VGG16 on CIFAR-10, 50,000 samples of 3,072 numbers; CNN13 on MNIST, 55,000 samples of 784 numbers;"
    );
    println!("           convolutions, 179,840 hidden units in CNN13; 300 to 5,000 epochs, 8 draws\n");
    println!("{:<36} {:<22} | VGG16", "", "Here");
    print_row(["", "", "rate", "train", "test", "train", "test", "CNN13 test", ""]);
    for row in rows {
        let [train, test, other] = printed(row.activation, row.model);
        let rate = row.rate.map_or(String::new(), |rate| rate.to_string());
        let (here, there) = (percent(&row.train), percent(&row.test));
        let condition = row.condition.map_or(String::new(), |condition| format!("condition of Ψ(U) {condition:.0e}"));
        print_row([row.activation.name(), row.model.name(), &rate, &here, &there, train, test, other, &condition]);
    }
}

fn print_row([activation, model, rate, train, test, vgg_train, vgg_test, cnn_test, note]: [&str; 9]) {
    let here = format!("{activation:<9} {model:<17} {rate:>5} {train:>12} {test:>12}");
    println!("{}", format!("{here} | {vgg_train:>5} {vgg_test:>12} {cnn_test:>12} {note}").trim_end());
}

fn print_curves(setting: &Setting, data: &Data, [plain, skip]: &[(f64, Vec<Point>); 2]) {
    println!("\nFigure 5, training loss and error with softplus");
    println!("Here:      {}", setting.describe(data));
    println!(
        "The paper: 1,000 samples of CIFAR-10, 150 hidden layers of 10 units; the plain network does not converge in"
    );
    println!("           1,000 epochs, the skip network has no training error within 200\n");
    println!("        plain, rate {:<7}  skip, rate {}", plain.0, skip.0);
    println!("epoch       loss    error       loss    error");
    for (a, b) in plain.1.iter().zip(&skip.1) {
        let columns = |point: &Point| format!("{:>8.4}  {:>6.1}%", point.loss, 100.0 * point.error);
        println!("{:>5}   {}   {}", a.epoch, columns(a), columns(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `skip_connections --quick` and further arguments.
    fn quick(more: &[&str]) -> Arguments {
        Arguments::parse_from(["skip_connections", "--quick"].iter().chain(more))
    }

    fn rows(arguments: &Arguments) -> Vec<Row> {
        let setting = arguments.table_setting();
        tables(&arguments.read(&setting).unwrap(), &setting)
    }

    fn curves(arguments: &Arguments) -> [(f64, Vec<Point>); 2] {
        let setting = arguments.depth_setting();
        depth(&arguments.read(&setting).unwrap(), &setting)
    }

    #[test]
    fn skip_connections_train_what_plain_training_does_not() {
        let rows = rows(&quick(&[]));
        let of = |activation: Activation, model: Model| {
            let row = rows.iter().find(|row| (row.activation, row.model) == (activation, model)).unwrap();
            (row.train[0], row.test[0])
        };
        // A constant classifier: ten classes.
        let (plain_train, plain_test) = of(Activation::Sigmoid, Model::Plain);
        assert!(plain_train < 0.2 && plain_test < 0.2, "{plain_train} {plain_test}");
        // Softplus trains without skip connections too.
        assert!(of(Activation::Softplus, Model::Plain).0 > 0.95);
        for activation in [Activation::Sigmoid, Activation::Softplus] {
            let (train, test) = of(activation, Model::Skip);
            assert!(train > 0.95 && test > 0.75, "{activation:?}: {train} {test}");
            // Random features of full rank fit everything and have learnt nothing.
            let (solved_train, solved_test) = of(activation, Model::Solved);
            assert!(solved_train >= 0.99 && solved_test < 0.4, "{activation:?}: {solved_train} {solved_test}");
            // V found by SGD is another solution, and a better one; trained features are better still.
            let (_, random_test) = of(activation, Model::Random);
            assert!(solved_test + 0.3 < random_test && random_test < test, "{activation:?}: {random_test} {test}");
        }
    }

    #[test]
    fn skip_connections_train_deep_networks() {
        let [plain, skip] = curves(&quick(&[]));
        for (_, curve) in [&plain, &skip] {
            let epochs: Vec<usize> = curve.iter().map(|point| point.epoch).collect();
            assert_eq!(epochs, [0, 10, 20, 30, 40, 50, 60]);
        }
        let (plain, skip) = (plain.1.last().unwrap(), skip.1.last().unwrap());
        assert!(plain.error > 0.8 && plain.loss > 2.2, "{} {}", plain.error, plain.loss);
        assert!(skip.error < 0.1 && skip.loss < 0.2, "{} {}", skip.error, skip.loss);
    }

    /// Every digit of the loss, whatever the threads do.
    #[test]
    fn the_seed_decides() {
        let losses = |seed| {
            let [plain, skip] = curves(&quick(&["--epochs", "3", "--seed", seed]));
            [plain, skip].map(|(_, curve)| curve.last().unwrap().loss.to_bits())
        };
        assert_eq!(losses("5"), losses("5"));
        assert_ne!(losses("5"), losses("6"));
    }

    #[test]
    fn the_other_files_of_digits_are_the_first_of_all() {
        let few = Path::new(DIGITS).with_file_name("digits-128.npz");
        let [few, all] = [&few, Path::new(DIGITS)].map(|path| read_samples(path, 128).unwrap());
        assert_eq!(few, all);
    }

    #[test]
    fn impossible_numbers_of_samples_are_refused() {
        let refusal = |samples: &str| {
            let arguments = quick(&["--samples", samples]);
            arguments.read(&arguments.table_setting()).err().map(|error| error.to_string())
        };
        assert_eq!(refusal("0").unwrap(), "of 1797 samples 0 cannot train and others test");
        assert_eq!(refusal("1797").unwrap(), "of 1797 samples 1797 cannot train and others test");
        assert_eq!(refusal("281").unwrap(), "281 samples ask for as many hidden units; there are 280");
        assert_eq!(refusal("280"), None);
    }
}
