"""A server that is killed again and again (ST-01): `killed.py POSTLOGIN [--long] [--rounds N] [--seed N]`.

People log in and applications refresh; at a random moment the process gets SIGKILL. What was acknowledged before is
counted afterwards, when the server runs again on the same store:

- it is ready within 5 s, and the store is sound;
- every session whose cookie a browser got is there;
- every family goes on: with the newest token that was acknowledged, or, where the answer of an exchange was lost, with
  the token that was presented (nobody honest is logged out);
- no code that gave tokens gives them again;
- the user's number of logins is between what was acknowledged and what was begun.
"""

import argparse
import json
import random
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import peer
import peer_tenant
import tenants
from server import Scheme, free_port
from visitor import Visitor, claims

READY_WITHIN = 5.0
PEOPLE = 6

ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/logins', event.stats.logins_count);
  api.user.setAppMetadata('last', event.transaction.id);
};"""


@dataclass
class Noted:
    """What was acknowledged, and what was only begun."""

    browsers: list[peer.Browser] = field(default_factory=list)
    # The newest token of a family, and whether an exchange of it was lost on its way.
    families: list[dict] = field(default_factory=list)
    used_codes: list[str] = field(default_factory=list)
    logins: int = 0
    begun: int = 0
    refreshes: int = 0


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("postlogin")
    arguments.add_argument("--long", action="store_true", help="100 rounds instead of 10")
    arguments.add_argument("--rounds", type=int)
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    chosen = arguments.parse_args()
    draw, rounds = random.Random(chosen.seed), chosen.rounds or (100 if chosen.long else 10)
    print(f"seed {chosen.seed}", flush=True)
    policy = peer_tenant.ROTATING | {"leeway": 60}
    clients = [peer_tenant.client("web", token_endpoint_auth_method="client_secret_post", refresh_token=policy)]
    users = [tenants.user(f"person{number}") for number in range(PEOPLE)]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        tenant = peer_tenant.write(Path(folder), clients, ACTION, users)
        logins: dict[str, int] = dict.fromkeys((user["user_id"] for user in users), 0)
        with peer.Served(chosen.postlogin, tenant, Scheme.HTTP, "--listen", f"127.0.0.1:{free_port()}") as server:
            for number in range(rounds):
                noted = [Noted() for _ in users]
                killed_while(server, noted, draw.uniform(0.3, 2.5))
                faults = server.panics()
                began = time.monotonic()
                server.start()
                took = time.monotonic() - began
                faults += [f"ready after {took:.1f} s"] if took > READY_WITHIN else []
                faults += unsound(chosen.postlogin, tenant)
                for person, one in enumerate(noted):
                    faults += lost(server, f"person{person}", one, logins)
                print(f"{'FAILED' if faults else 'ok':7} round {number + 1}: {told(noted)}; ready after {took:.2f} s", flush=True)
                for fault in faults:
                    print(f"        {fault}")
                passed, failed = passed + (not faults), failed + bool(faults)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def told(noted: list[Noted]) -> str:
    counted = {
        "sessions": sum(len(one.browsers) for one in noted),
        "families": sum(len(one.families) for one in noted),
        "refreshes": sum(one.refreshes for one in noted),
        "codes": sum(len(one.used_codes) for one in noted),
    }
    return ", ".join(f"{count} {what}" for what, count in counted.items()) + " acknowledged"


def killed_while(server: peer.Served, noted: list[Noted], after: float) -> None:
    """Lets everybody log in and refresh, and kills the server."""
    over = threading.Event()
    people = [
        threading.Thread(target=busy, args=(Visitor(server, f"person{number}"), one, over))
        for number, one in enumerate(noted)
    ]
    for person in people:
        person.start()
    # At least some of it is acknowledged by then.
    peer.until(lambda: sum(one.refreshes for one in noted) >= PEOPLE, 60, "an exchange for everybody")
    time.sleep(after)
    server.kill()
    over.set()
    for person in people:
        person.join()


def busy(visitor: Visitor, noted: Noted, over: threading.Event) -> None:
    family = None
    try:
        while not over.is_set():
            visitor.browser = visitor.server.browser()
            noted.begun += 1
            code = visitor.code()
            noted.logins += 1
            noted.browsers.append(visitor.browser)
            answer = visitor.redeem(code)
            assert answer.status == 200, f"no tokens: {answer}"
            noted.used_codes.append(code)
            family = {"token": answer.json()["refresh_token"], "lost": False}
            noted.families.append(family)
            for _ in range(3):
                family["lost"] = True
                answer = visitor.refresh(family["token"])
                assert answer.status == 200, f"no refresh: {answer}"
                family |= {"token": answer.json()["refresh_token"], "lost": False}
                noted.refreshes += 1
    except (OSError, peer.http.client.HTTPException, json.JSONDecodeError):
        # The server is gone.
        pass


def lost(server: peer.Served, name: str, noted: Noted, logins: dict[str, int]) -> list[str]:
    """What was acknowledged and is not there."""
    found, visitor = [], Visitor(server, name)
    for browser in noted.browsers:
        visitor.browser = browser
        came = visitor.silently()
        if "code" not in came:
            found.append(f"a session of {name} is lost: {came}")
    for family in noted.families:
        answer = visitor.refresh(family["token"])
        if answer.status != 200:
            found.append(f"a family of {name} is lost{' with its answer' if family['lost'] else ''}: {answer}")
    for code in noted.used_codes:
        answer = visitor.redeem(code)
        if answer.status != 400 or answer.json()["error"] != "invalid_grant":
            found.append(f"a code of {name} works twice: {answer}")
    visitor.browser = server.browser()
    counted = claims(visitor.tokens()["id_token"])["https://x/logins"]
    # The silent logins above and the one just now count, too.
    since = logins[f"auth0|{name}"] + len(noted.browsers) + 1
    if not since + noted.logins <= counted <= since + noted.begun:
        found.append(f"{name} has {counted} logins, not {since + noted.logins} to {since + noted.begun}")
    logins[f"auth0|{name}"] = counted
    return found


def unsound(postlogin: str, tenant: Path) -> list[str]:
    """What is wrong with the store."""
    with sqlite3.connect(f"file:{tenant}/.postlogin/postlogin.db?mode=ro", uri=True, timeout=10) as store:
        said = [row[0] for row in store.execute("PRAGMA integrity_check")]
    found = [] if said == ["ok"] else [f"integrity check: {said}"]
    checked = subprocess.run([postlogin, "store", "check", tenant], capture_output=True, text=True)
    if checked.returncode:
        found.append(f"store check: {checked.stdout}{checked.stderr}")
    return found


if __name__ == "__main__":
    sys.exit(main())
