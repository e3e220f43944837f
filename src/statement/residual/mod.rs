//! Residual networks: the statements of IJCAI 2020 (Wang, Shen, Zhao, Zhang, *On the loss landscape of networks with skip
//! connections*) that hold, and better ones in the place of others.

pub mod path;
pub mod wide;
