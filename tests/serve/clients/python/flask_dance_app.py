"""flask-dance, which stands on requests-oauthlib: a Flask application logs in; and requests-oauthlib by itself."""

from urllib.parse import urlsplit

from flask import Flask
from flask_dance.consumer import OAuth2ConsumerBlueprint
from person import Person, expect, judge, setting
from requests_oauthlib import OAuth2Session

ISSUER = setting["issuer"]
SITE = "https://site.example"


def blueprint() -> None:
    """flask-dance: login, userinfo"""
    app = Flask("app")
    app.secret_key = "of the session"
    postlogin = OAuth2ConsumerBlueprint(
        "postlogin",
        "app",
        client_id="site",
        client_secret=setting["secret"],
        base_url=ISSUER,
        token_url=f"{ISSUER}oauth/token",
        authorization_url=f"{ISSUER}authorize",
        scope=["openid", "profile", "email"],
        redirect_url="/me",
        use_pkce=True,
    )
    app.register_blueprint(postlogin, url_prefix="/login")

    @app.get("/me")
    def me():
        return postlogin.session.get("userinfo").json()

    browser = app.test_client()
    begun = browser.get("/login/postlogin", base_url=SITE)
    came = urlsplit(Person().visit(begun.location, f"{SITE}/login/postlogin/authorized"))
    done = browser.get(f"{came.path}?{came.query}", base_url=SITE)
    expect("where it ends", done.location, "/me")
    expect("email", browser.get("/me", base_url=SITE).json["email"], "ada@example.org")


def by_itself() -> None:
    """requests-oauthlib: login with PKCE, refresh without being asked to"""
    callback = setting["callbacks"]["web"]
    seen = []
    session = OAuth2Session(
        "web",
        redirect_uri=callback,
        scope=["openid", "profile", "email", "offline_access"],
        pkce="S256",
        auto_refresh_url=f"{ISSUER}oauth/token",
        auto_refresh_kwargs={"client_id": "web", "client_secret": setting["secret"]},
        token_updater=seen.append,
    )
    url, _ = session.authorization_url(f"{ISSUER}authorize")
    came = Person().visit(url, callback)
    token = session.fetch_token(
        f"{ISSUER}oauth/token", authorization_response=came, client_secret=setting["secret"]
    )
    expect("sub", session.get(f"{ISSUER}userinfo").json()["sub"], "auth0|ada")
    session.token = token | {"expires_at": 1}
    expect("sub after a refresh", session.get(f"{ISSUER}userinfo").json()["sub"], "auth0|ada")
    expect("refreshes", len(seen), 1)


judge("flask-dance", [blueprint, by_itself])
