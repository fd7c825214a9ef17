//! Why the store does not answer, as whoever runs it has to know it.

use crate::flow::Unavailable;
use std::path::PathBuf;

/// The store cannot answer. What was asked for did not happen, unless [`StoreError::Unknown`] says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else holds the store's lock, or more waits for it than can be taken.
    #[error("the store is busy: {what}")]
    Busy {
        /// What held it up.
        what: String,
    },
    /// A row is there, and is none that this version could have written.
    #[error("the store holds {what} that cannot be read: {why}")]
    Content {
        /// What the row is about; never its value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The file is damaged, or is no store.
    #[error("the store {} is damaged or is no store: {why}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The database refused a statement for another reason.
    #[error("the store failed: {why}")]
    Failed {
        /// What the database says.
        why: String,
    },
    /// There is no room left on the disk.
    #[error("there is no room left for the store {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of postlogin has changed the store's form.
    #[error(
        "the store {} has form {found}, which a newer postlogin wrote; this one knows the forms up to {known}",
        path.display()
    )]
    NewerForm {
        /// The file.
        path: PathBuf,
        /// The form that was found.
        found: u32,
        /// The newest form that this version knows.
        known: u32,
    },
    /// A step towards the store's form is not the one that this version has.
    #[error("the store {} was made by other steps than those of this postlogin: step {step} differs", path.display())]
    OtherForm {
        /// The file.
        path: PathBuf,
        /// The first step that differs.
        step: u32,
    },
    /// The file or its folder cannot be written.
    #[error("the store {} cannot be written: the file or its folder is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Whether what was asked for happened cannot be told: the commit failed.
    #[error("the store could not say whether it kept a change: {why}")]
    Unknown {
        /// What the database says.
        why: String,
    },
    /// The file cannot be opened.
    #[error("the store {} cannot be opened: {why}", path.display())]
    Unopened {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl StoreError {
    /// The stable name of the error, for answers, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "storage_busy",
            Self::Content { .. } | Self::Corrupt { .. } => "storage_corrupt",
            Self::Failed { .. } | Self::Unknown { .. } => "storage_failed",
            Self::Full { .. } => "storage_full",
            Self::NewerForm { .. } => "storage_newer_form",
            Self::OtherForm { .. } => "storage_other_form",
            Self::ReadOnly { .. } => "storage_read_only",
            Self::Unopened { .. } => "storage_unavailable",
        }
    }

    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "try again; if it stays, look for another program that has the file open",
            Self::Content { .. } | Self::Corrupt { .. } => {
                "put back the last copy of the file; nothing was changed or made anew"
            }
            Self::Failed { .. } | Self::Unknown { .. } => {
                "look at the disk and the log of the system, and try again"
            }
            Self::Full { .. } => "make room on the disk; the store goes on by itself",
            Self::NewerForm { .. } => "run the version of postlogin that wrote it, or a newer one",
            Self::OtherForm { .. } => "run the version of postlogin that made it",
            Self::ReadOnly { .. } => "let the user of this process write the file and its folder",
            Self::Unopened { .. } => {
                "give a path whose folder is there and can be read by the user of this process"
            }
        }
    }
}

/// What a login is told: why it cannot go on, and what to do.
impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self {
            what: error.to_string(),
            help: error.help().to_owned(),
            code: error.code(),
        }
    }
}

/// What the store answers.
pub type Stored<T> = Result<T, StoreError>;
