"""People who log in and applications that refresh, for tests that count what was acknowledged."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

import peer
import peer_tenant
import tenants


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass
class Visitor:
    """One browser and the application web (client_secret_post)."""

    server: peer.Served
    name: str = "ada"
    client: str = "web"
    browser: peer.Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.server.browser()

    def request(self, **more: str) -> dict[str, str]:
        asked = {
            "client_id": self.client,
            "redirect_uri": f"https://{self.client}.example/cb",
            "response_type": "code",
            "scope": "openid profile email offline_access",
            "state": secrets.token_hex(4),
        }
        return asked | more

    def authorize(self, **more: str) -> peer.Answer:
        """Where an authorization request leads: a page, or the callback."""
        return self.browser.open(self.server.path("authorize", self.request(**more)))

    def log_in(self, **more: str) -> dict[str, str]:
        """Opens the application and fills in the login page; what comes to the callback."""
        answer = self.authorize(**more)
        if answer.location is None:
            answer = self.browser.log_in(answer, f"{self.name}@example.org", tenants.PASSWORD)
        assert answer.location, f"no callback: {answer}"
        return peer.parameters(answer.location)

    def code(self, **more: str) -> str:
        came = self.log_in(**more)
        assert "code" in came, f"no code: {came}"
        return came["code"]

    def silently(self, **more: str) -> dict[str, str]:
        """A silent login."""
        answer = self.authorize(prompt="none", **more)
        assert answer.location, f"no callback: {answer}"
        return peer.parameters(answer.location)

    def ask(self, path: str, **fields: str) -> peer.Answer:
        """A request of the application itself."""
        credentials = {"client_id": self.client, "client_secret": peer_tenant.SECRET}
        return self.server.browser().post(self.server.path(path), credentials | fields)

    def redeem(self, code: str) -> peer.Answer:
        callback = f"https://{self.client}.example/cb"
        return self.ask("oauth/token", grant_type="authorization_code", code=code, redirect_uri=callback)

    def refresh(self, token: str) -> peer.Answer:
        return self.ask("oauth/token", grant_type="refresh_token", refresh_token=token)

    def tokens(self, **more: str) -> dict:
        answer = self.redeem(self.code(**more))
        assert answer.status == 200, f"no tokens: {answer}"
        return answer.json()


def claims(token: str) -> dict:
    """Claims of a JWT, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
