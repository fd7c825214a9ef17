//! Packages as Node reads them: `package.json` with `exports`, `imports` and `main`.

use crate::disk::{self, Kind, Limit};
use crate::json::unambiguous;
use serde_json::{Map, Value};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What `exports` is read with, besides `default`.
const CONDITIONS: [&str; 2] = ["node", "require"];

/// The file that a path without `exports` means: itself, with an extension, or a folder's entry.
///
/// # Errors
/// Something on the way is there and cannot be read, so what it means is not known.
pub(super) fn file(path: &Path) -> Result<Option<PathBuf>, String> {
    match plain_file(path)? {
        Some(file) => Ok(Some(file)),
        None => folder(path),
    }
}

/// `name` or `@scope/name`, and the rest with a `.` in front.
pub(super) fn split(specifier: &str) -> Option<(&str, Option<&str>)> {
    let slashes = usize::from(specifier.starts_with('@'));
    let end = specifier.match_indices('/').nth(slashes).map(|(at, _)| at);
    let (name, rest) = match end {
        Some(end) => (&specifier[..end], Some(&specifier[end + 1..])),
        None => (specifier, None),
    };
    let odd = name.is_empty()
        || name.starts_with('.')
        || name.contains(['\\', ':', '\0'])
        || name.matches('/').count() != slashes;
    (!odd).then_some((name, rest.filter(|rest| !rest.is_empty())))
}

/// The file of a package, or of the `subpath` in it.
pub(super) fn entry(package: &Path, subpath: Option<&str>) -> Result<PathBuf, String> {
    let missing = || {
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        match subpath {
            Some(subpath) => format!("cannot find '{subpath}' in the package '{name}'"),
            None => format!("cannot find the entry of the package '{name}'"),
        }
    };
    let manifest = manifest(package)?;
    let exports = manifest.as_ref().and_then(|manifest| manifest.get("exports"));
    let found = match (exports, subpath) {
        (Some(exports), subpath) => {
            let key = subpath.map_or_else(|| ".".to_owned(), |subpath| format!("./{subpath}"));
            let target = exported(exports, &key).ok_or_else(|| {
                format!(
                    "{}: its package.json does not export '{key}' for require",
                    missing()
                )
            })?;
            plain_file(&package.join(target))?
        }
        (None, Some(subpath)) => file(&package.join(subpath))?,
        (None, None) => folder(package)?,
    };
    found.ok_or_else(missing)
}

/// The file that `#name` means in the package around `start`.
pub(super) fn import(start: &Path, root: &Path, specifier: &str) -> Result<PathBuf, String> {
    let missing =
        || format!("cannot find module '{specifier}': no package.json around it has such an import");
    for folder in start.ancestors().take_while(|folder| folder.starts_with(root)) {
        if let Some(manifest) = manifest(folder)? {
            let imports = manifest
                .get("imports")
                .and_then(Value::as_object)
                .ok_or_else(missing)?;
            let target = matched(imports, specifier).ok_or_else(missing)?;
            return plain_file(&folder.join(target))?.ok_or_else(missing);
        }
    }
    Err(missing())
}

/// Whether the package around a `.js` file declares `"type": "module"`.
pub(super) fn is_module(path: &Path) -> Result<bool, String> {
    for folder in path.ancestors().skip(1) {
        if folder.ends_with("node_modules") {
            break;
        }
        if let Some(manifest) = manifest(folder)? {
            return Ok(manifest.get("type").is_some_and(|kind| kind == "module"));
        }
    }
    Ok(false)
}

/// Whether a folder is at `path`.
pub(super) fn is_folder(path: &Path) -> Result<bool, String> {
    Ok(kind(path)? == Some(Kind::Folder))
}

fn exported(exports: &Value, key: &str) -> Option<String> {
    match exports {
        Value::Object(members) if members.keys().any(|member| member.starts_with('.')) => {
            matched(members, key)
        }
        _ if key == "." => target(exports, ""),
        _ => None,
    }
}

/// The target of `key`: the same key, or the longest pattern with a `*` that fits.
fn matched(members: &Map<String, Value>, key: &str) -> Option<String> {
    if let Some(exact) = members.get(key) {
        return target(exact, "");
    }
    let mut best: Option<(usize, &Value, &str)> = None;
    for (pattern, value) in members {
        let Some((before, after)) = pattern.split_once('*') else {
            continue;
        };
        let star = key
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .filter(|star| !star.is_empty());
        if let Some(star) = star
            && best.is_none_or(|(length, ..)| before.len() > length)
        {
            best = Some((before.len(), value, star));
        }
    }
    best.and_then(|(_, value, star)| target(value, star))
}

fn target(value: &Value, star: &str) -> Option<String> {
    match value {
        Value::String(path) => path.starts_with("./").then(|| path.replace('*', star)),
        Value::Array(choices) => choices.iter().find_map(|choice| target(choice, star)),
        Value::Object(conditions) => conditions
            .iter()
            .filter(|(condition, _)| *condition == "default" || CONDITIONS.contains(&condition.as_str()))
            .find_map(|(_, value)| target(value, star)),
        _ => None,
    }
}

fn folder(path: &Path) -> Result<Option<PathBuf>, String> {
    let manifest = manifest(path)?;
    let main = manifest
        .as_ref()
        .and_then(|manifest| manifest.get("main")?.as_str());
    if let Some(main) = main.filter(|main| !main.is_empty()) {
        let main = path.join(main);
        for candidate in [main.clone(), main.join("index")] {
            if let Some(file) = plain_file(&candidate)? {
                return Ok(Some(file));
            }
        }
    }
    plain_file(&path.join("index"))
}

fn plain_file(path: &Path) -> Result<Option<PathBuf>, String> {
    for ending in ["", ".js", ".json"] {
        let mut candidate = path.as_os_str().to_owned();
        candidate.push(ending);
        let candidate = PathBuf::from(candidate);
        match kind(&candidate)? {
            Some(Kind::File) => return Ok(Some(candidate)),
            Some(Kind::Special) => return Err(unread(&candidate, "it is a device or a pipe")),
            None | Some(Kind::Folder) => {}
        }
    }
    Ok(None)
}

/// What is at `path`; below a file, nothing is: a name that goes on after a file's is looked up too.
fn kind(path: &Path) -> Result<Option<Kind>, String> {
    match disk::kind(path) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(None),
        found => found.map_err(|error| unread(path, reason(&error))),
    }
}

fn manifest(folder: &Path) -> Result<Option<Value>, String> {
    let path = folder.join(MANIFEST);
    let text = match disk::text(&path, Limit::Module) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        found => found.map_err(|error| unread(&path, reason(&error)))?,
    };
    let Some(text) = text else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}');
    let manifest =
        serde_json::from_str(text).map_err(|error| unread(&path, format!("not valid JSON: {error}")))?;
    unambiguous(text).map_err(|twice| unread(&path, twice))?;
    Ok(Some(manifest))
}

/// A file that cannot be read, told to a script: by its own name and that of its folder alone, because
/// the rest of the path is the machine's.
fn unread(path: &Path, why: impl std::fmt::Display) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = path.parent().and_then(name).unwrap_or_default();
    format!("cannot read {folder}/{}: {why}", name(path).unwrap_or_default())
}

/// The system's words, which name no path.
fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.to_string(),
        None if error.kind() == ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        None if error.kind() == ErrorKind::IsADirectory => "it is a folder".to_owned(),
        None => "it is a device, a pipe, or a link that leads nowhere".to_owned(),
    }
}

const MANIFEST: &str = "package.json";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_subpaths_are_told_apart() {
        assert_eq!(split("lodash"), Some(("lodash", None)));
        assert_eq!(split("lodash/fp/get"), Some(("lodash", Some("fp/get"))));
        assert_eq!(split("@a/b"), Some(("@a/b", None)));
        assert_eq!(split("@a/b/c.js"), Some(("@a/b", Some("c.js"))));
        for odd in ["", "@a", "/x", ".x", "a:b"] {
            assert_eq!(split(odd), None, "{odd}");
        }
    }

    #[test]
    fn exports_are_read_with_conditions_and_patterns() {
        let exports = json!({
            ".": [{"import": "./a.mjs"}, {"node": {"require": "./a.cjs"}, "default": "./a.js"}],
            "./features/*": "./src/*.js",
            "./features/internal/*": null,
            "./outside": "../outside.js",
        });
        assert_eq!(exported(&exports, ".").as_deref(), Some("./a.cjs"));
        assert_eq!(
            exported(&exports, "./features/x/y").as_deref(),
            Some("./src/x/y.js")
        );
        assert_eq!(exported(&exports, "./features/internal/x"), None);
        assert_eq!(exported(&exports, "./outside"), None);
        assert_eq!(exported(&json!("./main.js"), ".").as_deref(), Some("./main.js"));
        assert_eq!(exported(&json!({"default": "./main.js"}), "./other"), None);
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let package = |name: &str| {
            let folder = root.path().join("node_modules").join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("index.js"), "").unwrap();
            folder
        };
        let plain = package("plain");
        assert_eq!(entry(&plain, None).unwrap(), plain.join("index.js"));
        assert!(entry(&plain, Some("index.js/below")).is_err_and(|error| error.starts_with("cannot find")));

        let [linked, folder, broken, latin, twice] =
            ["linked", "folder", "broken", "latin", "twice"].map(package);
        symlink("nothing", linked.join(MANIFEST)).unwrap();
        std::fs::create_dir(folder.join(MANIFEST)).unwrap();
        std::fs::write(broken.join(MANIFEST), "{").unwrap();
        std::fs::write(latin.join(MANIFEST), b"{\"name\": \"\xff\"}").unwrap();
        std::fs::write(twice.join(MANIFEST), r#"{"main": "a", "main": "b"}"#).unwrap();
        for (package, said) in [
            (
                &twice,
                "cannot read twice/package.json: the member \"main\" is given twice",
            ),
            (&linked, "cannot read linked/package.json: it is"),
            (&folder, "cannot read folder/package.json: it is a folder"),
            (&broken, "cannot read broken/package.json: not valid JSON"),
            (&latin, "cannot read latin/package.json: it is not UTF-8"),
        ] {
            for found in [
                entry(package, None).map(drop),
                is_module(&package.join("index.js")).map(drop),
            ] {
                let error = found.unwrap_err();
                assert!(error.starts_with(said), "{error}");
                assert!(!error.contains(&root.path().display().to_string()), "{error}");
            }
        }
        let lost = package("lost");
        std::fs::remove_file(lost.join("index.js")).unwrap();
        symlink("nothing", lost.join("index.js")).unwrap();
        assert!(entry(&lost, None).is_err_and(|error| error.starts_with("cannot read lost/index.js")));
    }
}
