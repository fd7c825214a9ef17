"""What goes wrong under a server: `faults.py POSTLOGIN [NAME]...`.

Each function is one fault, named after the rows of the list of cases that it shows.
"""

import os
import pwd
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import peer
import peer_tenant
from peer import Served
from server import DidNotStart, Scheme
from row import arguments, check, run
from visitor import Visitor

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
Postlogin = Path


@contextmanager
def tenant(leeway: int = 0) -> Iterator[Path]:
    """A tenant in a folder of its own."""
    policy = peer_tenant.ROTATING | {"leeway": leeway}
    web = peer_tenant.client("web", token_endpoint_auth_method="client_secret_post", refresh_token=policy)
    with tempfile.TemporaryDirectory(prefix="postlogin-faults-") as name:
        os.chmod(name, 0o755)
        yield peer_tenant.write(Path(name), [web])


def is_away(answer: peer.Answer) -> None:
    """What is said when the store cannot be written."""
    check(answer.status == 503, f"not 503: {answer}")
    check(answer.headers.get("Retry-After", "").isdigit(), "Retry-After is missing")
    if not answer.is_page:
        check(answer.json()["error"] == "temporarily_unavailable", f"error is not the stable one: {answer}")


def reads_go_on(visitor: Visitor) -> None:
    """Discovery, key set and a silent login that finds nobody need no write."""
    for path in (".well-known/openid-configuration", ".well-known/jwks.json"):
        check(visitor.server.browser().get(visitor.server.path(path)).status == 200, f"{path} is away, too")
    stranger = Visitor(visitor.server).silently()
    check(stranger.get("error") == "login_required", f"a silent login of nobody: {stranger}")


def database(folder: Path) -> Path:
    return folder / ".postlogin/postlogin.db"


def whole(store: Path) -> None:
    """What is left of a write-ahead log goes into the file."""
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


# The disk


def st_02_disk_full(postlogin: Postlogin) -> None:
    """Writes get 503 while the disk is full, reads go on, and it recovers without a new start."""
    with tenant() as folder, small_disk() as (disk, through):
        with Served(postlogin, folder, Scheme.HTTP, "--database", f"sqlite:{disk}/postlogin.db", through=through) as server:
            visitor = Visitor(server)
            tokens = visitor.tokens()
            filled = fill(server, disk)
            refused = None
            for _ in range(2000):
                answer = Visitor(server).authorize()
                if answer.status == 503:
                    refused = answer
                    break
            check(refused, "the disk never got full")
            is_away(refused)
            is_away(visitor.refresh(tokens["refresh_token"]))
            reads_go_on(visitor)
            check(visitor.authorize(prompt="none").status in (303, 503), "a silent login")
            make_room(server, filled)
            peer.until(lambda: visitor.refresh(tokens["refresh_token"]).status == 200, 10, "an exchange")
            Visitor(server, "bob").tokens()
            check(not server.panics(), f"panics: {server.panics()}")
            check("storage_full" in server.logged() or "disk" in server.logged(), "the log does not say why")


@contextmanager
def small_disk() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A small file system, or, where none can be mounted, a limit for the size of a file."""
    with tempfile.TemporaryDirectory(prefix="postlogin-disk-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0755", "none", name]
        if subprocess.run(mount, capture_output=True).returncode == 0:
            try:
                yield Path(name), ()
            finally:
                subprocess.run(["umount", "-l", name], check=True)
        else:
            print("        nothing can be mounted here; the size of files is limited instead")
            yield Path(name), ("env", "--ignore-signal=XFSZ")


def fill(server: peer.Served, disk: Path) -> Path | None:
    if not os.path.ismount(disk):
        size = sum(path.stat().st_size for path in disk.iterdir())
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        return None
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


def make_room(server: peer.Served, filled: Path | None) -> None:
    if filled:
        filled.unlink()
    else:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)


def st_03_read_only(postlogin: Postlogin) -> None:
    """A store that cannot be written is no store: the start is refused in words, and nothing is changed."""
    nobody = pwd.getpwnam("nobody")
    if os.getuid() != 0:
        raise AssertionError("this needs root, who runs the server as another user")

    become = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    for what in ("file", "folder"):
        with tenant() as folder, tempfile.TemporaryDirectory(prefix="postlogin-disk-") as place:
            store = Path(place) / "postlogin.db"
            with Served(postlogin, folder, Scheme.HTTP, "--database", f"sqlite:{store}"):
                pass
            whole(store)
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            os.chmod(place, 0o755)
            for path in Path(place).iterdir():
                os.chown(path, *((0, 0) if what == "file" else (nobody.pw_uid, nobody.pw_gid)))
                path.chmod(0o644)
            before = store.read_bytes()
            try:
                with Served(postlogin, folder, Scheme.HTTP, "--database", f"sqlite:{store}", through=become) as server:
                    is_away(Visitor(server).authorize())
            except DidNotStart as refused:
                check("written" in str(refused) or "read-only" in str(refused), f"the text does not say why: {refused}")
                check(str(store) in str(refused), f"the text does not name the file: {refused}")
            check(store.read_bytes() == before, "the file was changed")


def st_04_held_lock(postlogin: Postlogin) -> None:
    """Another program holds the lock of a write for 10 s: 503 meanwhile, then all is as before."""
    with tenant() as folder, Served(postlogin, folder) as server:
        visitor = Visitor(server)
        tokens = visitor.tokens()
        other = sqlite3.connect(database(folder), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held = time.monotonic()
        statuses, slowest = Counter(), 0.0
        while time.monotonic() - held < 10:
            began = time.monotonic()
            answer = visitor.refresh(tokens["refresh_token"])
            slowest = max(slowest, time.monotonic() - began)
            is_away(answer)
            statuses[answer.status] += 1
            reads_go_on(visitor)
        other.execute("ROLLBACK")
        check(slowest < 6, f"an answer took {slowest:.1f} s")
        check(visitor.refresh(tokens["refresh_token"]).status == 200, "the exchange does not work afterwards")
        Visitor(server, "bob").tokens()
        check(not server.panics(), f"panics: {server.panics()}")


def st_05_overwritten_page(postlogin: Postlogin) -> None:
    """Pages full of chance: the start is refused or the request is; the file is never made anew."""
    damaged(postlogin, lambda content: content[:8192] + os.urandom(len(content) - 8192))


def st_05_damaged_header(postlogin: Postlogin) -> None:
    damaged(postlogin, lambda content: os.urandom(100) + content[100:])


def st_05_cut_file(postlogin: Postlogin) -> None:
    damaged(postlogin, lambda content: content[: len(content) // 2 // 4096 * 4096])


def st_05_empty_file(postlogin: Postlogin) -> None:
    damaged(postlogin, lambda _: b"")


def damaged(postlogin: Postlogin, spoil: Callable[[bytes], bytes]) -> None:
    with tenant() as folder:
        with Served(postlogin, folder) as server:
            Visitor(server).tokens()
            server.stop()
        store = database(folder)
        whole(store)
        spoilt = spoil(store.read_bytes())
        store.write_bytes(spoilt)
        try:
            with Served(postlogin, folder) as server:
                answers = [Visitor(server).authorize() for _ in range(3)]
                answers += [Visitor(server).ask("oauth/token", grant_type="refresh_token", refresh_token="x" * 60)]
                for answer in answers:
                    check(answer.status != 500, f"status 500: {answer}")
                with suppress(AssertionError):
                    Visitor(server).tokens()
                check("corrupt" in server.logged() or "damaged" in server.logged(), f"no word of it: {server.logged()}")
                check(not server.panics(), f"panics: {server.panics()}")
        except DidNotStart as refused:
            check(str(store) in str(refused), f"the text does not name the file: {refused}")
        check(len(store.read_bytes()) >= len(spoilt), "the file was cut")
        found = store.read_bytes()
        same = sum(a == b for a, b in zip(found, spoilt, strict=False))
        check(same >= len(spoilt) * 0.5, "the file was made anew")


def st_05_cut_wal(postlogin: Postlogin) -> None:
    """A write-ahead log that is cut off in the middle, as after a power cut: what is whole in it counts."""
    with tenant() as folder:
        server = Served(postlogin, folder)
        visitor = Visitor(server)
        first = visitor.tokens()
        for _ in range(5):
            Visitor(server, "bob").tokens()
        server.kill()
        wal = Path(f"{database(folder)}-wal")
        check(wal.exists() and wal.stat().st_size > 5000, "there is no write-ahead log")
        os.truncate(wal, wal.stat().st_size - 5000)
        with Served(postlogin, folder) as server:
            visitor.server = server
            visitor.refresh(first["refresh_token"])
            Visitor(server, "eve").tokens()
            check(not server.panics(), f"panics: {server.panics()}")
        with sqlite3.connect(database(folder)) as store:
            said = store.execute("PRAGMA integrity_check").fetchone()[0]
        check(said == "ok", f"integrity check: {said}")


def st_18_signing_key(postlogin: Postlogin) -> None:
    """A signing key that is not there, is empty, or is none: the start is refused in words."""
    certs = Path(__file__).resolve().parents[2] / "certs"
    for spoil in (lambda key: key.unlink(), lambda key: key.write_bytes(b""), lambda key: key.write_text("no key")):
        with tenant() as folder:
            for name in ("idp.key", "idp.crt"):
                shutil.copy(certs / name, folder)
            (folder / "postlogin.toml").write_text('[keys]\ncurrent = "idp.key"\ncurrent_cert = "idp.crt"\n')
            with Served(postlogin, folder) as server:
                Visitor(server).tokens()
            spoil(folder / "idp.key")
            try:
                with Served(postlogin, folder):
                    raise AssertionError("the server runs with a spoilt key")
            except DidNotStart as refused:
                check("idp.key" in str(refused), f"the text does not name the file: {refused}")


# The clock


def st_14_clock_steps(postlogin: Postlogin) -> None:
    """The clock goes back an hour, forward a day, and back: nothing that was over lives again, and the server stays up."""
    check(FAKETIME.exists(), "the Debian package faketime is not installed")
    with tenant() as folder:
        offset = folder / "offset"
        faked = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        offset.write_text("+0")
        with Served(postlogin, folder, environment=faked) as server:
            visitor = Visitor(server)
            tokens = visitor.tokens()
            used = visitor.code()
            check(visitor.redeem(used).status == 200, "a code")
            unused = visitor.code()
            for step in ("-1h", "+1d", "+0"):
                offset.write_text(step)
                time.sleep(0.2)
                check(Visitor(server, "bob").tokens(), f"no login at {step}")
                answer = visitor.redeem(used)
                check(answer.json().get("error") == "invalid_grant", f"a used code at {step}: {answer}")
                if step == "+1d":
                    answer = visitor.redeem(unused)
                    check(answer.json().get("error") == "invalid_grant", f"a code of yesterday: {answer}")
            answer = visitor.redeem(unused)
            check(answer.json().get("error") == "invalid_grant", f"a code that was over lives again: {answer}")
            answer = visitor.refresh(tokens["refresh_token"])
            check(answer.status == 200, f"a family of 30 days does not outlive the steps: {answer}")
            check(not server.panics(), f"panics: {server.panics()}")


# The end


def st_16_sigterm_under_load(postlogin: Postlogin) -> None:
    """What runs ends with its answer, nothing new begins, and the exit status is 0."""
    with tenant(leeway=60) as folder, Served(postlogin, folder) as server:
        cut, answered, over = [], Counter(), threading.Event()

        def busy(number: int) -> None:
            visitor = Visitor(server, "ada" if number % 2 else "bob")
            token = visitor.tokens()["refresh_token"]
            started.wait()
            while not over.is_set():
                try:
                    answer = visitor.refresh(token)
                    answered[answer.status] += 1
                    if answer.status == 200:
                        token = answer.json()["refresh_token"]
                except ConnectionRefusedError:
                    return
                except (OSError, peer.http.client.HTTPException) as error:
                    cut.append(repr(error))
                    return

        started = threading.Barrier(9)
        people = [threading.Thread(target=busy, args=(number,)) for number in range(8)]
        for person in people:
            person.start()
        started.wait()
        time.sleep(1)
        began = time.monotonic()
        status = server.stop()
        took = time.monotonic() - began
        over.set()
        for person in people:
            person.join()
        check(status == 0, f"exit status {status}")
        check(took < 11, f"it took {took:.1f} s")
        check(answered[200] > 20 and set(answered) <= {200, 503}, f"answers: {answered}")
        # A connection that the system had taken for the server before it closed its socket is reset: not answered, not cut.
        cut = [error for error in cut if "reset" not in error.lower()]
        check(not cut, f"answers that were cut off: {cut}")


# Many at once


def op_08_parallel_redemptions(postlogin: Postlogin) -> None:
    """Of 50 redemptions of one code one gives tokens, and what it gave ends with the second."""
    with tenant() as folder, Served(postlogin, folder) as server, ThreadPoolExecutor(50) as pool:
        for _ in range(3):
            visitor = Visitor(server)
            code = visitor.code()
            answers = list(pool.map(lambda _, v=visitor, c=code: v.redeem(c), range(50)))
            statuses = Counter(answer.status for answer in answers)
            # A server that is too busy says so.
            check(statuses[200] == 1 and set(statuses) <= {200, 400, 503}, f"statuses: {statuses}")
            check(all(answer.json()["error"] == "invalid_grant" for answer in answers if answer.status == 400), "error")
            token = next(answer for answer in answers if answer.status == 200).json()["refresh_token"]
            check(visitor.refresh(token).status == 400, "the family outlives the second use of its code")


def se_02_parallel_exchanges(postlogin: Postlogin) -> None:
    """Of 50 exchanges of one token inside the leeway all give the same successor, which works."""
    with tenant(leeway=60) as folder, Served(postlogin, folder) as server, ThreadPoolExecutor(50) as pool:
        visitor = Visitor(server)
        token = visitor.tokens()["refresh_token"]
        for _ in range(3):
            answers = list(pool.map(lambda _, t=token: visitor.refresh(t), range(50)))
            statuses = Counter(answer.status for answer in answers)
            # A server that is too busy says so.
            check(statuses[200] >= 30 and set(statuses) <= {200, 503}, f"statuses: {statuses}")
            successors = {answer.json()["refresh_token"] for answer in answers if answer.status == 200}
            check(len(successors) == 1, f"{len(successors)} successors")
            token = successors.pop()
        check(visitor.refresh(token).status == 200, "the successor does not work")


def se_02_parallel_exchanges_without_leeway(postlogin: Postlogin) -> None:
    """Without a leeway there is one successor at most, and a use that comes after it ends the family."""
    with tenant() as folder, Served(postlogin, folder) as server, ThreadPoolExecutor(50) as pool:
        visitor = Visitor(server)
        token = visitor.tokens()["refresh_token"]
        answers = list(pool.map(lambda _: visitor.refresh(token), range(50)))
        statuses = Counter(answer.status for answer in answers)
        check({200, 400} <= set(statuses) <= {200, 400, 503}, f"statuses: {statuses}")
        successors = {answer.json()["refresh_token"] for answer in answers if answer.status == 200}
        check(len(successors) == 1, f"{len(successors)} successors")
        check(visitor.refresh(successors.pop()).status == 400, "the family outlives a reuse")


def se_01_reuse_after_leeway(postlogin: Postlogin) -> None:
    """A token that comes again after the leeway ends its family."""
    with tenant(leeway=1) as folder, Served(postlogin, folder) as server:
        visitor = Visitor(server)
        first = visitor.tokens()["refresh_token"]
        second = visitor.refresh(first).json()["refresh_token"]
        check(visitor.refresh(first).json()["refresh_token"] == second, "inside the leeway: another successor")
        time.sleep(1.5)
        check(visitor.refresh(first).status == 400, "a token works after its leeway")
        check(visitor.refresh(second).status == 400, "the family outlives a reuse")
        check("refresh_reused" in server.logged(), "the log has no refresh_reused")


if __name__ == "__main__":
    postlogin, only = arguments(sys.argv)
    sys.exit(run(globals(), only, postlogin))
