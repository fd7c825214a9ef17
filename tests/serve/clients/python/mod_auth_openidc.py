"""mod_auth_openidc of Debian in Apache: with a secret and with a key, an answer by query and by form_post, refresh, logout."""

import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

sys.path.append(str(Path(__file__).resolve().parents[3] / "interop"))

import apache
from person import Person, expect, judge, setting

CALLBACK = "/oidc/callback"
OUT = "https://site.example/out"


def virtual_host(folder: Path, name: str, client_id: str, *more: str) -> str:
    settings = "\n".join(more)
    return apache.virtual_host(name, f"https://{name}", f"""
        OIDCProviderMetadataURL {setting['issuer']}.well-known/openid-configuration
        OIDCClientID {client_id}
        OIDCRedirectURI https://{name}{CALLBACK}
        OIDCCryptoPassphrase of-the-module
        OIDCScope "openid email profile offline_access"
        OIDCPKCEMethod S256
        OIDCCABundlePath {folder}/ca.pem
        OIDCPassRefreshToken On
        OIDCRemoteUserClaim sub
        {settings}
        <Location {apache.PAGE}>
          AuthType openid-connect
          Require valid-user
          # Whoever does not say that they read HTML are logged in, too.
          OIDCUnAuthAction auth true
        </Location>
        <Location /oidc>
          AuthType openid-connect
          Require valid-user
        </Location>""")  # fmt: skip


class Visitor:
    """Somebody with a browser at one of the virtual hosts."""

    def __init__(self, port: int, name: str):
        self.host, self.person = apache.Host(port, name), Person()
        self.page = f"https://{name}{apache.PAGE}"

    def log_in(self) -> dict[str, str]:
        """What the protected page is told after a login."""
        browser = self.person.browser
        begun = self.host.get(apache.PAGE)
        assert begun.location, f"no login: {begun}"
        answer = browser.open(begun.location)
        if answer.form("username", "password"):
            self.person.asked += 1
            answer = browser.log_in(answer, "ada@example.org", setting["password"])
        if answer.location:
            back = urlsplit(answer.location)
            done = self.host.get(f"{back.path}?{back.query}")
        else:
            done = self.host.post(CALLBACK, answer.form("code").fields)
        expect("where it ends", urlsplit(done.location).path, apache.PAGE)
        return self.told()

    def told(self) -> dict[str, str]:
        told = self.host.environment()
        assert told, "the page stays closed"
        expect("user", told["REMOTE_USER"], "auth0|ada")
        expect("e-mail address", told["OIDC_CLAIM_email"], "ada@example.org")
        return told


def tests(port: int) -> list:
    def by_query() -> None:
        """client_secret_basic: login with PKCE, refresh, logout, login again"""
        visitor = Visitor(port, "site.example")
        first = visitor.log_in()["OIDC_access_token"]
        back = quote(visitor.page, safe="")
        refreshed = visitor.host.get(f"{CALLBACK}?refresh={back}&access_token={quote(first, safe='')}")
        expect("where the refresh ends", refreshed.location, visitor.page)
        assert visitor.told()["OIDC_access_token"] != first, "the access token is the same"
        left = visitor.host.get(f"{CALLBACK}?logout={quote(OUT, safe='')}").location
        expect("where the logout ends", visitor.person.visit(left, OUT), OUT)
        assert "id_token_hint" in parse_qs(urlsplit(left).query), left
        visitor.log_in()
        expect("times asked", visitor.person.asked, 2)

    def by_form() -> None:
        """client_secret_post: an answer by form_post"""
        Visitor(port, "form.site.example").log_in()

    def by_key() -> None:
        """private_key_jwt: login with PKCE"""
        Visitor(port, "key.site.example").log_in()

    return [by_query, by_form, by_key]


with apache.folder() as folder:
    for name, file in (("ca.pem", setting["ca"]), ("key.pem", setting["saml"]["key"]), ("key.crt", setting["saml"]["cert"])):
        shutil.copy(file, folder / name)
        (folder / name).chmod(0o644)
    secret = f"OIDCClientSecret {setting['secret']}"
    # Without a key it does not know the method, so the key stands first.
    by_key = [f"OIDCPrivateKeyFiles key-1#{folder}/key.pem", f"OIDCPublicKeyFiles key-1#{folder}/key.crt"]
    by_key += ["OIDCProviderTokenEndpointAuth private_key_jwt"]
    hosts = [
        virtual_host(folder, "site.example", "site", secret, "OIDCProviderTokenEndpointAuth client_secret_basic"),
        virtual_host(folder, "form.site.example", "site", secret, "OIDCProviderTokenEndpointAuth client_secret_post", "OIDCResponseMode form_post"),
        virtual_host(folder, "key.site.example", "key", *by_key),
    ]
    module = f"LoadModule auth_openidc_module {apache.MODULES}/mod_auth_openidc.so"
    with apache.server(folder, ["authz_user"], module, hosts) as port:
        judge("mod_auth_openidc", tests(port))
