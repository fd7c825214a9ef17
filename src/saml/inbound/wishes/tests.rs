//! Every member of a request's schema: whether the answer meets it, is warned about, or is not given.

use super::MEMBERS;
use crate::endpoints::Endpoints;
use crate::event::AuthnOrigin;
use crate::saml::inbound::{Occurrence, Received, Recipient};
use crate::saml::tests::fixture::{Login, now};
use crate::tenant::SubjectMismatch;
use serde_json::{Value, json};

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// Answered without a warning.
    Met,
    /// Not answered, with this code.
    Refused(&'static str),
    /// Answered with a warning of this code.
    Warned(&'static str),
}
use Outcome::{Met, Refused, Warned};

/// A member (`element/member`), requests that have it (attributes and children of AuthnRequest), and what becomes of
/// each.
type Row = (&'static str, &'static [(&'static str, &'static str, Outcome)]);

const ROWS: &[Row] = &[
    ("AuthnRequest/ID", &[("", "", Met)]),
    ("AuthnRequest/Version", &[("", "", Met)]),
    ("AuthnRequest/IssueInstant", &[("", "", Met)]),
    (
        "AuthnRequest/Destination",
        &[
            ("Destination='https://tenant.example/samlp/client1'", "", Met),
            (
                "Destination='https://other.example/'",
                "",
                Refused("saml_destination"),
            ),
        ],
    ),
    (
        "AuthnRequest/Consent",
        &[(
            "Consent='urn:oasis:names:tc:SAML:2.0:consent:unspecified'",
            "",
            Met,
        )],
    ),
    (
        "AuthnRequest/ForceAuthn",
        &[
            ("ForceAuthn=' true '", "", Warned("saml_force_authn_unmet")),
            ("ForceAuthn='1'", "", Warned("saml_force_authn_unmet")),
            ("ForceAuthn=' 0'", "", Met),
            ("ForceAuthn='yes'", "", Refused("saml_request")),
        ],
    ),
    // Whether a page was needed shows in the login.
    ("AuthnRequest/IsPassive", &[("IsPassive='true'", "", Met)]),
    (
        "AuthnRequest/ProtocolBinding",
        &[
            (
                "ProtocolBinding=' urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST '",
                "",
                Met,
            ),
            (
                "ProtocolBinding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact'",
                "",
                Warned("saml_binding_unmet"),
            ),
            (
                "ProtocolBinding='urn:oasis:names:tc:SAML:2.0:bindings:PAOS'",
                "",
                Warned("saml_binding_unmet"),
            ),
        ],
    ),
    (
        "AuthnRequest/AssertionConsumerServiceIndex",
        &[
            (
                "AssertionConsumerServiceIndex='0'",
                "",
                Warned("saml_endpoint_index_unknown"),
            ),
            ("AssertionConsumerServiceIndex='x'", "", Refused("saml_request")),
        ],
    ),
    (
        "AuthnRequest/AssertionConsumerServiceURL",
        &[("AssertionConsumerServiceURL='https://sp.example/acs'", "", Met)],
    ),
    (
        "AuthnRequest/AttributeConsumingServiceIndex",
        &[
            ("AttributeConsumingServiceIndex=' 7 '", "", Met),
            (
                "AttributeConsumingServiceIndex='1'",
                "",
                Warned("saml_attribute_index_unknown"),
            ),
            (
                "AttributeConsumingServiceIndex='x'",
                "",
                Warned("saml_attribute_index_unknown"),
            ),
        ],
    ),
    ("AuthnRequest/ProviderName", &[("ProviderName='Suite'", "", Met)]),
    (
        "AuthnRequest/Issuer",
        &[
            ("", "<Issuer>urn:sp</Issuer>", Met),
            ("", "<Issuer>urn:other</Issuer>", Warned("saml_audience_unmet")),
        ],
    ),
    // Signatures are checked where a certificate is set.
    ("AuthnRequest/Signature", &[("", "<d:Signature/>", Met)]),
    (
        "AuthnRequest/Extensions",
        &[
            ("", "<p:Extensions/>", Met),
            (
                "",
                "<p:Extensions><x:RequestedAttributes xmlns:x='urn:x'/></p:Extensions>",
                Warned("saml_extensions_unmet"),
            ),
        ],
    ),
    ("AuthnRequest/Subject", &[("", "<Subject/>", Met)]),
    ("AuthnRequest/NameIDPolicy", &[("", "<p:NameIDPolicy/>", Met)]),
    ("AuthnRequest/Conditions", &[("", "<Conditions/>", Met)]),
    (
        "AuthnRequest/RequestedAuthnContext",
        &[(
            "",
            "<p:RequestedAuthnContext/>",
            Warned("saml_authn_context_unmet"),
        )],
    ),
    ("AuthnRequest/Scoping", &[("", "<p:Scoping/>", Met)]),
    (
        "Subject/BaseID",
        &[("", "<Subject><BaseID/></Subject>", Refused("saml_subject"))],
    ),
    (
        "Subject/NameID",
        &[
            ("", "<Subject><NameID>auth0|1</NameID></Subject>", Met),
            ("", "<Subject><NameID> ANN@example.org\n</NameID></Subject>", Met),
            (
                "",
                "<Subject><NameID>bob@example.org</NameID></Subject>",
                Refused("saml_subject"),
            ),
            ("", "<Subject><NameID/></Subject>", Warned("saml_subject_unmet")),
            (
                "",
                "<Subject><NameID>a</NameID><BaseID/></Subject>",
                Refused("saml_request"),
            ),
            (
                "",
                "<Subject><NameID>a</NameID><NameID>b</NameID></Subject>",
                Refused("saml_request"),
            ),
        ],
    ),
    (
        "Subject/EncryptedID",
        &[("", "<Subject><EncryptedID/></Subject>", Refused("saml_request"))],
    ),
    (
        "Subject/SubjectConfirmation",
        &[
            (
                "",
                "<Subject><SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'/></Subject>",
                Met,
            ),
            (
                "",
                "<Subject><SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:holder-of-key'/></Subject>",
                Warned("saml_subject_confirmation_unmet"),
            ),
            (
                "",
                "<Subject><SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'>\
                 <SubjectConfirmationData Address='192.0.2.1'/></SubjectConfirmation></Subject>",
                Warned("saml_subject_confirmation_unmet"),
            ),
        ],
    ),
    (
        "NameIDPolicy/Format",
        &[
            ("", "<p:NameIDPolicy Format=''/>", Met),
            (
                "",
                "<p:NameIDPolicy Format='urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'/>",
                Met,
            ),
            (
                "",
                "<p:NameIDPolicy Format='urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'/>",
                Warned("saml_name_id_policy_unmet"),
            ),
            (
                "",
                "<p:NameIDPolicy Format='urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted'/>",
                Warned("saml_name_id_policy_unmet"),
            ),
        ],
    ),
    (
        "NameIDPolicy/SPNameQualifier",
        &[
            ("", "<p:NameIDPolicy SPNameQualifier='urn:sp'/>", Met),
            (
                "",
                "<p:NameIDPolicy SPNameQualifier='urn:group'/>",
                Warned("saml_name_id_policy_unmet"),
            ),
        ],
    ),
    (
        "NameIDPolicy/AllowCreate",
        &[
            ("", "<p:NameIDPolicy AllowCreate='true'/>", Met),
            ("", "<p:NameIDPolicy AllowCreate='false'/>", Met),
        ],
    ),
    (
        "Conditions/NotBefore",
        &[
            ("", "<Conditions NotBefore='2026-03-04T05:06:07Z'/>", Met),
            (
                "",
                "<Conditions NotBefore='2026-03-04T06:00:00Z'/>",
                Warned("saml_conditions_unmet"),
            ),
            (
                "",
                "<Conditions NotBefore='soon'/>",
                Warned("saml_conditions_unmet"),
            ),
        ],
    ),
    (
        "Conditions/NotOnOrAfter",
        &[
            ("", "<Conditions NotOnOrAfter=' 2026-03-04T07:00:00Z '/>", Met),
            (
                "",
                "<Conditions NotOnOrAfter='2026-03-04T05:30:00Z'/>",
                Warned("saml_conditions_unmet"),
            ),
        ],
    ),
    (
        "Conditions/Condition",
        &[(
            "",
            "<Conditions><Condition/></Conditions>",
            Warned("saml_conditions_unmet"),
        )],
    ),
    (
        "Conditions/AudienceRestriction",
        &[
            (
                "",
                "<Conditions><AudienceRestriction><Audience>urn:a</Audience><Audience>urn:sp</Audience>\
                 </AudienceRestriction></Conditions>",
                Met,
            ),
            (
                "",
                "<Conditions><AudienceRestriction><Audience>urn:a</Audience></AudienceRestriction></Conditions>",
                Warned("saml_conditions_unmet"),
            ),
        ],
    ),
    (
        "Conditions/OneTimeUse",
        &[(
            "",
            "<Conditions><OneTimeUse/></Conditions>",
            Warned("saml_conditions_unmet"),
        )],
    ),
    (
        "Conditions/ProxyRestriction",
        &[(
            "",
            "<Conditions><ProxyRestriction Count='0'/></Conditions>",
            Warned("saml_conditions_unmet"),
        )],
    ),
    (
        "RequestedAuthnContext/Comparison",
        &[
            (
                "",
                "<p:RequestedAuthnContext Comparison='minimum'><AuthnContextClassRef>\
                 urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</AuthnContextClassRef></p:RequestedAuthnContext>",
                Met,
            ),
            (
                "",
                "<p:RequestedAuthnContext Comparison='better'><AuthnContextClassRef>\
                 urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</AuthnContextClassRef></p:RequestedAuthnContext>",
                Warned("saml_authn_context_unmet"),
            ),
            (
                "",
                "<p:RequestedAuthnContext Comparison='about'><AuthnContextClassRef>\
                 urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</AuthnContextClassRef></p:RequestedAuthnContext>",
                Warned("saml_authn_context_unmet"),
            ),
        ],
    ),
    (
        "RequestedAuthnContext/AuthnContextClassRef",
        &[
            (
                "",
                "<p:RequestedAuthnContext><AuthnContextClassRef>urn:x</AuthnContextClassRef><AuthnContextClassRef>\n \
                 urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified </AuthnContextClassRef></p:RequestedAuthnContext>",
                Met,
            ),
            (
                "",
                "<p:RequestedAuthnContext><AuthnContextClassRef>\
                 urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</AuthnContextClassRef>\
                 </p:RequestedAuthnContext>",
                Warned("saml_authn_context_unmet"),
            ),
        ],
    ),
    (
        "RequestedAuthnContext/AuthnContextDeclRef",
        &[(
            "",
            "<p:RequestedAuthnContext><AuthnContextDeclRef>urn:x</AuthnContextDeclRef></p:RequestedAuthnContext>",
            Warned("saml_authn_context_unmet"),
        )],
    ),
    (
        "Scoping/ProxyCount",
        &[
            ("", "<p:Scoping ProxyCount='1'/>", Met),
            ("", "<p:Scoping ProxyCount=' 0 '/>", Warned("saml_scoping_unmet")),
            (
                "",
                "<p:Scoping ProxyCount='few'/>",
                Warned("saml_request_member_unknown"),
            ),
        ],
    ),
    (
        "Scoping/IDPList",
        &[("", "<p:Scoping><p:IDPList/></p:Scoping>", Met)],
    ),
    (
        "Scoping/RequesterID",
        &[(
            "",
            "<p:Scoping><p:RequesterID>urn:portal</p:RequesterID></p:Scoping>",
            Met,
        )],
    ),
    (
        "IDPList/IDPEntry",
        &[(
            "",
            "<p:Scoping><p:IDPList><p:IDPEntry ProviderID='urn:a'/><p:IDPEntry ProviderID='urn:tenant.us.example'/>\
             </p:IDPList></p:Scoping>",
            Met,
        )],
    ),
    (
        "IDPList/GetComplete",
        &[(
            "",
            "<p:Scoping><p:IDPList><p:IDPEntry ProviderID='urn:a'/><p:GetComplete>https://sp.example/idps\
             </p:GetComplete></p:IDPList></p:Scoping>",
            Warned("saml_scoping_unmet"),
        )],
    ),
    (
        "IDPEntry/ProviderID",
        &[(
            "",
            "<p:Scoping><p:IDPList><p:IDPEntry ProviderID='urn:a'/></p:IDPList></p:Scoping>",
            Warned("saml_scoping_unmet"),
        )],
    ),
    (
        "IDPEntry/Name",
        &[(
            "",
            "<p:Scoping><p:IDPList><p:IDPEntry ProviderID='urn:tenant.us.example' Name='x'/></p:IDPList></p:Scoping>",
            Met,
        )],
    ),
    (
        "IDPEntry/Loc",
        &[(
            "",
            "<p:Scoping><p:IDPList><p:IDPEntry ProviderID='urn:tenant.us.example' Loc='x'/></p:IDPList></p:Scoping>",
            Met,
        )],
    ),
];

#[test]
fn every_member_of_the_schema_is_met_or_told() {
    for (member, requests) in ROWS {
        for (attributes, children, expected) in *requests {
            assert_eq!(
                outcome(attributes, children),
                *expected,
                "{member}: {attributes} {children}"
            );
        }
    }
}

#[test]
fn no_member_of_the_schema_is_forgotten() {
    let of_schema = MEMBERS.iter().flat_map(|member| {
        let attributes = member.attributes.iter();
        let names = attributes.chain(member.children.iter().map(|(_, local)| local));
        names.map(|name| format!("{}/{name}", member.element.1))
    });
    let of_schema: Vec<_> = of_schema.collect();
    let told: Vec<_> = ROWS.iter().map(|(member, _)| (*member).to_owned()).collect();
    assert_eq!(of_schema, told);
}

#[test]
fn what_the_schema_does_not_have_is_told() {
    for (attributes, children) in [
        ("ForceAuth='true'", ""),
        ("x:ForceAuthn='true' xmlns:x='urn:x'", ""),
        ("", "<p:NameIdPolicy/>"),
        ("", "<NameIDPolicy/>"),
        ("", "<p:NameIDPolicy Format2='x'/>"),
        (
            "",
            "<p:Scoping><p:IDPList><p:IDPEntries/></p:IDPList></p:Scoping>",
        ),
        ("", "<Conditions><OneTime/></Conditions>"),
    ] {
        assert_eq!(
            outcome(attributes, children),
            Warned("saml_request_member_unknown"),
            "{attributes} {children}"
        );
    }
    let located = "i:schemaLocation='a b' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xml:lang='en'";
    assert_eq!(outcome(located, ""), Met);
}

/// The answer to a request with these attributes and children, of a user who came over another identity provider and
/// whose session is an hour old.
fn outcome(attributes: &str, children: &str) -> Outcome {
    let issuer = if children.contains("<Issuer>") {
        ""
    } else {
        "<Issuer>urn:sp</Issuer>"
    };
    let message = format!(
        "<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' xmlns='urn:oasis:names:tc:SAML:2.0:assertion' \
         xmlns:d='http://www.w3.org/2000/09/xmldsig#' ID='_r1' Version='2.0' IssueInstant='2026-03-04T05:06:00Z' \
         {attributes}>{issuer}{children}</p:AuthnRequest>"
    );
    let addon = json!({"audience": "urn:sp", "attributeConsumingServices": [{"index": 7, "attributes": []}]});
    let mut login = Login::new().addon(addon);
    login.client.callbacks = vec!["https://sp.example/acs".to_owned()];
    login.grant.event.connection.strategy = "samlp".to_owned();
    login.grant.request.authenticated_at = Some(now().timestamp() - 3600);
    let accepted = accept(&login, message).map_err(Refused);
    let origin = match accepted {
        Ok(origin) => origin,
        Err(refused) => return refused,
    };
    answer_to(&mut login, origin)
}

fn accept(login: &Login, xml: String) -> Result<AuthnOrigin, &'static str> {
    let recipient = Recipient {
        client: &login.client,
        endpoints: Endpoints::of("tenant.example"),
        config: &login.config,
    };
    let received = Received {
        xml,
        relay_state: None,
        signature: None,
    };
    let accepted = recipient.accept(received, now());
    let accepted = accepted.and_then(|unseen| unseen.proceed(Occurrence::First));
    accepted
        .map(|accepted| accepted.origin)
        .map_err(|refused| refused.code())
}

fn answer_to(login: &mut Login, origin: AuthnOrigin) -> Outcome {
    let request = login.grant.request.saml.as_mut().unwrap();
    request.issuer = origin.issuer;
    request.name_id_policy = origin.name_id_policy;
    request.wishes = origin.wishes;
    let answer = match login.respond() {
        Ok(answer) => answer,
        Err(error) => return Refused(error.code),
    };
    let unmet: Vec<_> = answer
        .requested
        .iter()
        .filter_map(|requested| requested.unmet.as_ref())
        .collect();
    let warned: Vec<_> = login
        .trace
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect();
    assert_eq!(unmet.iter().map(|unmet| unmet.code).collect::<Vec<_>>(), warned);
    match unmet[..] {
        [] => Met,
        [unmet] => Warned(unmet.code),
        _ => panic!("{warned:?}"),
    }
}

#[test]
fn somebody_else_is_answered_with_a_warning_where_that_is_set() {
    let mut login = Login::new();
    login.config.subject_mismatch = SubjectMismatch::Warn;
    login.client.callbacks = vec!["https://sp.example/acs".to_owned()];
    let message = |subject: &str| {
        format!(
            "<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' \
             xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='_r1' Version='2.0' \
             IssueInstant='2026-03-04T05:06:00Z'><Issuer>urn:sp</Issuer><Subject>{subject}</Subject></p:AuthnRequest>"
        )
    };
    for subject in ["<NameID>bob@example.org</NameID>", "<BaseID/>"] {
        login.trace = crate::trace::Trace::default();
        let origin = accept(&login, message(subject)).unwrap();
        assert_eq!(answer_to(&mut login, origin), Warned("saml_subject_unmet"));
    }
}

#[test]
fn a_warning_names_what_is_asked_what_is_sent_and_the_setting() {
    let mut login = Login::new().addon(Value::Object(serde_json::Map::new()));
    let policy = crate::event::NameIdPolicy {
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
        ..crate::event::NameIdPolicy::default()
    };
    login.grant.request.saml.as_mut().unwrap().name_id_policy = Some(policy);
    login.respond().unwrap();
    assert_eq!(
        login.trace.warnings[0].message,
        "NameID format: the service provider asks for urn:oasis:names:tc:SAML:2.0:nameid-format:persistent and gets \
         urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified; set honorNameIdPolicy of the add-on to true, or \
         nameIdentifierFormat to the format that is asked for"
    );
}
