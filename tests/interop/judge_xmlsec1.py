"""Judge: `xmlsec1` verifies the signature with the issuer's certificate, after decrypting with the
service provider's key where the assertion is encrypted.

Says also that the one signature covers the element that it is in and no other, that exactly the element
that should be signed is, and that what was decrypted is `saml.assertion_xml`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import verdict
from lxml.etree import XMLSyntaxError
from saml_xml import NAMESPACES, exclusive_c14n, find, parse
from verdict import Refused, expect

SIGNED = {
    "assertion": (".//saml:Assertion", f"{NAMESPACES['saml']}:Assertion"),
    "response": (".", f"{NAMESPACES['samlp']}:Response"),
}


def judge(case: dict) -> None:
    encrypted = parse(case["xml"]).xpath("saml:EncryptedAssertion", namespaces=NAMESPACES)
    expect("number of encrypted assertions", len(encrypted), 1 if case["encrypted"] else 0)
    document = case["xml"]
    if case["signed"] == "response":
        verify(document, case)
    if case["encrypted"]:
        document = decrypt(document, case)
    if case["signed"] == "assertion":
        verify(document, case)
    if case["signed"] == "nothing":
        expect("signatures", parse(document).xpath(".//ds:Signature", namespaces=NAMESPACES), [])
    assertions = parse(document).xpath(".//saml:Assertion", namespaces=NAMESPACES)
    expect("number of assertions", len(assertions), 0 if case["denied"] else 1)
    if assertions and exclusive_c14n(assertions[0]) != exclusive_c14n(parse(case["assertion_xml"])):
        raise Refused("the assertion is not saml.assertion_xml")


def verify(document: bytes, case: dict) -> None:
    path, node = SIGNED[case["signed"]]
    response = parse(document)
    signatures = response.xpath(".//ds:Signature", namespaces=NAMESPACES)
    expect("number of signatures", len(signatures), 1)
    signed = find(response, path)
    expect("the signed element", signatures[0].getparent().tag, signed.tag)
    references = signatures[0].xpath("ds:SignedInfo/ds:Reference/@URI", namespaces=NAMESPACES)
    expect("references", references, ["#" + signed.get("ID")])
    arguments = ["--verify", "--enabled-reference-uris", "same-doc", "--enabled-key-data", "raw-x509-cert"]
    xmlsec1(document, [*arguments, "--pubkey-cert-pem", case["idp_cert_file"], "--id-attr:ID", node])


def decrypt(document: bytes, case: dict) -> bytes:
    decrypted = xmlsec1(document, ["--decrypt", "--privkey-pem", case["sp_key_file"]])
    try:
        parse(decrypted)
    except XMLSyntaxError as error:
        raise Refused(f"decrypted to something that is not XML: {error}") from error
    return decrypted


def xmlsec1(document: bytes, arguments: list[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "given.xml", Path(folder) / "result.xml"
        given.write_bytes(document)
        command = ["xmlsec1", *arguments, "--output", str(result), str(given)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            reasons = [line for line in done.stderr.splitlines() if line.startswith("func=")]
            raise Refused(f"{arguments[0]}: {reasons[-1] if reasons else done.stderr}")
        return result.read_bytes() if result.exists() else b""


if __name__ == "__main__":
    sys.exit(verdict.run("xmlsec1", judge, tells_status=False))
