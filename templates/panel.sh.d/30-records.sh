
# ---- Records: what was installed on this host. One line each, COMPONENT TYPE DETAIL SUBJECT separated by tabs. A record
# is written before the change itself, so that an interrupted run can be undone completely.

records=''      # the file of the records
records_text='' # its text, with a newline before and after it: lookups need no program
current=''      # the file of TYPE SUBJECT lines that this bundle has

# record COMPONENT TYPE DETAIL SUBJECT
record() {
    mark_current "$2" "$4"
    case $records_text in *"$newline$1$tab$2$tab$3$tab$4$newline"*) return 0 ;; esac
    case $records_text in *"$tab$4$newline"*) delete_record "$1" "$2" "$4" ;; esac
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$records"
    records_text=$records_text$1$tab$2$tab$3$tab$4$newline
}

# mark_current TYPE SUBJECT: this bundle has it, so it is not stale.
mark_current() { printf '%s\t%s\n' "$1" "$2" >>"$current"; }

# delete_record COMPONENT TYPE SUBJECT: networks, containers and secrets can have several owners, all else has one.
delete_record() {
    awk -F '\t' -v component="$1" -v type="$2" -v subject="$3" '
        !($2 == type && $4 == subject && ($1 == component || type !~ /^(network|containers|secret)$/))
    ' "$records" >"$records.new"
    mv -f -- "$records.new" "$records"
    load_records
}

load_records() { records_text=$newline$(cat -- "$records")$newline; }

# is_recorded TYPE SUBJECT [DETAIL]
is_recorded() {
    awk -F '\t' -v type="$1" -v subject="$2" -v detail="${3-*}" '
        $2 == type && $4 == subject && (detail == "*" || $3 == detail) { found = 1 }
        END { exit !found }
    ' "$records"
}
