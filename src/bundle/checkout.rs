//! What a copy of a bundle keeps: the one judgement of "the same bundle" for render, `render --check`, diff
//! and check.
//!
//! git keeps the executable bit of files, but no empty directories; the other permission bits follow the umask
//! of the checkout. The artifact stores of CI services keep no mode at all. With `core.autocrlf`, git ends
//! each line in CRLF.

use camino::{Utf8Path, Utf8PathBuf};

use super::file_tree::{FileTree, TreeEntry, TreeNode};
use super::manifest::{self, EntryType, MANIFEST_FILE, Manifest, ManifestEntry, ROOT_DIR};
use super::{hex, sha256};

/// What a copy of a bundle keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyKind {
    /// Everything: a directory that panelgen wrote, or an unpacked tar archive.
    Exact,
    /// The executable bit of files, and no empty directories: a git checkout, or a zip archive of one.
    Checkout,
    /// No modes and no empty directories: an artifact of a CI job, or a filesystem without modes.
    WithoutModes,
}

/// What a copy has lost of the bundle that its manifest lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// A directory is missing.
    pub directories: bool,
    /// A path has other permission bits.
    pub modes: bool,
}

impl CopyKind {
    /// Judges a copy by the permission bits of its files and directories, and by what its manifest proves to be lost.
    /// Outside git, only a copy that lost something and has one umask everywhere is a checkout or an artifact.
    pub fn of(files: &[u32], directories: &[u32], lost: Lost, in_git: bool) -> Self {
        let has_one = |modes: &[u32]| modes.windows(2).all(|pair| pair[0] == pair[1]);
        let usual = if in_git { Self::Checkout } else { Self::Exact };
        let Some(&top) = directories.first() else { return usual };
        if !has_one(directories) {
            return usual;
        }
        let has_umask = files.iter().all(|mode| [top & 0o666, top & 0o777].contains(mode));
        if lost.modes && files.len() > 1 && has_one(files) {
            Self::WithoutModes
        } else if lost.directories && has_umask {
            Self::Checkout
        } else {
            usual
        }
    }

    /// Whether `found` stands for the mode `wanted` in such a copy.
    pub fn is_same_mode(self, found: u32, wanted: u32, is_directory: bool) -> bool {
        // A directory inherits the set-group-ID bit from a shared parent.
        let counts = if is_directory { 0o5777 } else { 0o7777 };
        let (found, wanted) = (found & counts, wanted & counts);
        found == wanted
            || match self {
                Self::Exact => false,
                // No usual umask lets others write.
                Self::Checkout => found & 0o7002 == 0 && (is_directory || found & 0o100 == wanted & 0o100),
                Self::WithoutModes => found & 0o7000 == 0,
            }
    }

    /// Whether an empty directory can be missing.
    pub fn keeps_empty_directories(self) -> bool {
        self == Self::Exact
    }
}

/// What was restored in a copy that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// What the copy keeps.
    pub kind: CopyKind,
    /// Whether the modes are those that were rendered, as far as the copy can show them.
    pub has_modes: bool,
    /// The number of files whose lines end in CRLF.
    pub crlf: usize,
}

impl Default for Restored {
    fn default() -> Self {
        Self { kind: CopyKind::Exact, has_modes: true, crlf: 0 }
    }
}

/// Sets aside the files of the operator, and restores what the copy has lost, as far as its manifest states it:
/// permission bits, empty directories, and the line ends of a checkout with CRLF.
/// `top` is the mode of the directory itself, if the tree was read from one.
pub fn restore(tree: &mut FileTree, top: Option<u32>, in_git: bool) -> Restored {
    let Some(manifest) = tree.file(MANIFEST_FILE.into()).and_then(|json| Manifest::parse(json).ok()) else {
        let kind = if in_git { CopyKind::Checkout } else { CopyKind::Exact };
        return Restored { kind, has_modes: !in_git, crlf: 0 };
    };
    let owned = Ownership::of(Some(&manifest));
    tree.set_aside(|path, is_directory| !owned.covers(path, is_directory));
    let mut files = Vec::new();
    let mut directories: Vec<u32> = top.map(|mode| mode & 0o5777).into_iter().collect();
    for (_, entry) in tree.entries() {
        match entry.kind {
            TreeNode::File(_) => files.push(entry.mode),
            TreeNode::Directory => directories.push(entry.mode & 0o5777),
            TreeNode::Link(_) | TreeNode::Special => {}
        }
    }
    let lost = manifest.lost(|path| tree.get(path).map(|entry| entry.mode));
    let kind = CopyKind::of(&files, &directories, lost, in_git);
    restore_modes(tree, &manifest, kind);
    Restored { kind, has_modes: true, crlf: restore_lines(tree, &manifest) }
}

fn restore_modes(tree: &mut FileTree, manifest: &Manifest, kind: CopyKind) {
    if kind != CopyKind::Exact {
        tree.set_modes(|entry| {
            let is_directory = entry.kind == TreeNode::Directory;
            let is_executable = kind == CopyKind::Checkout && entry.mode & 0o100 != 0;
            let usual = if is_directory || is_executable { 0o755 } else { 0o644 };
            if kind.is_same_mode(entry.mode, usual, is_directory) { usual } else { entry.mode }
        });
    }
    let has_secret = manifest.entries.iter().any(|listed| listed.secret);
    for listed in &manifest.entries {
        let Ok(wanted) = u32::from_str_radix(&listed.mode, 8) else { continue };
        let path = listed.bundle_path();
        match tree.get_mut(&path) {
            Some(entry) if kind.is_same_mode(entry.mode, wanted, listed.kind == EntryType::Directory) => {
                entry.mode = wanted;
            }
            None if listed.kind == EntryType::Directory && !kind.keeps_empty_directories() => {
                for above in path.ancestors().filter(|above| above.starts_with(ROOT_DIR)) {
                    if tree.get(above).is_none() {
                        let mode = if above == path { wanted } else { 0o755 };
                        let directory = TreeEntry { kind: TreeNode::Directory, mode, uid: 0, gid: 0 };
                        tree.insert(above.to_owned(), directory);
                    }
                }
            }
            _ => {}
        }
    }
    // The manifest does not list the modes of the bundle's own files.
    for path in manifest.meta_files.iter().filter(|_| kind != CopyKind::Exact) {
        let wanted = manifest::meta_file_mode(path, has_secret);
        if let Some(entry) = tree.get_mut(path)
            && kind.is_same_mode(entry.mode, wanted, false)
        {
            entry.mode = wanted;
        }
    }
}

/// Restores the line ends of files that git checked out with CRLF. Returns their number. Only content that the
/// manifest then confirms counts; without any, nothing is changed.
fn restore_lines(tree: &mut FileTree, manifest: &Manifest) -> usize {
    let mut convert = |path: &Utf8Path, is_confirmed: &dyn Fn(&[u8]) -> bool| {
        if let Some(TreeNode::File(content)) = tree.get_mut(path).map(|entry| &mut entry.kind)
            && let Some(lines) = unix_lines(content)
            && is_confirmed(&lines)
        {
            *content = lines;
            return 1;
        }
        0
    };
    let mut restored = 0;
    for listed in &manifest.entries {
        let sum = |lines: &[u8]| listed.sha256.as_ref().is_some_and(|sum| *sum == hex(&sha256(lines)));
        restored += convert(&listed.bundle_path(), &sum);
    }
    if restored > 0 {
        let secrets = manifest.entries.iter().filter(|listed| listed.secret).map(ManifestEntry::bundle_path);
        for path in secrets.chain(manifest.meta_files.iter().cloned()) {
            restored += convert(&path, &|_| true);
        }
    }
    restored
}

/// Returns a text whose lines all end in CRLF with LF instead. `None` for any other content.
pub fn unix_lines(content: &[u8]) -> Option<Vec<u8>> {
    let mut lines = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        lines.extend_from_slice(rest[..end].strip_suffix(b"\r")?);
        lines.push(b'\n');
        rest = &rest[end + 1..];
    }
    lines.extend_from_slice(rest);
    (lines.len() < content.len()).then_some(lines)
}

/// The message about a checkout with CRLF, for every command.
pub fn crlf_message(shown: &str, files: usize) -> String {
    let files = if files == 1 { "1 file has".to_owned() } else { format!("{files} files have") };
    format!(
        "`{shown}`: {files} CRLF line ends, which no host reads: git checked them out with `core.autocrlf`"
    )
}

/// The hint for [`crlf_message`].
pub const CRLF_HINT: &str = "commit the bundle's `.gitattributes`, remove the bundle and check it out again";

/// Which paths of a directory belong to a bundle. Everything else in it belongs to the operator.
#[derive(Debug, Default)]
pub struct Ownership {
    paths: std::collections::BTreeSet<Utf8PathBuf>,
}

impl Ownership {
    /// The paths of a manifest and the directories above them.
    pub fn of(manifest: Option<&Manifest>) -> Self {
        let mut paths = std::collections::BTreeSet::new();
        for path in manifest.map(Manifest::owned).unwrap_or_default().into_keys() {
            paths.extend(path.ancestors().filter(|above| !above.as_str().is_empty()).map(Utf8Path::to_owned));
        }
        Self { paths }
    }

    /// Whether the bundle has or may have this path: what its manifest lists, everything below `root/` and
    /// `ansible/`, and the names of the bundle's own files.
    pub fn covers(&self, path: &Utf8Path, is_directory: bool) -> bool {
        let top = path.iter().next().unwrap_or_default();
        [ROOT_DIR, "ansible"].contains(&top)
            || self.paths.contains(path)
            || (!is_directory && manifest::is_meta_file_name(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modes of files and directories, what is lost, whether it is in git, and the result.
    type Case<'a> = (&'a [u32], &'a [u32], Lost, bool, CopyKind);

    #[test]
    fn copies_are_judged_by_their_modes() {
        let exact = [0o644, 0o755, 0o600];
        let nothing = Lost::default();
        let modes = Lost { modes: true, directories: false };
        let both = Lost { modes: true, directories: true };
        let cases: &[Case<'_>] = &[
            (&exact, &[0o755, 0o700], nothing, false, CopyKind::Exact),
            (&exact, &[0o755, 0o700], nothing, true, CopyKind::Checkout),
            // A bundle without private or executable files.
            (&[0o644, 0o644], &[0o755], nothing, false, CopyKind::Exact),
            // git checkouts under five umasks, and their zip archives.
            (&[0o644, 0o755], &[0o755], both, true, CopyKind::Checkout),
            (&[0o600, 0o700], &[0o700], both, true, CopyKind::Checkout),
            (&[0o640, 0o750], &[0o750], both, false, CopyKind::Checkout),
            (&[0o664, 0o775], &[0o775], both, false, CopyKind::Checkout),
            // A copy outside git that keeps its directories is judged exactly.
            (&[0o600, 0o700], &[0o700], modes, false, CopyKind::Exact),
            (&[0o600, 0o755], &[0o755], both, false, CopyKind::Exact),
            // Artifacts of CI jobs, and filesystems without modes.
            (&[0o644, 0o644], &[0o755], both, false, CopyKind::WithoutModes),
            (&[0o777, 0o777], &[0o777], modes, false, CopyKind::WithoutModes),
            (&[0o755, 0o755], &[0o755], modes, true, CopyKind::WithoutModes),
        ];
        for (files, directories, lost, in_git, kind) in cases {
            assert_eq!(CopyKind::of(files, directories, *lost, *in_git), *kind, "{files:?} {directories:?}");
        }
    }

    #[test]
    fn modes_are_the_same_when_the_copy_does_not_keep_their_difference() {
        for (kind, found, wanted, is_directory, same) in [
            (CopyKind::Exact, 0o640, 0o644, false, false),
            (CopyKind::Exact, 0o2755, 0o755, true, true),
            (CopyKind::Checkout, 0o640, 0o600, false, true),
            (CopyKind::Checkout, 0o700, 0o755, false, true),
            (CopyKind::Checkout, 0o644, 0o755, false, false),
            (CopyKind::Checkout, 0o4755, 0o755, false, false),
            (CopyKind::Checkout, 0o770, 0o700, true, true),
            (CopyKind::WithoutModes, 0o644, 0o755, false, true),
        ] {
            assert_eq!(kind.is_same_mode(found, wanted, is_directory), same, "{kind:?} {found:o} {wanted:o}");
        }
    }

    #[test]
    fn only_texts_with_crlf_everywhere_are_converted() {
        assert_eq!(unix_lines(b"a\r\nb\r\n").as_deref(), Some(&b"a\nb\n"[..]));
        assert_eq!(unix_lines(b"a\r\nb").as_deref(), Some(&b"a\nb"[..]));
        for other in [&b"a\nb\r\n"[..], b"a\n", b"a\r", b""] {
            assert_eq!(unix_lines(other), None, "{other:?}");
        }
    }
}
