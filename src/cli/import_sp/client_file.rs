//! The file of a new client: one that every file system takes, that is read again, and that is nobody else's.

use super::super::trouble::Trouble;
use crate::disk;
use crate::tenant::stable_id;
use std::path::{Path, PathBuf};

/// The file of a new client with this `name`, relative to the tenant folder. Where the name gives no name of a file, the
/// `entity` does; where only upper and lower case tell it from another file, an id is put behind it.
///
/// # Errors
/// The folder of clients cannot be read, or a file that the client should have is there.
pub fn client_file(root: &Path, name: &str, entity: &str) -> Result<PathBuf, Trouble> {
    let clients = Path::new("clients");
    let there = super::files::found(&root.join(clients), disk::names)?.unwrap_or_default();
    let there: Vec<_> = there.iter().map(|name| name.to_string_lossy()).collect();
    let id = stable_id("", name, 8);
    let own = stem(name);
    if let Some(Stem::Whole(own)) = &own {
        let file = format!("{own}.json");
        if there.iter().any(|other| *other == file) {
            return Err(Trouble::new(
                format!("clients/{file} exists already and does not hold the client \"{name}\""),
                "give another name with --name, or correct that file",
            ));
        }
    }
    let is_free = |file: &String| {
        let lower = file.to_lowercase();
        there.iter().all(|other| other.to_lowercase() != lower)
    };
    let of_entity = || host(entity).and_then(|host| stem(&host)).or_else(|| stem(entity));
    let candidates = match own.or_else(of_entity) {
        Some(Stem::Whole(whole)) => vec![format!("{whole}.json"), format!("{whole}-{id}.json")],
        Some(Stem::Cut(cut)) => vec![format!("{cut}-{id}.json")],
        None => vec![format!("client-{id}.json")],
    };
    let free = candidates.into_iter().find(is_free).ok_or_else(|| {
        Trouble::new(
            format!("there is a file in clients/ already that the client \"{name}\" would have"),
            "give another name with --name",
        )
    })?;
    Ok(clients.join(free))
}

/// A file's name without its ending.
#[derive(Debug, PartialEq, Eq)]
enum Stem {
    /// Of a text that was too long.
    Cut(String),
    Whole(String),
}

/// What `text` gives; none where it has no letter and no digit.
fn stem(text: &str) -> Option<Stem> {
    let plain = |character: char| match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        other if other.is_control() || is_invisible(other) => '-',
        other => other,
    };
    let plain: String = text.trim().chars().map(plain).collect();
    let plain = plain.trim_start_matches('.').trim();
    if !plain.chars().any(char::is_alphanumeric) {
        return None;
    }
    let plain = if is_device(plain) {
        format!("client-{plain}")
    } else {
        plain.to_owned()
    };
    let mut end = plain.len().min(MAX_BYTES);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    Some(if end < plain.len() {
        Stem::Cut(plain[..end].to_owned())
    } else {
        Stem::Whole(plain)
    })
}

/// Whether Windows takes the name for a device, whatever its ending is.
fn is_device(name: &str) -> bool {
    let first = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_lowercase();
    let port = first.strip_prefix("com").or_else(|| first.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| {
        let mut digits = number.chars();
        digits.next().is_some_and(|digit| "0123456789¹²³".contains(digit)) && digits.next().is_none()
    });
    is_port || ["aux", "con", "nul", "prn"].contains(&first.as_str())
}

/// Whether nobody sees the character, or it turns the text around it.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// The host of a URL.
fn host(text: &str) -> Option<String> {
    url::Url::parse(text).ok()?.host_str().map(str::to_owned)
}

/// What file systems take at least is 255, with the ending, an id and a copy's number.
const MAX_BYTES: usize = 150;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(there: &[&str], name: &str, entity: &str) -> Result<String, String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("clients")).unwrap();
        for file in there {
            std::fs::write(root.path().join("clients").join(file), "{}").unwrap();
        }
        let file = client_file(root.path(), name, entity).map_err(|trouble| trouble.what)?;
        std::fs::write(root.path().join(&file), "{}").unwrap();
        let name = file.strip_prefix("clients").unwrap().to_str().unwrap();
        Ok(name.to_owned())
    }

    #[test]
    fn a_name_that_gives_no_file_takes_that_of_the_entity() {
        for name in ["..", ".", "...", " . ", "///", "\u{200b}", "\u{1}\u{2}", "--"] {
            let file = file(&[], name, "https://shop.example/saml").unwrap();
            assert_eq!(file, "shop.example.json", "{name:?}");
        }
        assert_eq!(file(&[], "..", "urn:shop:1").unwrap(), "urn-shop-1.json");
        assert!(file(&[], "..", "..").unwrap().starts_with("client-"));
        let beside = file(&["shop.example.json"], "..", "https://shop.example/saml").unwrap();
        assert!(beside.starts_with("shop.example-"), "{beside}");
    }

    #[test]
    fn no_name_leaves_the_folder_or_is_more_than_a_file_system_takes() {
        for (name, expected) in [
            ("../../evil", "-..-evil.json"),
            ("/etc/passwd", "-etc-passwd.json"),
            (".hidden", "hidden.json"),
            ("a\tb\u{202e}c", "a-b-c.json"),
            ("CON", "client-CON.json"),
            ("nul.txt", "client-nul.txt.json"),
            ("com1", "client-com1.json"),
            ("common", "common.json"),
            ("console", "console.json"),
        ] {
            assert_eq!(file(&[], name, "urn:sp").unwrap(), expected, "{name:?}");
        }
        let long = file(&[], &"ä".repeat(400), "urn:sp").unwrap();
        assert!(
            long.len() < 200 && long.rsplit_once('.').is_some_and(|(_, end)| end == "json"),
            "{long}"
        );
        let other = file(&[&long], &"ä".repeat(401), "urn:sp").unwrap();
        assert_ne!(other, long);
    }

    #[test]
    fn a_file_that_differs_by_case_alone_stays_apart() {
        let beside = file(&["Web.json"], "web", "urn:sp").unwrap();
        assert!(beside.starts_with("web-"), "{beside}");
        let taken = file(&["web.json"], "web", "urn:sp").unwrap_err();
        assert!(taken.contains("does not hold the client \"web\""), "{taken}");
    }
}
