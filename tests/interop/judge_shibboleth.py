"""Judge: a Shibboleth SP behind Apache lets the user in, and its application is told the expected values.

One shibd holds an application for each case, with the entity id, keys and issuer that the service provider
of the case has. The response is posted to its assertion consumer service; then the protected page is asked.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urljoin, urlsplit
from xml.sax.saxutils import quoteattr

import apache
import metadata
import saml_xml
import verdict
from verdict import Refused, expect, expect_attributes

SHIBD = "/usr/sbin/shibd"
CONFIG = "urn:mace:shibboleth:3.0:native:sp:config"
# Where it writes its own metadata, under its handlers.
METADATA = "Metadata"
# Where it sends the browser with its reason.
REFUSED = "/refused"
REASONS = ("errorType", "errorText", "statusMessage")
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"


def main(folder: Path) -> int:
    shown = verdict.shown("shibboleth", folder)
    names = {verdict.title(case): f"case-{number}" for number, case in enumerate(shown)}
    named = {names[verdict.title(case)]: case for case in shown}
    with apache.folder() as private, running(private, named) as port:
        return verdict.run(
            "shibboleth",
            lambda case: judge(apache.Host(port, names[verdict.title(case)]), case),
            tells_status=True,
        )


@contextmanager
def running(private: Path, named: dict[str, dict]) -> Iterator[int]:
    """Runs it with a virtual host and an application of each name, and gives the port."""
    for name, case in named.items():
        configure(private, name, case)
    hosts = [virtual_host(name, case) for name, case in named.items()]
    (private / "shibboleth2.xml").write_text(sp_config(private, named))
    with shibd(private), apache.server(private, ["authz_user"], settings(private), hosts) as port:
        yield port


def judge(host: apache.Host, case: dict) -> None:
    if case.get("shown_before"):
        with verdict.taken_before():
            log_in(apache.Host(host.port, host.name), case)
    compare(log_in(host, case), case)


def compare(found: dict[str, str], case: dict) -> None:
    """Whether the protected page was told what the case expects."""
    expect("NameID", found.get("name_id"), f"{case['expected_name_id_format']}!!{case['expected_name_id']}")
    expect("authentication context", found.get("Shib_AuthnContext_Class"), case["expected_authn_context"])
    ids = {f"a{number}": name for number, name in enumerate(attribute_names(case))}
    expect_attributes(
        {ids[key]: split(value) for key, value in found.items() if key in ids}, case["expected_attributes"]
    )


def log_in(host: apache.Host, case: dict) -> dict[str, str]:
    if host.environment() is not None:
        raise AssertionError("the page is open without a login")
    page = urljoin(case["acs_url"], apache.PAGE)
    host.cookies.clear()
    if case["in_response_to"]:
        host.cookies["_opensaml_req_" + quote(page, safe="")] = quote(case["in_response_to"], safe="")
    return post(host, case, case["response"].decode(), page)


def post(host: apache.Host, case: dict, response: str, relay_state: str) -> dict[str, str]:
    """What the protected page is told after the response was posted."""
    fields = {"SAMLResponse": response, "RelayState": relay_state}
    answer = host.post(urlsplit(case["acs_url"]).path, fields)
    if urlsplit(answer.location).path == REFUSED:
        told = parse_qs(urlsplit(answer.location).query)
        raise Refused("; ".join(part for name in REASONS for part in told.get(name, [])))
    if answer.location != urljoin(case["acs_url"], apache.PAGE):
        apache.closed(answer)
    return host.environment() or apache.closed(answer)


def split(value: str) -> list[str]:
    """The values of an attribute: semicolons between them, with a backslash before those inside."""
    return [part.replace("\0", ";") for part in value.replace("\\;", "\0").split(";")]


def attribute_names(case: dict) -> list[str]:
    """All that could be read: what is expected and what stands there. It keeps only names it knows."""
    names = set(case.get("expected_attributes", {}))
    if case["assertion_xml"]:
        path = "saml:AttributeStatement/saml:Attribute/@Name"
        names |= set(saml_xml.parse(case["assertion_xml"]).xpath(path, namespaces=saml_xml.NAMESPACES))
    return sorted(names)


def configure(private: Path, name: str, case: dict) -> None:
    if (issuer := metadata.issuer(case)) is not None:
        (private / f"{name}.metadata.xml").write_text(issuer)
    mapped = "".join(
        f'<Attribute name={attribute(original)}{name_format} id="a{number}"/>'
        for number, original in enumerate(attribute_names(case))
        for name_format in ("", f' nameFormat="{BASIC}"')
    )
    (private / f"{name}.attributes.xml").write_text(
        f"""<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <Attribute name="{case.get("expected_name_id_format", "")}" id="name_id">
            <AttributeDecoder xsi:type="NameIDAttributeDecoder" formatter="$Format!!$Name"/>
          </Attribute>{mapped}</Attributes>"""
    )
    for file in (case["sp_key_file"], case["sp_cert_file"]):
        shutil.copy(file, private)


def sp_config(private: Path, named: dict[str, dict]) -> str:
    applications = "".join(application(private, name, case) for name, case in named.items())
    (private / "policy.xml").write_text(
        f"""
      <SecurityPolicies xmlns="{CONFIG}">
        {policy("unsolicited")}
        {policy("solicited", 'blockUnsolicited="true"')}
        {policy("remembering", memory="true")}
        <ExcludedAlgorithms excludeDefaults="true"/>
      </SecurityPolicies>""".strip()
    )
    (private / "protocols.xml").write_text('<Protocols xmlns="urn:mace:shibboleth:2.0:native:sp:protocols"/>')
    (private / "shibd.logger").write_text(logger(private / "shibd.log"))
    (private / "native.logger").write_text(logger(private / "native.log"))
    return f"""
      <SPConfig xmlns="{CONFIG}" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" clockSkew="0">
        <OutOfProcess logger="{private}/shibd.logger"/>
        <InProcess logger="{private}/native.logger"/>
        <UnixListener address="{private}/shibd.sock"/>
        <StorageService type="Memory" id="memory"/>
        <SessionCache type="StorageService" StorageService="memory"/>
        <ReplayCache StorageService="memory"/>
        <ArtifactMap artifactTTL="180"/>
        <RequestMapper type="Native"><RequestMap/></RequestMapper>
        <ApplicationDefaults entityID="https://sp.test/nobody" policyId="unsolicited" REMOTE_USER="name_id">
          <Sessions lifetime="3600" timeout="3600" checkAddress="false" handlerSSL="true" cookieProps="https"
              handlerURL="/nobody"/>
          <Errors redirectErrors="{REFUSED}"/>
          {applications}
        </ApplicationDefaults>
        <SecurityPolicyProvider type="XML" validate="false" path="{private}/policy.xml"/>
        <ProtocolProvider type="XML" validate="false" path="{private}/protocols.xml"/>
      </SPConfig>""".strip()


def policy(name: str, block: str = "", memory: str = "false") -> str:
    """Debian's policy. It remembers messages only where that is judged: a good one is shown several times."""
    return f"""
      <Policy id="{name}" validate="false">
        <PolicyRule type="MessageFlow" checkReplay="{memory}" expires="86400" {block}/>
        <PolicyRule type="Conditions"><PolicyRule type="Audience"/></PolicyRule>
        <PolicyRule type="XMLSigning" errorFatal="true"/>
        <PolicyRule type="Bearer" {block}/>
      </Policy>"""


def application(private: Path, name: str, case: dict) -> str:
    acs = urlsplit(case["acs_url"])
    handler, _, location = acs.path.rpartition("/")
    key, certificate = (private / Path(case[file]).name for file in ("sp_key_file", "sp_cert_file"))
    policy_id = "solicited" if case["in_response_to"] else "unsolicited"
    if case.get("shown_before"):
        policy_id = "remembering"
    issuer = private / f"{name}.metadata.xml"
    provider = f'<MetadataProvider type="XML" validate="false" path="{issuer}"/>' if issuer.exists() else ""
    return f"""
      <ApplicationOverride id="{name}" entityID={quoteattr(case["audience"])} policyId="{policy_id}"
          signing="{"true" if case.get("signs_requests") else "false"}"
          requireSignedAssertions="{"true" if case["signed"] in ("assertion", "both") else "false"}">
        <Sessions lifetime="3600" timeout="3600" checkAddress="false" handlerSSL="true" cookieProps="https"
            redirectLimit="none" handlerURL={quoteattr(handler)}>
          <SessionInitiator type="SAML2" isDefault="true" Location="/login"
              entityID={quoteattr(case["idp_issuer"])}/>
          <md:AssertionConsumerService Location="/{location}" index="1"
              Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"/>
          <Handler type="MetadataGenerator" Location="/{METADATA}" signing="false"/>
        </Sessions>
        {provider}
        <AttributeExtractor type="XML" validate="false" path="{private}/{name}.attributes.xml"/>
        <CredentialResolver type="File" key="{key}" certificate="{certificate}"/>
      </ApplicationOverride>"""


def virtual_host(name: str, case: dict) -> str:
    path = urlsplit(case["acs_url"]).path
    return apache.virtual_host(
        name,
        case["acs_url"],
        f"""
        <Location />
          ShibRequestSetting applicationId {name}
        </Location>
        <LocationMatch "^({path}|{path.rpartition("/")[0]}/{METADATA})$">
          SetHandler shib
        </LocationMatch>
        <Location {apache.PAGE}>
          AuthType shibboleth
          ShibRequestSetting requireSession true
          Require shib-session
        </Location>""",
    )


def settings(private: Path) -> str:
    return f"LoadModule mod_shib {apache.MODULES}/mod_shib.so\nShibConfig {private}/shibboleth2.xml"


def logger(file: Path) -> str:
    return f"""
log4j.rootCategory=WARN, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.fileName={file}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{{%H:%M:%S}} %p %c %x: %m%n
"""


@contextmanager
def shibd(private: Path) -> Iterator[None]:
    """Its daemon, with its socket in the private folder."""
    process = subprocess.Popen(
        [SHIBD, "-f", "-F", "-c", str(private / "shibboleth2.xml"), "-p", str(private / "shibd.pid")],
        stdout=(private / "shibd.out").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        apache.wait_for("shibd", process, private, (private / "shibd.sock").exists)
        yield
    finally:
        apache.stop(process)


def attribute(value: str) -> str:
    """As a quoted XML attribute that keeps its white space."""
    return quoteattr(value, {"\t": "&#9;", "\n": "&#10;"})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
