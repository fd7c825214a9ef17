"""Checks that the licence of every dependency is in the list of deny.toml, and that nothing but tests needs a
banned crate.

Reads `cargo metadata`, so it sees all platforms and features. A licence expression passes when its
parts that are joined with AND are all allowed, and at least one of those joined with OR.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    allowed = set(rules["licenses"]["allow"])
    banned = {ban["name"]: ban["reason"] for ban in rules["bans"]["deny"] if "wrappers" not in ban}
    packages, product = dependencies()
    problems = [
        f"{name} {version}: {licence or 'no licence is stated'} is not in the list of deny.toml"
        for name, version, licence in packages
        if not (licence and permits(licence, allowed))
    ] + [f"{name} {version} is banned: {banned[name]}" for name, version, _ in product if name in banned]
    for problem in problems:
        print(problem)
    print(f"licences of {len(packages)} packages, {len(problems)} problems")
    return 1 if problems else 0


Package = tuple[str, str, str | None]


def dependencies() -> tuple[list[Package], list[Package]]:
    """Name, version and licence of all packages, and of those that are needed without tests."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    metadata = json.loads(output)
    packages = {p["id"]: (p["name"], p["version"], p["license"]) for p in metadata["packages"]}
    needs = {
        node["id"]: [d["pkg"] for d in node["deps"] if any(kind["kind"] != "dev" for kind in d["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    needed: set[str] = set()
    left = list(metadata["workspace_members"])
    while left:
        package = left.pop()
        if package not in needed:
            needed.add(package)
            left.extend(needs[package])
    return sorted(packages.values()), sorted(packages[package] for package in needed)


def permits(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with allowed licences; `/` is the old spelling of OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def any_of() -> bool:
        result = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = all_of() or result
        return result

    def all_of() -> bool:
        result = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = one() and result
        return result

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            result = any_of()
            tokens.pop(0)
            return result
        if tokens and tokens[0] == "WITH":
            token = f"{token} WITH {tokens[1]}"
            del tokens[:2]
        return token in allowed

    return any_of() and not tokens


if __name__ == "__main__":
    sys.exit(main())
