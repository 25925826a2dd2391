#--- host data: begin (from here to the end mark this file is generated)
COMPONENTS='code-server nginx certbot'
DOMAIN=panel.example.org
NAMES=panel.example.org
EDGE=nginx
ACME=webroot
ACME_COMPONENT=certbot
ISSUE_UNIT=certbot-issue.service
DEPLOY_HOOK=/etc/letsencrypt/renewal-hooks/deploy/panel-nginx
CERTIFICATE=''
CERTIFICATE_KEY=''
TARGET=ubuntu-24.04
ARCH=amd64
DUAL_STACK=yes
DEFAULT_SERVER=yes
MANAGER=apt
INSTALL=/opt/panel
DATA=/data
plan_packages() {
    "$@" code-server git
    "$@" code-server ca-certificates
    "$@" code-server curl
    "$@" nginx nginx
    "$@" nginx openssl
    "$@" certbot certbot
}
plan_accounts() {
    "$@" code-server coder /home/coder /bin/bash
}
plan_files() {
    "$@" code-server 0644 root:root <sha256 of root/etc/code-server/config.yaml> file 'restart code-server' /etc/code-server/config.yaml
    "$@" code-server 0700 root:root - directory none /etc/panel/secrets
    "$@" code-server 0644 root:root <sha256 of root/etc/systemd/system/code-server.service> file 'daemon-reload, restart code-server' /etc/systemd/system/code-server.service
    "$@" code-server 0755 root:root <sha256 of root/usr/local/libexec/panel/code-server> file 'restart code-server' /usr/local/libexec/panel/code-server
    "$@" nginx 0644 root:root <sha256 of root/etc/nginx/conf.d/default.conf> file 'reload nginx' /etc/nginx/conf.d/default.conf
    "$@" certbot 0755 root:root <sha256 of root/etc/letsencrypt/renewal-hooks/deploy/panel-nginx> file none /etc/letsencrypt/renewal-hooks/deploy/panel-nginx
    "$@" certbot 0644 root:root <sha256 of root/etc/systemd/system/certbot-issue.service> file daemon-reload /etc/systemd/system/certbot-issue.service
    "$@" certbot 0644 root:root <sha256 of root/etc/systemd/system/certbot-renew.service> file daemon-reload /etc/systemd/system/certbot-renew.service
    "$@" certbot 0644 root:root <sha256 of root/etc/systemd/system/certbot-renew.timer> file 'daemon-reload, restart certbot-renew.timer' /etc/systemd/system/certbot-renew.timer
    "$@" certbot 0755 root:root - directory none /var/www/acme
}
plan_secrets() {
    "$@" code-server 0600 root:root 'restart code-server' /etc/panel/secrets/password
}
plan_downloads() {
    "$@" code-server code-server 4.133.0 tar:1 a4e0f8f8c76e7de8e7424289f74e507af4c97bfe104c3e8ee272b8cc7b46c6f1 - https://github.com/coder/code-server/releases/download/v4.133.0/code-server-4.133.0-linux-amd64.tar.gz /opt/panel/code-server-4.133.0 'restart code-server'
}
plan_links() {
    "$@" code-server /usr/local/bin/code-server /opt/panel/code-server-4.133.0/bin/code-server
}
plan_images() { :; }
plan_units() {
    "$@" code-server code-server.service enabled 60 http://127.0.0.1:5000/healthz
    "$@" nginx nginx.service external 30 https://panel.example.org/
    "$@" certbot certbot-renew.timer enabled 30 -
    "$@" certbot certbot-renew.service on-demand 0 -
    "$@" certbot certbot-issue.service on-demand 0 -
}
plan_displaced() {
    "$@" nginx path /etc/nginx/sites-enabled/default
}
plan_containers() { :; }
plan_networks() { :; }
plan_tables() { :; }
plan_data_dirs() {
    "$@" code-server /home/coder
}
plan_ports() {
    "$@" code-server 5000 loopback
    "$@" nginx 80 public
    "$@" nginx 443 public
}
plan_needs() {
    "$@" code-server 400 1100
    "$@" nginx 30 50
    "$@" certbot 0 100
}
plan_login_urls() {
    "$@" code-server IDE https://panel.example.org/codeserver/ - /etc/panel/secrets/password
}
plan_support() {
    "$@" system 'Ubuntu 24.04 LTS' 2029-05-31 2034-04-25
}
#--- host data: end
