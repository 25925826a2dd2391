//! python reads back what `serde_json` writes.

use super::hostile;
use crate::support::test_dir::feed;
use crate::support::tools;

#[test]
fn python_reads_back_every_string() {
    let values = hostile::strings(600);
    let Some(mut python) = tools::command("python3") else { return };
    let read = "import json,sys\nfor s in json.load(sys.stdin.buffer): sys.stdout.buffer.write(s.encode('utf-8')+b'\\0')";
    let document = serde_json::to_vec_pretty(&values).unwrap();
    let output = feed(python.args(["-c", read]), &document);
    let expected: Vec<u8> = values.iter().flat_map(|value| [value.as_bytes(), b"\0"].concat()).collect();
    assert!(output.stdout == expected, "{}", String::from_utf8_lossy(&output.stderr));
}
