"""Judge: every response is valid by the OASIS schemas of SAML 2.0, and so is the plain assertion.

`xmllint` validates; a catalog made here points every import at the schemas that Debian packages, so
nothing is fetched.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import verdict
from verdict import Refused

OASIS = "/usr/share/xml/opensaml"
W3C = "/usr/share/xml/xmltooling"
IMPORTS = {
    "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd": "xenc-schema.xsd",
    "http://www.w3.org/2001/xml.xsd": "xml.xsd",
}


def judge(case: dict) -> None:
    validate(case["xml"], "saml-schema-protocol-2.0.xsd")
    if not case["denied"]:
        validate(case["assertion_xml"], "saml-schema-assertion-2.0.xsd")


def validate(document: bytes, schema: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder) / "catalog.xml"
        catalog.write_text(
            '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
            + "".join(
                f'<system systemId="{name}" uri="file://{W3C}/{file}"/>' for name, file in IMPORTS.items()
            )
            + "</catalog>"
        )
        done = subprocess.run(
            ["xmllint", "--nonet", "--noout", "--schema", f"{OASIS}/{schema}", "-"],
            input=document,
            capture_output=True,
            env=os.environ | {"XML_CATALOG_FILES": str(catalog)},
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
