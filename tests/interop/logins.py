"""Whole logins: the service providers in Apache ask, postlogin answers, and they let the user in.

    logins.py POSTLOGIN

The protected page sends the browser to the issuer with a request of the service provider's own making;
what `postlogin run` answers to it goes back. An answer to somebody else's request is shown as well.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import apache
import export
import judge_mellon
import judge_shibboleth
from verdict import Refused, expect


def main(postlogin: str) -> int:
    passed = failed = 0
    for name, running, take, refuses in (
        ("shibboleth", shibboleth, "acs", True),
        ("mellon", mellon, judge_mellon.ENDPOINT, False),
    ):
        case = known(name, take)
        with apache.folder() as private, running(private, case) as (port, finish):
            for what, judge in (("own request", own), ("request of somebody else", foreign)):
                refused = refusal(judge, postlogin, private, port, case, finish)
                good = (refused is not None) == (judge is foreign and refuses)
                passed, failed = passed + good, failed + (not good)
                note = "" if judge is own or refuses else "; known: it never compares InResponseTo"
                print(f"{'ok' if good else 'FAILED':7} {name:13} {what}: {refused or 'taken'}{note}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def refusal(judge: Callable, *arguments: object) -> str | None:
    try:
        judge(*arguments)
    except Refused as reason:
        return " ".join(str(reason).split())[:300]
    return None


def own(postlogin: str, private: Path, port: int, case: dict, finish: Callable) -> None:
    visitor = apache.Host(port, "login")
    response, relay_state = answer(postlogin, private, ask(visitor), case)
    finish(visitor, response, relay_state)
    told = visitor.environment() or {}
    expect("user", told.get("REMOTE_USER", "").rpartition("!!")[2], case["expected_name_id"])


def foreign(postlogin: str, private: Path, port: int, case: dict, finish: Callable) -> None:
    """The visitor's own relay state, and a response to the request of another one."""
    visitor, other = apache.Host(port, "login"), apache.Host(port, "login")
    _, relay_state = answer(postlogin, private, ask(visitor), case)
    response, _ = answer(postlogin, private, ask(other), case)
    finish(visitor, response, relay_state)


def ask(visitor: apache.Host) -> str:
    """Follows the page to the issuer; the query that the issuer gets."""
    location = visitor.get(apache.PAGE).location
    while urlsplit(location).netloc == "sp.test":
        location = visitor.get(f"{urlsplit(location).path}?{urlsplit(location).query}").location
    if "SAMLRequest" not in parse_qs(urlsplit(location).query):
        raise AssertionError(f"no request was made; the page leads to {location!r}")
    return urlsplit(location).query


def answer(postlogin: str, private: Path, query: str, case: dict) -> tuple[str, str]:
    request = private / "request"
    request.write_text(query)
    arguments = ["--client", case["client"], "--user", "auth0|ada", "--authn-request", str(request)]
    saml = export.run(postlogin, arguments, None, "issued")["saml"]
    expect("URL of the answer", saml["acs_url"], case["acs_url"])
    return saml["response"], saml["relay_state"]


def known(client: str, endpoint: str) -> dict:
    """What the service provider knows."""
    certs = export.CERTS
    return {
        "name": client,
        "client": client,
        "acs_url": f"https://sp.test/{client}/{endpoint}",
        "audience": f"https://sp.test/{client}",
        "idp_issuer": f"urn:{export.DOMAIN}",
        "in_response_to": "of its own making",
        "signed": "both",
        "sp_key_file": str(certs / "sp.key"),
        "sp_cert_file": str(certs / "sp.crt"),
        "idp_cert_file": str(certs / "idp.crt"),
        "expected_name_id": "auth0|ada",
        "expected_name_id_format": export.UNSPECIFIED,
        "assertion_xml": b"",
    }


@contextmanager
def shibboleth(private: Path, case: dict) -> Iterator[tuple[int, Callable]]:
    with judge_shibboleth.running(private, {"login": case}) as port:

        def finish(visitor: apache.Host, response: str, relay_state: str) -> None:
            judge_shibboleth.post(visitor, case, response, relay_state)

        yield port, finish


@contextmanager
def mellon(private: Path, case: dict) -> Iterator[tuple[int, Callable]]:
    with judge_mellon.running(private, {"login": case}) as port:

        def finish(visitor: apache.Host, response: str, relay_state: str) -> None:
            judge_mellon.post(visitor, case, response, relay_state, private / "error.log")

        yield port, finish


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd} failed: {error.stderr}")
