"""Metadata of issuer and service provider, as the service provider has them before the first login."""

from pathlib import Path
from xml.sax.saxutils import quoteattr


def issuer(case: dict) -> str:
    return f"""
        <md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
            xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID={quoteattr(case["idp_issuer"])}>
          <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
            <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
              <ds:X509Certificate>{certificate(case["idp_cert_file"])}</ds:X509Certificate>
            </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
            <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
                Location="https://idp.test/samlp/{case["client"]}"/>
          </md:IDPSSODescriptor>
        </md:EntityDescriptor>""".strip()


def service_provider(case: dict, acs_url: str) -> str:
    return f"""
        <md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
            entityID={quoteattr(case["audience"])}>
          <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
            <md:AssertionConsumerService index="0" isDefault="true"
                Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location={quoteattr(acs_url)}/>
          </md:SPSSODescriptor>
        </md:EntityDescriptor>""".strip()


def certificate(file: str) -> str:
    """The base64 of a PEM file."""
    return "".join(line for line in Path(file).read_text().splitlines() if not line.startswith("-----"))
