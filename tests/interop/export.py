"""Issues every variant of variants.toml and writes what the judges read.

    export.py POSTLOGIN FOLDER

FOLDER gets the documents and two manifests, `saml.json` and `jwt.json`: lists of cases, each with its
files and with what its reader knows and expects. Issued with the real clock, because the judges' clocks
are real. `.expired` and `.early` are the same documents, issued longer ago than they live, and as far in
the future.
"""

import base64
import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import authn_request
import known
import metadata
import saml_xml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TENANT = ROOT / "fixtures/interop/tenant"
CERTS = ROOT / "certs"
DOMAIN = "idp.test"
ISSUER_CAN_START = ("plain", "none")
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
AUTHN_UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"


class NotIssued(Exception):
    """postlogin did not issue, or its result contradicts itself."""


def main(postlogin: str, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jwks.json").write_text(json.dumps(published_keys(postlogin), indent=2))
    variants = tomllib.loads((HERE / "variants.toml").read_text())

    if not takes_requests(postlogin):
        print("this postlogin has no --authn-request: every SAML login is started by the issuer, and what")
        print("answers a request (InResponseTo, signed requests, their issuer as audience) is not judged")
        without_requests(variants)

    cases: dict[str, list] = {"saml": [], "jwt": []}
    failed = 0
    for kind, export in (("saml", export_saml), ("jwt", export_jwt)):
        for variant in variants[kind]:
            name = variant.get("name", variant.get("client"))
            try:
                cases[kind].append(export(postlogin, folder, name, variant, variants))
            except NotIssued as problem:
                failed += 1
                print(f"FAILED  export        {name}: {problem}")
        (folder / f"{kind}.json").write_text(json.dumps(cases[kind], indent=2, ensure_ascii=False))
    print(f"{len(cases['saml']) + len(cases['jwt'])} passed, {failed} failed")
    return 1 if failed else 0


def takes_requests(postlogin: str) -> bool:
    told = subprocess.run([postlogin, "run", "--help"], capture_output=True, text=True, check=True).stdout
    return "--authn-request" in told


def without_requests(variants: dict) -> None:
    """Leaves only what a login can show that no service provider has asked for."""
    variants["saml"] = [
        variant for variant in variants["saml"] if variant.get("request", "plain") in ISSUER_CAN_START
    ]
    for variant in variants["saml"]:
        variant["request"] = "none"


def export_saml(postlogin: str, folder: Path, name: str, variant: dict, variants: dict) -> dict:
    client = variant["client"]
    service_provider = f"https://sp.test/{client}"
    acs_url = f"{service_provider}/acs"
    request_id = None if variant.get("request") == "none" else f"_request-{name}"
    relay_state = f"relay state of {name} & more"

    arguments = ["--client", client, "--user", variant.get("user", "auth0|ada"), "--protocol", "samlp"]
    if request_id is None:
        arguments += ["--relay-state", relay_state]
    else:
        request_file = folder / f"{name}.request"
        arguments += ["--authn-request", str(request_file)]
        if variant.get("request") != "signed-redirect":
            arguments += ["--relay-state", relay_state]

    outcome = "denied" if "denied" in variant else "issued"
    for stem, now in moments(name, timedelta(hours=2)):
        if request_id is not None:
            request = authn_request.plain(
                request_id, service_provider, acs_url, f"https://{DOMAIN}/samlp/{client}", now
            )
            request_file.write_bytes(authn_request.sent(request, variant, CERTS / "sp.key", relay_state))
        saml = run(postlogin, arguments, now, outcome).get("saml") or complain("the result has no saml")
        expect_equal("saml.response, decoded,", base64.b64decode(saml["response"]), saml["xml"].encode())
        expect_equal("saml.acs_url", saml["acs_url"], acs_url)
        expect_equal("saml.relay_state", saml["relay_state"], variant.get("relay_state", relay_state))
        expect_equal("presence of saml.assertion_xml", "assertion_xml" in saml, outcome == "issued")
        (folder / f"{stem}.xml").write_bytes(saml["xml"].encode())
        (folder / f"{stem}.base64").write_text(saml["response"])
        (folder / f"{stem}.assertion.xml").write_bytes(saml.get("assertion_xml", "").encode())
    response = saml_xml.parse(saml["xml"].encode())
    plain = saml_xml.parse(saml["assertion_xml"].encode()) if outcome == "issued" else None

    attributes = dict(variants["attributes"].get(variant.get("base"), {}))
    attributes |= variant.get("attributes", {})
    signer = variant.get("signer", "idp")
    published = folder / f"{name}.metadata.xml"
    command = [postlogin, "metadata", TENANT, "--client", client]
    published.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    case = {
        "name": name,
        "client": client,
        "acs_url": acs_url,
        "audience": variant.get("audience", service_provider),
        "idp_issuer": variant.get("issuer", f"urn:{DOMAIN}"),
        "in_response_to": request_id,
        "xml_file": f"{name}.xml",
        "response_base64_file": f"{name}.base64",
        "assertion_xml_file": f"{name}.assertion.xml",
        "signed": variant.get("signed", "assertion"),
        "encrypted": variant.get("encrypted"),
        "denied": variant.get("denied"),
        "deprecated": variant.get("deprecated", False),
        "sp_key_file": str(CERTS / "sp.key"),
        "sp_cert_file": str(CERTS / "sp.crt"),
        "idp_cert_file": str(CERTS / f"{signer}.crt"),
        "idp_metadata_file": str(published),
        "expected_name_id": variant.get("name_id", "auth0|ada"),
        "expected_name_id_format": variant.get("name_id_format", UNSPECIFIED),
        "expected_attributes": {
            key: [value.replace("{client}", client) for value in values]
            for key, values in attributes.items()
            if values
        },
        "expected_authn_context": variant.get("authn_context", AUTHN_UNSPECIFIED),
        "expected_lifetime": variant.get("lifetime", 3600),
        "relay_state": variant.get("relay_state", relay_state),
        "refused_by": known.refused_by(response, plain) | variant.get("refused_by", {}),
    }
    agree = metadata.told(published.read_text()) == metadata.known(case)
    expect_equal("that the metadata tells issuer and certificate", agree, not variant.get("by_action", False))
    return case


def export_jwt(postlogin: str, folder: Path, name: str, variant: dict, variants: dict) -> dict:
    client, api = variant["client"], variant.get("api")
    nonce = f"nonce-{name}"
    arguments = ["--client", client, "--user", "auth0|ada", "--nonce", nonce]
    arguments += ["--scope", "openid profile email read:things"]
    if api:
        arguments += ["--audience", api]

    member = "access_token" if api else "id_token"
    for stem, now in moments(name, timedelta(days=2)):
        token = run(postlogin, arguments, now, "issued").get(member) or complain(
            f"the result has no {member}"
        )
        (folder / f"{stem}.jwt").write_text(token)
    return {
        "name": name,
        "jwt": (folder / f"{name}.jwt").read_text(),
        "jwks_file": "jwks.json",
        "issuer": f"https://{DOMAIN}/",
        "audience": api or client,
        "alg": variant["alg"],
        "typ": variant["typ"],
        "secret": variant.get("secret"),
        "jwe_key_file": str(CERTS / "sp.key") if "encrypted" in variant else None,
        "jwe_alg": variant.get("encrypted"),
        "claims": variants["claims"] | ({} if api else {"nonce": nonce}),
    }


def moments(name: str, distance: timedelta) -> list[tuple[str, str | None]]:
    """File stem and clock of each issue of a variant; None is the real clock."""
    now = datetime.now(UTC)
    return [
        (f"{name}.expired", (now - distance).strftime("%Y-%m-%dT%H:%M:%SZ")),
        (f"{name}.early", (now + distance).strftime("%Y-%m-%dT%H:%M:%SZ")),
        (name, None),
    ]


def run(postlogin: str, arguments: list[str], now: str | None, outcome: str) -> dict:
    command = [postlogin, "run", str(TENANT), *arguments, "--format", "json"]
    if now:
        command += ["--now", now]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != {"issued": 0, "denied": 3}[outcome]:
        said = " / ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
        raise NotIssued(f"exit status {done.returncode}: {said}")
    result = json.loads(done.stdout)
    expect_equal("outcome", result["outcome"], outcome)
    return result


def published_keys(postlogin: str) -> dict:
    """The key set of the tenant; every key in it must be one of those under certs/."""
    command = [postlogin, "keys", "jwks", str(TENANT)]
    published = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    certificate = x509.load_pem_x509_certificate((CERTS / "idp.crt").read_bytes())
    private = [
        serialization.load_pem_private_key((CERTS / file).read_bytes(), password=None)
        for file in ("ec.key", "ed25519.key")
    ]
    known = [jwk(key) for key in [certificate.public_key(), *(key.public_key() for key in private)]]
    for key in published["keys"]:
        if not any(key.items() >= members.items() for members in known):
            sys.exit(f"keys jwks lists a key that is not the tenant's: {key}")
    return published


def jwk(key) -> dict:
    """The members that say which key it is (RFC 7638)."""
    match key:
        case rsa.RSAPublicKey():
            numbers = key.public_numbers()
            return {"kty": "RSA", "n": base64url(number(numbers.n)), "e": base64url(number(numbers.e))}
        case ec.EllipticCurvePublicKey():
            point = key.public_numbers()
            x, y = (base64url(coordinate.to_bytes(32)) for coordinate in (point.x, point.y))
            return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        case ed25519.Ed25519PublicKey():
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes_raw())}


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def expect_equal(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise NotIssued(f"{what} is {found!r}, expected {expected!r}")


def complain(problem: str) -> None:
    raise NotIssued(problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
