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


# What a document may start with or contain, and where that is defined.
SCHEMA = f"""
<schema xmlns="http://www.w3.org/2001/XMLSchema">
  <import namespace="urn:oasis:names:tc:SAML:2.0:protocol"
      schemaLocation="file://{OASIS}/saml-schema-protocol-2.0.xsd"/>
  <import namespace="urn:oasis:names:tc:SAML:2.0:metadata"
      schemaLocation="file://{OASIS}/saml-schema-metadata-2.0.xsd"/>
  <import namespace="http://www.w3.org/2009/xmlenc11#" schemaLocation="file://{W3C}/xenc11-schema.xsd"/>
</schema>"""


def judge(case: dict) -> None:
    validate(case["xml"])
    if not case["denied"]:
        validate(case["assertion_xml"])


def validate(document: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / "all.xsd"
        schema.write_text(SCHEMA.strip())
        catalog = Path(folder) / "catalog.xml"
        catalog.write_text(
            '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
            + "".join(
                f'<system systemId="{name}" uri="file://{W3C}/{file}"/>' for name, file in IMPORTS.items()
            )
            + "</catalog>"
        )
        done = subprocess.run(
            ["xmllint", "--nonet", "--noout", "--schema", str(schema), "-"],
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
