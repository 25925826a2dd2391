
# ---- Install only: replaces usage, status and uninstall in the compact cloud-config

not_included() { die 'this compact panel.sh can only install; use the panel.sh of the full bundle'; }
show_status() { not_included; }
uninstall_panel() { not_included; }
record_data_dir() { record "$data_dir_component" data_dir made "$data_dir_path"; }
record_unit_before() { :; }
record_certificate() { record "$ACME_COMPONENT" certificate made "$DOMAIN"; }
check_existing_account() { :; }
is_lineage_current() { :; }
keep_stopped() { :; }
allow_start() { :; }
backup_nginx() { :; }
rollback_nginx() { :; }
backup_nginx_file() { :; }
remove_stale() { :; }
remove_stale_ordered() { :; }
load_image() { :; }
usage() { printf '%s\n' 'usage: sh panel.sh install [--assets DIR]'; }
