//! Node.js as the second engine: for Actions that need what the embedded one lacks.

mod settings;

pub use settings::{NodeProcess, NodeSettings, WithoutLandlock};
