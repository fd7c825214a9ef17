"""Service providers that ask for logout, are asked, and answer; each with the library's own means."""

import base64
import json
import re
import subprocess
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import metadata
import saml_xml
from export import CERTS, DOMAIN
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, saml
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import create_metadata_string
from saml2.s_utils import success_status_factory
from saml2.sigver import verify_redirect_signature
from verdict import Refused

KEY, CERT = CERTS / "sp.key", CERTS / "sp.crt"
EMAIL = "ada@example.org"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RELAY_STATE = "https://sp.test/after"


@dataclass(frozen=True)
class Message:
    """A message as the browser carries it: a form, or a query string as it was spelt."""

    text: str
    is_form: bool

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.text))

    @property
    def parameter(self) -> str:
        return next(name for name in self.fields if name in ("SAMLRequest", "SAMLResponse"))

    @property
    def xml(self) -> bytes:
        octets = base64.b64decode(self.fields[self.parameter])
        return octets if self.is_form else zlib.decompress(octets, wbits=-15)

    @property
    def id(self) -> str:
        return saml_xml.parse(self.xml).get("ID")

    def saying(self, xml: bytes) -> "Message":
        """With another document, and all else as it is, signature included."""
        octets = xml if self.is_form else zlib.compress(xml, wbits=-15)
        pair = f"{self.parameter}={quote(base64.b64encode(octets), safe='')}"
        pairs = [pair if old.startswith(self.parameter) else old for old in self.text.split("&")]
        return replace(self, text="&".join(pairs))

    def tampered(self) -> "Message":
        """With another user, or where there is none with another time."""
        text = self.xml.decode()
        other = text.replace(EMAIL, "eve@example.org")
        if other == text:
            other = re.sub(r'(IssueInstant="[^"]*:\d)(\d)', lambda found: found[1] + str(9 - int(found[2])), text)
        assert other != text
        return self.saying(other.encode())

    def unsigned(self) -> "Message":
        if not self.is_form:
            pairs = [pair for pair in self.text.split("&") if not pair.startswith(("SigAlg=", "Signature="))]
            return replace(self, text="&".join(pairs))
        root = saml_xml.parse(self.xml)
        root.remove(saml_xml.find(root, "ds:Signature"))
        return self.saying(saml_xml.serialise(root))


def sent(where: str) -> Message:
    """The message of a redirect."""
    return Message(urlsplit(where).query, is_form=False)


class Peer:
    """A service provider. `document` is the issuer's metadata, as soon as it is known."""

    name: str
    document: str

    @property
    def entity_id(self) -> str:
        return f"https://sp.test/{self.name}"

    @property
    def slo_url(self) -> str:
        return f"{self.entity_id}/slo"

    @property
    def session_index(self) -> str:
        return f"_session-{self.name}"


class Python3Saml(Peer):
    """Speaks HTTP-Redirect only."""

    name = "python3-saml"
    takes: dict[str, str] = {}

    def settings(self) -> dict:
        return {
            "strict": True,
            "sp": {
                "entityId": self.entity_id,
                "assertionConsumerService": {"url": f"{self.entity_id}/acs"},
                "singleLogoutService": {"url": self.slo_url},
                "NameIDFormat": EMAIL_FORMAT,
                "x509cert": CERT.read_text(),
                "privateKey": KEY.read_text(),
            },
            "security": {
                "authnRequestsSigned": True,
                "logoutRequestSigned": True,
                "logoutResponseSigned": True,
                "wantMessagesSigned": True,
                "signatureAlgorithm": RSA_SHA256,
            },
        }

    def metadata(self) -> str:
        document = OneLogin_Saml2_Settings(self.settings(), sp_validation_only=True).get_sp_metadata()
        return document.decode() if isinstance(document, bytes) else document

    def auth(self, message: Message | None = None) -> OneLogin_Saml2_Auth:
        settings = self.settings() | {"idp": OneLogin_Saml2_IdPMetadataParser.parse(self.document)["idp"]}
        url = urlsplit(self.slo_url)
        request = {"https": "on", "http_host": url.hostname, "script_name": url.path, "post_data": {}}
        request["get_data"] = message.fields if message else {}
        request["query_string"] = message.text if message else ""
        return OneLogin_Saml2_Auth(request, settings)

    def ask(self) -> Message:
        auth = self.auth()
        return sent(auth.logout(RELAY_STATE, EMAIL, self.session_index, name_id_format=EMAIL_FORMAT))

    def read_request(self, message: Message) -> tuple[str, list[str]]:
        self.process(message)
        request = message.xml.decode()
        reader = OneLogin_Saml2_Logout_Request
        return reader.get_nameid(request), reader.get_session_indexes(request)

    def answer(self, message: Message) -> Message:
        return sent(self.process(message))

    def read_response(self, message: Message, request_id: str) -> None:
        self.process(message, request_id)

    def process(self, message: Message, request_id: str | None = None) -> str | None:
        auth = self.auth(message)
        where = auth.process_slo(keep_local_session=True, request_id=request_id)
        if auth.get_errors():
            raise Refused(f"{', '.join(auth.get_errors())}: {auth.get_last_error_reason()}")
        return where


class Pysaml2(Peer):
    """By HTTP-POST; `RedirectingPysaml2` by HTTP-Redirect."""

    name = "pysaml2"
    binding = BINDING_HTTP_POST
    takes = {"unsigned response": "cannot be told to demand a signed LogoutResponse"}

    def config(self) -> SPConfig:
        settings = {
            "entityid": self.entity_id,
            "key_file": str(KEY),
            "cert_file": str(CERT),
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(f"{self.entity_id}/acs", BINDING_HTTP_POST)],
                        "single_logout_service": [(self.slo_url, self.binding)],
                    },
                    "authn_requests_signed": True,
                }
            },
        }
        if hasattr(self, "document"):
            settings["metadata"] = {"inline": [self.document]}
        config = SPConfig().load(settings)
        # Its name is that of identity providers, but it is what it goes by for every request.
        config.setattr("idp", "want_authn_requests_signed", True)
        return config

    def metadata(self) -> str:
        return create_metadata_string(None, config=self.config()).decode()

    def ask(self) -> Message:
        client = Saml2Client(self.config())
        places = client.metadata.single_logout_service(f"urn:{DOMAIN}", self.binding, "idpsso")
        _, request = client.create_logout_request(
            places[0]["location"],
            f"urn:{DOMAIN}",
            name_id=saml.NameID(text=EMAIL, format=EMAIL_FORMAT),
            session_indexes=[self.session_index],
            sign=self.binding == BINDING_HTTP_POST,
            sign_alg=RSA_SHA256,
            digest_alg=SHA256,
        )
        return self.carried(client, request, places[0]["location"], RELAY_STATE, is_response=False)

    def read_request(self, message: Message) -> tuple[str, list[str]]:
        read = self.parsed(Saml2Client(self.config()), message)
        return read.name_id.text, [index.text for index in read.session_index]

    def answer(self, message: Message) -> Message:
        client = Saml2Client(self.config())
        request = self.parsed(client, message)
        response = client.create_logout_response(
            request,
            [self.binding],
            success_status_factory(),
            sign=self.binding == BINDING_HTTP_POST,
            sign_alg=RSA_SHA256,
            digest_alg=SHA256,
        )
        place = client.response_args(request, [self.binding])["destination"]
        return self.carried(client, response, place, message.fields["RelayState"], is_response=True)

    def read_response(self, message: Message, request_id: str) -> None:
        client = Saml2Client(self.config())
        try:
            read = client.parse_logout_request_response(message.fields["SAMLResponse"], self.binding)
        except Exception as error:  # it raises its own errors, and whatever its parts raise
            raise Refused(f"{type(error).__name__}: {error}") from error
        if read is None or read.in_response_to != request_id:
            raise Refused("it answers nothing that was asked")
        self.check_query(client, message)

    def check_query(self, client: Saml2Client, message: Message) -> None:
        """There is no query here."""

    def parsed(self, client: Saml2Client, message: Message):
        fields = message.fields
        try:
            read = client.parse_logout_request(
                fields["SAMLRequest"],
                self.binding,
                relay_state=fields.get("RelayState"),
                sigalg=fields.get("SigAlg"),
                signature=fields.get("Signature"),
            )
        except Exception as error:  # as above
            raise Refused(f"{type(error).__name__}: {error}") from error
        return read.message

    def carried(self, client, document, where: str, relay_state: str, is_response: bool) -> Message:
        redirects = self.binding == BINDING_HTTP_REDIRECT
        sending = client.apply_binding(
            self.binding, str(document), where, relay_state, is_response, sign=redirects, sigalg=RSA_SHA256
        )
        if redirects:
            return sent(dict(sending["headers"])["Location"])
        inputs = re.findall(r'name="(SAML\w+|RelayState)" value="([^"]*)"', sending["data"])
        return Message(urlencode(inputs), is_form=True)


class RedirectingPysaml2(Pysaml2):
    name = "pysaml2-redirect"
    binding = BINDING_HTTP_REDIRECT
    takes: dict[str, str] = {}

    def check_query(self, client: Saml2Client, message: Message) -> None:
        """It leaves the signature of a response in a query to its caller."""
        (_, certificate), *_ = client.metadata.certs(f"urn:{DOMAIN}", "idpsso", "signing")
        fields = message.fields
        if "Signature" not in fields:
            raise Refused("the query is not signed")
        if not verify_redirect_signature(fields, client.sec.sec_backend, certificate):
            raise Refused("the query's signature is not good")


class NodeSaml(Peer):
    """Takes HTTP-POST, and sends by HTTP-Redirect."""

    name = "node-saml"
    takes = {"partial response": "does not look at the status of a LogoutResponse by HTTP-POST"}

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(Path(__file__).parent / "node/logout.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def metadata(self) -> str:
        return self.do("metadata", certificate=CERT.read_text())

    def ask(self) -> Message:
        user = {"nameID": EMAIL, "nameIDFormat": EMAIL_FORMAT, "sessionIndex": self.session_index}
        return sent(self.do("ask", user=user, relay_state=RELAY_STATE))

    def read_request(self, message: Message) -> tuple[str, list[str]]:
        profile = self.read(message)
        return profile["nameID"], [profile["sessionIndex"]]

    def answer(self, message: Message) -> Message:
        return sent(self.do("answer", id=message.id, relay_state=message.fields["RelayState"]))

    def read_response(self, message: Message, request_id: str) -> None:
        self.read(message)

    def read(self, message: Message) -> dict | None:
        return self.do("read", fields=message.fields, query=None if message.is_form else message.text)

    def do(self, step: str, **arguments: object):
        options = {
            "issuer": self.entity_id,
            "callbackUrl": f"{self.entity_id}/acs",
            "logoutCallbackUrl": self.slo_url,
            "entryPoint": f"https://{DOMAIN}/samlp/{self.name}",
            "logoutUrl": f"https://{DOMAIN}/samlp/{self.name}/logout",
            "idpIssuer": f"urn:{DOMAIN}",
            "idpCert": metadata.certificate(str(CERT)),
            "signatureAlgorithm": "sha256",
            "digestAlgorithm": "sha256",
        }
        if hasattr(self, "document"):
            options["idpIssuer"], options["idpCert"] = metadata.told(self.document)
            options["logoutUrl"] = saml_xml.parse(self.document.encode()).xpath(
                "//*[local-name()='SingleLogoutService'][contains(@Binding, 'HTTP-Redirect')]/@Location"
            )[0]
        line = {"step": step, "options": options, "sp_key_file": str(KEY)} | arguments
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["done"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
