
# ---- JSON, for machines

# json_array FILE KEY…: the lines of a file as an array of objects. Columns are separated by tabs; a line has only printable
# characters.
json_array() {
    json_file=$1
    shift
    awk -F '\t' -v keys="$*" '
        BEGIN { count = split(keys, key, " "); printf "[" }
        {
            printf "%s{", (NR > 1 ? "," : "")
            for (i = 1; i <= count; i++) {
                gsub(/[\\"]/, "\\\\&", $i)
                printf "%s\"%s\":\"%s\"", (i > 1 ? "," : ""), key[i], $i
            }
            printf "}"
        }
        END { printf "]" }' "$json_file"
}

# printable TEXT: names of processes and the like can have any character.
printable() { printf '%s' "$1" | tr -c '[:print:]' '?'; }
