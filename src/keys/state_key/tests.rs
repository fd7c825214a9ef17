use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn key(root: &Path) -> StateKey {
    match state_key(root).unwrap() {
        Sealing::With { key, .. } => key,
        Sealing::Without { why } => panic!("{why}"),
    }
}

#[test]
fn a_state_key_is_made_once_kept_private_and_found_again() {
    let root = tempfile::tempdir().unwrap();
    let mac = key(root.path()).mac(b"login");
    let path = root.path().join(".postlogin/state.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 44, "32 bytes in base64url, and the end of the line");
    assert_eq!(
        fs::read_to_string(root.path().join(".postlogin/.gitignore")).unwrap(),
        "*\n"
    );
    assert!(key(root.path()).fits(b"login", &mac));
    let other = tempfile::tempdir().unwrap();
    assert!(!key(other.path()).fits(b"login", &mac));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let Sealing::With { warning, .. } = state_key(root.path()).unwrap() else {
        panic!("it is kept")
    };
    assert!(warning.unwrap().contains("can be read by every user"));
}

#[test]
fn several_that_make_a_state_key_at_once_have_the_same() {
    let root = tempfile::tempdir().unwrap();
    let macs: Vec<String> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| key(root.path()).mac(b"login")))
            .collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert!(macs.iter().all(|mac| *mac == macs[0]), "{macs:?}");
}

#[test]
fn a_state_key_that_nobody_may_keep_is_not_made() {
    // A file system that takes no folders, also of root.
    let sealing = state_key(Path::new("/sys")).unwrap();
    assert!(
        matches!(&sealing, Sealing::Without { why } if why.contains("/sys/.postlogin")),
        "{sealing:?}"
    );
}

#[test]
fn what_is_in_the_place_of_a_state_key_is_an_error_and_stays() {
    type Fault = fn(&Path);
    let faults: [Fault; 6] = [
        |path| fs::write(path, "").unwrap(),
        |path| fs::write(path, [0xff; 32]).unwrap(),
        |path| fs::write(path, to_text(&[7; KEY_BYTES]).trim_end()).unwrap(),
        |path| fs::write(path, "c2hvcnQ\n").unwrap(),
        |path| fs::create_dir(path).unwrap(),
        |path| symlink("lost.key", path).unwrap(),
    ];
    for fault in faults {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(".postlogin/state.key");
        fs::create_dir(root.path().join(".postlogin")).unwrap();
        fault(&path);
        let before = fs::symlink_metadata(&path).unwrap();
        let error = state_key(root.path()).unwrap_err().to_string();
        assert!(error.contains("state.key"), "{error}");
        let after = fs::symlink_metadata(&path).unwrap();
        assert_eq!(
            (before.len(), before.file_type()),
            (after.len(), after.file_type())
        );
    }
}

/// RFC 4231 section 4.2 has another key length; this one was made with Python's `hmac`.
#[test]
fn the_mac_is_hmac_sha256() {
    let key = StateKey::new(&[0x0b; KEY_BYTES]).unwrap();
    assert_eq!(
        key.mac(b"Hi There"),
        "GYpgfrRL-8aZA6Dxzyu9xboKo_PZrjwcejsWlqC2jPc"
    );
    assert!(key.fits(b"Hi There", &key.mac(b"Hi There")));
    for wrong in ["", "x", &key.mac(b"Hi there")] {
        assert!(!key.fits(b"Hi There", wrong), "{wrong}");
    }
}
