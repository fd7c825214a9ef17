"""Judge: `xmlsec1` verifies each signature with the issuer's certificate, after decrypting with the
service provider's key where the assertion is encrypted.

Says also that a signature covers the element that it is in and no other, that exactly the elements that
should be signed are, and that what was decrypted is `saml.assertion_xml`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import verdict
from lxml.etree import XMLSyntaxError
from saml_xml import NAMESPACES, exclusive_c14n, find, parse
from verdict import Refused, expect

# Names without prefixes, for a command that knows none.
NODE_OF = {
    "assertion": "//*[local-name()='Assertion']/*[local-name()='Signature']",
    "response": "/*/*[local-name()='Signature']",
}
PATHS = {"assertion": ".//saml:Assertion", "response": "/samlp:Response"}
NODES = {"assertion": f"{NAMESPACES['saml']}:Assertion", "response": f"{NAMESPACES['samlp']}:Response"}
SIGNED = {
    "assertion": ["assertion"],
    "both": ["assertion", "response"],
    "nothing": [],
    "response": ["response"],
}


def judge(case: dict) -> None:
    encrypted = parse(case["xml"]).xpath("saml:EncryptedAssertion", namespaces=NAMESPACES)
    expect("number of encrypted assertions", len(encrypted), 1 if case["encrypted"] else 0)
    signed = SIGNED[case["signed"]]
    document = case["xml"]
    if "response" in signed:
        verify(document, "response", case)
    if case["encrypted"]:
        document = decrypt(document, case)
    if "assertion" in signed:
        verify(document, "assertion", case)
    signatures = parse(document).xpath(".//ds:Signature", namespaces=NAMESPACES)
    expect("number of signatures", len(signatures), len(signed))
    assertions = parse(document).xpath(".//saml:Assertion", namespaces=NAMESPACES)
    expect("number of assertions", len(assertions), 0 if case["denied"] else 1)
    if assertions and exclusive_c14n(assertions[0]) != exclusive_c14n(parse(case["assertion_xml"])):
        raise Refused("the assertion is not saml.assertion_xml")


def verify(document: bytes, what: str, case: dict) -> None:
    response = parse(document)
    signed = find(response, PATHS[what])
    signatures = signed.xpath("ds:Signature", namespaces=NAMESPACES)
    expect(f"number of signatures of the {what}", len(signatures), 1)
    references = signatures[0].xpath("ds:SignedInfo/ds:Reference/@URI", namespaces=NAMESPACES)
    expect("references", references, ["#" + signed.get("ID")])
    arguments = ["--verify", "--enabled-reference-uris", "same-doc", "--enabled-key-data", "raw-x509-cert"]
    arguments += ["--node-xpath", NODE_OF[what], "--pubkey-cert-pem", case["idp_cert_file"]]
    xmlsec1(document, [*arguments, "--id-attr:ID", NODES[what]])


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
