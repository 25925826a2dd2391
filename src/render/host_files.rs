//! The files of a host: those that are the same on every host of a plan, and those that each has of its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;
use minijinja::Value;

use crate::bundle::manifest;
use crate::bundle::{Bundle, Entry, HostFileMeta};
use crate::cache::LruCache;
use crate::components::file_spec::{FileContent, FileSpec};
use crate::host::Host;
use crate::plan::Plan;
use crate::template;

/// So many names, of 253 letters at most, are far from the longest line of any grammar (1 MiB in a unit).
pub(super) const MAX_FAST_PATH_DOMAINS: usize = 1_000;

/// The files of the host.
pub(super) struct HostFiles {
    plan: Arc<Plan>,
    /// What is the same on every host, and stand-ins for the rest.
    pub(super) bundle: Bundle,
    /// The rest.
    own: Vec<PerHostFile>,
    /// Whether the own texts of a host with few names were written once.
    proven: Cell<bool>,
}

/// A file that each host has of its own.
struct PerHostFile {
    /// Its number in the bundle.
    at: usize,
    /// Which offer it is of, and its number there.
    spec: (usize, usize),
}

/// What each template came to last, as a file: models differ in a few of them.
type Templates = BTreeMap<&'static str, LruCache<Value, Entry>>;

thread_local! {
    static TEMPLATES: RefCell<Templates> = RefCell::default();
    static HOSTS: RefCell<LruCache<Arc<Plan>, Rc<HostFiles>>> = RefCell::default();
}

/// The text of a file; none for a directory.
pub fn text(spec: &FileSpec, host: &Host) -> Result<Option<String>, template::Error> {
    Ok(match &*spec.content_for(host) {
        FileContent::Directory => None,
        FileContent::Text(text) => Some(text.clone()),
        FileContent::Template { name, context } => Some(template::render(name, context.clone())?.text),
    })
}

/// What a template comes to with values that are the same on every host of a model.
fn same(
    name: &'static str,
    context: &Value,
    file: impl Fn(String) -> Entry,
) -> Result<Entry, template::Error> {
    TEMPLATES.with_borrow_mut(|templates| {
        let latest = templates.entry(name).or_default();
        if let Some(entry) = latest.get(|known| known == context) {
            return Ok(entry);
        }
        // Of most there is one model: a template that is asked for once is not kept.
        let render = if latest.is_empty() { template::render_once } else { template::render };
        let entry = file(render(name, context.clone())?.text);
        latest.keep(context.clone(), entry.clone());
        Ok(entry)
    })
}

impl HostFiles {
    /// The files of every host of a plan. Fails where one cannot be written.
    pub(super) fn cached(plan: &Arc<Plan>) -> Result<Rc<Self>, template::Error> {
        HOSTS.with_borrow_mut(|latest| latest.try_of(plan, || Self::build(plan).map(Rc::new)))
    }

    fn build(plan: &Arc<Plan>) -> Result<Self, template::Error> {
        let mut bundle = Bundle::default();
        let mut own = Vec::new();
        let path = |spec: &FileSpec| Utf8PathBuf::from(format!("{}{}", manifest::ROOT_DIR, spec.path));
        for spec in plan.files() {
            let meta = HostFileMeta {
                component: spec.component,
                on_change: spec.on_change.clone(),
                secret: spec.secret,
            };
            let (mode, owner) = (spec.mode, spec.owner.clone());
            let file = |text: String, meta| Entry::file(text.into_bytes(), mode, owner.clone(), Some(meta));
            let entry = match (&spec.content, spec.per_host) {
                (_, Some(_)) => file(format!("{} of a host", spec.path), meta),
                (FileContent::Directory, None) => Entry::directory(mode, owner, Some(meta)),
                (FileContent::Text(text), None) => file(text.clone(), meta),
                (FileContent::Template { name, context }, None) => {
                    same(name, context, |text| file(text, meta.clone()))?.with_meta(mode, owner.clone(), meta)
                }
            };
            bundle.insert(path(spec), entry);
        }
        for (resources, (_, of)) in plan.resources.iter().enumerate() {
            for (number, spec) in of.files.iter().enumerate().filter(|(_, one)| one.per_host.is_some()) {
                let at = bundle.number(&path(spec)).expect("every artifact was put into the bundle");
                own.push(PerHostFile { at, spec: (resources, number) });
            }
        }
        own.sort_by_key(|own| own.at);
        Ok(Self { plan: Arc::clone(plan), bundle, own, proven: Cell::new(false) })
    }

    /// Fails where a host's own texts cannot be written. No name ever keeps one from that, only very many can, so what holds
    /// for one host of a model with few names holds for all of them.
    pub(super) fn check_encodable(&self, host: &Host) -> Result<(), template::Error> {
        let few = host.domains.len() <= MAX_FAST_PATH_DOMAINS;
        if !few || !self.proven.get() {
            self.texts(host)?;
            self.proven.set(few || self.proven.get());
        }
        Ok(())
    }

    /// The numbers of the files that each host has of its own.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.own.iter().map(|own| own.at)
    }

    /// The texts that one host has of its own, in the order of their paths.
    fn texts(&self, host: &Host) -> Result<Vec<String>, template::Error> {
        let text = |own: &PerHostFile| {
            let spec = &self.plan.resources[own.spec.0].1.files[own.spec.1];
            Ok(text(spec, host)?.unwrap_or_default())
        };
        self.own.iter().map(text).collect()
    }

    /// The files that one host has of its own, in the order of their paths.
    pub(super) fn per_host_entries(&self, host: &Host) -> Result<Vec<Entry>, template::Error> {
        let files = self.own.iter().zip(self.texts(host)?);
        Ok(files.map(|(own, text)| self.bundle.entry(own.at).with_content(text.into())).collect())
    }
}
