"""Random walks of three people in three browsers, who log in, leave, come back, consent, log out, are blocked and unblocked,
while their applications redeem, refresh and revoke: `walks.py POSTLOGIN [--long] [SEED]`.

After each step holds: what an application gets is of the user who is logged in there, nothing goes on in another browser or
for another user than the one who began it, no code and no refresh token works once it is over, and who is blocked gets
nothing. At the end the store is whole, and no profile holds what the Actions of another user's login asked for.
"""

import base64
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import peer
import peer_tenant
import tenants
from row import check
from server import Scheme
from visitor import Visitor, claims

ACTION = """
const note = (event, api, name) => {
  api.user.setAppMetadata(name, event.user.user_id);
  api.idToken.setCustomClaim('https://x/session_of', event.session && event.session.user_id);
};
exports.onExecutePostLogin = async (event, api) => {
  const { query } = event.request;
  note(event, api, 'began');
  if (query['ext-away']) api.redirect.sendUserTo('https://other.example/ask');
  if (query['ext-revoke']) api.session.revoke('over', { preserveRefreshTokens: query['ext-revoke'] === 'keep' });
};
exports.onContinuePostLogin = async (event, api) => note(event, api, 'went_on');"""
NAMES = ["ada", "bob", "eve"]
APPLICATIONS = ["web", "other", "third"]


@dataclass
class Person:
    """A browser, and who is logged in there."""

    browser: peer.Browser
    user: str | None = None


@dataclass
class Waiting:
    """A page that is open, or a state with which a user comes back."""

    kind: str
    person: Person
    user: str | None
    client: str
    page: peer.Answer | None = None
    state: str = ""


@dataclass
class Given:
    """A code, and what was given for it."""

    code: str
    client: str
    user: str
    is_over: bool = False
    tokens: dict = field(default_factory=dict)
    can_refresh: bool = False


class Walk:
    def __init__(self, postlogin: Path, folder: Path, server: peer.Served, chance: random.Random):
        self.postlogin, self.folder, self.server, self.chance = postlogin, folder, server, chance
        self.people = [Person(server.browser()) for _ in range(3)]
        self.waiting: list[Waiting] = []
        self.given: list[Given] = []
        self.blocked: set[str] = set()
        self.seen: Counter[str] = Counter()

    def command(self, *words: str) -> dict:
        line = [self.postlogin, *words, self.folder, "--format", "json"]
        return json.loads(subprocess.run(line, capture_output=True, check=True, text=True).stdout)

    def step(self) -> None:
        steps = {
            self.authorize: 20, self.log_in: 22, self.come_back: 12, self.consent: 8, self.redeem: 16, self.refresh: 12,
            self.single_sign_on: 6, self.ask_userinfo: 8, self.revoke: 3, self.log_out: 3, self.block: 2, self.unblock: 2,
        }  # fmt: skip
        [step] = self.chance.choices([*steps], [*steps.values()])
        step(self.chance.choice(self.people))
        for person in self.people:
            # Actions end sessions, too.
            if person.user and "code" not in self.silently(person):
                person.user = None

    def silently(self, person: Person) -> dict[str, str]:
        asked = Visitor(self.server).request(prompt="none", scope="openid")
        return peer.parameters(person.browser.get(self.server.path("authorize", asked)).location)

    def one(self, kind: str) -> Waiting | None:
        found = [waiting for waiting in self.waiting if waiting.kind == kind]
        return self.chance.choice(found) if found else None

    def came(self, person: Person, client: str, answer: peer.Answer) -> None:
        """Where an answer leads."""
        answer = person.browser.walk(answer)
        form = answer.form("SAMLResponse") if answer.is_page else None
        if answer.location:
            parameters = peer.parameters(answer.location)
            if urlsplit(answer.location).path == "/ask":
                self.waiting.append(Waiting("away", person, person.user, client, state=parameters["state"]))
            elif "code" in parameters:
                self.lets_in(person.user)
                self.given.append(Given(parameters["code"], client, person.user))
            self.seen[parameters.get("error", "code")] += 1
        elif form:
            response = base64.b64decode(form.fields["SAMLResponse"]).decode()
            named = re.search(r"<saml:NameID[^>]*>([^<]*)<", response)
            if named:
                self.lets_in(person.user)
                check(named[1] == f"auth0|{person.user}", f"an assertion for {named[1]}, not for {person.user}")
            self.seen["assertion" if named else "saml_refusal"] += 1
        elif answer.form("password"):
            self.waiting.append(Waiting("login", person, None, client, answer))
        elif "/u/consent" in answer.url:
            self.waiting.append(Waiting("consent", person, person.user, client, answer))
        else:
            self.seen[f"page_{answer.status}"] += 1

    def lets_in(self, user: str | None) -> None:
        check(user and user not in self.blocked, f"something is given to {user}; blocked: {self.blocked}")

    def is_of(self, waiting: Waiting, person: Person) -> None:
        check(person is waiting.person, f"{waiting.kind} goes on in another browser")
        check(waiting.kind == "login" or person.user == waiting.user, f"{waiting.kind} of {waiting.user} goes on as {person.user}")
        self.waiting.remove(waiting)

    # What people do

    def authorize(self, person: Person) -> None:
        client = self.chance.choice(APPLICATIONS)
        scope = self.chance.choice(["openid", "openid profile email", "openid offline_access"])
        asked = Visitor(self.server, client=client).request(scope=scope)
        for name, values, share in (
            ("prompt", ["login", "none", "consent"], 0.3),
            ("ext-away", ["1"], 0.35),
            ("ext-revoke", ["keep", "all"], 0.06),
            ("audience", [peer_tenant.API], 0.3),
        ):
            if self.chance.random() < share:
                asked[name] = self.chance.choice(values)
        self.came(person, client, person.browser.get(self.server.path("authorize", asked)))

    def single_sign_on(self, person: Person) -> None:
        self.came(person, "pay", person.browser.get(self.server.path("samlp/pay")))

    def log_in(self, person: Person) -> None:
        if not (waiting := self.one("login")):
            return
        person = person if self.chance.random() < 0.15 else waiting.person
        name, password = self.chance.choice(NAMES), tenants.PASSWORD if self.chance.random() < 0.9 else "wrong"
        fields = waiting.page.form("password").fields | {"username": f"{name}@example.org", "password": password}
        answer = person.browser.post(self.server.path("u/login"), fields)
        if answer.status in (302, 303) or answer.form("SAMLResponse"):
            self.is_of(waiting, person)
            person.user = None if name in self.blocked else name
            self.came(person, waiting.client, answer)

    def come_back(self, person: Person) -> None:
        if not (waiting := self.one("away")):
            return
        person = person if self.chance.random() < 0.2 else waiting.person
        url = self.server.path("continue")
        if self.chance.random() < 0.5:
            answer = person.browser.get(self.server.path("continue", {"state": waiting.state}))
        else:
            answer = person.browser.walk(person.browser.post(url, {"state": waiting.state}))
        if answer.status != 400:
            self.is_of(waiting, person)
            self.came(person, waiting.client, answer)

    def consent(self, person: Person) -> None:
        if not (waiting := self.one("consent")):
            return
        person = person if self.chance.random() < 0.2 else waiting.person
        fields = waiting.page.page.forms[0].fields | {"action": self.chance.choice(["accept", "accept", "deny"])}
        answer = person.browser.post(self.server.path("u/consent"), fields)
        if answer.status == 303:
            self.is_of(waiting, person)
            self.came(person, waiting.client, answer)

    def log_out(self, person: Person) -> None:
        person.browser.get(self.server.path("v2/logout"))
        person.user = None

    def block(self, _: Person) -> None:
        name = self.chance.choice(NAMES)
        if self.blocked:
            return
        self.command("users", "block", f"auth0|{name}")
        self.blocked.add(name)
        for given in self.given:
            if given.user == name:
                given.is_over, given.can_refresh = True, False
        for person in self.people:
            person.user = None if person.user == name else person.user

    def unblock(self, _: Person) -> None:
        if self.blocked:
            self.command("users", "unblock", f"auth0|{self.blocked.pop()}")

    # What applications do

    def some(self, share: float, *, with_tokens: bool) -> tuple[Given | None, str]:
        """A code or its tokens, and the application that presents them, sometimes another one."""
        found = [given for given in self.given if bool(given.tokens) == with_tokens or not with_tokens]
        given = self.chance.choice(found) if found else None
        return given, given.client if given and self.chance.random() > share else self.chance.choice(APPLICATIONS)

    def redeem(self, _: Person) -> None:
        given, client = self.some(0.15, with_tokens=False)
        if not given:
            return
        answer = Visitor(self.server, client=client).redeem(given.code)
        if answer.status != 200:
            # A second use ends what the first gave.
            given.can_refresh = given.can_refresh and not (given.is_over and client == given.client)
            return
        self.lets_in(given.user)
        check(client == given.client and not given.is_over, f"a code works for {client}, over: {given.is_over}")
        given.is_over, given.tokens, given.can_refresh = True, answer.json(), True
        told = claims(given.tokens["id_token"])
        check(told["sub"] == told["https://x/session_of"] == f"auth0|{given.user}", f"tokens of {told}, not of {given.user}")
        self.seen["tokens"] += 1

    def refresh(self, _: Person) -> None:
        given, client = self.some(0.1, with_tokens=True)
        if not given or "refresh_token" not in given.tokens:
            return
        answer = Visitor(self.server, client=client).refresh(given.tokens["refresh_token"])
        if answer.status == 200:
            self.lets_in(given.user)
            check(client == given.client and given.can_refresh, f"a refresh token that is over works for {client}")
            given.tokens |= answer.json()
            check(claims(given.tokens["id_token"])["sub"] == f"auth0|{given.user}", "tokens of another user")
            self.seen["refreshed"] += 1

    def revoke(self, _: Person) -> None:
        given, _ = self.some(0, with_tokens=True)
        if given and "refresh_token" in given.tokens:
            Visitor(self.server, client=given.client).ask("oauth/revoke", token=given.tokens["refresh_token"])
            given.can_refresh = False

    def ask_userinfo(self, _: Person) -> None:
        given, _ = self.some(0, with_tokens=True)
        if not given:
            return
        bearer = {"Authorization": f"Bearer {given.tokens['access_token']}"}
        answer = self.server.browser().get(self.server.path("userinfo"), bearer)
        if answer.status == 200:
            self.lets_in(given.user)
            check(answer.json()["sub"] == f"auth0|{given.user}", f"userinfo of {given.user}: {answer}")
            self.seen["userinfo"] += 1

    def ends_well(self) -> None:
        for name in NAMES:
            metadata = self.command("users", "show", f"auth0|{name}").get("app_metadata", {})
            check(set(metadata.values()) <= {f"auth0|{name}"}, f"{name} has {metadata}")
        faults = self.command("store", "check")["faults"]
        check(not faults, f"the store: {faults}")
        check(not self.server.panics(), f"panics: {self.server.panics()}")
        for kind in ("code", "tokens", "refreshed", "assertion", "access_denied", "userinfo"):
            check(self.seen[kind], f"no walk led to {kind}: {self.seen}")


def walk(postlogin: Path, seed: int, steps: int) -> None:
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    acs = {"callbacks": ["https://pay.example/acs"], "addons": {"samlp": {"audience": "https://pay.example"}}}
    clients = [peer_tenant.client(name, is_first_party=name != "third", **by_post) for name in APPLICATIONS]
    clients.append(peer_tenant.client("pay", **acs))
    with tempfile.TemporaryDirectory(prefix="postlogin-walks-") as name:
        folder = peer_tenant.write(Path(name), clients, ACTION)
        with peer.Served(postlogin, folder, Scheme.HTTP) as server:
            one = Walk(postlogin, folder, server, random.Random(seed))
            for _ in range(steps):
                one.step()
            one.ends_well()


def main() -> int:
    postlogin = Path(sys.argv[1]).resolve()
    is_long, given = "--long" in sys.argv, [word for word in sys.argv[2:] if word.isdigit()]
    seeds = [int(word) for word in given] or [random.randrange(10**6) for _ in range(20 if is_long else 2)]
    failed = 0
    for seed in seeds:
        try:
            walk(postlogin, seed, 3000 if is_long else 800)
            print(f"ok      walk {seed}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED  walk {seed}: {error}", flush=True)
    print(f"{len(seeds) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
