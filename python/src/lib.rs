//! The compiled half of the Python package: arrays in, results out. All mathematics is the library's; the Python half reads
//! models and draws pictures.

mod activation;
mod certificate;
mod error;
mod inputs;
mod network;
mod parameters;
mod path;
mod setting;
mod work;

use pyo3::prelude::*;

#[pymodule]
fn _sublevel(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<network::Network>()?;
    module.add_class::<setting::Setting>()?;
    module.add_class::<path::Path>()?;
    for function in [
        wrap_pyfunction!(activation::canonical, module)?,
        wrap_pyfunction!(activation::assume, module)?,
        wrap_pyfunction!(certificate::check, module)?,
        wrap_pyfunction!(certificate::save, module)?,
        wrap_pyfunction!(parameters::connect, module)?,
        wrap_pyfunction!(parameters::chain, module)?,
        wrap_pyfunction!(parameters::barrier, module)?,
        wrap_pyfunction!(parameters::below, module)?,
        wrap_pyfunction!(parameters::envelope, module)?,
        wrap_pyfunction!(parameters::align, module)?,
        wrap_pyfunction!(parameters::descend, module)?,
        wrap_pyfunction!(parameters::escape, module)?,
        wrap_pyfunction!(parameters::independent, module)?,
        wrap_pyfunction!(inputs::class_path, module)?,
        wrap_pyfunction!(inputs::connected, module)?,
        wrap_pyfunction!(inputs::regions, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
