"""Packages that Actions require, in versions that people use, against servers on this machine.

    packages.py POSTLOGIN [--all] [--write]

Each is loaded and used on Node.js, its requests are recorded in a case, and the case is answered from the record
when the servers are gone. Without --all: ten of them. The table in README.md says what came of it, and is made
here: --write puts it there.
"""

import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import local

OFTEN = (
    "auth0-2", "auth0-4", "aws-sdk-2", "axios-0", "axios-1", "jsonwebtoken", "jwks-rsa", "node-fetch-2", "pg", "slack-7",
)
BEGIN, END = "<!-- packages: made by tests/node/packages.py -->", "<!-- /packages -->"


@dataclass
class Verdict:
    """What became of a package. `problems` is what was not as it must be."""

    action: local.Action
    plain: dict
    used: bool = False
    requests: int = 0
    recorded: bool = False
    replayed: bool = False
    problems: tuple[str, ...] = ()

    @property
    def tunnel(self) -> bool:
        return self.action.said.get("way") == "tunnel"

    @property
    def row(self) -> str:
        package = self.action.said["package"]
        version = json.loads((self.action.tenant / "package.json").read_text())["dependencies"][package]
        yes = lambda good: "yes" if good else "no"
        replay = "through a tunnel" if self.tunnel else "no requests" if not self.requests else None
        return (
            f"| `{package}` | {version} | {yes(self.used)} | {replay or yes(self.recorded)} | "
            f"{'' if replay else yes(self.replayed)} |"
        )


def main(postlogin: str, every: bool, write: bool) -> int:
    postlogin = str(Path(postlogin).resolve())
    servers = local.Servers()
    servers.prepare()
    wanted = [action for action in local.actions("packages") if every or action.name in OFTEN]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = list(threads.map(lambda action: use(postlogin, servers, action), wanted))
        list(threads.map(lambda verdict: record(postlogin, servers, verdict), verdicts))
    servers.stop()
    for verdict in verdicts:
        replay(postlogin, verdict)
        print(f"{'FAILED' if verdict.problems else 'ok'} {verdict.action.name}: {verdict.row}")
        for problem in verdict.problems:
            print("    " + problem.replace("\n", "\n    "))
    failed = sum(bool(verdict.problems) for verdict in verdicts)
    print(f"packages: {len(verdicts) - failed} passed, {failed} failed")
    return min(failed + told(verdicts, every, write), 1)


def use(postlogin: str, servers: local.Servers, action: local.Action) -> Verdict:
    """Runs the Action in plain Node.js and under postlogin."""
    verdict = Verdict(action, servers.plain(action))
    if verdict.plain["error"]:
        verdict.problems += (f"the test itself is wrong: in plain Node.js its error is {verdict.plain['error']}",)
    ours = local.login(postlogin, servers, action)
    verdict.requests = len(ours.get("http", []))
    for part in ("commands", "logs", "error"):
        if verdict.plain[part] != ours[part]:
            verdict.problems += (f"{part} in Node.js: {verdict.plain[part]}", f"{part} under postlogin: {ours[part]}")
    verdict.used = not verdict.problems
    return verdict


def record(postlogin: str, servers: local.Servers, verdict: Verdict) -> None:
    """Makes a case of the Action that expects what plain Node.js gave, and records its requests."""
    if verdict.tunnel or not verdict.requests:
        return
    action, folder = verdict.action, case(verdict)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = {
        "shows": f"{action.said['package']} answered from the record.", "client": "web", "user": "ada@example.org",
        "tenant": "../..", "actions": [f"../../tried/{action.file.name}"],
        "secrets": [f"{name}={value}" for name, value in local.SECRETS.items()], "now": local.NOW,
    }
    (folder / "case.toml").write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items()))
    (folder / "event.json").write_text(json.dumps(servers.event))
    expected = {"commands": verdict.plain["commands"], "actions": [{"logs": verdict.plain["logs"], "error": None}]}
    (folder / "expected.json").write_text(json.dumps(expected, indent=2))
    done = run([postlogin, "test", folder, "--record"], capture_output=True, text=True, timeout=120)
    kept = folder / "http.json"
    verdict.recorded = not done.returncode and kept.exists() and len(json.loads(kept.read_text())) == verdict.requests
    if not verdict.recorded:
        verdict.problems += (f"postlogin test --record: {done.stdout}{done.stderr}",)


def replay(postlogin: str, verdict: Verdict) -> None:
    """Runs the case again, without any server."""
    if not verdict.recorded:
        return
    done = run([postlogin, "test", case(verdict)], capture_output=True, text=True, timeout=120)
    verdict.replayed = not done.returncode
    if not verdict.replayed:
        verdict.problems += (f"postlogin test: {done.stdout}{done.stderr}",)


def case(verdict: Verdict) -> Path:
    return verdict.action.tenant / "cases" / verdict.action.name


def told(verdicts: list[Verdict], every: bool, write: bool) -> int:
    """Compares the table in README.md with what was seen; 1 where it says something else."""
    readme = local.ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    rows = [verdict.row for verdict in verdicts]
    if every and write:
        head = (
            "Packages that are tried on Node.js 22 against servers of the tests (`./test node-long`):\n\n"
            "| package | version | loaded and used | recorded | answered from the record |\n|---|---|---|---|---|\n"
        )
        readme.write_text(f"{before}{BEGIN}\n{head}" + "\n".join(rows) + f"\n{END}{after}")
        return 0
    wrong = [row for row in rows if row not in old.splitlines()]
    if every:
        wrong += [row for row in old.splitlines() if row.startswith("| `") and row not in rows]
    for row in wrong:
        print(f"FAILED the table in README.md is out of date: {row}")
    if wrong:
        print("run tests/node/packages.py POSTLOGIN --all --write")
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--all" in sys.argv[2:], "--write" in sys.argv[2:]))
