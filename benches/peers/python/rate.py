"""How many signed responses a second the PyPI packages make: rate.py PEER RESPONSE KEY CERT SECONDS XML

Prints one line of JSON and writes one response to XML.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree
from lxml.builder import ElementMaker

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"


def main(peer: str, response: str, key: str, cert: str, seconds: str, xml: str) -> None:
    once = PEERS[peer](json.loads(Path(response).read_text()), key, cert)
    made = once()
    Path(xml).write_bytes(made)
    per_second, bare_per_second = rates(once, bare(key), float(seconds))
    print(json.dumps({"per_second": per_second, "bare_per_second": bare_per_second, "bytes": len(made)}))


def pysaml2(wanted: dict, key: str, cert: str) -> Callable[[], bytes]:
    """With the `xmlsec1` command, which is what it signs with unless told otherwise."""
    from saml2 import BINDING_HTTP_POST
    from saml2.config import IdPConfig
    from saml2.saml import NameID
    from saml2.server import Server

    config = IdPConfig().load(
        {
            "entityid": wanted["issuer"],
            "key_file": key,
            "cert_file": cert,
            "allow_unknown_attributes": True,
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [("https://idp.example.org", BINDING_HTTP_POST)]},
                    "policy": {"default": {"lifetime": {"seconds": wanted["lifetime"]}, "name_form": BASIC}},
                }
            },
        }
    )
    server = Server(config=config)
    name_id = NameID(format=wanted["name_id_format"], text=wanted["name_id"])

    def once() -> bytes:
        return str(
            server.create_authn_response(
                wanted["attributes"],
                wanted["request_id"],
                wanted["acs_url"],
                sp_entity_id=wanted["audience"],
                name_id=name_id,
                authn={"class_ref": wanted["authn_context"]},
                session_not_on_or_after=None,
                sign_assertion=True,
                sign_response=False,
                sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
            )
        ).encode()

    return once


def signxml(wanted: dict, key: str, cert: str) -> Callable[[], bytes]:
    """It signs what lxml built; the signature is put in its place by a placeholder."""
    from signxml import XMLSigner
    from signxml.algorithms import CanonicalizationMethod

    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    private = serialization.load_pem_private_key(Path(key).read_bytes(), password=None)
    certificate = Path(cert).read_text()

    def once() -> bytes:
        response, assertion = build(wanted)
        assertion.insert(1, etree.Element(f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS}))
        signed = signer.sign(
            assertion, key=private, cert=certificate, reference_uri=assertion.get("ID"), id_attribute="ID"
        )
        response.append(signed)
        return etree.tostring(response)

    return once


def xmlsec(wanted: dict, key: str, cert: str) -> Callable[[], bytes]:
    """It signs what lxml built, through libxmlsec1."""
    import xmlsec

    private = xmlsec.Key.from_file(key, xmlsec.KeyFormat.PEM)
    private.load_cert_from_file(cert, xmlsec.KeyFormat.CERT_PEM)

    def once() -> bytes:
        response, assertion = build(wanted)
        response.append(assertion)
        signature = xmlsec.template.create(assertion, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256)
        assertion.insert(1, signature)
        reference = xmlsec.template.add_reference(
            signature, xmlsec.Transform.SHA256, uri="#" + assertion.get("ID")
        )
        xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
        xmlsec.tree.add_ids(assertion, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = private
        context.sign(signature)
        return etree.tostring(response)

    return once


PEERS = {"pysaml2": pysaml2, "signxml": signxml, "xmlsec": xmlsec}


def build(wanted: dict) -> tuple[etree._Element, etree._Element]:
    """Response and assertion, not yet one in the other, by hand: the packages that sign build nothing."""
    saml = ElementMaker(namespace=SAML, nsmap={"saml": SAML, "xs": XS, "xsi": XSI})
    samlp = ElementMaker(namespace=SAMLP, nsmap={"samlp": SAMLP})
    now = datetime.now(UTC)
    issued, later = stamp(now), stamp(now + timedelta(seconds=wanted["lifetime"]))
    confirmation = {
        "NotOnOrAfter": later,
        "Recipient": wanted["acs_url"],
        "InResponseTo": wanted["request_id"],
    }
    assertion = saml.Assertion(
        saml.Issuer(wanted["issuer"]),
        saml.Subject(
            saml.NameID(wanted["name_id"], Format=wanted["name_id_format"]),
            saml.SubjectConfirmation(
                saml.SubjectConfirmationData(confirmation), Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"
            ),
        ),
        saml.Conditions(
            saml.AudienceRestriction(saml.Audience(wanted["audience"])), NotBefore=issued, NotOnOrAfter=later
        ),
        saml.AuthnStatement(
            saml.AuthnContext(saml.AuthnContextClassRef(wanted["authn_context"])),
            AuthnInstant=issued,
            SessionIndex=wanted["session_index"],
        ),
        saml.AttributeStatement(
            *(
                saml.Attribute(
                    *(saml.AttributeValue({f"{{{XSI}}}type": "xs:string"}, value) for value in values),
                    Name=name,
                    NameFormat=BASIC,
                )
                for name, values in wanted["attributes"].items()
            )
        ),
        ID="_" + secrets.token_hex(16),
        Version="2.0",
        IssueInstant=issued,
    )
    response = samlp.Response(
        saml.Issuer(wanted["issuer"]),
        samlp.Status(samlp.StatusCode(Value="urn:oasis:names:tc:SAML:2.0:status:Success")),
        ID="_" + secrets.token_hex(16),
        Version="2.0",
        IssueInstant=issued,
        Destination=wanted["acs_url"],
        InResponseTo=wanted["request_id"],
    )
    return response, assertion


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def bare(key: str) -> Callable[[], bytes]:
    private = serialization.load_pem_private_key(Path(key).read_bytes(), password=None)
    message = bytes(512)
    return lambda: private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def rates(once: Callable[[], bytes], bare: Callable[[], bytes], seconds: float) -> list[float]:
    """Calls in turns of a fifth of a second with the bare signature; both in calls a CPU second."""
    calls, counts, used = [once, bare], [0, 0], [0.0, 0.0]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for side, call in enumerate(calls):
            turn, before = time.monotonic() + 0.2, cpu()
            while time.monotonic() < turn:
                call()
                counts[side] += 1
            used[side] += cpu() - before
    return [count / spent for count, spent in zip(counts, used, strict=True)]


def cpu() -> float:
    """Seconds of this process and of the commands that it ran."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main(*sys.argv[1:])
