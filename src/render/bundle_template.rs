//! Every bundle of a model, but for what each host has of its own. It is made once for many hosts, and filled in for each.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::host_files::HostFiles;
use super::{lock, readme};
use crate::bundle::manifest;
use crate::bundle::text_template::{HostContext, TextTemplate};
use crate::bundle::{Bundle, Entry, hex, sha256};
use crate::cache::LruCache;
use crate::components::file_spec::Owner;
use crate::config::Config;
use crate::delivery::ansible;
use crate::delivery::cloud_config::{self, CLOUD_CONFIG_FILE, SecretPolicy};
use crate::delivery::installer;
use crate::delivery::plan_tables;
use crate::host::{Host, SharedConfig};
use crate::plan::Plan;
use crate::template;

/// The whole bundle.
pub(super) struct BundleTemplate {
    host: Rc<HostFiles>,
    /// The same as that of the host, with papers. Of those that each host has of its own there is only the place.
    bundle: Bundle,
    /// The numbers of the host's own files.
    own: Vec<usize>,
    /// The installer's block of data.
    data: TextTemplate,
    /// The papers that each host has of its own, by their numbers.
    papers: Vec<(usize, TextTemplate)>,
}

type BundleTemplateCache = LruCache<(Arc<SharedConfig>, Arc<Plan>, SecretPolicy), Rc<BundleTemplate>>;

thread_local! {
    static BUNDLE_TEMPLATES: RefCell<BundleTemplateCache> = RefCell::default();
}

impl BundleTemplate {
    /// The bundle of every host of a model, whose plan that is. Fails where a file cannot be written.
    pub(super) fn cached(
        shared: &Arc<SharedConfig>,
        plan: &Arc<Plan>,
        secrets: SecretPolicy,
    ) -> Result<Rc<Self>, template::Error> {
        let same = |(known, planned, with): &(Arc<SharedConfig>, Arc<Plan>, SecretPolicy)| {
            *with == secrets && Arc::ptr_eq(known, shared) && Arc::ptr_eq(planned, plan)
        };
        if let Some(form) = BUNDLE_TEMPLATES.with_borrow_mut(|latest| latest.get(same)) {
            return Ok(form);
        }
        let form = Rc::new(Self::build(shared, plan, secrets)?);
        let key = (Arc::clone(shared), Arc::clone(plan), secrets);
        BUNDLE_TEMPLATES.with_borrow_mut(|latest| latest.keep(key, Rc::clone(&form)));
        Ok(form)
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
        let paper = |content: String, mode| Entry::file(content.into_bytes(), mode, Owner::root(), None);
        // User-data that repeats the password is as closed as the password.
        let closed = bundle.has_secret() && secrets == SecretPolicy::Include;
        let drafts = [
            ("panel.sh", 0o755, installer::draft()),
            (
                CLOUD_CONFIG_FILE,
                if closed { 0o600 } else { 0o644 },
                cloud_config::draft(shared, plan, files, &own, secrets),
            ),
            ("README.md", 0o644, readme::draft(shared, plan)),
            ("ansible/inventory.ini", 0o644, ansible::inventory()),
            ("ansible/roles/panel/vars/main.yml", 0o644, ansible::variables(shared, plan, &tables)),
        ];
        for (path, mode, _) in &drafts {
            bundle.insert((*path).into(), paper(String::new(), *mode));
        }
        bundle.insert("assets.lock".into(), paper(lock::text(plan), 0o644));
        for (path, text) in ansible::FILES {
            let entry = Entry::file(text.as_bytes(), 0o644, Owner::root(), None);
            bundle.insert(Utf8PathBuf::from(format!("ansible/{path}")), entry);
        }
        let mode = manifest::mode(&bundle);
        bundle.insert(manifest::MANIFEST_FILE.into(), paper(String::new(), mode));
        let number = |path: &str| bundle.number(path.into()).expect("every paper was put into the bundle");
        let own: Vec<usize> = own.iter().map(|at| number(files.path(*at).as_str())).collect();
        let manifest = manifest::draft(&bundle, &own, shared.target.name);
        let manifest = (manifest::MANIFEST_FILE, mode, manifest);
        let papers =
            drafts.into_iter().chain([manifest]).map(|(path, _, paper)| (number(path), paper)).collect();
        let data = installer::data(shared, plan, &tables);
        Ok(Self { host, bundle, own, data, papers })
    }

    /// The bundle of one host. Fails where a file cannot hold a value that it was given.
    pub(super) fn render(&self, host: &Host, config: &Config) -> Result<Bundle, template::Error> {
        let files = self.host.per_host_entries(host)?;
        let parameters = hex(&sha256(config.canonical().as_bytes()));
        let mut host = HostContext { host, files: &files, data: "", parameters: &parameters };
        let data = self.data.render(&host);
        host.data = str::from_utf8(&data).expect("a draft is text");
        let mut bundle = self.bundle.clone();
        for (at, draft) in &self.papers {
            bundle.replace(*at, bundle.entry(*at).with_content(draft.render(&host)));
        }
        for (at, entry) in self.own.iter().zip(files) {
            bundle.replace(*at, entry);
        }
        Ok(bundle)
    }
}
