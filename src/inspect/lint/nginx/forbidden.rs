//! Directives that a bundle must not contain.

/// Directives that load code, start programs or belong to the main configuration, which is not part of the
/// bundle. A name that ends in `_` is a prefix.
const FORBIDDEN: &[&str] = &[
    "daemon",
    "env",
    "events",
    "http",
    "js_",
    "load_module",
    "lock_file",
    "lua_",
    "mail",
    "master_process",
    "njs_",
    "passenger_",
    "perl",
    "perl_",
    "pid",
    "ssl_engine",
    "stream",
    "thread_pool",
    "user",
    "worker_processes",
    "working_directory",
];

/// Whether a directive loads code or belongs to the main configuration.
pub fn is_forbidden(name: &str) -> bool {
    let lua = name.contains("_by_lua");
    lua || FORBIDDEN.iter().any(|known| *known == name || (known.ends_with('_') && name.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_that_load_code_are_rejected() {
        for name in [
            "load_module",
            "perl_set",
            "perl",
            "js_import",
            "content_by_lua_block",
            "lua_package_path",
            "user",
        ] {
            assert!(is_forbidden(name), "{name}");
        }
        for name in ["server", "userid", "return", "performance", "environment"] {
            assert!(!is_forbidden(name), "{name}");
        }
    }
}
