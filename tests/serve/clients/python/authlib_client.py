"""Authlib: its session for requests, and its client for Flask."""

import time
from urllib.parse import urlsplit

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, redirect, session
from person import Person, expect, judge, setting

CALLBACK = setting["callbacks"]["web"]
ISSUER = setting["issuer"]
SCOPE = "openid profile email offline_access"


def log_in(client: OAuth2Session, **more: str) -> dict:
    verifier = "a-verifier-of-forty-three-characters-or-more-0"
    url, _ = client.create_authorization_url(f"{ISSUER}authorize", code_verifier=verifier, **more)
    came = Person().visit(url, CALLBACK)
    return client.fetch_token(f"{ISSUER}oauth/token", authorization_response=came, code_verifier=verifier)


def session_of(client_id: str, **more) -> OAuth2Session:
    made = {"client_secret": setting["secret"], "redirect_uri": CALLBACK, "scope": SCOPE, "code_challenge_method": "S256"}
    return OAuth2Session(client_id, **made | more)


def basic() -> None:
    """client_secret_basic: login with PKCE, userinfo, refresh, introspection, revocation"""
    everything(session_of("web"))


def post() -> None:
    """client_secret_post: the same"""
    everything(session_of("post", token_endpoint_auth_method="client_secret_post"))


def everything(client: OAuth2Session) -> None:
    token = log_in(client)
    expect("email", client.get(f"{ISSUER}userinfo").json()["email"], "ada@example.org")
    following = client.refresh_token(f"{ISSUER}oauth/token")
    assert following["access_token"] != token["access_token"], "the access token is the same"
    told = client.introspect_token(f"{ISSUER}oauth/introspect", following["access_token"]).json()
    expect("active", told["active"], True)
    answer = client.revoke_token(f"{ISSUER}oauth/revoke", following["refresh_token"])
    expect("status of the revocation", answer.status_code, 200)


def public() -> None:
    """without a secret: login with PKCE"""
    token = log_in(session_of("spa", client_secret=None, token_endpoint_auth_method="none"))
    expect("token_type", token["token_type"], "Bearer")


def by_key() -> None:
    """private_key_jwt: login with PKCE"""
    client = session_of("key", client_secret=setting["key"], token_endpoint_auth_method="private_key_jwt")
    # By itself it signs for an hour, and nobody may for more than five minutes.
    client.register_client_auth_method(PrivateKeyJWT(f"{ISSUER}oauth/token", claims={"exp": soon()}))
    expect("token_type", log_in(client)["token_type"], "Bearer")


def soon() -> int:
    return int(time.time()) + 60


def flask() -> None:
    """Flask: login by discovery, with its ID token verified"""
    app = Flask("app")
    app.secret_key = "of the session"
    oauth = OAuth(app)
    oauth.register(
        "postlogin",
        client_id="site",
        client_secret=setting["secret"],
        server_metadata_url=f"{ISSUER}.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    callback = "https://site.example/callback"

    @app.get("/login")
    def login():
        return oauth.postlogin.authorize_redirect(callback)

    @app.get("/callback")
    def called_back():
        session["user"] = oauth.postlogin.authorize_access_token()["userinfo"]
        return redirect("/")

    @app.get("/")
    def home():
        return dict(session["user"])

    browser = app.test_client()
    begun = browser.get("/login", base_url="https://site.example")
    came = urlsplit(Person().visit(begun.location, callback))
    done = browser.get(f"{came.path}?{came.query}", base_url="https://site.example")
    expect("status of the callback", done.status_code, 302)
    user = browser.get("/", base_url="https://site.example").json
    expect("sub", user["sub"], "auth0|ada")
    expect("email", user["email"], "ada@example.org")


judge("Authlib", [basic, post, public, by_key, flask])
