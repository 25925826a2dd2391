//! The bundle of all hosts of a plan, without what differs between them. It is built once and rendered for
//! each host.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::host_files::HostFiles;
use super::{lock, parameters, readme};
use crate::bundle::manifest;
use crate::bundle::text_template::{HostContext, TextTemplate};
use crate::bundle::{Bundle, Entry, hex};
use crate::cache::LruCache;
use crate::components::file_spec::Owner;
use crate::delivery::ansible;
use crate::delivery::cloud_config::{self, CLOUD_CONFIG_FILE, SecretPolicy};
use crate::delivery::installer;
use crate::delivery::plan_tables;
use crate::host::{Host, SharedConfig};
use crate::plan::Plan;
use crate::template;

/// The template of a bundle.
pub(super) struct BundleTemplate {
    host: Rc<HostFiles>,
    /// The shared files and the bundle's own files. Files that differ between hosts have placeholder content.
    bundle: Bundle,
    /// The indexes of the host files that differ between hosts.
    own: Vec<usize>,
    /// The installer's data block.
    data: TextTemplate,
    /// The bundle's own files that differ between hosts, by index.
    meta_files: Vec<(usize, TextTemplate)>,
}

type BundleTemplateCache = LruCache<(Arc<SharedConfig>, Arc<Plan>, SecretPolicy), Rc<BundleTemplate>>;

thread_local! {
    static BUNDLE_TEMPLATES: RefCell<BundleTemplateCache> = RefCell::default();
}

impl BundleTemplate {
    /// The template for all hosts of a plan. Fails if a file cannot be written.
    pub(super) fn cached(
        shared: &Arc<SharedConfig>,
        plan: &Arc<Plan>,
        secrets: SecretPolicy,
    ) -> Result<Rc<Self>, template::Error> {
        let same = |(known, planned, with): &(Arc<SharedConfig>, Arc<Plan>, SecretPolicy)| {
            *with == secrets && Arc::ptr_eq(known, shared) && Arc::ptr_eq(planned, plan)
        };
        if let Some(template) = BUNDLE_TEMPLATES.with_borrow_mut(|cache| cache.get(same)) {
            return Ok(template);
        }
        let template = Rc::new(Self::build(shared, plan, secrets)?);
        let key = (Arc::clone(shared), Arc::clone(plan), secrets);
        BUNDLE_TEMPLATES.with_borrow_mut(|cache| cache.insert(key, Rc::clone(&template)));
        Ok(template)
    }

    fn build(
        shared: &SharedConfig,
        plan: &Arc<Plan>,
        secrets: SecretPolicy,
    ) -> Result<Self, template::Error> {
        let host = HostFiles::cached(plan)?;
        let files = &host.bundle;
        let own: Vec<usize> = host.numbers().collect();
        let tables = plan_tables::tables(shared, plan, files, &own);
        let mut bundle = files.clone();
        let file = |content: String, mode| Entry::file(content.into_bytes(), mode, Owner::root(), None);
        // User-data that contains the password is closed to others like the password.
        let closed = bundle.has_secret() && secrets == SecretPolicy::Include;
        let templates = [
            ("panel.sh", 0o755, installer::draft(shared, plan)),
            (
                CLOUD_CONFIG_FILE,
                if closed { 0o600 } else { 0o644 },
                cloud_config::draft(shared, plan, files, &own, secrets),
            ),
            ("README.md", 0o644, readme::template(shared, plan)),
            (parameters::PARAMETERS_FILE, 0o644, parameters::template(shared)),
            ("ansible/inventory.ini", 0o644, ansible::inventory()),
            ("ansible/roles/panel/vars/main.yml", 0o644, ansible::variables(shared, plan, &tables)),
        ];
        for (path, mode, _) in &templates {
            bundle.insert((*path).into(), file(String::new(), *mode));
        }
        let attributes = file(manifest::GIT_ATTRIBUTES.to_owned(), 0o644);
        bundle.insert(manifest::GIT_ATTRIBUTES_FILE.into(), attributes);
        bundle.insert("assets.lock".into(), file(lock::text(shared, plan), 0o644));
        for (path, text) in ansible::FILES {
            let entry = Entry::file(text.as_bytes(), 0o644, Owner::root(), None);
            bundle.insert(Utf8PathBuf::from(format!("ansible/{path}")), entry);
        }
        let mode = manifest::mode(&bundle);
        bundle.insert(manifest::MANIFEST_FILE.into(), file(String::new(), mode));
        let number =
            |path: &str| bundle.number(path.into()).expect("every file was inserted into the bundle");
        let own: Vec<usize> = own.iter().map(|at| number(files.path(*at).as_str())).collect();
        let manifest = manifest::template(&bundle, &own, shared.target.name);
        let manifest = (manifest::MANIFEST_FILE, mode, manifest);
        let meta_files = templates
            .into_iter()
            .chain([manifest])
            .map(|(path, _, template)| (number(path), template))
            .collect();
        let data = installer::data(shared, plan, &tables);
        Ok(Self { host, bundle, own, data, meta_files })
    }

    /// Renders the bundle of one host. Fails if a file's syntax cannot express one of its values.
    pub(super) fn render(&self, host: &Host) -> Result<Bundle, template::Error> {
        let files = self.host.per_host_entries(host)?;
        let parameters = hex(&host.parameters.sha256(host));
        let mut host = HostContext { host, files: &files, data: "", parameters: &parameters };
        let data = self.data.render(&host);
        host.data = str::from_utf8(&data).expect("a template is text");
        let mut bundle = self.bundle.clone();
        for (at, template) in &self.meta_files {
            bundle.replace(*at, bundle.entry(*at).with_content(template.render(&host)));
        }
        for (at, entry) in self.own.iter().zip(files) {
            bundle.replace(*at, entry);
        }
        Ok(bundle)
    }
}
