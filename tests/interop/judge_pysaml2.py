"""Judge: pysaml2 takes the response and reads the expected values."""

import logging
import sys
import warnings
from itertools import zip_longest

import metadata
import verdict
from saml2 import BINDING_HTTP_POST
from saml2.attribute_converter import AttributeConverter
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.response import StatusError
from verdict import Refused, expect, expect_attributes, stripped


def judge(case: dict) -> None:
    outstanding = {case["in_response_to"]: case["relay_state"]} if case["in_response_to"] else {}
    service_provider = client(case)
    try:
        response = service_provider.parse_authn_request_response(
            case["response"].decode(), BINDING_HTTP_POST, outstanding=outstanding
        )
    except StatusError as error:  # the whole status as XML, then a line with its message
        raise Refused(f"{type(error).__name__}: {str(error).splitlines()[-1]}") from error
    except Exception as error:  # it raises its own errors, and whatever its parts raise
        raise Refused(f"{type(error).__name__}: {error}") from error
    if response is None or response.assertion is None:
        raise Refused("no assertion was accepted")

    subject = response.get_subject()
    expect("NameID", subject.text, case["expected_name_id"])
    expect("NameID format", subject.format, case["expected_name_id_format"])
    classes = [authentication[0] for authentication in response.authn_info()]
    expect("authentication contexts", classes, [case["expected_authn_context"]])
    expected = stripped(case["expected_attributes"])
    found = {
        name: [as_written(*pair) for pair in zip_longest(values, expected.get(name, []))]
        for name, values in response.ava.items()
    }
    expect_attributes(found, expected)


def as_written(found: str, expected: str) -> str:
    """It makes floats of xs:double; a number that is written another way is the same number."""
    try:
        return expected if repr(float(expected)) == found else found
    except (TypeError, ValueError):
        return found


def client(case: dict) -> Saml2Client:
    config = SPConfig().load(
        {
            "entityid": case["audience"],
            "key_file": case["sp_key_file"],
            "cert_file": case["sp_cert_file"],
            "encryption_keypairs": [{"key_file": case["sp_key_file"], "cert_file": case["sp_cert_file"]}],
            "metadata": {"inline": [metadata.issuer(case)]},
            "allow_unknown_attributes": True,
            "accepted_time_diff": 0,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(case["acs_url"], BINDING_HTTP_POST)]},
                    "allow_unsolicited": case["in_response_to"] is None,
                    "want_assertions_signed": case["signed"] in ("assertion", "both"),
                    "want_response_signed": case["signed"] in ("response", "both"),
                }
            },
        }
    )
    config.attribute_converters = [AttributeConverter()]  # names as they are, not the usual short ones
    return Saml2Client(config)


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")  # that an unsigned denial is taken
    sys.exit(verdict.run("pysaml2", judge, tells_status=True))
