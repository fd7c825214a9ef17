"""idpyoidc: the relying party of the library that the first conformance suite was written with."""

from urllib.parse import parse_qsl, urlsplit

from idpyoidc.client.rp_handler import RPHandler
from person import Person, expect, judge, setting

CALLBACK = setting["callbacks"]["web"]


def handler(method: str, client_id: str) -> RPHandler:
    keys = {"key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}]}
    services = {
        name: {"class": f"idpyoidc.client.oidc.{place}", "kwargs": {}}
        for name, place in {
            "discovery": "provider_info_discovery.ProviderInfoDiscovery",
            "authorization": "authorization.Authorization",
            "access_token": "access_token.AccessToken",
            "refresh_access_token": "refresh_access_token.RefreshAccessToken",
            "userinfo": "userinfo.UserInfo",
            "end_session": "end_session.EndSession",
        }.items()
    }
    config = {
        "issuer": setting["issuer"],
        "client_id": client_id,
        "client_secret": setting["secret"],
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [setting["out"]["web"]],
        "client_type": "oidc",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": [method],
        "client_authn_methods": [method],
        "httpc_params": {"verify": setting["ca"]},
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
            }
        },
        "services": services,
    }
    return RPHandler(
        base_url="https://web.example",
        client_configs={setting["issuer"]: config},
        keyjar=None,
        key_conf=keys,
        httpc_params={"verify": setting["ca"]},
    )


def log_in(party: RPHandler, person: Person) -> dict:
    request = {"scope": ["openid", "email", "offline_access"], "redirect_uri": CALLBACK}
    begun = party.begin(issuer_id=setting["issuer"], req_args=request)
    url = begun if isinstance(begun, str) else begun["url"]
    came = dict(parse_qsl(urlsplit(person.visit(url, CALLBACK)).query))
    done = party.finalize(setting["issuer"], came)
    assert "error" not in done, done
    return done


def basic() -> None:
    """client_secret_basic: login with PKCE, userinfo, refresh"""
    everything("client_secret_basic", "web")


def post() -> None:
    """client_secret_post: login with PKCE, userinfo, refresh"""
    everything("client_secret_post", "post")


def everything(method: str, client_id: str) -> None:
    party = handler(method, client_id)
    done = log_in(party, Person())
    expect("sub", done["id_token"]["sub"], "auth0|ada")
    expect("email", done["userinfo"]["email"], "ada@example.org")
    again = party.refresh_access_token(done["state"])
    assert again["access_token"] != done["token"], "the access token is the same"


def logout() -> None:
    """RP-initiated logout"""
    party, person = handler("client_secret_basic", "web"), Person()
    done = log_in(party, person)
    left = party.logout(done["state"], post_logout_redirect_uri=setting["out"]["web"])
    person.visit(left["url"], setting["out"]["web"])
    log_in(party, person)
    expect("times asked", person.asked, 2)


judge("idpyoidc", [basic, post, logout])
