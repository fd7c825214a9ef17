//! What can be seen of an Action's calls without running it: first arguments that are written out, and modules that it
//! requires. What cannot be seen is said to be unseen; nothing is guessed.

use super::method_place::{BareCode, is_of_word};
use super::modules::{Files, Modules};
use super::prepared::Prepared;
use crate::action::protocol::Module;
use std::collections::HashSet;
use std::sync::Arc;

/// The calls that can be seen in the sources of one Action.
#[derive(Debug)]
pub struct Calls {
    sources: Vec<Source>,
}

/// A module that an Action requires and does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// As the Action names it.
    pub specifier: String,
    /// 1-based.
    pub line: u32,
    /// What `require` would say.
    pub message: String,
}

/// A source, and its code without comments and strings.
#[derive(Debug)]
pub(super) struct Source {
    text: Arc<str>,
    bare: BareCode,
}

impl Calls {
    /// Those of an Action and of the modules that it may require.
    pub fn of(action: &Prepared) -> Self {
        let script = action.script();
        let modules = script.modules.iter().map(|module| &module.source);
        let sources = std::iter::once(&script.source).chain(modules).map(Source::of);
        Self {
            sources: sources.collect(),
        }
    }

    /// The first arguments of all calls of `method`, each a text that is written out; none where not all of them can be
    /// seen.
    pub fn first_arguments(&self, method: &str) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for source in &self.sources {
            if source.hides_calls() {
                return None;
            }
            for at in source.words(method) {
                all.push(source.argument(at + method.len())?);
            }
        }
        Some(all)
    }

    /// Whether this word stands in the code.
    pub fn has_word(&self, word: &str) -> bool {
        self.sources
            .iter()
            .any(|source| source.words(word).next().is_some())
    }

    /// Whether a method of this name may be called.
    pub fn may_call(&self, method: &str) -> bool {
        let may_call = |source: &Source| source.hides_calls() || source.words(method).next().is_some();
        self.sources.iter().any(may_call)
    }
}

impl Prepared {
    /// What the Action's own source requires by a name that is written out, and does not get.
    pub fn unresolved(&self) -> Vec<Unresolved> {
        let source = Source::of(&self.script().source);
        let files = Files::default();
        let mut modules = Modules::new(self, &files, None);
        let required = source.required().filter_map(|(at, specifier)| {
            if is_of_node(&specifier) {
                return None;
            }
            let found = modules.find(&specifier, &self.script().file, &HashSet::new());
            let Module::Missing { message } = found else {
                return None;
            };
            let (line, _) = source.place(at);
            Some(Unresolved {
                specifier,
                line,
                message,
            })
        });
        required.collect()
    }
}

impl Source {
    /// Reads a source.
    pub fn of(text: &Arc<str>) -> Self {
        Self {
            text: Arc::clone(text),
            bare: BareCode::of(text),
        }
    }

    /// Line and column of a byte, both 1-based.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }

    /// The code around a word that begins at `at`: what stands before it and after it, without blanks.
    pub fn around(&self, at: usize, word: &str) -> (&[u8], &[u8]) {
        let code = self.bare.bytes();
        (
            code[..at].trim_ascii_end(),
            code[at + word.len()..].trim_ascii_start(),
        )
    }

    /// Where the word stands in the code.
    pub fn words<'s>(&'s self, word: &'s str) -> impl Iterator<Item = usize> + 's {
        let code = self.bare.bytes();
        let starts = code.windows(word.len().max(1)).enumerate();
        let found = starts.filter(move |(_, part)| *part == word.as_bytes());
        found.map(|(at, _)| at).filter(move |at| {
            let before = at.checked_sub(1).and_then(|before| code.get(before));
            let after = code.get(at + word.len());
            [before, after]
                .into_iter()
                .flatten()
                .all(|byte| !is_of_word(*byte))
        })
    }

    /// The text that is the whole first argument of the call whose name ends at `at`.
    fn argument(&self, at: usize) -> Option<String> {
        let code = self.bare.bytes();
        let open = at + blanks(&code[at..]);
        if code.get(open) != Some(&b'(') {
            return None;
        }
        let text = self.text.as_bytes();
        let start = open + 1 + blanks(&text[open + 1..]);
        let quote = *text.get(start).filter(|byte| b"'\"`".contains(byte))?;
        let length = text[start + 1..].iter().position(|byte| *byte == quote)?;
        let written = self.text.get(start + 1..start + 1 + length)?;
        // Escapes and what a template holds are not read.
        if written.contains('\\') || written.contains('\n') || quote == b'`' && written.contains("${") {
            return None;
        }
        let end = start + length + 2;
        let next = code.get(end + blanks(code.get(end..)?))?;
        b",)".contains(next).then(|| written.to_owned())
    }

    /// Whether calls may be made that no name shows: by a computed name, by an alias of what the methods are members of,
    /// by a text that is run, or by other files that are handed `api`.
    fn hides_calls(&self) -> bool {
        let follows = |at: usize| {
            let rest = &self.bare.bytes()[at..];
            rest[blanks(rest)..].first().copied()
        };
        let is_computed = |word: &str| self.words(word).any(|at| follows(at + word.len()) == Some(b'['));
        let is_taken = |word: &str| {
            let ends = self.words(word).map(|at| follows(at + word.len()));
            ends.into_iter().any(|next| !matches!(next, Some(b'.' | b'?')))
        };
        is_computed("api")
            || RECEIVERS.iter().any(|word| is_computed(word) || is_taken(word))
            || ["eval", "Function"]
                .iter()
                .any(|word| self.words(word).next().is_some())
            || self.uses_other_files() && self.hands_out_api()
    }

    fn uses_other_files(&self) -> bool {
        let mut named = self.required().filter(|(_, specifier)| !is_of_node(specifier));
        let is_foreign = |(_, specifier): (usize, String)| !specifier.starts_with("actions:");
        let calls = ["require", "import"].into_iter().flat_map(|word| {
            let ends = self.words(word).map(move |at| at + word.len());
            ends.filter(|end| self.argument(*end).is_none())
        });
        named.any(is_foreign) || calls.count() > 0
    }

    /// Whether `api` is an argument; where no parameter is called so, that cannot be seen.
    fn hands_out_api(&self) -> bool {
        let code = self.bare.bytes();
        let mut uses = self.words("api").peekable();
        if uses.peek().is_none() {
            return true;
        }
        uses.any(|at| {
            let end = at + "api".len();
            let next = end + blanks(&code[end..]);
            match code.get(next) {
                Some(b')') => {
                    let after = &code[next + 1..];
                    let after = &after[blanks(after)..];
                    !after.starts_with(b"=>") && !after.starts_with(b"{")
                }
                Some(b'.' | b'?') => false,
                _ => true,
            }
        })
    }

    /// Modules that are required by a name that is written out, with their places.
    pub fn required(&self) -> impl Iterator<Item = (usize, String)> {
        ["require", "import"].into_iter().flat_map(move |word| {
            let calls = self.words(word).filter(|at| {
                let before = self.bare.bytes()[..*at].trim_ascii_end();
                before.last() != Some(&b'.')
            });
            calls.filter_map(move |at| Some((at, self.argument(at + word.len())?)))
        })
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

/// Whether a module is Node's own, whether Actions may have it or not.
pub(super) fn is_of_node(specifier: &str) -> bool {
    let first = specifier.split('/').next().unwrap_or_default();
    specifier.starts_with("node:") || NODE.contains(&first)
}

/// What methods are members of.
const RECEIVERS: [&str; 3] = ["accessToken", "idToken", "samlResponse"];

/// Node's modules.
const NODE: [&str; 43] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
    "test",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Script;

    fn calls(source: &str) -> Calls {
        Calls::of(&Prepared::new(Script {
            source: source.into(),
            ..Script::default()
        }))
    }

    fn attributes(body: &str) -> Option<Vec<String>> {
        calls(&format!(
            "exports.onExecutePostLogin = async (event, api) => {{ {body} }};"
        ))
        .first_arguments("setAttribute")
    }

    #[test]
    fn names_that_are_written_out_are_seen() {
        assert_eq!(attributes(""), Some(Vec::new()));
        let body = "api.samlResponse.setAttribute('a', 1); api.samlResponse?.setAttribute( \"b\" ,\n 2);\
                    // api.samlResponse.setAttribute(x)\n api.samlResponse.setAttribute(`c`, 'setAttribute');";
        assert_eq!(attributes(body).unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn what_cannot_be_seen_is_not_guessed() {
        for body in [
            "api.samlResponse.setAttribute(name, 1)",
            "api.samlResponse.setAttribute('a' + b, 1)",
            "api.samlResponse.setAttribute(`${a}/b`, 1)",
            "api.samlResponse.setAttribute('a\\x62', 1)",
            "api.samlResponse['setAttribute']('a', 1)",
            "const saml = api.samlResponse; saml[name]('a', 1)",
            "const { samlResponse } = api; samlResponse.setAttribute('a', 1)",
            "api[part].setAttribute('a', 1)",
            "const set = api.samlResponse.setAttribute.bind(api.samlResponse)",
            "eval(text)",
            "require('./roles')(event, api)",
            "require('roles').apply(event, api)",
            "(await import(name)).default(event, api)",
        ] {
            assert_eq!(attributes(body), None, "{body}");
        }
        for body in [
            "require('./roles')(event)",
            "require('crypto').createHash('sha256'); helper(event, api)",
            "helper(event, api); function helper(event, api) {}",
        ] {
            assert_eq!(attributes(body), Some(Vec::new()), "{body}");
        }
        let renamed = "exports.onExecutePostLogin = async (e, a) => require('roles')(e, a);";
        assert_eq!(calls(renamed).first_arguments("setAttribute"), None);
    }

    #[test]
    fn what_is_required_and_not_there_is_named_with_its_line() {
        let source = "const a = require('axios');\nconst { b } = require('node:crypto');\nx.require('no');\n\
                      require(name);\nrequire('fs/promises'); // require('comment')\nrequire('actions:none')";
        let prepared = Prepared::new(Script {
            source: source.into(),
            ..Script::default()
        });
        let unresolved = prepared.unresolved();
        let seen: Vec<_> = unresolved
            .iter()
            .map(|one| (one.specifier.as_str(), one.line))
            .collect();
        assert_eq!(seen, [("axios", 1), ("actions:none", 6)]);
        assert!(unresolved[0].message.contains("cannot find module 'axios'"));
    }
}
