//! What panelgen prints about itself: explanations and the commented panel.yaml.

mod explain;
mod init;
