//! A picture of one host: what reaches it, what runs on it, and what that connects to.
//!
//! [`Graph::new`] derives nodes and edges from the plan alone: components declare their routes, listeners, units and
//! [processes](crate::components::Process), and nothing here names one. [`compare()`] marks what differs between two
//! hosts. The graph is written as [`svg`], [`mermaid`] and [`dot`], and as the sentences of [`description`].

pub mod compare;
pub mod description;
pub mod dot;
pub mod mermaid;
mod model;
pub mod svg;

pub use compare::compare;
pub use model::{Edge, Graph, ListeningPort, Mark, Node, Place, RouteRow, SecretFile};
