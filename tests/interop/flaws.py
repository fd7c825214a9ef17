"""Makes what judges must refuse: good cases with one thing wrong in each.

    flaws.py FOLDER

Reads `saml.json` and `jwt.json` there, writes `saml-refused.json` and `jwt-refused.json`. A judge takes
the good case with the same settings, so a refusal is for the flaw; reasons.toml has what it must say.
"""

import base64
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import export
import saml_xml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from lxml.etree import _Element as Element
from saml_xml import find, serialise
from verdict import DOCUMENTS, cases

READERS = ["node-saml", "python3-saml", "pysaml2", "ruby-saml", "shibboleth", "mellon"]
SIGNATURE_READERS = ["xmlsec1", *READERS]
# Those that remember what they were shown; the others leave it to the application around them.
REMEMBERING_READERS = ["shibboleth", "mellon"]

# Which of them do not see a flaw, whoever the issuer is, and why: "it ..." goes on.
TAKEN_BY = {
    "answer to another request": {"mellon": "never compares InResponseTo"},
    "another issuer expected": {"node-saml": "leaves the issuer to its caller"},
    "response no longer signed": dict.fromkeys(
        ("mellon", "ruby-saml", "shibboleth"), "cannot be told to demand a signed response"
    ),
    "sent to another URL": {"node-saml": "leaves destination and recipient to its caller"},
}

REASONS = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text())

# One case for each way of signing and encrypting.
SAML_CASES = [
    "default",
    "response-signed",
    "both-signed",
    "custom-pair",
    "encrypted-aes128-cbc",
    "encrypted-aes128-gcm",
    "encrypted-both-aes128-cbc",
    "encrypted-both-aes128-gcm",
    "encrypted-both-aes256-cbc",
    "encrypted-both-aes256-gcm",
    "encrypted-cbc",
    "encrypted-gcm",
    "encrypted-response-aes128-cbc",
    "encrypted-response-aes128-gcm",
    "encrypted-response-aes256-gcm",
    "encrypted-response-signed",
]
JWT_CASES = ["id-token", "id-token-hs256", "id-token-es256", "id-token-eddsa", "access-token-encrypted"]


def main(folder: Path) -> None:
    issued = {case["name"] for case in cases(folder / "saml.json")}
    if missing := [name for name in SAML_CASES if name not in issued]:
        sys.exit(f"no good case to make flaws in: {missing}")
    saml = [
        write_changed_documents(folder, case, flaw, changes)
        | {
            "flaw": flaw,
            "judges": judges,
            "taken_by": TAKEN_BY.get(flaw, {}),
            "reasons": REASONS.get(flaw, {}),
        }
        for case in cases(folder / "saml.json")
        if case["name"] in SAML_CASES
        for flaw, judges, changes in saml_flaws(case)
    ]
    check_reasons(saml)
    (folder / "saml-refused.json").write_text(json.dumps(saml, indent=2, ensure_ascii=False))

    published = json.loads((folder / "jwks.json").read_text())
    (folder / "jwks-unknown.json").write_text(json.dumps(unknown_keys(published), indent=2))
    jwt = [
        case | {"flaw": flaw} | changes
        for case in json.loads((folder / "jwt.json").read_text())
        if case["name"] in JWT_CASES
        for flaw, changes in jwt_flaws(folder, case)
    ]
    (folder / "jwt-refused.json").write_text(json.dumps(jwt, indent=2, ensure_ascii=False))


def check_reasons(refused: list[dict]) -> None:
    """Every judge that must refuse a flaw has its reason written down, and nobody else has."""
    needed = {
        (case["flaw"], name) for case in refused for name in case["judges"] if name not in case["taken_by"]
    }
    if wrong := needed ^ {(flaw, name) for flaw, reasons in REASONS.items() for name in reasons}:
        sys.exit(f"missing in reasons.toml, or there without need: {sorted(wrong)}")


def saml_flaws(case: dict) -> Iterator[tuple[str, list[str], dict]]:
    """Name of the flaw, who must refuse, and what is other than in the good case."""
    tampered, unsigned, untimed = (assertion(case) for _ in range(3))
    find(tampered, "saml:Subject/saml:NameID").text += "-and-more"
    for signature in unsigned.xpath("ds:Signature", namespaces=saml_xml.NAMESPACES):
        unsigned.remove(signature)
    del untimed.attrib["IssueInstant"]

    yield "tampered NameID", SIGNATURE_READERS, {"xml": put(case, tampered)}
    yield "unsigned", SIGNATURE_READERS, {"xml": put(case, unsigned, sign_response=False)}
    if case["signed"] == "both":
        yield "response no longer signed", READERS, {"xml": put(case, assertion(case), sign_response=False)}
        yield "assertion no longer signed", SIGNATURE_READERS, {"xml": put(case, unsigned)}
    if case["signed"] in ("both", "response"):
        yield "tampered response", SIGNATURE_READERS, {"xml": redate(case)}
    yield "signed by an unknown key", SIGNATURE_READERS, {"idp_cert_file": case["sp_cert_file"]}
    yield "expired", READERS, other_moment(case, "expired")
    yield "not valid yet", READERS, other_moment(case, "early")
    yield "wrong audience", READERS, {"audience": "https://other.test/somebody"}
    if case["in_response_to"]:
        yield "answer to another request", READERS, {"in_response_to": "_request-of-somebody"}
    yield "another issuer expected", READERS, {"idp_issuer": "urn:somebody"}
    yield "sent to another URL", READERS, {"acs_url": "https://sp.test/another/acs"}
    yield "shown a second time", REMEMBERING_READERS, {"shown_before": True}
    yield "another NameID expected", READERS, {"expected_name_id": "somebody"}
    yield "another attribute expected", READERS, {"expected_attributes": {"a": ["b"]}}
    department = {"http://schemas.auth0.com/department": ["Sales"]}
    attributes = case["expected_attributes"] | department
    yield "another value expected", READERS, {"expected_attributes": attributes}
    yield "no IssueInstant", ["schema"], {"xml": put(case, untimed), "assertion_xml": serialise(untimed)}
    yield "status after the assertion", ["schema"], {"xml": misplace_status(case)}
    if case["encrypted"]:
        response = saml_xml.parse(case["xml"])
        saml_xml.flip_ciphertext(response)
        other_pair = {
            member: case[member].replace("sp.", "custom.") for member in ("sp_key_file", "sp_cert_file")
        }
        yield "tampered ciphertext", SIGNATURE_READERS, {"xml": serialise(response)}
        yield "another decryption key", SIGNATURE_READERS, other_pair
    else:
        yield "assertion_xml of another response", ["xmlsec1"], {"assertion_xml": serialise(tampered)}


def assertion(case: dict) -> Element:
    return saml_xml.parse(case["assertion_xml"])


def put(case: dict, changed: Element, sign_response: bool = True) -> bytes:
    """The response with a changed assertion, encrypted again where the good one is."""
    response = saml_xml.parse(case["xml"])
    if not sign_response:
        for signature in response.xpath("ds:Signature", namespaces=saml_xml.NAMESPACES):
            response.remove(signature)
    if case["encrypted"]:
        saml_xml.encrypt(response, serialise(changed), case["encrypted"], case["sp_cert_file"])
    else:
        response.replace(find(response, "saml:Assertion"), changed)
    return serialise(response)


def redate(case: dict) -> bytes:
    """The response with its own time of issue, which the assertion's signature does not cover, changed."""
    response = saml_xml.parse(case["xml"])
    response.set("IssueInstant", response.get("IssueInstant").replace("Z", "1Z"))
    return serialise(response)


def misplace_status(case: dict) -> bytes:
    response = saml_xml.parse(case["xml"])
    response.append(find(response, "samlp:Status"))
    return serialise(response)


def other_moment(case: dict, moment: str) -> dict:
    return {
        member: case[member].replace(case["name"], f"{case['name']}.{moment}", 1)
        for member in ("xml_file", "response_base64_file", "assertion_xml_file")
    }


def write_changed_documents(folder: Path, case: dict, flaw: str, changes: dict) -> dict:
    """The case with its changes; a changed document gets a file of its own."""
    entry = {member: value for member, value in case.items() if member not in DOCUMENTS} | changes
    stem = f"{case['name']}.{flaw.replace(' ', '-')}"
    if "xml" in changes:
        (folder / f"{stem}.xml").write_bytes(entry.pop("xml"))
        (folder / f"{stem}.base64").write_bytes(base64.b64encode(changes["xml"]))
        entry |= {"xml_file": f"{stem}.xml", "response_base64_file": f"{stem}.base64"}
    if "assertion_xml" in changes:
        (folder / f"{stem}.assertion.xml").write_bytes(entry.pop("assertion_xml"))
        entry |= {"assertion_xml_file": f"{stem}.assertion.xml"}
    return entry


def jwt_flaws(folder: Path, case: dict) -> Iterator[tuple[str, dict]]:
    """Name of the flaw, and what is other than in the good case."""
    yield "expired", {"jwt": (folder / f"{case['name']}.expired.jwt").read_text()}
    yield "wrong audience", {"audience": "https://other.test/somebody"}
    yield "wrong issuer", {"issuer": "https://other.test/"}
    yield "another algorithm expected", {"alg": "RS512"}
    yield "another claim expected", {"claims": {"sub": "somebody"}}
    parts = case["jwt"].split(".")
    if case["jwe_key_file"]:
        parts[3] = ("B" if parts[3][0] == "A" else "A") + parts[3][1:]
        yield "tampered ciphertext", {"jwt": ".".join(parts)}
        yield "another decryption key", {"jwe_key_file": case["jwe_key_file"].replace("sp.key", "custom.key")}
        yield "not encrypted", {"jwt": unsigned(case["claims"])}
        return
    header, payload, signature = parts
    claims = decode(payload)
    yield "tampered", {"jwt": ".".join([header, encode(claims | {"sub": "auth0|eve"}), signature])}
    yield "unsigned", {"jwt": unsigned(claims)}
    yield "signature cut off", {"jwt": f"{header}.{payload}."}
    if case["secret"]:
        yield "another secret", {"secret": "a secret that nobody has ever agreed on with anybody"}
    else:
        yield "signed by an unknown key", {"jwks_file": "jwks-unknown.json"}


def unknown_keys(published: dict) -> dict:
    """Other keys of the same kinds under the same key ids."""
    others = {
        "RSA": rsa.generate_private_key(65537, 2048),
        "EC": ec.generate_private_key(ec.SECP256R1()),
        "OKP": ed25519.Ed25519PrivateKey.generate(),
    }
    return {"keys": [key | export.jwk(others[key["kty"]].public_key()) for key in published["keys"]]}


def unsigned(claims: dict) -> str:
    return f"{encode({'alg': 'none', 'typ': 'JWT'})}.{encode(claims)}."


def encode(value: dict) -> str:
    return export.base64url(json.dumps(value).encode())


def decode(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
