"""What a server gives beside the bare signature, and with --long what a refresh costs among a million families.

    speed.py POSTLOGIN [--long]

Figures of a busy machine say little, so only what is wide of the mark fails: that nothing is measured, or that a refresh among
a million families costs twice what it costs among a thousand.
"""

import json
import os
import subprocess
import sys

WORKS = ["client-credentials", "refresh", "saml-session", "issue", "discovery"]


def main(postlogin: str, is_long: bool) -> int:
    if len(os.sched_getaffinity(0)) < 2:
        print("not shown here: one core\n0 passed, 0 failed")
        return 0
    measured = measure(postlogin, "3" if is_long else "0.5")
    failed = [work for work in WORKS if not any(line["work"] == work for line in measured["works"])]
    for line in measured["works"]:
        print(
            f"{line['work']:<20}{line['per_second']:>10.1f}{line['bare_per_second']:>10.1f}{line['ratio']:>8.2f}"
            f"{line['p50_ms']:>10.2f}{line['p99_ms']:>10.2f}"
        )
    for member in ("overload", "memory", "start"):
        print(member, json.dumps(measured[member]))
    if is_long:
        grown = measure(postlogin, "5", "--work", "families")["families"]
        for line in grown:
            refresh = line["refresh"]
            print(f"{line['families']:>9} families, {line['bytes_each']} bytes each: ratio {refresh['ratio']:.2f}")
        if grown[-1]["refresh"]["ratio"] < grown[0]["refresh"]["ratio"] / 2:
            failed.append("a refresh among a million families")
    print(*(f"failed: {name}" for name in failed), sep="\n")
    print(f"{len(WORKS) + is_long - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def measure(postlogin: str, seconds: str, *more: str) -> dict:
    command = [postlogin, "speed", "--server", "--seconds", seconds, "--format", "json", *more]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--long" in sys.argv[2:]))
