//! A bundle as one shell script: panel.sh with the host files at its end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;

use crate::bundle::Bundle;
use crate::bundle::manifest::ROOT_DIR;
use crate::delivery::tar_gz;
use crate::values::ParseError;

/// The line between the program and the files.
const MARK: &str = "#--- payload\n";

/// The time of the files in a script that this module wrote.
pub fn mtime_of(script: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(script, MARK.as_bytes())? + MARK.len();
    // The header of gzip has 10 bytes: 16 digits of base64, after the `#` of a comment.
    tar_gz::mtime_of(&STANDARD.decode(script.get(at + 1..at + 17)?).ok()?)
}

/// The script: the bundle's panel.sh, followed by `root/` as a compressed archive in comment lines.
pub fn write(bundle: &Bundle, mtime: u64) -> Result<Vec<u8>, ParseError> {
    let program = bundle.get(Utf8Path::new("panel.sh")).and_then(|entry| entry.content());
    let program = program.ok_or_else(|| ParseError::new("the bundle has no panel.sh"))?;
    let mut root = Bundle::default();
    for (path, entry) in bundle.entries().filter(|(path, _)| path.starts_with(ROOT_DIR)) {
        root.insert(path.to_owned(), entry.clone());
    }
    let payload = STANDARD.encode(tar_gz::write(&root, mtime)?);
    let mut script = program.to_vec();
    script.extend_from_slice(MARK.as_bytes());
    for line in payload.as_bytes().chunks(76) {
        script.push(b'#');
        script.extend_from_slice(line);
        script.push(b'\n');
    }
    Ok(script)
}
