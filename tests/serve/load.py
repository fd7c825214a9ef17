"""Clients that hold on to the server, or ask too much of it: `load.py POSTLOGIN [--long] [ROW]...`.

A normal client beside them asks once in 50 ms; it must not wait noticeably. With `--long` there are as many as the list of
cases names, for as long, and times have the limits of that list; this wants a release build and two cores. Otherwise there are
a tenth as many. LD-08 is `postlogin speed --server --work overload`, which speed.py runs.
"""

import asyncio
import base64
import json
import resource
import socket
import statistics
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import crowd
import peer
import peer_tenant
import tenants
from row import arguments, check, run
from visitor import Visitor

IS_LONG = "--long" in sys.argv
MANY = 10 if IS_LONG else 1
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
    print(f"        {grown / many / 1024:.1f} KiB for each of {many} idle connections")
    check(grown < 200 << 20, f"{grown >> 20} MiB for {many} idle connections")


def process(server: peer.Served) -> tuple[int, int, int]:
    """Resident memory of the server process in bytes, its open files, its threads."""
    of = Path(f"/proc/{server.process.pid}")
    return memory(server), len(list((of / "fd").iterdir())), len(list((of / "task").iterdir()))


def machine_token(server: peer.Served, audience: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": "job",
        "client_secret": peer_tenant.SECRET,
        "audience": audience,
    }


def refresh(server: peer.Served, token: str) -> bytes:
    fields = {"grant_type": "refresh_token", "client_id": "web", "client_secret": peer_tenant.SECRET}
    return crowd.form(host(server), "/oauth/token", fields | {"refresh_token": token})


async def refresh_tokens(server: peer.Served, number: int) -> list[str]:
    """The first tokens of so many families."""
    everybody = await crowd.clients(server.listen, 8)
    mine = crowd.form(host(server), "/oauth/token", machine_token(server, peer_tenant.OWN_API))
    [answer] = await everybody[0].ask(mine)
    login = {"client_id": "web", "user_id": "auth0|ada", "scope": "openid offline_access"}
    bearer = f"Bearer {json.loads(answer.body)['access_token']}"
    headers = {"Content_Type": "application/json", "Authorization": bearer}
    issue = crowd.asked(host(server), "POST", "/api/issue", json.dumps(login), **headers)
    tokens: list[str] = []

    async def issues(client: crowd.Client) -> None:
        while len(tokens) < number:
            [answer] = await client.ask(issue)
            check(answer.status == 200, f"/api/issue: {answer.status} {answer.body[:200]!r}")
            tokens.append(json.loads(answer.body)["refresh_token"])
        client.close()

    await asyncio.gather(*map(issues, everybody))
    return tokens[:number]


def ld_07_steady_load(server: peer.Served) -> None:
    """At 70 % of what it bears, a server neither grows nor fails."""
    seconds = 1800 if IS_LONG else 15

    async def loaded() -> None:
        everybody = await crowd.clients(server.listen, 8)
        tokens = await refresh_tokens(server, len(everybody))
        token = crowd.form(host(server), "/oauth/token", machine_token(server, peer_tenant.API))
        keys = crowd.asked(host(server), "GET", "/.well-known/jwks.json")

        def request(number: int) -> tuple[bytes, ...]:
            return (refresh(server, tokens[number]), token, keys)

        async def rounds(per_second: float, seconds: float) -> list[crowd.Reply]:
            """Refresh tokens that rotate are taken from the answers."""
            replies = []
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                came = await crowd.paced(everybody, per_second, min(0.5, seconds), request)
                replies += came
                for number, one in enumerate(tokens):
                    [answer] = await everybody[number].ask(refresh(server, one))
                    check(answer.status == 200, f"a refresh: {answer.status} {answer.body[:200]!r}")
                    tokens[number] = json.loads(answer.body)["refresh_token"]
            return replies

        borne = len(await rounds(1e6, 3)) / 3
        warm = await rounds(0.7 * borne, max(3, seconds / 10))
        before = process(server)
        replies = await rounds(0.7 * borne, seconds)
        after = process(server)
        statuses = Counter(reply.status for reply in warm + replies)
        grown = after[0] / before[0] - 1
        print(
            f"        {len(replies) / seconds:.0f} requests a second for {seconds} s, p99 {crowd.percentile(replies, 99):.0f} ms; "
            f"memory {before[0] >> 10} KiB, {grown:+.1%}; files {before[1]}, {after[1]}; threads {before[2]}, {after[2]}"
        )
        check(set(statuses) == {200}, f"statuses: {statuses}")
        check(grown < 0.05, f"memory grew by {grown:.1%}")
        check(after[1] <= before[1] + 4 and after[2] <= before[2] + 4, f"files, threads: {before[1:]}, then {after[1:]}")

    asyncio.run(loaded())


def guesses(listen: str, name: str, seconds: float) -> list[crowd.Reply]:
    """200 wrong passwords a second, each for somebody else. In a process of its own: nobody who measures waits for it."""
    numbers = count()

    def guess(_: int) -> tuple[bytes, ...]:
        fields = {"grant_type": "password", "client_id": "web", "client_secret": peer_tenant.SECRET, "password": "wrong"}
        return (crowd.form(name, "/oauth/token", fields | {"username": f"guess{next(numbers)}@example.org"}),)

    async def guessed() -> list[crowd.Reply]:
        return await crowd.paced(await crowd.clients(listen, 64), 200, seconds, guess)

    return asyncio.run(guessed())


def ld_09_wrong_passwords(server: peer.Served) -> None:
    """Beside 200 wrong passwords a second, refreshes and the key set are answered as soon as without, or twice that."""
    seconds = 10 if IS_LONG else 3

    async def flooded(flood: ProcessPoolExecutor) -> None:
        keys = crowd.asked(host(server), "GET", "/.well-known/jwks.json")
        [token] = await refresh_tokens(server, 1)
        refreshing, reading = await crowd.clients(server.listen, 2)

        async def usual() -> list[list[crowd.Reply]]:
            return await asyncio.gather(
                crowd.paced([refreshing], 50, seconds, lambda _: (refresh(server, token),)),
                crowd.paced([reading], 50, seconds, lambda _: (keys,)),
            )

        alone = await usual()
        guessing = asyncio.wrap_future(flood.submit(guesses, server.listen, host(server), seconds + 2))
        await asyncio.sleep(1)
        beside = await usual()
        guessed = await guessing
        statuses = Counter(reply.status for reply in guessed)
        check(set(statuses) <= {400, 429, 503}, f"statuses of the flood: {statuses}")
        check(all(reply.says_when_to_come_back for reply in guessed if reply.status in (429, 503)), "no Retry-After")
        for name, without, with_flood in zip(("a refresh", "the key set"), alone, beside, strict=True):
            check({reply.status for reply in with_flood} == {200}, f"{name}: {Counter(r.status for r in with_flood)}")
            usually, now = crowd.percentile(without, 99), crowd.percentile(with_flood, 99)
            print(f"        p99 of {name}: {usually:.1f} ms, beside {len(guessed) / (seconds + 2):.0f} guesses a second {now:.1f} ms")
            check(now <= (2 * usually + 5 if IS_LONG else 1000 * SOON), f"{name} takes {now:.1f} ms instead of {usually:.1f} ms")
        print(f"        the flood was answered {dict(statuses)}")

    with ProcessPoolExecutor(1) as flood:
        asyncio.run(flooded(flood))


def ld_10_refreshes_at_once(server: peer.Served) -> None:
    """So many exchanges at once, two of each token: each gets its successor or is told to come back, and none forks."""
    families = 500 * MANY

    async def exchanged() -> None:
        tokens = await refresh_tokens(server, families)
        everybody = await crowd.clients(server.listen, 200)
        waiting = deque(enumerate(tokens * 2))
        successors: dict[int, set[str]] = defaultdict(set)
        statuses: Counter = Counter()
        began = time.monotonic()

        async def exchanges(client: crowd.Client) -> None:
            while waiting:
                number, token = waiting.popleft()
                [answer] = await client.ask(refresh(server, token))
                statuses[answer.status] += 1
                if answer.status == 200:
                    successors[number % families].add(json.loads(answer.body)["refresh_token"])
                    continue
                check(answer.status in (429, 503), f"{answer.status} {answer.body[:200]!r}")
                check(answer.says_when_to_come_back, f"{answer.head!r}")
                waiting.append((number, token))
                await asyncio.sleep(0.2)

        await asyncio.gather(*map(exchanges, everybody))
        print(f"        {2 * families} exchanges in {time.monotonic() - began:.1f} s: {dict(statuses)}")
        forked = [number for number, got in successors.items() if len(got) > 1]
        check(len(successors) == families and not forked, f"{len(successors)} families, forked: {forked[:5]}")
        check(len(set().union(*successors.values())) == families, "two families have one token")
        for got in list(successors.values())[:20]:
            [answer] = await everybody[0].ask(refresh(server, *got))
            check(answer.status == 200, f"a family is dead: {answer.status} {answer.body[:200]!r}")

    asyncio.run(exchanged())


def ld_11_documents(server: peer.Served) -> None:
    """The discovery document and the key set are sent without a question to the store. How soon, speed.py shows: this client is
    slower than the server."""

    def asked_of_the_store() -> list[str]:
        lines = server.browser().get(f"{server.admin}metrics").text.splitlines()
        return [line for line in lines if line.startswith("postlogin_store_seconds_count")]

    async def read() -> None:
        documents = (
            crowd.asked(host(server), "GET", "/.well-known/openid-configuration"),
            crowd.asked(host(server), "GET", "/.well-known/jwks.json"),
        )
        everybody = await crowd.clients(server.listen, 16)
        before = asked_of_the_store()
        began = time.monotonic()
        replies = await crowd.paced(everybody, 10_000, 5, lambda _: documents * 4)
        took, p99 = time.monotonic() - began, crowd.percentile(replies, 99)
        print(f"        {len(replies) / took:.0f} documents a second, p99 {p99:.1f} ms")
        check({reply.status for reply in replies} == {200}, f"{Counter(reply.status for reply in replies)}")
        check(asked_of_the_store() == before, f"the store was asked: {asked_of_the_store()}, before {before}")
        check(p99 < 1000 * SOON, f"p99 {p99:.1f} ms")

    asyncio.run(read())


def ld_12_encoded_bodies(server: peer.Served) -> None:
    for encoding in ("gzip", "br", "zstd", "deflate"):
        body = zlib.compress(b" " * (1 << 20))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": encoding}
        answer = server.browser().ask("POST", server.path("oauth/token"), body, headers)
        check(answer.status == 415, f"{encoding}: {answer}")


def main() -> int:
    postlogin, only = arguments(sys.argv)
    # The clients of LD-06 and what else is open.
    files = 1_000 * MANY + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    check(hard == resource.RLIM_INFINITY or hard >= files, f"{files} open files are needed; raise `ulimit -Hn` from {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(files, hard)) if hard > 0 else files, hard))
    policy = peer_tenant.ROTATING | {"leeway": 60}
    acs = {"callbacks": ["https://pay.example/acs"], "addons": {"samlp": {"audience": "https://pay.example"}}}
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    grants = ["authorization_code", "refresh_token", "password"]
    web = peer_tenant.client("web", grant_types=grants, refresh_token=policy, **by_post)
    job = peer_tenant.client("job", grant_types=["client_credentials"], app_type="non_interactive", **by_post)
    users = [tenants.user(name) for name in ("ada", "bob")]
    with tempfile.TemporaryDirectory() as folder:
        tenant = peer_tenant.write(Path(folder), [web, job, peer_tenant.client("pay", **acs)], users=users)
        with peer.Served(postlogin, tenant) as server:
            status = run(globals(), only, server)
            panics = server.panics()
    print(*panics, sep="\n", end="\n" if panics else "")
    return 1 if panics else status


if __name__ == "__main__":
    sys.exit(main())
