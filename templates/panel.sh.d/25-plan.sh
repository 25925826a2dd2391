
# ---- Plan: rows and their columns

# for_rows PLAN FUNCTION: calls FUNCTION for each row of the selected components, component by component. Before each
# call row_PLAN has set the columns as variables.
for_rows() {
    for rows_component in $components; do
        for_component_rows "$rows_component" "$1" "$2"
    done
}

# for_component_rows COMPONENT PLAN FUNCTION: the same for the rows of one component.
for_component_rows() { "plan_$2" filter_rows "$@"; }

# filter_rows COMPONENT PLAN FUNCTION ROW…
filter_rows() {
    [ "$1" = "$4" ] || return 0
    row_plan=$2 row_function=$3
    shift 3
    "row_$row_plan" "$@"
    "$row_function"
}

# The names of the columns. Each table has variables of its own, so that the rows of one table can be read while a row
# of another one is in use. Columns that no function uses have no variable.
row_packages() { package_name=$2; }
row_accounts() { account_component=$1 account_name=$2 account_home=$3 account_shell=$4; }
row_files() {
    file_component=$1 file_mode=$2 file_owner=$3 file_sha256=$4 file_type=$5 file_on_change=$6 file_path=$7
}
row_secrets() { secret_component=$1 secret_mode=$2 secret_owner=$3 secret_path=$5; }
row_downloads() {
    download_component=$1 download_name=$2 download_version=$3 download_kind=$4 download_sha256=$5
    download_checksum_url=$6 download_url=$7 download_dest=$8 download_on_change=$9
}
row_links() { link_component=$1 link_path=$2 link_target=$3; }
row_images() { image_component=$1 image_namespace=$2 image_reference=$3; }
row_units() { unit_component=$1 unit_name=$2 unit_state=$3 unit_timeout=$4 unit_probe=$5; }
row_displaced() { displaced_component=$1 displaced_kind=$2 displaced_subject=$3; }
row_containers() { container_component=$1 container_runtime=$2 container_namespace=$3 container_name=$4; }
row_networks() { network_component=$1 network_bridge=$2 network_name=$3 network_prefix=$4; }
row_tables() { table_component=$1 table_family=$2 table_name=$3; }
row_data_dirs() { data_dir_component=$1 data_dir_path=$2; }
row_login_urls() { login_title=$2 login_url=$3 login_user=$4 login_secret=$5; }

# is_listed PLAN PATH: whether a row of any component has this path; for tables whose last column is the path.
is_listed() {
    row_found=''
    "plan_$1" match_last_column "$2"
    [ -n "$row_found" ]
}

match_last_column() {
    wanted_column=$1
    for last_column; do :; done
    [ "$wanted_column" != "$last_column" ] || row_found=yes
}

# is_selected COMPONENT
is_selected() { has_word "$1" "$components"; }

# has_word WORD LIST
has_word() {
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

# without WORD LIST
without() {
    for word in $2; do [ "$word" = "$1" ] || printf '%s ' "$word"; done
}

# reversed LIST
reversed() {
    reversed_words=''
    for word in $1; do reversed_words="$word $reversed_words"; done
    printf '%s\n' "$reversed_words"
}

# has_line LINE FILE
has_line() { grep -qxF -e "$1" -- "$2" 2>/dev/null; }
