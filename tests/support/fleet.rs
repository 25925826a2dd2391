//! Fleets to render.

/// A fleet of `count` hosts that differ in more than their names.
pub(crate) fn fleet(count: usize) -> String {
    let panels = ["faasd", "none"];
    let targets = ["debian-12", "ubuntu-24.04", "rhel-9"];
    let host = |number: usize| {
        format!(
            "  - domain: h{number}.example.org\n    panel: {}\n    target: {}\n    labels: {{region: r{}}}\n",
            panels[number % 2],
            targets[number % 3],
            number % 4
        )
    };
    format!("defaults:\n  mail: ops@corp.org\nhosts:\n{}", (0..count).map(host).collect::<String>())
}
