"""The Config plan: what the discovery document and the key set say."""

from urllib.parse import urlsplit

import peer

from .relying_party import RelyingParty, check

# Members that no public key may have (RFC 7518 section 6).
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def oidcc_discovery_endpoint_verification(party: RelyingParty) -> None:
    says = party.discovery
    check(says["issuer"] == party.server.url, f"issuer is {says['issuer']}")
    site = urlsplit(party.server.url).netloc
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        url = urlsplit(says.get(name, ""))
        check(url.scheme == "https" and url.netloc == site, f"{name} is {says.get(name)}")
    for name, value in says.items():
        if name.endswith("_endpoint") or name.endswith("_uri"):
            check(value.startswith("https://"), f"{name} is not https")
    for name, wanted in (
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
    ):
        check(isinstance(says.get(name), list) and wanted in says[name], f"{name} does not list {wanted}")
    for grant in ("authorization_code", "implicit"):
        grants = says.get("grant_types_supported", ["authorization_code", "implicit"])
        check(grant in grants, f"grant_types_supported does not list {grant}")
    for name in ("request_parameter_supported", "claims_parameter_supported"):
        check(isinstance(says.get(name, False), bool), f"{name} is no Boolean")
    # What is left out stands for true.
    check(says.get("request_uri_parameter_supported", True) is False, "request_uri is said to be taken")
    check("claims_supported" in says, "claims_supported is missing")
    methods = says.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    for method in ("client_secret_basic", "client_secret_post"):
        check(method in methods, f"token_endpoint_auth_methods_supported does not list {method}")
    for name, values in says.items():
        if name.endswith("_supported") and isinstance(values, list):
            check(values and len(values) == len({str(value) for value in values}), f"{name} is empty or repeats")

    answer = peer.Browser(party.server.authority).get(says["jwks_uri"])
    check(answer.status == 200, f"the key set: {answer}")
    keys = answer.json()["keys"]
    check(keys, "the key set is empty")
    ids = [key.get("kid") for key in keys]
    check(all(ids) and len(ids) == len(set(ids)), f"key ids are missing or not distinct: {ids}")
    for key in keys:
        check(not PRIVATE & key.keys() and key.get("kty") != "oct", f"a private key: {key}")
        check(key.get("use", "sig") in ("sig", "enc"), f"use is {key.get('use')}")

    other = peer.Browser(party.server.authority).get(party.server.path(".well-known/oauth-authorization-server"))
    check(other.json()["issuer"] == says["issuer"], "the two metadata documents name different issuers")
