//! The beginning of a login: user, application and the circumstances that are made up for it.

use super::authn_request::incoming;
use super::flow_trouble::flow_trouble;
use super::open_tenant::OpenTenant;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::command::Cache;
use crate::event::{Circumstances, EventOptions, GivenEvent};
use crate::flow::{Incoming, Login};
use crate::random::Random;
use crate::saml::inbound::Recipient;
use crate::tenant::{Client, PartKind, Profile, UserError};
use crate::time::Moment;
use std::borrow::Cow;

impl OpenTenant {
    /// The application: the one that `--client` names, else the one of the event, else (an event without a
    /// tenant is enough) an application made to fit the event.
    pub(super) fn client(&self, asked: Option<&str>, event: Option<&GivenEvent>) -> Result<Client, Trouble> {
        let of_event = event.and_then(GivenEvent::client_id);
        match (asked.or(of_event), event) {
            (Some(wanted), given) if given.is_none() || !self.tenant.clients.is_empty() => {
                let help = "name an application of this tenant by its name or client_id";
                self.application(wanted, help).cloned()
            }
            (None, Some(event)) => Ok(event.client()),
            (Some(asked), Some(event)) => event.client_called(asked).map_err(|error| {
                Trouble::usage(
                    error.to_string(),
                    "leave --client out, or correct client.client_id in the event",
                )
            }),
            (_, None) => Err(Trouble::usage(
                "which application does the user log in to?",
                "give --client NAME, or an event that names it with --event FILE",
            )),
        }
    }

    /// The login of these options to `client`, beginning `now`.
    pub(super) fn begin<'a>(
        &'a self,
        options: &LoginOptions,
        client: &'a Client,
        given: Option<GivenEvent>,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<Login<'a>, Trouble> {
        let recipient = Recipient {
            client,
            endpoints: self.tenant.config.endpoints(),
            config: &self.tenant.config.saml,
        };
        let request = incoming(options, &recipient, now)?;
        let user = self.user(options, given.as_ref())?;
        let who = match (&given, user) {
            (None, Some(user)) => Ok(Cow::Borrowed(user)),
            (given, user) => given
                .as_ref()
                .map_or_else(|| Ok(Profile::default()), |given| given.user(user))
                .map(Cow::Owned),
        };
        if let Some(connection) = &options.connection {
            let found = self.tenant.connection(connection).is_some();
            self.whole(PartKind::Connection, connection, found)?;
        }
        let circumstances = who.and_then(|who| {
            let options = event_options(options, request.as_ref(), given.as_ref());
            Circumstances::made_up(&self.tenant, client, &who, &options, now, random)
        });
        let circumstances = circumstances.map_err(flow_trouble)?;
        let (warnings, refused) =
            request.map_or_else(Default::default, |request| (request.warnings, request.refusal));
        Ok(Login {
            client,
            user,
            circumstances,
            given,
            cache: Cache::default(),
            refused,
            warnings,
        })
    }

    /// The user of `--user`; `None` where the given event alone names the user.
    fn user(&self, options: &LoginOptions, given: Option<&GivenEvent>) -> Result<Option<&Profile>, Trouble> {
        let user = options
            .user
            .as_deref()
            .map(|wanted| {
                let found = self.tenant.user_of(wanted, options.connection.as_deref());
                self.whole(PartKind::User, wanted, found.is_ok())?;
                found.map_err(|error| {
                    let help = match error {
                        UserError::Unknown(_) => {
                            "give --user the user_id or email address of a user in users.json"
                        }
                        UserError::Shared(_) if options.connection.is_some() => {
                            "give --user one of these user ids"
                        }
                        UserError::Shared(_) => {
                            "give --user one of these user ids, or the connection with --connection"
                        }
                    };
                    Trouble::new(error.to_string(), help)
                })
            })
            .transpose()?;
        if user.is_none() && !given.is_some_and(GivenEvent::has_user) {
            return Err(Trouble::usage(
                "which user logs in?",
                "give --user ID or EMAIL, or an event with a user with --event FILE",
            ));
        }
        Ok(user)
    }
}

fn event_options<'a>(
    options: &LoginOptions,
    request: Option<&Incoming>,
    given: Option<&'a GivenEvent>,
) -> EventOptions<'a> {
    EventOptions {
        protocol: options.protocol,
        scope: options.scope.clone(),
        audience: options.audience.clone(),
        nonce: options.nonce.clone(),
        redirect_uri: options.redirect_uri.clone(),
        relay_state: match request {
            Some(request) => request.relay_state.clone(),
            None => options.relay_state.clone(),
        },
        connection: options.connection.clone(),
        organization: options.organization.clone(),
        authn_request: request.map(|request| request.origin.clone()),
        rules_executed: options.rule_executed.clone(),
        given,
    }
}
