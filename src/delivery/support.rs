//! Until when the system and the programs of a bundle get updates.

use crate::components::{Download, Resources};
use crate::delivery::plan_tables::Row;
use crate::facts::upstream::UPSTREAM;
use crate::host::SharedConfig;
use crate::plan::Plan;
use crate::values::{Date, FromText as _, Version};

/// The programs whose end of support is known, each with its component.
pub fn programs(plan: &Plan) -> impl Iterator<Item = (&'static str, String, Date)> {
    let downloads = plan.resources.iter().flat_map(|(component, Resources { downloads, .. })| {
        downloads.iter().map(move |download| (*component, download))
    });
    downloads.filter_map(|(component, Download { name, version, .. })| {
        let version = version.as_deref()?;
        let support = UPSTREAM.support(name, &Version::parse(version).ok()?)?;
        Some((component, format!("{name} {version}"), support.until))
    })
}

/// The rows of the table `support`: the system first.
pub fn rows(shared: &SharedConfig, plan: &Plan) -> Vec<Row<'static>> {
    let target = shared.target;
    let row = |component: &'static str, title: String, until: String, extended: String| {
        vec![component.into(), title.into(), until.into(), extended.into()]
    };
    let system = row(
        "system",
        target.title.to_owned(),
        target.end_of_life.to_string(),
        target.extended_support.to_string(),
    );
    let programs = programs(plan)
        .map(|(component, title, until)| row(component, title, until.to_string(), "-".to_owned()));
    std::iter::once(system).chain(programs).collect()
}
