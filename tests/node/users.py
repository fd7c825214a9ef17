"""Actions as people write them: under postlogin each does what it does in plain Node.js.

    users.py POSTLOGIN [--all | NAME...]

Prints a line for each Action, and what differs.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path

import local


def main(postlogin: str, names: list[str]) -> int:
    postlogin = str(Path(postlogin).resolve())
    servers = local.Servers()
    servers.prepare()
    wanted = [action for action in local.actions("users") if not names or action.name in names]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = list(threads.map(lambda action: judge(postlogin, servers, action), wanted))
    servers.stop()
    for action, (engine, differences) in zip(wanted, verdicts):
        print(f"{'FAILED' if differences else 'ok'} {action.name} ({engine})")
        for difference in differences:
            print(f"    {difference}")
    failed = sum(bool(differences) for _, differences in verdicts)
    print(f"users' Actions: {len(wanted) - failed} passed, {failed} failed")
    return min(failed, 1)


def judge(postlogin: str, servers: local.Servers, action: local.Action) -> tuple[str, list[str]]:
    """The engine that ran it, and what differs from plain Node.js."""
    plain = servers.plain(action)
    ours = local.login(postlogin, servers, action)
    differences = []
    if bool(plain["error"]) != ("throws" in action.said):
        differences.append(f"the test itself is wrong: in plain Node.js its error is {plain['error']}")
    for part in ("commands", "logs"):
        if plain[part] != ours[part]:
            differences += [f"{part} in Node.js: {plain[part]}", f"{part} under postlogin: {ours[part]}"]
    said = (ours["error"] or {}).get("message", "") if isinstance(ours["error"], dict) else ours["error"] or ""
    if bool(said) != bool(plain["error"]) or (plain["error"] or "") not in said:
        differences.append(f"error in Node.js: {plain['error']}; under postlogin: {ours['error']}")
    return ours.get("engine") or "?", differences


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [name for name in sys.argv[2:] if name != "--all"]))
