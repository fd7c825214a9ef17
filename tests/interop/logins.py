"""Whole lives of the service providers in Apache, from their own metadata to a login.

    logins.py POSTLOGIN

Before there is an issuer each makes its metadata, Shibboleth with its handler and mod_auth_mellon with its
script, and `postlogin import-sp` takes it. Then it is started with what `postlogin metadata` prints for that
client. The protected page sends the browser to the issuer with a request of the service provider's own
making; what `postlogin run` answers to it goes back. An answer to somebody else's request is shown as well.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import apache
import export
import judge_mellon
import judge_schema
import judge_shibboleth
import metadata
from verdict import Refused, expect, one_line, shortened


def main(postlogin: str) -> int:
    passed = failed = 0
    for service_provider in (Shibboleth(postlogin), SilentShibboleth(postlogin), Mellon(postlogin)):
        with apache.folder() as service_provider.private:
            for title, step, is_wanted in service_provider.steps():
                reason = refusal(step)
                good = (reason is None) == is_wanted
                passed, failed = passed + good, failed + (not good)
                told = f"refused: {shortened(reason)}" if reason else "taken"
                print(f"{'ok' if good else 'FAILED':7} {service_provider.name:13} {title}: {told}")
                if not good:  # the next step needs this one
                    break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def refusal(step: Callable[[], None]) -> str | None:
    try:
        step()
    except Refused as reason:
        return one_line(str(reason))
    return None


class ServiceProvider:
    """What both have in common. `private` is the folder that it and its tenant live in."""

    name: str
    # Where it takes responses, and where it shows its metadata.
    endpoint: str
    shown: str
    # What it does not see.
    blind = ""
    signs_requests = True
    private: Path

    def __init__(self, postlogin: str):
        self.postlogin = postlogin
        self.case = {
            "name": self.name,
            "acs_url": f"https://sp.test/{self.endpoint}",
            "audience": f"https://sp.test/{self.name}",
            "in_response_to": "of its own making",
            "signed": "assertion",
            "sp_key_file": str(export.CERTS / "sp.key"),
            "sp_cert_file": str(export.CERTS / "sp.crt"),
            "idp_issuer": f"urn:{export.DOMAIN}",
            "idp_cert_file": str(export.CERTS / "idp.crt"),
            "idp_metadata_file": None,
            "signs_requests": self.signs_requests,
            "expected_name_id": "auth0|ada",
            "expected_name_id_format": export.UNSPECIFIED,
            "expected_authn_context": export.AUTHN_UNSPECIFIED,
            "assertion_xml": b"",
        }

    def steps(self) -> list[tuple[str, Callable[[], None], bool]]:
        """In order, and whether it should come to a good end."""
        return [
            ("its metadata is imported", self.is_imported, True),
            ("the metadata that it shows says the same", self.says_the_same, True),
            (f"own {'signed' if self.signs_requests else 'unsigned'} request", self.logs_in, True),
            (f"request of somebody else{self.blind}", self.takes_a_foreign_answer, bool(self.blind)),
        ]

    def is_imported(self) -> None:
        tenant = self.private / "tenant"
        tenant.mkdir()
        shutil.copy(export.TENANT / "users.json", tenant)
        (tenant / "postlogin.toml").write_text(
            f'domain = "{export.DOMAIN}"\n[keys]\n'
            f'current = "{export.CERTS}/idp.key"\ncurrent_cert = "{export.CERTS}/idp.crt"\n'
        )
        report = self.imported(self.metadata(), "--name", self.name)
        expect("outcome", report["outcome"], "created")
        expect("entity id", report["entity_id"], self.case["audience"])
        taken = {taken["member"] for taken in report["taken"]}
        signs = "addons.samlp.signingCert" in taken
        expect("that its signatures will be checked", signs, self.case["signs_requests"])
        if "addons.samlp.encryptionCert" not in taken:
            raise Refused("encryptionCert was not taken")
        metadata.check(self.postlogin, tenant)
        published = self.private / "idp.xml"
        published.write_text(self.run("metadata", tenant, "--client", self.name))
        # Otherwise it would be told what is right, not what is published.
        expect("what is published", metadata.told(published.read_text()), metadata.known(self.case))
        attributes = tomllib.loads((export.HERE / "variants.toml").read_text())["attributes"]["ada"]
        self.case |= {
            "idp_metadata_file": str(published),
            "expected_attributes": {
                name: [value.replace("{client}", report["client"]["client_id"]) for value in values]
                for name, values in attributes.items()
            },
        }

    def says_the_same(self) -> None:
        expect("outcome", self.imported(self.shown_metadata())["outcome"], "unchanged")

    def shown_metadata(self) -> bytes:
        with self.judge.running(self.private, {"login": self.case}) as port:
            answer = apache.Host(port, "login").get(f"/{self.shown}")
        expect("status of its metadata", answer.status, 200)
        return answer.body

    def imported(self, document: bytes, *options: str) -> dict:
        judge_schema.validate(document)
        (self.private / "sp.xml").write_bytes(document)
        return json.loads(self.run("import-sp", self.private / "sp.xml", self.private / "tenant", *options))

    def logs_in(self) -> None:
        with self.judge.running(self.private, {"login": self.case}) as port:
            visitor = apache.Host(port, "login")
            response, relay_state = self.answer(ask(visitor))
            self.judge.compare(self.post(visitor, response, relay_state), self.case)

    def takes_a_foreign_answer(self) -> None:
        """The visitor's own relay state, and a response to the request of another one."""
        with self.judge.running(self.private, {"login": self.case}) as port:
            visitor, other = apache.Host(port, "login"), apache.Host(port, "login")
            _, relay_state = self.answer(ask(visitor))
            response, _ = self.answer(ask(other))
            self.post(visitor, response, relay_state)

    def answer(self, query: str) -> tuple[str, str]:
        request = self.private / "request"
        request.write_text(query)
        command = ["run", self.private / "tenant", "--client", self.name, "--user", "auth0|ada"]
        saml = json.loads(self.run(*command, "--authn-request", request, "--format", "json"))["saml"]
        expect("URL of the answer", saml["acs_url"], self.case["acs_url"])
        return saml["response"], saml["relay_state"]

    def run(self, *arguments: str | Path) -> str:
        done = subprocess.run([self.postlogin, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise Refused(f"postlogin {' '.join(map(str, arguments))}: {done.stderr}{done.stdout}")
        return done.stdout


class Shibboleth(ServiceProvider):
    name = "shibboleth"
    endpoint = "Shibboleth.sso/POST"
    shown = f"Shibboleth.sso/{judge_shibboleth.METADATA}"
    judge = judge_shibboleth

    def metadata(self) -> bytes:
        return self.shown_metadata()

    def post(self, visitor: apache.Host, response: str, relay_state: str) -> dict[str, str]:
        return judge_shibboleth.post(visitor, self.case, response, relay_state)


class SilentShibboleth(Shibboleth):
    """As it is when nobody says anything about signing."""

    signs_requests = False


class Mellon(ServiceProvider):
    name = "mellon"
    endpoint = f"mellon/{judge_mellon.ENDPOINT}"
    shown = "mellon/metadata"
    judge = judge_mellon
    blind = "; known: it never compares InResponseTo"

    def metadata(self) -> bytes:
        """Made with a key pair by its script; without an issuer it does not start."""
        folder = self.private / "made"
        folder.mkdir()
        url = "https://sp.test/mellon"
        command = ["mellon_create_metadata", self.case["audience"], url]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        for kind, member in (("key", "sp_key_file"), ("cert", "sp_cert_file"), ("xml", "sp_metadata_file")):
            self.case[member] = str(next(folder.glob(f"*.{kind}")))
        return Path(self.case["sp_metadata_file"]).read_bytes()

    def post(self, visitor: apache.Host, response: str, relay_state: str) -> dict[str, str]:
        return judge_mellon.post(visitor, self.case, response, relay_state, self.private / "error.log")


def ask(visitor: apache.Host) -> str:
    """Follows the page to the issuer; the query that the issuer gets."""
    location = visitor.get(apache.PAGE).location
    while urlsplit(location).netloc == "sp.test":
        location = visitor.get(f"{urlsplit(location).path}?{urlsplit(location).query}").location
    if "SAMLRequest" not in parse_qs(urlsplit(location).query):
        raise AssertionError(f"no request was made; the page leads to {location!r}")
    return urlsplit(location).query


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
