"""SimpleSAMLphp of Debian as a service provider, with and without keys of its own, in PHP's own web server.

`simplesamlphp.py metadata` prints the metadata of both; otherwise they log in.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[2] / "interop"))

import apache
from person import Person, expect, judge, setting

SAML = setting["saml"]
PAGES = HERE.parents[3] / "target/serve/simplesamlphp/usr/share/simplesamlphp/www"
NAMES = ["simplesamlphp", "simplesamlphp-keys"]


@contextmanager
def running(idp: bytes | None = None) -> Iterator[int]:
    """Runs it, with this metadata of the identity provider, and gives its port."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "SIMPLESAMLPHP_CONFIG_DIR": str(HERE.parent / "php"),
            "CLIENT_KEY": SAML["key"],
            "CLIENT_CERT": SAML["cert"],
            "CLIENT_TEMP": folder,
        }
        if idp:
            file = Path(folder, "idp.xml")
            file.write_bytes(idp)
            environment |= {"IDP": re.search(r'entityID="([^"]+)"', idp.decode())[1], "IDP_METADATA": str(file)}
        port = apache.free_port()
        with Path(folder, "php.log").open("wb") as log:
            command = ["php", "-S", f"127.0.0.1:{port}", "-t", str(PAGES)]
            process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        try:
            apache.wait_for("PHP", process, Path(folder), lambda: apache.answers(port))
            yield port
        finally:
            apache.stop(process)


class Visitor:
    """Somebody with a browser at one of the two."""

    def __init__(self, port: int, name: str):
        self.host, self.name, self.person = apache.Host(port, "simplesamlphp.example"), name, Person()
        self.page = f"/module.php/core/authenticate.php?as={name}"

    def follow(self, answer: apache.Answer) -> apache.Answer:
        while urlsplit(answer.location).netloc == "simplesamlphp.example":
            parts = urlsplit(answer.location)
            answer = self.host.get(f"{parts.path}?{parts.query}")
        return answer

    def log_in(self, url: str) -> None:
        """Logs in at the server, having begun at `url` of it, and looks at the page that shows the user."""
        browser = self.person.browser
        answer = browser.log_in(browser.open(url), "ada@example.org", setting["password"])
        form = answer.form("SAMLResponse")
        assert form, f"no response: {answer}"
        done = self.follow(self.host.post(urlsplit(form.action).path, form.fields))
        shown = self.follow(self.host.get(self.page)) if b"ada@example.org" not in done.body else done
        assert b"ada@example.org" in shown.body, f"not logged in: {text(done)}"


def text(answer: apache.Answer) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.body.decode(errors="replace")).split()))[:1500]


def begun_there(visitor: Visitor) -> None:
    """begun by redirect, and logged out"""
    begun = visitor.follow(visitor.host.get(visitor.page))
    assert begun.location, f"no request: {text(begun)}"
    visitor.log_in(begun.location)
    left = visitor.follow(visitor.host.get(f"{visitor.page}&logout"))
    browser = visitor.person.browser
    asked = browser.open(left.location)
    form = asked.form("state", "token")
    assert form, f"nobody asks: {asked}"
    expect("status of the logout", browser.submit(asked, form).status, 200)


def begun_here(visitor: Visitor) -> None:
    """begun by no request"""
    visitor.log_in(endpoint(visitor.name))


def endpoint(name: str) -> str:
    return f"{setting['issuer']}samlp/{SAML['clients'][name]}"


def named(name: str, test: Callable[[Visitor], None]) -> Callable[[], None]:
    def run() -> None:
        # Each has metadata of its own: they differ in the URL that takes its requests.
        published = Person().browser.get(f"{setting['issuer']}samlp/metadata/{SAML['clients'][name]}")
        with running(published.body) as port:
            test(Visitor(port, name))

    run.__doc__ = f"{name}: {test.__doc__}"
    return run


if sys.argv[1:] == ["metadata"]:
    with running() as port:
        host = apache.Host(port, "simplesamlphp.example")
        path = "/module.php/saml/sp/metadata.php/"
        print(json.dumps({name: host.get(path + name).body.decode() for name in NAMES}))
else:
    judge("SimpleSAMLphp", [named(name, test) for name in NAMES for test in (begun_there, begun_here)])
