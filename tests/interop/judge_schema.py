"""Judge: every response is valid by the OASIS schemas of SAML 2.0, and so is the plain assertion.

`xmllint` validates, by the schemas of `oasis.py`.
"""

import subprocess
import sys

import oasis
import verdict
from verdict import Refused


def judge(case: dict) -> None:
    validate(case["xml"])
    if not case["denied"]:
        validate(case["assertion_xml"])


def validate(document: bytes) -> None:
    with oasis.schema() as (path, environment):
        done = subprocess.run(
            ["xmllint", "--nonet", "--noout", "--schema", path, "-"],
            input=document,
            capture_output=True,
            env=environment,
        )
    match done.returncode:
        case 0:
            return
        case 1 | 3:  # not well-formed, not valid
            lines = done.stderr.decode().splitlines()
            raise Refused("; ".join(line for line in lines if "error :" in line))
        case status:
            sys.exit(f"xmllint cannot work, exit status {status}: {done.stderr.decode()}")


if __name__ == "__main__":
    sys.exit(verdict.run("schema", judge, tells_status=False))
