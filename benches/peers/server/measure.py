"""Measures postlogin as a server and each peer in turn, and prints the table.

    measure.py POSTLOGIN WORK SECONDS

The server has one core, the load (`wrk`, eight connections) has the other. Counted are answers with status 200 for each CPU
second of the server and its children. The ratio is signatures for each CPU second to the bare rate of the library that the
server signs with, measured before and after on the same core. Every server is measured in three rounds; medians count.
"""

import base64
import json
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

HERE = Path(__file__).resolve().parent
CERTS = HERE.parents[2] / "certs"
WANTED = json.loads((HERE.parent / "response.json").read_text())
ROUNDS = 3
CORES = sorted(os.sched_getaffinity(0))
SERVER, LOAD = CORES[0], CORES[-1]
PASSWORD = "correct horse"
# More than any of them answers.
MOST_PER_SECOND = 4000
BCRYPT = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"
API = "urn:measure:api"


class Failed(Exception):
    """Why a peer has no figures."""


@dataclass
class Asked:
    """A request that is sent again and again, and how many signatures an answer holds."""

    url: str
    signatures: int
    form: dict[str, str] | None = None
    cookie: str | None = None
    # What is asked for instead, each once: requests that a server answers once.
    drawn: Callable[[int], list[str]] | None = None


def main(postlogin: str, work: Path, seconds: str) -> int:
    if SERVER == LOAD:
        print("two cores are needed: one for the server, one for the load", file=sys.stderr)
        return 2
    servers = [
        ("postlogin", lambda: Postlogin(postlogin, work)),
        ("postlogin", lambda: PostloginWithoutAction(postlogin, work)),
        ("oidc-provider", lambda: OidcProvider(work)),
        ("samlp on express", lambda: Samlp(work)),
        ("simplesamlphp", lambda: SimpleSamlPhp(work)),
    ]
    measured: dict[tuple[str, str], list[dict]] = {}
    failed: dict[str, str] = {}
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for name, start in servers:
            if name in failed:
                continue
            try:
                with start() as server:
                    for task, asked in server.tasks().items():
                        run = rate(server, asked, work, seconds)
                        measured.setdefault((task, name), []).append(run)
            except (Failed, OSError, subprocess.SubprocessError) as reason:
                failed[name] = " ".join(str(reason).split())[:200]
    print(table(measured, failed))
    return 1 if "postlogin" in failed else 0


def rate(server: "Server", asked: Asked, work: Path, seconds: str) -> dict:
    check(asked)
    # Not counted: until an engine has compiled what it runs often.
    load(asked, work, "3")
    bare_before, before = server.bare(), server.cpu()
    answers = load(asked, work, seconds)
    used = server.cpu() - before
    bare = (bare_before + server.bare()) / 2
    per_second = answers / used
    return {"per_second": per_second, "bare_per_second": bare, "ratio": per_second * asked.signatures / bare}


def check(asked: Asked) -> None:
    """One answer, which must be whole."""
    body = urllib.parse.urlencode(asked.form).encode() if asked.form else None
    headers = {"Cookie": asked.cookie} if asked.cookie else {}
    with urllib.request.urlopen(urllib.request.Request(asked.url, body, headers), timeout=10) as answer:
        text = answer.read().decode()
    if asked.form is None:
        response = re.search(r'name="SAMLResponse"\s+value="([^"]+)"', text)
        if not response or b"Signature" not in base64.b64decode(response[1]):
            raise Failed(f"no signed response: {text[:200]}")
    else:
        tokens = json.loads(text)
        signed = [tokens.get(name, "").count(".") == 2 for name in ("access_token", "id_token")]
        if sum(signed) != asked.signatures:
            raise Failed(f"{sum(signed)} signed tokens: {sorted(tokens)}")


def load(asked: Asked, work: Path, seconds: str) -> int:
    lines = ["wrk.method = 'GET'"]
    if asked.form:
        lines = [
            "wrk.method = 'POST'",
            f"wrk.body = [[{urllib.parse.urlencode(asked.form)}]]",
            "wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded'",
        ]
    if asked.drawn:
        paths = work / "server/paths.txt"
        paths.write_text("\n".join(asked.drawn(MOST_PER_SECOND * int(seconds))))
        lines.append(
            f"local paths, at = {{}}, 0\nfor path in io.lines([[{paths}]]) do paths[#paths + 1] = path end\n"
            "request = function() at = at + 1 return wrk.format(nil, paths[at]) end"
        )
    if asked.cookie:
        lines.append(f"wrk.headers['Cookie'] = [[{asked.cookie}]]")
    # Errors of reading are no errors here: PHP's own server ends each answer by closing the connection.
    lines.append(
        "done = function(summary) local e = summary.errors\n"
        "io.write(string.format('ANSWERS %d %d\\n', summary.requests, e.connect + e.write + e.status + e.timeout)) end"
    )
    script = work / "server/load.lua"
    script.write_text("\n".join(lines))
    command = ["taskset", "-c", str(LOAD), "wrk", "-t1", "-c8", f"-d{seconds}s", "-s", str(script), asked.url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"ANSWERS (\d+) (\d+)", printed)
    if not found or int(found[2]):
        raise Failed(f"answers went wrong: {printed[-300:]}")
    return int(found[1])


class Server:
    """A server that runs on its core until the block ends."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(SERVER), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | (environment or {}),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def line(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise Failed("it did not start")
        return json.loads(line)

    def cpu(self) -> float:
        """CPU seconds of the process and all that descend from it."""
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue
            fields = text.rsplit(") ", 1)[1].split()
            pid = int(stat.parent.name)
            parents[pid] = int(fields[1])
            used[pid] = int(fields[11]) + int(fields[12])
        ours = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return sum(used.get(pid, 0) for pid in ours) / os.sysconf("SC_CLK_TCK")

    def bare(self) -> float:
        command = ["taskset", "-c", str(SERVER), *self.bare_command()]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class Postlogin(Server):
    """With an Action, as its tokens are measured."""

    actions = ("a",)

    def __init__(self, program: str, work: Path):
        self.program = program
        folder = work / "server/tenant"
        shutil.rmtree(folder, ignore_errors=True)
        write_tenant(folder, self.actions)
        super().__init__([program, "serve", str(folder), "--listen", "127.0.0.1:0", "--format", "json"])
        self.url = self.line()["url"]

    def bare(self) -> float:
        command = ["taskset", "-c", str(SERVER), self.program, "speed", "--work", "tokens-rs256", "--seconds", "1"]
        printed = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=True).stdout
        return json.loads(printed)[0]["bare_per_second"]

    def tasks(self) -> dict[str, Asked]:
        refresh, _ = self.log_in()
        return {
            "client credentials": Asked(
                f"{self.url}oauth/token",
                1,
                {
                    "grant_type": "client_credentials",
                    "client_id": "machine",
                    "client_secret": "secret-of-the-machine-for-measuring-only",
                    "audience": API,
                },
            ),
            "refresh": Asked(
                f"{self.url}oauth/token",
                2,
                {
                    "grant_type": "refresh_token",
                    "client_id": "app",
                    "client_secret": "secret-of-the-application-for-measuring-only",
                    "refresh_token": refresh,
                },
            ),
        }

    def log_in(self) -> tuple[str, str]:
        """Logs the user in, and gives a refresh token and the cookies of the browser."""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()), Stay())
        asked = {
            "client_id": "app",
            "response_type": "code",
            "redirect_uri": "https://app.example/callback",
            "scope": "openid email offline_access read",
            "audience": API,
        }
        page = self.opener.open(f"{self.url}authorize?{urllib.parse.urlencode(asked)}")
        text = page.read().decode()
        fields = dict(re.findall(r'name="(state|token)" value="([^"]*)"', text))
        fields |= {"username": "ada@example.org", "password": PASSWORD}
        answer = self.opener.open(f"{self.url}u/login", urllib.parse.urlencode(fields).encode())
        code = re.search(r"code=([^&]+)", answer.headers["Location"] or "")
        if not code:
            raise Failed("the login gave no code")
        form = {
            "grant_type": "authorization_code",
            "client_id": "app",
            "client_secret": "secret-of-the-application-for-measuring-only",
            "redirect_uri": asked["redirect_uri"],
            "code": code[1],
        }
        with urllib.request.urlopen(f"{self.url}oauth/token", urllib.parse.urlencode(form).encode()) as tokens:
            refresh = json.loads(tokens.read())["refresh_token"]
        return refresh, "; ".join(f"{known.name}={known.value}" for known in jar)


class PostloginWithoutAction(Postlogin):
    """As its SAML login is measured: no peer runs anything like an Action there."""

    actions = ()

    def tasks(self) -> dict[str, Asked]:
        _, cookie = self.log_in()
        url = f"{self.url}samlp/sp"
        path = urllib.parse.urlsplit(url).path

        def drawn(count: int) -> list[str]:
            return [f"{path}?{saml_request(url)}" for _ in range(count)]

        return {"SAML login with a session": Asked(f"{url}?{saml_request(url)}", 1, cookie=cookie, drawn=drawn)}


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows what stays on this machine, and stops at the application."""

    def redirect_request(self, request, body, code, message, headers, url):
        if "://localhost" in url:
            return super().redirect_request(request, body, code, message, headers, url)
        return None

    def http_error_303(self, request, body, code, message, headers):
        if "://localhost" in headers["Location"]:
            return super().http_error_303(request, body, code, message, headers)
        return body


class Node(Server):
    def bare_command(self) -> list[str]:
        script = (
            "const { createPrivateKey, sign } = require('node:crypto');"
            f"const key = createPrivateKey(require('node:fs').readFileSync('{CERTS / 'idp.key'}'));"
            "const message = Buffer.alloc(512); let count = 0; const end = performance.now() + 1000;"
            "const before = process.cpuUsage(); while (performance.now() < end) { sign('sha256', message, key); count++ }"
            "const used = process.cpuUsage(before); console.log(count / ((used.user + used.system) / 1e6))"
        )
        return ["node", "-e", script]


class OidcProvider(Node):
    def __init__(self, work: Path):
        super().__init__(["node", str(work / "server/oidc.mjs"), str(CERTS / "idp.key"), str(free_port())])
        self.told = self.line()

    def tasks(self) -> dict[str, Asked]:
        url = f"{self.told['url']}/token"
        machine = {"client_id": "machine", "client_secret": "secret-of-the-machine", "scope": "read"}
        app = {"client_id": "app", "client_secret": "secret-of-the-application"}
        return {
            "client credentials": Asked(url, 1, {"grant_type": "client_credentials", **machine}),
            "refresh": Asked(
                url, 2, {"grant_type": "refresh_token", **app, "refresh_token": self.told["refresh_token"]}
            ),
        }


class Samlp(Node):
    def __init__(self, work: Path):
        files = [str(CERTS / "idp.key"), str(CERTS / "idp.crt"), str(HERE.parent / "response.json")]
        super().__init__(["node", str(work / "server/samlp.mjs"), *files, str(free_port())])
        self.url = f"{self.line()['url']}/samlp"

    def tasks(self) -> dict[str, Asked]:
        return {"SAML login with a session": Asked(f"{self.url}?{saml_request(self.url)}", 1)}


class SimpleSamlPhp(Server):
    def __init__(self, work: Path):
        port = free_port()
        self.url = f"http://localhost:{port}"
        opcache = ["-d", "opcache.enable=1", "-d", "opcache.enable_cli=1"]
        where = work / "simplesamlphp/usr/share/simplesamlphp/www"
        environment = {
            "SIMPLESAMLPHP_CONFIG_DIR": str(HERE / "simplesamlphp"),
            "MEASURED_URL": self.url,
            "MEASURED_CERTS": str(CERTS),
            "MEASURED_RESPONSE": str(HERE.parent / "response.json"),
        }
        super().__init__(["php", *opcache, "-S", f"127.0.0.1:{port}", "-t", str(where)], environment)
        wait_for(port)

    def tasks(self) -> dict[str, Asked]:
        url = f"{self.url}/saml2/idp/SSOService.php"
        asked = f"{url}?{saml_request(url)}"
        jar = CookieJar()
        urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(asked, timeout=10).read()
        cookie = "; ".join(f"{known.name}={known.value}" for known in jar)
        return {"SAML login with a session": Asked(asked, 1, cookie=cookie)}

    def bare_command(self) -> list[str]:
        script = (
            f"$key = openssl_pkey_get_private(file_get_contents('{CERTS / 'idp.key'}')); $count = 0; $used = function () "
            "{ $u = getrusage(); return $u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec'] + ($u['ru_utime.tv_usec'] + "
            "$u['ru_stime.tv_usec']) / 1e6; }; $from = $used(); $end = microtime(true) + 1; while (microtime(true) < $end) "
            "{ openssl_sign(str_repeat('x', 512), $signature, $key, OPENSSL_ALGO_SHA256); $count++; } "
            "echo $count / ($used() - $from);"
        )
        return ["php", "-r", script]


def saml_request(destination: str) -> str:
    xml = (
        f'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_{secrets.token_hex(16)}" Version="2.0" '
        f'IssueInstant="{time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}" '
        f'AssertionConsumerServiceURL="{WANTED["acs_url"]}" Destination="{destination}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{WANTED["audience"]}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(xml.encode()) + deflate.flush()
    return urllib.parse.urlencode({"SAMLRequest": base64.b64encode(packed).decode()})


def write_tenant(folder: Path, bound: tuple[str, ...]) -> None:
    """A tenant with a machine, an application, a service provider, one user, and one Action, which may be bound."""
    action = (
        "exports.onExecutePostLogin = async (event, api) => {\n"
        "  api.idToken.setCustomClaim('https://app.example/roles', ['reader']);\n"
        "  api.accessToken.setCustomClaim('https://app.example/plan', event.user.email);\n"
        "};\n"
    )
    lives = {"rotation_type": "non-rotating", "expiration_type": "expiring"}
    files = {
        "clients/machine.json": {
            "name": "machine", "client_id": "machine", "app_type": "non_interactive",
            "client_secret": "secret-of-the-machine-for-measuring-only", "grant_types": ["client_credentials"],
        },
        "clients/app.json": {
            "name": "app", "client_id": "app", "app_type": "regular_web",
            "client_secret": "secret-of-the-application-for-measuring-only",
            "callbacks": ["https://app.example/callback"], "grant_types": ["authorization_code", "refresh_token"],
            "refresh_token": lives,
        },
        "clients/sp.json": {
            "name": "sp", "client_id": "sp", "callbacks": [WANTED["acs_url"]],
            "addons": {"samlp": {"audience": WANTED["audience"]}},
        },
        "resource-servers/api.json": {
            "name": "api", "identifier": API, "allow_offline_access": True, "scopes": [{"value": "read"}],
        },
        "grants/machine.json": {"client_id": "machine", "audience": API, "scope": ["read"]},
        "actions/a.json": {
            "name": "a", "code": "./actions/a/code.js", "supported_triggers": [{"id": "post-login"}],
        },
        "triggers/triggers.json": {"post-login": [{"action_name": name, "display_name": name} for name in bound]},
        "users.json": [
            {
                "user_id": WANTED["name_id"], "email": "ada@example.org", "email_verified": True, "name": "Ada Lovelace",
                "identities": [{"connection": "db", "provider": "auth0", "user_id": "1"}], "password_hash": BCRYPT,
            }
        ],
    }
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    (folder / "actions/a").mkdir()
    (folder / "actions/a/code.js").write_text(action)


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Failed("it did not start")


def table(measured: dict[tuple[str, str], list[dict]], failed: dict[str, str]) -> str:
    lines = ["| work | server | answers/CPU s | bare signatures/s | ratio |", "|---|---|---:|---:|---:|"]
    for (task, name), runs in sorted(measured.items()):
        per_second, bare, ratio = (
            statistics.median(run[member] for run in runs) for member in ("per_second", "bare_per_second", "ratio")
        )
        lines.append(f"| {task} | {name} | {per_second:.0f} | {bare:.0f} | {ratio:.2f} |")
    lines += [f"| - | {name} | - | - | not measured: {reason} |" for name, reason in failed.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3]))
