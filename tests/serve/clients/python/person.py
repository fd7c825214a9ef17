"""What the clients in Python share: the setting that the runner made, somebody who logs in, and the count."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from authority import Authority
from peer import Browser

setting = json.loads(os.environ["POSTLOGIN_CLIENTS"])


class Person:
    """A browser that fills in the login page."""

    def __init__(self) -> None:
        self.browser = Browser(Authority(Path(setting["ca"]), Path(setting["cert"]), Path(setting["tls_key"])))
        self.asked = 0

    def visit(self, url: str, callback: str) -> str:
        """Goes to `url` and on, until the browser is sent to `callback`."""
        answer = self.browser.open(url)
        if answer.form("username", "password"):
            self.asked += 1
            answer = self.browser.log_in(answer, "ada@example.org", setting["password"])
        came = urljoin(answer.url, answer.location or "")
        assert came.startswith(callback), f"not at {callback}: {answer}"
        return came


def judge(part: str, tests: list[Callable[[], None]]) -> None:
    """Runs the tests; the exit status says whether all passed."""
    passed = 0
    for test in tests:
        try:
            test()
        except Exception:
            print(f"FAILED  {part}  {test.__doc__}: {traceback.format_exc()}")
            continue
        passed += 1
        print(f"ok      {part}  {test.__doc__}")
    print(f"{passed} passed, {len(tests) - passed} failed")
    sys.exit(passed != len(tests))


def expect(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what} is {found!r}, expected {expected!r}"
