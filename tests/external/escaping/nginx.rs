//! nginx serves the values back.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::{hostile, refuses, render, writes};
use crate::support::test_dir::TestDir;
use crate::support::tools;

const FILE: &str = "etc/nginx/conf.d/default.conf";

#[test]
fn a_value_is_quoted_only_where_it_must_be() {
    let cases = [
        ("a {{ v }};", "/srv/x", "a /srv/x;"),
        ("a {{ v }};", "a=b,c:d@e~f(g)[h]*?!&|<>^+%", "a a=b,c:d@e~f(g)[h]*?!&|<>^+%;"),
        ("a {{ v }};", "a b", "a \"a b\";"),
        ("a {{ v }};", "a;b", "a \"a;b\";"),
        ("a {{ v }};", "say \"hi\\\"", "a \"say \\\"hi\\\\\\\"\";"),
        ("a {{ v }};", "it's", "a \"it's\";"),
        ("a {{ v }};", "a\nb\tc\rd", "a \"a\\nb\\tc\\rd\";"),
        ("a x-{{ v }}-y z;", "b", "a x-b-y z;"),
        ("a x-{{ v }}-y z;", "b c", "a \"x-b c-y\" z;"),
        ("a $host-{{ v }};", "b c", "a \"$host-b c\";"),
        ("a {{ v }}$uri;", "b c", "a \"b c$uri\";"),
        ("a {{ v }}{{ v }}{};", "b c", "a \"b cb c\"{};"),
        ("a {{ v }}", "b c", "a \"b c\""),
        ("a \"x {{ v }} y\";", "b \"c\" 'd'", "a \"x b \\\"c\\\" 'd' y\";"),
        ("a 'x {{ v }} y';", "b \"c\" 'd'", "a 'x b \"c\" \\'d\\' y';"),
        ("# {{ v }}\n", "it's; {", "# it's; {\n"),
        ("location {{ v }} {}", "/a$b", "location \"/a$b\" {}"),
        ("location ~ ^/{{ v }}$ {}", "a-b", "location ~ ^/a-b$ {}"),
        ("map $a $b { {{ v }} 1; }", "a b", "map $a $b { \"a b\" 1; }"),
        ("if ($host = {{ v }}) {}", "a.b", "if ($host = a.b) {}"),
    ];
    writes(FILE, &cases);
}

#[test]
fn a_value_that_would_mean_more_than_itself_is_refused() {
    let cases = [
        ("proxy_pass {{ v }};", "http://x/$y", "nginx would read `$` as a variable in `proxy_pass`"),
        ("return 200 \"a {{ v }}\";", "$x", "`$` as a variable"),
        ("a $x{{ v }};", "y", "part of the variable before it"),
        ("a ${x{{ v }}};", "y", "part of the variable before it"),
        ("a x\\{{ v }};", "y", "backslash before the value"),
        ("a x\\n{{ v }};", "y z", "write them in the template"),
        ("a \"x\"{{ v }};", "y", "touches a closing quote"),
        ("{{ v }} on;", "listen", "the name of a directive"),
        ("x { a; } {{ v }} on;", "listen", "the name of a directive"),
        ("location {{ v }} {}", "~ /x", "begin with `/`"),
        ("location {{ v }} {}", "=/x", "begin with `/`"),
        ("location {{ v }} {}", "@x", "begin with `/`"),
        ("location ~ ^/{{ v }} {}", "a.b", "regular expression"),
        ("location ~^/{{ v }} {}", "a.b", "regular expression"),
        ("rewrite ^/{{ v }} /x;", "(a)", "regular expression"),
        ("if ($uri ~ {{ v }}) {}", "a.b", "regular expression"),
        ("if ({{ v }}) {}", "-f /x", "a bare word"),
        ("server_name {{ v }};", "*.*.x", "a pattern"),
        ("server_name {{ v }};", "x.*", "a pattern"),
        ("server_name {{ v }};", "*..x", "a pattern"),
        ("server_name a {{ v }};", "~x", "a pattern"),
        ("server_name {{ v }};", ".x", "a pattern"),
        ("server_name {{ v }};", "$hostname", "`$` as a variable"),
        ("map $a $b { {{ v }} 1; }", "default", "as a keyword"),
        ("map $a $b { {{ v }} 1; }", "~x", "as a keyword"),
        ("map $a $b { x {{ v }}; }", "$x", "`$` as a variable"),
        ("include {{ v }};", "/etc/*", "a pattern"),
        ("a {{ v }};", "x\0y", "NUL"),
        ("# {{ v }}\n", "x\nlisten 80;", "a comment cannot contain"),
        ("a \"{{ v }}\n", "x", "ends inside quotes"),
    ];
    refuses(FILE, &cases);
}

#[test]
fn a_word_may_have_4095_bytes_and_no_more() {
    let written = render(FILE, "location = /0 { return 200 {{ v }}; }\n", &"a".repeat(4095)).unwrap();
    refuses(
        FILE,
        &[
            ("return 200 {{ v }};", &"a".repeat(4096), "4095"),
            ("return 200 {{ v }};", &"\"".repeat(2048), "4095"),
        ],
    );
    let Some(server) = Server::start(&written) else { return };
    assert_eq!(server.get("/0"), "a".repeat(4095).as_bytes());
}

#[test]
fn nginx_serves_back_every_value_that_is_written() {
    let forms = [
        ("{{ v }}", "", ""),
        ("pre{{ v }}post", "pre", "post"),
        ("\"in {{ v }} double\"", "in ", " double"),
        ("'in {{ v }} single'", "in ", " single"),
        ("{{ v }}-{{ '-' }}", "", "--"),
    ];
    let mut servers = String::new();
    let mut expected = Vec::new();
    let values = hostile::strings(400);
    let mut refused = 0;
    for value in &values {
        for (form, before, after) in forms {
            let n = expected.len();
            let template = format!("location = /{n} {{ return 200 {form}; }}\n");
            match render(FILE, &template, value) {
                Ok(text) => {
                    servers.push_str(&text);
                    expected.push(format!("{before}{value}{after}"));
                }
                Err(error) => {
                    assert!(value.contains('$'), "{value:?}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 0 && expected.len() > values.len() * 3, "{refused} refused");
    let Some(server) = Server::start(&servers) else { return };
    for (n, expected) in expected.iter().enumerate() {
        let got = server.get(&format!("/{n}"));
        assert_eq!(got, expected.as_bytes(), "{:?}", String::from_utf8_lossy(&got));
    }
}

#[test]
fn nginx_finds_every_location_that_is_written() {
    // nginx itself merges slashes and resolves dots in a request, so neither is in these.
    let mut paths: Vec<_> =
        hostile::strings(400).iter().map(|value| format!("/p{}", value.replace(['/', '.'], ""))).collect();
    paths.sort();
    paths.dedup();
    let mut servers = String::new();
    for (n, path) in paths.iter().enumerate() {
        let template = format!("location = {{{{ v }}}} {{ return 200 {n}; }}\n");
        servers.push_str(&render(FILE, &template, path).unwrap());
    }
    let Some(server) = Server::start(&servers) else { return };
    for (n, path) in paths.iter().enumerate() {
        let encoded = path.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "%{byte:02X}").unwrap();
            text
        });
        let got = server.get(&format!("/{}", &encoded[3..]));
        assert_eq!(got, n.to_string().as_bytes(), "{path:?}");
    }
}

/// A throw-away nginx on a socket of its own.
struct Server {
    directory: TestDir,
    socket: Utf8PathBuf,
    child: Child,
}

impl Server {
    fn start(locations: &str) -> Option<Self> {
        let mut nginx = tools::command("nginx")?;
        let directory = TestDir::new();
        let socket = directory.join("socket");
        let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {directory}/{kind};\n"))
            .concat();
        let user = if is_root() { "user root;\n" } else { "" };
        let conf = format!(
            "daemon off;\n{user}pid {directory}/pid;\nerror_log stderr warn;\nevents {{}}\nhttp {{\n{temp}access_log off;\ndefault_type text/plain;\nserver {{\nlisten unix:{socket};\n{locations}}}\n}}\n"
        );
        std::fs::write(directory.join("nginx.conf"), conf).unwrap();
        let log = std::fs::File::create(directory.join("log")).unwrap();
        let child = nginx
            .args(["-e", "stderr", "-p", directory.as_str(), "-c", directory.join("nginx.conf").as_str()])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { directory, socket, child };
        server.wait();
        Some(server)
    }

    fn wait(&mut self) {
        for _ in 0..400 {
            if UnixStream::connect(&self.socket).is_ok() {
                return;
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("nginx does not start: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    /// The body of the answer to a request.
    fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{path}: {}", String::from_utf8_lossy(&answer));
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(end + 4)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The master ends its worker; a plain kill would leave that behind.
        let master = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(master, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn is_root() -> bool {
    Utf8Path::new("/proc/self").metadata().is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
