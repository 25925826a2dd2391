//! The schema in the YAML language server, which most editors start for a file with our first line.

use serde_json::{Value, json};

use crate::support::test_dir::{TestDir, feed, panelgen};
use crate::support::tools;

/// Speaks the language server protocol. Reads `{"server", "directory", "files": {name: text}, "at": {name: [line, column]}}`
/// and answers `{name: {"problems": […], "hover": text, "values": {label: documentation}}}`.
const CLIENT: &str = r"
import json, pathlib, queue, subprocess, sys, threading
asked = json.load(sys.stdin)
server = subprocess.Popen(asked['server'] + ['--stdio'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=asked['directory'])
replies, problems, count = {}, {}, 0
arrived = queue.Queue()
def write(message):
    data = json.dumps(message | {'jsonrpc': '2.0'}).encode()
    server.stdin.write(b'Content-Length: %d\r\n\r\n' % len(data) + data)
    server.stdin.flush()
def listen():
    while True:
        length = 0
        while (line := server.stdout.readline().strip()):
            if line.lower().startswith(b'content-length:'):
                length = int(line.split(b':')[1])
        if not length:
            return
        arrived.put(json.loads(server.stdout.read(length)))
threading.Thread(target=listen, daemon=True).start()
def wait(done):
    while not done():
        message = arrived.get(timeout=60)
        if 'method' in message and 'id' in message:
            items = message.get('params', {}).get('items', [])
            answer = [{'validate': True, 'hover': True, 'completion': True, 'schemaStore': {'enable': False}} if item.get('section') == 'yaml' else {} for item in items]
            write({'id': message['id'], 'result': answer or None})
        elif message.get('method') == 'textDocument/publishDiagnostics':
            problems[message['params']['uri']] = [each['message'] for each in message['params']['diagnostics']]
        elif 'id' in message:
            replies[message['id']] = message.get('result')
def ask(method, params):
    global count
    count += 1
    write({'id': count, 'method': method, 'params': params})
    wait(lambda: count in replies)
    return replies[count]
def tell(method, params):
    write({'method': method, 'params': params})
root = pathlib.Path(asked['directory']).as_uri()
ask('initialize', {'processId': None, 'rootUri': root, 'capabilities': {'workspace': {'configuration': True}, 'textDocument': {'hover': {'contentFormat': ['markdown']}, 'completion': {'completionItem': {'documentationFormat': ['markdown']}}}}, 'workspaceFolders': [{'uri': root, 'name': 'work'}]})
tell('initialized', {})
answer = {}
for name, text in asked['files'].items():
    uri = root + '/' + name
    tell('textDocument/didOpen', {'textDocument': {'uri': uri, 'languageId': 'yaml', 'version': 1, 'text': text}})
    wait(lambda: uri in problems)
    found = {'problems': problems[uri]}
    if name in asked['at']:
        line, column = asked['at'][name]
        place = {'textDocument': {'uri': uri}, 'position': {'line': line, 'character': column}}
        found['hover'] = ((ask('textDocument/hover', place) or {}).get('contents') or {}).get('value')
        place['position']['character'] = len(text.splitlines()[line])
        items = ask('textDocument/completion', place)
        items = items.get('items', []) if isinstance(items, dict) else items or []
        words = lambda each: each.get('documentation') or ''
        found['values'] = {each['label']: words(each)['value'] if isinstance(words(each), dict) else words(each) for each in items}
    answer[name] = found
server.kill()
json.dump(answer, sys.stdout)
";

/// What the server says of each file, in a directory with both schemas.
fn served(files: &[(&str, &str)], at: &Value) -> Option<Value> {
    let program =
        tools::find(tools::cache().join("yaml-language-server/node_modules/.bin/yaml-language-server"))?;
    let node = tools::find("node")?;
    let mut python = tools::python("json")?;
    let stage = TestDir::new();
    for about in ["panel", "fleet"] {
        stage.put(&format!("{about}.schema.json"), panelgen(&["schema", about]).text());
    }
    let files: serde_json::Map<String, Value> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    let asked = json!({ "server": [node, program], "directory": stage.as_str(), "files": files, "at": at });
    let output = feed(python.args(["-c", CLIENT]), asked.to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

const PANEL: &str = "# yaml-language-server: $schema=panel.schema.json\n";
const FLEET: &str = "# yaml-language-server: $schema=fleet.schema.json\n";

#[test]
fn language_server_accepts_what_the_program_accepts() {
    let init = panelgen(&["init", "-d", "a.example.org"]).text().to_owned();
    let layer = format!("{PANEL}mail: ops@corp.org\n");
    let resets = format!("{PANEL}domain: a.example.org\nmail: null\nfaasd: {{timeout: null}}\n");
    let named = "{\"$schema\": \"panel.schema.json\", \"domain\": \"a.example.org\"}\n";
    let fleet = format!(
        "{FLEET}defaults: {{target: debian-12}}\nhosts:\n  - domain: a.example.org\n    labels: {{region: eu}}\n"
    );
    let fleet_init = panelgen(&["init", "--fleet", "-d", "a.example.org"]).text().to_owned();
    let files = [
        ("init.yaml", init.as_str()),
        ("layer.yaml", &layer),
        ("resets.yaml", &resets),
        ("named.json", named),
        ("fleet.yaml", &fleet),
        ("fleet-init.yaml", &fleet_init),
    ];
    let Some(answer) = served(&files, &json!({})) else { return };
    for (name, _) in files {
        assert_eq!(answer[name]["problems"], json!([]), "{name}");
    }
}

#[test]
fn language_server_reports_what_the_program_rejects() {
    let texts = [
        format!("{PANEL}domain: a.example.org\ndomian: b.example.org\n"),
        format!("{PANEL}panel: fasd\n"),
        format!("{PANEL}faasd: {{gateway_port: 65536}}\n"),
        format!("{FLEET}defaults: {{domain: a.example.org}}\nhosts: [{{domain: b.example.org}}]\n"),
        format!("{FLEET}hosts: [{{panel: none}}]\n"),
    ];
    let names: Vec<_> = (0..texts.len()).map(|at| format!("{at}.yaml")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let Some(answer) = served(&files, &json!({})) else { return };
    for (name, text) in files {
        assert_eq!(answer[name]["problems"].as_array().unwrap().len(), 1, "{text}: {}", answer[name]);
    }
}

#[test]
fn language_server_shows_meanings_and_offers_values() {
    let panel = format!("{PANEL}panel: \n");
    let acme = format!("{PANEL}tls:\n  acme: \n");
    let port = format!("{PANEL}faasd:\n  gateway_port: 8080\n");
    let files = [("panel.yaml", panel.as_str()), ("acme.yaml", &acme), ("port.yaml", &port)];
    let at = json!({ "panel.yaml": [1, 2], "acme.yaml": [2, 3], "port.yaml": [2, 4] });
    let Some(answer) = served(&files, &at) else { return };
    let hover = |name: &str| answer[name]["hover"].as_str().unwrap_or_default().replace('\\', "");
    assert!(hover("panel.yaml").contains("The type of panel."), "{answer}");
    assert!(hover("acme.yaml").contains("How the certificate is obtained."), "{answer}");
    assert!(hover("port.yaml").contains("port"), "{answer}");
    let values =
        |name: &str, value: &str| answer[name]["values"][value].as_str().unwrap_or("none").to_owned();
    assert!(values("panel.yaml", "pai").contains("PAI"), "{answer}");
    assert!(values("acme.yaml", "webroot").contains("port 80"), "{answer}");
    assert!(values("acme.yaml", "dns").contains("wildcards"), "{answer}");
}
