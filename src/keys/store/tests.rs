use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn keys_are_made_once_kept_private_and_found_again() {
    let root = tempfile::tempdir().unwrap();
    let (made, origin) = load(root.path(), &KeysConfig::default()).unwrap();
    let folder = root.path().join(".postlogin");
    assert_eq!(
        origin,
        KeyOrigin::Made {
            path: folder.join("keys")
        }
    );
    assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
    for name in [CURRENT, NEXT, EC, ED25519] {
        let metadata = fs::metadata(folder.join("keys").join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let (kept, origin) = load(root.path(), &KeysConfig::default()).unwrap();
    assert!(matches!(&origin, KeyOrigin::Kept { warnings, .. } if warnings.is_empty()));
    assert_eq!(made.current.kid(), kept.current.kid());
    assert_eq!(
        made.current.certificate().base64(),
        kept.current.certificate().base64()
    );
    assert_eq!(made.ec.unwrap().kid(), kept.ec.unwrap().kid());
    assert_eq!(made.ed25519.unwrap().kid(), kept.ed25519.unwrap().kid());
    assert_eq!(origin.to_string(), "");
}

#[test]
fn keys_that_nobody_may_keep_are_for_this_run() {
    // A file system that takes no folders, also of root.
    let (_, origin) = load(Path::new("/sys"), &KeysConfig::default()).unwrap();
    assert!(matches!(origin, KeyOrigin::ThisRunOnly { .. }), "{origin:?}");
    assert!(origin.to_string().contains("for this run only"));
}

#[test]
fn a_folder_that_cannot_be_read_is_an_error_and_gets_no_keys() {
    type Fault = fn(&Path);
    let faults: [(&str, Fault); 6] = [
        (".postlogin", |path| fs::write(path, "a file").unwrap()),
        (".postlogin", |path| symlink("nothing", path).unwrap()),
        (".postlogin/keys", |path| fs::write(path, "a file").unwrap()),
        (".postlogin/keys", |path| symlink("keys", path).unwrap()),
        (".postlogin/keys/current.pem", |path| {
            fs::create_dir(path).unwrap();
        }),
        (".postlogin/keys/current.pem", |path| {
            symlink("lost.pem", path).unwrap();
        }),
    ];
    for (name, fault) in faults {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fault(&place);
        let before = everything_below(root.path());
        let error = load(root.path(), &KeysConfig::default()).unwrap_err();
        assert!(error.to_string().contains(".postlogin"), "{name}: {error}");
        assert_eq!(everything_below(root.path()), before, "{name}");
    }
}

fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(everything_below(&entry.path()));
        }
        found.push(entry.path());
    }
    found.sort();
    found
}

#[test]
fn a_file_beside_the_current_key_that_cannot_be_read_is_not_taken_for_absent() {
    for name in [NEXT, PREVIOUS, EC, ED25519, "current.crt"] {
        let root = tempfile::tempdir().unwrap();
        let keys = root.path().join(".postlogin/keys");
        load(root.path(), &KeysConfig::default()).unwrap();
        let key = pem_of(&keys.join(CURRENT), "PRIVATE KEY");
        fs::write(keys.join(CURRENT), key).unwrap();
        let _ = fs::remove_file(keys.join(name));
        load(root.path(), &KeysConfig::default()).unwrap();
        symlink("lost", keys.join(name)).unwrap();
        let error = load(root.path(), &KeysConfig::default()).unwrap_err();
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

fn pem_of(file: &Path, label: &str) -> String {
    let text = fs::read_to_string(file).unwrap();
    let end = format!("-----END {label}-----\n");
    text[..text.find(&end).unwrap() + end.len()].to_owned()
}

#[test]
fn a_damaged_kept_key_is_an_error_and_stays_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    load(root.path(), &KeysConfig::default()).unwrap();
    let current = root.path().join(".postlogin/keys").join(CURRENT);
    fs::write(&current, "-----BEGIN PRIVATE KEY-----\n").unwrap();
    let error = load(root.path(), &KeysConfig::default()).unwrap_err();
    assert!(error.to_string().contains(CURRENT), "{error}");
    assert_eq!(
        fs::read_to_string(&current).unwrap(),
        "-----BEGIN PRIVATE KEY-----\n"
    );
}

#[test]
fn named_keys_are_read_and_a_world_readable_one_is_warned_about() {
    let root = tempfile::tempdir().unwrap();
    load(root.path(), &KeysConfig::default()).unwrap();
    let config = KeysConfig {
        current: Some(PathBuf::from(".postlogin/keys/current.pem")),
        ..KeysConfig::default()
    };
    let current = root.path().join(".postlogin/keys/current.pem");
    fs::set_permissions(&current, fs::Permissions::from_mode(0o644)).unwrap();
    let (ring, origin) = load(root.path(), &config).unwrap();
    assert!(ring.ec.is_none());
    assert_eq!(origin.warnings().len(), 1);
    assert!(origin.warnings()[0].contains("chmod 600"), "{origin:?}");
}

#[test]
fn a_readable_key_in_a_repository_is_as_git_makes_it() {
    let repository = tempfile::tempdir().unwrap();
    let root = repository.path().join("tenants/acme");
    load(&root, &KeysConfig::default()).unwrap();
    let current = root.join(".postlogin/keys").join(CURRENT);
    fs::set_permissions(&current, fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = || load(&root, &KeysConfig::default()).unwrap().1.warnings().len();
    assert_eq!(warnings(), 1);
    fs::create_dir(repository.path().join(".git")).unwrap();
    assert_eq!(warnings(), 0);
}

#[test]
fn a_written_pair_is_private_read_again_and_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let pair = &crate::keys::ring_for_tests().current;
    let path = root.path().join("own.pem");
    write_pair(pair, &path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(files::signing_pair(&path).unwrap().kid(), pair.kid());
    symlink("nothing", root.path().join("link.pem")).unwrap();
    for taken in ["own.pem", "link.pem", "."] {
        let refused = write_pair(pair, &root.path().join(taken));
        assert!(matches!(refused, Err(KeyError::Exists { .. })), "{taken}");
    }
}
