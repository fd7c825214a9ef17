"""Judge: mod_auth_mellon in Apache lets the user in, and its application is told the expected values.

The response is posted to the assertion consumer service; then the protected page is asked.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit
from xml.sax.saxutils import unescape

import apache
import metadata
import verdict
from verdict import Refused, expect, expect_attributes

# What it names its assertion consumer service, under MellonEndpointPath.
ENDPOINT = "postResponse"
# What it tells as if they were attributes.
OF_ITS_OWN = {"MELLON_ASSERTION_ID", "MELLON_NAME_ID"}


def main(folder: Path) -> int:
    shown = verdict.shown("mellon", folder)
    names = {verdict.title(case): f"case-{number}" for number, case in enumerate(shown)}
    named = {names[verdict.title(case)]: case for case in shown}
    with apache.folder() as private, running(private, named) as port:
        log = private / "error.log"
        return verdict.run(
            "mellon",
            lambda case: judge(apache.Host(port, names[verdict.title(case)]), case, log),
            tells_status=True,
        )


@contextmanager
def running(private: Path, named: dict[str, dict]) -> Iterator[int]:
    """Runs it with a virtual host of each name, and gives the port."""
    for file in {case[member] for case in named.values() for member in ("sp_key_file", "sp_cert_file")}:
        shutil.copy(file, private)
        (private / Path(file).name).chmod(0o644)
    hosts = [virtual_host(private, name, case) for name, case in named.items()]
    settings = f"LoadModule auth_mellon_module {apache.MODULES}/mod_auth_mellon.so\nMellonCacheSize 1000"
    with apache.server(private, ["authz_user"], settings, hosts) as port:
        yield port


def judge(host: apache.Host, case: dict, log: Path) -> None:
    if case.get("shown_before"):
        before = apache.Host(host.port, host.name)
        with verdict.taken_before():
            log_in(before, case, log)
        try:
            log_in(host, case, log)
        finally:
            log_out(before, case)
        return
    found = log_in(host, case, log)
    try:
        compare(found, case)
    finally:
        log_out(host, case)


def compare(found: dict[str, str], case: dict) -> None:
    """Whether the protected page was told what the case expects."""
    expect("NameID", unescape(found["MELLON_NAME_ID"]), case["expected_name_id"])
    ids = {f"a{number}": name for number, name in enumerate(attribute_names(case))}
    expect_attributes(
        {name: values(found, key) for key, name in ids.items() if key in found} | unmapped(found),
        case["expected_attributes"],
    )


def log_in(host: apache.Host, case: dict, log: Path) -> dict[str, str]:
    if host.environment() is not None:
        raise AssertionError("the page is open without a login")
    page = urljoin(case["acs_url"], apache.PAGE)
    if case["in_response_to"]:
        ask_to_log_in(host)
    return post(host, case, case["response"].decode(), page, log)


def post(host: apache.Host, case: dict, response: str, relay_state: str, log: Path) -> dict[str, str]:
    """What the protected page is told after the response was posted."""
    written = log.stat().st_size
    fields = {"SAMLResponse": response, "RelayState": relay_state}
    answer = host.post(urlsplit(case["acs_url"]).path, fields)
    if answer.location != urljoin(case["acs_url"], apache.PAGE):
        with log.open("rb") as lines:
            lines.seek(written)
            told = lines.read().decode(errors="replace").splitlines()
        raise Refused(f"status {answer.status}; {'; '.join(line.rpartition('] ')[2] for line in told)}")
    return host.environment() or apache.closed(answer)


def ask_to_log_in(host: apache.Host) -> None:
    """From the closed page to its login and on to the issuer; of that it keeps a cookie, and no request id."""
    login = urlsplit(host.get(apache.PAGE).location)
    answer = host.get(f"{login.path}?{login.query}")
    if "SAMLRequest=" not in answer.location:
        raise AssertionError(f"no login was begun: {answer}")


def log_out(host: apache.Host, case: dict) -> None:
    """Ends the session, with which it forgets the assertion: a good one is shown with several settings."""
    page = urljoin(case["acs_url"], apache.PAGE)
    host.get(f"{folder_of(case)}/invalidate?ReturnTo={quote(page, safe='')}")
    if host.environment() is not None:
        raise AssertionError("the page is open after the session was ended")


def values(found: dict[str, str], key: str) -> list[str]:
    """The values of an attribute. It hands on the XML of what stands there: markup stays escaped."""
    return [unescape(found[f"{key}_{number}"]) for number in range(int(found[f"{key}_N"]))]


def unmapped(found: dict[str, str]) -> dict[str, list[str]]:
    """Attributes that have no variable of their own: nobody expects them."""
    counted = {name.removesuffix("_N") for name in found if name.startswith("MELLON_") and name.endswith("_N")}
    return {name: values(found, name) for name in counted - OF_ITS_OWN}


def folder_of(case: dict) -> str:
    return urlsplit(case["acs_url"]).path.rpartition("/")[0]


def attribute_names(case: dict) -> list[str]:
    return sorted(case.get("expected_attributes", {}))


def virtual_host(private: Path, name: str, case: dict) -> str:
    provider = ""
    if (issuer := metadata.issuer(case)) is not None:
        (private / f"{name}.metadata.xml").write_text(issuer)
        provider = f"MellonIdPMetadataFile {private}/{name}.metadata.xml"
    path = urlsplit(case["acs_url"]).path
    folder = folder_of(case)
    key, certificate = (private / Path(case[file]).name for file in ("sp_key_file", "sp_cert_file"))
    own = private / f"{name}.sp.xml"
    if "sp_metadata_file" in case:
        shutil.copy(case["sp_metadata_file"], own)
    else:
        own.write_text(metadata.service_provider(case, urljoin(case["acs_url"], f"{folder}/{ENDPOINT}")))
    variables = "\n".join(
        f"MellonSetEnvNoPrefix a{number} {apache.quoted(original)}"
        for number, original in enumerate(attribute_names(case))
    )
    return apache.virtual_host(
        name,
        case["acs_url"],
        f"""
        RewriteEngine On
        RewriteRule ^{path}$ {folder}/{ENDPOINT} [PT]
        <Location />
          MellonEnable info
          MellonEndpointPath {folder}
          MellonEnabledInvalidateSessionEndpoint On
          MellonSPMetadataFile {own}
          MellonSPPrivateKeyFile {key}
          MellonSPCertFile {certificate}
          {provider}
          MellonRedirectDomains *
          MellonSecureCookie On
          MellonEnvVarsSetCount On
          MellonEnvVarsIndexStart 0
          {variables}
        </Location>
        <Location {apache.PAGE}>
          MellonEnable auth
          AuthType Mellon
          Require valid-user
        </Location>""",
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
