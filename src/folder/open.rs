//! Reading a tenant folder that is to be used at once.

use super::read::read;
use super::sources::Sources;
use crate::tenant::{Problem, Tenant};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The tenant in the folder `root`; placeholders and secrets without a value there have it from the environment of
/// this process. [`read()`] tells more.
///
/// An error in a part of the tenant stays with the tenant ([`Tenant::faults`]), and refuses the logins that need the
/// part.
///
/// # Errors
/// No login is possible with the tenant as it is.
pub fn open(root: &Path) -> Result<Tenant, UnusableTenant> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: here the environment becomes an argument"
    )]
    let environment = |name: &str| std::env::var(name).ok();
    let reading = read(
        root,
        &Sources {
            environment: &environment,
            variables: &BTreeMap::new(),
        },
    );
    let problems = reading.problems.into_iter();
    let errors: Vec<Problem> = problems.filter(Problem::is_of_every_login).collect();
    if errors.is_empty() {
        Ok(reading.tenant)
    } else {
        Err(UnusableTenant { errors })
    }
}

/// Why a tenant cannot be used: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableTenant {
    /// At least one.
    pub errors: Vec<Problem>,
}

impl std::error::Error for UnusableTenant {}

impl fmt::Display for UnusableTenant {
    /// One line for each error.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.errors.iter().enumerate() {
            let before = if number == 0 { "" } else { "\n" };
            let Problem {
                file, message, help, ..
            } = problem;
            write!(formatter, "{before}{}: {message}; {help}", file.display())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_opened_or_everything_that_is_wrong_is_told() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tenants/acme");
        assert!(open(&root).unwrap().client("web").is_ok());
        let error = open(&root.join("nowhere")).unwrap_err().to_string();
        assert!(error.contains("there is no such folder"), "{error}");
    }
}
