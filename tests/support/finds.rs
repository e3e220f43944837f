//! Where random search writes down what it found: `proptest-regressions/`, one file a file of tests.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

/// This many cases; finds land in `proptest-regressions/<name>.txt` and are tried first from then on.
macro_rules! cases {
    ($target:literal, $cases:expr) => {
        $crate::support::finds::config(
            concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/", $target, ".txt"),
            $cases,
        )
    };
}

/// The configuration behind [`cases`].
pub fn config(file: &'static str, cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..ProptestConfig::default()
    }
}
