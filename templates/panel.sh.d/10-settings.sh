#--- host data: end

# ---- Settings

set -euf
umask 022
LC_ALL=C
export LC_ALL
tab=$(printf '\t')
newline='
'
root=${PANEL_ROOT:-}
[ -n "$root" ] || PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

state_dir=$root/var/lib/panel   # records, queued actions, displaced files
cache_dir=$root/var/cache/panel # downloads

command='' selected='' dry_run='' purge='' assets='' # the command line
components=''                                     # the components to work on
scope=''                                          # the same, and those of an earlier bundle
preserved_types=''                                # types of records that uninstall keeps
work=''                                           # the temporary directory of this run
masked_unit=''                                    # a unit that is kept from starting while its package is installed
