//! The result of `run` and `issue` as programs read it (interface 3). Names are stable.

mod http;

pub use http::HttpPart;

use crate::command::{Call, RanOn, Recorded};
use crate::flow::{ActionLog, Outcome as Driven, Rest};
use crate::issue::{Artefact, Conclusion, Ended};
use crate::login::{Away, Effects, MfaStep, Refusal, Suspended};
use crate::saml::post_page::PostForm;
use crate::saml::{Requested, SamlAnswer};
use crate::token::{AccessToken, Tokens};
use crate::trace::{Entry, Trace, Warning};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// The whole result.
#[derive(Clone, Debug, Serialize)]
pub struct LoginResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Absent when issued or suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ResultError>,
    /// Tokens, when issued.
    #[serde(flatten)]
    pub tokens: TokenPart,
    /// The SAML response, with or without an assertion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saml: Option<SamlPart>,
    /// Where the user is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<RedirectPart>,
    /// The factor that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<MfaPart>,
    /// The form that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<FormPart>,
    /// What is written.
    pub effects: Effects,
    /// What the Actions asked for, in order; secrets as handles.
    pub commands: Vec<Call>,
    /// What became of each.
    pub trace: Vec<Entry>,
    /// One entry for each run of an Action.
    pub actions: Vec<ActionPart>,
    /// Requests of Actions over the network, in the order in which they were sent.
    pub http: Vec<HttpPart>,
    /// What the person who runs this should know.
    pub warnings: Vec<Warning>,
    /// Whether ids and keys came from a seed.
    pub deterministic: bool,
    /// The commands with their secrets; only for [`LoginResult::with_secrets`].
    #[serde(skip)]
    unredacted: Vec<Call>,
}

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Refused by an Action.
    Denied,
    /// Our own failure, or an Action's.
    Failed,
    /// Suspended at a form.
    Form,
    /// Tokens or an assertion were issued.
    Issued,
    /// Suspended at a factor.
    Mfa,
    /// Suspended at another site.
    Redirect,
    /// Refused, and the session or the refresh token is gone.
    Revoked,
}

/// Why nothing was issued.
#[derive(Clone, Debug, Serialize)]
pub struct ResultError {
    /// OAuth error code.
    pub code: &'static str,
    /// One sentence.
    pub description: String,
    /// What refused.
    pub kind: &'static str,
    /// Who refused, for people.
    #[serde(flatten)]
    pub origin: crate::trace::Origin,
}

/// Members of a token response, with the decoded claims.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TokenPart {
    /// Compact JWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Compact JWS or JWE, or an opaque reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// Granted scopes, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_claims: Option<Map<String, Value>>,
    /// Decoded; absent for an opaque token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_claims: Option<Map<String, Value>>,
}

/// A SAML response.
#[derive(Clone, Debug, Serialize)]
pub struct SamlPart {
    /// Where it is posted.
    pub acs_url: String,
    /// What goes with it.
    pub relay_state: String,
    /// Base64 of `xml`.
    pub response: String,
    /// The response.
    pub xml: String,
    /// The assertion before encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion_xml: Option<String>,
    /// What the request asked for beside what the response has, for people; what is not met is a warning too.
    #[serde(skip)]
    pub requested: Vec<Requested>,
}

impl SamlPart {
    /// What the browser posts.
    pub fn form(&self) -> PostForm<'_> {
        PostForm::of_response(&self.acs_url, &self.response, &self.relay_state)
    }
}

/// Where the user is sent.
#[derive(Clone, Debug, Serialize)]
pub struct RedirectPart {
    /// With `state`.
    pub url: String,
}

/// The factor that is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct MfaPart {
    /// The method that asked for it.
    pub command: String,
    /// Whether a factor is proved or added.
    pub presented: crate::login::Presented,
    /// Usable factors, the default one first.
    pub factors: Vec<crate::command::Factor>,
    /// Whether the user picks first.
    pub picker: bool,
}

/// The form that is shown.
#[derive(Clone, Debug, Serialize)]
pub struct FormPart {
    /// Form id.
    pub id: String,
    /// Values for the browser.
    pub fields: Map<String, Value>,
    /// What `/continue` must bring back.
    pub state: String,
}

/// One run of an Action.
#[derive(Clone, Debug, Serialize)]
pub struct ActionPart {
    /// The Action's name.
    pub name: String,
    /// Wall time in milliseconds; 0 when the clock is frozen.
    pub ms: f64,
    /// Which engine ran it.
    pub engine: RanOn,
    /// What `console.*` was given.
    pub logs: Vec<String>,
    /// Which method of `console` each of `logs` was given to.
    pub log_levels: Vec<crate::command::LogLevel>,
    /// Why the Action failed.
    pub error: Option<ActionError>,
}

/// Why an Action did not end well.
#[derive(Clone, Debug, Serialize)]
pub struct ActionError {
    /// One sentence.
    pub message: String,
    /// The script's own file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// JavaScript stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

impl LoginResult {
    /// The result of a login that is over, or whose user is away.
    pub fn of(mut outcome: Driven, timing: Timing) -> Self {
        let http = HttpPart::all(&mut outcome.actions, timing);
        let actions = outcome.actions.into_iter();
        let actions = actions.map(|log| ActionPart::of(log, timing)).collect();
        let mut result = match outcome.rest {
            Rest::Ended(conclusion) => Self::ended(*conclusion, actions),
            Rest::Suspended(suspended) => Self::suspended(&suspended, actions),
        };
        result.http = http;
        result.warnings.extend(outcome.warnings);
        result
    }

    /// The result of a login that is over.
    fn ended(conclusion: Conclusion, actions: Vec<ActionPart>) -> Self {
        let Conclusion {
            ended,
            effects,
            trace,
            recorded,
        } = conclusion;
        let mut result = Self::empty(effects, &recorded, trace, actions);
        match ended {
            Ended::Issued(Artefact::Saml(answer)) => result.saml = Some(saml_part(*answer)),
            Ended::Issued(Artefact::Tokens(tokens)) => result.tokens = token_part(*tokens),
            Ended::Refused(refusal, answer) => {
                result.outcome = outcome_of(&refusal);
                result.error = Some(error_of(&refusal));
                result.saml = answer.map(|answer| saml_part(*answer));
            }
        }
        result
    }

    /// The result of a login whose user is away.
    fn suspended(suspended: &Suspended, actions: Vec<ActionPart>) -> Self {
        let effects = Effects {
            user: suspended.pending_user_effects(),
            ..Effects::default()
        };
        let mut result = Self::empty(effects, suspended.recorded(), suspended.trace().clone(), actions);
        match suspended.away() {
            Away::Form { id, fields, .. } => {
                result.outcome = Outcome::Form;
                let state = suspended.state().to_owned();
                result.form = Some(FormPart {
                    id: id.clone(),
                    fields: fields.clone(),
                    state,
                });
            }
            Away::Mfa(MfaStep {
                command,
                presented,
                factors,
                picker,
            }) => {
                result.outcome = Outcome::Mfa;
                result.mfa = Some(MfaPart {
                    command: command.clone(),
                    presented: *presented,
                    factors: factors.clone(),
                    picker: *picker,
                });
            }
            Away::Redirect { url } => {
                result.outcome = Outcome::Redirect;
                let url = suspended.redirect_url().unwrap_or_else(|| url.clone());
                result.redirect = Some(RedirectPart { url });
            }
        }
        result
    }

    /// Changes the URLs of requests over the network, also those in the trace.
    pub fn each_url(&mut self, change: impl Fn(&mut String)) {
        let listed = self.http.iter_mut().map(|request| &mut request.url);
        let told = self.trace.iter_mut().map(|entry| &mut entry.target);
        let told = told.filter(|target| target.starts_with(Trace::HTTP));
        listed.chain(told).for_each(change);
    }

    fn empty(effects: Effects, recorded: &[Recorded], trace: Trace, actions: Vec<ActionPart>) -> Self {
        Self {
            outcome: Outcome::Issued,
            error: None,
            tokens: TokenPart::default(),
            saml: None,
            redirect: None,
            mfa: None,
            form: None,
            effects,
            commands: recorded.iter().map(|recorded| recorded.call.redacted()).collect(),
            trace: trace.entries,
            actions,
            http: Vec::new(),
            warnings: trace.warnings,
            deterministic: false,
            unredacted: recorded.iter().map(|recorded| recorded.call.clone()).collect(),
        }
    }

    /// The same result with private keys among the commands.
    pub fn with_secrets(&self) -> Self {
        Self {
            commands: self.unredacted.clone(),
            ..self.clone()
        }
    }
}

/// Whether the result says how long each run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// 0, as where the clock stands still.
    Frozen,
    /// As measured.
    Measured,
}

impl Timing {
    /// To three places.
    fn milliseconds(self, elapsed: Duration) -> f64 {
        match self {
            Self::Frozen => 0.0,
            Self::Measured => (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0,
        }
    }
}

impl ActionPart {
    fn of(log: ActionLog, timing: Timing) -> Self {
        Self {
            name: log.name,
            ms: timing.milliseconds(log.elapsed),
            engine: log.engine,
            log_levels: log.logs.iter().map(|line| line.level).collect(),
            logs: log.logs.into_iter().map(|line| line.text).collect(),
            error: log.failure.map(|failure| ActionError {
                message: failure.message,
                file: failure.file,
                line: failure.line,
                column: failure.column,
                stack: failure.stack,
            }),
        }
    }
}

fn outcome_of(refusal: &Refusal) -> Outcome {
    match refusal {
        Refusal::Deny { .. } | Refusal::NotAdmitted { .. } | Refusal::Validation { .. } => Outcome::Denied,
        Refusal::Revoke { .. } => Outcome::Revoked,
        Refusal::ActionChanged { .. }
        | Refusal::ActionFailed { .. }
        | Refusal::Blocked
        | Refusal::LoginRequired
        | Refusal::Mfa { .. }
        | Refusal::MfaRequired
        | Refusal::NameId { .. }
        | Refusal::NoPage { .. }
        | Refusal::NoUser { .. }
        | Refusal::PrimaryUser
        | Refusal::SamlConfig { .. }
        | Refusal::SamlRequest { .. }
        | Refusal::Strict { .. }
        | Refusal::TokenConfig { .. }
        | Refusal::TooManyRedirects { .. }
        | Refusal::UserGone { .. } => Outcome::Failed,
    }
}

fn error_of(refusal: &Refusal) -> ResultError {
    ResultError {
        code: refusal.code(),
        description: refusal.description().into_owned(),
        kind: refusal.kind(),
        origin: refusal.origin(),
    }
}

fn saml_part(answer: SamlAnswer) -> SamlPart {
    SamlPart {
        assertion_xml: answer.assertion_xml().map(str::to_owned),
        acs_url: answer.acs_url,
        relay_state: answer.relay_state,
        response: answer.response,
        xml: answer.xml,
        requested: answer.requested,
    }
}

fn token_part(tokens: Tokens) -> TokenPart {
    let (id_token, id_token_claims) = tokens.id_token.map(|token| (token.jwt, token.claims)).unzip();
    let (access_token, access_token_claims) = match tokens.access_token {
        None => (None, None),
        Some(AccessToken::Jwt(token)) => (Some(token.jwt), Some(token.claims)),
        Some(AccessToken::Opaque(reference)) => (Some(reference), None),
        Some(AccessToken::Encrypted { jwe, inside }) => (Some(jwe), Some(inside.claims)),
    };
    TokenPart {
        id_token,
        access_token,
        refresh_token: tokens.refresh_token,
        token_type: Some(tokens.token_type),
        expires_in: Some(tokens.expires_in),
        scope: tokens.scope,
        id_token_claims,
        access_token_claims,
    }
}
