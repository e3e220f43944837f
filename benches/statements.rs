//! Every statement that constructs something, by every kernel, on the same instance: what exact numbers cost beside floats.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use sublevel::suite::{By, Entry, STATEMENTS};

fn statements(criterion: &mut Criterion) {
    for Entry { card, kernels, .. } in STATEMENTS {
        let Ok(kernels) = kernels else { continue };
        let instance = (kernels.instance)(7).expect("an instance on which there is something to do");
        let mut group = criterion.benchmark_group(card.key);
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        for (name, by) in [("exact", By::Exact), ("113 bits", By::Multiprecision), ("f64", By::Double)] {
            // A rounded construction may break: then its time says nothing.
            if (kernels.construct)(by, &instance) {
                group.bench_function(name, |bencher| bencher.iter(|| (kernels.construct)(by, black_box(&instance))));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, statements);
criterion_main!(benches);
