COMPONENTS='nginx certbot firewall cni runc containerd faasd code-server'
DOMAIN=example.com
NAMES='example.com www.example.com'
EDGE=nginx
ACME=webroot
ACME_COMPONENT=certbot
ISSUE_UNIT=certbot-issue.service
DEPLOY_HOOK=/etc/letsencrypt/renewal-hooks/deploy/panel-nginx
CERTIFICATE=''
CERTIFICATE_KEY=''
TARGET=debian-12
ARCH=amd64
DUAL_STACK=yes
DEFAULT_SERVER=yes
MANAGER=apt
INSTALL=/opt/panel
DATA=/data
plan_packages() {
    "$@" nginx nginx
    "$@" nginx openssl
    "$@" nginx curl
    "$@" certbot certbot
    "$@" firewall nftables
    "$@" cni iptables
}
plan_accounts() {
    "$@" code-server coder /home/coder /bin/bash
}
plan_files() {
    "$@" nginx 0644 root:root SUM file 'reload nginx' /etc/nginx/conf.d/default.conf
    "$@" nginx 0755 root:root - directory none /var/www/acme
    "$@" certbot 0644 root:root SUM file daemon-reload /etc/systemd/system/certbot-issue.service
    "$@" certbot 0644 root:root SUM file daemon-reload /etc/systemd/system/certbot-renew.service
    "$@" certbot 0644 root:root SUM file 'daemon-reload, restart certbot-renew.timer' /etc/systemd/system/certbot-renew.timer
    "$@" certbot 0755 root:root SUM file none /etc/letsencrypt/renewal-hooks/deploy/panel-nginx
    "$@" firewall 0644 root:root SUM file 'restart panel-firewall' /etc/nftables.d/panel.nft
    "$@" firewall 0644 root:root SUM file 'daemon-reload, restart panel-firewall' /etc/systemd/system/panel-firewall.service
    "$@" cni 0755 root:root - directory none /etc/cni/net.d
    "$@" cni 0644 root:root SUM file 'sysctl --system' /etc/sysctl.d/90-panel-forwarding.conf
    "$@" cni 0644 root:root SUM file 'restart systemd-modules-load' /etc/modules-load.d/panel.conf
    "$@" containerd 0644 root:root SUM file 'daemon-reload, restart containerd' /etc/systemd/system/containerd.service
    "$@" faasd 0755 root:root - directory none /var/lib/faasd
    "$@" faasd 0700 root:root - directory none /var/lib/faasd/secrets
    "$@" faasd 0644 root:root - file 'restart faasd' /var/lib/faasd/secrets/basic-auth-user
    "$@" faasd 0644 root:root SUM file 'daemon-reload, restart faasd' /etc/systemd/system/faasd.service
    "$@" code-server 0644 root:root SUM file 'daemon-reload, restart code-server' /etc/systemd/system/code-server.service
    "$@" code-server 0755 root:root SUM file 'restart code-server' '/usr/local/libexec/panel/it'\''s here'
}
plan_secrets() {
    "$@" faasd 0644 root:root 'restart faasd, restart code-server' /var/lib/faasd/secrets/basic-auth-password
}
plan_downloads() {
    "$@" cni cni-plugins 1.9.1 tar:0 SUM - https://mirror.example/cni-plugins-linux-amd64-v1.9.1.tgz /opt/panel/cni-plugins-1.9.1 none
    "$@" runc runc 1.4.3 bin SUM - https://mirror.example/runc.amd64 /opt/panel/runc-1.4.3 none
    "$@" containerd containerd 2.3.4 tar:0 SUM - https://mirror.example/containerd-2.3.4-linux-amd64.tar.gz /opt/panel/containerd-2.3.4 'restart containerd'
    "$@" faasd faasd 0.19.0 bin - https://mirror.example/faasd.sha256 https://mirror.example/faasd /opt/panel/faasd-0.19.0 'restart faasd'
    "$@" code-server code-server 4.133.0 tar:1 SUM - https://mirror.example/code-server-4.133.0-linux-amd64.tar.gz /opt/panel/code-server-4.133.0 'restart code-server'
}
plan_links() {
    "$@" cni /opt/cni/bin/ /opt/panel/cni-plugins-1.9.1
    "$@" runc /usr/local/sbin/runc /opt/panel/runc-1.4.3/runc
    "$@" containerd /usr/local/bin/ /opt/panel/containerd-2.3.4/bin
    "$@" faasd /usr/local/bin/faasd /opt/panel/faasd-0.19.0/faasd
    "$@" code-server /usr/local/bin/code-server /opt/panel/code-server-4.133.0/bin/code-server
}
plan_images() {
    "$@" faasd openfaas ghcr.io/openfaas/gateway:0.27.14
    "$@" faasd openfaas docker.io/library/nats-streaming:0.25.6
}
plan_units() {
    "$@" nginx nginx.service external 30 https://example.com/
    "$@" certbot certbot-issue.service on-demand 0 -
    "$@" certbot certbot-renew.service on-demand 0 -
    "$@" certbot certbot-renew.timer enabled 10 -
    "$@" firewall panel-firewall.service enabled 10 -
    "$@" containerd containerd.service enabled 60 -
    "$@" faasd faasd.service enabled 300 http://127.0.0.1:8080/healthz
    "$@" code-server code-server.service enabled 60 http://127.0.0.1:5000/healthz
}
plan_displaced() {
    "$@" nginx path /etc/nginx/sites-enabled/default
    "$@" certbot unit certbot.timer
}
plan_containers() {
    "$@" faasd containerd openfaas '*'
    "$@" faasd containerd openfaas-fn '*'
}
plan_networks() {
    "$@" cni openfaas0 openfaas-cni-bridge 10.62.
}
plan_tables() {
    "$@" firewall inet panel
    "$@" firewall ip panel
}
plan_data_dirs() {
    "$@" containerd /var/lib/containerd
    "$@" faasd /var/lib/faasd
    "$@" faasd /var/lib/faasd-provider
}
plan_ports() {
    "$@" nginx 80 public
    "$@" nginx 443 public
    "$@" faasd 8080 loopback
    "$@" faasd 8081 bridge
    "$@" code-server 5000 loopback
}
plan_needs() {
    "$@" faasd 300 900
    "$@" code-server 400 1100
}
plan_login_urls() {
    "$@" faasd functions https://example.com/faasd/ui/ admin /var/lib/faasd/secrets/basic-auth-password
    "$@" code-server IDE https://example.com/codeserver/ - /var/lib/faasd/secrets/basic-auth-password
}
plan_support() { :; }
