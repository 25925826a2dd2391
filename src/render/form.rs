//! Every bundle of a model, but for what each host has of its own. It is made once for many hosts, and filled in for each.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;
use minijinja::Value;

use super::{lock, readme};
use crate::ansible;
use crate::artifact::{Artifact, Body, Owner};
use crate::bundle::{Bundle, Entry, Placement, hex, sha256};
use crate::cloud_config::{self, Secrets};
use crate::draft::{Draft, Particulars};
use crate::installer;
use crate::manifest;
use crate::memo::Latest;
use crate::panel::{Model, Panel};
use crate::params::Params;
use crate::plan::Plan;
use crate::table;
use crate::template;

/// The files of the host.
pub(super) struct Host {
    plan: Arc<Plan>,
    /// What is the same on every host, and stand-ins for the rest.
    bundle: Bundle,
    /// The rest.
    own: Vec<Own>,
    /// Whether a host's own texts were written once.
    proven: Cell<bool>,
}

/// A file that each host has of its own.
struct Own {
    /// Its number in the bundle.
    at: usize,
    /// Which offer it is of, and its number there.
    artifact: (usize, usize),
}

/// What each template came to last, as a file: models differ in a few of them.
type Templates = BTreeMap<&'static str, Latest<Value, Entry>>;
type Forms = Latest<(Arc<Plan>, Secrets), Rc<Form>>;

thread_local! {
    static TEMPLATES: RefCell<Templates> = RefCell::default();
    static HOSTS: RefCell<Latest<Arc<Plan>, Rc<Host>>> = RefCell::default();
    static FORMS: RefCell<Forms> = RefCell::default();
}

/// The text of a file; none for a directory.
pub fn text(artifact: &Artifact, panel: &Panel) -> Result<Option<String>, template::Error> {
    Ok(match &*artifact.body_on(panel) {
        Body::Directory => None,
        Body::Text(text) => Some(text.clone()),
        Body::Template { name, context } => Some(template::render(name, context.clone())?.text),
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

impl Host {
    /// The files of every host of a plan. Fails where one cannot be written.
    pub(super) fn of(plan: &Arc<Plan>) -> Result<Rc<Self>, template::Error> {
        HOSTS.with_borrow_mut(|latest| latest.try_of(plan, || Self::fresh(plan).map(Rc::new)))
    }

    fn fresh(plan: &Arc<Plan>) -> Result<Self, template::Error> {
        let mut bundle = Bundle::default();
        let mut own = Vec::new();
        let path = |artifact: &Artifact| Utf8PathBuf::from(format!("{}{}", manifest::ROOT, artifact.path));
        for artifact in plan.artifacts() {
            let placement = Placement {
                component: artifact.component,
                on_change: artifact.on_change.clone(),
                secret: artifact.secret,
            };
            let (mode, owner) = (artifact.mode, artifact.owner.clone());
            let file = |text: String, placement| {
                Entry::file(text.into_bytes(), mode, owner.clone(), Some(placement))
            };
            let entry = match (&artifact.body, artifact.own) {
                (_, Some(_)) => file(format!("{} of a host", artifact.path), placement),
                (Body::Directory, None) => Entry::directory(mode, owner, Some(placement)),
                (Body::Text(text), None) => file(text.clone(), placement),
                (Body::Template { name, context }, None) => {
                    same(name, context, |text| file(text, placement.clone()))?.placed(
                        mode,
                        owner.clone(),
                        placement,
                    )
                }
            };
            bundle.insert(path(artifact), entry);
        }
        for (offer, (_, of)) in plan.offers.iter().enumerate() {
            for (number, artifact) in of.artifacts.iter().enumerate().filter(|(_, one)| one.own.is_some()) {
                let at = bundle.number(&path(artifact)).expect("every artifact was put into the bundle");
                own.push(Own { at, artifact: (offer, number) });
            }
        }
        own.sort_by_key(|own| own.at);
        Ok(Self { plan: Arc::clone(plan), bundle, own, proven: Cell::new(false) })
    }

    /// Fails where a host's own texts cannot be written. No name ever keeps one from that, so what holds for one host of a
    /// model holds for all of them.
    pub(super) fn prove(&self, panel: &Panel) -> Result<(), template::Error> {
        if !self.proven.get() {
            self.texts(panel)?;
            self.proven.set(true);
        }
        Ok(())
    }

    /// The texts that one host has of its own, in the order of their paths.
    fn texts(&self, panel: &Panel) -> Result<Vec<String>, template::Error> {
        let text = |own: &Own| {
            let artifact = &self.plan.offers[own.artifact.0].1.artifacts[own.artifact.1];
            Ok(text(artifact, panel)?.unwrap_or_default())
        };
        self.own.iter().map(text).collect()
    }

    /// The files that one host has of its own, in the order of their paths.
    fn own(&self, panel: &Panel) -> Result<Vec<Entry>, template::Error> {
        let files = self.own.iter().zip(self.texts(panel)?);
        Ok(files.map(|(own, text)| self.bundle.entry(own.at).with(text.into())).collect())
    }
}

/// The whole bundle.
pub(super) struct Form {
    host: Rc<Host>,
    /// The same as that of the host, with papers. Those that each host has of its own are empty.
    bundle: Bundle,
    /// The numbers of the host's own files.
    own: Vec<usize>,
    /// The installer's block of data.
    data: Draft,
    /// The papers that each host has of its own, by their numbers.
    papers: Vec<(usize, Draft)>,
}

impl Form {
    /// The bundle of every host of a plan, which is that of `model`. Fails where a file cannot be written.
    pub(super) fn of(model: &Model, plan: &Arc<Plan>, secrets: Secrets) -> Result<Rc<Self>, template::Error> {
        let same = |(known, with): &(Arc<Plan>, Secrets)| *with == secrets && Arc::ptr_eq(known, plan);
        if let Some(form) = FORMS.with_borrow_mut(|latest| latest.get(same)) {
            return Ok(form);
        }
        let form = Rc::new(Self::fresh(model, plan, secrets)?);
        FORMS.with_borrow_mut(|latest| latest.keep((Arc::clone(plan), secrets), Rc::clone(&form)));
        Ok(form)
    }

    fn fresh(model: &Model, plan: &Arc<Plan>, secrets: Secrets) -> Result<Self, template::Error> {
        let host = Host::of(plan)?;
        let files = &host.bundle;
        let own: Vec<usize> = host.own.iter().map(|own| own.at).collect();
        let tables = table::tables(model, plan, files, &own);
        let mut bundle = files.clone();
        let paper = |content: String, mode| Entry::file(content.into_bytes(), mode, Owner::root(), None);
        // User-data that repeats the password is as closed as the password.
        let closed = bundle.has_secret() && secrets == Secrets::Included;
        let drafts = [
            ("panel.sh", 0o755, installer::draft()),
            (
                "cloud-config.yaml",
                if closed { 0o600 } else { 0o644 },
                cloud_config::draft(model, plan, files, &own, secrets),
            ),
            ("README.md", 0o644, readme::draft(model, plan)),
            ("ansible/inventory.ini", 0o644, ansible::inventory()),
            ("ansible/roles/panel/vars/main.yml", 0o644, ansible::variables(model, plan, &tables)),
        ];
        for (path, mode, _) in &drafts {
            bundle.insert((*path).into(), paper(String::new(), *mode));
        }
        bundle.insert("assets.lock".into(), paper(lock::text(plan), 0o644));
        for (path, text) in ansible::FILES {
            let entry = Entry::file(text.as_bytes(), 0o644, Owner::root(), None);
            bundle.insert(Utf8PathBuf::from(format!("ansible/{path}")), entry);
        }
        // It tells the sums of the secrets, so it is closed to others where there are any.
        let mode = if bundle.has_secret() { 0o600 } else { 0o644 };
        bundle.insert(manifest::PATH.into(), paper(String::new(), mode));
        let number = |path: &str| bundle.number(path.into()).expect("every paper was put into the bundle");
        let own: Vec<usize> = host.own.iter().map(|own| number(files.path(own.at).as_str())).collect();
        let manifest = manifest::draft(&bundle, &own, model.target.name);
        let manifest = (manifest::PATH, mode, manifest);
        let papers =
            drafts.into_iter().chain([manifest]).map(|(path, _, paper)| (number(path), paper)).collect();
        let data = installer::data(model, plan, &tables);
        Ok(Self { host, bundle, own, data, papers })
    }

    /// The bundle of one host. Fails where a file cannot hold a value that it was given.
    pub(super) fn fill(&self, panel: &Panel, params: &Params) -> Result<Bundle, template::Error> {
        let files = self.host.own(panel)?;
        let parameters = hex(&sha256(params.canonical().as_bytes()));
        let mut host = Particulars { panel, files: &files, data: "", parameters: &parameters };
        let data = self.data.fill(&host);
        host.data = str::from_utf8(&data).expect("a draft is text");
        let mut bundle = self.bundle.clone();
        for (at, draft) in &self.papers {
            bundle.replace(*at, bundle.entry(*at).with(draft.fill(&host)));
        }
        for (at, entry) in self.own.iter().zip(files) {
            bundle.replace(*at, entry);
        }
        Ok(bundle)
    }
}
