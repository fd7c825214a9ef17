"""Measures postlogin and each peer in turn, on one core, and prints the table.

    table.py POSTLOGIN WORK SECONDS

Every peer is measured in three rounds beside the bare signature of the library it runs on; medians count.
A response counts only if `xmlsec1` verifies it and it has every attribute with every value.
"""

import json
import os
import statistics
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
CERTS = HERE.parent.parent / "certs"
WANTED = HERE / "response.json"
KEY, CERT = CERTS / "idp.key", CERTS / "idp.crt"
ROUNDS = 3
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
# What else there is to say of a peer.
REMARKS = {
    "saml": "the assertion alone; it makes no response",
    "samlify": "attributes written into its template",
    "pysaml2": "signs with the xmlsec1 command",
    "signxml": "signs what lxml built",
    "xmlsec": "signs what lxml built",
    "samael": "its template moved from response to assertion; no lifetime",
    "simplesamlphp": "its SAML library",
}


class Failed(Exception):
    """Why a peer has no figures."""


def main(postlogin: str, work: Path, seconds: str) -> int:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    commands = peers(work, seconds)
    measured: dict[str, list[dict]] = {name: [] for name in ["postlogin", *commands]}
    failed: dict[str, str] = {}
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for name in measured:
            if name in failed:
                continue
            try:
                if name == "postlogin":
                    measured[name].append(ours(postlogin, seconds))
                else:
                    measured[name].append(theirs(commands[name], work / f"{name}.xml"))
            except (Failed, OSError) as reason:
                failed[name] = " ".join(str(reason).split())[:200]
    print(table({name: median(runs) for name, runs in measured.items() if name not in failed}, failed))
    return 1 if "postlogin" in failed else 0


def peers(work: Path, seconds: str) -> dict[str, list[str]]:
    """The command of each; the file for its response is added."""
    usual = [str(WANTED), str(KEY), str(CERT), seconds]
    node = {
        name: ["node", str(work / "node/rate.mjs"), name, *usual] for name in ("saml", "samlp", "samlify")
    }
    python = {
        name: [str(work / "venv/bin/python"), str(HERE / "python/rate.py"), name, *usual]
        for name in ("pysaml2", "signxml", "xmlsec")
    }
    vendor = work / "simplesamlphp/usr/share/simplesamlphp/vendor"
    return (
        node
        | python
        | {
            "samael": [str(work / "samael/release/samael-rate"), *usual],
            "simplesamlphp": ["php", str(HERE / "simplesamlphp/rate.php"), str(vendor), *usual],
        }
    )


def ours(postlogin: str, seconds: str) -> dict:
    printed = output([postlogin, "speed", "--work", "saml-signed", "--seconds", seconds, "--format", "json"])
    return json.loads(printed)[0]


def theirs(command: list[str], xml: Path) -> dict:
    xml.unlink(missing_ok=True)
    printed = output([*command, str(xml)])
    check(xml)
    return json.loads(printed.strip().splitlines()[-1])


def output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"exit status {done.returncode}: {done.stderr.strip()[-200:]}")
    return done.stdout


def check(xml: Path) -> None:
    """The signature of the assertion verifies, and nothing of what it should say is missing."""
    signature = "//*[local-name()='Assertion']/*[local-name()='Signature']"
    trust = ["--enabled-key-data", "raw-x509-cert", "--pubkey-cert-pem", str(CERT)]
    where = ["--node-xpath", signature, "--id-attr:ID", f"{SAML}:Assertion", str(xml)]
    output(["xmlsec1", "--verify", *trust, *where])
    found = {
        attribute.get("Name"): [value.text for value in attribute]
        for attribute in ElementTree.parse(xml).iter(f"{{{SAML}}}Attribute")
    }
    if found != json.loads(WANTED.read_text())["attributes"]:
        raise Failed("its response does not have the attributes that were asked for")


def median(runs: list[dict]) -> dict:
    figures = {
        member: statistics.median(run[member] for run in runs)
        for member in ("per_second", "bare_per_second", "bytes")
    }
    ratios = [run["per_second"] / run["bare_per_second"] for run in runs]
    return figures | {"ratio": statistics.median(ratios)}


def table(measured: dict[str, dict], failed: dict[str, str]) -> str:
    own = measured.get("postlogin")
    lines = [
        "| peer | responses/s | bare signatures/s | ratio | postlogin makes | bytes | remark |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, figures in sorted(measured.items(), key=lambda entry: -entry[1]["per_second"]):
        times = f"{own['ratio'] / figures['ratio']:.1f} times as many" if own else "-"
        lines.append(
            f"| {name} | {figures['per_second']:.0f} | {figures['bare_per_second']:.0f} "
            f"| {figures['ratio']:.2f} | {times} | {figures['bytes']:.0f} | {REMARKS.get(name, '')} |"
        )
    lines += [f"| {name} | - | - | - | - | - | not measured: {reason} |" for name, reason in failed.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3]))
