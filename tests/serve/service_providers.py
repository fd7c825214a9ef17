"""Real service providers log people in through a running server: `service_providers.py POSTLOGIN [--long]`.

Shibboleth's and mod_auth_mellon, behind Apache, as tests/interop sets them up. Each makes its own metadata, which
`import-sp` takes, and its own requests; the server's metadata come from /samlp/metadata. Requests come by redirect and,
where the metadata name no other binding, by POST; in the same browser an application of OpenID Connect logs in silently,
and the other way round.
"""

import base64
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

INTEROP = Path(__file__).resolve().parents[1] / "interop"
sys.path.append(str(INTEROP))

import apache
import export
import logins
import saml_xml
from verdict import Refused, expect

import peer
import peer_tenant
import tenants
from server import Scheme
from visitor import Visitor

EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


class Login:
    """A service provider, the server that knows it, and one browser that visits both."""

    def __init__(self, provider: logins.ServiceProvider, server: peer.Served, visitor: apache.Host):
        self.provider, self.server, self.host = provider, server, visitor
        self.person = Visitor(server)
        self.asked = 0

    def begun(self, path: str = apache.PAGE) -> peer.Answer:
        """Opens the protected page; where the browser comes to at the server."""
        answer = self.host.get(path)
        while urlsplit(answer.location).netloc == "sp.test":
            parts = urlsplit(answer.location)
            answer = self.host.get(f"{parts.path}?{parts.query}")
        if answer.location:
            return self.person.browser.open(answer.location)
        form = next(iter(peer.Page(answer.body.decode()).forms), None)
        if not form or not form.action.startswith(self.server.url):
            raise Refused(f"the service provider makes no request: {answer}")
        return self.person.browser.walk(self.person.browser.post(form.action, form.fields))

    def log_in(self, path: str = apache.PAGE) -> dict[str, str]:
        """Opens the protected page, logs in where that is asked for, and comes back; what the page is told."""
        answer = self.begun(path)
        if answer.form("username", "password"):
            self.asked += 1
            answer = self.person.browser.log_in(answer, "ada@example.org", tenants.PASSWORD)
        form = answer.form("SAMLResponse")
        if not form:
            raise Refused(f"no response: {answer}")
        expect("where the response goes", urljoin(answer.url, form.action), self.provider.case["acs_url"])
        return self.provider.post(self.host, form.fields["SAMLResponse"], form.fields.get("RelayState", ""))

    def is_ada(self, told: dict[str, str]) -> None:
        name_id = told.get("name_id", "").rpartition("!!")[2] or told.get("MELLON_NAME_ID", "")
        expect("NameID", name_id, "auth0|ada")
        expect("e-mail address", told.get("a0") or told.get("a0_0"), "ada@example.org")

    # The tests

    def first(self) -> None:
        """login, and single sign-on with an application of OpenID Connect"""
        self.is_ada(self.log_in())
        expect("times asked", self.asked, 1)
        came = self.person.silently()
        if "code" not in came:
            raise Refused(f"no silent login after it: {came}")

    def after_openid(self) -> None:
        """single sign-on after a login of OpenID Connect"""
        self.person.tokens()
        self.is_ada(self.log_in())
        expect("times asked", self.asked, 0)

    def forced(self) -> None:
        """a forced login asks, although there is a session"""
        self.person.tokens()
        self.is_ada(self.log_in(self.asking("forceAuthn", "true")))
        expect("times asked", self.asked, 1)

    def passive(self) -> None:
        """a passive login succeeds with a session, and shows no page"""
        self.person.tokens()
        self.is_ada(self.log_in(self.asking("isPassive", "true")))
        expect("times asked", self.asked, 0)

    def passive_without_session(self) -> None:
        """a passive login without a session is NoPassive"""
        answer = self.begun(self.asking("isPassive", "true"))
        form = answer.form("SAMLResponse")
        if not form:
            raise Refused(f"no response: {answer}")
        if b"status:NoPassive" not in base64.b64decode(form.fields["SAMLResponse"]):
            raise AssertionError("the status of the response is not NoPassive")
        try:
            self.provider.post(self.host, form.fields["SAMLResponse"], form.fields.get("RelayState", ""))
        except Refused:
            return
        raise AssertionError("the service provider lets in who is not logged in")

    def foreign(self) -> None:
        """the answer to somebody else's request is refused"""
        other = Login(self.provider, self.server, apache.Host(self.host.port, self.host.name))
        self.begun()
        answer = other.person.browser.log_in(other.begun(), "ada@example.org", tenants.PASSWORD)
        form = answer.form("SAMLResponse")
        try:
            self.provider.post(self.host, form.fields["SAMLResponse"], form.fields.get("RelayState", ""))
        except Refused:
            return
        raise AssertionError("the service provider takes it")

    def again(self) -> None:
        """a signed request counts once (SR-33)"""
        answer = self.host.get(apache.PAGE)
        while urlsplit(answer.location).netloc == "sp.test":
            parts = urlsplit(answer.location)
            answer = self.host.get(f"{parts.path}?{parts.query}")
        if not self.person.browser.open(answer.location).form("password"):
            raise AssertionError("no login page at the first time")
        if self.server.browser().open(answer.location).form("password"):
            raise AssertionError("a login page at the second time")

    def asking(self, parameter: str, value: str) -> str:
        """The path at which the service provider makes a request with this wish."""
        page = urljoin(self.provider.case["acs_url"], apache.PAGE)
        if self.provider.name == "mellon":
            wish = {"isPassive": "IsPassive=true"}[parameter]
            return f"/mellon/login?ReturnTo={quote(page, safe='')}&{wish}"
        return f"/Shibboleth.sso/login?target={quote(page, safe='')}&{parameter}={value}"


def tests(provider: logins.ServiceProvider, binding: str) -> list[Callable[[Login], None]]:
    every = [Login.first, Login.after_openid, Login.passive, Login.passive_without_session]
    if provider.signs_requests and binding == "Redirect":
        every.append(Login.again)
    if provider.name == "mellon":
        # It has no way to ask for a forced login, and never compares InResponseTo.
        return every
    return [*every, Login.forced, Login.foreign]


@contextmanager
def serving(provider: logins.ServiceProvider, binding: str) -> Iterator[tuple[peer.Served, int]]:
    """A server that knows the service provider, and the service provider, which knows the server."""
    tenant = provider.private / "tenant"
    web = peer_tenant.client("web", token_endpoint_auth_method="client_secret_post")
    peer_tenant.write(tenant, [web])
    keys = f'[keys]\ncurrent = "{export.CERTS}/idp.key"\ncurrent_cert = "{export.CERTS}/idp.crt"\n'
    (tenant / "postlogin.toml").write_text(keys)
    client_id = provider.imported(provider.metadata(), "--name", provider.name)["client"]["client_id"]
    with peer.Served(provider.postlogin, tenant, Scheme.HTTPS) as server:
        answer = server.browser().get(server.path(f"samlp/metadata/{client_id}"))
        expect("status of the metadata", answer.status, 200)
        entity = saml_xml.parse(answer.body)
        if binding == "POST":
            services = entity.xpath("//*[local-name()='SingleSignOnService'][@Binding=$binding]", binding=REDIRECT)
            for service in services:
                service.getparent().remove(service)
        published = provider.private / "idp.xml"
        published.write_bytes(saml_xml.serialise(entity))
        provider.case |= {
            "idp_issuer": entity.get("entityID"),
            "idp_metadata_file": str(published),
            "expected_attributes": {EMAIL: ["ada@example.org"]},
        }
        with provider.judge.running(provider.private, {"login": provider.case}) as port:
            yield server, port


def main(postlogin: str) -> int:
    passed = failed = 0
    for kind in (logins.Shibboleth, logins.SilentShibboleth, logins.Mellon):
        for binding in ("Redirect", "POST"):
            provider = kind(postlogin)
            signs = "signed" if provider.signs_requests else "unsigned"
            with apache.folder() as provider.private:
                try:
                    with serving(provider, binding) as (server, port):
                        for test in tests(provider, binding):
                            told = ""
                            try:
                                test(Login(provider, server, apache.Host(port, "login")))
                            except (Refused, AssertionError) as why:
                                told = f": {why}"
                            passed, failed = passed + (not told), failed + bool(told)
                            print(f"{'FAILED' if told else 'ok':7} {provider.name}, {signs} requests by {binding}: {test.__doc__}{told}")
                        panics = server.panics()
                        failed += bool(panics)
                        print(*panics, sep="\n", end="\n" if panics else "")
                except Exception:
                    failed += 1
                    print(f"FAILED {provider.name} by {binding}: {traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
