"""The tenant that programs of others log in to: users with every claim, one API, and clients of each kind."""

from pathlib import Path

import tenants

SECRET = "a-secret-of-the-application-for-tests-only"
OTHER_SECRET = "a-secret-of-the-other-application-for-tests"
API = "https://api.example/"
# The server's own, /api.
OWN_API = "urn:postlogin:api"
# Every claim of OpenID Connect Core 5.1.
PROFILE = {
    "name": "Ada Example",
    "given_name": "Ada",
    "family_name": "Example",
    "middle_name": "B.",
    "nickname": "ada",
    "preferred_username": "ada",
    "profile": "https://people.example/ada",
    "picture": "https://people.example/ada.png",
    "website": "https://ada.example/",
    "gender": "female",
    "birthdate": "1990-12-10",
    "zoneinfo": "Europe/Berlin",
    "locale": "en",
    "phone_number": "+49 30 12345678",
    "phone_verified": True,
    "phone_number_verified": True,
    "address": {"locality": "Berlin", "country": "DE", "formatted": "Berlin, DE"},
    "updated_at": "2026-01-02T03:04:05.000Z",
}

ROTATING = {
    "rotation_type": "rotating",
    "expiration_type": "expiring",
    "leeway": 0,
    "token_lifetime": 2592000,
    "idle_token_lifetime": 1296000,
}


def client(name: str, **more) -> dict:
    return {
        "name": name,
        "client_id": name,
        "client_secret": SECRET,
        "app_type": "regular_web",
        "callbacks": [f"https://{name}.example/cb"],
        "allowed_logout_urls": [f"https://{name}.example/out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
        "is_first_party": True,
        "refresh_token": ROTATING,
    } | more


def public(name: str, **more) -> dict:
    made = client(name, **{"app_type": "spa", "token_endpoint_auth_method": "none"} | more)
    del made["client_secret"]
    return made


def write(folder: Path, clients: list[dict], action: str | None = None, users: list[dict] | None = None) -> Path:
    """Writes a tenant of these clients. Users are ada, who has every claim, bob and eve."""
    api = {
        "name": "api",
        "identifier": API,
        "signing_alg": "RS256",
        "token_lifetime": 3600,
        "allow_offline_access": True,
        "scopes": [{"value": "read:things"}, {"value": "write:things"}],
    }
    files: tenants.Files = {f"clients/{one['name']}.json": one for one in clients}
    files["users.json"] = users or [tenants.user("ada") | PROFILE, tenants.user("bob"), tenants.user("eve")]
    files["resource-servers/api.json"] = api
    files["database-connections/db/database.json"] = {"name": "db", "strategy": "auth0"}
    own = ["issue:login", "answer:login", "read:sessions", "delete:sessions"]
    for machine in (one["client_id"] for one in clients if "client_credentials" in one["grant_types"]):
        for name, audience, scope in (("things", API, ["read:things"]), ("own", OWN_API, own)):
            files[f"grants/{machine}-{name}.json"] = {"client_id": machine, "audience": audience, "scope": scope}
    return tenants.write(folder, files | (tenants.actions(a=action) if action else {}))
