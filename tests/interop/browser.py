"""A real browser for the judges: headless Chromium, told what to do over two pipes (its DevTools protocol),
with a profile of its own in a temporary folder.
"""

import fcntl
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

OPTIONS = [
    "--headless",
    # Not for root and not in containers; it opens no pages but those that are judged.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Reads commands from 3 and writes answers to 4, each ended by a NUL.
    "--remote-debugging-pipe",
]
# Seconds; only what goes wrong takes as long.
PATIENCE = 10
# Which parts of a tab report.
DOMAINS = ["Page", "Debugger", "Audits"]


class NotJudged(Exception):
    """The browser did not do its part, so that nothing is known."""


class Browser:
    def __init__(self, commands: int, answers: int):
        self.commands = commands
        self.messages: queue.Queue[dict | None] = queue.Queue()
        self.last = 0
        self.tabs: dict[str, Tab] = {}
        threading.Thread(target=self.listen, args=(answers,), daemon=True).start()

    def listen(self, answers: int) -> None:
        with os.fdopen(answers, "rb") as pipe:
            rest = b""
            while chunk := pipe.read1(1 << 16):
                *whole, rest = (rest + chunk).split(b"\0")
                for message in whole:
                    self.messages.put(json.loads(message))
        self.messages.put(None)

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict:
        self.last += 1
        command = {"id": self.last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        try:
            os.write(self.commands, json.dumps(command).encode() + b"\0")
        except BrokenPipeError as error:
            raise NotJudged("the browser ended") from error
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            message = self.take(left)
            if message and message.get("id") == command["id"]:
                if "error" in message:
                    raise NotJudged(f"{method}: {message['error']['message']}")
                return message["result"]
        raise NotJudged(f"{method}: no answer")

    def take(self, seconds: float) -> dict | None:
        """The next message, if one comes; an event is kept with its tab."""
        try:
            message = self.messages.get(timeout=seconds)
        except queue.Empty:
            return None
        if message is None:
            self.messages.put(None)
            raise NotJudged("the browser ended")
        if (tab := self.tabs.get(message.get("sessionId", ""))) and "method" in message:
            tab.events.append((message["method"], message["params"]))
        return message

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > deadline:
                raise NotJudged(f"{what} did not happen")
            self.take(0.01)

    @contextmanager
    def tab(self) -> Iterator["Tab"]:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self.tabs[session] = Tab(self, session)
        try:
            for domain in DOMAINS:
                tab.call(f"{domain}.enable")
            yield tab
        finally:
            del self.tabs[session]
            self.call("Target.closeTarget", targetId=target)


class Tab:
    def __init__(self, browser: Browser, session: str):
        self.browser, self.session = browser, session
        self.events: list[tuple[str, dict]] = []

    def call(self, method: str, **parameters: object) -> dict:
        return self.browser.call(method, self.session, **parameters)

    def press(self, key: str, code: int, text: str = "") -> None:
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def told(self, method: str) -> list[dict]:
        return [parameters for name, parameters in self.events if name == method]

    def has_loaded(self, url: str) -> bool:
        shown = None
        for method, parameters in self.events:
            if method == "Page.frameNavigated" and "parentId" not in parameters["frame"]:
                shown = parameters["frame"]["url"]
            elif method == "Page.loadEventFired" and shown == url:
                return True
        return False

    def scripts(self) -> list[int]:
        """Of each script of the pages so far, its length."""
        return [script["length"] for script in self.told("Debugger.scriptParsed")]

    def dialogs(self) -> list[str]:
        return [dialog["message"] for dialog in self.told("Page.javascriptDialogOpening")]

    def violations(self) -> list[str]:
        """Which directives of a policy stopped something."""
        issues = [issue["issue"] for issue in self.told("Audits.issueAdded")]
        return [
            issue["details"]["contentSecurityPolicyIssueDetails"]["violatedDirective"]
            for issue in issues
            if issue["code"] == "ContentSecurityPolicyIssue"
        ]


@contextmanager
def browser() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        reads, commands = pipe()
        answers, writes = pipe()
        command = f'exec chromium "$@" 3<&{reads} 4>&{writes}'
        log = Path(folder) / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                ["bash", "-c", command, "chromium", *OPTIONS, f"--user-data-dir={folder}/profile"],
                stdout=said,
                stderr=said,
                pass_fds=(reads, writes),
            )
        os.close(reads)
        os.close(writes)
        try:
            chromium = Browser(commands, answers)
            try:
                chromium.call("Browser.getVersion")
            except NotJudged as reason:
                sys.exit(f"chromium does not start, {reason}: {log.read_text(errors='replace')}")
            yield chromium
        finally:
            os.close(commands)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def pipe() -> tuple[int, int]:
    """Both ends, with numbers that the browser's own pipes do not have."""
    ends = os.pipe()
    reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return reads, writes
