"""A running `postlogin serve`, for the time of a `with`:

    with Server(postlogin, tenant, Scheme.HTTPS) as server:
        ... server.url, server.admin, server.authority.environment() ...

For a program in another language the same on the command line: a JSON line says where the server is, and the server
ends when standard input does.

    python3 tests/serve/server.py [--https] [--host NAME] -- POSTLOGIN TENANT [OPTION]...
"""

import argparse
import contextlib
import enum
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Self

from authority import Authority

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target" / "serve"
# Seconds; only what goes wrong takes as long.
PATIENCE = 60


class Scheme(enum.Enum):
    HTTP = "http"
    HTTPS = "https"


class DidNotStart(Exception):
    """The server ended, or said nothing for a minute."""


class Server:
    """A server on a free port of this machine, started by the programs `through` where there are any. `url` and `admin`
    end in a slash; `log` is the file of its standard error."""

    def __init__(
        self,
        postlogin: str | Path,
        tenant: Path,
        scheme: Scheme = Scheme.HTTP,
        *options: str,
        host: str = "localhost",
        environment: dict[str, str] | None = None,
        through: tuple[str, ...] = (),
    ):
        self.authority = Authority.make(TARGET / "authority")
        self.command = [*through, str(postlogin), "serve", str(tenant), "--format", "json", *options]
        if scheme is Scheme.HTTPS:
            speak_https(tenant, self.authority)
            port = free_port()
            self.command += ["--listen", f"127.0.0.1:{port}", "--url", f"https://{host}:{port}/"]
        elif "--listen" not in options:
            self.command += ["--listen", "127.0.0.1:0"]
        self.command += [] if "--admin-listen" in options else ["--admin-listen", "127.0.0.1:0"]
        self.environment = os.environ | (environment or {})
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it is ready. After `stop` or `kill` it begins anew with what it kept."""
        logs = TARGET / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=logs, prefix="server-", suffix=".log", delete=False) as log:
            self.log = Path(log.name)
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=self.environment
            )
        lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            line = b""
        if not line.strip():
            self.kill()
            raise DidNotStart(f"{' '.join(self.command)}: {self.log.read_text()[-2000:]}")
        ready = json.loads(line)
        self.url, self.issuer = ready["url"], ready["issuer"]
        self.listen: str = ready["listen"]
        self.admin = f"http://{ready['admin']}/"

    def stop(self) -> int:
        """Tells it to end, and waits. The exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()


def speak_https(tenant: Path, authority: Authority) -> None:
    """Has the tenant's server speak https by itself."""
    settings = tenant / "postlogin.toml"
    text = settings.read_text() if settings.exists() else ""
    line = f'tls = {{ cert = "{authority.cert}", key = "{authority.key}" }}\n'
    if line in text:
        return
    before, found, after = text.partition("[server]\n")
    settings.write_text(f"{before}[server]\n{line}{after}" if found else f"{text}\n[server]\n{line}")


def free_port(ports: range = range(0, 1)) -> int:
    """A port that nobody has now: one of `ports`, or any where they are not named."""
    for port in random.sample(ports, len(ports)):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return one.getsockname()[1]
    raise OSError("no port is free")


def main() -> None:
    parser = argparse.ArgumentParser(description="Starts a server, and ends it when standard input ends.")
    parser.add_argument("postlogin")
    parser.add_argument("tenant", type=Path)
    parser.add_argument("--https", action="store_const", const=Scheme.HTTPS, default=Scheme.HTTP, dest="scheme")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("options", nargs="*", help="options of `postlogin serve`")
    given = parser.parse_args()
    with Server(given.postlogin, given.tenant, given.scheme, *given.options, host=given.host) as server:
        told = {
            "url": server.url,
            "admin": server.admin,
            "log": str(server.log),
            "pid": server.process.pid,
            "ca": str(server.authority.ca),
            "cert": str(server.authority.cert),
            "key": str(server.authority.key),
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
