"""What each service provider takes and refuses, in one table; fails where a cell was not judged.

    matrix.py FOLDER

Reads the manifests there and the verdicts that the judges left beside them. A cell stands for each way of
signing and encrypting: `+` all as it should be, `k` as it should be but for what a reader is known to do
otherwise, `!` not as it should be, `?` not judged.
"""

import json
import sys
from itertools import product
from pathlib import Path

from flaws import SAML_CASES

PEERS = ["shibboleth", "mellon", "node-saml", "python3-saml", "pysaml2", "ruby-saml"]
SIGNED = ["assertion", "response", "both"]
# Taken with the right NameID and attributes: what is signed, and the cipher.
TAKEN = {
    "assertion": [("assertion", None)],
    "response": [("response", None)],
    "both": [("both", None)],
    "CBC": list(product(SIGNED, ["aes128-cbc", "aes256-cbc"])),
    "GCM": list(product(SIGNED, ["aes128-gcm", "aes256-gcm"])),
}
WAYS = [way for ways in TAKEN.values() for way in ways]
# Refused in each of these ways. The last three show that what was read is compared.
REFUSED = {
    "tampered": "tampered NameID",
    "unsigned": "unsigned",
    "expired": "expired",
    "audience": "wrong audience",
    "NameID": "another NameID expected",
    "name": "another attribute expected",
    "value": "another value expected",
}


def main(folder: Path) -> int:
    names: dict[tuple, list[str]] = {}
    for case in json.loads((folder / "saml.json").read_text()):
        if case["name"] in SAML_CASES:
            names.setdefault((case["signed"], case["encrypted"]), []).append(case["name"])
    columns = {title: [(way, "") for way in ways] for title, ways in TAKEN.items()}
    columns |= {title: [(way, f", {flaw}") for way in WAYS] for title, flaw in REFUSED.items()}

    print("\n-- service providers: taken, then refused, then NameID and attributes compared")
    print(" " * 14 + " ".join(columns))
    unjudged = failed = 0
    for peer in PEERS:
        file = folder / f"{peer}.verdicts.json"
        verdicts = json.loads(file.read_text()) if file.exists() else {}
        marks = {
            title: mark([verdicts.get(name + flaw) for way, flaw in cell for name in names.get(way, [""])])
            for title, cell in columns.items()
        }
        unjudged += list(marks.values()).count("?")
        failed += list(marks.values()).count("!")
        print(f"{peer:14}" + " ".join(f"{mark:<{len(title)}}" for title, mark in marks.items()).rstrip())
    print(f"{len(PEERS) * len(columns)} cells, {failed} failed, {unjudged} not judged")
    return 1 if unjudged or failed else 0


def mark(verdicts: list[str | None]) -> str:
    if None in verdicts:
        return "?"
    if "failed" in verdicts:
        return "!"
    return "k" if "known" in verdicts else "+"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
