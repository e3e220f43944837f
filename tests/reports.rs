//! Files as people have them, each with what has to come out: the number that PyTorch or NumPy gives for the network that was
//! meant, or a refusal that says what to do. The rows are those of `tests/data/reports/README.md`.

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// What a run left.
struct Run {
    code: i32,
    json: Value,
    err: String,
}

/// Runs the program where the files are.
fn run(arguments: &str) -> Run {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
    let arguments = arguments.split_whitespace().chain(["--json"]);
    let output = Command::new(env!("CARGO_BIN_EXE_sublevel")).args(arguments).current_dir(folder).output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    Run { code: output.status.code().unwrap(), json, err: String::from_utf8(output.stderr).unwrap() }
}

fn barrier(arguments: &str) -> Run {
    run(&format!("barrier {arguments} --activation relu"))
}

impl Run {
    /// The certified maximum is this number, found by others at many points; up to what lies between their points.
    fn has_maximum(&self, expected: f64) -> &Self {
        assert_eq!(self.code, 0, "{} {}", self.json, self.err);
        let [low, high] = [0, 1].map(|i| self.json["maximum"][i].as_f64().unwrap());
        assert!(low - 2e-6 <= expected && expected <= high + 1e-6, "{expected} is not in [{low}, {high}]");
        self
    }

    /// Exactly these warnings, by their codes.
    fn warns(&self, codes: &[&str]) -> &Self {
        let found: Vec<&str> =
            self.json["read"]["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{}", self.json["read"]["warnings"]);
        self
    }

    /// Bad input, with all of these words.
    fn is_refused(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{}", self.json);
        let message = self.json["error"]["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "expected `{word}` in: {message}");
        }
    }

    /// The weights of the first network in the order in which they are used, and how they are stored.
    fn layers(&self) -> Vec<(&str, &str)> {
        let layers = self.json["read"]["networks"][0]["layers"].as_array().unwrap();
        layers.iter().map(|layer| (layer["weight"].as_str().unwrap(), layer["stored"].as_str().unwrap())).collect()
    }

    fn ignored(&self) -> Vec<&str> {
        let ignored = self.json["read"]["networks"][0]["ignored"].as_array().unwrap();
        ignored.iter().map(|ignored| ignored["array"].as_str().unwrap()).collect()
    }
}

/// What `plain-a` and `plain-b` have with `d24.npz`.
const PLAIN: f64 = 0.147009;

#[test]
fn row_1_layers_whose_names_say_no_order() {
    let files = "order-a.safetensors order-b.safetensors --data d24.npz";
    let orders = ["--layers input,hidden,output (64-64-64-10)", "--layers hidden,input,output (64-64-64-10)"];
    barrier(files).is_refused(&orders);
    let run = barrier(&format!("{files} --layers input,hidden,output"));
    run.has_maximum(0.3822887).warns(&[]);
    let stored = |name| (name, "out-in");
    assert_eq!(run.layers(), [stored("input.weight"), stored("hidden.weight"), stored("output.weight")]);
    // The other order is a network as well, and its ends say that it is not the one that was trained.
    let run = barrier(&format!("{files} --layers hidden,input,output"));
    run.has_maximum(4.586369).warns(&["no-better-than-chance"; 2]);
}

#[test]
fn row_2_an_autoencoder() {
    let files = "ae-a.safetensors ae-b.safetensors --data ae-d.npz";
    let orders = ["--layers encoder,decoder (64-32-64)", "--layers decoder,encoder (32-64-32)"];
    barrier(files).is_refused(&orders);
    barrier(&format!("{files} --layers encoder,decoder")).has_maximum(67.375996).warns(&[]);
}

#[test]
fn row_3_matrices_that_are_stored_inputs_first() {
    for (files, layers) in [
        ("conv1d-a.safetensors conv1d-b.safetensors", ["0.weight", "2.weight"]),
        ("flax-a.npz flax-b.npz", ["params/Dense_0/kernel", "params/Dense_1/kernel"]),
        ("keras-a.npz keras-b.npz", ["arr_0", "arr_2"]),
    ] {
        let run = barrier(&format!("{files} --data d24.npz"));
        run.has_maximum(PLAIN).warns(&[]);
        assert_eq!(run.layers(), layers.map(|layer| (layer, "in-out")));
    }
    let square = |name: &str, layout: &str| {
        barrier(&format!("{name}-a.safetensors {name}-b.safetensors --data sq.npz {layout}"))
    };
    square("sq", "").has_maximum(0.744581).warns(&["layout-undetermined"]);
    square("sq", "--layout out-in").has_maximum(0.744581).warns(&[]);
    square("sqT", "--layout in-out").has_maximum(0.744581).warns(&[]);
    let wrong = ["layout-undetermined", "no-better-than-chance", "no-better-than-chance"];
    square("sqT", "").has_maximum(5.730958).warns(&wrong);
}

#[test]
fn row_4_pixels_that_nobody_scaled() {
    let pixels = |data: &str| barrier(&format!("pixels-a.safetensors pixels-b.safetensors --data {data}"));
    pixels("pixels-normalised.npz").has_maximum(0.052898).warns(&[]);
    let raw = pixels("pixels-raw.npz");
    raw.warns(&["integers-not-scaled"]);
    assert_eq!(raw.json["read"]["data"]["range"], serde_json::json!([0.0, 255.0]));
    assert_eq!(raw.json["read"]["data"]["shape"], serde_json::json!([24, 1, 8, 8]));
    let scaled = pixels("pixels-raw.npz --scale 1/255 --mean 0.3081 --std 0.3612");
    scaled.has_maximum(0.052898).warns(&[]);
    assert_eq!(scaled.json["read"]["data"]["scaled"], "times 1/255, minus mean 0.3081, divided by std 0.3612");
}

#[test]
fn row_6_an_averaged_network_with_its_counter() {
    let run = barrier("swa-a.safetensors swa-b.safetensors --data d24.npz");
    run.has_maximum(PLAIN).warns(&[]);
    assert_eq!(run.ignored(), ["n_averaged"]);
}

#[test]
fn row_10_a_curve_in_one_file() {
    barrier("curve.safetensors --data d24.npz --curve bezier").has_maximum(0.001455).warns(&[]);
    barrier("curve.safetensors --data d24.npz --curve chain").has_maximum(0.001224).warns(&[]);
    barrier("curve.safetensors plain-b.safetensors --data d24.npz").is_refused(&[
        "3 points of a curve",
        "`net.0.bias_0`",
        "--curve bezier",
        "--curve-point K",
    ]);
    let ends = barrier("curve.safetensors curve.safetensors --data d24.npz --curve-point 0,2");
    ends.has_maximum(PLAIN);
    barrier("curve.safetensors curve.safetensors --data d24.npz --curve-point 3").is_refused(&["points 0 to 2"]);
    // A point beside a file that holds no curve.
    barrier("curve.safetensors plain-b.safetensors --data d24.npz --curve-point 0,").has_maximum(PLAIN);
    barrier("plain-a.safetensors --data d24.npz --curve chain").is_refused(&["holds no curve"]);
}

#[test]
fn row_11_normalisations() {
    let both = |name: &str, options: &str| barrier(&format!("{name} {name} --data d24.npz {options}"));
    both("bn-a.safetensors", "").is_refused(&["`net.1` is a BatchNorm layer", "--fold-batch-norm before-activation"]);
    // The losses by NumPy in double.
    let before = both("bn-a.safetensors", "--fold-batch-norm before-activation");
    before.has_maximum(0.0014913432831).warns(&[]);
    assert_eq!(before.ignored(), ["net.1.num_batches_tracked"]);
    both("bn-a.safetensors", "--fold-batch-norm after-activation").has_maximum(0.0110385029693);
    both("ln-a.safetensors", "").is_refused(&["`net.1` is a LayerNorm"]);
}

#[test]
fn row_12_an_optimizer_and_an_averaged_copy_beside_the_network() {
    let with = |name: &str, options: &str| barrier(&format!("{name} plain-b.safetensors --data d24.npz {options}"));
    let run = with("optim-a.safetensors", "");
    run.has_maximum(PLAIN).warns(&[]);
    let moments = [0, 1, 2, 3].map(|i| format!("optimizer.state.{i}.exp_avg"));
    assert_eq!(run.ignored(), [&["global_step".to_owned()][..], &moments].concat());
    with("ema-a.safetensors", "").is_refused(&["2 networks", "--prefix ema.", "--layers 0,2"]);
    // The averaged copy is a network of its own.
    with("ema-a.safetensors", "--prefix ema.,").has_maximum(0.724177);
    with("ema-a.safetensors", "--layers 0,2").has_maximum(PLAIN).warns(&["parameters-left-out"]);
    with("ema-a.safetensors", "--prefix swa.").is_refused(&["no array begins with `swa.`", "`ema.0.bias`"]);
}

#[test]
fn row_13_labels_of_every_kind() {
    let with = |data: &str| barrier(&format!("plain-a.safetensors plain-b.safetensors --data {data}"));
    with("lab-onehot.npz").has_maximum(PLAIN).warns(&[]);
    with("lab-f32.npz").has_maximum(PLAIN).warns(&[]);
    with("lab-onehot-t.npz --labels-key targets").has_maximum(PLAIN).warns(&[]);
    let square = ["one-hot-targets", "no-better-than-chance", "no-better-than-chance"];
    with("lab-onehot-t.npz --loss square").warns(&square);
    with("lab-obj.npz").is_refused(&["`labels`", "Python objects", ".astype(\"int64\")"]);
}

#[test]
fn row_14_arrays_of_other_names() {
    let with = |data: &str| barrier(&format!("plain-a.safetensors plain-b.safetensors --data {data}"));
    let run = with("k-xtrain.npz");
    run.has_maximum(PLAIN).warns(&[]);
    assert_eq!(run.json["read"]["data"]["inputs"], "x_train");
    assert_eq!(run.json["read"]["data"]["targets"], "y_train");
    let left: Vec<&Value> =
        run.json["read"]["data"]["ignored"].as_array().unwrap().iter().map(|array| &array["array"]).collect();
    assert_eq!(left, ["x_test", "y_test"]);
    with("k-datatarget.npz").has_maximum(PLAIN);
    with("k-xtrain.npz --inputs-key x_test --labels-key y_test").has_maximum(PLAIN);
    with("k-xtrain.npz --inputs-key x_valid").is_refused(&["`x_valid` is missing", "`x_train`"]);
}

#[test]
fn row_15_a_network_in_parts() {
    let with = |name: &str| barrier(&format!("{name} plain-b.safetensors --data d24.npz"));
    with("sharded").has_maximum(PLAIN);
    with("sharded/model.safetensors.index.json").has_maximum(PLAIN);
    with("sharded/model-00001-of-00002.safetensors")
        .is_refused(&["one of several parts", "model.safetensors.index.json"]);
}

#[test]
fn rows_20_and_21_scikit_learn_pruning_and_weight_norm() {
    let with = |name: &str| barrier(&format!("{name} plain-b.safetensors --data d24.npz"));
    let run = with("sk-a.npz");
    run.has_maximum(PLAIN).warns(&[]);
    assert_eq!(run.layers(), [("coefs_0", "in-out"), ("coefs_1", "in-out")]);
    // orig × mask by NumPy, the largest loss at 4,001 points.
    let run = with("prune-a.safetensors");
    run.has_maximum(2.250984).warns(&[]);
    assert_eq!(run.json["read"]["networks"][0]["layers"][0]["masks"], serde_json::json!(["0.weight_mask"]));
    with("wnorm-a.safetensors").is_refused(&["weight_norm", "irrational", "remove_weight_norm"]);
}

#[test]
fn row_22_targets_without_a_second_dimension() {
    for data in ["reg-2d.npz", "reg-1d.npz"] {
        let run = barrier(&format!("reg-a.safetensors reg-b.safetensors --data {data} --loss square"));
        run.has_maximum(11.669659).warns(&[]);
    }
    let run = barrier("reg-a.safetensors reg-b.safetensors --data reg-1d.npz --loss square");
    assert_eq!(run.json["read"]["data"]["kind"], "targets `targets`, 1 a sample, (40) taken as (40, 1)");
}

#[test]
fn row_23_a_checkpoint_of_pytorch() {
    let run = barrier("ckpt-a.pt plain-b.safetensors --data d24.npz");
    run.has_maximum(PLAIN).warns(&[]);
    assert_eq!(run.layers(), [("state_dict.0.weight", "out-in"), ("state_dict.2.weight", "out-in")]);
}

#[test]
fn an_adversary_puts_the_decoder_first() {
    let files = "../adversary/encoder-decoder.safetensors ../adversary/encoder-decoder.safetensors \
                 --data ../adversary/encoder-decoder.npz";
    barrier(files).is_refused(&["--layers encoder,decoder", "--layers decoder,encoder"]);
    barrier(&format!("{files} --layers encoder,decoder")).has_maximum(0.0);
    barrier(&format!("{files} --layers decoder,encoder")).has_maximum(1.0);
}

#[test]
fn a_certificate_is_compared_with_files_that_are_read_in_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pixels.path.jsonl").display().to_string();
    let scaled = "--scale 1/16 --mean 1/2 --std 2 --samples 4";
    let files = "curve.safetensors curve.safetensors --curve-point 0,2";
    let connected = run(&format!("connect {files} --data d24.npz {scaled} --activation relu --out {path}"));
    assert_eq!(connected.code, 0, "{} {}", connected.json, connected.err);
    assert_eq!(connected.json["read"]["data"]["scaled"], "times 0.0625, minus mean 0.5, divided by std 2");
    let check = |options: &str| {
        run(&format!(
            "check {path} --from curve.safetensors --to curve.safetensors --curve-point 0,2 --data d24.npz {options}"
        ))
    };
    let checked = check(scaled);
    assert_eq!((checked.code, &checked.json["verdict"]), (0, &Value::from("valid")), "{}", checked.json);
    assert_eq!(checked.json["compared"]["inputs"], "compared");
    let other = check("--scale 1/16 --samples 4");
    assert_eq!((other.code, &other.json["verdict"]), (1, &Value::from("invalid")), "{}", other.json);
}

/// Row 9: the same inputs with other labels are no obstacle, and the losses are those of all 27 samples (NumPy).
#[test]
fn row_9_the_same_input_with_other_labels() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("p.path.jsonl").display().to_string();
    for (data, losses) in [
        ("dup-contra", [2.4557327689113055, 1.9663764921339477]),
        ("dup-same", [0.0007892835097146868, 0.0010357547164413052]),
    ] {
        let common = format!("plain-a.safetensors plain-b.safetensors --data {data}.npz --activation relu");
        let connected = run(&format!("connect {common} --out {out}"));
        assert_eq!(connected.code, 0, "{}", connected.json);
        let files = format!("--from plain-a.safetensors --to plain-b.safetensors --data {data}.npz --activation relu");
        let checked = run(&format!("check {out} {files} --loss cross-entropy"));
        assert_eq!(checked.code, 0, "{}", checked.json);
        let json = &checked.json;
        assert_eq!((&json["every_convex_loss"], &json["samples"]), (&true.into(), &27.into()));
        for (end, expected) in losses.iter().enumerate() {
            let [lower, upper] = [0, 1].map(|side| json["losses"][end][side].as_f64().unwrap());
            assert!(lower <= expected + 1e-12 && expected - 1e-12 <= upper, "{lower} {expected} {upper}");
        }
    }
}
