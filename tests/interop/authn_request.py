"""The request of a service provider, as a file that `--authn-request` takes."""

import base64
import zlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import xmlsec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"


def plain(request_id: str, issuer: str, acs_url: str, destination: str, now: str | None) -> etree._Element:
    request = etree.Element(f"{{{PROTOCOL}}}AuthnRequest", nsmap={"samlp": PROTOCOL, "saml": ASSERTION})
    request.set("ID", request_id)
    request.set("Version", "2.0")
    request.set("IssueInstant", now or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    request.set("Destination", destination)
    request.set("AssertionConsumerServiceURL", acs_url)
    etree.SubElement(request, f"{{{ASSERTION}}}Issuer").text = issuer
    return request


def sent(request: etree._Element, variant: dict, key: Path, relay_state: str) -> bytes:
    """As the variant's service provider sends it."""
    match variant.get("request", "plain"):
        case "signed":
            return signed(request, key)
        case "signed-redirect":
            return signed_redirect(request, key, relay_state)
        case _:
            return xml(request)


def xml(request: etree._Element) -> bytes:
    return etree.tostring(request)


def signed(request: etree._Element, key: Path) -> bytes:
    """With an enveloped signature after the Issuer, for the POST binding."""
    signature = xmlsec.template.create(request, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256)
    request.insert(1, signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="#" + request.get("ID"))
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(request, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(key), xmlsec.KeyFormat.PEM)
    context.sign(signature)
    return etree.tostring(request)


def signed_redirect(request: etree._Element, key: Path, relay_state: str) -> bytes:
    """The query string of the redirect binding, signed over itself."""
    deflated = zlib.compress(etree.tostring(request), wbits=-15)
    query = urlencode(
        {
            "SAMLRequest": base64.b64encode(deflated).decode(),
            "RelayState": relay_state,
            "SigAlg": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        }
    )
    private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    signature = private.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return (query + "&" + urlencode({"Signature": base64.b64encode(signature).decode()})).encode()
