//! Own templates of the server's pages, in the folder `pages/`.

use super::files::Files;
use super::shelf::LEFT_OUT;
use crate::tenant::{Problem, Severity};
use std::collections::BTreeMap;
use std::path::Path;

/// The templates by file name. The platform's own pages lie in a folder of this name, too, each beside a JSON file with its
/// settings; they are written in another language, and are not read.
pub(super) fn read(files: &mut Files) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for name in NAMES {
        let file = Path::new(FOLDER).join(name);
        if files.has(file.with_extension("json")) {
            let note = Problem::new(Severity::Note, LEFT_OUT, &file);
            files.problems.push(note.says(
                "this page of the platform is not read; the server has a page of its own",
                "to use a page of your own, remove the JSON file beside it and write it as a template",
            ));
            continue;
        }
        let Some(text) = files.text(&file) else {
            continue;
        };
        if text.len() > MOST_BYTES {
            let problem = Problem::error("page_too_long", &file).says(
                "the template is longer than 256 KiB",
                "make it shorter: images are what is long in most",
            );
            files.problems.push(problem);
            continue;
        }
        pages.insert((*name).to_owned(), text);
    }
    pages
}

pub(super) const FOLDER: &str = "pages";
const NAMES: &[&str] = &[
    "consent.html",
    "device.html",
    "error.html",
    "login.html",
    "logout.html",
];
const MOST_BYTES: usize = 256 << 10;
