"""A web server of its own for the judges that live in one: Apache on a free local port, from a temporary
folder that goes with it. It reads no file of the system's configuration.

Each case has a virtual host with the name and scheme of its assertion consumer service, reached by a
second name, so that the same URL can be set up in several ways.
"""

import grp
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

from verdict import Refused

APACHE = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
# Who serves when root starts it; Debian has this user without any package.
USER = "www-data"
PAGE = "/page"


@dataclass
class Answer:
    status: int
    location: str
    cookies: dict[str, str]
    body: bytes


class Host:
    """A virtual host as its visitor sees it: a browser with a cookie jar."""

    def __init__(self, port: int, name: str):
        self.port, self.name = port, name
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self.exchange("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self.exchange("POST", path, urlencode(fields))

    def exchange(self, method: str, path: str, body: str | None) -> Answer:
        headers = {"Host": self.name}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        set_here = SimpleCookie()
        for header in response.headers.get_all("Set-Cookie", []):
            set_here.load(header)
        cookies = {name: morsel.coded_value for name, morsel in set_here.items()}
        self.cookies |= cookies
        return Answer(response.status, response.headers.get("Location", ""), cookies, content)

    def environment(self) -> dict[str, str] | None:
        """What the protected page is told, or None where it is closed to this visitor."""
        answer = self.get(PAGE)
        if answer.status != 200:
            return None
        pairs = (entry.partition(b"=") for entry in answer.body.split(b"\0") if entry)
        return {name.decode(): value.decode() for name, _, value in pairs}


def closed(answer: Answer) -> NoReturn:
    raise Refused(f"the page stayed closed; the assertion consumer service answered {answer}")


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that the server can read when it has put root's rights away."""
    with tempfile.TemporaryDirectory(prefix="postlogin-interop-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextmanager
def server(folder: Path, modules: list[str], settings: str, virtual_hosts: list[str]) -> Iterator[int]:
    """Runs Apache over the virtual hosts, and gives its port."""
    port = free_port()
    page = folder / "page"
    page.write_text("#!/bin/sh\nprintf 'Content-Type: application/octet-stream\\n\\n'\nexec env -0\n")
    page.chmod(0o755)
    (folder / "httpd.conf").write_text(
        "\n".join([main_settings(folder, port, modules), settings, *virtual_hosts])
    )
    process = subprocess.Popen(
        [APACHE, "-d", str(folder), "-f", str(folder / "httpd.conf"), "-D", "FOREGROUND"],
        stdout=(folder / "apache.out").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for("Apache", process, folder, lambda: answers(port))
        yield port
    finally:
        stop(process)


def main_settings(folder: Path, port: int, modules: list[str]) -> str:
    loaded = ["mpm_event", "authn_core", "authz_core", "alias", "cgid", "env", "rewrite", *modules]
    group = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
    return "\n".join(
        [
            *(f"LoadModule {module}_module {MODULES}/mod_{module}.so" for module in loaded),
            f"Listen 127.0.0.1:{port}",
            f"ServerName 127.0.0.1:{port}",
            f"User {USER}\nGroup {group}",
            f"PidFile {folder}/apache.pid",
            f"ScriptSock {folder}/cgid.sock",
            f"DefaultRuntimeDir {folder}",
            f"Mutex file:{folder} default",
            f"ErrorLog {folder}/error.log",
            "LogLevel info",
            "StartServers 1\nServerLimit 1\nThreadsPerChild 8\nMaxRequestWorkers 8",
            "MaxConnectionsPerChild 0",
            "UseCanonicalName On",
            f"ScriptAlias {PAGE} {folder}/page",
        ]
    )


def virtual_host(name: str, url: str, settings: str) -> str:
    """A host that is reached by `name` and takes itself for the one of the URL."""
    parts = urlsplit(url)
    return f"""
<VirtualHost *>
ServerName {parts.scheme}://{parts.netloc}
ServerAlias {name}
{settings}
</VirtualHost>"""


def quoted(value: str) -> str:
    """As an argument in the configuration."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_for(what: str, process: subprocess.Popen, folder: Path, ready) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            logs = [
                path.read_text(errors="replace")[-4000:] for path in sorted(folder.glob("*.[lo][ou][gt]"))
            ]
            sys.exit(f"{what} did not start:\n" + "\n".join(logs))
        time.sleep(0.05)


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
