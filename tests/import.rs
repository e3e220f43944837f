//! Networks and data from files.

use rug::Rational;
use std::path::Path;
use sublevel::network::{Targets, duplicate_rows, read_data, read_network};

fn digits(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits").join(name)
}

#[test]
fn the_digits_and_their_networks() {
    for (name, widths) in [
        ("wide-64", vec![64, 128, 10]),
        ("narrow-64", vec![64, 65, 10]),
        ("relu-deep-32", vec![64, 64, 64, 10]),
        ("independent-32", vec![64, 32, 16, 10]),
        ("pyramid-32", vec![64, 64, 16, 10]),
    ] {
        for end in ["a", "b"] {
            let network = read_network(&digits(&format!("{name}-{end}.safetensors"))).unwrap();
            assert_eq!(network.widths(), widths, "{name}-{end}");
        }
    }
    for samples in [32, 64, 128] {
        let data = read_data(&digits(&format!("digits-{samples}.npz"))).unwrap();
        assert_eq!(data.inputs.shape(), (samples, 64));
        assert_eq!(duplicate_rows(&data.inputs), None);
        let sixteenths = data.inputs.iter().all(|entry| (0..=16).any(|k| *entry == Rational::from((k, 16))));
        assert!(sixteenths, "pixels are 0/16 to 16/16");
        let Targets::Labels(labels) = data.targets else { panic!("labels expected") };
        assert_eq!(labels.len(), samples);
        assert!(labels.iter().all(|&label| label < 10));
    }
}
