use super::super::tests::{logout_request, logout_response};
use super::*;
use crate::xml::{Limits, read};

fn request(xml: &str) -> Result<LogoutRequest, MessageError> {
    LogoutRequest::read(read(xml, Limits::MESSAGE).unwrap().root())
}

fn response(xml: &str) -> Result<LogoutResponse, MessageError> {
    LogoutResponse::read(read(xml, Limits::MESSAGE).unwrap().root())
}

#[test]
fn a_request_is_read_whole() {
    let xml = logout_request(
        "b",
        "_1",
        "Destination=\"https://idp.example/\" NotOnOrAfter=\"2026-03-04T05:10:00.5Z\" Reason=\"urn:user\"",
    )
    .replace(
        "<saml:NameID>",
        "<samlp:Extensions><x/></samlp:Extensions><saml:NameID Format=\"urn:f\" NameQualifier=\"q\" \
         SPNameQualifier=\"s\">\n",
    )
    .replace(
        "</samlp:LogoutRequest>",
        "<samlp:SessionIndex>_second</samlp:SessionIndex></samlp:LogoutRequest>",
    );
    assert_eq!(
        request(&xml).unwrap(),
        LogoutRequest {
            id: "_1".to_owned(),
            issuer: "urn:b".to_owned(),
            issue_instant: "2026-03-04T05:06:00Z".parse().unwrap(),
            destination: Some("https://idp.example/".to_owned()),
            not_on_or_after: Some("2026-03-04T05:10:00.5Z".parse().unwrap()),
            name_id: NameId {
                value: "ada@b".to_owned(),
                format: Some("urn:f".to_owned()),
                name_qualifier: Some("q".to_owned()),
                sp_name_qualifier: Some("s".to_owned()),
            },
            session_indexes: vec!["_session-b".to_owned(), "_second".to_owned()],
        }
    );
}

#[test]
fn a_request_that_the_schema_does_not_allow_is_refused() {
    let good = logout_request("b", "_1", "NotOnOrAfter=\"2026-03-04T05:10:00Z\"");
    assert!(request(&good).is_ok());
    let name_id = "<saml:NameID>ada@b</saml:NameID>";
    let issuer = "<saml:Issuer>urn:b</saml:Issuer>";
    for (from, to, error) in [
        (issuer, "", MessageError::Issuer),
        (issuer, "<saml:Issuer> </saml:Issuer>", MessageError::Issuer),
        (name_id, "", MessageError::NameId),
        (name_id, "<saml:NameID> </saml:NameID>", MessageError::NameId),
        (name_id, "<saml:BaseID/>", MessageError::Identifier("BaseID")),
        (
            name_id,
            "<saml:EncryptedID/>",
            MessageError::Identifier("EncryptedID"),
        ),
        (name_id, "<NameID>ada@b</NameID>", MessageError::Unexpected),
        (name_id, "<saml:Subject/>", MessageError::Unexpected),
        ("T05:10:00Z", "T05:10:00", MessageError::NotOnOrAfter),
        ("T05:06:00Z", "", ReadError::IssueInstant.into()),
        ("ID=\"_1\"", "ID=\"1\"", ReadError::Id.into()),
        ("ada@b", "ada<x/>@b", ReadError::Text("NameID").into()),
        ("_session-b", "<x/>", ReadError::Text("SessionIndex").into()),
        (
            name_id,
            "<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>",
            ReadError::Twice("NameID").into(),
        ),
        (
            issuer,
            "<saml:Issuer>a</saml:Issuer><saml:Issuer>urn:b</saml:Issuer>",
            ReadError::Twice("Issuer").into(),
        ),
    ] {
        assert!(good.contains(from));
        assert_eq!(request(&good.replace(from, to)).unwrap_err(), error, "{to}");
    }
    let long = good.replace("ada@b", &"a".repeat(5000));
    assert!(matches!(
        request(&long).unwrap_err(),
        MessageError::Member(ReadError::TooLong { what: "NameID", .. })
    ));
}

#[test]
fn success_is_the_outer_code_alone() {
    let outcome = |status| response(&logout_response("b", "_1", status)).unwrap().outcome;
    assert_eq!(outcome("Success"), Outcome::Success);
    let urn = |name: &str| format!("urn:oasis:names:tc:SAML:2.0:status:{name}");
    assert_eq!(outcome("PartialLogout"), Outcome::Other(urn("PartialLogout")));
    let nested = |outer: &str| {
        let inner = format!(
            "{outer}\"><samlp:StatusCode Value=\"{}\"/></samlp:StatusCode>",
            urn("PartialLogout")
        );
        let xml = logout_response("b", "_1", outer).replace(&format!("{outer}\"/>"), &inner);
        response(&xml).unwrap().outcome
    };
    for outer in ["Success", "Responder"] {
        assert_eq!(
            nested(outer),
            Outcome::Other(format!("{} {}", urn(outer), urn("PartialLogout")))
        );
    }
}

#[test]
fn a_response_that_the_schema_does_not_allow_is_refused() {
    let good = logout_response("b", "_1", "Success");
    let status = good
        .split_once("<samlp:Status>")
        .and_then(|(_, rest)| rest.split_once("</samlp:Status>"))
        .unwrap()
        .0;
    for (from, to, error) in [
        (status, "", MessageError::Status),
        (status, "<samlp:StatusCode/>", MessageError::Status),
        ("samlp:Status>", "saml:Status>", MessageError::Unexpected),
        (
            "<samlp:Status>",
            "<samlp:Status/><samlp:Status>",
            ReadError::Twice("Status").into(),
        ),
        ("ID=\"_answer-_1\"", "", ReadError::Id.into()),
        ("T05:06:00Z", "T25:06:00Z", ReadError::IssueInstant.into()),
    ] {
        assert!(good.contains(from));
        assert_eq!(response(&good.replace(from, to)).unwrap_err(), error, "{to}");
    }
}
