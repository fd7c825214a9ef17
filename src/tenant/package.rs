//! An npm package that an Action declares, as it may be handed to npm.
//!
//! Names and versions come from an export, so that nobody may have looked at them. npm reads much into such a text: an
//! option (`--global`), a file (`file:..`, `x.tgz`), a repository (`git+ssh://..`, `user/name`), another package
//! (`npm:other`). Here only a name of the registry is one, and only a version, a range of versions or a tag.

use super::action::Dependency;
use super::setting::SettingError;
use crate::json::quoted;
use std::fmt;

/// A package of the registry, and which versions of it will do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    name: String,
    version: String,
}

impl Package {
    /// The package that is declared; without a version the latest.
    ///
    /// # Errors
    /// The name is none that npm would take for a package of the registry, or the version is no version, range or tag.
    pub fn of(declared: &Dependency) -> Result<Self, SettingError> {
        let name = declared.name.as_str();
        if !is_name(name) {
            return Err(SettingError::new(
                format!("{} is no name of an npm package", quoted(name)),
                "write the name as the registry has it, such as axios or @scope/name",
            ));
        }
        let version = declared.version.as_deref().map_or("", str::trim);
        let version = if version.is_empty() { LATEST } else { version };
        if !is_version(version) {
            return Err(SettingError::new(
                format!("{} is no version of the npm package {name}", quoted(version)),
                "write a version such as 4.1.2, a range such as ^4.1.0, or a tag such as latest; files, URLs and \
                 repositories are not taken",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Package {
    /// `name@version`, as npm reads it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

const LATEST: &str = "latest";
/// Characters of a name, scope included (npm).
const MAX_NAME: usize = 214;
const MAX_VERSION: usize = 128;

/// `name` or `@scope/name`.
fn is_name(text: &str) -> bool {
    let bare = text.strip_prefix('@');
    let mut parts = bare.unwrap_or(text).split('/');
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "-._~".contains(character))
            && !["node_modules", "favicon.ico"].contains(&part.to_ascii_lowercase().as_str())
    };
    text.len() <= MAX_NAME
        && parts.clone().count() == if bare.is_some() { 2 } else { 1 }
        && parts.all(is_part)
}

fn is_version(text: &str) -> bool {
    let is_archive = [".tgz", ".tar.gz", ".tar"]
        .iter()
        .any(|end| text.to_ascii_lowercase().ends_with(end));
    text.len() <= MAX_VERSION && !is_archive && (is_tag(text) || is_range(text))
}

/// `latest`, `next-11`.
fn is_tag(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
}

/// `1.2.3`, `^1.2`, `>=1 <2`, `1.x || 2.x`, `1.2 - 1.4` (the grammar of npm's semver).
fn is_range(text: &str) -> bool {
    let is_alternative = |alternative: &str| {
        let mut comparators = alternative.split_whitespace();
        comparators.clone().next().is_some() && comparators.all(|one| one == "-" || is_comparator(one))
    };
    !text.starts_with('-') && text.split("||").all(is_alternative)
}

fn is_comparator(text: &str) -> bool {
    let version = text.trim_start_matches(['<', '>', '=', '~', '^']);
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, build) = version
        .split_once('+')
        .map_or((version, None), |(version, build)| (version, Some(build)));
    let (core, before) = version
        .split_once('-')
        .map_or((version, None), |(core, before)| (core, Some(before)));
    let is_number = |part: &str| {
        ["x", "X", "*"].contains(&part) || !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_suffix = |suffix: &str| {
        suffix.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    core.split('.').count() <= 3
        && core.split('.').all(is_number)
        && before.is_none_or(is_suffix)
        && build.is_none_or(is_suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Result<String, SettingError> {
        let declared = Dependency {
            name: name.to_owned(),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            ..Dependency::default()
        };
        Package::of(&declared).map(|package| package.to_string())
    }

    #[test]
    fn names_and_versions_are_those_of_the_registry() {
        for (name, version, shown) in [
            ("axios", "1.7.2", "axios@1.7.2"),
            ("axios", "", "axios@latest"),
            ("axios", "latest", "axios@latest"),
            ("JSONStream", "next-11", "JSONStream@next-11"),
            ("@aws-sdk/client-s3", " ^3.1 ", "@aws-sdk/client-s3@^3.1"),
            ("lodash.get", "v4.4.2", "lodash.get@v4.4.2"),
            (
                "a",
                ">=1.2.0 <2 || 3.x || 4.1 - 4.3",
                "a@>=1.2.0 <2 || 3.x || 4.1 - 4.3",
            ),
            ("a", "*", "a@*"),
            ("a", "1.0.0-rc.1+build.5", "a@1.0.0-rc.1+build.5"),
        ] {
            assert_eq!(package(name, version), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn what_npm_would_take_for_something_else_is_refused() {
        for name in [
            "",
            "--global",
            "-g",
            ".",
            "..",
            "../x",
            "./x",
            "/etc",
            "a/b",
            "@a",
            "@a/b/c",
            "@/b",
            "@a/",
            "@../b",
            "file:/etc",
            "git+ssh://x",
            "a@npm:b",
            "a b",
            "a\nb",
            "a\0",
            "~/x",
            "node_modules",
            "_a",
            "ä",
            "a;b",
            "$(x)",
            "http://x.example/a.tgz",
            "C:\\x",
        ] {
            assert!(package(name, "1.0.0").is_err(), "{name:?}");
        }
        assert!(package(&"a".repeat(215), "1.0.0").is_err());
        for version in [
            "file:/etc",
            "file:../x",
            "git+https://x.example/a",
            "github:a/b",
            "a/b",
            "npm:other@1",
            "http://x.example/a",
            "./x",
            "..",
            ".",
            "~/x",
            "x.tgz",
            "1.0.0-x.tgz",
            "1.0.0-x.TAR.GZ",
            "--global",
            "-g",
            "- 1",
            "1 --global",
            "link:x",
            "1.0.0.0",
            "1..0",
            "1.0.0-",
            "1.0.0+",
            "||",
            "1 ||",
            "a b",
            "1\0",
            "workspace:*",
            "$(x)",
            "1;2",
            "^",
            "../../x",
        ] {
            assert!(package("a", version).is_err(), "{version:?}");
        }
    }
}
