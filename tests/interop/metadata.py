"""Metadata of issuer and service provider, as the service provider has them before the first login."""

import subprocess
from pathlib import Path
from xml.sax.saxutils import quoteattr

import saml_xml
from verdict import Refused


def check(postlogin: str | Path, tenant: Path) -> None:
    """`check --strict` finds nothing but what the service provider itself asks for: algorithms that are out of date, few attributes."""
    done = subprocess.run([postlogin, "check", tenant, "--strict"], capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if not line.startswith("  help: ")][:-1]
    others = [line for line in found if not line.endswith(tuple(f"({code})" for code in ADVICE))]
    if others or done.stderr or bool(found) != bool(done.returncode):
        raise Refused(f"postlogin check {tenant} --strict: {done.stderr}{done.stdout}")


def issuer(case: dict) -> str | None:
    """What `postlogin metadata` prints; with the issuer and certificate of the case where those are others.

    None where the service provider was told of no issuer yet. Cases of the conformance suite have no such
    document, and get one that is written here.
    """
    if "idp_metadata_file" not in case:
        return written(case)
    if case["idp_metadata_file"] is None:
        return None
    published = Path(case["idp_metadata_file"]).read_text()
    if told(published) == known(case):
        return published
    entity = saml_xml.parse(published.encode())
    entity.set("entityID", case["idp_issuer"])
    saml_xml.find(entity, ".//ds:X509Certificate").text = certificate(case["idp_cert_file"])
    return saml_xml.serialise(entity).decode()


def told(published: str) -> tuple[str, str]:
    """Issuer and certificate in a document."""
    entity = saml_xml.parse(published.encode())
    return entity.get("entityID"), saml_xml.find(entity, ".//ds:X509Certificate").text


def known(case: dict) -> tuple[str, str]:
    """Issuer and certificate that the service provider of the case must know."""
    return case["idp_issuer"], certificate(case["idp_cert_file"])


def written(case: dict) -> str:
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


ADVICE = ("cbc_deprecated", "rsa_exponent_3", "saml_attributes_not_requested", "sha1_deprecated")
