"""The conformance suite on Node.js: the same results as on the embedded engine.

    suite.py POSTLOGIN [--all]

Without --all: three cases of each method, and every fifth of the others. Texts that differ by engine stand in
differs.toml, each with its reason; nothing else may.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import local

CASES_OF_A_METHOD = 3
EVERY = 5


def main(postlogin: str, every: bool) -> int:
    folder = local.MADE / "suite"
    chosen = cases() if every else some(cases())
    copy(chosen, folder)
    problems = rewrite(folder / "fixtures/cases", chosen)
    for problem in problems:
        print(f"FAILED {problem}")
    print(f"{len(chosen)} cases of the conformance suite on Node.js")
    done = subprocess.run([
        Path(postlogin).resolve(), "test", folder / "fixtures/cases", "--engine", "node", "--node", local.node(),
    ])
    return min(done.returncode + len(problems), 1)


def cases() -> list[Path]:
    """The cases of logins whose Actions run, in name order."""
    folder = local.ROOT / "fixtures/cases"
    found = sorted(path.parent for path in folder.rglob("case.toml"))
    return [case.relative_to(folder) for case in found if not (case / "commands.json").exists()]


def some(every: list[Path]) -> list[Path]:
    chosen, seen, others = set(), {}, []
    for case in every:
        new = [method for method in methods(case) if seen.get(method, 0) < CASES_OF_A_METHOD]
        for method in new:
            seen[method] = seen.get(method, 0) + 1
        (chosen.add if new else others.append)(case)
    return sorted(chosen | set(others[::EVERY]))


def methods(case: Path) -> set[str]:
    """The methods that the Actions of a case call by their names."""
    folder = local.ROOT / "fixtures/cases" / case
    actions = tomllib.loads((folder / "case.toml").read_text()).get("actions", [])
    files = [*folder.glob("actions/*.js"), *(folder / action for action in actions)]
    return {name for file in files for name in re.findall(r"\bapi\.(\w+\.\w+)", file.read_text())}


def copy(chosen: list[Path], folder: Path) -> None:
    """Copies the fixtures, of the cases those that are chosen; what lies beside the fixtures is a link."""
    source = local.ROOT / "fixtures/cases"
    left_out = {path.parent for path in source.rglob("case.toml")} - {source / case for case in chosen}
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        local.ROOT / "fixtures", folder / "fixtures",
        ignore=lambda where, names: [name for name in names if Path(where, name) in left_out],
    )
    os.symlink(local.ROOT / "certs", folder / "certs")


def rewrite(folder: Path, chosen: list[Path]) -> list[str]:
    """Puts the texts of Node.js in the place of the embedded engine's, and says which entries are of no use."""
    problems = []
    for entry in tomllib.loads((local.HERE / "differs.toml").read_text()).get("text", []):
        case = Path(entry["case"])
        if case not in chosen:
            if not (local.ROOT / "fixtures/cases" / case).is_dir():
                problems.append(f"differs.toml: there is no case {case}")
            continue
        for file in (folder / case).glob("expected.*"):
            old = file.read_text()
            if entry["embedded"] in old:
                file.write_text(old.replace(entry["embedded"], entry["node"]))
                break
        else:
            problems.append(f"differs.toml: {case} does not expect {entry['embedded']!r}")
    return problems


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--all" in sys.argv[2:]))
