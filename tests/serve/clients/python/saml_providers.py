"""Service providers for Python: python3-saml and pysaml2, each with and without keys of its own.

`saml_providers.py metadata` prints the metadata of each; otherwise they log in.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from person import Person, expect, judge, setting
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import create_metadata_string

import peer

SAML = setting["saml"]
EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"


def acs(name: str) -> str:
    return f"https://{name}.example/acs"


def entity(name: str) -> str:
    return f"https://{name}.example/metadata"


def endpoint(name: str) -> str:
    return f"{setting['issuer']}samlp/{SAML['clients'][name]}"


def published(name: str) -> str:
    """The metadata of the server, as a service provider gets them."""
    url = f"{setting['issuer']}samlp/metadata/{SAML['clients'][name]}"
    return Person().browser.get(url).text


def answered(name: str, url: str, person: Person | None = None) -> dict[str, str]:
    """What the browser posts to the service provider, having begun at `url`."""
    person = person or Person()
    answer = person.browser.open(url)
    if answer.form("username", "password"):
        answer = person.browser.log_in(answer, "ada@example.org", setting["password"])
    form = answer.form("SAMLResponse")
    assert form, f"no response: {answer}"
    expect("where the response goes", form.action, acs(name))
    return form.fields


def posted(name: str, fields: dict[str, str]) -> dict[str, str]:
    """The same where the service provider has a form posted."""
    person = Person()
    answer = person.browser.post(endpoint(name), fields)
    return answered(name, urljoin(answer.url, answer.location), person)


class OneLogin:
    """python3-saml, in strict mode."""

    def __init__(self, name: str, has_keys: bool):
        self.name, self.has_keys = name, has_keys

    def settings(self, idp: dict) -> dict:
        own = {"x509cert": Path(SAML["cert"]).read_text(), "privateKey": Path(SAML["key"]).read_text()}
        return {
            "strict": True,
            "sp": {
                "entityId": entity(self.name),
                "assertionConsumerService": {"url": acs(self.name), "binding": BINDING_HTTP_POST},
                "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            }
            | (own if self.has_keys else {}),
            "idp": idp,
            "security": {
                "authnRequestsSigned": self.has_keys,
                "wantAssertionsEncrypted": self.has_keys,
                "wantAssertionsSigned": True,
                "rejectUnsolicitedResponsesWithInResponseTo": True,
            },
        }

    def metadata(self) -> str:
        made = OneLogin_Saml2_Settings(self.settings({}), sp_validation_only=True).get_sp_metadata()
        # With keys it is bytes.
        return made if isinstance(made, str) else made.decode()

    def auth(self, fields: dict[str, str]) -> OneLogin_Saml2_Auth:
        idp = OneLogin_Saml2_IdPMetadataParser.parse(published(self.name))["idp"]
        at = urlsplit(acs(self.name))
        request = {"https": "on", "http_host": at.netloc, "script_name": at.path, "get_data": {}, "post_data": fields}
        return OneLogin_Saml2_Auth(request, self.settings(idp))

    def takes(self, fields: dict[str, str], request_id: str | None) -> None:
        auth = self.auth(fields)
        auth.process_response(request_id=request_id)
        expect("errors", (auth.get_errors(), auth.get_last_error_reason()), ([], None))
        expect("NameID", auth.get_nameid(), "auth0|ada")
        expect("e-mail address", auth.get_attributes()[EMAIL], ["ada@example.org"])

    def redirect(self) -> None:
        """begun by redirect"""
        auth = self.auth({})
        fields = answered(self.name, auth.login(return_to="relay"))
        expect("RelayState", fields["RelayState"], "relay")
        self.takes(fields, auth.get_last_request_id())

    def no_request(self) -> None:
        """begun by no request"""
        self.takes(answered(self.name, endpoint(self.name)), None)

    def tests(self) -> list[Callable[[], None]]:
        return [self.redirect, self.no_request]


class PySaml2:
    """pysaml2."""

    def __init__(self, name: str, has_keys: bool):
        self.name, self.has_keys = name, has_keys

    def config(self, **more) -> SPConfig:
        pair = {"key_file": SAML["key"], "cert_file": SAML["cert"]}
        own = pair | {"encryption_keypairs": [pair]} if self.has_keys else {}
        service = {
            "endpoints": {"assertion_consumer_service": [(acs(self.name), BINDING_HTTP_POST)]},
            "allow_unsolicited": True,
            "authn_requests_signed": self.has_keys,
            "want_assertions_signed": True,
            "want_response_signed": False,
        }
        made = {"entityid": entity(self.name), "allow_unknown_attributes": True, "service": {"sp": service}}
        return SPConfig().load(made | own | more)

    def metadata(self) -> str:
        return create_metadata_string(None, config=self.config()).decode()

    def client(self) -> Saml2Client:
        return Saml2Client(self.config(metadata={"inline": [published(self.name)]}))

    def takes(self, client: Saml2Client, fields: dict[str, str], outstanding: dict[str, str]) -> None:
        response = client.parse_authn_request_response(fields["SAMLResponse"], BINDING_HTTP_POST, outstanding)
        expect("NameID", response.get_subject().text, "auth0|ada")
        expect("e-mail address", response.ava[EMAIL], ["ada@example.org"])

    def redirect(self) -> None:
        """begun by redirect"""
        client = self.client()
        request_id, sent = client.prepare_for_authenticate(relay_state="relay", binding=BINDING_HTTP_REDIRECT)
        fields = answered(self.name, dict(sent["headers"])["Location"])
        expect("RelayState", fields["RelayState"], "relay")
        self.takes(client, fields, {request_id: "relay"})

    def post(self) -> None:
        """begun by POST"""
        client = self.client()
        request_id, sent = client.prepare_for_authenticate(relay_state="relay", binding=BINDING_HTTP_POST)
        form = peer.Page("".join(sent["data"])).forms[0]
        self.takes(client, posted(self.name, form.fields), {request_id: "relay"})

    def no_request(self) -> None:
        """begun by no request"""
        self.takes(self.client(), answered(self.name, endpoint(self.name)), {})

    def tests(self) -> list[Callable[[], None]]:
        return [self.redirect, self.post, self.no_request]


PROVIDERS = [
    kind(f"{name}-keys" if has_keys else name, has_keys)
    for kind, name in ((OneLogin, "python3-saml"), (PySaml2, "pysaml2"))
    for has_keys in (False, True)
]


def named(provider: OneLogin | PySaml2, test: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        test()

    having = "signed requests, encrypted assertions" if provider.has_keys else "no keys of its own"
    run.__doc__ = f"{provider.name}, {having}: {test.__doc__}"
    return run


logging.disable()
warnings.simplefilter("ignore")
if sys.argv[1:] == ["metadata"]:
    print(json.dumps({provider.name: provider.metadata() for provider in PROVIDERS}))
else:
    judge("SAML", [named(provider, test) for provider in PROVIDERS for test in provider.tests()])
