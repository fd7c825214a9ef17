//! What an Action's own source shows of its need of Node.js, without running it: modules that it requires, and names of
//! globals. What does not show is met when it runs.

use super::calls::Source;
use super::modules::{Files, Modules};
use super::prepared::Prepared;
use crate::action::absent::{GLOBALS, LOCALE_METHODS, MODULES};
use crate::action::need::{Asked, Need};
use crate::action::protocol::Module;
use std::collections::HashSet;

/// The first thing in the Action's own source that the embedded engine lacks.
pub fn needs(action: &Prepared) -> Option<Need> {
    let source = Source::of(&action.script().source);
    let found = modules(action, &source)
        .chain(globals(&source))
        .chain(methods(&source));
    let (at, what) = found.min_by_key(|(at, _)| *at)?;
    Some(Need {
        what,
        asked: Some(Asked {
            file: action.script().file.clone(),
            place: Some(source.place(at)),
        }),
    })
}

/// Modules that are required by a name that is written out.
fn modules<'s>(action: &'s Prepared, source: &'s Source) -> impl Iterator<Item = (usize, String)> + 's {
    let files = Files::default();
    source.required().filter_map(move |(at, specifier)| {
        let (before, after) = source.around(at, "import");
        if after.starts_with(b"(") && !before.ends_with(b".") && source.words("import").any(|word| word == at)
        {
            return Some((at, format!("import('{specifier}')")));
        }
        let name = specifier.strip_prefix("node:").unwrap_or(&specifier);
        if MODULES.contains(&name) {
            return Some((at, format!("the module '{name}'")));
        }
        let mut modules = Modules::new(action, &files, None);
        match modules.find(&specifier, &action.script().file, &HashSet::new()) {
            Module::Beyond { what, .. } => Some((at, what)),
            _ => None,
        }
    })
}

/// Globals that are named and that the source does not declare itself.
fn globals(source: &Source) -> impl Iterator<Item = (usize, String)> + '_ {
    let named = GLOBALS.into_iter().chain(["fetch"]);
    named.filter_map(|name| {
        let uses = |at: &usize| {
            let (before, after) = source.around(*at, name);
            !before.ends_with(b".") && !after.starts_with(b":")
        };
        let is_declared = source.words(name).any(|at| {
            let (before, _) = source.around(at, name);
            DECLARES.iter().any(|word| before.ends_with(word.as_bytes()))
        });
        let at = source.words(name).find(uses).filter(|_| !is_declared)?;
        Some((at, name.to_owned()))
    })
}

/// Words before a name that declare it.
const DECLARES: [&str; 5] = ["class", "const", "function", "let", "var"];

/// Methods that depend on a locale and that are called.
fn methods(source: &Source) -> impl Iterator<Item = (usize, String)> + '_ {
    LOCALE_METHODS.into_iter().filter_map(|name| {
        let at = source.words(name).find(|at| {
            let (before, after) = source.around(*at, name);
            before.ends_with(b".") && after.starts_with(b"(")
        })?;
        Some((at, name.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Script;

    fn seen(source: &str) -> Option<String> {
        let prepared = Prepared::new(Script {
            source: source.into(),
            file: "code.js".to_owned(),
            ..Script::default()
        });
        needs(&prepared).map(|need| need.to_string())
    }

    #[test]
    fn what_the_source_names_is_seen_with_its_place() {
        for (source, said) in [
            (
                "const a = 1;\n  const zlib = require('node:zlib');",
                "the module 'zlib' is asked for in code.js, line 2, column 16",
            ),
            (
                "await fetch(url)",
                "fetch is asked for in code.js, line 1, column 7",
            ),
            (
                "new Intl.DateTimeFormat()",
                "Intl is asked for in code.js, line 1, column 5",
            ),
            (
                "date.toLocaleString('de')",
                "toLocaleString is asked for in code.js, line 1, column 6",
            ),
            (
                "await import('x')",
                "import('x') is asked for in code.js, line 1, column 7",
            ),
            (
                "typeof Headers; require('fs')",
                "Headers is asked for in code.js, line 1, column 8",
            ),
        ] {
            assert_eq!(seen(source).as_deref(), Some(said), "{source}");
        }
    }

    #[test]
    fn comments_texts_members_and_own_names_ask_for_nothing() {
        for source in [
            "// fetch(url)\n/* Intl */ 'require(\"fs\")'",
            "api.fetch(url); event.Headers",
            "const fetch = require('./client'); fetch(url)",
            "({ Request: 1 })",
            "require('crypto'); require('node:util'); require('axios')",
            "const toLocaleString = 1",
        ] {
            assert_eq!(seen(source), None, "{source}");
        }
    }
}
