"""The relying party of the conformance suite: it asks, and checks everything that comes back."""

import base64
import hashlib
import json
import math
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from cryptojwt.jwk.jwk import key_from_jwk_dict
from cryptojwt.jws.jws import factory

import peer
import peer_tenant
import tenants

CALLBACKS = {"client": "https://client.example/cb", "client2": "https://client2.example/cb",
             "client-post": "https://client-post.example/cb"}
# Claims of OpenID Connect Core 5.1 that are no text.
NO_TEXT = {"email_verified": bool, "phone_number_verified": bool, "address": dict, "updated_at": (int, float)}
# Claims of each scope, OpenID Connect Core 5.4.
CLAIMS = {
    "profile": "name family_name given_name middle_name nickname preferred_username profile picture website gender "
    "birthdate zoneinfo locale updated_at".split(),
    "email": ["email", "email_verified"],
    "address": ["address"],
    "phone": ["phone_number", "phone_number_verified"],
}


class Failed(AssertionError):
    """The server does not what the module asks of it."""


def check(is_so: object, what: str) -> None:
    if not is_so:
        raise Failed(what)


class Skipped(Exception):
    """The suite itself leaves the module out for such a server; the text says why."""


@dataclass
class Client:
    client_id: str
    secret: str
    method: str = "client_secret_basic"

    @property
    def callback(self) -> str:
        return CALLBACKS[self.client_id]


FIRST = Client("client", peer_tenant.SECRET)
SECOND = Client("client2", peer_tenant.OTHER_SECRET)
BY_POST = Client("client-post", peer_tenant.SECRET, "client_secret_post")


@dataclass
class Came:
    """What came to the callback, after the login page was filled in or not."""

    fields: dict[str, str]
    # The login page, where it was shown.
    asked: peer.Answer | None


@dataclass
class Tokens:
    answer: dict
    claims: dict
    # The authorization request that they came from.
    request: dict[str, str]

    @property
    def access_token(self) -> str:
        return self.answer["access_token"]

    @property
    def id_token(self) -> str:
        return self.answer["id_token"]


@dataclass
class RelyingParty:
    """One module's run: one browser, one client."""

    server: peer.Served
    response_mode: str | None = None
    client: Client = field(default_factory=lambda: FIRST)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = self.server.browser()
        answer = self.browser.get(self.server.path(".well-known/openid-configuration"))
        check(answer.status == 200, f"discovery: {answer}")
        self.discovery = answer.json()
        keys = peer.Browser(self.server.authority).get(self.discovery["jwks_uri"]).json()["keys"]
        self.keys = {key["kid"]: key_from_jwk_dict(key) for key in keys}

    def warn(self, what: str) -> None:
        self.warnings.append(what)

    # The authorization endpoint

    def request(self, **more: str | None) -> dict[str, str]:
        """An authorization request; a parameter that is None is left out."""
        asked = {
            "client_id": self.client.client_id,
            "redirect_uri": self.client.callback,
            "scope": "openid",
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "response_type": "code",
            "response_mode": self.response_mode,
        } | more
        return {name: value for name, value in asked.items() if value is not None}

    def opened(self, request: dict[str, str]) -> peer.Answer:
        """Where the request leads at first: a page, or the callback."""
        url = self.discovery["authorization_endpoint"] + "?" + "&".join(
            f"{quote(name)}={quote(value)}" for name, value in request.items()
        )
        return self.browser.open(url)

    def came(self, answer: peer.Answer) -> dict[str, str] | None:
        """The parameters with which the browser comes to the callback; nothing where it does not."""
        if answer.location is not None:
            target = urljoin(answer.url, answer.location)
            check(target.startswith(self.client.callback + "?"), f"the callback is {target}")
            check(self.response_mode != "form_post", "the answer came by redirect, form_post was asked for")
            check(answer.status in (302, 303), f"the redirect is a {answer.status}")
            check("#" not in target, "the answer is in the fragment")
            return peer.parameters(target)
        form = next(iter(answer.page.forms), None) if answer.is_page else None
        if form and urljoin(answer.url, form.action) == self.client.callback:
            check(self.response_mode == "form_post", "the answer came by form_post, which nobody asked for")
            check(answer.status == 200, f"the page that posts has status {answer.status}")
            check(form.method == "post", f"the method of the form is {form.method}")
            return form.fields
        return None

    def authorize(self, request: dict[str, str], opened: peer.Answer | None = None) -> Came:
        """Logs in where a login page is shown."""
        answer, asked = opened or self.opened(request), None
        fields = self.came(answer)
        if fields is None:
            asked = answer
            check(answer.form("username", "password"), f"neither callback nor login page: {answer}")
            fields = self.came(self.browser.log_in(answer, "ada@example.org", tenants.PASSWORD))
            check(fields is not None, "no callback after the login")
        check(fields.get("state") == request.get("state"), "state is not the one of the request")
        check(fields.get("iss") == self.discovery["issuer"], f"iss of the answer is {fields.get('iss')}")
        return Came(fields, asked)

    def refused(self, request: dict[str, str], *errors: str, opened: peer.Answer | None = None) -> dict[str, str]:
        """The request comes back with one of these errors, without a page in between."""
        answer = opened or self.opened(request)
        fields = self.came(answer)
        check(fields is not None, f"no callback: {answer}")
        check(fields.get("error") in errors, f"error is {fields.get('error')}, not one of {errors}")
        check("code" not in fields, "an error and a code")
        check(fields.get("state") == request.get("state"), "state is not the one of the request")
        check(fields.get("iss") == self.discovery["issuer"], "iss of the error is not the issuer")
        return fields

    def code(self, came: Came) -> str:
        check("error" not in came.fields, f"an error came: {came.fields}")
        code = came.fields.get("code", "")
        check(entropy(code) >= 96, f"the code has too little entropy: {entropy(code):.0f} bits")
        return code

    # The token endpoint

    def authenticated(self, client: Client | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields with which the client proves who it is."""
        client = client or self.client
        if client.method == "client_secret_post":
            return {}, {"client_id": client.client_id, "client_secret": client.secret}
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {}

    def ask_for_tokens(self, fields: dict[str, str], client: Client | None = None) -> peer.Answer:
        headers, credentials = self.authenticated(client)
        other = peer.Browser(self.server.authority)
        return other.post(self.discovery["token_endpoint"], fields | credentials, headers)

    def exchange(self, code: str, **more: str) -> peer.Answer:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.client.callback}
        return self.ask_for_tokens(fields | more)

    def tokens(self, came: Came, request: dict[str, str], **more: str) -> Tokens:
        return self.accept(self.exchange(self.code(came), **more), request)

    def accept(self, answer: peer.Answer, request: dict[str, str]) -> Tokens:
        """Checks an answer of the token endpoint."""
        check(answer.status == 200, f"the token endpoint refuses: {answer}")
        check("no-store" in answer.headers.get("Cache-Control", ""), "Cache-Control is not no-store")
        body = answer.json()
        check("error" not in body, f"an error came: {body}")
        check(body.get("token_type", "").lower() == "bearer", f"token_type is {body.get('token_type')}")
        check(isinstance(body.get("expires_in", 1), int), "expires_in is no whole number")
        check(entropy(body.get("access_token", "")) >= 96, "the access token has too little entropy")
        check("refresh_token" not in body or entropy(body["refresh_token"]) >= 96, "refresh token: entropy")
        return Tokens(body, self.id_token(body.get("id_token", ""), request, body["access_token"]), request)

    def id_token(self, token: str, request: dict[str, str], access_token: str) -> dict:
        """Verifies an ID token (OpenID Connect Core 3.1.3.7)."""
        jws = factory(token)
        check(jws, "there is no ID token, or it is not signed")
        header = jws.jwt.headers
        check(header.get("alg") == "RS256", f"the ID token is signed by {header.get('alg')}")
        check(header.get("kid") in self.keys, f"kid {header.get('kid')} is not in the key set")
        claims = jws.verify_compact(token, keys=[self.keys[header["kid"]]])
        now = time.time()
        check(claims.get("iss") == self.discovery["issuer"], f"iss is {claims.get('iss')}")
        check(self.client.client_id in listed(claims.get("aud")), f"aud is {claims.get('aud')}")
        check(len(listed(claims.get("aud"))) == 1, "aud names somebody else")
        check(claims.get("azp", self.client.client_id) == self.client.client_id, f"azp is {claims.get('azp')}")
        check(claims.get("exp", 0) > now, "exp is over")
        check(now - 300 < claims.get("iat", 0) < now + 5, f"iat is {claims.get('iat')}")
        check(claims.get("nonce") == request.get("nonce"), "nonce is not the one of the request")
        check(0 < len(claims.get("sub", "")) <= 255, "sub is missing or too long")
        check(claims.get("nbf", 0) <= now, "nbf is in the future")
        if "auth_time" in claims:
            check(isinstance(claims["auth_time"], int) and claims["auth_time"] <= now + 1, "auth_time is none")
        if "at_hash" in claims:
            half = hashlib.sha256(access_token.encode()).digest()[:16]
            check(claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("="), "at_hash is wrong")
        self.standard_claims(claims)
        return claims

    # The userinfo endpoint

    def userinfo(self, tokens: Tokens, how: str = "get") -> dict:
        answer = self.ask_userinfo(tokens.access_token, how)
        check(answer.status == 200, f"userinfo: {answer}")
        claims = answer.json()
        check(claims.get("sub") == tokens.claims["sub"], "sub of userinfo is not that of the ID token")
        self.standard_claims(claims)
        return claims

    def ask_userinfo(self, access_token: str, how: str = "get") -> peer.Answer:
        url, bearer = self.discovery["userinfo_endpoint"], {"Authorization": f"Bearer {access_token}"}
        other = peer.Browser(self.server.authority)
        match how:
            case "get":
                return other.get(url, bearer)
            case "post header":
                return other.ask("POST", url, b"", bearer)
            case "post body":
                return other.post(url, {"access_token": access_token})
        raise ValueError(how)

    def standard_claims(self, claims: dict) -> None:
        """Types of the claims of OpenID Connect Core 5.1."""
        for name in ["sub", *sum(CLAIMS.values(), [])]:
            if name not in claims:
                continue
            value, kind = claims[name], NO_TEXT.get(name, str)
            if name == "updated_at" and isinstance(value, str):
                # The platform's ID tokens and userinfo have the text; the suite wants a number.
                self.warn("updated_at is a text, as the platform writes it (the standard has a number)")
                continue
            check(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)),
                  f"{name} is {json.dumps(value)}")

    # Whole flows

    def happy(self, **more: str | None) -> Tokens:
        """A login with all checks, userinfo at its end."""
        request = self.request(**more)
        tokens = self.tokens(self.authorize(request), request)
        self.userinfo(tokens)
        return tokens

    def again(self, first: Tokens, **more: str | None) -> tuple[Came, Tokens]:
        """A second login in the same browser."""
        request = self.request(**more)
        came = self.authorize(request)
        second = self.tokens(came, request)
        check(second.claims["sub"] == first.claims["sub"], "sub changed between two logins")
        return came, second

    def page(self, answer: peer.Answer, *words: str) -> None:
        """The browser stays at the server, at a page for a person."""
        check(answer.location is None, f"the browser is sent to {answer.location}")
        check(answer.is_page, f"no page: {answer}")
        site = urlsplit(self.server.url).netloc
        for form in answer.page.forms:
            check(urlsplit(urljoin(answer.url, form.action)).netloc == site, f"a form leads to {form.action}")
        text = answer.page.text.lower()
        check(not words or any(word in text for word in words), f"the page says: {answer.page.text}")


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def entropy(text: str) -> float:
    """Shannon entropy in bits, as the suite computes it."""
    counts = [text.count(letter) / len(text) for letter in set(text)]
    return -sum(share * math.log2(share) for share in counts) * len(text)


def unsigned(claims: dict) -> str:
    """A JWT with `alg` none."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join(encoded) + "."
