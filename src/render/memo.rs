//! The last texts of each template: most files are the same on every host of a fleet, and are rendered once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use minijinja::Value;

use crate::template::{self, Error};

/// How many texts of one template are kept: a fleet has a few kinds of hosts, in any order.
const KEPT: usize = 4;

/// What a template came to, latest first.
type Texts = Vec<(Value, String)>;

thread_local! {
    static LATEST: RefCell<BTreeMap<&'static str, Texts>> = const { RefCell::new(BTreeMap::new()) };
}

/// The text of a template. A template is a function of its context, so the text of an equal one is the same.
pub(super) fn text(name: &'static str, context: &Value) -> Result<String, Error> {
    LATEST.with_borrow_mut(|latest| {
        let texts = latest.entry(name).or_default();
        if let Some(at) = texts.iter().position(|(known, _)| known == context) {
            texts[..=at].rotate_right(1);
        } else {
            let text = template::render(name, context.clone())?.text;
            texts.truncate(KEPT - 1);
            texts.insert(0, (context.clone(), text));
        }
        Ok(texts[0].1.clone())
    })
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
