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
from authority import openssl
from server import Scheme, free_port

HERE = Path(__file__).resolve().parent
NODE = os.environ.get("POSTLOGIN_TEST_NODE", "node")
# With the packages of tests/interop.
INTEROP_PYTHON = str(HERE.parents[2] / "target/interop/venv/bin/python")
# APIs: one with access tokens of RFC 9068, one whose tokens live for a second.
RFC9068 = "https://rfc9068.example/"
SHORT = "https://short.example/"
# They print their metadata first.
SERVICE_PROVIDERS = {
    "SAML for Node.js": [NODE, "node/saml_providers.mjs"],
    "SAML for Python": [INTEROP_PYTHON, "python/saml_providers.py"],
    "SimpleSAMLphp": [INTEROP_PYTHON, "python/simplesamlphp.py"],
}
# Where libraries that run without a port have the browser come back to.
SITES = [
    f"https://{place}"
    for place in (
        "site.example/accounts/oidc/postlogin/login/callback/",
        "site.example/auth/callback/auth0",
        "site.example/callback",
        "site.example/login/postlogin/authorized",
        "site.example/oidc/callback",
        "site.example/oidc/callback/",
        "form.site.example/oidc/callback",
        "key.site.example/oidc/callback",
    )
]
# What takes longest stands first.
CLIENTS = {
    "openidconnect": [sys.executable, "python/printed.py", "openidconnect"],
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
    **SERVICE_PROVIDERS,
    "omniauth": [sys.executable, "python/printed.py", "omniauth"],
    "mod_auth_openidc": [INTEROP_PYTHON, "python/mod_auth_openidc.py"],
    "mozilla-django-oidc": [sys.executable, "python/django_oidc.py"],
    "django-allauth": [sys.executable, "python/allauth_app.py"],
    "Authlib": [sys.executable, "python/authlib_client.py"],
    "flask-dance": [sys.executable, "python/flask_dance_app.py"],
    "auth0-python": [sys.executable, "python/auth0_python.py"],
    "APIs in Python": [sys.executable, "python/apis.py"],
    "openid-client 5": [NODE, "node/openid_client_5.mjs"],
    "next-auth": [NODE, "node/next_auth.mjs"],
    "@auth/core": [NODE, "node/auth_core.mjs"],
    "passport-openidconnect": [NODE, "node/passport_openidconnect.mjs"],
    "OAuth for Node.js": [NODE, "node/oauth_clients.mjs"],
    "grant": [NODE, "node/grant.mjs"],
    "APIs in Node.js": [NODE, "node/apis.mjs"],
}
PORTS = ["express_implicit", "express_code", "passport", "spa", "oidc_ts", "next_auth", "passport_oidc", "grant"]
ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  if (event.request.query['ext-deny']) api.access.deny(event.request.query['ext-deny']);
  api.idToken.setCustomClaim('https://claims.example/connection', event.connection.name);
};"""


def main(postlogin: str, only: list[str]) -> int:
    ports = {name: free_port() for name in PORTS}
    # oidc-agent takes no other ones.
    ports["agent"] = free_port(range(1024, 49152))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with tempfile.TemporaryDirectory() as folder:
        clients = registered(ports, key)
        tenant = peer_tenant.write(Path(folder) / "tenant", clients, ACTION)
        tenants.write(tenant, {
            "resource-servers/rfc9068.json": {
                "name": "rfc9068", "identifier": RFC9068, "token_dialect": "rfc9068_profile", "scopes": [],
                "allow_offline_access": True,
            },
            "resource-servers/short.json": {
                "name": "short", "identifier": SHORT, "token_lifetime": 1, "allow_offline_access": True,
                "scopes": [{"value": "read:things"}],
            },
            "grants/machine-rfc9068.json": {"client_id": "machine", "audience": RFC9068, "scope": []},
        })  # fmt: skip
        saml = key_pair(key, Path(folder))
        saml["clients"] = imported(postlogin, tenant, saml)
        with peer.Served(postlogin, tenant, Scheme.HTTPS) as server:
            setting = {
                "issuer": server.url,
                "secret": peer_tenant.SECRET,
                "password": tenants.PASSWORD,
                "api": peer_tenant.API,
                "rfc9068": RFC9068,
                "short": SHORT,
                "key": private_jwk(key),
                "saml": saml,
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


def key_pair(key: rsa.RSAPrivateKey, folder: Path) -> dict[str, str]:
    """Files with the key and a certificate of it, for service providers and for who reads files alone."""
    files = {"key": str(folder / "client.key"), "cert": str(folder / "client.crt")}
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    Path(files["key"]).write_bytes(key.private_bytes(*pem))
    openssl("req", "-x509", "-key", files["key"], "-out", files["cert"], "-days", 20, "-subj", "/CN=client")
    return files


def imported(postlogin: str, tenant: Path, saml: dict[str, str]) -> dict[str, str]:
    """Has the tenant know the service providers by their own metadata; the client id of each."""
    clients = {}
    for command in SERVICE_PROVIDERS.values():
        setting = {"POSTLOGIN_CLIENTS": json.dumps({"issuer": "https://idp.example/", "saml": saml})}
        told = subprocess.run(
            [*command, "metadata"], cwd=HERE, env=os.environ | setting, check=True, stdout=subprocess.PIPE
        )
        for name, metadata in json.loads(told.stdout).items():
            file = tenant.parent / f"{name}.xml"
            file.write_text(metadata)
            made = subprocess.run(
                [postlogin, "import-sp", file, tenant, "--name", name], check=True, stdout=subprocess.PIPE
            )
            clients[name] = json.loads(made.stdout)["client"]["client_id"]
    return clients


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

    by_key = peer_tenant.client("key", callbacks=[*callback, *SITES])
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
        peer_tenant.client("passport-oidc", callbacks=at("passport_oidc", "/callback"), **by_post),
        peer_tenant.client("next-auth", callbacks=at("next_auth", "/api/auth/callback/auth0")),
        peer_tenant.client("grant", callbacks=at("grant", "/connect/auth0/callback"), **by_post),
        peer_tenant.client("site", callbacks=SITES),
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
