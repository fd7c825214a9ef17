"""auth0-python: the platform's own library; its authentication part."""

from urllib.parse import urlencode, urlsplit

from auth0.authentication import GetToken, RevokeToken, Users
from auth0.authentication.exceptions import Auth0Error
from person import Person, expect, judge, setting

DOMAIN = urlsplit(setting["issuer"]).netloc
CALLBACK = setting["callbacks"]["post"]


def code() -> str:
    asked = {
        "client_id": "post",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email offline_access",
    }
    came = urlsplit(Person().visit(f"{setting['issuer']}authorize?{urlencode(asked)}", CALLBACK))
    return dict(pair.split("=", 1) for pair in came.query.split("&"))["code"]


def by_code() -> None:
    """code, userinfo, refresh, revocation"""
    tokens = GetToken(DOMAIN, "post", client_secret=setting["secret"])
    given = tokens.authorization_code(code(), CALLBACK)
    expect("sub", Users(DOMAIN).userinfo(given["access_token"])["sub"], "auth0|ada")
    following = tokens.refresh_token(given["refresh_token"])
    RevokeToken(DOMAIN, "post", client_secret=setting["secret"]).revoke_refresh_token(following["refresh_token"])
    try:
        tokens.refresh_token(following["refresh_token"])
    except Auth0Error as error:
        expect("error", (error.status_code, error.error_code), (400, "invalid_grant"))
    else:
        raise AssertionError("a revoked token is exchanged")


def by_password() -> None:
    """client credentials, password with and without a realm"""
    tokens = GetToken(DOMAIN, "machine", client_secret=setting["secret"])
    expect("scope", tokens.client_credentials(setting["api"])["scope"], "read:things")
    # By itself it names the grant that wants a realm.
    for more in ({"realm": "db"}, {"grant_type": "password"}):
        given = tokens.login("ada@example.org", setting["password"], scope="openid", **more)
        assert given["id_token"], "no ID token"


judge("auth0-python", [by_code, by_password])
