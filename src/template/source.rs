//! The table of templates: every file under `templates/`, compiled in.

/// Names the files under `templates/` without their `.j2` and embeds each.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name, ".j2")))),*]
    };
}

/// Path on the host (or in the bundle) without a leading `/`, and the template's text. One line a file,
/// sorted; a test compares it with the files on disk.
#[rustfmt::skip]
pub(super) const SOURCES: &[(&str, &str)] = sources![
];
