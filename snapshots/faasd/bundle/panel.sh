#--- host data: begin (from here to the end mark this file is generated)
COMPONENTS='firewall runc cni containerd faasd code-server nginx certbot'
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
    "$@" firewall nftables
    "$@" runc ca-certificates
    "$@" runc curl
    "$@" cni iptables
    "$@" cni ca-certificates
    "$@" cni curl
    "$@" containerd ca-certificates
    "$@" containerd curl
    "$@" faasd ca-certificates
    "$@" faasd curl
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
    "$@" firewall 0644 root:root <sha256 of root/etc/nftables.d/panel.nft> file 'reload panel-firewall' /etc/nftables.d/panel.nft
    "$@" firewall 0644 root:root <sha256 of root/etc/systemd/system/nftables.service.d/10-panel.conf> file daemon-reload /etc/systemd/system/nftables.service.d/10-panel.conf
    "$@" firewall 0644 root:root <sha256 of root/etc/systemd/system/panel-firewall.service> file 'daemon-reload, restart panel-firewall' /etc/systemd/system/panel-firewall.service
    "$@" cni 0755 root:root - directory none /etc/cni/net.d
    "$@" cni 0644 root:root <sha256 of root/etc/cni/net.d/10-openfaas.conflist> file none /etc/cni/net.d/10-openfaas.conflist
    "$@" cni 0644 root:root <sha256 of root/etc/modules-load.d/panel.conf> file 'restart systemd-modules-load' /etc/modules-load.d/panel.conf
    "$@" cni 0644 root:root <sha256 of root/etc/sysctl.d/90-panel-forwarding.conf> file 'sysctl --system' /etc/sysctl.d/90-panel-forwarding.conf
    "$@" containerd 0644 root:root <sha256 of root/etc/systemd/system/containerd.service> file 'daemon-reload, restart containerd' /etc/systemd/system/containerd.service
    "$@" faasd 0644 root:root <sha256 of root/etc/systemd/system/faasd-provider.service> file 'daemon-reload, restart faasd-provider' /etc/systemd/system/faasd-provider.service
    "$@" faasd 0644 root:root <sha256 of root/etc/systemd/system/faasd.service> file 'daemon-reload, restart faasd' /etc/systemd/system/faasd.service
    "$@" faasd 0755 root:root - directory none /var/lib/faasd
    "$@" faasd 0644 root:root <sha256 of root/var/lib/faasd/docker-compose.yaml> file 'restart faasd' /var/lib/faasd/docker-compose.yaml
    "$@" faasd 0644 root:root <sha256 of root/var/lib/faasd/prometheus.yml> file 'restart faasd' /var/lib/faasd/prometheus.yml
    "$@" faasd 0644 root:root <sha256 of root/var/lib/faasd/resolv.conf> file 'restart faasd' /var/lib/faasd/resolv.conf
    "$@" faasd 0700 root:root - directory none /var/lib/faasd/secrets
    "$@" faasd 0644 root:root <sha256 of root/var/lib/faasd/secrets/basic-auth-user> file 'restart faasd-provider, restart faasd' /var/lib/faasd/secrets/basic-auth-user
    "$@" faasd 0755 root:root - directory none /var/lib/faasd-provider
    "$@" code-server 0644 root:root <sha256 of root/etc/code-server/config.yaml> file 'restart code-server' /etc/code-server/config.yaml
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
    "$@" faasd 0644 root:root 'restart faasd-provider, restart faasd' /var/lib/faasd/secrets/basic-auth-password
    "$@" code-server 0644 root:root 'restart code-server' /var/lib/faasd/secrets/basic-auth-password
}
plan_downloads() {
    "$@" runc runc 1.4.3 bin f6ae8efc0fa40079e1475e97cbe9d1bd3f106a28d6af78a11d9f1bd565515e60 - https://github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64 /opt/panel/runc-1.4.3 none
    "$@" cni cni-plugins 1.9.1 tar:0 b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303 - https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz /opt/panel/cni-plugins-1.9.1 none
    "$@" containerd containerd 2.3.4 tar:0 9d68969855fbf676cdb8ed758e420fb048d61f984f61de3e53eddfebe484d168 - https://github.com/containerd/containerd/releases/download/v2.3.4/containerd-2.3.4-linux-amd64.tar.gz /opt/panel/containerd-2.3.4 'restart containerd'
    "$@" faasd faasd 0.19.0 bin - https://github.com/openfaas/faasd/releases/download/0.19.0/faasd.sha256 https://github.com/openfaas/faasd/releases/download/0.19.0/faasd /opt/panel/faasd-0.19.0 'restart faasd-provider, restart faasd'
    "$@" faasd faas-cli 0.17.8 bin - https://github.com/openfaas/faas-cli/releases/download/0.17.8/faas-cli.sha256 https://github.com/openfaas/faas-cli/releases/download/0.17.8/faas-cli /opt/panel/faas-cli-0.17.8 none
    "$@" code-server code-server 4.133.0 tar:1 a4e0f8f8c76e7de8e7424289f74e507af4c97bfe104c3e8ee272b8cc7b46c6f1 - https://github.com/coder/code-server/releases/download/v4.133.0/code-server-4.133.0-linux-amd64.tar.gz /opt/panel/code-server-4.133.0 'restart code-server'
}
plan_links() {
    "$@" runc /usr/local/sbin/runc /opt/panel/runc-1.4.3/runc
    "$@" cni /opt/cni/bin/ /opt/panel/cni-plugins-1.9.1
    "$@" containerd /usr/local/bin/ /opt/panel/containerd-2.3.4/bin
    "$@" faasd /usr/local/bin/faasd /opt/panel/faasd-0.19.0/faasd
    "$@" faasd /usr/local/bin/faas-cli /opt/panel/faas-cli-0.17.8/faas-cli
    "$@" faasd /usr/local/bin/faas /opt/panel/faas-cli-0.17.8/faas-cli
    "$@" code-server /usr/local/bin/code-server /opt/panel/code-server-4.133.0/bin/code-server
}
plan_images() {
    "$@" faasd openfaas ghcr.io/openfaas/gateway:0.27.14
    "$@" faasd openfaas ghcr.io/openfaas/queue-worker:0.14.2
    "$@" faasd openfaas docker.io/library/nats-streaming:0.25.6
    "$@" faasd openfaas docker.io/prom/prometheus:v3.7.3
}
plan_units() {
    "$@" firewall panel-firewall.service enabled 30 -
    "$@" containerd containerd.service enabled 60 -
    "$@" faasd faasd-provider.service enabled 60 -
    "$@" faasd faasd.service enabled 300 http://127.0.0.1:8080/healthz
    "$@" code-server code-server.service enabled 60 http://127.0.0.1:5000/healthz
    "$@" nginx nginx.service external 30 https://panel.example.org/
    "$@" certbot certbot-renew.timer enabled 30 -
    "$@" certbot certbot-renew.service on-demand 0 -
    "$@" certbot certbot-issue.service on-demand 0 -
}
plan_displaced() {
    "$@" nginx path /etc/nginx/sites-enabled/default
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
    "$@" containerd /opt/containerd
    "$@" faasd /var/lib/faasd
    "$@" faasd /var/lib/faasd-provider
    "$@" code-server /home/coder
}
plan_ports() {
    "$@" faasd 8080 loopback
    "$@" faasd 8081 bridge
    "$@" faasd 9090 loopback
    "$@" code-server 5000 loopback
    "$@" nginx 80 public
    "$@" nginx 443 public
}
plan_needs() {
    "$@" runc 0 25
    "$@" cni 0 150
    "$@" containerd 60 250
    "$@" faasd 300 900
    "$@" code-server 400 1100
    "$@" nginx 30 50
    "$@" certbot 0 100
}
plan_login_urls() {
    "$@" faasd functions https://panel.example.org/faasd/ui/ admin /var/lib/faasd/secrets/basic-auth-password
    "$@" code-server IDE https://panel.example.org/codeserver/ - /var/lib/faasd/secrets/basic-auth-password
}
plan_support() {
    "$@" system 'Ubuntu 24.04 LTS' 2029-05-31 2034-04-25
    "$@" containerd 'containerd 2.3.4' 2028-04-30 -
}
#--- host data: end
