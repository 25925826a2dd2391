//! Whatever stands in a directory and whatever is written to it: the outcome is the bundle and what others
//! put there, or a refusal that changed nothing.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::Bundle;
use panelgen::internals::fs::{Conflict, EntryChange, Overwrite, check_bundle, write_bundle};
use proptest::prelude::*;

use super::samples::{What, file, look, sealed, shape, shape_of};
use crate::support::test_dir::TestDir;

type Files = BTreeMap<Utf8PathBuf, (String, u32)>;

/// A few short names, so that paths meet.
fn files() -> impl Strategy<Value = Files> {
    let path = prop::collection::vec("[abc]", 1..4).prop_map(|names| names.join("/").into());
    let mode = prop::sample::select(vec![0o644, 0o755, 0o600]);
    prop::collection::btree_map(path, ("[xy]{0,2}", mode), 0..8).prop_map(|files: Files| {
        // A path that another one lies below cannot be a file.
        let below = |path: &Utf8Path| files.keys().any(|other| other != path && other.starts_with(path));
        files
            .iter()
            .filter(|(path, _)| !below(path))
            .map(|(path, told)| (path.clone(), told.clone()))
            .collect()
    })
}

fn bundle(files: &Files) -> Bundle {
    let mut bundle = Bundle::default();
    for (path, (content, mode)) in files {
        bundle.insert(Utf8Path::new("root").join(path), file(content, *mode));
    }
    sealed(bundle)
}

/// Whether a bundle can have all its files while these stay.
fn has_room(ours: &Files, theirs: &Files) -> bool {
    ours.iter().all(|(our, told)| {
        theirs.iter().all(|(their, other)| {
            if our == their { told == other } else { !our.starts_with(their) && !their.starts_with(our) }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_outcome_is_the_bundle_with_what_others_have(first in files(), theirs in files(), second in files()) {
        let directory = TestDir::new();
        let at = directory.join("bundle");
        let (old, new) = (bundle(&first), bundle(&second));
        write_bundle(&old, &at, Overwrite::No).unwrap();
        prop_assert_eq!(shape_of(&at), shape(&old));

        // Others put theirs where there is room.
        let theirs: Files = theirs
            .into_iter()
            .filter(|(path, _)| !first.keys().any(|our| our.starts_with(path) || path.starts_with(our)))
            .collect();
        for (path, (content, mode)) in &theirs {
            use std::os::unix::fs::PermissionsExt as _;
            let path = at.join("root").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        let before = look(&at);

        match write_bundle(&new, &at, Overwrite::No) {
            Ok(_) => {
                prop_assert!(has_room(&second, &theirs), "it must be rejected");
                let mut expected = shape(&new);
                for (path, (content, mode)) in &theirs {
                    let path = Utf8Path::new("root").join(path);
                    for parent in path.ancestors().skip(1) {
                        let parent = parent.as_std_path().to_owned();
                        expected.entry(parent).or_insert((What::Directory, 0o755));
                    }
                    expected.insert(path.into(), (What::File(content.clone().into()), *mode));
                }
                prop_assert_eq!(shape_of(&at), expected);
                // Files of others below root/ are all that a check finds.
                let found = check_bundle(&new, &at).unwrap();
                prop_assert!(found.iter().all(|found| found.change == EntryChange::Foreign), "{:?}", found);
                let is_foreign = |path: &&Utf8PathBuf| new.get(&Utf8Path::new("root").join(path)).is_none();
                prop_assert_eq!(found.len(), theirs.keys().filter(is_foreign).count());
                let before = look(&at);
                write_bundle(&new, &at, Overwrite::No).unwrap();
                prop_assert_eq!(look(&at), before, "the second run writes nothing");
            }
            Err(error) => {
                prop_assert!(!has_room(&second, &theirs), "{:#}", error);
                prop_assert_eq!(error.downcast_ref::<Conflict>().map(|conflict| conflict.code.as_str()), Some("path-foreign"));
                let mut after = look(&at);
                for (path, seen) in &mut after {
                    seen.ctime = before[path].ctime;
                }
                prop_assert_eq!(after, before);
            }
        }
        prop_assert_eq!(directory.names(), ["bundle"]);
    }
}
