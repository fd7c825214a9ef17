//! Packages as Node reads them: `package.json` with `exports`, `imports` and `main`.

use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// What `exports` is read with, besides `default`.
const CONDITIONS: [&str; 2] = ["node", "require"];

/// The file that a path without `exports` means: itself, with an extension, or a folder's entry.
pub(super) fn file(path: &Path) -> Option<PathBuf> {
    plain_file(path).or_else(|| folder(path))
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
    let manifest = manifest(package);
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
            plain_file(&package.join(target))
        }
        (None, Some(subpath)) => file(&package.join(subpath)),
        (None, None) => folder(package),
    };
    found.ok_or_else(missing)
}

/// The file that `#name` means in the package around `start`.
pub(super) fn import(start: &Path, root: &Path, specifier: &str) -> Result<PathBuf, String> {
    let missing =
        || format!("cannot find module '{specifier}': no package.json around it has such an import");
    for folder in start.ancestors().take_while(|folder| folder.starts_with(root)) {
        if let Some(manifest) = manifest(folder) {
            let imports = manifest
                .get("imports")
                .and_then(Value::as_object)
                .ok_or_else(missing)?;
            let target = matched(imports, specifier).ok_or_else(missing)?;
            return plain_file(&folder.join(target)).ok_or_else(missing);
        }
    }
    Err(missing())
}

/// Whether the package around a `.js` file declares `"type": "module"`.
pub(super) fn is_module(path: &Path) -> bool {
    for folder in path.ancestors().skip(1) {
        if folder.ends_with("node_modules") {
            return false;
        }
        if let Some(manifest) = manifest(folder) {
            return manifest.get("type").is_some_and(|kind| kind == "module");
        }
    }
    false
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

fn folder(path: &Path) -> Option<PathBuf> {
    let main = manifest(path).and_then(|manifest| Some(manifest.get("main")?.as_str()?.to_owned()));
    let main = main.filter(|main| !main.is_empty()).map(|main| path.join(main));
    main.and_then(|main| plain_file(&main).or_else(|| plain_file(&main.join("index"))))
        .or_else(|| plain_file(&path.join("index")))
}

fn plain_file(path: &Path) -> Option<PathBuf> {
    let with = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    [path.to_owned(), with(".js"), with(".json")]
        .into_iter()
        .find(|candidate| candidate.is_file())
}

fn manifest(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(folder.join("package.json")).ok()?).ok()
}

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
}
