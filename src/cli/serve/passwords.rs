//! Passwords of `users.json` that nobody can log in with, told when the server starts.

use crate::password::PasswordHash;
use crate::tenant::Tenant;

/// One line for each of the first few users, and one for the rest.
pub(super) fn unreadable(tenant: &Tenant) -> Vec<String> {
    let faults = tenant
        .credentials
        .iter()
        .filter_map(|(user_id, credentials)| Some((user_id, PasswordHash::of(credentials).err()?)));
    let mut lines: Vec<String> = faults
        .map(|(user_id, fault)| format!("the user {user_id} cannot log in with a password: {fault}"))
        .collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!(
            "{more} more users cannot log in with a password; postlogin check names them"
        ));
    }
    lines
}

const MOST_LINES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Credentials;
    use serde_json::json;

    #[test]
    fn a_few_users_are_named_and_the_rest_are_counted() {
        let mut tenant = Tenant::default();
        for number in 0..7 {
            let hash = json!("no hash at all");
            let credentials = Credentials([("password_hash".to_owned(), hash)].into_iter().collect());
            tenant.credentials.insert(format!("auth0|{number}"), credentials);
        }
        let lines = unreadable(&tenant);
        assert_eq!(lines.len(), 6);
        assert!(
            lines[0].starts_with("the user auth0|0 cannot log in") && !lines[0].contains("no hash at all")
        );
        assert!(lines[5].starts_with("2 more users"));
    }
}
