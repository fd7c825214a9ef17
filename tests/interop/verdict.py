"""What all judges in Python share: reading the manifests, one line a case, the count at the end.

A judge is a function that takes a case and raises `Refused` where it does not take the document, or
reads something else than expected. Cases of `saml.json` must be taken, but for those that a judge is known
to refuse, whoever the issuer is (`refused_by`), and denied logins, of which a service provider
(`tells_status`) must say the reason. Those of `saml-refused.json`, each a good case with one flaw, must be
refused by every judge named in their `judges`, for the reason that reasons.toml has (`reasons`), but for
those that are known not to see it (`taken_by`). The verdicts stay beside the manifests, for matrix.py.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from freezegun import freeze_time

# Documents of a case, and the members that name their files.
DOCUMENTS = {
    "xml": "xml_file",
    "response": "response_base64_file",
    "assertion_xml": "assertion_xml_file",
}


class Refused(Exception):
    """Why a document was not taken."""


def run(name: str, judge: Callable[[dict], None], *, tells_status: bool) -> int:
    folder = Path(sys.argv[1])
    verdicts: dict[str, str] = {}
    for case in shown(name, folder):
        reason = refusal(judge, case)
        told = f"refused: {shortened(reason)}" if reason else "taken"
        known = case["taken_by" if "flaw" in case else "refused_by"].get(name)
        if "flaw" in case and not known:
            good = reason is not None and re.search(case["reasons"][name], reason) is not None
            told += "" if good or not reason else f"; not for /{case['reasons'][name]}/"
        elif "flaw" in case:
            good = reason is None
        elif known:
            good = reason is not None
        elif case["denied"] and tells_status:
            good = one_line(case["denied"]) in (reason or "")
        else:
            good = reason is None
        verdicts[title(case)] = ("known" if known else "ok") if good else "failed"
        note = f"; known: it {known}" if known else ""
        print(f"{'ok' if good else 'FAILED':7} {name:13} {title(case)}: {told}{note}")
    (folder / f"{name}.verdicts.json").write_text(json.dumps(verdicts, indent=2))
    failed = list(verdicts.values()).count("failed")
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 1 if failed or not verdicts else 0


def shown(name: str, folder: Path) -> list[dict]:
    """All cases that a judge is shown: the good ones, and those that it must refuse."""
    refused = [case for case in cases(folder / "saml-refused.json") if name in case["judges"]]
    return cases(folder / "saml.json") + refused


def title(case: dict) -> str:
    return f"{case['name']}, {case['flaw']}" if "flaw" in case else case["name"]


def cases(manifest: Path) -> list[dict]:
    """The cases of a manifest, with `xml`, `response` and `assertion_xml` read from their files."""
    found = json.loads(manifest.read_text())
    for case in found:
        for document, file in DOCUMENTS.items():
            case[document] = (manifest.parent / case[file]).read_bytes()
    return found


def refusal(judge: Callable[[dict], None], case: dict) -> str | None:
    """Why the judge does not take the case, at the moment of the case where it names one."""
    try:
        with freeze_time(case["now"]) if case.get("now") else nullcontext():
            judge(case)
    except Refused as reason:
        return one_line(str(reason))
    return None


@contextmanager
def taken_before() -> Iterator[None]:
    """Around what must be taken so that the refusal that comes after means something."""
    try:
        yield
    except Refused as reason:
        raise AssertionError(f"refused before there was a reason to: {reason}") from reason


def one_line(text: str) -> str:
    return " ".join(text.split())


def shortened(text: str) -> str:
    return text if len(text) <= 300 else text[:300] + "..."


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Refused(f"{what} is {found!r}, expected {expected!r}")


def expect_attributes(found: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """The same names with the same values, in any order of names and this order of values."""
    missing, extra = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    if missing or extra:
        raise Refused(f"attributes missing: {missing}, attributes not expected: {extra}")
    for name, values in expected.items():
        expect(f"attribute {name!r}", found[name], values)


def stripped(attributes: dict[str, list[str]]) -> dict[str, list[str]]:
    """What a reader that takes white space off the ends of values makes of them."""
    return {name: [value.strip() for value in values] for name, values in attributes.items()}
