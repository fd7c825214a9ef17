"""Issues what the conformance cases issue, for the judges of SAML responses.

    suite.py POSTLOGIN FOLDER

The clock stands still in a case, so the judges' clocks are set to the moment of issue. What such a response
must hold is the conformance suite's business. Here the service provider is set up as the document wants
it, and must read the NameID and the attributes that stand in the plain assertion.
"""

import json
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import known
import saml_xml
from cryptography import x509
from export import CERTS, ROOT
from lxml.etree import _Element as Element
from saml_xml import NAMESPACES, find, parse

CASES = ROOT / "fixtures/cases"
# The clock of a case that names none.
NOW = "2026-01-15T12:00:00Z"
# Members of case.toml whose option is spelt in another way.
OPTIONS = {"actions": "action", "secrets": "secret"}
AUDIENCES = "saml:Conditions/saml:AudienceRestriction/saml:Audience/text()"
ANYBODY = "https://sp.test/anybody"
SHA1 = {f"http://www.w3.org/2000/09/xmldsig#{name}" for name in ("sha1", "rsa-sha1")}


def main(postlogin: str, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = []
    for case in sorted(path.parent for path in CASES.rglob("case.toml")):
        result = issue(postlogin, case)
        if saml := result.get("saml"):
            name = case.relative_to(CASES).as_posix()
            stem = name.replace("/", ".")
            (folder / f"{stem}.xml").write_bytes(saml["xml"].encode())
            (folder / f"{stem}.base64").write_text(saml["response"])
            (folder / f"{stem}.assertion.xml").write_bytes(saml.get("assertion_xml", "").encode())
            manifest.append(describe(name, stem, saml))
    (folder / "saml.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False))
    (folder / "saml-refused.json").write_text("[]")
    print(f"{len(manifest)} responses of the conformance suite")
    return 0 if manifest else 1


def issue(postlogin: str, case: Path) -> dict:
    """The result of a case; empty where it expects unusable input."""
    options = tomllib.loads((case / "case.toml").read_text())
    options.pop("shows")
    tenant = options.pop("tenant", None)
    above = (p / "tenant" for p in (case, *case.parents))
    root = case / tenant if tenant else next(p for p in above if (p / "tenant.json").is_file())
    options |= {"now": options.get("now", NOW), "seed": options.get("seed", "case")}
    options.setdefault("event", "event.json" if (case / "event.json").is_file() else None)
    options.setdefault("actions", sorted(f"actions/{path.name}" for path in case.glob("actions/*.js")))

    command = [postlogin, "run", str(root)]
    if (case / "commands.json").is_file():
        command = [postlogin, "issue", str(root), "--commands", "commands.json"]
    for name, value in options.items():
        option = "--" + OPTIONS.get(name, name).replace("_", "-")
        match value:
            case None | False:
                pass
            case True:
                command.append(option)
            case list():
                command += [part for one in value for part in (option, str(one))]
            case _:
                command += [option, str(value)]
    done = subprocess.run([*command, "--format", "json"], cwd=case, capture_output=True, text=True)
    if not done.stdout and not (case / "expected.txt").is_file():
        sys.exit(f"{case.relative_to(ROOT)} gives no result: {done.stderr}")
    return json.loads(done.stdout or "{}")


def describe(name: str, stem: str, saml: dict) -> dict:
    """The manifest's entry, read from the document."""
    response = parse(saml["xml"].encode())
    plain = parse(saml["assertion_xml"].encode()) if "assertion_xml" in saml else None
    ciphers = values(response, "saml:EncryptedAssertion/xenc:EncryptedData/xenc:EncryptionMethod/@Algorithm")
    message = values(response, "samlp:Status/samlp:StatusMessage/text()")
    entry = {
        "name": name,
        "now": moment_of_judgement(response, plain).isoformat(),
        "client": stem,
        "acs_url": response.get("Destination"),
        "idp_issuer": find(response, "saml:Issuer").text,
        "in_response_to": response.get("InResponseTo"),
        "xml_file": f"{stem}.xml",
        "response_base64_file": f"{stem}.base64",
        "assertion_xml_file": f"{stem}.assertion.xml",
        "signed": signed(response, plain),
        "encrypted": ciphers[0].partition("#")[2] if ciphers else None,
        "sp_key_file": str(CERTS / f"{recipient(response)}.key"),
        "sp_cert_file": str(CERTS / f"{recipient(response)}.crt"),
        "idp_cert_file": str(CERTS / f"{signer(response, plain)}.crt"),
        "denied": message[0] if message else None,
        "deprecated": any(
            algorithm in SHA1
            for algorithm in values(response, ".//ds:SignatureMethod/@Algorithm", plain)
            + values(response, ".//ds:DigestMethod/@Algorithm", plain)
        ),
        "relay_state": saml["relay_state"],
        "refused_by": known.refused_by(response, plain) | refused_by(response, plain),
    }
    return entry | (expectations(plain) if plain is not None else {"audience": ANYBODY})


def expectations(plain: Element) -> dict:
    name_id = find(plain, "saml:Subject/saml:NameID")
    return {
        "audience": [*values(plain, AUDIENCES), ANYBODY][0],
        "expected_name_id": name_id.text,
        "expected_name_id_format": name_id.get("Format"),
        "expected_authn_context": find(plain, ".//saml:AuthnContextClassRef").text,
        "expected_lifetime": saml_xml.lifetime(plain),
        "expected_attributes": {
            attribute.get("Name"): [value.text or "" for value in attribute]
            for attribute in plain.iterfind("saml:AttributeStatement/saml:Attribute", NAMESPACES)
        },
    }


def moment_of_judgement(response: Element, plain: Element | None) -> datetime:
    """A second after the issue, or less where the assertion does not live that long."""
    short = plain is not None and saml_xml.lifetime(plain) <= 1
    return saml_xml.instant(response.get("IssueInstant")) + timedelta(seconds=0.5 if short else 1)


def refused_by(response: Element, plain: Element | None) -> dict[str, str]:
    """Judges that do not take such a document, whoever the issuer is, and why: "it ..." goes on."""
    if plain is None:
        passive = values(response, "samlp:Status/samlp:StatusCode/samlp:StatusCode/@Value")
        if passive == ["urn:oasis:names:tc:SAML:2.0:status:NoPassive"]:
            return {"node-saml": "hides the reason unless the response is signed"}
        return {}
    reasons = {}
    confirmation = find(plain, ".//saml:SubjectConfirmationData")
    if confirmation.get("Recipient") != response.get("Destination"):
        for reader in ("python3-saml", "ruby-saml"):
            reasons[reader] = "demands one URL as destination and recipient"
    if "NaN" in values(plain, "saml:AttributeStatement/saml:Attribute/saml:AttributeValue/text()"):
        reasons["pysaml2"] = "writes NaN as nan, which is no xs:double, before it validates"
    if values(plain, "saml:AttributeStatement/saml:Attribute[@Name = '__proto__']/@Name"):
        reasons["node-saml"] = "cannot hold an attribute of this name"
    if not values(plain, AUDIENCES):
        reasons["node-saml"] = "demands an audience"
    return reasons


def signed(response: Element, plain: Element | None) -> str:
    found = [
        name
        for name, element in (("assertion", plain), ("response", response))
        if element is not None and element.find("ds:Signature", NAMESPACES) is not None
    ]
    return "both" if len(found) == 2 else "".join(found) or "nothing"


def signer(response: Element, plain: Element | None) -> str:
    """Which pair under certs/ the document says it is signed with."""
    written = values(response, "ds:Signature//ds:X509Certificate/text()", plain)
    return pair(written[0], ["idp", "custom", "ec", "ec-p384"]) if written else "idp"


def recipient(response: Element) -> str:
    """Which pair under certs/ it is encrypted for."""
    written = values(response, ".//xenc:EncryptedKey//ds:X509Certificate/text()")
    return pair(written[0], ["sp", "exponent-3"]) if written else "sp"


def pair(written: str, candidates: list[str]) -> str:
    """The pair with the public key of a certificate; the certificate itself may be another."""
    certificate = x509.load_pem_x509_certificate(pem(written))
    for name in candidates:
        known = x509.load_pem_x509_certificate((CERTS / f"{name}.crt").read_bytes())
        if certificate.public_key() == known.public_key():
            return name
    sys.exit(f"the key of {certificate.subject} is not under certs/")


def pem(text: str) -> bytes:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()


def values(element: Element, path: str, other: Element | None = None) -> list[str]:
    """All texts at the path, in the element and the other one."""
    elements = [element] if other is None else [element, other]
    return [text for one in elements for text in one.xpath(path, namespaces=NAMESPACES)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
