"""Reading and taking apart SAML documents in the tests; decides nothing about them."""

import base64
from datetime import datetime

import xmlsec
from lxml import etree

NAMESPACES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
# Transform and length of the key in bits.
CIPHERS = {
    "aes128-cbc": (xmlsec.Transform.AES128, 128),
    "aes128-gcm": (xmlsec.Transform.AES128_GCM, 128),
    "aes256-cbc": (xmlsec.Transform.AES256, 256),
    "aes256-gcm": (xmlsec.Transform.AES256_GCM, 256),
}


def parse(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))


def serialise(element: etree._Element) -> bytes:
    return etree.tostring(element, with_tail=False)


def find(element: etree._Element, path: str) -> etree._Element:
    found = element.xpath(path, namespaces=NAMESPACES)
    if len(found) != 1:
        raise ValueError(f"{len(found)} elements at {path}, expected one")
    return found[0]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def lifetime(assertion: etree._Element) -> float:
    conditions = find(assertion, "saml:Conditions")
    return (instant(conditions.get("NotOnOrAfter")) - instant(conditions.get("NotBefore"))).total_seconds()


def exclusive_c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)


def encrypt(response: etree._Element, assertion: bytes, cipher: str, sp_cert_file: str) -> None:
    """Puts an encrypted assertion in the place of the one that is there."""
    place = find(response, "saml:EncryptedAssertion")
    for child in list(place):
        place.remove(child)
    transform, bits = CIPHERS[cipher]
    template = xmlsec.template.encrypted_data_create(
        place, transform, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    key_info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    encrypted_key = xmlsec.template.add_encrypted_key(key_info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(encrypted_key)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_file(sp_cert_file, xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, bits, xmlsec.KeyDataType.SESSION)
    place.append(context.encrypt_binary(template, assertion))


def flip_ciphertext(response: etree._Element) -> None:
    """Changes one bit in the middle of the encrypted assertion."""
    value = find(response, "saml:EncryptedAssertion/xenc:EncryptedData/xenc:CipherData/xenc:CipherValue")
    octets = bytearray(base64.b64decode(value.text))
    octets[len(octets) // 2] ^= 1
    value.text = base64.b64encode(octets).decode()
