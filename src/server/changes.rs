//! What a reload changed, for the log: names of files' objects, never what stands in them.

use crate::tenant::Tenant;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most names of each kind of change.
const MOST: usize = 50;

/// What is in `after` and not in `before`, the other way round, and otherwise: each as `kind/name`, such as `clients/web`.
/// Users are not among it: the store has them.
pub(super) fn changes(before: &Tenant, after: &Tenant) -> Map<String, Value> {
    let mut found = Found::default();
    found.compare("actions", &before.actions, &after.actions, |one| &one.name);
    found.compare("action-modules", &before.modules, &after.modules, |one| &one.name);
    found.compare("clients", &before.clients, &after.clients, |one| &one.client_id);
    found.compare("connections", &before.connections, &after.connections, |one| {
        &one.name
    });
    found.compare(
        "organizations",
        &before.organizations,
        &after.organizations,
        |one| &one.name,
    );
    found.compare(
        "resource-servers",
        &before.resource_servers,
        &after.resource_servers,
        |one| &one.identifier,
    );
    found.compare("roles", &before.roles, &after.roles, |one| &one.name);
    found.whole(
        "attack-protection",
        &before.attack_protection,
        &after.attack_protection,
    );
    found.whole("grants", &before.client_grants, &after.client_grants);
    found.whole("guardian-factors", &before.factors, &after.factors);
    found.whole("pages", &before.pages, &after.pages);
    found.whole("postlogin.toml", &before.config, &after.config);
    found.whole("tenant.json", &before.settings, &after.settings);
    found.whole("triggers", &before.post_login, &after.post_login);
    found.told()
}

#[derive(Default)]
struct Found {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Found {
    fn compare<T: PartialEq>(&mut self, kind: &str, before: &[T], after: &[T], name: impl Fn(&T) -> &String) {
        let known: BTreeMap<&String, &T> = before.iter().map(|one| (name(one), one)).collect();
        let now: BTreeMap<&String, &T> = after.iter().map(|one| (name(one), one)).collect();
        let shown = |name: &String| format!("{kind}/{name}");
        for (name, one) in &now {
            match known.get(name) {
                None => self.added.push(shown(name)),
                Some(before) if before != one => self.changed.push(shown(name)),
                Some(_) => {}
            }
        }
        let gone = known.keys().filter(|name| !now.contains_key(*name));
        self.removed.extend(gone.map(|name| shown(name)));
    }

    fn whole<T: PartialEq>(&mut self, what: &str, before: &T, after: &T) {
        if before != after {
            self.changed.push(what.to_owned());
        }
    }

    fn told(self) -> Map<String, Value> {
        let Self {
            added,
            changed,
            removed,
        } = self;
        let all = [("added", added), ("changed", changed), ("removed", removed)];
        all.into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(how, mut names)| {
                let more = names.len().saturating_sub(MOST);
                names.truncate(MOST);
                if more > 0 {
                    names.push(format!("{more} more"));
                }
                (how.to_owned(), names.into())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Client;
    use serde_json::json;

    fn tenant(clients: &[(&str, &str)]) -> Tenant {
        let client = |(id, name): &(&str, &str)| Client {
            client_id: (*id).to_owned(),
            name: (*name).to_owned(),
            ..Client::default()
        };
        Tenant {
            clients: clients.iter().map(client).collect(),
            ..Tenant::default()
        }
    }

    #[test]
    fn a_reload_names_what_it_changed() {
        let before = tenant(&[("web", "a"), ("pay", "p"), ("old", "o")]);
        let mut after = tenant(&[("new", "n"), ("pay", "p"), ("web", "b")]);
        after.post_login = vec!["a".to_owned()];
        assert_eq!(
            Value::Object(changes(&before, &after)),
            json!({"added": ["clients/new"], "changed": ["clients/web", "triggers"], "removed": ["clients/old"]})
        );
        assert_eq!(changes(&before, &before), Map::new());
    }

    #[test]
    fn of_many_names_some_are_told() {
        let names: Vec<String> = (0..80).map(|number| format!("client-{number:02}")).collect();
        let clients: Vec<_> = names.iter().map(|name| (&**name, "x")).collect();
        let told = changes(&Tenant::default(), &tenant(&clients));
        let added = told["added"].as_array().unwrap();
        assert_eq!((added.len(), &added[MOST]), (MOST + 1, &json!("30 more")));
    }
}
