
# ---- Install only: replaces usage, status and uninstall in the compact cloud-config

not_included() { die 'this compact panel.sh can only install; use the panel.sh of the full bundle'; }
show_status() { not_included; }
uninstall_panel() { not_included; }
remove_stale() { :; }
remove_stale_ordered() { :; }
load_image() { :; }
usage() { printf '%s\n' 'usage: sh panel.sh install [--assets DIR]'; }
