"""Judge: service providers that know nothing but the metadata, through a whole key roll-over.

    judge_metadata.py POSTLOGIN

python3-saml and pysaml2 each write their own metadata, which `postlogin import-sp` reads, and configure
themselves from what `postlogin metadata` prints. Then they ask for logins with signed requests and read the
responses: before a rotation, after it with the metadata from before it, and with fresh metadata. Metadata
that is two rotations old must be refused. Every document is valid by the OASIS schema, and `xmlsec1`
verifies the signed ones.
"""

import json
import logging
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import judge_schema
import metadata
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import create_metadata_string
from verdict import Refused, expect, one_line, shortened

CERTS = Path(__file__).resolve().parent.parent.parent / "certs"
KEY, CERT = CERTS / "sp.key", CERTS / "sp.crt"
EMAIL = "ada@example.org"
RELAY_STATE = "https://sp.test/after"
DESCRIPTOR = "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor"

# A request as a query string and its id in; from the response in base64 to the NameID.
Ask = Callable[[str], tuple[str, Callable[[str], str]]]


def main(postlogin: str) -> int:
    passed = failed = 0
    checks = [
        (f"{name}: {title}", check)
        for name, provider in (("python3-saml", Python3Saml()), ("pysaml2", Pysaml2()))
        for title, check in walk(postlogin, provider)
    ]
    for title, check in checks:
        try:
            check()
        except Refused as reason:
            failed += 1
            print(f"FAILED  metadata      {title}: {shortened(one_line(str(reason)))}")
        else:
            passed += 1
            print(f"ok      metadata      {title}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def walk(postlogin: str, provider) -> list[tuple[str, Callable[[], None]]]:
    """The steps of one service provider's life, in order."""
    folder = tempfile.TemporaryDirectory()
    root = Path(folder.name)
    (root / "users.json").write_text(json.dumps([{"user_id": "auth0|ada", "email": EMAIL, "name": "Ada"}]))
    known: dict[str, str] = {}

    def run(*arguments: str) -> str:
        done = subprocess.run([postlogin, *arguments], cwd=root, capture_output=True, text=True)
        if done.returncode:
            raise Refused(f"postlogin {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def import_sp() -> None:
        (root / "sp.xml").write_text(provider.metadata())
        report = json.loads(run("import-sp", "sp.xml", ".", "--name", "sp"))
        expect("outcome", report["outcome"], "created")
        expect("entity id", report["entity_id"], provider.entity_id)
        taken = {taken["member"] for taken in report["taken"]}
        for member in ("signingCert", "encryptionCert", "assertionConsumerServices"):
            if f"addons.samlp.{member}" not in taken:
                raise Refused(f"{member} was not taken")
        metadata.check(postlogin, root)

    def read(*options: str) -> str:
        document = run("metadata", ".", "--client", "sp", *options)
        judge_schema.validate(document.encode())
        return document

    def learn() -> None:
        known["metadata"] = read()

    def signed() -> None:
        document = read("--sign", "--valid-for", "7d", "--cache-for", "6h")
        verify(document, root)
        try:
            verify(document.replace("/samlp/", "/evil/", 1), root)
        except Refused:
            return
        raise Refused("a changed document verifies")

    def login(metadata: str) -> None:
        query, accept = provider.ask(metadata)
        (root / "request.txt").write_text(query)
        result = json.loads(
            run("run", ".", "--client", "sp", "--user", EMAIL, "--authn-request", "request.txt")
        )
        expect("NameID", accept(result["saml"]["response"]), EMAIL)

    def rotate() -> None:
        run("keys", "rotate", ".", "--min-age", "0s")

    def behind() -> None:
        rotate()
        login(known["metadata"])

    def too_far_behind() -> None:
        rotate()
        try:
            login(known["metadata"])
        except Refused:
            return
        raise Refused("a key that the metadata did not list was accepted")

    def cleanup() -> None:
        learn()
        login(known["metadata"])
        folder.cleanup()

    return [
        ("its metadata is imported", import_sp),
        ("ours is valid by the schema", learn),
        ("ours is valid by the schema when signed, and xmlsec1 verifies it", signed),
        ("logs in", lambda: login(known["metadata"])),
        ("logs in with the metadata from before a rotation", behind),
        ("logs in with fresh metadata", lambda: (learn(), login(known["metadata"]))[0]),
        ("logs in with the metadata from before another rotation", behind),
        ("refuses what is signed two rotations after its metadata", too_far_behind),
        ("logs in again when it has read the metadata", cleanup),
    ]


def verify(document: str, root: Path) -> None:
    """With the certificate that the document lists first, which is the one that signs."""
    listed = document.rsplit("<IDPSSODescriptor", 1)[1]
    certificate = listed.split("<X509Certificate>", 1)[1].split("<", 1)[0]
    (root / "idp.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n")
    (root / "idp.xml").write_text(document)
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", "idp.pem", "--id-attr:ID", DESCRIPTOR, "idp.xml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"xmlsec1: {done.stderr}")


class Python3Saml:
    entity_id = "https://sp.test/python3-saml"
    acs_url = "https://sp.test/python3-saml/acs"

    def settings(self) -> dict:
        return {
            "strict": True,
            "sp": {
                "entityId": self.entity_id,
                "assertionConsumerService": {"url": self.acs_url},
                "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
                "attributeConsumingService": {
                    "serviceName": "Test",
                    "requestedAttributes": [{"name": "email", "isRequired": True}],
                },
                "x509cert": CERT.read_text(),
                "privateKey": KEY.read_text(),
            },
            "security": {
                "authnRequestsSigned": True,
                "wantAssertionsSigned": True,
                "wantAssertionsEncrypted": True,
                "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            },
        }

    def metadata(self) -> str:
        document = OneLogin_Saml2_Settings(self.settings(), sp_validation_only=True).get_sp_metadata()
        return document.decode() if isinstance(document, bytes) else document

    def ask(self, metadata: str) -> tuple[str, Callable[[str], str]]:
        parsed = OneLogin_Saml2_IdPMetadataParser.parse(metadata)
        # It fills in what the other side's metadata says about itself; what we want stays ours.
        settings = self.settings() | {"idp": parsed["idp"]}
        request = {"https": "on", "http_host": "sp.test", "script_name": urlsplit(self.acs_url).path}
        auth = OneLogin_Saml2_Auth(request | {"get_data": {}, "post_data": {}}, settings)
        query = urlsplit(auth.login(return_to=RELAY_STATE)).query

        def accept(response: str) -> str:
            posted = {"SAMLResponse": response, "RelayState": RELAY_STATE}
            reader = OneLogin_Saml2_Auth(request | {"get_data": {}, "post_data": posted}, settings)
            reader.process_response(request_id=auth.get_last_request_id())
            if reader.get_errors() or not reader.is_authenticated():
                raise Refused(reader.get_last_error_reason() or ", ".join(reader.get_errors()))
            expect("email", reader.get_attribute("email"), [EMAIL])
            return reader.get_nameid()

        return query, accept


class Pysaml2:
    entity_id = "https://sp.test/pysaml2"
    acs_url = "https://sp.test/pysaml2/acs"

    def config(self, metadata: str | None) -> SPConfig:
        settings = {
            "entityid": self.entity_id,
            "key_file": str(KEY),
            "cert_file": str(CERT),
            "encryption_keypairs": [{"key_file": str(KEY), "cert_file": str(CERT)}],
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(self.acs_url, BINDING_HTTP_POST)]},
                    "name_id_format": ["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"],
                    "required_attributes": ["mail"],
                    "authn_requests_signed": True,
                    "want_assertions_signed": True,
                    "want_response_signed": False,
                }
            },
        }
        if metadata:
            settings["metadata"] = {"inline": [metadata]}
        return SPConfig().load(settings)

    def metadata(self) -> str:
        return create_metadata_string(None, config=self.config(None)).decode()

    def ask(self, metadata: str) -> tuple[str, Callable[[str], str]]:
        client = Saml2Client(self.config(metadata))
        (issuer,) = client.metadata.identity_providers()
        request_id, message = client.prepare_for_authenticate(
            entityid=issuer,
            relay_state=RELAY_STATE,
            binding=BINDING_HTTP_REDIRECT,
            response_binding=BINDING_HTTP_POST,
            sign=True,
            sigalg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        )
        query = urlsplit(dict(message["headers"])["Location"]).query

        def accept(response: str) -> str:
            try:
                read = client.parse_authn_request_response(
                    response, BINDING_HTTP_POST, outstanding={request_id: RELAY_STATE}
                )
            except Exception as error:  # it raises its own errors, and whatever its parts raise
                raise Refused(f"{type(error).__name__}: {error}") from error
            if read is None or read.assertion is None:
                raise Refused("no assertion was accepted")
            expect("mail", read.ava.get("mail"), [EMAIL])
            return read.get_subject().text

        return query, accept


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
