"""Judge: ruby-saml takes the response and reads the expected values; ruby_saml.rb asks it."""

import json
import subprocess
import sys
from pathlib import Path

import verdict
from verdict import Refused, expect, expect_attributes

READER = Path(__file__).with_name("ruby_saml.rb")


def main() -> int:
    with subprocess.Popen(
        ["ruby", "-W0", str(READER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        status = verdict.run("ruby-saml", lambda case: judge(reader, case), tells_status=True)
        reader.stdin.close()
    return status


def judge(reader: subprocess.Popen, case: dict) -> None:
    told = {member: value for member, value in case.items() if not isinstance(value, bytes)}
    reader.stdin.write(json.dumps(told | {"response": case["response"].decode()}) + "\n")
    reader.stdin.flush()
    answer = reader.stdout.readline() or sys.exit("the Ruby process ended")
    found = json.loads(answer)
    if "refused" in found:
        raise Refused(found["refused"])
    expect("NameID", found["name_id"], case["expected_name_id"])
    expect("NameID format", found["name_id_format"], case["expected_name_id_format"])
    expect("InResponseTo", found["in_response_to"], case["in_response_to"])
    expect_attributes(found["attributes"], case["expected_attributes"])


if __name__ == "__main__":
    sys.exit(main())
