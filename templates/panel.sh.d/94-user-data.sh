
# ---- User-data: replaces fetch in the full cloud-config, whose size providers limit

if [ "${1:-}" = fetch ]; then
    die 'this panel.sh is from user-data, which does not include fetch; run `sh panel.sh fetch` from the bundle directory or from the output of `--format sh`'
fi
