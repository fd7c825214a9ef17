"""The OASIS schemas of SAML 2.0 and those of XML Signature and Encryption, for `xmllint`.

A catalog made here points every import at the schemas that Debian packages, so nothing is fetched.
"""

import contextlib
import os
import tempfile
from pathlib import Path

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


@contextlib.contextmanager
def schema():
    """The schema of everything, and the environment in which `xmllint` finds what it imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.xsd"
        path.write_text(SCHEMA.strip())
        catalog = Path(folder) / "catalog.xml"
        catalog.write_text(
            '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
            + "".join(
                f'<system systemId="{name}" uri="file://{W3C}/{file}"/>' for name, file in IMPORTS.items()
            )
            + "</catalog>"
        )
        yield str(path), os.environ | {"XML_CATALOG_FILES": str(catalog)}
