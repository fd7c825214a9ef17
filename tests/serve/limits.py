"""Limits of time to the second, with a clock that stands still until it is set: `limits.py POSTLOGIN [ROW]...`.

Each function is one row of the list of cases.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peer
import peer_tenant
import tenants
from faults import FAKETIME
from row import arguments, check, run
from server import Scheme
from visitor import Visitor, claims

HOUR = 3600
ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  const { query } = event.request, told = [];
  for (const [name, values] of Object.entries(JSON.parse(query['ext-set'] || '{}'))) {
    const [object, method] = name.split('.');
    for (const value of values) {
      try { api[object][method](value === 'NaN' ? NaN : value); } catch (error) { told.push(error.message); }
    }
  }
  api.idToken.setCustomClaim('https://x/told', told);
  if (query['ext-away']) api.redirect.sendUserTo('https://other.example/ask');
};
exports.onContinuePostLogin = async () => {};"""


@dataclass
class Still:
    """A server whose clock stands still."""

    server: peer.Served
    clock: Path
    begin: datetime

    def at(self, seconds: float) -> None:
        """Sets the clock to so many seconds after the begin."""
        set_clock(self.clock, self.begin + timedelta(seconds=seconds))

    def ms(self, seconds: float) -> int:
        """That moment as JavaScript has it."""
        return int((self.begin + timedelta(seconds=seconds)).timestamp() * 1000)

    def visitors(self, number: int = 3) -> list[Visitor]:
        return [Visitor(self.server) for _ in range(number)]


def set_clock(clock: Path, moment: datetime) -> None:
    new = clock.with_suffix(".new")
    new.write_text(f"{moment:%Y-%m-%d %H:%M:%S}")
    new.replace(clock)


@contextmanager
def still(postlogin: Path) -> Iterator[Still]:
    """Sessions are idle after an hour and end after two; so do refresh tokens."""
    check(FAKETIME.exists(), "the Debian package faketime is not installed")
    policy = peer_tenant.ROTATING | {"token_lifetime": 2 * HOUR, "idle_token_lifetime": HOUR}
    web = peer_tenant.client("web", token_endpoint_auth_method="client_secret_post", refresh_token=policy)
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    with tempfile.TemporaryDirectory(prefix="postlogin-limits-") as name:
        folder = peer_tenant.write(Path(name), [web], ACTION)
        tenants.write(folder, {"tenant.json": {"session_lifetime": 2, "idle_session_lifetime": 1}})
        clock = folder / "clock"
        set_clock(clock, begin)
        faked = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }
        with peer.Served(postlogin, folder, Scheme.HTTP, environment=faked) as server:
            yield Still(server, clock, begin)
            check(not server.panics(), f"panics: {server.panics()}")


def around(still: Still, limit: int, tried: list[Callable[[], bool]]) -> None:
    """The first counts a second before the limit, the second and third count no more at the limit and after it."""
    for distance, (attempt, expected) in zip((-1, 0, 1), zip(tried, (True, False, False), strict=True), strict=True):
        still.at(limit + distance)
        check(attempt() is expected, f"{distance:+} s from the limit of {limit} s: {not expected}")


def is_dead(answer: peer.Answer) -> bool:
    return (answer.status, answer.json().get("error")) == (400, "invalid_grant")


def is_known(visitor: Visitor) -> bool:
    came = visitor.silently()
    check("code" in came or came["error"] == "login_required", f"{came}")
    return "code" in came


def refreshes(visitor: Visitor, token: str) -> bool:
    answer = visitor.refresh(token)
    check(answer.status == 200 or is_dead(answer), f"{answer}")
    return answer.status == 200


# Codes and states


def op_07_a_code_comes_again(postlogin: Path) -> None:
    """At once, after half a minute, and after the code's own minute: what it gave ends."""
    with still(postlogin) as now:
        for later in (0, 30, 61, HOUR - 120):
            for audience in ({}, {"audience": peer_tenant.API}):
                visitor = Visitor(now.server)
                code = visitor.code(**audience)
                tokens = visitor.redeem(code).json()
                bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

                def userinfo(visitor: Visitor = visitor, bearer: dict[str, str] = bearer) -> int:
                    return visitor.server.browser().get(visitor.server.path("userinfo"), bearer).status

                check(userinfo() == 200, "the access token does not work")
                now.begin += timedelta(seconds=later)
                now.at(0)
                check(is_dead(visitor.redeem(code)), f"a code works again after {later} s")
                check(userinfo() == 401, f"the access token outlives it after {later} s ({audience})")
                check(is_dead(visitor.refresh(tokens["refresh_token"])), f"the family outlives it after {later} s")


def op_09_codes_expire(postlogin: Path) -> None:
    with still(postlogin) as now:
        visitors = now.visitors()
        codes = [visitor.code() for visitor in visitors]

        def redeems(visitor: Visitor, code: str) -> Callable[[], bool]:
            return lambda: visitor.redeem(code).status == 200

        around(now, 60, [redeems(*pair) for pair in zip(visitors, codes, strict=True)])


def rt_12_states_expire(postlogin: Path) -> None:
    with still(postlogin) as now:
        visitors = now.visitors()
        for visitor in visitors:
            visitor.log_in()
        now.at(60)
        states = [peer.parameters(visitor.authorize(**{"ext-away": "1"}).location)["state"] for visitor in visitors]

        def goes_on(visitor: Visitor, state: str) -> Callable[[], bool]:
            def attempt() -> bool:
                # The session is used, so that it does not fall idle.
                answer = visitor.browser.get(visitor.server.path("continue", {"state": state}))
                check(answer.location or answer.status == 400, f"{answer}")
                return answer.location is not None

            return attempt

        now.at(HOUR // 2)
        check(all(is_known(visitor) for visitor in visitors), "a session has ended")
        around(now, HOUR + 60, [goes_on(*pair) for pair in zip(visitors, states, strict=True)])


# Sessions and refresh tokens


def se_07_sessions_fall_idle(postlogin: Path) -> None:
    with still(postlogin) as now:
        visitors = now.visitors()
        for visitor in visitors:
            visitor.log_in()
        around(now, HOUR, [lambda visitor=visitor: is_known(visitor) for visitor in visitors])


def se_07_sessions_end(postlogin: Path) -> None:
    with still(postlogin) as now:
        visitors = now.visitors()
        for visitor in visitors:
            visitor.log_in()
        for minute in (50, 100):
            now.at(minute * 60)
            check(all(is_known(visitor) for visitor in visitors), f"a session that is used ended after {minute} minutes")
        around(now, 2 * HOUR, [lambda visitor=visitor: is_known(visitor) for visitor in visitors])


def se_07_refresh_tokens_fall_idle(postlogin: Path) -> None:
    with still(postlogin) as now:
        tokens = [(visitor, visitor.tokens()["refresh_token"]) for visitor in now.visitors()]
        around(now, HOUR, [lambda pair=pair: refreshes(*pair) for pair in tokens])


def se_07_refresh_tokens_end(postlogin: Path) -> None:
    with still(postlogin) as now:
        tokens = [(visitor, visitor.tokens()["refresh_token"]) for visitor in now.visitors()]
        for minute in (50, 100):
            now.at(minute * 60)
            tokens = [(visitor, visitor.refresh(token).json()["refresh_token"]) for visitor, token in tokens]
        around(now, 2 * HOUR, [lambda pair=pair: refreshes(*pair) for pair in tokens])


def se_08_ends_that_actions_set(postlogin: Path) -> None:
    """Of several calls the earliest counts, one beyond the limit is cut to it, what is past ends at once, and no time throws."""

    def session(visitor: Visitor, _: str) -> bool:
        return is_known(visitor)

    for name, limit, lives in (
        ("session.setExpiresAt", 2 * HOUR, session),
        ("session.setIdleExpiresAt", HOUR, session),
        ("refreshToken.setExpiresAt", 2 * HOUR, refreshes),
        ("refreshToken.setIdleExpiresAt", HOUR, refreshes),
    ):
        with still(postlogin) as now:

            def logged_in(values: list[object], now: Still = now, name: str = name) -> tuple[Visitor, str, list[str]]:
                visitor = Visitor(now.server)
                tokens = visitor.tokens(**{"ext-set": json.dumps({name: values})})
                return visitor, tokens["refresh_token"], claims(tokens["id_token"])["https://x/told"]

            for values in (["NaN"], ["600000"], [1e300], [None]):
                visitor, token, told = logged_in(values)
                check(len(told) == 1 and name in told[0], f"{name}({values}): {told}")
                check(lives(visitor, token), f"{name}({values}) changed something")
            for values in ([now.ms(-1)], [0], [-1], [now.ms(0)]):
                visitor, token, told = logged_in(values)
                check(not told and not lives(visitor, token), f"{name}({values}): {told}")
            several = [logged_in([now.ms(900), now.ms(600), now.ms(1200)]) for _ in range(3)]
            beyond = [logged_in([now.ms(limit + 600)]) for _ in range(3)]
            check("expiry_clamped" in now.server.logged(), f"{name} is cut to the limit without a word")
            around(now, 600, [lambda one=one, lives=lives: lives(*one[:2]) for one in several])
            if limit == 2 * HOUR:
                now.at(50 * 60)
                kept = [(one[0], one[0].refresh(one[1]).json()["refresh_token"]) for one in beyond]
                check(all(is_known(visitor) for visitor, _ in kept), "a session that is used ended")
                now.at(100 * 60)
                kept = [(visitor, visitor.refresh(token).json()["refresh_token"]) for visitor, token in kept]
                check(all(is_known(visitor) for visitor, _ in kept), "a session that is used ended")
            else:
                kept = [one[:2] for one in beyond]
            around(now, limit, [lambda one=one, lives=lives: lives(*one) for one in kept])


if __name__ == "__main__":
    postlogin, only = arguments(sys.argv)
    sys.exit(run(globals(), only, postlogin))
