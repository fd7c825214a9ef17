//! `run`, `issue`, `test`, `check`, `config`, `keys` and `completions`, as typed.

mod given;
mod kept;
mod limits;
mod printed;
mod recorded;

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

fn copy(from: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(entry.path().to_str().unwrap(), &target);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("certs");
            fs::write(&target, text.replace("../../../certs", certs.to_str().unwrap())).unwrap();
        }
    }
}
