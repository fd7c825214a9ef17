//! `run`, `issue`, `test`, `check`, `config`, `keys` and `completions`, as typed.

mod agree;
mod authn_request;
mod cases;
mod given;
mod kept;
mod limits;
mod network;
mod packages;
mod printed;
mod recorded;
mod replay;
mod suspended;
mod unread;

use std::fs;
use std::path::Path;

const ADA: &str = "run fixtures/tenants/acme --client web --user ada@example.org";
const FIXED: &str = "--now 2026-01-15T12:00:00Z --seed s";

/// An Action file in a fresh folder.
fn action(source: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("action.js");
    fs::write(
        &file,
        format!("exports.onExecutePostLogin = async (event, api) => {{\n{source}\n}};\n"),
    )
    .unwrap();
    (folder, file)
}

/// Copies a tenant, without the keys that are kept with it.
fn copy(from: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_name() == ".postlogin" {
            continue;
        }
        if entry.path().is_dir() {
            copy(entry.path().to_str().unwrap(), &target);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("certs");
            fs::write(&target, text.replace("../../../certs", certs.to_str().unwrap())).unwrap();
        }
    }
}

/// A small tenant: one application, one user, no Actions and no keys.
fn tenant() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("tenant.json", r#"{"friendly_name": "Lake"}"#),
        ("postlogin.toml", "domain = \"lake.example\"\n"),
        (
            "users.json",
            r#"[{"user_id": "auth0|mia", "email": "mia@lake.example"}]"#,
        ),
        (
            "clients/web.json",
            r#"{"name": "web", "client_id": "web", "callbacks": ["https://app.example/cb"]}"#,
        ),
    ] {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Every path below a folder, with the content of the files.
fn everything_below(folder: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(everything_below(&entry.path()));
        }
        let content = fs::read(entry.path()).unwrap_or_default();
        found.insert(entry.path(), content);
    }
    found
}
