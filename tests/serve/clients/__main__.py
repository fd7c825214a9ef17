"""Client libraries that log in at a running server, unmodified: `python -m clients POSTLOGIN [--long] [CLIENT]...`, in tests/serve.

One server, over https with the test authority. Each client is a program of its own that prints a line for each test and
counts at its end; the login page is filled in over HTTP, or in Chromium where the library lives in a browser.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import peer
import peer_tenant
import tenants
from server import Scheme, free_port

HERE = Path(__file__).resolve().parent
NODE = os.environ.get("POSTLOGIN_TEST_NODE", "node")
# APIs: one with access tokens of RFC 9068, one whose tokens live for a second.
RFC9068 = "https://rfc9068.example/"
SHORT = "https://short.example/"
# What takes longest stands first.
CLIENTS = {
    "openidconnect": [sys.executable, "python/openidconnect_rs.py"],
    "auth0-spa-js": [NODE, "node/auth0_spa_js.mjs"],
    "oidc-client-ts": [NODE, "node/oidc_client_ts.mjs"],
    "openid-client": [NODE, "node/openid_client.mjs"],
    "oauth4webapi": [NODE, "node/oauth4webapi.mjs"],
    "auth0": [NODE, "node/auth0.mjs"],
    "auth0-server-js": [NODE, "node/auth0_server_js.mjs"],
    "express-openid-connect": [NODE, "node/express_openid_connect.mjs"],
    "passport-auth0": [NODE, "node/passport_auth0.mjs"],
    "idpyoidc": [sys.executable, "python/idpyoidc_rp.py"],
    "social-auth-core": [sys.executable, "python/social_auth.py"],
    "oidc-agent": [sys.executable, "python/oidc_agent.py"],
}
ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  if (event.request.query['ext-deny']) api.access.deny(event.request.query['ext-deny']);
  api.idToken.setCustomClaim('https://claims.example/connection', event.connection.name);
};"""


def main(postlogin: str, only: list[str]) -> int:
    ports = {name: free_port() for name in ("express_implicit", "express_code", "passport", "spa", "oidc_ts")}
    # oidc-agent takes no other ones.
    ports["agent"] = free_port(range(1024, 49152))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with tempfile.TemporaryDirectory() as folder:
        clients = registered(ports, key)
        tenant = peer_tenant.write(Path(folder), clients, ACTION)
        tenants.write(tenant, {
            "resource-servers/rfc9068.json": {
                "name": "rfc9068", "identifier": RFC9068, "token_dialect": "rfc9068_profile", "scopes": [],
                "allow_offline_access": True,
            },
            "resource-servers/short.json": {
                "name": "short", "identifier": SHORT, "token_lifetime": 1, "allow_offline_access": True,
                "scopes": [{"value": "read:things"}],
            },
        })  # fmt: skip
        with peer.Served(postlogin, tenant, Scheme.HTTPS) as server:
            setting = {
                "issuer": server.url,
                "secret": peer_tenant.SECRET,
                "password": tenants.PASSWORD,
                "api": peer_tenant.API,
                "rfc9068": RFC9068,
                "short": SHORT,
                "key": private_jwk(key),
                "ports": ports,
                "callbacks": {one["client_id"]: one["callbacks"][0] for one in clients},
                "out": {one["client_id"]: one["allowed_logout_urls"][0] for one in clients},
                "ca": str(server.authority.ca),
                "cert": str(server.authority.cert),
                "tls_key": str(server.authority.key),
            }
            trusting = server.authority.environment() | {"POSTLOGIN_CLIENTS": json.dumps(setting)}
            chosen = {name: command for name, command in CLIENTS.items() if not only or name in only}
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                done = list(pool.map(lambda command: run(command, trusting), chosen.values()))
            panics = server.panics()
    failed = [name for name, one in zip(chosen, done, strict=True) if one.returncode]
    for name, one in zip(chosen, done, strict=True):
        print(f"-- {name}\n{one.stdout}", end="")
    print(*panics, sep="\n", end="\n" if panics else "")
    print(f"{len(chosen) - len(failed)} passed, {len(failed) + bool(panics)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed or panics else 0


def run(command: list[str], trusting: dict[str, str]) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(
            command,
            cwd=HERE,
            env=os.environ | trusting,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=300,
        )
    except subprocess.TimeoutExpired as late:
        told = (late.stdout or b"").decode(errors="replace")
        return subprocess.CompletedProcess(command, 1, f"{told}FAILED  it took more than five minutes\n")


def registered(ports: dict[str, int], key: rsa.RSAPrivateKey) -> list[dict]:
    """A client for each kind of authentication, and one for each library that has callbacks of its own."""
    code, refresh = "authorization_code", "refresh_token"
    realm = "http://auth0.com/oauth/grant-type/password-realm"
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    callback = ["https://web.example/cb"]

    def at(port: str, *paths: str) -> list[str]:
        return [f"http://localhost:{ports[port]}{path}" for path in paths]

    def site(port: str, name: str) -> dict:
        origin = f"https://{name}:{ports[port]}"
        pages = [f"{origin}/", f"{origin}/silent"]
        return {"callbacks": pages, "allowed_logout_urls": [f"{origin}/"], "web_origins": [origin], "allowed_origins": [origin]}

    by_key = peer_tenant.client("key", callbacks=callback)
    del by_key["client_secret"], by_key["token_endpoint_auth_method"]
    by_key["client_authentication_methods"] = {"private_key_jwt": {"credentials": [public_credential(key)]}}
    return [
        peer_tenant.client("web"),
        peer_tenant.client("post", callbacks=["https://post.example/cb", *callback], **by_post),
        by_key,
        peer_tenant.public("spa", callbacks=callback),
        peer_tenant.client("machine", grant_types=["client_credentials", "password", realm, refresh, code], **by_post),
        peer_tenant.client("hybrid", grant_types=[code, "implicit", refresh], **by_post),
        peer_tenant.public(
            "express-implicit",
            callbacks=at("express_implicit", "/callback"),
            allowed_logout_urls=at("express_implicit", ""),
            grant_types=["implicit"],
        ),
        peer_tenant.client(
            "express-code", callbacks=at("express_code", "/callback"), allowed_logout_urls=at("express_code", "")
        ),
        peer_tenant.client("passport", callbacks=at("passport", "/callback"), **by_post),
        peer_tenant.public("agent", app_type="native", callbacks=at("agent", "")),
        peer_tenant.public("app", **site("spa", "app.other.test")),
        peer_tenant.public("app-iframe", **site("spa", "localhost")),
        peer_tenant.public("ts", **site("oidc_ts", "localhost")),
    ]


def public_credential(key: rsa.RSAPrivateKey) -> dict:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"id": "cred_1", "name": "key", "kid": "key-1", "alg": "RS256", "pem": pem.decode()}


def private_jwk(key: rsa.RSAPrivateKey) -> dict:
    numbers = key.private_numbers()
    parts = {
        "n": numbers.public_numbers.n, "e": numbers.public_numbers.e, "d": numbers.d, "p": numbers.p, "q": numbers.q,
        "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp,
    }  # fmt: skip
    encoded = {
        name: base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")
        for name, value in parts.items()
    }
    return {"kty": "RSA", "kid": "key-1", "alg": "RS256", "use": "sig"} | encoded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [name for name in sys.argv[2:] if name != "--long"]))
