//! What an Action needs Node.js for.

use std::fmt;

/// What an Action needs Node.js for, and which file asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What is asked for, such as `the module 'zlib'` or `Intl`.
    pub what: String,
    /// Where, if known.
    pub asked: Option<Asked>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As errors name it.
    pub file: String,
    /// Line and column, both 1-based, if known.
    pub place: Option<(u32, u32)>,
}

impl Need {
    /// The package whose code asks; none where the Action's own code does.
    pub fn package(&self) -> Option<&str> {
        let (_, inner) = self.asked.as_ref()?.file.rsplit_once("node_modules/")?;
        let scope = if inner.starts_with('@') { 2 } else { 1 };
        let end = inner.match_indices('/').nth(scope - 1).map(|(at, _)| at);
        Some(&inner[..end.unwrap_or(inner.len())])
    }
}

impl fmt::Display for Need {
    /// `the module 'zlib' is asked for by the package 'kit' in node_modules/kit/index.js, line 3, column 14`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is asked for", self.what)?;
        if let Some(package) = self.package() {
            write!(formatter, " by the package '{package}'")?;
        }
        let Some(Asked { file, place }) = &self.asked else {
            return Ok(());
        };
        write!(formatter, " in {file}")?;
        match place {
            Some((line, column)) => write!(formatter, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(file: &str) -> String {
        let asked = Asked {
            file: file.to_owned(),
            place: Some((3, 14)),
        };
        let need = Need {
            what: "Intl".to_owned(),
            asked: Some(asked),
        };
        need.to_string()
    }

    #[test]
    fn the_package_and_its_file_are_named() {
        assert_eq!(
            said("actions/a/code.js"),
            "Intl is asked for in actions/a/code.js, line 3, column 14"
        );
        assert_eq!(
            said("node_modules/kit/index.js"),
            "Intl is asked for by the package 'kit' in node_modules/kit/index.js, line 3, column 14"
        );
        let inner = "node_modules/kit/node_modules/@scope/part/lib/a.js";
        assert!(said(inner).contains("the package '@scope/part' in "), "{inner}");
    }
}
