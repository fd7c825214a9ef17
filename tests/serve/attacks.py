"""Whoever wants to be somebody else, or to use the server against others: `attacks.py POSTLOGIN [--long] [ROW]...`.

Each function is one row of the list of cases, or one attack that has no row.
"""

import base64
import json
import re
import secrets
import socket
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import peer
import peer_tenant
import tenants
from row import arguments, check, run
from server import Scheme
from visitor import Visitor, challenge, claims

ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  api.user.setAppMetadata('logins', (event.user.app_metadata.logins || 0) + 1);
  api.idToken.setCustomClaim('https://x/logins', event.user.app_metadata.logins || 0);
  if (event.request.query['ext-away']) api.redirect.sendUserTo('https://other.example/ask', {query: {a: 'b'}});
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/answer', event.request.query.answer || event.request.body.answer);
};"""
EVIL = ["https://evil.example/", "//evil.example/", "\\\\evil.example\\", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
        "data:text/html,x", "https://web.example@evil.example/cb", "https://web.example.evil.example/cb",
        "https://evil.example/?https://web.example/cb", "https://evil.example#https://web.example/cb",
        "https://web.example\\@evil.example/cb", "https://evil.example%2f@web.example/cb", "%2f%2fevil.example", "/\t/evil.example",
        "https://web.example/cb\r\nLocation: https://evil.example/", "https://web.example/cb\0", " https://evil.example/"]  # fmt: skip


def tenant(folder: Path) -> Path:
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    acs = {"callbacks": ["https://pay.example/acs"], "addons": {"samlp": {"audience": "https://pay.example"}}}
    clients = [
        peer_tenant.client("web", **by_post),
        peer_tenant.client("other", **by_post),
        peer_tenant.client("two", callbacks=["https://two.example/cb", "https://two.example/other"], **by_post),
        peer_tenant.public("spa", web_origins=["https://spa.example"]),
        peer_tenant.public("native", app_type="native", callbacks=["http://127.0.0.1/cb", "http://[::1]/cb"]),
        peer_tenant.client("pay", **acs),
    ]
    users = [tenants.user(name) for name in ("ada", "bob", "eve", "timed")]
    return peer_tenant.write(folder, clients, ACTION, users)


def pkce(**more: str) -> dict[str, str]:
    verifier = secrets.token_urlsafe(40)
    return {"code_challenge": challenge(verifier), "code_challenge_method": "S256"} | more


def is_page(answer: peer.Answer, status: int = 400) -> None:
    check(answer.status == status and answer.is_page and answer.location is None, f"no page {status}: {answer}")


def stays_here(server: peer.Served, answer: peer.Answer) -> None:
    """Neither a Location nor a form leads to a place that nobody registered."""
    known = {urlsplit(server.url).netloc, "web.example", "spa.example", "pay.example", "two.example", "other.example"}
    places = [answer.location] if answer.location else []
    if answer.is_page:
        places += [form.action for form in answer.page.forms]
    for place in places:
        target = urlsplit(urljoin(answer.url, place))
        check(target.netloc in known and target.scheme in ("http", "https"), f"the way leads to {place}: {answer}")


# The authorization endpoint


def op_01_redirect_uri_is_registered(server: peer.Served) -> None:
    visitor = Visitor(server)
    for more in ({"redirect_uri": "https://evil.example/cb"}, {"client_id": "two", "redirect_uri": ""}):
        is_page(visitor.authorize(**more))


def op_02_redirect_uri_is_compared_exactly(server: peer.Served) -> None:
    for url in (
        "https://web.example/cb/", "https://web.example/cb?a=b", "https://web.example/CB", "https://web.example/%63b",
        "https://web.example/x/../cb", "https://web.example/cb#x", "https://web.example:8443/cb", "http://web.example/cb",
        "https://user@web.example/cb", "https://web.example./cb", "https://WEB.example/cb", "https://web.example/cb%2F",
        "https://web.example:443/cb", "https://web.example//cb", "HTTPS://web.example/cb", "https://web.example/cb%00",
        "https://web.example/cb ", *EVIL,
    ):  # fmt: skip
        for more in ({}, {"prompt": "none"}, {"response_type": "nonsense"}, {"response_mode": "form_post"}):
            answer = Visitor(server).authorize(redirect_uri=url, **more)
            check(answer.status == 400 and answer.location is None, f"{url!r}: {answer}")


def op_03_loopback_ports_are_free_for_native_clients(server: peer.Served) -> None:
    for url in ("http://127.0.0.1:51004/cb", "http://[::1]:1024/cb", "http://127.0.0.1/cb"):
        answer = Visitor(server).authorize(client_id="native", redirect_uri=url, **pkce())
        check(answer.form("password"), f"{url}: {answer}")
    for url in ("http://127.0.0.1:51004/other", "http://localhost:51004/cb", "http://127.0.0.2:51004/cb",
                "http://127.0.0.1:51004@evil.example/cb", "https://127.0.0.1:51004/cb"):  # fmt: skip
        is_page(Visitor(server).authorize(client_id="native", redirect_uri=url, **pkce()))


def op_04_unknown_clients(server: peer.Served) -> None:
    for name in ("nobody", "x" * 10_000, "web' OR '1'='1", "", "web\0", "WEB"):
        is_page(Visitor(server).authorize(client_id=name))


def op_05_response_types(server: peer.Served) -> None:
    for kind, error in (("", "invalid_request"), ("nonsense", "unsupported_response_type"), ("token", "unauthorized_client"),
                        ("code id_token", "unauthorized_client"), ("none", "unsupported_response_type")):  # fmt: skip
        came = Visitor(server).log_in(response_type=kind, state="s", nonce="n")
        check((came["error"], came["state"]) == (error, "s"), f"{kind!r}: {came}")


def op_06_parameters_given_twice(server: peer.Served) -> None:
    visitor = Visitor(server)
    names = "client_id redirect_uri response_type scope state nonce prompt max_age audience login_hint response_mode".split()
    for name in [*names, "code_challenge", "id_token_hint", "acr_values", "ui_locales", "organization", "connection"]:
        request = visitor.request() | {"response_mode": "query", name: visitor.request().get(name, "x")}
        answer = visitor.browser.open(server.path("authorize", [*request.items(), (name, request[name])]))
        if name in ("client_id", "redirect_uri"):
            is_page(answer)
            continue
        came = peer.parameters(answer.location or "")
        check(came.get("error") == "invalid_request", f"{name} twice: {answer}")
    for name in ("grant_type", "code", "client_id", "client_secret", "redirect_uri"):
        fields = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", "web"), ("redirect_uri", "x"),
                  ("client_secret", peer_tenant.SECRET), (name, "x")]  # fmt: skip
        answer = server.browser().post(server.path("oauth/token"), fields)
        check(answer.json()["error"] == "invalid_request", f"{name} twice: {answer}")


def op_11_public_clients_need_pkce(server: peer.Served) -> None:
    came = Visitor(server, client="spa").log_in()
    check(came.get("error") == "invalid_request", f"{came}")


def op_13_prompt(server: peer.Served) -> None:
    check(Visitor(server).silently()["error"] == "login_required", "prompt=none without a session")
    came = Visitor(server).log_in(prompt="none login")
    check(came.get("error") == "invalid_request", f"prompt=none login: {came}")
    check(Visitor(server).authorize(prompt="nonsense").form("password"), "an unknown prompt")


def op_14_max_age(server: peer.Served) -> None:
    visitor = Visitor(server)
    visitor.log_in()
    check(visitor.authorize(max_age="0").form("password"), "max_age=0 does not ask")
    for value in ("-1", "abc", "1e30", "99999999999999999999", "1.5", "+1"):
        came = visitor.log_in(max_age=value)
        check(came.get("error") == "invalid_request", f"max_age={value}: {came}")


def op_15_scopes(server: peer.Served) -> None:
    for scope in ("", "email", "openid openid", "openid nonsense read:everything", "openid " + "x " * 7000):
        began = time.monotonic()
        answer = Visitor(server).authorize(scope=scope)
        check(answer.status in (200, 303, 400, 414, 431), f"{answer}")
        check(time.monotonic() - began < 2, "it took too long")
        stays_here(server, answer)


def op_16_request_objects(server: peer.Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/request"
        came = Visitor(server).log_in(request_uri=url)
        check(came.get("error") == "request_uri_not_supported", f"{came}")
        try:
            listener.accept()
        except TimeoutError:
            pass
        else:
            raise AssertionError("the request_uri was fetched")
    check(Visitor(server).log_in(request="a.b.c").get("error") == "request_not_supported", "a request object")


def op_17_state_and_nonce(server: peer.Served) -> None:
    for text in ('"><script>alert(1)</script>', "a\r\nSet-Cookie: x=y", "\U0001f600é中", "%0d%0a", "&iss=x&code=y", "#", "a+b c"):
        visitor = Visitor(server)
        came = visitor.log_in(state=text, nonce=text)
        check(came["state"] == text, f"{text!r} comes back as {came['state']!r}")
        token = visitor.redeem(came["code"]).json()["id_token"]
        check(claims(token)["nonce"] == text, "nonce")
        posted = visitor.authorize(state=text, prompt="none", response_mode="form_post")
        check(posted.page.forms[0].fields["state"] == text, "form_post")
        check("<script>alert" not in posted.text and posted.headers["Cache-Control"] == "no-store", "OP-18")
    long = "a" * 10_000
    answer = Visitor(server).authorize(state=long * 6)
    check(answer.status in (400, 414, 431), f"a state of 60 KB: {answer.status}")
    raw = server.path("authorize", Visitor(server).request()) + "&nonce=%ff%fe"
    check(server.browser().get(raw).status == 400, "what is not UTF-8")


# The token endpoint and its friends


def op_09_codes_are_bound(server: peer.Served) -> None:
    visitor = Visitor(server)
    code = visitor.code()
    thief = Visitor(server, client="other")
    check(thief.redeem(code).json()["error"] == "invalid_grant", "another client")
    for more in ({"redirect_uri": "https://web.example/other"}, {"redirect_uri": ""}):
        answer = visitor.ask("oauth/token", grant_type="authorization_code", code=code, **more)
        check(answer.json()["error"] == "invalid_grant", f"{more}: {answer}")
    check(visitor.redeem(code).status == 200, "the attempts of others used the code up")


def op_10_pkce(server: peer.Served) -> None:
    verifier = secrets.token_urlsafe(40)
    bound = {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    visitor = Visitor(server)

    def exchange(code: str, **more: str) -> str:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://web.example/cb"}
        return visitor.ask("oauth/token", **(fields | more)).json().get("error", "none")

    for wrong in (secrets.token_urlsafe(40), "", "a" * 42, "a" * 129, "a" * 50 + "!", verifier + "a"):
        check(exchange(visitor.code(**bound), code_verifier=wrong) in ("invalid_grant", "invalid_request"), f"{wrong!r}")
    check(exchange(visitor.code(**bound), code_verifier=verifier) == "none", "the right verifier")
    check(exchange(visitor.code(), code_verifier=verifier) in ("invalid_grant", "invalid_request"), "a downgrade")
    for more in ({"code_challenge": verifier, "code_challenge_method": "plain"}, {"code_challenge": "x"},
                 {"code_challenge_method": "S256"}):  # fmt: skip
        came = visitor.log_in(**more)
        check(came.get("error") == "invalid_request", f"{more}: {came}")


def op_12_client_authentication(server: peer.Served) -> None:
    url = server.path("oauth/token")

    def ask(authorization: str | None, **fields: str) -> peer.Answer:
        headers = {"Authorization": authorization} if authorization else {}
        return server.browser().post(url, {"grant_type": "refresh_token", "refresh_token": "x"} | fields, headers)

    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    for answer in (ask(basic("web:wrong")), ask("Basic ***"), ask(basic("web")), ask(basic(f"nobody:{peer_tenant.SECRET}")), ask(None)):
        check(answer.status == 401 and answer.json()["error"] == "invalid_client", f"{answer}")
        check("WWW-Authenticate" in answer.headers, "WWW-Authenticate is missing")
    answer = ask(basic(f"web:{peer_tenant.SECRET}"), client_secret=peer_tenant.SECRET, client_id="web")
    check(answer.json()["error"] in ("invalid_request", "invalid_client"), f"two proofs: {answer}")
    check(ask(None, client_id="spa", client_secret="x").status == 401, "a secret of a public client")
    check(ask(None, client_id="web").status == 401, "a confidential client without its secret")


def op_19_userinfo(server: peer.Served) -> None:
    visitor = Visitor(server)
    tokens = visitor.tokens()
    access, url = tokens["access_token"], server.path("userinfo")

    def ask(headers: dict[str, str], url: str = url) -> peer.Answer:
        return server.browser().get(url, headers)

    for answer in (ask({}), ask({"Authorization": f"Basic {access}"}), ask({}, f"{url}?access_token={access}"),
                   ask({"Authorization": f"Bearer {access}x"}), ask({"Authorization": f"Bearer {tokens['id_token']}"}),
                   ask({"Authorization": f"Bearer {tokens['refresh_token']}"})):  # fmt: skip
        check(answer.status in (400, 401), f"{answer}")
        check(answer.headers.get("WWW-Authenticate", "").startswith("Bearer"), "WWW-Authenticate is missing")
    check(ask({"Authorization": f"Bearer {access}"}).status == 200, "the token itself")
    visitor.redeem(visitor.code())


def op_20_cors(server: peer.Served) -> None:
    def preflight(path: str, origin: str) -> peer.Answer:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        return server.browser().ask("OPTIONS", server.path(path), None, headers)

    for path in ("authorize", "u/login", "api/issue", "continue", "samlp/pay"):
        for origin in ("https://spa.example", "https://evil.example", "null"):
            answer = preflight(path, origin)
            check("Access-Control-Allow-Origin" not in answer.headers, f"{path} has a header of CORS")
    for path in ("oauth/token", "userinfo", "oauth/revoke"):
        answer = preflight(path, "https://spa.example")
        check(answer.headers.get("Access-Control-Allow-Origin") == "https://spa.example", f"{path}: {answer}")
        for origin in ("https://evil.example", "null", "https://spa.example.evil.example"):
            check("Access-Control-Allow-Origin" not in preflight(path, origin).headers, f"{path} for {origin}")
    for path in ("oauth/token", "userinfo", ".well-known/jwks.json", ".well-known/openid-configuration"):
        answer = server.browser().ask("GET", server.path(path), None, {"Origin": "https://spa.example"})
        check("Access-Control-Allow-Credentials" not in answer.headers, f"{path} allows credentials")


def op_21_forms_are_bound(server: peer.Served) -> None:
    visitor, other = Visitor(server), Visitor(server, "eve")
    page, foreign = visitor.authorize(), other.authorize()
    form, url = page.form("password"), server.path("u/login")
    fields = form.fields | {"username": "ada@example.org", "password": tenants.PASSWORD}
    for token in ("", "x" * 43, foreign.form("password").fields["token"]):
        answer = visitor.browser.post(url, fields | {"token": token})
        check(answer.status == 403, f"the token {token!r}: {answer}")
        check("__Host-postlogin=" not in str(answer.headers.get_all("Set-Cookie")), "a session has begun")
    check(visitor.silently().get("error") == "login_required", "somebody is logged in")


def op_22_headers_of_pages(server: peer.Served) -> None:
    visitor = Visitor(server)
    login = visitor.authorize()
    refused = visitor.browser.submit(login, login.form("password"), {"username": "x", "password": "y"})
    visitor.log_in()
    pages = [login, refused, visitor.authorize(client_id="nobody"), visitor.authorize(response_mode="form_post"),
             visitor.browser.get(server.path("continue", {"state": "x"})), visitor.browser.get(server.path("u/login"))]  # fmt: skip
    for page in pages:
        check(page.is_page, f"no page: {page}")
        policy = page.headers["Content-Security-Policy"]
        check("frame-ancestors 'none'" in policy and "default-src 'none'" in policy, f"policy {policy}: {page}")
        check("unsafe" not in policy and "*" not in policy, f"policy {policy}")
        for name, value in (("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                            ("Cache-Control", "no-store")):  # fmt: skip
            check(page.headers.get(name) == value, f"{name} is {page.headers.get(name)}: {page}")
        check(not re.search(r"(?:src|href)=.?(?:https?:)?//", page.text), "something comes from elsewhere")


def op_22_web_message_is_for_its_origin_alone(server: peer.Served) -> None:
    visitor = Visitor(server, client="spa")
    for answer in (visitor.authorize(response_mode="web_message", prompt="none", **pkce()),):
        check("frame-ancestors https://spa.example" in answer.headers["Content-Security-Policy"], f"{answer}")
        check('"https://spa.example"' in answer.text and '"*"' not in answer.text, "the target of postMessage")


def op_23_nothing_is_cached(server: peer.Served) -> None:
    visitor = Visitor(server)
    page = visitor.authorize()
    fields = page.form("password").fields | {"username": "ada@example.org", "password": tenants.PASSWORD}
    answer = visitor.browser.post(server.path("u/login"), fields)
    check(answer.status in (302, 303), f"after the password comes {answer.status}")
    code = peer.parameters(visitor.browser.walk(answer).location)["code"]
    tokens = visitor.redeem(code)
    info = server.browser().get(server.path("userinfo"), {"Authorization": f"Bearer {tokens.json()['access_token']}"})
    for one in (page, answer, tokens, info, visitor.authorize(), visitor.refresh("x")):
        check(one.headers["Cache-Control"] == "no-store", f"Cache-Control is {one.headers['Cache-Control']}: {one}")


def op_25_bodies_of_the_token_endpoint(server: peer.Served) -> None:
    url = server.path("oauth/token")
    check(server.browser().get(url).status == 405, "GET")

    def ask(kind: str | None, body: bytes) -> peer.Answer:
        return server.browser().ask("POST", url, body, {"Content-Type": kind} if kind else {})

    form = "application/x-www-form-urlencoded"
    for kind, body in (("application/json", b"[]"), ("application/json", b'{"client_id":"web","client_id":"web"}'),
                       ("application/json", b'{"client_id":{}}'), ("application/json", b"{"), (f"{form}; charset=utf-16", b"a=b"),
                       (form, b""), (form, b"a=%zz"), (form, b"a=%ff"), ("text/plain", b"a=b"), (None, b"a=b"),
                       ("multipart/form-data; boundary=x", b"--x--")):  # fmt: skip
        answer = ask(kind, body)
        check(answer.status in (400, 401, 415), f"{kind} {body!r}: {answer}")
    answer = Visitor(server).ask("oauth/token", grant_type="nonsense")
    check(answer.json()["error"] == "unsupported_grant_type", f"{answer}")


def op_26_off_by_default(server: peer.Served) -> None:
    answer = Visitor(server).ask("oauth/token", grant_type="password", username="ada@example.org", password=tenants.PASSWORD)
    check(answer.json()["error"] in ("unauthorized_client", "unsupported_grant_type"), f"{answer}")


# Sessions and refresh tokens


def se_03_refresh_tokens_are_bound(server: peer.Served) -> None:
    visitor = Visitor(server)
    token = visitor.tokens()["refresh_token"]
    check(Visitor(server, client="other").refresh(token).json()["error"] == "invalid_grant", "another client")
    answer = server.browser().post(server.path("oauth/token"), {
        "grant_type": "refresh_token", "refresh_token": token, "client_id": "web", "client_secret": "wrong",
    })  # fmt: skip
    check(answer.json()["error"] == "invalid_client", f"{answer}")
    for spoilt in (token[:-1], token + "A", token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase(), ""):
        check(visitor.refresh(spoilt).status == 400, f"a spoilt token: {spoilt}")
    check(visitor.refresh(token).status == 200, "the token of its own client")


def se_04_scopes_of_an_exchange(server: peer.Served) -> None:
    visitor = Visitor(server)
    token = visitor.tokens(scope="openid offline_access email")["refresh_token"]

    def ask(token: str, scope: str) -> peer.Answer:
        return visitor.ask("oauth/token", grant_type="refresh_token", refresh_token=token, scope=scope)

    for scope in ("openid profile", "nonsense"):
        check(ask(token, scope).json()["error"] == "invalid_scope", f"{scope}")
    narrow = ask(token, "openid").json()
    check("email" not in claims(narrow["id_token"]), "a narrower scope")


def se_10_spoilt_cookies(server: peer.Served) -> None:
    visitor = Visitor(server)
    visitor.log_in()
    site = urlsplit(server.url).netloc
    cookie = visitor.browser.cookies[site]["__Host-postlogin"]
    flipped = ("A" if cookie[20] != "A" else "B").join((cookie[:20], cookie[21:]))
    for spoilt in (flipped, cookie[:-1], cookie + "A", "", "x", cookie[4:], "A" * 5000, "\u00e9"):
        other = Visitor(server)
        other.browser.cookies[site] = {"__Host-postlogin": spoilt}
        other.browser.headers = {}
        try:
            came = other.silently()
        except UnicodeEncodeError:
            continue
        check(came.get("error") == "login_required", f"{spoilt!r}: {came}")
    check("code" in visitor.silently(), "the cookie itself")


def se_11_session_fixation(server: peer.Served) -> None:
    """A cookie that somebody planted is worth nothing after the login; nor is the public id of a session, ever."""
    thief, victim = Visitor(server, "eve"), Visitor(server)
    site = urlsplit(server.url).netloc
    thief.log_in()
    planted = dict(thief.browser.cookies[site])
    victim.browser.cookies[site] = dict(planted)
    answer = victim.authorize(prompt="login")
    came = victim.browser.log_in(answer, "ada@example.org", tenants.PASSWORD)
    tokens = victim.redeem(peer.parameters(came.location)["code"]).json()
    check(claims(tokens["id_token"])["sub"] == "auth0|ada", "the victim is somebody else")
    check(victim.browser.cookies[site]["__Host-postlogin"] != planted["__Host-postlogin"], "the cookie stays")
    check(thief.silently().get("error") == "login_required", "the planted cookie is a session after the login")
    sid = claims(tokens["id_token"])["sid"]
    guess = Visitor(server)
    guess.browser.cookies[site] = {"__Host-postlogin": sid}
    check(guess.silently().get("error") == "login_required", "the id of a session is a session")


# Redirects of Actions


def away(server: peer.Served, visitor: Visitor) -> str:
    """Begins a login that an Action sends away; the state with which the user comes back."""
    answer = visitor.authorize(**{"ext-away": "1"})
    answer = visitor.browser.log_in(answer, "ada@example.org", tenants.PASSWORD) if answer.form("password") else answer
    check((answer.location or "").startswith("https://other.example/ask?"), f"nobody is sent away: {answer}")
    return peer.parameters(answer.location)["state"]


def rt_12_unknown_states(server: peer.Served) -> None:
    visitor = Visitor(server)
    state = away(server, visitor)
    for wrong in ("", "x", state[:-1], state + "A", state.swapcase()):
        is_page(visitor.browser.get(server.path("continue", {"state": wrong})))
    answer = visitor.browser.open(server.path("continue", {"state": state, "answer": "yes"}))
    check("code" in peer.parameters(answer.location), f"{answer}")
    is_page(visitor.browser.open(server.path("continue", {"state": state, "answer": "yes"})))


def rt_13_another_browser(server: peer.Served) -> None:
    visitor, other = Visitor(server), Visitor(server, "eve")
    state = away(server, visitor)
    other.log_in()
    for browser in (other.browser, server.browser()):
        is_page(browser.open(server.path("continue", {"state": state})))
        answer = browser.walk(browser.post(server.path("continue"), {"state": state}))
        is_page(answer)
    answer = visitor.browser.walk(visitor.browser.post(server.path("continue"), {"state": state, "answer": "posted"}))
    tokens = visitor.redeem(peer.parameters(answer.location)["code"]).json()
    check(claims(tokens["id_token"])["https://x/answer"] == "posted", "the answer")


def rt_18_nobody_is_sent_away_silently(server: peer.Served) -> None:
    visitor = Visitor(server)
    visitor.log_in()
    came = visitor.silently(**{"ext-away": "1"})
    check(came.get("error") == "interaction_required", f"{came}")


def rt_21_two_at_once(server: peer.Served) -> None:
    visitor = Visitor(server)
    for _ in range(3):
        state = away(server, visitor)
        with ThreadPoolExecutor(8) as pool:
            url = server.path("continue", {"state": state, "answer": "yes"})
            answers = list(pool.map(lambda _, url=url: visitor.browser.get(url), range(8)))
        codes = [answer for answer in answers if answer.location and "code" in peer.parameters(answer.location)]
        check(len(codes) == 1, f"{len(codes)} of them resume")


# SAML requests


def authn_request(more: str = "", inner: str = "<saml:Issuer>https://pay.example</saml:Issuer>", head: str = "", **attributes: str) -> bytes:
    given = {
        "ID": f"_{secrets.token_hex(12)}",
        "Version": "2.0",
        "IssueInstant": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    } | attributes
    written = " ".join(f'{name}="{value}"' for name, value in given.items())
    return (
        f'{head}<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" {written} {more}>{inner}</samlp:AuthnRequest>'
    ).encode()


def deflated(document: bytes) -> str:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packed.compress(document) + packed.flush()).decode()


def by_both(server: peer.Served, document: bytes, **more: str) -> list[peer.Answer]:
    """What comes of a request by each binding."""
    browser, url = server.browser(), server.path("samlp/pay")
    posted = browser.post(url, {"SAMLRequest": base64.b64encode(document).decode()} | more)
    return [
        browser.open(server.path("samlp/pay", {"SAMLRequest": deflated(document)} | more)),
        browser.walk(posted),
    ]


def sr_01_to_05_what_is_no_request(server: peer.Served) -> None:
    browser = server.browser()
    for text in ("", "%%%not-base64", "////", base64.b64encode(b"\xff" * 300).decode(), base64.b64encode(b"<a>").decode()):
        url = server.path("samlp/pay")
        for answer in (browser.open(server.path("samlp/pay", {"SAMLRequest": text})), browser.walk(browser.post(url, {"SAMLRequest": text}))):
            is_page(answer)
    whole = base64.b64decode(deflated(authn_request()))
    for cut in range(0, len(whole), 7):
        is_page(browser.open(server.path("samlp/pay", {"SAMLRequest": base64.b64encode(whole[:cut]).decode()})))
    for inner in ("<a>", "<a></b>", "&unknown;", "<a/><"):
        for answer in by_both(server, authn_request(inner=inner)):
            is_page(answer)


def sr_06_to_08_documents_with_a_type(server: peer.Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        outside = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        bomb = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10))
        for types in ('<!ENTITY a "b">', f'<!ENTITY a0 "b">{bomb}', '<!ENTITY a SYSTEM "file:///etc/passwd">', f'<!ENTITY a SYSTEM "{outside}">'):
            for answer in by_both(server, authn_request(head=f"<!DOCTYPE x [{types}]>", inner="<saml:Issuer>&a;</saml:Issuer>")):
                is_page(answer)
        try:
            listener.accept()
        except TimeoutError:
            return
        raise AssertionError("an external entity was fetched")


def sr_11_sr_12_where_a_response_may_go(server: peer.Served) -> None:
    for url in ("https://evil.example/acs", "https://pay.example@evil.example/acs", "https://pay.example.evil.example/acs",
                "https://pay.example/acs#x", "https://pay.example/acs?x", "https://pay.example/acs/", "http://pay.example/acs",
                "javascript:alert(1)"):  # fmt: skip
        for answer in by_both(server, authn_request(AssertionConsumerServiceURL=url)):
            is_page(answer)


def sr_14_destination(server: peer.Served) -> None:
    for answer in by_both(server, authn_request(Destination="https://evil.example/samlp/pay")):
        stays_here(server, answer)
        check(not answer.form("password"), "a login page is shown")


def sr_21_given_twice(server: peer.Served) -> None:
    text = deflated(authn_request())
    is_page(server.browser().open(server.path("samlp/pay", [("SAMLRequest", text), ("SAMLRequest", text)])))


def sr_30_sr_31_relay_states(server: peer.Served) -> None:
    for state in ('"><script>alert(1)</script>&amp;\'', "x" * 81, "y" * 1024, "https://evil.example/"):
        visitor = Visitor(server)
        answer = visitor.browser.open(server.path("samlp/pay", {"SAMLRequest": deflated(authn_request()), "RelayState": state}))
        answer = visitor.browser.log_in(answer, "ada@example.org", tenants.PASSWORD)
        form = answer.form("SAMLResponse")
        check(form and form.fields.get("RelayState") == state, f"{state[:20]!r}: {answer}")
        check(form.action == "https://pay.example/acs" and "<script>alert" not in answer.text, "the form")
    for answer in by_both(server, authn_request(), RelayState="z" * 65536):
        check(answer.status in (400, 413, 414, 431), f"64 KiB: {answer.status}")


def sr_32_deflate_bomb(server: peer.Served) -> None:
    """Each request takes less than 1 MiB of memory, whatever it would inflate to."""

    def most_memory() -> int:
        """In KiB."""
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])

    browser, url = server.browser(), server.path("samlp/pay")
    query, form = deflated(b" " * (16 << 20)), deflated(b" " * (44 << 20))
    rounds = 20
    browser.walk(browser.post(url, {"SAMLRequest": form}))
    before, began = most_memory(), time.monotonic()
    for _ in range(rounds):
        for answer in (browser.open(server.path("samlp/pay", {"SAMLRequest": query})), browser.walk(browser.post(url, {"SAMLRequest": form}))):
            is_page(answer)
    check(time.monotonic() - began < 20, "it takes too long")
    grown = most_memory() - before
    check(grown < rounds * 1024, f"the server has grown by {grown} KiB")


def sr_33_requests_of_another_day(server: peer.Served) -> None:
    """That a signed request counts once is shown with a service provider that signs (service_providers.py)."""
    for distance in (-86400, 86400):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + distance))
        for answer in by_both(server, authn_request(IssueInstant=moment)):
            stays_here(server, answer)


def sr_34_passive_without_a_session(server: peer.Served) -> None:
    for answer in by_both(server, authn_request(IsPassive="true")):
        response = base64.b64decode(answer.form("SAMLResponse").fields["SAMLResponse"])
        check(b"status:NoPassive" in response and b"status:Responder" in response, "the status")


# Without a row


def attack_login_csrf(server: peer.Served) -> None:
    """The form of the attacker's own login, sent by the victim's browser, logs nobody in."""
    thief, victim = Visitor(server, "eve"), Visitor(server)
    form = thief.authorize().form("password")
    fields = form.fields | {"username": "eve@example.org", "password": tenants.PASSWORD}
    for ready in (False, True):
        if ready:
            victim.authorize()
        answer = victim.browser.post(server.path("u/login"), fields, {"Origin": "https://evil.example"})
        check(answer.status in (400, 403), f"{answer}")
        check(victim.silently().get("error") == "login_required", "the victim is logged in")


def attack_code_injection(server: peer.Served) -> None:
    """A stolen code is worth nothing to who lacks the verifier, and to another client."""
    victim, verifier = Visitor(server, client="spa"), secrets.token_urlsafe(40)
    came = victim.log_in(code_challenge=challenge(verifier), code_challenge_method="S256")
    other = secrets.token_urlsafe(40)

    def exchange(client: str, verifier: str) -> peer.Answer:
        return server.browser().post(server.path("oauth/token"), {
            "grant_type": "authorization_code", "client_id": client, "code": came["code"], "code_verifier": verifier,
            "redirect_uri": "https://spa.example/cb",
        })  # fmt: skip

    check(exchange("spa", other).json()["error"] == "invalid_grant", "another verifier")
    check(exchange("native", verifier).json()["error"] == "invalid_grant", "another client")
    check(came["iss"] == server.url, "iss is not the issuer (mix-up)")


def attack_open_redirects(server: peer.Served) -> None:
    """No parameter that holds a URL, and no path, sends the browser to a place that nobody registered."""
    visitor = Visitor(server)
    token = visitor.tokens()["id_token"]
    for evil in EVIL:
        queries = [
            ("authorize", visitor.request(redirect_uri=evil)),
            ("authorize", visitor.request(resource=evil, audience=evil)),
            ("authorize", visitor.request(login_hint=evil, ui_locales=evil, display=evil)),
            ("v2/logout", {"returnTo": evil}),
            ("v2/logout", {"returnTo": evil, "client_id": "web"}),
            ("v2/logout", {"returnTo": evil, "client_id": "nobody", "federated": ""}),
            ("oidc/logout", {"post_logout_redirect_uri": evil, "state": "s"}),
            ("oidc/logout", {"post_logout_redirect_uri": evil, "client_id": "web"}),
            ("oidc/logout", {"post_logout_redirect_uri": evil, "id_token_hint": token}),
            ("u/login", {"state": evil}),
            ("u/logout", {"state": evil, "returnTo": evil}),
            ("u/error", {"message": evil, "state": evil}),
            ("continue", {"state": evil}),
            ("samlp/pay", {"RelayState": evil}),
            ("samlp/pay", {"RelayState": evil, "SAMLRequest": deflated(authn_request())}),
            ("samlp/pay/logout", {"RelayState": evil, "SAMLRequest": deflated(authn_request())}),
            ("authorize", {"posted": evil}),
        ]
        for path, query in queries:
            answer = visitor.browser.get(server.path(path, query))
            stays_here(server, answer)
            stays_here(server, visitor.browser.post(server.path(path), query))
            check("<script>" not in answer.text, "a script")
        visitor.log_in()
    for path in ("//evil.example/", "//evil.example/..", "/\\evil.example", "/%2f%2fevil.example/..", "/authorize//evil.example/",
                 "/.//evil.example", "//evil.example/authorize?client_id=web"):  # fmt: skip
        stays_here(server, visitor.browser.get(server.url.rstrip("/") + path))


def address(server: peer.Served) -> tuple[str, int]:
    host, _, port = server.listen.rpartition(":")
    return host, int(port)


def spoken(server: peer.Served, request: bytes) -> bytes:
    """Everything that the server says to these bytes, until it closes or is silent."""
    trusted, host = server.browser().trusted, urlsplit(server.url).hostname
    with (
        socket.create_connection(address(server), timeout=2) as plain,
        trusted.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(request)
        said = b""
        try:
            while more := connection.recv(65536):
                said += more
        except (TimeoutError, ConnectionResetError):
            pass
        return said


def attack_header_injection(server: peer.Served) -> None:
    """No header of an answer comes out of a request."""
    host = urlsplit(server.url).netloc
    evil = "%0d%0aX-Injected:%201%0d%0a%0d%0a<script>"
    base = "/authorize?client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&scope=openid&prompt=none"
    for target, headers in (
        (f"{base}&state={evil}", ""),
        (f"{base}&state=%0aX-Injected:1", ""),
        (f"/authorize?client_id={evil}", ""),
        (f"/u/login?state={evil}", ""),
        (f"/v2/logout?client_id=web&returnTo=https://web.example/out{evil}", ""),
        (f"/samlp/{evil}", ""),
        (base, "X-Request-Id: a\tb\r\n"),
        (base, "X-Request-Id: a\x0bX-Injected: 1\r\n"),
        (base, f"X-Request-Id: {'a' * 65}\r\n"),
    ):
        said = spoken(server, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n".encode())
        head, _, _ = said.partition(b"\r\n\r\n")
        names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
        check(b"x-injected" not in names and names.count(b"location") <= 1, f"{target}: {said[:500]!r}")
        check(said.count(b"HTTP/1.1 ") == 1, f"{target}: {said[:500]!r}")


def attack_cookie_tossing(server: peer.Served) -> None:
    """Two cookies of one name, one of them the attacker's: none counts."""
    thief, victim = Visitor(server, "eve"), Visitor(server)
    site = urlsplit(server.url).netloc
    thief.log_in()
    victim.log_in()
    both = [visitor.browser.cookies[site]["__Host-postlogin"] for visitor in (thief, victim)]
    url = server.path("authorize", victim.request(prompt="none"))
    for pair in (both, both[::-1]):
        header = "; ".join(f"__Host-postlogin={cookie}" for cookie in pair)
        came = peer.parameters(server.browser().get(url, {"Cookie": header}).location)
        check(came.get("error") == "login_required", f"one of two cookies counts: {came}")
    planted = {"postlogin": both[0], "__host-postlogin": both[0], "__Host-postlogin ": both[0]}
    for name, value in planted.items():
        came = peer.parameters(server.browser().get(url, {"Cookie": f"{name}={value}"}).location)
        check(came.get("error") == "login_required", f"the cookie {name!r} counts")


def attack_request_smuggling(server: peer.Served) -> None:
    """Of a request whose length can be read in two ways nothing is left over that could be another request."""
    host = urlsplit(server.url).netloc
    hidden = f"GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\n\r\n"
    first = f"POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    length = len(hidden)
    for lines in (
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n",
        f"Content-Length: 0\r\nContent-Length: {length}\r\n\r\n",
        f"Content-Length: 0, {length}\r\n\r\n",
        "Content-Length: +0\r\n\r\n",
        "Content-Length: 0x0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "X: y\r\n Content-Length: 0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0_\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n",
        "Content-Length: 0\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ):
        said = spoken(server, (first + lines + hidden).encode())
        if said.count(b"HTTP/1.1 ") > 1:
            second = said.split(b"HTTP/1.1 ")[2]
            is_one_reading = lines.startswith("Transfer-Encoding: chunked\r\nTransfer") is False
            check(b'"keys"' not in second or not is_one_reading, f"{lines!r}: {said[:300]!r} ... {second[:200]!r}")


def attack_cache_poisoning(server: peer.Served) -> None:
    """What a document says does not depend on what a request says of its host."""
    browser, url = server.browser(), server.path(".well-known/openid-configuration")
    for headers in ({"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example;proto=http"}, {"X-Host": "evil.example"},
                    {"X-Forwarded-Proto": "http"}, {"X-Original-URL": "/evil"}, {"X-Rewrite-URL": "/evil"}):  # fmt: skip
        answer = browser.get(url, headers)
        check(answer.status == 200 and "evil" not in answer.text and answer.json()["issuer"] == server.url, f"{headers}")
    host = urlsplit(server.url).netloc
    for request in (
        "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\n",
        f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n",
        f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}:1\r\n",
        f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}@evil.example\r\n",
        f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}/evil\r\n",
        f"GET http://evil.example/.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\n",
        "GET /.well-known/openid-configuration HTTP/1.1\r\n",
    ):
        said = spoken(server, (request + "Connection: close\r\n\r\n").encode())
        check(said.startswith((b"HTTP/1.1 421", b"HTTP/1.1 400")), f"{request!r}: {said[:120]!r}")


def attack_timing_of_unknown_users(server: peer.Served) -> None:
    """A user that there is not takes as long as a wrong password (server 4); both get the same page."""
    Visitor(server, "timed").tokens()

    def attempt(name: str) -> tuple[float, str]:
        visitor = Visitor(server)
        page = visitor.authorize()
        began = time.monotonic()
        fields = {"username": name, "password": "wrong"}
        answer = visitor.browser.submit(page, page.form("password"), fields)
        took = time.monotonic() - began
        check(answer.status == 400, f"{answer}")
        # Pages name the request.
        return took, answer.page.text.replace(answer.headers["X-Request-Id"], "")

    # In turns, and the quickest of each: what else the machine does is not to be seen.
    turns = [(attempt("timed@example.org"), attempt(f"{secrets.token_hex(4)}@example.org")) for _ in range(7)]
    known, unknown = zip(*turns, strict=True)
    check({text for _, text in known} == {text for _, text in unknown}, "the pages differ")
    ratio = min(took for took, _ in unknown) / min(took for took, _ in known)
    check(0.5 < ratio < 2, f"an unknown user takes {ratio:.2f} times as long")


def attack_token_in_the_log(server: peer.Served) -> None:
    """Neither the log nor a page shows a secret, a password, a code or a token."""
    visitor = Visitor(server)
    code = visitor.code()
    tokens = visitor.redeem(code).json()
    visitor.refresh(tokens["refresh_token"])
    visitor.refresh(tokens["refresh_token"])
    server.browser().get(server.path("userinfo", {"access_token": tokens["access_token"]}))
    visitor.authorize(login_hint=tenants.PASSWORD + "x", response_type="x")
    logged = server.logged()
    for name, value in {"code": code, "secret": peer_tenant.SECRET, "password": tenants.PASSWORD} .items() | tokens.items():
        if isinstance(value, str) and len(value) > 12 and name != "scope":
            check(value not in logged, f"the log holds the {name}")


def attack_privilege_of_userinfo_tokens(server: peer.Served) -> None:
    """Tokens of one kind are none of another: each is refused where another one belongs."""
    visitor = Visitor(server)
    tokens = visitor.tokens()
    for kind in ("access_token", "id_token"):
        check(visitor.refresh(tokens[kind]).status == 400, f"a {kind} as refresh token")
        check(visitor.redeem(tokens[kind]).status == 400, f"a {kind} as code")
        answer = server.browser().get(server.path("api/sessions", {"user_id": "auth0|ada"}), {"Authorization": f"Bearer {tokens[kind]}"})
        check(answer.status in (401, 403), f"a {kind} at /api: {answer}")


def main() -> int:
    postlogin, only = arguments(sys.argv)
    with tempfile.TemporaryDirectory() as folder, peer.Served(postlogin, tenant(Path(folder)), Scheme.HTTPS) as server:
        status = run(globals(), only, server)
        panics = server.panics()
    print(*panics, sep="\n", end="\n" if panics else "")
    return 1 if panics else status


if __name__ == "__main__":
    sys.exit(main())
