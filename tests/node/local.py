"""What the Actions of these tests find around them: Node.js, a tenant with packages, servers, an event, secrets."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MADE = ROOT / "target/node"
TENANTS = MADE / "tenants"
NOW = "2026-01-15T12:00:00Z"
SECRETS = {
    "CLIENT_ID": "client-id-for-tests",
    "CLIENT_SECRET": "client-secret-for-tests",
    "SIGNING_KEY": (ROOT / "certs/idp.key").read_text(),
}


@dataclass(frozen=True)
class Action:
    """An Action of these tests: its file, and what the comments at its head say."""

    file: Path
    said: dict[str, str]

    @staticmethod
    def read(file: Path) -> "Action":
        said = {}
        for line in file.read_text().splitlines():
            name, separator, value = line.removeprefix("// ").partition(": ")
            if not (line.startswith("// ") and separator):
                break
            said[name] = value
        return Action(file, said)

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def tenant(self) -> Path:
        """The tenant folder whose packages it finds."""
        return TENANTS / self.said.get("tenant", "auth0-4")

    @property
    def placed(self) -> Path:
        """A copy of it in its tenant folder, where it finds the packages as Actions do."""
        copy = self.tenant / "tried" / self.file.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(self.file, copy)
        return copy

    @property
    def now(self) -> str | None:
        """The moment at which its clock stands; none where it has to run."""
        return None if self.said.get("clock") == "runs" else NOW


def actions(folder: str) -> list[Action]:
    return [Action.read(file) for file in sorted((HERE / folder).glob("*.js"))]


@cache
def node() -> str:
    """The Node.js of the tests."""
    program = os.environ.get("POSTLOGIN_TEST_NODE")
    if not program or not Path(program).is_file():
        raise SystemExit("POSTLOGIN_TEST_NODE names no program; run ./test node, or see tests/node/README.md")
    return program


class Servers:
    """Servers on this machine. They end with this process, or with `stop`."""

    def __init__(self) -> None:
        self.authority, key, certificate = _certificates()
        command = [node(), HERE / "servers.cjs", key, certificate, ROOT / "certs/idp.key", TENANTS / "auth0-4"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports: dict[str, int] = json.loads(self.process.stdout.readline())

    def prepare(self) -> None:
        """Makes a tenant of each folder with packages, with the settings of these servers, and the event's file."""
        (MADE / "event.json").write_text(json.dumps(self.event))
        for tenant in TENANTS.iterdir():
            shutil.copytree(ROOT / "fixtures/cases/tenant", tenant, dirs_exist_ok=True)
            keys = os.path.relpath(ROOT / "certs", tenant)
            (tenant / "postlogin.toml").write_text(
                f'domain = "tenant.example"\n[keys]\ncurrent = "{keys}/idp.key"\ncurrent_cert = "{keys}/idp.crt"\n'
                f'[actions]\ntime_limit = "2m"\nengine = "auto"\nnode = {json.dumps(node())}\n{self.egress}'
            )

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    @property
    def event(self) -> dict:
        """The event of every Action; the client's metadata say where the servers are."""
        event = json.loads((HERE / "event.json").read_text())
        event["client"]["metadata"] |= {name: str(port) for name, port in self.ports.items()} | {
            "host": f"localhost:{self.ports['https']}",
            "plain": f"http://127.0.0.1:{self.ports['http']}",
            "server": f"https://localhost:{self.ports['https']}",
        }
        return event

    @property
    def egress(self) -> str:
        """The settings with which Actions reach the servers."""
        web = [f"localhost:{self.ports['https']}", f"127.0.0.1:{self.ports['http']}"]
        databases = [f"127.0.0.1:{self.ports[name]}" for name in ("redis", "postgres", "mongodb")]
        raw = [f"localhost:{self.ports['smtp']}", *databases]
        return (
            f"[actions.egress]\nca = {json.dumps(str(self.authority))}\n"
            f"allow = {json.dumps(web + raw)}\ntunnel = {json.dumps(raw)}\n"
        )

    def plain(self, action: Action) -> dict:
        """What the Action does in plain Node.js: {"commands", "logs", "error"}."""
        asked = {
            "file": str(action.file), "tenant": str(action.tenant), "event": self.event, "secrets": SECRETS,
            "now": action.now,
        }
        done = subprocess.run(
            [node(), "--no-warnings", HERE / "plain.cjs"], input=json.dumps(asked), capture_output=True, text=True, timeout=60,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": str(self.authority), "TZ": "UTC"},
        )
        if done.returncode or not done.stdout:
            return {"commands": [], "logs": [], "error": f"node ended with {done.returncode}: {done.stderr}"}
        return json.loads(done.stdout)


def login(postlogin: str, servers: Servers, action: Action) -> dict:
    """What the Action does under postlogin, in the form of `Servers.plain`, with its engine and its requests."""
    secrets = [argument for name, value in SECRETS.items() for argument in ("--secret", f"{name}={value}")]
    command = [
        postlogin, "run", action.tenant, "--client", "web", "--user", "ada@example.org", "--event", MADE / "event.json",
        "--action", action.placed, *secrets, "--format", "json",
        *(["--now", action.now, "--seed", "test"] if action.now else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    try:
        result = json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"commands": [], "logs": [], "error": f"postlogin ended with {done.returncode}: {done.stderr}"}
    run = result["actions"][0]
    # In plain Node.js nobody tells of timers that are left.
    logs = [line for line in run["logs"] if not line.startswith("a timer was still waiting when the Action ended")]
    return {
        "commands": [{"method": c["method"], "args": c["args"]} for c in result["commands"]],
        "logs": logs, "error": run["error"], "engine": run.get("engine"), "http": result.get("http", []),
    }


def _certificates() -> tuple[Path, Path, Path]:
    """An authority of these tests, and the key and certificate of `localhost` that it signed. Made once a day at most."""
    folder = MADE / "certificates"
    authority, key, certificate = folder / "authority.pem", folder / "key.pem", folder / "certificate.pem"
    fresh = ["openssl", "x509", "-checkend", "3600", "-noout", "-in", certificate]
    if certificate.exists() and subprocess.run(fresh, capture_output=True).returncode == 0:
        return authority, key, certificate
    folder.mkdir(parents=True, exist_ok=True)
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made = [
        [*new, "-subj", "/CN=Authority of the tests", "-keyout", folder / "authority.key", "-out", authority],
        [
            *new, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", authority, "-CAkey", folder / "authority.key",
            "-keyout", key, "-out", certificate,
        ],
    ]
    for command in made:
        subprocess.run(command, check=True, capture_output=True)
    return authority, key, certificate
