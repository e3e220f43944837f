//! The program as people run it: exit codes, messages, files left behind or not, and snapshots of what it prints.

#[path = "../support/npz.rs"]
mod npz;
mod run;

mod certificates;
mod chain;
mod class_path;
mod files;
mod graph;
mod losses;
mod meant;
mod plot;
mod plot_graphs;
mod proved;
mod reading;
mod refusals;
mod regions;
mod residual;
mod skip;
mod smooth;
mod snapshots;
mod usage;
mod verify;
