"""The modules of the Basic plan. A function has the name of its module; the Form Post Basic plan runs the same."""

import base64
import hashlib
import json
import secrets
import time
from urllib.parse import urlsplit

from .relying_party import BY_POST, CLAIMS, SECOND, RelyingParty, Skipped, check, unsigned


def oidcc_server(party: RelyingParty) -> None:
    party.happy()


def oidcc_response_type_missing(party: RelyingParty) -> None:
    request = party.request(response_type=None)
    answer = party.opened(request)
    if answer.location is None and not answer.form("error"):
        party.page(answer, "response_type")
        return
    party.refused(request, "unsupported_response_type", "invalid_request", opened=answer)


def oidcc_idtoken_signature(party: RelyingParty) -> None:
    check("RS256" in party.discovery["id_token_signing_alg_values_supported"], "RS256 is not listed")
    party.happy()


def oidcc_idtoken_unsigned(party: RelyingParty) -> None:
    check("none" not in party.discovery["id_token_signing_alg_values_supported"], "'none' is listed")
    party.happy()
    raise Skipped("'none' is not in id_token_signing_alg_values_supported")


def oidcc_userinfo_get(party: RelyingParty) -> None:
    party.happy()


def oidcc_userinfo_post_header(party: RelyingParty) -> None:
    party.userinfo(party.happy(), "post header")


def oidcc_userinfo_post_body(party: RelyingParty) -> None:
    tokens = party.happy()
    if party.ask_userinfo(tokens.access_token, "post body").status >= 400:
        party.warn("no access token is taken from the body of a request")
        return
    party.userinfo(tokens, "post body")


def oidcc_ensure_request_without_nonce_succeeds_for_code_flow(party: RelyingParty) -> None:
    party.happy(nonce=None)


def oidcc_scope_profile(party: RelyingParty) -> None:
    scope(party, "profile")


def oidcc_scope_email(party: RelyingParty) -> None:
    scope(party, "email")


def oidcc_scope_address(party: RelyingParty) -> None:
    scope(party, "address")


def oidcc_scope_phone(party: RelyingParty) -> None:
    scope(party, "phone")


def oidcc_scope_all(party: RelyingParty) -> None:
    scope(party, "address", "email", "phone", "profile")


def scope(party: RelyingParty, *names: str) -> None:
    """Userinfo has every claim of these scopes."""
    request = party.request(scope=" ".join(["openid", *names]))
    claims = party.userinfo(party.tokens(party.authorize(request), request))
    for name in names:
        if missing := [claim for claim in CLAIMS[name] if claim not in claims]:
            party.warn(f"userinfo has no {', '.join(missing)}")


def oidcc_alternate_happy_flow(party: RelyingParty) -> None:
    request = party.request(scope="email profile openid")
    turned = dict(reversed(request.items()))
    party.userinfo(party.tokens(party.authorize(turned), turned))


def oidcc_display_page(party: RelyingParty) -> None:
    display(party, "page")


def oidcc_display_popup(party: RelyingParty) -> None:
    display(party, "popup")


def display(party: RelyingParty, how: str) -> None:
    request = party.request(display=how)
    came = party.authorize(request)
    check(came.asked, "no login page was shown")
    party.tokens(came, request)


def oidcc_prompt_login(party: RelyingParty) -> None:
    first = party.happy()
    time.sleep(1)
    came, second = party.again(first, prompt="login")
    check(came.asked, "no login page was shown the second time")
    if "auth_time" in first.claims:
        check(second.claims["auth_time"] > first.claims["auth_time"], "auth_time is not later")


def oidcc_prompt_none_not_logged_in(party: RelyingParty) -> None:
    request = party.request(prompt="none")
    party.refused(
        request, "login_required", "interaction_required", "consent_required", "account_selection_required"
    )


def oidcc_prompt_none_logged_in(party: RelyingParty) -> None:
    first = party.happy()
    came, second = party.again(first, prompt="none")
    silent(first, came, second)


def silent(first, came, second) -> None:
    check(not came.asked, "a login page was shown the second time")
    check(second.claims.get("auth_time") == first.claims.get("auth_time"), "auth_time changed")


def oidcc_max_age_1(party: RelyingParty) -> None:
    first = party.happy()
    time.sleep(1.1)
    came, second = party.again(first, max_age="1")
    check(came.asked, "no login page was shown the second time")
    check("auth_time" in second.claims, "auth_time is missing")
    check(time.time() - second.claims["auth_time"] < 10, "auth_time is not that of the second login")
    if "auth_time" in first.claims:
        check(second.claims["auth_time"] > first.claims["auth_time"], "auth_time is not later")


def oidcc_max_age_10000(party: RelyingParty) -> None:
    first = party.happy(max_age="15000")
    check("auth_time" in first.claims, "auth_time is missing")
    came, second = party.again(first, max_age="10000")
    check("auth_time" in second.claims, "auth_time is missing the second time")
    silent(first, came, second)


def oidcc_ensure_request_with_unknown_parameter_succeeds(party: RelyingParty) -> None:
    party.happy(extra="foobar")


def oidcc_id_token_hint(party: RelyingParty) -> None:
    first = party.happy()
    came, second = party.again(first, prompt="none", id_token_hint=first.id_token)
    silent(first, came, second)


def oidcc_login_hint(party: RelyingParty) -> None:
    hint = f"buffy@{urlsplit(party.server.url).hostname}"
    request = party.request(login_hint=hint)
    came = party.authorize(request)
    check(came.asked and came.asked.form("username").fields["username"] == hint, "the hint is not on the page")
    party.tokens(came, request)


def oidcc_ui_locales(party: RelyingParty) -> None:
    party.happy(ui_locales="se")


def oidcc_claims_locales(party: RelyingParty) -> None:
    party.happy(claims_locales="se")


def oidcc_ensure_request_with_acr_values_succeeds(party: RelyingParty) -> None:
    wanted = party.discovery.get("acr_values_supported", ["1", "2"])
    tokens = party.happy(acr_values=" ".join(wanted))
    if tokens.claims.get("acr") not in wanted:
        party.warn(f"the ID token has no acr of {', '.join(wanted)}; the server advertises no acr_values_supported")


def oidcc_codereuse(party: RelyingParty) -> None:
    code_reuse(party, 0)


def oidcc_codereuse_30seconds(party: RelyingParty) -> None:
    """OP-07."""
    code_reuse(party, 30)


def code_reuse(party: RelyingParty, after: float) -> None:
    request = party.request()
    code = party.code(party.authorize(request))
    tokens = party.accept(party.exchange(code), request)
    party.userinfo(tokens)
    time.sleep(after)
    answer = party.exchange(code)
    check(answer.status == 400, f"the second use has status {answer.status}")
    check(answer.json().get("error") == "invalid_grant", f"the second use: {answer}")
    if party.ask_userinfo(tokens.access_token).status < 400:
        party.warn("the access token of the first use still works")


def oidcc_ensure_registered_redirect_uri(party: RelyingParty) -> None:
    """OP-01."""
    for other in (f"https://client.example/{secrets.token_hex(4)}", f"{party.client.callback}?x=1"):
        answer = party.opened(party.request(redirect_uri=other))
        check(answer.status == 400, f"the page has status {answer.status}")
        party.page(answer, "redirect_uri", "callback")


def oidcc_ensure_post_request_succeeds(party: RelyingParty) -> None:
    request = party.request()
    browser = party.browser
    opened = browser.walk(browser.post(party.discovery["authorization_endpoint"], request))
    party.userinfo(party.tokens(party.authorize(request, opened), request))


def oidcc_server_client_secret_post(party: RelyingParty) -> None:
    party.client = BY_POST
    party.happy()


def oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(party: RelyingParty) -> None:
    """OP-16."""
    request = party.request(request_uri="https://client.example/request.jwt")
    party.refused(request, "request_uri_not_supported")


def oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(party: RelyingParty) -> None:
    """OP-16."""
    request = party.request()
    party.refused(request | {"request": unsigned(request)}, "request_not_supported")


def oidcc_claims_essential(party: RelyingParty) -> None:
    request = party.request(claims='{"userinfo":{"name":{"essential":true}}}')
    claims = party.userinfo(party.tokens(party.authorize(request), request))
    if "name" not in claims:
        supported = party.discovery.get("claims_parameter_supported")
        party.warn(f"userinfo has no name (claims_parameter_supported is {supported})")


def oidcc_ensure_request_object_with_redirect_uri(party: RelyingParty) -> None:
    inside = party.request()
    outside = inside | {"redirect_uri": f"{party.client.callback}?foo", "request": unsigned(inside)}
    answer = party.opened(outside)
    check(answer.status == 400, f"the page has status {answer.status}")
    party.page(answer, "redirect_uri", "callback")


def oidcc_refresh_token(party: RelyingParty) -> None:
    """SE-03."""
    more = {}
    if "offline_access" in party.discovery.get("scopes_supported", []):
        more = {"scope": "openid offline_access", "prompt": "consent"}
    request = party.request(**more)
    first = party.tokens(party.authorize(request), request)
    check("refresh_token" in first.answer, "there is no refresh token")
    time.sleep(1)
    fields = {"grant_type": "refresh_token", "refresh_token": first.answer["refresh_token"]}
    answer = party.ask_for_tokens(fields)
    body = answer.json()
    check(answer.status == 200, f"the refresh: {answer}")
    check(body["access_token"] != first.access_token, "the access token is the same")
    if "id_token" in body:
        # OpenID Connect Core 12.2: a nonce need not be there; where it is, it is the first one's.
        claims = party.id_token(body["id_token"], request if "nonce" in decoded(body) else {}, body["access_token"])
        check(claims["iat"] > first.claims["iat"], "iat is not later")
        for name in ("iss", "sub", "aud", "auth_time", "azp"):
            check(claims.get(name) == first.claims.get(name), f"{name} changed: {claims.get(name)}")
    newest = body.get("refresh_token", first.answer["refresh_token"])
    if newest == first.answer["refresh_token"]:
        party.warn("the refresh token is not rotated")
    fields = {"grant_type": "refresh_token", "refresh_token": newest}
    stolen = party.ask_for_tokens(fields, SECOND)
    check(stolen.status in (400, 401), f"another client uses the refresh token: {stolen}")
    check(stolen.json().get("error") in ("invalid_grant", "invalid_client"), f"another client: {stolen}")
    check(party.ask_for_tokens(fields).status == 200, "the refresh token ended because another client tried it")


def decoded(body: dict) -> dict:
    part = body["id_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def oidcc_ensure_request_with_valid_pkce_succeeds(party: RelyingParty) -> None:
    """OP-10."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    request = party.request(code_challenge=challenge, code_challenge_method="S256")
    party.userinfo(party.tokens(party.authorize(request), request, code_verifier=verifier))
    if "S256" not in party.discovery.get("code_challenge_methods_supported", []):
        party.warn("code_challenge_methods_supported does not list S256")
        return
    # A server that says so has to hold to it.
    request = party.request(code_challenge=challenge, code_challenge_method="S256")
    answer = party.exchange(party.code(party.authorize(request)), code_verifier=secrets.token_urlsafe(48))
    check(answer.status == 400 and answer.json()["error"] == "invalid_grant", f"a wrong verifier: {answer}")
