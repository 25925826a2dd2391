//! The last texts of each template.

use std::cell::RefCell;
use std::collections::BTreeMap;

use minijinja::Value;

use crate::memo::Latest;
use crate::template::{self, Error};

thread_local! {
    static LATEST: RefCell<BTreeMap<&'static str, Latest<Value, String>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The text of a template. A template is a function of its context, so the text of an equal one is the same.
pub(super) fn text(name: &'static str, context: &Value) -> Result<String, Error> {
    let make = || template::render(name, context.clone()).map(|rendered| rendered.text);
    LATEST.with_borrow_mut(|latest| latest.entry(name).or_default().try_of(context, make))
}

#[cfg(test)]
mod tests {
    use crate::params::Params;
    use crate::report::Report;

    #[test]
    fn what_was_rendered_before_changes_nothing() {
        let bundle = |domain: &str| {
            let mut params = Params::default();
            params.lay_flags("domain", "-d", &[domain.to_owned()]);
            crate::render::bundle(&params, None, &mut Report::default()).unwrap()
        };
        let names: Vec<String> = (0..7).map(|number| format!("h{number}.example.org")).collect();
        let alone = |name: &String| std::thread::scope(|scope| scope.spawn(|| bundle(name)).join().unwrap());
        let first: Vec<_> = names.iter().map(alone).collect();
        for _ in 0..2 {
            assert!(names.iter().map(|name| bundle(name)).eq(first.iter().cloned()));
        }
    }
}
