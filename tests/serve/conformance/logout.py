"""The plan for RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). OP-24."""

import secrets
from urllib.parse import urlencode, urljoin

from cryptojwt.jwk.rsa import new_rsa_key
from cryptojwt.jws.jws import JWS

import peer

from .relying_party import RelyingParty, Tokens, check, unsigned

OUT = "https://client.example/out"


def oidcc_rp_initiated_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    url = party.discovery.get("end_session_endpoint", "")
    check(url.startswith(party.server.url), f"end_session_endpoint is {url!r}")


def oidcc_rp_initiated_logout(party: RelyingParty) -> None:
    tokens, state = party.happy(), secrets.token_urlsafe(8)
    answer = leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=OUT, state=state)
    goes_back(answer, {"state": state})
    is_out(party)


def oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = party.happy()
    other = "https://client.example/" + secrets.token_hex(4)
    stays(party, leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=other, state="s"))


def oidcc_rp_initiated_logout_modified_id_token_hint(party: RelyingParty) -> None:
    tokens = party.happy()
    stays(party, leave(party, id_token_hint=unsigned(tokens.claims), post_logout_redirect_uri=OUT, state="s"))


def oidcc_rp_initiated_logout_no_id_token_hint(party: RelyingParty) -> None:
    party.happy()
    stays(party, leave(party, post_logout_redirect_uri=OUT, state="s"))


def oidcc_rp_initiated_logout_no_params(party: RelyingParty) -> None:
    party.happy()
    logged_out(party, leave(party))


def oidcc_rp_initiated_logout_no_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = party.happy()
    logged_out(party, leave(party, id_token_hint=tokens.id_token, state="s"))


def oidcc_rp_initiated_logout_no_state(party: RelyingParty) -> None:
    tokens = party.happy()
    goes_back(leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=OUT), {})
    is_out(party)


def oidcc_rp_initiated_logout_only_state(party: RelyingParty) -> None:
    party.happy()
    logged_out(party, leave(party, state="s"))


def oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = party.happy()
    other = OUT + "?foo=bar"
    stays(party, leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=other, state="s"))


def oidcc_rp_initiated_logout_bad_id_token_hint(party: RelyingParty) -> None:
    tokens = party.happy()
    stays(party, leave(party, id_token_hint=signed_by_another(tokens), post_logout_redirect_uri=OUT, state="s"))


def signed_by_another(tokens: Tokens) -> str:
    """The same claims, signed by a key of the suite's own."""
    key = new_rsa_key(kid="of-the-suite")
    return JWS(tokens.claims, alg="RS256").sign_compact([key])


def leave(party: RelyingParty, **fields: str) -> peer.Answer:
    url = party.discovery["end_session_endpoint"]
    return party.browser.open(f"{url}?{urlencode(fields)}" if fields else url)


def goes_back(answer: peer.Answer, fields: dict[str, str]) -> None:
    check(answer.location is not None, f"the browser is not sent back: {answer}")
    target = urljoin(answer.url, answer.location)
    check(target.partition("?")[0] == OUT, f"the browser is sent to {target}")
    check(peer.parameters(target) == fields, f"the browser comes back with {peer.parameters(target)}")


def stays(party: RelyingParty, answer: peer.Answer) -> None:
    """An error page, or a question; whatever the person answers, the browser is not sent to the application."""
    party.page(answer)
    for form in answer.page.forms:
        name, value = form.buttons[0] if form.buttons else ("", "")
        party.page(party.browser.submit(answer, form, {name: value} if name else {}))


def logged_out(party: RelyingParty, answer: peer.Answer) -> None:
    """A page says that it is done; a question before is answered with yes."""
    party.page(answer)
    if answer.page.forms:
        form = answer.page.forms[0]
        name, value = form.buttons[0] if form.buttons else ("", "")
        answer = party.browser.submit(answer, form, {name: value} if name else {})
        party.page(answer)
    check(answer.status == 200, f"the last page has status {answer.status}")
    check("logged out" in answer.page.text.lower() or "signed out" in answer.page.text.lower(),
          f"the page says: {answer.page.text}")
    is_out(party)


def is_out(party: RelyingParty) -> None:
    request = party.request(prompt="none")
    party.refused(request, "login_required", "interaction_required")
