//! panel.yaml of a bundle: the parameters that made it.

use crate::bundle::text_template::TextTemplate;
use crate::host::{SharedConfig, parameters};

/// The path of the parameters in a bundle.
pub const PARAMETERS_FILE: &str = "panel.yaml";

const HEAD: &str = "\
# The parameters of this bundle with every default, without secrets. A comment marks a value that is not the default.
# `panelgen render -f panel.yaml` renders the bundle again.
";

/// The whole file.
pub(super) fn template(shared: &SharedConfig) -> TextTemplate {
    let mut template = TextTemplate::default();
    template.push_const(HEAD);
    if shared.has_password {
        template.push_const(
            "# The initial password was set, and is left out: pass it with `--passinit-file FILE`.\n",
        );
    }
    if shared.has_registry_auth {
        template.push_const(
            "# The credentials of the registry were set, and are left out: pass them with `--set registry.auth.file=FILE`.\n",
        );
    }
    template.push_per_host(|out, host| out.push_str(&parameters::of_host(host.host)));
    template.push_static(|text| text.push_str(&shared.parameters.text()));
    template
}
