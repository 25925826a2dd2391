COMPONENTS='nginx pai'
DOMAIN=example.com
NAMES=example.com
EDGE=nginx
ACME=none
ACME_COMPONENT=''
ISSUE_UNIT=''
DEPLOY_HOOK=''
CERTIFICATE=/etc/ssl/own.pem
CERTIFICATE_KEY=/etc/ssl/own.key
TARGET=debian-12
ARCH=amd64
DUAL_STACK=
DEFAULT_SERVER=yes
MANAGER=dnf
INSTALL=/opt/panel
DATA=/data
plan_packages() {
    "$@" nginx nginx
    "$@" pai epel-release
    "$@" pai xz
}
plan_accounts() { :; }
plan_files() {
    "$@" nginx 0644 root:root SUM file 'reload nginx' /etc/nginx/conf.d/default.conf
    "$@" pai 0644 root:root SUM file 'restart tencentcloud-pai-mate' /opt/panel/pai-mate/config.yml
    "$@" pai 0644 root:root SUM file 'daemon-reload, restart tencentcloud-pai-mate' /etc/systemd/system/tencentcloud-pai-mate.service
}
plan_secrets() { :; }
plan_downloads() {
    "$@" pai pai-mate latest into:0 - https://mirror.example/pai-mate-latest.tar.xz.sha256 https://mirror.example/pai-mate-latest.tar.xz /opt/panel/pai-mate 'restart tencentcloud-pai-mate'
    "$@" pai pai_agent latest bin SUM - http://plain.example/pai_agent /opt/panel/pai/bin none
}
plan_links() { :; }
plan_images() { :; }
plan_units() {
    "$@" nginx nginx.service external 30 https://example.com/
    "$@" pai tencentcloud-pai-mate.service enabled 30 -
}
plan_displaced() { :; }
plan_containers() { :; }
plan_networks() { :; }
plan_tables() { :; }
plan_data_dirs() {
    "$@" pai /data/pai_mate_workspaces
}
plan_ports() { "$@" nginx 80 public; }
plan_needs() { :; }
plan_login_urls() { :; }
plan_support() { :; }
