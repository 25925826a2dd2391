COMPONENTS=
DOMAIN=
NAMES=
EDGE=
ACME=none
ACME_COMPONENT=
ISSUE_UNIT=
DEPLOY_HOOK=
CERTIFICATE=
CERTIFICATE_KEY=
TARGET=
ARCH=
DUAL_STACK=
DEFAULT_SERVER=
MANAGER=apt
INSTALL=/opt/panel
DATA=/data
plan_packages() { :; }
plan_accounts() { :; }
plan_files() { :; }
plan_secrets() { :; }
plan_downloads() { :; }
plan_links() { :; }
plan_images() { :; }
plan_units() { :; }
plan_displaced() { :; }
plan_containers() { :; }
plan_networks() { :; }
plan_tables() { :; }
plan_data_dirs() { :; }
plan_ports() { :; }
plan_needs() { :; }
plan_login_urls() { :; }
plan_support() { :; }
