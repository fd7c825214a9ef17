"""Tests that are functions named after their rows: `run` carries out those of a module, `check` is what they ask."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path


def check(is_so: object, what: str) -> None:
    if not is_so:
        raise AssertionError(what)


def run(rows: dict[str, Callable], only: list[str], *given: object) -> int:
    """Carries out the functions whose names begin with a row (`op_01_`) or `attack_`; the exit status."""
    passed = failed = 0
    for name, row in rows.items():
        kind, _, rest = name.partition("_")
        is_row = kind == "attack" or (kind in ("ld", "op", "rt", "se", "sr", "st") and rest[:2].isdigit())
        if not is_row or not callable(row) or (only and not any(part in name for part in only)):
            continue
        began = time.monotonic()
        try:
            row(*given)
            told = ""
        except AssertionError as error:
            told = str(error)
        except Exception:
            told = traceback.format_exc()
        passed, failed = passed + (not told), failed + bool(told)
        took = time.monotonic() - began
        print(f"{'FAILED' if told else 'ok':7} {name} ({took:.1f} s){': ' if told else ''}{told}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def arguments(given: list[str]) -> tuple[Path, list[str]]:
    """The path of postlogin, and the names that were asked for."""
    return Path(given[1]).resolve(), [name for name in given[2:] if name != "--long"]
