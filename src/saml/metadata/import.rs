//! From what a service provider says to the settings of its client (interface 1, `clients/*.json`).
//!
//! The client stays JSON: members that are not touched keep value and place. What the metadata does not
//! say is kept; what it says and the client has otherwise is changed, and told with both values.

use super::super::inbound::Trust;
use super::import_encryption::subject;
use super::sp::{Assertions, Left, Requests, ServiceProvider};
use super::{import_algorithms, import_attributes, import_encryption, import_name_id};
use crate::keys::{Certificate, PublicKey};
use crate::tenant::SamlConfig;
use crate::time::Moment;
use serde_json::{Map, Value, json};

/// What an import did to a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// Members that were made, changed or confirmed, in order.
    pub taken: Vec<Taken>,
    /// What was not used.
    pub left: Vec<Left>,
    /// What is legal but unwise; one sentence each.
    pub warnings: Vec<String>,
}

/// One member that the metadata decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Its path in the client, such as `addons.samlp.audience`.
    pub member: String,
    /// The element or attribute that it comes from.
    pub from: &'static str,
    /// Its value now; `null` where it was removed.
    pub value: Value,
    /// What it was.
    pub before: Before,
}

/// What a member was before an import.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// Not there.
    Absent,
    /// Another value.
    Other(Value),
    /// The same, or one that comes to the same.
    Same,
}

impl Import {
    /// Whether the client is another than before.
    pub fn changes_anything(&self) -> bool {
        self.taken.iter().any(|taken| taken.before != Before::Same)
    }
}

/// What an import goes by beside the metadata.
#[derive(Debug)]
pub struct ImportTerms<'a> {
    /// `[saml]`.
    pub config: &'a SamlConfig,
    /// What the tenant signs with; absent where its key is still to be made.
    pub signing_key: Option<PublicKey>,
    /// What the service provider is told about users.
    pub release: Release,
    /// When.
    pub now: Moment,
}

/// What a service provider is told about users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// What it asks for, beside what the client sends already.
    Beside,
    /// What it asks for, and nothing else.
    OnlyRequested,
}

/// Puts what `provider` says into `client`, the object of a file in `clients/`.
pub fn import(
    provider: &ServiceProvider,
    client: &mut Map<String, Value>,
    terms: &ImportTerms<'_>,
) -> Import {
    let (config, now) = (terms.config, terms.now);
    let mut update = ClientUpdate {
        client,
        import: Import {
            left: provider.left.clone(),
            warnings: provider.warnings.clone(),
            ..Import::default()
        },
    };
    update.endpoints(provider);
    update.names(provider);
    import_name_id::take(provider, &mut update, config);
    import_attributes::take(provider, &mut update, terms.release);
    if provider.assertions == Assertions::Signed {
        update.put(&SAMLP, "signAssertion", "WantAssertionsSigned", json!(true));
    }
    import_algorithms::take(provider, &mut update, terms.signing_key.as_ref());
    update.signing(provider, config, now);
    import_encryption::take(provider, &mut update, config, now);
    update.logout(provider);
    import_attributes::warn_of_identity(&mut update, config);
    update.import
}

/// A client that is being updated, with the report of the import.
pub(super) struct ClientUpdate<'c> {
    client: &'c mut Map<String, Value>,
    pub import: Import,
}

/// The add-on's place in a client.
pub(super) const SAMLP: [&str; 2] = ["addons", "samlp"];
/// Where the add-on has what single logout needs.
const LOGOUT: [&str; 3] = ["addons", "samlp", "logout"];

impl ClientUpdate<'_> {
    /// The member `name` of the object at `path`.
    pub fn member(&self, path: &[&str], name: &str) -> Option<&Value> {
        let mut object = &*self.client;
        for step in path {
            object = object.get(*step)?.as_object()?;
        }
        object.get(name).filter(|value| !value.is_null())
    }

    /// A member of the add-on that is text, and not empty.
    pub fn addon_text(&self, name: &str) -> Option<&str> {
        let text = self.member(&SAMLP, name)?.as_str()?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// Sets a member and tells what it was.
    pub fn put(&mut self, path: &[&str], name: &str, from: &'static str, value: Value) {
        let before = match self.member(path, name) {
            None => Before::Absent,
            Some(Value::Array(none)) if none.is_empty() => Before::Absent,
            Some(old) if *old == value => Before::Same,
            Some(old) => Before::Other(old.clone()),
        };
        if before != Before::Same {
            let mut object = &mut *self.client;
            for step in path {
                let inner = object.entry(*step).or_insert_with(|| json!({}));
                if !inner.is_object() {
                    *inner = json!({});
                }
                let Value::Object(inner) = inner else { return };
                object = inner;
            }
            object.insert(name.to_owned(), value.clone());
        }
        self.tell(path, name, from, value, before);
    }

    /// Tells that a member says the same already, in its own way.
    pub fn confirm(&mut self, path: &[&str], name: &str, from: &'static str) {
        let value = self.member(path, name).cloned().unwrap_or_default();
        self.tell(path, name, from, value, Before::Same);
    }

    /// Takes a member out and tells what it was.
    pub fn remove(&mut self, path: &[&str], name: &str, from: &'static str) {
        let Some(old) = self.member(path, name).cloned() else {
            return;
        };
        let mut object = &mut *self.client;
        for step in path {
            let Some(Value::Object(inner)) = object.get_mut(*step) else {
                return;
            };
            object = inner;
        }
        object.shift_remove(name);
        self.tell(path, name, from, Value::Null, Before::Other(old));
    }

    pub fn leave(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.import.left.push(Left {
            what: what.into(),
            reason: reason.into(),
        });
    }

    fn tell(&mut self, path: &[&str], name: &str, from: &'static str, value: Value, before: Before) {
        let member = path.iter().copied().chain([name]).collect::<Vec<_>>().join(".");
        self.import.taken.push(Taken {
            member,
            from,
            value,
            before,
        });
    }

    /// `callbacks` and `assertionConsumerServices`. Callbacks of an earlier import go with its endpoints;
    /// others are somebody's own and stay behind the metadata's.
    fn endpoints(&mut self, provider: &ServiceProvider) {
        const MEMBER: &str = "assertionConsumerServices";
        const FROM: &str = "AssertionConsumerService";
        let imported: Vec<String> = self
            .member(&SAMLP, MEMBER)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|service| Some(service.get("url")?.as_str()?.to_owned()))
            .collect();
        let mut callbacks: Vec<String> = Vec::new();
        for endpoint in &provider.endpoints {
            if !callbacks.contains(&endpoint.url) {
                callbacks.push(endpoint.url.clone());
            }
        }
        let of_metadata = callbacks.len();
        let old = self.member(&[], "callbacks").and_then(Value::as_array);
        for url in old.into_iter().flatten().filter_map(Value::as_str) {
            if !imported.iter().any(|known| known == url) && !callbacks.iter().any(|known| known == url) {
                callbacks.push(url.to_owned());
            }
        }
        for own in &callbacks[of_metadata..] {
            self.leave(
                format!("callback {own} of the client"),
                "the metadata does not list this callback and no import added it, so it is kept; remove it \
                 if it is no longer used",
            );
        }
        for fixed in ["recipient", "destination"] {
            if let Some(url) = self.addon_text(fixed)
                && provider.endpoints.iter().all(|endpoint| endpoint.url != url)
            {
                let warning = format!(
                    "addons.samlp.{fixed} is set to {url}, which is no endpoint of the metadata; responses \
                     will \
                     name it; remove the member unless the service provider wants that"
                );
                self.import.warnings.push(warning);
            }
        }
        self.put(&[], "callbacks", FROM, json!(callbacks));
        let services: Vec<Value> = provider
            .endpoints
            .iter()
            .enumerate()
            .map(|(place, endpoint)| {
                let mut service = json!({"index": endpoint.index, "url": endpoint.url});
                if place == 0 {
                    service["isDefault"] = json!(true);
                }
                service
            })
            .collect();
        self.put(&SAMLP, MEMBER, FROM, json!(services));
    }

    /// `entityId` and `audience`.
    fn names(&mut self, provider: &ServiceProvider) {
        const FROM: &str = "entityID";
        let name = provider.entity_id.as_str();
        self.put(&SAMLP, "entityId", FROM, json!(name));
        let named_among_others = self
            .member(&SAMLP, "audience")
            .and_then(Value::as_array)
            .is_some_and(|audiences| audiences.iter().any(|audience| audience == name));
        if named_among_others {
            self.confirm(&SAMLP, "audience", FROM);
        } else {
            self.put(&SAMLP, "audience", FROM, json!(name));
        }
    }

    /// `signingCert`, where requests are said to be signed: with it unsigned ones are refused. Else the
    /// certificates are for logout messages alone, which always are.
    fn signing(&mut self, provider: &ServiceProvider, config: &SamlConfig, now: Moment) {
        const MEMBER: &str = "signingCert";
        const FROM: &str = "KeyDescriptor for signing";
        let signed = provider.requests == Requests::Signed;
        let place = if signed {
            Some((&SAMLP[..], "AuthnRequestsSigned is true"))
        } else if provider.logout.is_some() {
            Some((&LOGOUT[..], "there is a SingleLogoutService"))
        } else {
            if !provider.signing.is_empty() {
                self.leave(
                    FROM,
                    "AuthnRequestsSigned is not true, and with addons.samlp.signingCert unsigned requests \
                     would be \
                     refused",
                );
            }
            None
        };
        if !signed && self.member(&SAMLP, MEMBER).is_some() {
            self.leave(
                "addons.samlp.signingCert of the client",
                "the metadata does not say that requests are signed, but the client demands signed \
                 requests, so the setting is kept",
            );
        }
        let Some((path, reason)) = place else { return };
        let mut fit = Vec::new();
        for certificate in &provider.signing {
            match Trust::new(vec![certificate.clone()], config, now) {
                Ok(_) => fit.push(certificate.clone()),
                Err(reason) => self.leave(format!("{FROM} ({})", subject(certificate)), reason.to_string()),
            }
        }
        if fit.is_empty() {
            self.import.warnings.push(format!(
                "{reason}, but there is no certificate for signing that can be used, so there is nothing to \
                 verify the messages of the service provider with; ask the service provider for metadata \
                 with such a certificate"
            ));
            return;
        }
        self.put_certificates(path, MEMBER, FROM, &fit);
        if signed {
            self.remove(&LOGOUT, MEMBER, FROM);
        }
    }

    /// One certificate as text, several as a list; however they are written, the same ones are no change.
    pub fn put_certificates(
        &mut self,
        path: &[&str],
        name: &str,
        from: &'static str,
        certificates: &[Certificate],
    ) {
        let old = self.member(path, name).map(|old| match old {
            Value::Array(several) => several.clone(),
            one => vec![one.clone()],
        });
        let read = |pem: &Value| {
            let certificate = Certificate::from_pem(pem.as_str()?).ok()?;
            Some(certificate.base64().to_owned())
        };
        let old: Option<Vec<String>> = old.and_then(|old| old.iter().map(read).collect());
        let fresh: Vec<&str> = certificates.iter().map(Certificate::base64).collect();
        if old.is_some_and(|old| old == fresh) {
            return self.confirm(path, name, from);
        }
        let pems: Vec<Value> = certificates
            .iter()
            .map(|certificate| pem(certificate).into())
            .collect();
        let value = match <[Value; 1]>::try_from(pems) {
            Ok([one]) => one,
            Err(several) => Value::Array(several),
        };
        self.put(path, name, from, value);
    }

    /// `logout`, and `binding`, which the platform has for logout responses.
    fn logout(&mut self, provider: &ServiceProvider) {
        const FROM: &str = "SingleLogoutService";
        let Some(logout) = &provider.logout else { return };
        self.put(&LOGOUT, "callback", FROM, json!(logout.url));
        if self.member(&LOGOUT, "slo_enabled").is_none() {
            self.put(&LOGOUT, "slo_enabled", FROM, json!(true));
        }
        self.put(&LOGOUT, "binding", FROM, json!(logout.binding));
        match &logout.response_url {
            Some(url) => self.put(&LOGOUT, "response_callback", FROM, json!(url)),
            None => self.remove(&LOGOUT, "response_callback", FROM),
        }
        self.put(&SAMLP, "binding", FROM, json!(logout.binding));
    }
}

/// A certificate as add-ons hold it.
fn pem(certificate: &Certificate) -> String {
    wrapped("CERTIFICATE", certificate.base64())
}

/// A PEM block around base64 without line breaks.
pub(super) fn wrapped(label: &str, base64: &str) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text + "-----END " + label + "-----\n"
}

#[cfg(test)]
pub(super) mod tests;
