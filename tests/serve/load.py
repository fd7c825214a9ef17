"""Clients that hold on to the server, or ask too much of it: `load.py POSTLOGIN [--long] [ROW]...`.

A normal client beside them asks once in 50 ms; it must not wait noticeably. With `--long` there are as many as the list of
cases names, otherwise a tenth.
"""

import base64
import socket
import statistics
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import peer
import peer_tenant
import tenants
from row import arguments, check, run
from visitor import Visitor

MANY = 10 if "--long" in sys.argv else 1
# Seconds within which a normal client is answered while others misbehave.
SOON = 2.0
# Seconds that the head of a request may take.
HEAD_LIMIT = 10.0


def memory(server: peer.Served) -> int:
    """Resident memory of the server process, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def connected(server: peer.Served) -> socket.socket:
    host, _, port = server.listen.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.settimeout(30)
    return connection


def host(server: peer.Served) -> str:
    return urlsplit(server.url).netloc


@contextmanager
def normal_clients(server: peer.Served) -> Iterator[list[float]]:
    """Somebody who refreshes, and somebody who asks for the key set, the while; how long each answer took."""
    took: list[float] = []
    over = threading.Event()
    faults: list[str] = []
    visitor = Visitor(server, "bob")
    token = visitor.tokens()["refresh_token"]

    def refreshes() -> None:
        nonlocal token
        while not over.is_set():
            began = time.monotonic()
            try:
                answer = visitor.refresh(token)
                if answer.status == 200:
                    token = answer.json()["refresh_token"]
                elif answer.status not in (429, 503):
                    faults.append(str(answer))
            except OSError as error:
                faults.append(repr(error))
            took.append(time.monotonic() - began)
            time.sleep(0.05)

    client = threading.Thread(target=refreshes)
    client.start()
    try:
        yield took
    finally:
        over.set()
        client.join()
    check(not faults, f"a normal client failed: {faults[:3]}")
    check(took, "no normal client was answered")
    slowest = max(took)
    print(f"        a normal client waited {statistics.median(took) * 1000:.0f} ms, at most {slowest * 1000:.0f} ms")
    check(slowest < SOON, f"a normal client waited {slowest:.1f} s")


def closed_within(connections: list[socket.socket], seconds: float) -> int:
    """How many of them the server has closed by then."""
    deadline, closed = time.monotonic() + seconds, 0
    for connection in connections:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        with suppress(TimeoutError):
            try:
                while connection.recv(4096):
                    pass
            except ConnectionError:
                pass
            closed += 1
    return closed


def ld_01_slow_heads(server: peer.Served) -> None:
    before, many = memory(server), 500 * MANY
    with ExitStack() as stack, normal_clients(server):
        slow = []
        for _ in range(many):
            connection = stack.enter_context(connected(server))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX")
            slow.append(connection)
        grown = memory(server) - before
        closed = closed_within(slow, HEAD_LIMIT + 5)
        check(closed == many, f"{many - closed} of {many} slow clients are still connected after {HEAD_LIMIT + 5} s")
        check(grown / many < 64 << 10, f"{grown / many:.0f} bytes for each connection")


def ld_02_slow_bodies(server: peer.Served) -> None:
    many = 100 * MANY
    head = f"POST /oauth/token HTTP/1.1\r\nHost: {host(server)}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    with ExitStack() as stack, normal_clients(server):
        slow = []
        for _ in range(many):
            connection = stack.enter_context(connected(server))
            connection.sendall(head.encode() + b"{")
            slow.append(connection)
        began = time.monotonic()
        while time.monotonic() - began < 5:
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b" ")
            time.sleep(0.5)
        closed = closed_within(slow, 30)
        check(closed == many, f"{many - closed} of {many} are still connected after 35 s")


def ld_03_bodies_above_the_limit(server: peer.Served) -> None:
    before = memory(server)
    head = f"POST /oauth/token HTTP/1.1\r\nHost: {host(server)}\r\nContent-Type: application/json\r\n"
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    for name, request, parts in (
        ("with its length", f"{head}Content-Length: 1000000000\r\n\r\n", [b" " * 65536] * 200),
        ("in chunks", f"{head}Transfer-Encoding: chunked\r\n\r\n", [chunk] * 2000),
        ("in chunks of a byte", f"{head}Transfer-Encoding: chunked\r\n\r\n", [b"1\r\n \r\n" * 1000] * 200),
    ):
        with connected(server) as connection:
            connection.sendall(request.encode())
            sent = 0
            with suppress(ConnectionError, TimeoutError):
                for part in parts:
                    connection.sendall(part)
                    sent += len(part)
            said = b""
            with suppress(ConnectionError, TimeoutError):
                said = connection.recv(4096)
            check(not said or said.startswith(b"HTTP/1.1 413"), f"{name}: {said[:100]!r}")
            check(said or sent < sum(map(len, parts)), f"{name}: the whole body was read")
    check(memory(server) - before < 8 << 20, "memory grew")


def ld_04_deflate_bombs(server: peer.Served) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = base64.b64encode(packed.compress(b" " * (8 << 20)) + packed.flush()).decode()
    before = memory(server)
    with normal_clients(server), ThreadPoolExecutor(20) as pool:
        url = server.path("samlp/pay", {"SAMLRequest": bomb})
        statuses = Counter(pool.map(lambda _: server.browser().get(url).status, range(100 * MANY)))
    check(set(statuses) <= {400, 503}, f"statuses: {statuses}")
    check(memory(server) - before < 128 << 20, "memory grew")


def ld_05_large_heads(server: peer.Served) -> None:
    lines = f"Host: {host(server)}\r\n"
    for name, request in (
        ("64 KiB of headers", f"GET / HTTP/1.1\r\n{lines}X: {'a' * 65536}\r\n\r\n"),
        ("1,000 headers", f"GET / HTTP/1.1\r\n{lines}{''.join(f'X-{number}: y{chr(13)}{chr(10)}' for number in range(1000))}\r\n"),
        ("a request line of 64 KiB", f"GET /{'a' * 65536} HTTP/1.1\r\n{lines}\r\n"),
    ):
        with connected(server) as connection:
            said = b""
            with suppress(ConnectionError, TimeoutError):
                connection.sendall(request.encode())
                said = connection.recv(4096)
            check(said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 414")), f"{name}: {said[:60]!r}")


def ld_06_idle_connections(server: peer.Served) -> None:
    before, many = memory(server), 1000 * MANY
    request = f"GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host(server)}\r\n\r\n".encode()
    with ExitStack() as stack, normal_clients(server):
        for _ in range(many):
            connection = stack.enter_context(connected(server))
            connection.sendall(request)
        time.sleep(2)
        grown = memory(server) - before
    check(grown < 200 << 20, f"{grown >> 20} MiB for {many} idle connections")


def ld_09_wrong_passwords(server: peer.Served) -> None:
    """Beside a flood of wrong passwords refreshes and the key set are answered soon."""
    over = threading.Event()
    statuses: Counter = Counter()

    def guess(number: int) -> None:
        while not over.is_set():
            visitor = Visitor(server)
            page = visitor.authorize()
            if page.status in (429, 503):
                statuses[page.status] += 1
                time.sleep(0.05)
                continue
            fields = {"username": f"guess{number}@example.org", "password": "wrong"}
            form = page.form("password")
            answer = visitor.browser.submit(page, form, fields)
            statuses[answer.status] += 1

    with normal_clients(server), ThreadPoolExecutor(16) as pool:
        guesses = [pool.submit(guess, number) for number in range(16)]
        time.sleep(5 * MANY)
        over.set()
        for one in guesses:
            one.result()
    check(set(statuses) <= {400, 429, 503}, f"statuses: {statuses}")


def ld_10_refreshes_at_once(server: peer.Served) -> None:
    """Many families are exchanged at once: each gets its successor or is told to come back, and none forks."""
    visitors = [Visitor(server, "ada" if number % 2 else "bob") for number in range(20 * MANY)]
    tokens = [visitor.tokens()["refresh_token"] for visitor in visitors]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda pair: pair[0].refresh(pair[1]), zip(visitors * 5, tokens * 5, strict=True)))
    statuses = Counter(answer.status for answer in answers)
    check(set(statuses) <= {200, 429, 503}, f"statuses: {statuses}")
    for number, visitor in enumerate(visitors):
        got = {answer.json()["refresh_token"] for answer in answers[number :: len(visitors)] if answer.status == 200}
        check(len(got) <= 1, f"{len(got)} successors of one token")
        newest = got.pop() if got else tokens[number]
        check(visitor.refresh(newest).status == 200, "a family is dead")


def ld_12_encoded_bodies(server: peer.Served) -> None:
    for encoding in ("gzip", "br", "zstd", "deflate"):
        body = zlib.compress(b" " * (1 << 20))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": encoding}
        answer = server.browser().ask("POST", server.path("oauth/token"), body, headers)
        check(answer.status == 415, f"{encoding}: {answer}")


def main() -> int:
    postlogin, only = arguments(sys.argv)
    policy = peer_tenant.ROTATING | {"leeway": 60}
    acs = {"callbacks": ["https://pay.example/acs"], "addons": {"samlp": {"audience": "https://pay.example"}}}
    web = peer_tenant.client("web", token_endpoint_auth_method="client_secret_post", refresh_token=policy)
    users = [tenants.user(name) for name in ("ada", "bob")]
    with tempfile.TemporaryDirectory() as folder:
        tenant = peer_tenant.write(Path(folder), [web, peer_tenant.client("pay", **acs)], users=users)
        with peer.Served(postlogin, tenant) as server:
            status = run(globals(), only, server)
            panics = server.panics()
    print(*panics, sep="\n", end="\n" if panics else "")
    return 1 if panics else status


if __name__ == "__main__":
    sys.exit(main())
