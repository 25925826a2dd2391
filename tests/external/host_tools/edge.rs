//! The edge at work: a real nginx with the rendered site, stand-ins for what lies behind it, and a client that
//! asks. Old, new, and what a system without `ssl_reject_handshake` gets.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::case::Case;
use super::nginx::room;
use crate::support::tools;

/// Says back what it hears, on every port given: `PORT METHOD PATH`, then the headers, then the body's length.
const STANDIN: &str = r#"
import socketserver, sys, threading
class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        request = self.rfile.readline().decode("latin-1").split(" ")
        if len(request) != 3:
            return
        headers = []
        while (line := self.rfile.readline().decode("latin-1").rstrip("\r\n")):
            headers.append(line)
        named = {name.lower(): value for name, value in (line.split(": ", 1) for line in headers if ": " in line)}
        length = int(named.get("content-length", 0))
        body = self.rfile.read(length)
        port = self.server.server_address[1]
        if request[1].startswith("/login"):
            self.wfile.write(b"HTTP/1.1 302 Found\r\nSet-Cookie: code-server-session=abc; Path=/codeserver; SameSite=Lax\r\n"
                             b"Content-Length: 0\r\n\r\n")
            return
        if named.get("upgrade"):
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
                             % named["upgrade"].encode())
            return
        if "moved" in request[1]:
            to = b"/function/x/" if "function" in request[1] else b"/ui/"
            self.wfile.write(b"HTTP/1.1 307 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to)
            return
        text = "\n".join([f"{port} {request[0]} {request[1]}", *headers, f"body {len(body)}", ""]).encode("latin-1")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
for port in sys.argv[1:]:
    threading.Thread(target=Server(("127.0.0.1", int(port)), Answer).serve_forever).start()
"#;

/// Starts everything and defines `ask NAME COMMAND…`, which tells a command's words and how it ended.
const START: &str = r#"
python3 /standin.py 8080 5000 3000 3001 3002 3003 5523 8402 &
"$NGINX"
mkdir -p /var/www/acme/.well-known/acme-challenge
echo proof >/var/www/acme/.well-known/acme-challenge/token
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/443; exec 4<>/dev/tcp/127.0.0.1/8402' 2>/dev/null && break
  sleep 0.2
done
get() { curl -sS -i -k --max-time 5 --resolve '*:80:127.0.0.1' --resolve '*:443:127.0.0.1' --http1.1 "$@"; }
ask() { name=$1; shift; printf '\n==== %s\n' "$name"; "$@" </dev/null 2>&1 || echo "exit $?"; }
raw() { timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; printf "$1" >&3; cat <&3' bash "$1"; }
upgrade() { get -H 'Connection: Upgrade' -H "Upgrade: $1" -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AA==' "$2"; }
hello() { openssl s_client -connect 127.0.0.1:443 -servername "$1" "$2" -cipher 'DEFAULT@SECLEVEL=0' 2>&1; }
site=https://panel.corp.example
"#;

const QUESTIONS: &str = r#"
ask stranger get http://evil.example/
ask stranger-nameless get --http1.0 -H Host: http://127.0.0.1/
ask stranger-tls get https://evil.example/
ask stranger-address get https://127.0.0.1/
ask stranger-behind-our-name get -H 'Host: evil.example' $site/
ask malformed raw 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'
ask plain-to-tls raw 'GET http://panel.corp.example:443/ HTTP/1.1\r\nHost: a\r\n\r\n'
ask redirect get 'http://PANEL.corp.example/a%2Fb?c=d'
ask redirect-port get -H 'Host: www.corp.example:8080' http://www.corp.example/x
ask challenge get http://www.corp.example/.well-known/acme-challenge/token
ask challenge-missing get http://panel.corp.example/.well-known/acme-challenge/none
ask function get "$site/x?y=z"
ask function-moved get $site/moved/function
ask function-h2 get --http2 $site/x
ask gateway get $site/faasd/
ask gateway-bare get $site/faasd
ask gateway-ui get $site/faasd/ui/
ask gateway-system get $site/faasd/system/functions
ask gateway-moved get $site/faasd/moved
ask keep get "$site/keep/a%2Fb//c?d=e"
ask cut get "$site/cut/a?b=c"
ask cut-bare get $site/cut
ask cut-encoded get "$site/cut/a%2Fb//c%20d?e=%2F"
ask cut-slashes get "$site//cut//a"
ask cut-dots get --path-as-is "$site/cut/../cut/a"
ask cut-encoded-dots get --path-as-is "$site/cut/%2e%2E/cut/a"
ask cut-name-in-dots get "$site/cut/..a/b...?c=../d"
ask deep-encoded get "$site/deep/er/a%2Fb"
ask ide-encoded get "$site/codeserver/proxy/3000/a%2Fb//c"
ask ide-bare get $site/codeserver
ask ide-login get --data password=x $site/codeserver/login
ask function-encoded get "$site/x%2Fy"
ask gateway-encoded get "$site/faasd/function/x/a%2Fb//c"
ask cli-function get -H 'Authorization: Basic eA==' "$site/function/x/a%2Fb"
ask cli-async get -H 'Authorization: Basic eA==' --data a $site/async-function/x
ask gateway-async get -H 'Authorization: Basic eA==' --data a $site/faasd/async-function/x
ask cli-namespaces get -H 'Authorization: Basic eA==' $site/system/namespaces
ask cli-ready get $site/healthz
ask challenge-tls get $site/.well-known/acme-challenge/token
ask mapped-ide get -H 'Host: panel.corp.example:9091' $site/codeserver/x
ask mapped-moved get -H 'Host: panel.corp.example:9091' $site/faasd/
ask dead get $site/dead/
ask ide get $site/codeserver/x
ask ide-websocket upgrade websocket $site/codeserver/x
ask ide-h2c upgrade h2c $site/codeserver/x
ask keep-websocket upgrade WebSocket $site/keep/x
ask function-websocket upgrade websocket $site/x
ask forwarded get -H 'X-Forwarded-For: 6.6.6.6' -H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-Proto: http' \
  -H 'X-Forwarded-Port: 1' -H 'X-Forwarded-Prefix: /evil' -H 'X-Forwarded-Server: evil' -H 'X-Real-IP: 6.6.6.6' \
  -H 'Forwarded: for=6.6.6.6' -H 'Proxy: http://evil.example' $site/cut/forwarded
head -c 2000000 /dev/zero >/tmp/big
ask big get --data-binary @/tmp/big $site/x
ask too-big get --data-binary @/tmp/big $site/small/
ask tls11 hello panel.corp.example -tls1_1
ask tls12 hello panel.corp.example -tls1_2
ask tls11-stranger hello evil.example -tls1_1
"#;

/// One edge and what it said to each question.
struct Edge {
    target: &'static str,
    said: BTreeMap<String, String>,
}

impl Edge {
    fn ask(target: &'static str, yaml: &str, questions: &str) -> Option<Self> {
        if !tools::all(&["curl", "openssl", "python3", "bash"]) {
            return None;
        }
        let yaml = format!("domain: [panel.corp.example, www.corp.example]\ntarget: {target}\n{yaml}");
        let (room, nginx, prepare) = room(&Case::of(target, &yaml))?;
        room.lay("/standin.py", STANDIN);
        let said = room.run(&format!("{prepare}NGINX={nginx}\n{START}{questions}"));
        assert!(said.exit == Some(0), "{target}: {}{}", said.text(), said.stderr);
        let answers = said.text().split("\n==== ").skip(1);
        let answers = answers.map(|answer| answer.split_once('\n').unwrap());
        let said = answers.map(|(name, text)| (name.to_owned(), text.replace('\r', "")));
        Some(Self { target, said: said.collect() })
    }

    #[track_caller]
    fn said(&self, question: &str) -> &str {
        self.said.get(question).unwrap_or_else(|| panic!("{}: {question} was not asked", self.target))
    }

    /// Fails unless the answer has each of these lines, whatever the case of a header's name.
    #[track_caller]
    fn lines(&self, question: &str, lines: &[&str]) {
        let said = self.said(question);
        for line in lines {
            let found = said.lines().any(|said| said.eq_ignore_ascii_case(line));
            assert!(found, "{}: {question}: no line {line:?} in:\n{said}", self.target);
        }
    }

    /// Fails if the answer holds any of these words.
    #[track_caller]
    fn lacks(&self, question: &str, words: &[&str]) {
        let said = self.said(question).to_ascii_lowercase();
        for word in words {
            assert!(
                !said.contains(&word.to_ascii_lowercase()),
                "{}: {question}: {word:?} in:\n{said}",
                self.target
            );
        }
    }
}

const FAASD: &str = "\
nginx: {client_max_body_size: 8m}
routes:
  - {path: /keep/, upstream: 'http://127.0.0.1:3001', websocket: true}
  - {path: /cut/, upstream: 'http://127.0.0.1:3002/under/'}
  - {path: /deep/er/, upstream: 'http://127.0.0.1:3002/under/'}
  - {path: /small/, upstream: 'http://127.0.0.1:3003', client_max_body_size: 1m}
  - {path: /dead/, upstream: 'http://127.0.0.1:3999'}
";

static EDGES: LazyLock<Vec<Edge>> = LazyLock::new(|| {
    let targets = ["debian-12", "debian-13", "ubuntu-18.04"];
    targets.iter().filter_map(|target| Edge::ask(target, FAASD, QUESTIONS)).collect()
});

const HSTS: &str = "Strict-Transport-Security: max-age=63072000";

#[test]
fn unknown_names_get_nothing() {
    for edge in EDGES.iter() {
        for question in ["stranger", "stranger-nameless", "stranger-tls", "stranger-address"] {
            edge.lacks(question, &["HTTP/", "html"]);
            assert!(edge.said(question).contains("exit "), "{}", edge.said(question));
        }
        edge.lacks("stranger-behind-our-name", &["200 OK", "Welcome", "Location", "8080 GET"]);
    }
}

#[test]
fn plain_http_leads_to_the_literal_name() {
    for edge in EDGES.iter() {
        edge.lines(
            "redirect",
            &["HTTP/1.1 301 Moved Permanently", "Location: https://panel.corp.example/a%2Fb?c=d"],
        );
        edge.lines("redirect-port", &["Location: https://www.corp.example/x"]);
        edge.lacks("redirect", &["Strict-Transport"]);
        edge.lines("challenge", &["HTTP/1.1 200 OK", "proof"]);
        edge.lines("challenge-tls", &["HTTP/1.1 200 OK", "proof"]);
        edge.lines("challenge-missing", &["HTTP/1.1 404 Not Found"]);
    }
}

#[test]
fn functions_are_at_the_root_and_the_gateway_is_whole() {
    for edge in EDGES.iter() {
        edge.lines("function", &["HTTP/1.1 200 OK", "8080 GET /function/x?y=z", HSTS]);
        edge.lines("function-h2", &["HTTP/2 200 ", "8080 GET /function/x"]);
        edge.lines("function-moved", &["Location: /x/"]);
        edge.lines("gateway", &["Location: /faasd/ui/"]);
        edge.lines("gateway-bare", &["Location: /faasd/"]);
        edge.lines("gateway-ui", &["8080 GET /ui/"]);
        edge.lines("gateway-system", &["8080 GET /system/functions"]);
        edge.lines("gateway-moved", &["Location: /faasd/ui/"]);
    }
}

#[test]
fn faas_cli_reaches_the_gateway_at_the_root_and_queued_calls_carry_no_credentials() {
    for edge in EDGES.iter() {
        edge.lines("cli-function", &["8080 GET /function/x/a%2Fb", "Authorization: Basic eA=="]);
        edge.lines("cli-namespaces", &["8080 GET /system/namespaces", "Authorization: Basic eA=="]);
        edge.lines("cli-ready", &["8080 GET /healthz"]);
        edge.lines("cli-async", &["8080 POST /async-function/x"]);
        edge.lines("gateway-async", &["8080 POST /async-function/x"]);
        edge.lacks("cli-async", &["Authorization"]);
        edge.lacks("gateway-async", &["Authorization"]);
    }
}

#[test]
fn replaced_prefix_leaves_the_rest_of_the_path_as_it_came() {
    for edge in EDGES.iter() {
        edge.lines("cut-encoded", &["3002 GET /under/a%2Fb//c%20d?e=%2F"]);
        edge.lines("cut-slashes", &["3002 GET /under//a"]);
        edge.lines("cut-name-in-dots", &["3002 GET /under/..a/b...?c=../d"]);
        edge.lines("deep-encoded", &["3002 GET /under/a%2Fb"]);
        edge.lines("ide-encoded", &["5000 GET /proxy/3000/a%2Fb//c"]);
        edge.lines("function-encoded", &["8080 GET /function/x%2Fy"]);
        edge.lines("gateway-encoded", &["8080 GET /function/x/a%2Fb//c"]);
        for question in ["cut-dots", "cut-encoded-dots"] {
            edge.lines(question, &["HTTP/1.1 400 Bad Request"]);
            edge.lacks(question, &["3002 GET"]);
        }
    }
}

#[test]
fn session_cookie_of_the_ide_is_for_https_and_no_script() {
    for edge in EDGES.iter() {
        let said = edge.said("ide-login").to_ascii_lowercase();
        let cookie =
            said.lines().find(|line| line.starts_with("set-cookie: code-server-session=abc")).unwrap();
        for word in ["; secure", "; httponly", "samesite=lax"] {
            assert!(cookie.contains(word), "{}: {cookie}", edge.target);
        }
        assert!(cookie.contains("path=/codeserver;"), "{}: {cookie}", edge.target);
    }
}

#[test]
fn port_of_the_browser_reaches_upstreams_and_redirects() {
    for edge in EDGES.iter() {
        edge.lines(
            "mapped-ide",
            &[
                "Host: panel.corp.example:9091",
                "X-Forwarded-Host: panel.corp.example:9091",
                "X-Forwarded-Port: 9091",
            ],
        );
        edge.lines("mapped-moved", &["Location: /faasd/ui/"]);
    }
}

#[test]
fn an_upstream_without_a_uri_keeps_the_path_and_one_with_it_replaces_the_prefix() {
    for edge in EDGES.iter() {
        edge.lines("keep", &["3001 GET /keep/a%2Fb//c?d=e"]);
        edge.lines("cut", &["3002 GET /under/a?b=c"]);
        edge.lines("cut-bare", &["Location: /cut/"]);
        edge.lines("ide-bare", &["Location: /codeserver/"]);
        edge.lines("ide", &["5000 GET /x"]);
    }
}

#[test]
fn websockets_pass_where_they_are_wanted_and_nothing_else_does() {
    for edge in EDGES.iter() {
        edge.lines("ide-websocket", &["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"]);
        edge.lines("keep-websocket", &["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"]);
        edge.lines("function-websocket", &["HTTP/1.1 200 OK", "8080 GET /function/x"]);
        edge.lacks("function-websocket", &["Upgrade: "]);
        edge.lines("ide-h2c", &["HTTP/1.1 200 OK", "5000 GET /x"]);
        edge.lacks("ide-h2c", &["Upgrade: "]);
    }
}

#[test]
fn upstreams_hear_what_the_edge_says_and_not_what_a_client_said() {
    for edge in EDGES.iter() {
        let lines = [
            "Host: panel.corp.example",
            "X-Real-IP: 127.0.0.1",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: panel.corp.example",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Port: 443",
        ];
        edge.lines("forwarded", &lines);
        edge.lines("ide", &lines);
        edge.lacks("forwarded", &["6.6.6.6", "evil"]);
    }
}

#[test]
fn every_answer_over_tls_has_hsts() {
    for edge in EDGES.iter() {
        for question in ["function", "gateway", "gateway-bare", "keep", "cut", "ide", "dead", "too-big"] {
            edge.lines(question, &[HSTS]);
        }
        edge.lines("dead", &["HTTP/1.1 502 Bad Gateway"]);
        edge.lacks("function", &["includeSubDomains", "preload"]);
    }
}

#[test]
fn bodies_are_as_large_as_the_site_and_the_route_allow() {
    for edge in EDGES.iter() {
        edge.lines("big", &["HTTP/1.1 200 OK", "8080 POST /function/x", "body 2000000"]);
        edge.lines("too-big", &["HTTP/1.1 413 Request Entity Too Large"]);
    }
}

#[test]
fn tls_begins_at_1_2() {
    for edge in EDGES.iter() {
        for question in ["tls11", "tls11-stranger"] {
            assert!(edge.said(question).contains("alert protocol version"), "{}", edge.said(question));
        }
        assert!(edge.said("tls12").contains("Protocol  : TLSv1.2"), "{}", edge.said("tls12"));
    }
}

#[test]
fn no_answer_tells_the_version_of_nginx() {
    for edge in EDGES.iter() {
        for question in edge.said.keys() {
            edge.lacks(question, &["nginx/1"]);
        }
        edge.lines("malformed", &["HTTP/1.1 400 Bad Request"]);
    }
}

#[test]
fn the_pai_panel_keeps_its_prefix_and_its_app_is_at_the_root() {
    let yaml = "panel: pai\nmirror: https://mirror.corp.example/x\ntls: {acme: standalone}\n";
    let questions = "
        ask panel get $site/pai/a%2Fb
        ask app get $site/a/b
        ask app-websocket upgrade websocket $site/a
        ask challenge get http://panel.corp.example/.well-known/acme-challenge/token
    ";
    let Some(edge) = Edge::ask("debian-12", yaml, questions) else { return };
    edge.lines("panel", &["5523 GET /pai/a%2Fb"]);
    edge.lines("app", &["3000 GET /a/b"]);
    edge.lines("app-websocket", &["HTTP/1.1 101 Switching Protocols"]);
    edge.lines("challenge", &["8402 GET /.well-known/acme-challenge/token", "Host: panel.corp.example"]);
}

#[test]
fn address_of_a_client_is_believed_only_from_trusted_proxies() {
    let yaml = |addresses| {
        format!(
            "nginx: {{default_server: false, trusted_proxies: {{addresses: [{addresses}], header: CF-Connecting-IP}}}}\n"
        )
    };
    let questions = "ask cdn get -H 'CF-Connecting-IP: 192.0.2.7' $site/codeserver/x";
    for (addresses, client) in [("127.0.0.0/8", "192.0.2.7"), ("10.0.0.0/8", "127.0.0.1")] {
        let Some(edge) = Edge::ask("debian-12", &yaml(addresses), questions) else { return };
        let lines = [format!("X-Real-IP: {client}"), format!("X-Forwarded-For: {client}")];
        edge.lines("cdn", &[&lines[0], &lines[1]]);
    }
}

#[test]
fn proxy_protocol_gives_the_address_of_the_client() {
    let yaml = "nginx: {trusted_proxies: {addresses: [127.0.0.0/8], proxy_protocol: true}}\n";
    let questions = "
        ask without get $site/codeserver/x
        ask with curl -sSik --max-time 5 --haproxy-protocol --resolve '*:443:127.0.0.2' $site/codeserver/x
        ask refused curl -sSik --max-time 5 --resolve '*:443:127.0.0.2' $site/codeserver/x
    ";
    let Some(edge) = Edge::ask("debian-12", yaml, questions) else { return };
    edge.lines("with", &["X-Forwarded-For: 127.0.0.1"]);
    edge.lines("without", &["5000 GET /x"]);
    edge.lacks("refused", &["5000 GET"]);
}

#[test]
fn a_site_without_a_panel_is_its_routes_and_404() {
    let yaml =
        "panel: none\ntls: {profile: modern}\nroutes: [{path: /keep/, upstream: 'http://127.0.0.1:3001'}]\n";
    let questions = "
        ask root get $site/
        ask keep get $site/keep/
        ask tls12 hello panel.corp.example -tls1_2
    ";
    let Some(edge) = Edge::ask("debian-13", yaml, questions) else { return };
    edge.lines("root", &["HTTP/1.1 404 Not Found", HSTS]);
    edge.lines("keep", &["3001 GET /keep/"]);
    assert!(edge.said("tls12").contains("alert protocol version"), "{}", edge.said("tls12"));
}
