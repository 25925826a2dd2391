#!/bin/sh
# shellcheck disable=SC2317,SC2329
#   functions are called by the rows of the plan, which shellcheck cannot follow
# shellcheck disable=SC2015
#   in `a && b || die`, die is meant for both
# shellcheck disable=SC2100
#   a domain such as root-a.example.org is not an arithmetic expression
#
# panel.sh installs the panel that its bundle describes on this host, reports its status, and uninstalls it.
# It can be run again at any time: what is already correct is left alone.
#
# The program is the same on every host. All that differs is in the block "host data" below.
#
# The values:
#
#   COMPONENTS                    the components, in the order in which they are started
#   DOMAIN, NAMES                 the name of the certificate; all names, the first one included
#   EDGE                          the component that is the web server
#   ACME                          how the certificate is obtained; none: CERTIFICATE and CERTIFICATE_KEY are provided
#   ACME_COMPONENT                the component that obtains it; empty with ACME=none
#   ISSUE_UNIT, DEPLOY_HOOK       the unit that requests the certificate, the program that activates it
#   TARGET, ARCH                  the system and the processor that the bundle is for
#   DUAL_STACK, DEFAULT_SERVER    yes if the web server listens on IPv6 too, and if it answers for unknown names
#   MANAGER                       the package manager, apt or dnf
#   INSTALL, DATA                 the directories for programs and for data
#   PROXY, NO_PROXY               the URL of an HTTP proxy, and what is reached without it; not set without a proxy
#
# The plan is one function for each table. A table is read by passing it a function: `plan_files F` calls
# `F COMPONENT MODE …` once for each row. The columns are:
#
#   plan_packages    COMPONENT PACKAGE
#   plan_accounts    COMPONENT USER HOME SHELL             a system account; --purge removes it if it was created here
#   plan_files       COMPONENT MODE OWNER SHA256 TYPE ON-CHANGE PATH
#                                                          TYPE is file or directory; SHA256 - compares with root/
#   plan_secrets     COMPONENT MODE OWNER ON-CHANGE PATH   generated here once, from /dev/urandom, unless plan_files
#                                                          has the path and root/ the file
#   plan_downloads   COMPONENT NAME VERSION KIND SHA256 CHECKSUM-URL URL DEST ON-CHANGE
#                                                          KIND bin: one program, installed as DEST/NAME
#                                                          tar:N an archive that becomes DEST, N leading folders
#                                                          stripped
#                                                          into:N the same, but DEST holds other files too
#                                                          SHA256 -: it is read from CHECKSUM-URL; with neither of
#                                                          them the download is rejected
#   plan_links       COMPONENT LINK TARGET                 LINK ends in /: each program in TARGET gets a link there
#   plan_images      COMPONENT NAMESPACE REFERENCE         imported if --assets has them, otherwise pulled later
#   plan_units       COMPONENT UNIT STATE TIMEOUT PROBE    STATE is enabled, on-demand (started by other units) or
#                                                          external (enabled, but never stopped by us);
#                                                          PROBE is - or a URL, requested from 127.0.0.1
#   plan_displaced   COMPONENT KIND SUBJECT                KIND is path or unit: moved away or disabled while we are
#                                                          installed
#   plan_containers  COMPONENT RUNTIME NAMESPACE NAME      what uninstall removes; RUNTIME is the component that runs
#                                                          them; NAME may be '*'
#   plan_networks    COMPONENT BRIDGE NETWORK PREFIX       a bridge, its CNI network, the start of its addresses
#   plan_tables      COMPONENT FAMILY TABLE                nftables
#   plan_data_dirs   COMPONENT PATH                        kept by uninstall, removed by --purge
#   plan_ports       COMPONENT PORT EXPOSURE               where it listens: public, loopback, or bridge for containers
#   plan_needs       COMPONENT MEMORY DISK                 about how many MB of each it takes
#   plan_login_urls  COMPONENT TITLE URL USER SECRET       where to log in; USER and SECRET may be -
#   plan_support     COMPONENT TITLE UNTIL EXTENDED        how long it gets updates; EXTENDED may be -
#
# ON-CHANGE is a list of actions, as in MANIFEST.json. An empty table is `:`.
#
# For tests: PANEL_ROOT is prepended to every path of the host, and PATH is then used as it is.

#--- host data: begin (from here to the end mark this file is generated)
