
# ---- Preflight: the proxy of the environment, and of the bundle

# check_proxy: units do not see the environment of this shell.
check_proxy() {
    proxy=${https_proxy:-${HTTPS_PROXY:-${http_proxy:-}}}
    [ -z "$proxy" ] || [ "$proxy" = "${PROXY:-}" ] ||
        report warning proxy "an HTTP proxy is set in this environment; downloads use it, units do not" "set \`proxy.https\` in the parameters"
}
preflight_proxy=check_proxy
