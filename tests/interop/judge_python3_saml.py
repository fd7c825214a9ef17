"""Judge: python3-saml in strict mode takes the response and reads the expected values."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import saml_xml
import verdict
import xmlsec
from lxml.etree import XMLSyntaxError
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.errors import OneLogin_Saml2_Error
from verdict import Refused, expect, expect_attributes, stripped


def judge(case: dict) -> None:
    acs = urlsplit(case["acs_url"])
    request = {
        "https": "on",
        "http_host": acs.hostname,
        "script_name": acs.path,
        "get_data": {},
        "post_data": {"SAMLResponse": case["response"].decode(), "RelayState": case["relay_state"]},
    }
    auth = OneLogin_Saml2_Auth(request, settings(case))
    try:
        with libxml_silent():
            auth.process_response(request_id=case["in_response_to"])
    except (xmlsec.Error, XMLSyntaxError, OneLogin_Saml2_Error) as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    if auth.get_errors() or not auth.is_authenticated():
        raise Refused(auth.get_last_error_reason() or ", ".join(auth.get_errors()))

    expect("NameID", auth.get_nameid(), case["expected_name_id"])
    expect("NameID format", auth.get_nameid_format(), case["expected_name_id_format"])
    expect("authentication contexts", auth.get_last_authn_contexts(), [case["expected_authn_context"]])
    expect_attributes(auth.get_attributes(), without_empty(stripped(case["expected_attributes"])))
    assertion = saml_xml.find(saml_xml.parse(auth.get_last_response_xml().encode()), "//saml:Assertion")
    expect("lifetime", saml_xml.lifetime(assertion), case["expected_lifetime"])


@contextmanager
def libxml_silent() -> Iterator[None]:
    """What wrongly decrypted bytes make libxml2 write is of no use to the reader of the log."""
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def settings(case: dict) -> dict:
    return {
        "strict": True,
        "sp": {
            "entityId": case["audience"],
            "assertionConsumerService": {"url": case["acs_url"]},
            "x509cert": Path(case["sp_cert_file"]).read_text(),
            "privateKey": Path(case["sp_key_file"]).read_text(),
        },
        "idp": {
            "entityId": case["idp_issuer"],
            "singleSignOnService": {"url": "https://idp.test/samlp/" + case["client"]},
            "x509cert": Path(case["idp_cert_file"]).read_text(),
        },
        "security": {
            "wantAssertionsSigned": case["signed"] in ("assertion", "both"),
            "wantMessagesSigned": case["signed"] in ("response", "both"),
            "wantAssertionsEncrypted": bool(case["encrypted"]),
            "wantAttributeStatement": bool(case.get("expected_attributes")),
            "wantNameId": True,
            "rejectDeprecatedAlgorithm": not case["deprecated"],
            "rejectUnsolicitedResponsesWithInResponseTo": True,
        },
    }


def without_empty(attributes: dict[str, list[str]]) -> dict[str, list[str]]:
    """It leaves empty values out."""
    return {name: [value for value in values if value] for name, values in attributes.items()}


if __name__ == "__main__":
    sys.exit(verdict.run("python3-saml", judge, tells_status=True))
