//! Which checks were asked for. Each of them stands in the report as passed or failed: where the thing does not have
//! what is compared, or things of its kind never have it, the check fails and a finding says so.

use super::code::{CheckName, Code};
use super::expected::{Expected, TimeSource, Wanted};
use super::report::{Kind, Open, Report};

/// Puts every check that was asked for into the report. A check that is there already stays as it is.
pub(super) fn complete(expected: &Expected, report: &mut Report) {
    let asks = asks(expected, report.kind);
    fail_what_is_open(&asks, report);
    for (ask, source) in asks {
        if ask.checks(report.kind).is_empty() {
            fail_misplaced(ask, source, report);
        }
    }
}

/// Checks that things of this kind have, and that nothing was found to compare with. What lacks for the same reason is
/// reported in one finding.
fn fail_what_is_open(asks: &[(Ask, Source)], report: &mut Report) {
    let mut open = Vec::new();
    for (ask, source) in asks {
        for check in ask.checks(report.kind) {
            open.extend(report.open(*check).map(|why| (ask.given(*source), *check, why)));
        }
    }
    let mut lacking: Vec<(String, Vec<String>)> = Vec::new();
    for (given, check, open) in open {
        match open {
            Open::Explained(why) => report.fail_open(check, why),
            // A key is given for what may be encrypted, and says nothing against what is not.
            Open::Unexplained(None) if check == CheckName::Encryption => {
                report.pass(check, "nothing in the input is encrypted");
            }
            Open::Unexplained(why) => {
                let why = why.unwrap_or_else(|| absent(check).to_owned());
                report.fail_open(check, why.as_str());
                match lacking.iter_mut().find(|(other, _)| *other == why) {
                    Some((_, all)) if all.contains(&given) => {}
                    Some((_, all)) => all.push(given),
                    None => lacking.push((why, vec![given])),
                }
            }
        }
    }
    for (why, given) in lacking {
        report.tell(
            Code::NothingToCompare,
            report.kind.words(),
            format!("{why}: there is nothing to compare with {}", given.join(", ")),
        );
    }
}

/// What was given is for other kinds of things.
fn fail_misplaced(ask: Ask, source: Source, report: &mut Report) {
    let message = format!(
        "{} was given, which is for {}; the input is something else ({}) and has nothing to compare with the option. \
         Leave the option out, or give another input",
        ask.given(source),
        ask.is_for(),
        report.kind.words()
    );
    for check in ask.usual() {
        report.fail_open(*check, message.as_str());
    }
    report.tell(Code::NothingToCompare, "input", message);
}

/// Whether `ask` was asked for of a thing of this kind.
pub(super) fn is_asked(ask: Ask, expected: &Expected, kind: Kind) -> bool {
    asks(expected, kind).iter().any(|(asked, _)| *asked == ask)
}

/// A question about the input, named after the value that was given to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    AcsUrl,
    Audience,
    Certificates,
    Client,
    Endpoint,
    Issuer,
    Jwks,
    Key,
    Moment,
    Nonce,
    RequestId,
    Secrets,
}

/// Everything that was asked for of a thing of this kind. A new field of [`Expected`] does not compile until it is
/// said here what it asks for.
fn asks(expected: &Expected, kind: Kind) -> Vec<(Ask, Source)> {
    let Expected {
        // These say how an input is checked, not what it is compared with.
        now: _,
        pick: _,
        metadata: _,
        request_sha1: _,
        acs_indexes: _,
        attributes: _,
        subject_id: _,
        now_from,
        audience,
        client_id,
        issuer,
        token_issuer,
        requester,
        acs_urls,
        recipients,
        destinations,
        endpoint,
        request_id,
        nonce,
        certificates,
        request_certificates,
        token_certificates,
        key,
        jwks,
        secrets,
    } = expected;
    // What a tenant says of others of these does not ask anything of this kind.
    let issuer_of_kind = match kind {
        kind if kind.is_token() => source(token_issuer),
        Kind::AuthnRequest | Kind::LogoutRequest | Kind::LogoutResponse | Kind::ManageNameIdRequest => {
            source(requester)
        }
        _ => source(issuer),
    };
    let certificates_of_kind = match kind {
        kind if kind.is_token() => source(token_certificates),
        Kind::AuthnRequest => source(request_certificates),
        _ => source(certificates),
    };
    let typed = |sources: &[Source]| sources.iter().copied().filter(|one| *one == Source::Option).max();
    let issuers = [source(issuer), source(token_issuer), source(requester)];
    let signers = [
        source(certificates),
        source(request_certificates),
        source(token_certificates),
    ];
    let consumers = [source(acs_urls), source(recipients), source(destinations)];
    let mut given = vec![
        (Ask::AcsUrl, consumers.into_iter().max().unwrap_or(Source::Nobody)),
        (Ask::Audience, source(audience)),
        (Ask::Certificates, typed(&signers).unwrap_or(certificates_of_kind)),
        (Ask::Client, source(client_id)),
        (Ask::Endpoint, source(endpoint)),
        (Ask::Issuer, typed(&issuers).unwrap_or(issuer_of_kind)),
        (Ask::Jwks, source(jwks)),
        (Ask::Key, source(key)),
        (Ask::Nonce, source(nonce)),
        (Ask::RequestId, source(request_id)),
        (Ask::Secrets, source(secrets)),
    ];
    // Whoever compares anything asks whether the thing counts, so whether it is valid at all: as far as things of this
    // kind end, which is how far a tenant asks.
    let moment = match now_from {
        TimeSource::Given => Source::Tenant,
        TimeSource::Clock if given.iter().any(|(_, source)| *source != Source::Nobody) => Source::Tenant,
        TimeSource::Clock => Source::Nobody,
    };
    given.push((Ask::Moment, moment));
    given.retain(|(ask, source)| match source {
        Source::Nobody => false,
        Source::Tenant => ask.is_of_tenant(kind),
        Source::Option => true,
    });
    given
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Nobody,
    Tenant,
    Option,
}

fn source<T>(wanted: &Wanted<T>) -> Source {
    match wanted {
        Wanted::Asked(_) => Source::Option,
        Wanted::Nothing => Source::Nobody,
        Wanted::OfTenant(_) => Source::Tenant,
    }
}

impl Ask {
    /// The checks that answer it; none where things of this kind do not have what is compared.
    fn checks(self, kind: Kind) -> &'static [CheckName] {
        match (self, kind) {
            // What cannot be read has no kind.
            (ask, Kind::SamlMessage | Kind::Unknown | Kind::Xml) => ask.usual(),
            (Self::AcsUrl, Kind::Response) => &[CheckName::Recipient, CheckName::Destination],
            (Self::Client, Kind::AccessToken) => &[CheckName::Client],
            (
                Self::Moment,
                Kind::AuthnRequest | Kind::LogoutRequest | Kind::LogoutResponse | Kind::ManageNameIdRequest,
            ) => &[CheckName::IssueInstant],
            (ask, kind) if ask.is_of(kind) => ask.usual(),
            _ => &[],
        }
    }

    /// Whether things of this kind have what is compared.
    fn is_of(self, kind: Kind) -> bool {
        let is_login = matches!(kind, Kind::Assertion | Kind::EncryptedAssertion | Kind::Response);
        let is_logout = matches!(kind, Kind::LogoutRequest | Kind::LogoutResponse);
        let is_part = matches!(kind, Kind::EncryptedAttribute | Kind::EncryptedId);
        let is_request = is_logout || matches!(kind, Kind::AuthnRequest | Kind::ManageNameIdRequest);
        let is_metadata = matches!(kind, Kind::IdpMetadata | Kind::Metadata | Kind::SpMetadata);
        match self {
            Self::AcsUrl => is_login || kind == Kind::AuthnRequest,
            Self::Audience => kind.is_token() || is_login,
            Self::Certificates | Self::Issuer => kind.is_token() || is_login || is_request || is_metadata,
            Self::Client | Self::Jwks | Self::Nonce | Self::Secrets => kind.is_token(),
            Self::Endpoint => is_request,
            Self::Key => kind.is_token() || is_login || is_request || is_part,
            Self::Moment => kind.is_token() || is_login || is_request || kind == Kind::Certificate,
            Self::RequestId => is_login || kind == Kind::LogoutResponse,
        }
    }

    /// Whether what is known of a tenant asks this of a thing of this kind: where the tenant's own software would
    /// refuse the thing without it. Its metadata need not be signed, and a request may leave its Destination out.
    fn is_of_tenant(self, kind: Kind) -> bool {
        let is_metadata = matches!(kind, Kind::IdpMetadata | Kind::Metadata | Kind::SpMetadata);
        match self {
            // Of a tenant it is the service provider of responses.
            Self::Audience => self.is_of(kind) && !kind.is_token(),
            Self::Endpoint => false,
            _ => self.is_of(kind) && !is_metadata,
        }
    }

    /// The checks that answer it, most of the time.
    fn usual(self) -> &'static [CheckName] {
        match self {
            Self::AcsUrl => &[CheckName::Recipient],
            Self::Audience | Self::Client => &[CheckName::Audience],
            Self::Certificates | Self::Jwks | Self::Secrets => &[CheckName::Signature],
            Self::Endpoint => &[CheckName::Destination],
            Self::Issuer => &[CheckName::Issuer],
            Self::Key => &[CheckName::Encryption],
            Self::Moment => &[CheckName::Validity],
            Self::Nonce => &[CheckName::Nonce],
            Self::RequestId => &[CheckName::InResponseTo],
        }
    }

    /// What was given, and where.
    fn given(self, source: Source) -> String {
        let (what, option) = match self {
            Self::AcsUrl => ("the assertion consumer service", "--acs-url"),
            Self::Audience => ("the audience", "--audience"),
            Self::Certificates => ("the certificates", "--trust"),
            Self::Client => ("the client", "--client"),
            Self::Endpoint => ("the endpoint", "--endpoint"),
            Self::Issuer => ("the issuer", "--issuer"),
            Self::Jwks => ("the key set", "--jwks"),
            Self::Key => ("the receiver's private key", "--key"),
            Self::Moment => return "the moment of the inspection".to_owned(),
            Self::Nonce => ("the nonce", "--nonce"),
            Self::RequestId => ("the ID of the request", "--request-id"),
            Self::Secrets => ("the secret", "--secret-file"),
        };
        match source {
            Source::Option => format!("{what} ({option})"),
            Source::Nobody | Source::Tenant => format!("{what} of the tenant"),
        }
    }

    /// Which things have what is compared.
    fn is_for(self) -> &'static str {
        match self {
            Self::AcsUrl => "SAML responses, assertions and AuthnRequests",
            Self::Audience => "tokens, SAML responses and assertions",
            Self::Certificates | Self::Issuer => "tokens, SAML messages and metadata",
            Self::Client | Self::Jwks | Self::Nonce | Self::Secrets => "tokens",
            Self::Endpoint => "SAML requests and logout messages",
            Self::Key => "tokens and SAML messages, which may be encrypted",
            Self::Moment => "tokens, SAML messages, certificates and metadata",
            Self::RequestId => "SAML responses, assertions and LogoutResponses",
        }
    }
}

/// What is said of a check for which the thing has nothing, where nothing else was said of it.
fn absent(check: CheckName) -> &'static str {
    match check {
        CheckName::Audience => "the input names no audience",
        CheckName::Client => "the input names no client",
        CheckName::Destination => "the input has no Destination",
        CheckName::InResponseTo => "the input answers no request (InResponseTo)",
        CheckName::IssueInstant => "the input does not say when it was issued (IssueInstant)",
        CheckName::Issuer => "the input names no issuer (Issuer, iss)",
        CheckName::Recipient => "the input names no recipient",
        CheckName::Signature => "the input is not signed",
        CheckName::Validity => "the input does not say when it ends",
        _ => "the input does not have this member",
    }
}
