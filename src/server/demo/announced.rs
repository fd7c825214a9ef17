//! What whoever starts a demo is told.

use super::one_press::people;
use crate::server::site::Site;

impl Site {
    /// Where the examples of a demo are, and who can log in there; nothing where this is no demo.
    pub fn announced(&self) -> Vec<String> {
        if self.demo.is_none() {
            return Vec::new();
        }
        let names: Vec<_> = people(&self.tenant)
            .into_iter()
            .map(|person| match person.email {
                Some(email) if email != person.name => format!("{} ({email})", person.name),
                _ => person.name,
            })
            .collect();
        let more = self.tenant.users.len() - names.len();
        let who = match (names.is_empty(), more) {
            (true, _) => "nobody: add users to users.json".to_owned(),
            (false, 0) => names.join(", "),
            (false, more) => format!("{}, and {more} more", names.join(", ")),
        };
        let url = &self.url;
        vec![
            format!("example application: {url}demo/app"),
            format!("example service provider: {url}demo/sp"),
            format!("who can log in, without a password: {who}"),
        ]
    }
}
