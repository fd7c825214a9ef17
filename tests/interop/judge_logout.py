"""Judge: single logout, the messages of both sides, by HTTP-POST and by HTTP-Redirect.

    judge_logout.py POSTLOGIN

The machine of `saml::logout` is the example program `logout` beside POSTLOGIN. Every service provider writes
its metadata, which `postlogin import-sp` takes, and reads what `postlogin metadata` prints. Each asks for
logout once, with the next one in the session: our LogoutRequest goes to that one, its LogoutResponse comes
back, ours goes to who asked. Then the tenant itself ends a session of all of them. What is tampered with,
unsigned or shown again must be refused on both sides. Our documents are valid by the OASIS schema, and
`xmlsec1` verifies those that are signed in themselves.
"""

import json
import logging
import subprocess
import sys
import tempfile
import warnings
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import judge_schema
import judge_xmlsec1
import saml_xml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from export import CERTS, DOMAIN
from logout_peers import (
    EMAIL,
    EMAIL_FORMAT,
    RELAY_STATE,
    Message,
    NodeSaml,
    Peer,
    Pysaml2,
    Python3Saml,
    RedirectingPysaml2,
)
from verdict import Refused, expect, one_line, shortened

SIGNATURE = "saml_request_signature"


def main(postlogin: str) -> int:
    passed = failed = 0
    peers = [Python3Saml(), Pysaml2(), NodeSaml(), RedirectingPysaml2()]
    with tempfile.TemporaryDirectory() as folder:
        tenant = Tenant(postlogin, Path(folder))
        for peer in peers:
            tenant.introduce(peer)
        machine = Machine(postlogin, tenant.root)
        checks = [
            (f"{asking.name}: {title}", check)
            for asking, other in zip(peers, peers[1:] + peers[:1], strict=True)
            for title, check in logout(machine, asking, other)
        ]
        checks.append(("all: the tenant ends the session of all of them", lambda: everybody(machine, peers)))
        for title, check in checks:
            try:
                note = check() or ""
            except (Refused, NotReached) as reason:
                failed += 1
                print(f"FAILED  logout        {title}: {shortened(one_line(str(reason)))}")
            else:
                passed += 1
                print(f"ok      logout        {title}{note}")
        machine.close()
        for peer in peers:
            if isinstance(peer, NodeSaml):
                peer.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def logout(machine: "Machine", asking: Peer, other: Peer) -> list[tuple[str, Callable[[], str | None]]]:
    """The steps of a logout that `asking` wants, in order."""
    known = Known()
    session = [asking, other]

    def is_not_believed(change: Callable[[Message], Message]) -> Callable[[], None]:
        def check() -> None:
            expect("code", machine.request(asking, change(asking.ask()), session).get("refused"), SIGNATURE)

        return check

    def asks() -> None:
        known["asked"] = asking.ask()
        step = machine.request(asking, known["asked"], session)
        known["waiting"], known["request"] = step.get("waiting"), machine.ours(step, "send")
        known["answer"] = is_told(other, known["request"])

    def asks_again() -> None:
        expect("code", machine.request(asking, known["asked"], session).get("refused"), "saml_replay")

    def means_nobody() -> None:
        step = machine.request(asking, asking.ask(), [other])
        expect("code", step.get("refused"), "saml_logout_unknown")

    def falsely_answered(change: Callable[[Message], Message]) -> Callable[[], str | None]:
        def check() -> str | None:
            step = machine.response(change(known["answer"]), known["waiting"])
            expect("who may be logged in", [one["client_id"] for one in failures(step)], [machine.id_of(other)])
            partial = machine.ours(step, "answer")
            return sees(asking, "partial response", lambda: asking.read_response(partial, known["asked"].id))()

        return check

    def is_answered() -> None:
        step = machine.response(known["answer"], known["waiting"])
        expect("failures", failures(step), [])
        expect("warnings", step["report"]["warnings"], [])
        known["response"] = machine.ours(step, "answer")
        expect("RelayState", known["response"].fields.get("RelayState"), RELAY_STATE)
        asking.read_response(known["response"], known["asked"].id)

    def sees(peer: Peer, flaw: str, read: Callable[[], object]) -> Callable[[], str | None]:
        def check() -> str | None:
            if not (why := peer.takes.get(flaw)):
                return must_refuse(read)
            read()
            return f": taken; known: it {why}"

        return check

    return [
        ("its tampered request is refused", is_not_believed(Message.tampered)),
        ("its unsigned request is refused", is_not_believed(Message.unsigned)),
        ("its request about a session of others is refused", means_nobody),
        (f"its request is taken, and {other.name} reads ours", asks),
        ("its request is refused the second time", asks_again),
        (
            f"{other.name} refuses ours when it is tampered with",
            sees(other, "tampered request", lambda: other.read_request(known["request"].tampered())),
        ),
        (
            f"{other.name} refuses ours when it is unsigned",
            sees(other, "unsigned request", lambda: other.read_request(known["request"].unsigned())),
        ),
        (f"a tampered answer of {other.name} does not count", falsely_answered(Message.tampered)),
        (f"an unsigned answer of {other.name} does not count", falsely_answered(Message.unsigned)),
        (f"the answer of {other.name} counts, and it reads our response", is_answered),
        (
            "it refuses our response when it is tampered with",
            sees(
                asking,
                "tampered response",
                lambda: asking.read_response(known["response"].tampered(), known["asked"].id),
            ),
        ),
        (
            "it refuses our response when it is unsigned",
            sees(
                asking,
                "unsigned response",
                lambda: asking.read_response(known["response"].unsigned(), known["asked"].id),
            ),
        ),
    ]


class NotReached(Exception):
    """A step needs what another one did not give; no refusal of anything."""


class Known(dict):
    """What the steps hand on."""

    def __missing__(self, name: str) -> None:
        raise NotReached(f"an earlier step gave no {name}")


def everybody(machine: "Machine", peers: list[Peer]) -> None:
    """Each in turn, and nobody is answered in the end."""
    step = machine.begin(peers)
    for peer in peers:
        answer = is_told(peer, machine.ours(step, "send"))
        step = machine.response(answer, step["waiting"])
    expect("end", step, {"finish": {"failures": [], "warnings": []}})


def is_told(peer: Peer, request: Message) -> Message:
    """The answer of who reads in our request what it should."""
    expect("NameID and SessionIndex", peer.read_request(request), (EMAIL, [peer.session_index]))
    return peer.answer(request)


def failures(step: dict) -> list[dict]:
    if "report" not in step:
        raise Refused(f"the logout is not over: {step}")
    return step["report"]["failures"]


def must_refuse(read: Callable[[], object]) -> str:
    try:
        read()
    except Refused as reason:
        return f": {shortened(one_line(str(reason)))}"
    raise Refused("taken")


class Tenant:
    def __init__(self, postlogin: str, root: Path):
        self.postlogin, self.root = postlogin, root
        (root / "postlogin.toml").write_text(
            f'domain = "{DOMAIN}"\n[keys]\n'
            f'current = "{CERTS}/idp.key"\ncurrent_cert = "{CERTS}/idp.crt"\n'
        )
        (root / "users.json").write_text("[]")

    def introduce(self, peer: Peer) -> None:
        """To each other, by metadata alone."""
        (self.root / "sp.xml").write_text(peer.metadata())
        self.run("import-sp", "sp.xml", ".", "--name", peer.name)
        peer.document = self.run("metadata", ".", "--client", peer.name)

    def run(self, *arguments: str) -> str:
        command = [self.postlogin, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout


class Machine:
    """The example program; a line to it is an event, a line from it what comes next."""

    def __init__(self, postlogin: str, tenant: Path):
        self.process = subprocess.Popen(
            [Path(postlogin).parent / "examples/logout", tenant],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        files = (json.loads(path.read_text()) for path in (tenant / "clients").glob("*.json"))
        self.ids = {client["name"]: client.get("client_id") for client in files}

    def id_of(self, peer: Peer) -> str:
        return self.ids[peer.name]

    def begin(self, session: list[Peer]) -> dict:
        return self.take({"begin": logins(session)})

    def request(self, peer: Peer, message: Message, session: list[Peer]) -> dict:
        return self.take({"request": message.text, "client": peer.name, "session": logins(session)})

    def response(self, message: Message, waiting: dict) -> dict:
        return self.take({"response": message.text, "waiting": waiting})

    def take(self, event: dict) -> dict:
        event["now"] = datetime.now(UTC).isoformat()
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline() or sys.exit("the example program ended"))

    def ours(self, step: dict, kind: str) -> Message:
        """The message that the step sends, which must be good as it stands."""
        if kind not in step:
            raise Refused(f"nothing to {kind}: {step}")
        outgoing = step[kind]
        judge_schema.validate(outgoing["xml"].encode())
        if "fields" in outgoing:
            fields = {name: value for name, value in outgoing["fields"].items() if value is not None}
            message = Message(urlencode(fields), is_form=True)
            verify_document(message)
        else:
            message = Message(urlsplit(outgoing["url"]).query, is_form=False)
            verify_query(message)
        expect("what is sent", message.xml, outgoing["xml"].encode())
        return message

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def logins(session: list[Peer]) -> list[dict]:
    return [
        {
            "client": peer.name,
            "issuer": peer.entity_id,
            "name_id": {"value": EMAIL, "format": EMAIL_FORMAT},
            "session_index": peer.session_index,
        }
        for peer in session
    ]


def verify_document(message: Message) -> None:
    root = saml_xml.parse(message.xml)
    node = f"{saml_xml.NAMESPACES['samlp']}:{root.tag.rpartition('}')[2]}"
    arguments = ["--verify", "--enabled-reference-uris", "same-doc", "--enabled-key-data", "raw-x509-cert"]
    arguments += ["--pubkey-cert-pem", str(CERTS / "idp.crt"), "--id-attr:ID", node]
    judge_xmlsec1.xmlsec1(message.xml, arguments)
    expect("who is signed", root.xpath("//ds:Reference/@URI", namespaces=saml_xml.NAMESPACES), [f"#{message.id}"])
    must_refuse(lambda: judge_xmlsec1.xmlsec1(message.tampered().xml, arguments))


def verify_query(message: Message) -> None:
    """The signature covers the query as it is spelt (SAML bindings 3.4.4.1)."""
    signed, _, _ = message.text.partition("&Signature=")
    expect("members of the query", set(parse_qs(signed)), {message.parameter, "RelayState", "SigAlg"})
    key = x509.load_pem_x509_certificate((CERTS / "idp.crt").read_bytes()).public_key()
    signature = b64decode(message.fields["Signature"])
    try:
        key.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refused("the query's signature does not verify") from error


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
