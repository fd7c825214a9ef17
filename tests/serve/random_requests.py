"""Random requests over all routes (OP-27): `random_requests.py POSTLOGIN [--long] [--count N] [--seed N]`.

A request begins as one that means something, with codes, states, cookies and tokens that the server gave out a moment
before, and is then spoilt in up to four places. Of every answer is asked: no status 500, no answer after 2 s, no
Location and no form that leads to a place which no application registered, no header and no script that came with the
request, no page that may be framed. At the end the server still answers and has not panicked.

The seed is printed. What the server gives out is drawn by the server, so a failed request is printed whole.
"""

import argparse
import base64
import json
import multiprocessing
import random
import re
import secrets
import socket
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import peer
import peer_tenant
import tenants

SLOW = 2.0
PROCESSES = 4
FAULTS_SHOWN = 20

ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/query', JSON.stringify(event.request.query));
  api.accessToken.setCustomClaim('https://x/body', JSON.stringify(event.request.body));
  api.user.setAppMetadata('seen', event.client.name);
  if (event.request.query['ext-deny']) api.access.deny(String(event.request.query['ext-deny']));
  if (event.request.query['ext-away']) api.redirect.sendUserTo('https://web.example/away');
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/answer', event.request.query.answer);
};"""

# What fields and texts are spoilt with.
NASTY = [
    "", " ", "0", "-1", "1e30", "null", "true", "[]", "{}", "../../etc/passwd", "%00", "\0", "\r\nX-Injected: 1",
    "%0d%0aX-Injected:%201", "\u00e9\u4e2d\U0001f600", "\udcff", "<script>alert(1)</script>", "'\"><img src=x>",
    "' OR 1=1 --", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "https://web.example@evil.example/",
    "https://web.example.evil.example/cb", "\\\\evil.example\\", "{{7*7}}", "${7*7}", "a" * 300, "a" * 5000, "a" * 20000,
    "openid " * 200, "&", "=", "%", "%zz", "+", ";", "#", "?", "data:text/html,x", "http://127.0.0.1:1/",
]  # fmt: skip

# Hosts to which a browser may be sent.
KNOWN_HOSTS = {"web.example", "spa.example", "all.example", "pay.example", "third.example", "localhost", "127.0.0.1"}


def clients() -> list[dict]:
    every = ["authorization_code", "implicit", "refresh_token", "password", "client_credentials",
             "http://auth0.com/oauth/grant-type/password-realm"]  # fmt: skip
    return [
        peer_tenant.client("web", token_endpoint_auth_method="client_secret_post"),
        peer_tenant.client("all", grant_types=every, token_endpoint_auth_method="client_secret_post"),
        peer_tenant.client("third", is_first_party=False, token_endpoint_auth_method="client_secret_post"),
        peer_tenant.public("spa", web_origins=["https://spa.example"]),
        peer_tenant.client(
            "pay", callbacks=["https://pay.example/acs"], addons={"samlp": {"audience": "https://pay.example"}}
        ),
    ]


class Requests:
    """The grammar. It keeps what the server gave out, and uses it again."""

    def __init__(self, seed: int, url: str, machine: str):
        self.random = random.Random(seed)
        self.url, self.netloc = url, urlsplit(url).netloc
        self.given: dict[str, list[str]] = {
            name: [] for name in ("state", "code", "access_token", "refresh_token", "id_token", "posted", "token")
        }
        self.cookies: list[str] = []
        self.machine = machine

    def next(self) -> tuple[bytes, bool]:
        """A request, and whether it is one that HTTP allows."""
        method, path, query, headers, body = self.random.choice(self.plain)(self)
        pairs, fields = list(query), body
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 4])):
            spoil = self.random.randrange(10)
            if spoil < 5:
                chosen = fields if isinstance(fields, list) and (self.random.random() < 0.5 or not pairs) else pairs
                self.spoil_pairs(chosen)
            elif spoil == 5:
                method = self.random.choice(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X-Y"])
            elif spoil == 6:
                path = self.spoilt_path(path)
            elif spoil == 7:
                name = self.random.choice(
                    ["Cookie", "Authorization", "Content-Type", "Accept-Language", "Origin", "X-Forwarded-For",
                     "X-Request-Id", "User-Agent", "Referer", "X-Forwarded-Host", "Forwarded", "Accept-Encoding"]
                )  # fmt: skip
                headers.append((name, self.text_of_header()))
            elif spoil == 8 and headers:
                headers.pop(self.random.randrange(len(headers)))
            elif spoil == 9:
                fields, pairs = (pairs, fields if isinstance(fields, list) else [])
        return self.written(method, path, pairs, headers, fields)

    def written(self, method: str, path: str, pairs: list, headers: list, fields) -> tuple[bytes, bool]:
        query = "&".join(f"{self.encoded(name)}={self.encoded(value)}" for name, value in pairs)
        kind, body = None, b""
        if isinstance(fields, list):
            if self.random.random() < 0.1:
                kind, body = "application/json", json.dumps(dict(fields)).encode()
            else:
                kind = "application/x-www-form-urlencoded"
                body = "&".join(f"{self.encoded(name)}={self.encoded(value)}" for name, value in fields).encode()
        elif isinstance(fields, bytes):
            kind, body = "application/json", fields
        if self.random.random() < 0.02:
            body = self.random.randbytes(self.random.choice([1, 100, 5000, 70000]))
        elif body and self.random.random() < 0.03:
            at = self.random.randrange(len(body))
            body = body[:at] + self.random.randbytes(1) + body[at + 1 :]
        host = self.netloc if self.random.random() < 0.99 else self.random.choice(["evil.example", "", "localhost"])
        lines = [f"{method} {path}{'?' if query else ''}{query} HTTP/1.1", f"Host: {host}"]
        if kind and not any(name == "Content-Type" for name, _ in headers):
            lines.append(f"Content-Type: {kind}")
        lines += [f"{name}: {value}" for name, value in headers]
        if body or method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
        is_http = True
        if self.random.random() < 0.005:
            at, is_http = self.random.randrange(len(head)), False
            head = head[:at] + self.random.randbytes(1) + head[at + 1 :]
        return head + b"\r\n\r\n" + body, is_http

    def encoded(self, text: str) -> str:
        if self.random.random() < 0.01:
            return re.sub(r"[\s\x00-\x20\x7f-\U0010ffff]", "", text)
        return quote(text, safe="" if self.random.random() < 0.5 else ":/", errors="surrogateescape")

    def spoil_pairs(self, pairs: list) -> None:
        how = self.random.randrange(6)
        if not pairs or how == 0:
            name = self.random.choice([*PARAMETERS, "ext-a", "ext-away", "ext-deny", "posted", "x" * 100, ""])
            pairs.insert(self.random.randrange(len(pairs) + 1), (name, self.some_text()))
            return
        at = self.random.randrange(len(pairs))
        name, value = pairs[at]
        match how:
            case 1:
                pairs.pop(at)
            case 2:
                pairs.insert(at, pairs[at])
            case 3:
                pairs[at] = (name, self.some_text())
            case 4:
                cut = self.random.randrange(len(value) + 1)
                pairs[at] = (name, value[:cut] + self.random.choice(["", "A", "\0", "%", "é"]) + value[cut + 1 :])
            case 5:
                pairs[at] = (self.random.choice(PARAMETERS), value)

    def some_text(self) -> str:
        kept = self.given[self.random.choice(list(self.given))]
        if kept and self.random.random() < 0.3:
            return self.random.choice(kept)
        return self.random.choice(NASTY)

    def text_of_header(self) -> str:
        text = self.some_text() if self.random.random() < 0.7 else self.cookie()
        return re.sub(r"[\x00-\x1f\x7f]", "", text)[:9000]

    def spoilt_path(self, path: str) -> str:
        return self.random.choice(
            [path + "/", path + "//", "/" + path, path.upper(), path + "%00", path + "/..", path + "/../authorize",
             path.replace("/", "/./", 1), path + "%2e%2e", path + ";a=b", path[:-1], "/" + "a" * 3000, "*",
             path.replace("o", "%6f"), "/samlp/" + quote(self.random.choice(NASTY)[:100], errors="surrogateescape")]
        )  # fmt: skip

    def cookie(self) -> str:
        if self.cookies and self.random.random() < 0.8:
            return self.random.choice(self.cookies)
        return f"postlogin={secrets_like(self.random, 48)}; postlogin-login={secrets_like(self.random, 43)}"

    def heads(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        found = list(more)
        if self.random.random() < 0.8:
            found.append(("Cookie", self.cookie()))
        if self.random.random() < 0.2:
            found.append(("Accept-Language", self.random.choice(["de", "ja;q=0.5, fr", "*", "xx-YY-zz"])))
        return found

    def one(self, kind: str) -> str:
        kept = self.given[kind]
        return self.random.choice(kept) if kept else secrets_like(self.random, 43)

    # Requests that mean something

    def authorize(self):
        client = self.random.choice(["web", "spa", "all", "third"])
        kinds = ["code", "token", "id_token", "code id_token", "id_token token", "code id_token token"]
        pairs = [
            ("client_id", client),
            ("redirect_uri", f"https://{client}.example/cb"),
            ("response_type", self.random.choice(kinds) if client == "all" else "code"),
            ("scope", self.random.choice(["openid", "openid profile email offline_access", "openid read:things", ""])),
            ("state", self.random.choice(["s", *NASTY])),
            ("nonce", "n"),
        ]
        if client == "spa":
            pairs += [("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ("code_challenge_method", "S256")]
        for name, values in (
            ("response_mode", ["query", "fragment", "form_post", "web_message"]),
            ("prompt", ["none", "login", "consent", "select_account", "none login"]),
            ("max_age", ["0", "1", "1000", "99999999999"]),
            ("audience", [peer_tenant.API, "https://nobody.example/"]),
            ("login_hint", ["ada@example.org", *NASTY]),
            ("ui_locales", ["de", "ja fr", *NASTY]),
            ("organization", ["org", *NASTY]),
            ("connection", ["db", *NASTY]),
            ("id_token_hint", [self.one("id_token"), *NASTY]),
            ("acr_values", ["1 2", *NASTY]),
            ("claims", ['{"userinfo":{"name":null}}', *NASTY]),
            ("ext-away", ["1"]),
            ("ext-deny", ["no", *NASTY]),
        ):
            if self.random.random() < 0.15:
                pairs.append((name, self.random.choice(values)))
        if self.random.random() < 0.2:
            return "POST", "/authorize", [], self.heads(), pairs
        return "GET", "/authorize", pairs, self.heads(), None

    def posted(self):
        path = self.random.choice(["/authorize", "/continue", "/samlp/pay", "/oidc/logout"])
        return "GET", path, [("posted", self.one("posted"))], self.heads(), None

    def login_page(self):
        path = self.random.choice(["/u/login", "/u/consent", "/u/logout", "/u/error"])
        return "GET", path, [("state", self.one("state"))], self.heads(), None

    def login(self):
        fields = [
            ("state", self.one("state")),
            ("token", self.one("token")),
            ("username", self.random.choice(["ada@example.org", "bob@example.org", *NASTY])),
            ("password", self.random.choice([tenants.PASSWORD, "wrong", *NASTY])),
        ]
        return "POST", "/u/login", [], self.heads(), fields

    def decide(self):
        path = self.random.choice(["/u/consent", "/u/logout"])
        fields = [("state", self.one("state")), ("token", self.one("token")),
                  ("action", self.random.choice(["accept", "deny", *NASTY]))]  # fmt: skip
        return "POST", path, [], self.heads(), fields

    def come_back(self):
        pairs = [("state", self.one("state")), ("answer", self.random.choice(NASTY))]
        if self.random.random() < 0.3:
            return "POST", "/continue", [], self.heads(), pairs
        return "GET", "/continue", pairs, self.heads(), None

    def client(self) -> list[tuple[str, str]]:
        return self.secret(self.random.choice(["web", "spa", "all", "third", "pay"]))

    def secret(self, client: str) -> list[tuple[str, str]]:
        return [("client_id", client)] + ([] if client == "spa" else [("client_secret", peer_tenant.SECRET)])

    def token(self):
        fields = self.client()
        match self.random.randrange(5):
            case 0:
                fields += [("grant_type", "authorization_code"), ("code", self.one("code")),
                           ("redirect_uri", f"https://{fields[0][1]}.example/cb"), ("code_verifier", "a" * 43)]  # fmt: skip
            case 1:
                fields += [("grant_type", "refresh_token"), ("refresh_token", self.one("refresh_token"))]
            case 2:
                audience = self.random.choice([peer_tenant.API, peer_tenant.OWN_API])
                fields += [("grant_type", "client_credentials"), ("audience", audience)]
            case 3:
                realm = "http://auth0.com/oauth/grant-type/password-realm"
                fields += [("grant_type", self.random.choice(["password", realm])), ("username", "ada@example.org"),
                           ("password", self.random.choice([tenants.PASSWORD, "x"])), ("realm", "db"),
                           ("scope", "openid offline_access")]  # fmt: skip
            case 4:
                fields += [("grant_type", self.random.choice(["urn:ietf:params:oauth:grant-type:device_code", *NASTY]))]
        return "POST", "/oauth/token", [], self.heads(), fields

    def of_token(self):
        path = self.random.choice(["/oauth/revoke", "/oauth/introspect"])
        kind = self.random.choice(["refresh_token", "access_token", "id_token", "code"])
        return "POST", path, [], self.heads(), [*self.client(), ("token", self.one(kind)), ("token_type_hint", kind)]

    def userinfo(self):
        bearer = ("Authorization", f"{self.random.choice(['Bearer', 'bearer', 'DPoP'])} {self.one('access_token')}")
        method = self.random.choice(["GET", "POST", "OPTIONS"])
        return method, "/userinfo", [], self.heads(bearer, ("Origin", "https://spa.example")), None

    def document(self):
        path = self.random.choice(
            ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server",
             "/samlp/metadata/pay", "/samlp/metadata/web", "/", "/favicon.ico", "/robots.txt", "/healthz", "/metrics"]
        )  # fmt: skip
        return "GET", path, [], self.heads(("If-None-Match", '"x"')), None

    def saml(self):
        document = self.authn_request()
        if self.random.random() < 0.4:
            at = self.random.randrange(len(document))
            document = document[:at] + self.random.randbytes(1) + document[at + self.random.randrange(3) :]
        relay_state = [("RelayState", self.random.choice(["r", *NASTY]))] if self.random.random() < 0.7 else []
        path = self.random.choice(["/samlp/pay", "/samlp/pay/logout"])
        if self.random.random() < 0.5:
            packed = zlib.compressobj(wbits=-15)
            text = base64.b64encode(packed.compress(document) + packed.flush()).decode()
            return "GET", path, [("SAMLRequest", text), *relay_state], self.heads(), None
        return "POST", path, [], self.heads(), [("SAMLRequest", base64.b64encode(document).decode()), *relay_state]

    def authn_request(self) -> bytes:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        more = self.random.choice(["", 'IsPassive="true" ', 'ForceAuthn="true" '])
        acs = self.random.choice(["https://pay.example/acs", "https://pay.example/acs", "https://evil.example/"])
        return (
            f'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{secrets.token_hex(8)}" Version="2.0" '
            f'IssueInstant="{now}" {more}AssertionConsumerServiceURL="{acs}">'
            f"<saml:Issuer>https://pay.example</saml:Issuer></samlp:AuthnRequest>"
        ).encode()

    def logout(self):
        if self.random.random() < 0.5:
            pairs = [("returnTo", self.random.choice(["https://web.example/out", *NASTY])), ("client_id", "web")]
            return "GET", "/v2/logout", pairs, self.heads(), None
        pairs = [("id_token_hint", self.one("id_token")), ("state", self.random.choice(NASTY)),
                 ("post_logout_redirect_uri", self.random.choice(["https://web.example/out", *NASTY])),
                 ("client_id", "web")]  # fmt: skip
        return "GET", "/oidc/logout", pairs, self.heads(), None

    def api(self):
        token = self.machine if self.random.random() < 0.8 else self.one("access_token")
        bearer = ("Authorization", f"Bearer {token}")
        match self.random.randrange(3):
            case 0:
                return "POST", "/api/issue", [], self.heads(bearer), json.dumps(self.issue()).encode()
            case 1:
                path = self.random.choice(["/api/sessions", "/api/refresh-tokens"])
                return "GET", path, [("user_id", "auth0|ada")], self.heads(bearer), None
            case _:
                path = f"/api/{self.random.choice(['sessions', 'refresh-tokens', 'logins'])}/{self.one('state')}"
                body = json.dumps({self.random.choice(["continue", "mfa", "form", "x"]): self.some_value()}).encode()
                method = self.random.choice(["GET", "DELETE", "POST"])
                return method, path, [], self.heads(bearer), body if method == "POST" else None

    def issue(self) -> dict:
        """A login that happened elsewhere, with up to three members spoilt."""
        client = self.random.choice(["web", "spa", "all", "third", "pay"])
        body = {
            "client_id": client,
            "user_id": "auth0|ada",
            "authentication": {"methods": [{"name": "pwd"}]},
            "scope": "openid profile offline_access",
            "request": {"ip": "192.0.2.1", "user_agent": "x", "query": {}},
        }
        if client == "pay":
            body |= {"saml_request": base64.b64encode(self.authn_request()).decode(), "relay_state": "r"}
        if self.random.random() < 0.2:
            body["user"] = {"user_id": f"api|{self.random.randrange(20)}", "name": self.random.choice(NASTY)[:300]}
            body |= {"connection": "api"}
            del body["user_id"]
        members = [*body, "nonce", "redirect_uri", "audience", "organization", "session_id", "connection", "explain", "x"]
        for _ in range(self.random.choice([0, 0, 1, 3])):
            body[self.random.choice(members)] = self.some_value()
        return body

    def some_value(self):
        """A JSON value of any kind."""
        text = self.some_text().encode("utf-8", "replace").decode()
        return self.random.choice([text, text, None, True, 0, -1e300, [], [text], {}, {text[:50]: text}, {"query": {"a": text}}])

    plain = [authorize, authorize, authorize, posted, login_page, login, decide, come_back, token, token, of_token,
             userinfo, document, saml, saml, logout, api]  # fmt: skip

    def learn(self, head: str, body: bytes) -> None:
        """Keeps what an answer gives out."""

        def keep(kind: str, value: str) -> None:
            kept = self.given[kind]
            kept.append(value)
            if len(kept) > 50:
                kept.pop(0)

        cookies = re.findall(r"^set-cookie: ([^;\r]+)", head, re.M | re.I)
        if cookies:
            self.cookies.append("; ".join(cookies))
            del self.cookies[:-20]
        location = re.search(r"^location: ([^\r]+)", head, re.M | re.I)
        for kind, value in re.findall(r"[?&#](state|code|access_token|posted|id_token)=([\w.~-]+)",
                                      location[1] if location else ""):  # fmt: skip
            if kind != "state" or "/u/" in location[1] or "web.example/away" in location[1]:
                keep(kind, value)
        text = body.decode(errors="replace")
        for kind, value in re.findall(r'"(access_token|refresh_token|id_token)":"([\w.~-]+)"', text):
            keep(kind, value)
        for kind, value in re.findall(r'name="(token|state|code)" value="([\w.~-]+)"', text):
            keep(kind, value)


PARAMETERS = """client_id redirect_uri response_type response_mode scope state nonce prompt max_age audience resource
login_hint id_token_hint acr_values ui_locales claims claims_locales display organization connection screen_hint request
request_uri code_challenge code_challenge_method grant_type code code_verifier refresh_token client_secret username
password token token_type_hint SAMLRequest SAMLResponse RelayState SigAlg Signature returnTo post_logout_redirect_uri
logout_hint access_token action realm client_assertion client_assertion_type""".split()


def secrets_like(draw: random.Random, length: int) -> str:
    return "".join(draw.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789") for _ in range(length))


class Connection:
    """A connection that stays open as long as the server lets it."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.address, self.socket, self.rest = ("127.0.0.1", parts.port), None, b""

    def exchange(self, request: bytes) -> tuple[int, str, bytes] | None:
        """Status, head and body; nothing where the server closes without an answer."""
        for _ in range(2):
            is_new = self.socket is None
            if is_new:
                self.socket, self.rest = socket.create_connection(self.address, timeout=30), b""
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.socket.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the answer may be there all the same
            try:
                answer = self.answer(request.startswith(b"HEAD "))
            except (ConnectionError, TimeoutError):
                answer = None
            if answer or is_new:
                break
            self.close()
        if answer is None or re.search(r"^connection: close", answer[1], re.M | re.I):
            self.close()
        return answer

    def answer(self, is_head: bool) -> tuple[int, str, bytes] | None:
        while b"\r\n\r\n" not in self.rest:
            if not (more := self.socket.recv(65536)):
                return None
            self.rest += more
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        status = int(text.split(" ", 2)[1])
        if status == 100:
            return self.answer(is_head)
        found = re.search(r"^content-length: (\d+)", text, re.M | re.I)
        length = 0 if is_head or status in (204, 304) else int(found[1]) if found else 0
        while len(self.rest) < length:
            if not (more := self.socket.recv(65536)):
                raise ConnectionResetError("the answer is cut off")
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, text, body

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None


def faults(request: bytes, status: int, head: str, body: bytes) -> list[str]:
    """What no answer may do, whatever the request was."""
    found = []
    if status in (500, 502, 504):
        found.append(f"status {status}")
    lines = head.split("\r\n")[1:]
    names = [line.partition(":")[0].lower() for line in lines]
    if "x-injected" in names:
        found.append("a header came from the request")
    if any(names.count(name) > 1 for name in set(names) - {"set-cookie", "vary"}):
        found.append("a header is there twice")
    values = {name: line.partition(":")[2].strip() for name, line in zip(names, lines, strict=True)}
    if "location" in values:
        parts = urlsplit(values["location"])
        if parts.hostname not in KNOWN_HOSTS or parts.scheme not in ("http", "https"):
            found.append("the Location leads elsewhere")
    if values.get("content-type", "").startswith("text/html"):
        text = body.decode(errors="replace")
        if "<script>alert(1)" in text or "<img src=x>" in text:
            found.append("markup of the request stands in the page")
        for action in re.findall(r'<form[^>]* action="([^"]*)"', text):
            if (urlsplit(action).hostname or "localhost") not in KNOWN_HOSTS:
                found.append(f"a form leads to {action}")
        if "frame-ancestors" not in values.get("content-security-policy", ""):
            found.append("the page may be framed")
        if "no-store" not in values.get("cache-control", ""):
            found.append("the page may be cached")
    if status not in (400, 408, 413, 414, 431) and values.get("x-content-type-options") != "nosniff":
        found.append("nosniff is missing")
    return found


def run(number: int, seed: int, url: str, machine: str, count: int) -> tuple[Counter, list, float]:
    requests, connection = Requests(seed * 1000 + number, url, machine), Connection(url)
    statuses, told, slowest = Counter(), [], 0.0
    for _ in range(count):
        request, is_http = requests.next()
        began = time.monotonic()
        answer = connection.exchange(request)
        took = time.monotonic() - began
        slowest = max(slowest, took)
        if answer is None:
            statuses["closed"] += 1
            found = ["no answer"] if is_http else []
        else:
            status, head, body = answer
            statuses[str(status)] += 1
            found = faults(request, status, head, body)
            requests.learn(head, body)
        if took > SLOW:
            found.append(f"the answer took {took:.1f} s")
        if found and len(told) < FAULTS_SHOWN:
            told.append((found, request[:3000], answer and (answer[1][:1500], answer[2][:600])))
    return statuses, told, slowest


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("postlogin")
    arguments.add_argument("--long", action="store_true", help="a million requests instead of 50,000")
    arguments.add_argument("--count", type=int)
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    chosen = arguments.parse_args()
    count = chosen.count or (1_000_000 if chosen.long else 50_000)
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tenant = peer_tenant.write(Path(folder), clients(), ACTION)
        with peer.Served(chosen.postlogin, tenant) as server:
            fields = {"client_id": "all", "client_secret": peer_tenant.SECRET, "audience": peer_tenant.OWN_API}
            asked = server.browser().post(server.path("oauth/token"), fields | {"grant_type": "client_credentials"})
            machine, share = asked.json()["access_token"], count // PROCESSES
            began = time.monotonic()
            with multiprocessing.Pool(PROCESSES) as pool:
                shares = [(number, chosen.seed, server.url, machine, share) for number in range(PROCESSES)]
                done = pool.starmap(run, shares, chunksize=1)
            statuses = sum((one[0] for one in done), Counter())
            told = [fault for one in done for fault in one[1]]
            slowest = max(one[2] for one in done)
            took = time.monotonic() - began
            answer = server.browser().get(server.path(".well-known/openid-configuration"))
            panics = server.panics()
            if answer.status != 200:
                told.append((["the server does not answer any more"], b"", None))
            leaked = [word for word in (peer_tenant.SECRET, tenants.PASSWORD) if word in server.logged()]
            if leaked:
                told.append((["the log holds a secret"], b"", None))
    for found, request, answer in told[:FAULTS_SHOWN]:
        print(f"FAILED {'; '.join(found)}\n  {request!r}\n  {answer}")
    for line in panics[:FAULTS_SHOWN]:
        print(f"FAILED {line}")
    total = sum(statuses.values())
    print(f"{total} requests in {took:.0f} s, slowest {slowest:.2f} s; " +
          ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    failed = len(told) + len(panics)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
