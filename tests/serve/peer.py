"""Programs of others look at a running server through this: a server that shows its log, and a browser without scripts
that keeps cookies, follows redirects, fills in forms and shows each answer as it came."""

import http.client
import json
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from authority import Authority
from server import Server


class Served(Server):
    """A server and whoever visits it."""

    def browser(self) -> "Browser":
        return Browser(self.authority)

    def path(self, path: str, query: dict[str, str] | list | None = None) -> str:
        return urljoin(self.url, path) + (f"?{urlencode(query)}" if query else "")

    def logged(self) -> str:
        return self.log.read_text(errors="replace")

    def panics(self) -> list[str]:
        return [line for line in self.logged().splitlines() if "panicked at" in line]


@dataclass
class Form:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """Forms and text of a page."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.roles: list[str] = []
        self.hidden = 0
        self.language = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self.roles += [of["role"]] if "role" in of else []
        if tag == "html":
            self.language = of.get("lang", "")
        if tag in ("script", "style", "title"):
            self.hidden += 1
        elif tag == "form":
            self.forms.append(Form(of.get("method", "get").lower(), of.get("action", "")))
        elif tag in ("input", "button") and self.forms:
            form, name = self.forms[-1], of.get("name", "")
            if tag == "button" or of.get("type") == "submit":
                form.buttons.append((name, of.get("value", "")))
            elif name:
                form.names.append(name)
                if of.get("type") not in ("checkbox", "radio") or "checked" in of:
                    form.fields[name] = of.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@dataclass
class Answer:
    method: str
    url: str
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str | None:
        found = self.headers.get_all("Location", [])
        assert len(found) < 2, f"{len(found)} Location headers"
        return found[0] if found else None

    @property
    def page(self) -> Page:
        return Page(self.text)

    @property
    def is_page(self) -> bool:
        return self.headers.get_content_type() == "text/html"

    def json(self) -> dict:
        kind = self.headers.get_content_type()
        assert kind == "application/json", f"{self.method} {self.url}: {self.status} is {kind}: {self.text[:300]}"
        return json.loads(self.body)

    def form(self, *names: str) -> Form | None:
        """The form that has these fields."""
        return next((form for form in self.page.forms if set(names) <= set(form.names)), None)

    def __str__(self) -> str:
        shown = self.page.text if self.is_page else self.text
        return f"{self.method} {self.url}: {self.status} {self.location or ''} {shown[:300]}"


class Browser:
    """One browser: cookies by host, no scripts."""

    def __init__(self, authority: Authority):
        self.trusted = ssl.create_default_context(cafile=str(authority.ca))
        self.cookies: dict[str, dict[str, str]] = {}
        # Each Set-Cookie header as it came.
        self.set: list[str] = []
        self.headers: dict[str, str] = {}

    def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", url, None, headers)

    def post(self, url: str, fields: dict[str, str] | list, headers: dict[str, str] | None = None) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, urlencode(fields).encode(), kind | (headers or {}))

    def ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str] | None = None) -> Answer:
        parts = urlsplit(url)
        made = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}[parts.scheme]
        secure = {"context": self.trusted} if parts.scheme == "https" else {}
        connection = made(parts.hostname, parts.port, timeout=60, **secure)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = self.headers | (headers or {})
        kept = self.cookies.get(parts.netloc, {})
        if kept and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(method, url, response.status, response.headers, response.read())
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie", []):
            self.keep(parts.netloc, header)
        return answer

    def keep(self, site: str, header: str) -> None:
        self.set.append(header)
        pair, *attributes = (part.strip() for part in header.split(";"))
        name, _, value = pair.partition("=")
        gone = any(attribute.lower() == "max-age=0" for attribute in attributes)
        kept = self.cookies.setdefault(site, {})
        kept[name] = value
        if gone or not value:
            kept.pop(name)

    def walk(self, answer: Answer, limit: int = 10) -> Answer:
        """Follows redirects as long as they stay at the site of the answer."""
        for _ in range(limit):
            if answer.location is None:
                return answer
            target = urljoin(answer.url, answer.location)
            if urlsplit(target).netloc != urlsplit(answer.url).netloc:
                return answer
            answer = self.get(target)
        raise AssertionError(f"more than {limit} redirects, at last {answer}")

    def open(self, url: str) -> Answer:
        return self.walk(self.get(url))

    def submit(self, answer: Answer, form: Form, values: dict[str, str] | None = None) -> Answer:
        """Sends a form of an answer, and follows where that leads."""
        fields = form.fields | (values or {})
        url = urljoin(answer.url, form.action)
        if form.method == "post":
            return self.walk(self.post(url, fields))
        return self.open(url.partition("?")[0] + "?" + urlencode(fields))

    def log_in(self, answer: Answer, username: str, password: str) -> Answer:
        """Fills in the login page."""
        form = answer.form("username", "password")
        assert form, f"no login page: {answer}"
        return self.submit(answer, form, {"username": username, "password": password})


def parameters(url: str) -> dict[str, str]:
    """Parameters of the query and of the fragment of a URL, each of which is given once."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(parts.fragment, keep_blank_values=True)
    found = dict(pairs)
    assert len(found) == len(pairs), f"a parameter is given twice: {url}"
    return found


def until(ready, within: float, what: str = "it") -> None:
    """Waits until `ready` says so."""
    deadline = time.monotonic() + within
    while True:
        with suppress(OSError, http.client.HTTPException):
            if ready():
                return
        assert time.monotonic() < deadline, f"{what} is not ready after {within} s"
        time.sleep(0.02)
