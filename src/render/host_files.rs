//! The files of a host: those shared by all hosts of a plan, and those that differ.

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

/// This many names of at most 253 characters are far below the line limit of any syntax (1 MiB in a unit).
pub(super) const MAX_FAST_PATH_DOMAINS: usize = 1_000;

/// The host files of a plan.
pub(super) struct HostFiles {
    plan: Arc<Plan>,
    /// The shared files, with placeholder content for the others.
    pub(super) bundle: Bundle,
    /// The files that differ between hosts.
    own: Vec<PerHostFile>,
    /// Whether the files of a host with few names were rendered once without an error.
    proven: Cell<bool>,
}

/// A file that differs between hosts.
struct PerHostFile {
    /// Its index in the bundle.
    at: usize,
    /// The index of its component's resources, and its index there.
    spec: (usize, usize),
}

/// The last rendered files of each template. Configurations differ in few of them.
type Templates = BTreeMap<&'static str, LruCache<Value, Entry>>;

thread_local! {
    static TEMPLATES: RefCell<Templates> = RefCell::default();
    static HOSTS: RefCell<LruCache<Arc<Plan>, Rc<HostFiles>>> = RefCell::default();
}

/// The text of a file, or `None` for a directory.
pub fn text(spec: &FileSpec, host: &Host) -> Result<Option<String>, template::Error> {
    Ok(match &*spec.content_for(host) {
        FileContent::Directory => None,
        FileContent::Text(text) => Some(text.clone()),
        FileContent::Template { name, context } => Some(template::render(name, context.clone())?.text),
    })
}

/// Renders a template with values that are shared between hosts, and caches the file.
fn render_shared(
    name: &'static str,
    context: &Value,
    file: impl Fn(String) -> Entry,
) -> Result<Entry, template::Error> {
    TEMPLATES.with_borrow_mut(|templates| {
        let cache = templates.entry(name).or_default();
        if let Some(entry) = cache.get(|known| known == context) {
            return Ok(entry);
        }
        // Most templates have only one context, so a template that is rendered once is not kept.
        let render = if cache.is_empty() { template::render_once } else { template::render };
        let entry = file(render(name, context.clone())?.text);
        cache.insert(context.clone(), entry.clone());
        Ok(entry)
    })
}

impl HostFiles {
    /// The files for all hosts of a plan. Fails if one cannot be written.
    pub(super) fn cached(plan: &Arc<Plan>) -> Result<Rc<Self>, template::Error> {
        HOSTS.with_borrow_mut(|cache| cache.get_or_try_insert(plan, || Self::build(plan).map(Rc::new)))
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
                    render_shared(name, context, |text| file(text, meta.clone()))?.with_meta(
                        mode,
                        owner.clone(),
                        meta,
                    )
                }
            };
            bundle.insert(path(spec), entry);
        }
        for (resources, (_, of)) in plan.resources.iter().enumerate() {
            for (number, spec) in of.files.iter().enumerate().filter(|(_, one)| one.per_host.is_some()) {
                let at = bundle.number(&path(spec)).expect("every file was inserted into the bundle");
                own.push(PerHostFile { at, spec: (resources, number) });
            }
        }
        own.sort_by_key(|own| own.at);
        Ok(Self { plan: Arc::clone(plan), bundle, own, proven: Cell::new(false) })
    }

    /// Fails if the files of this host cannot be written. Only very many names can cause that, so for hosts
    /// with few names it is checked once per plan.
    pub(super) fn check_encodable(&self, host: &Host) -> Result<(), template::Error> {
        let few = host.domains.len() <= MAX_FAST_PATH_DOMAINS;
        if !few || !self.proven.get() {
            self.texts(host)?;
            self.proven.set(few || self.proven.get());
        }
        Ok(())
    }

    /// The indexes of the files that differ between hosts.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.own.iter().map(|own| own.at)
    }

    /// The texts of the files that differ, for one host, in path order.
    fn texts(&self, host: &Host) -> Result<Vec<String>, template::Error> {
        let text = |own: &PerHostFile| {
            let spec = &self.plan.resources[own.spec.0].1.files[own.spec.1];
            Ok(text(spec, host)?.unwrap_or_default())
        };
        self.own.iter().map(text).collect()
    }

    /// The files that differ, for one host, in path order.
    pub(super) fn per_host_entries(&self, host: &Host) -> Result<Vec<Entry>, template::Error> {
        let files = self.own.iter().zip(self.texts(host)?);
        Ok(files.map(|(own, text)| self.bundle.entry(own.at).with_content(text.into())).collect())
    }
}
