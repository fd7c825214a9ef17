"""social-auth-core, which Django and Flask applications log in with: its backend for OpenID Connect and its two for the platform."""

from urllib.parse import parse_qsl, urlsplit

from person import Person, expect, judge, setting
from social_core.backends.auth0 import Auth0OAuth2
from social_core.backends.auth0_openidconnect import Auth0OpenIdConnectAuth
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.storage import (
    AssociationMixin,
    BaseStorage,
    CodeMixin,
    NonceMixin,
    PartialMixin,
    UserMixin,
)
from social_core.strategy import BaseStrategy

CALLBACK = setting["callbacks"]["web"]
DOMAIN = urlsplit(setting["issuer"]).netloc


class Association(AssociationMixin):
    """Where the backend for OpenID Connect remembers its nonces."""

    kept: list = []

    def __init__(self, handle: str, secret: str, issued: int, lifetime: int, assoc_type: str):
        self.id = handle
        self.handle, self.secret, self.issued, self.lifetime, self.assoc_type = handle, secret, issued, lifetime, assoc_type

    @classmethod
    def store(cls, server_url, association) -> None:
        cls.kept.append(
            cls(association.handle, association.secret, association.issued, association.lifetime, association.assoc_type)
        )

    @classmethod
    def get(cls, server_url=None, handle=None):
        return [one for one in cls.kept if handle in (None, one.handle)]

    @classmethod
    def remove(cls, ids_to_delete) -> None:
        cls.kept.clear()


class Nonce(NonceMixin):
    """States, each of which counts once."""

    kept: set = set()

    @classmethod
    def use(cls, server_url: str, timestamp, salt: str) -> bool:
        is_new = (server_url, salt) not in cls.kept
        cls.kept.add((server_url, salt))
        return is_new

    @classmethod
    def consume(cls, server_url: str, timestamp: int, salt: str) -> bool:
        is_there = (server_url, salt) in cls.kept
        cls.kept.discard((server_url, salt))
        return is_there


class Storage(BaseStorage):
    user, nonce, association, code, partial = UserMixin, Nonce, Association, CodeMixin, PartialMixin


class ExactRedirect(Auth0OAuth2):
    """As a rule this backend adds a parameter to its redirect URI, which no provider that compares it exactly takes."""

    REDIRECT_STATE = False


class Strategy(BaseStrategy):
    """A web application as small as can be."""

    def __init__(self, settings: dict):
        super().__init__(Storage)
        self.settings, self.session, self.came = settings, {}, {}

    def get_setting(self, name):
        return self.settings[name]

    def request_data(self, merge=True):
        return self.came

    def request_host(self):
        return "web.example"

    def build_absolute_uri(self, path=None):
        return CALLBACK

    def redirect(self, url):
        return url

    def html(self, content):
        return content

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def session_pop(self, name):
        return self.session.pop(name, None)

    def get_pipeline(self, backend=None):
        return []


def log_in(kind: type, name: str, **more) -> tuple:
    prefix = f"SOCIAL_AUTH_{name.upper().replace('-', '_')}_"
    settings = {"KEY": "post", "SECRET": setting["secret"], "DOMAIN": DOMAIN, "VERIFY_SSL": True} | more
    strategy = Strategy({prefix + key: value for key, value in settings.items()})
    backend = kind(strategy, CALLBACK)
    came = urlsplit(Person().visit(backend.start(), CALLBACK))
    strategy.came = backend.data = dict(parse_qsl(came.query))
    told: list = []
    backend.strategy.authenticate = lambda backend, **given: told.append(given["response"])
    backend.auth_complete()
    return backend, told[0]


def open_id_connect() -> None:
    """OpenID Connect: login, userinfo, refresh"""
    more = {"OIDC_ENDPOINT": setting["issuer"].rstrip("/"), "SCOPE": ["openid", "offline_access"]}
    backend, response = log_in(OpenIdConnectAuth, "oidc", **more)
    expect("sub", response["sub"], "auth0|ada")
    expect("email", response["email"], "ada@example.org")
    again = backend.refresh_token(response["refresh_token"])
    assert again["access_token"] != response["access_token"], "the access token is the same"


def of_the_platform() -> None:
    """the platform by OAuth, with its ID token verified"""
    backend, response = log_in(ExactRedirect, "auth0")
    details = backend.get_user_details(response)
    expect("user_id", details["user_id"], "auth0|ada")
    expect("email", details["email"], "ada@example.org")


def of_the_platform_by_openid() -> None:
    """the platform by OpenID Connect"""
    _, response = log_in(Auth0OpenIdConnectAuth, "auth0_openidconnect")
    expect("sub", response["sub"], "auth0|ada")


judge("social-auth-core", [open_id_connect, of_the_platform, of_the_platform_by_openid])
