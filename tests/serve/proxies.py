"""A server behind a proxy that speaks https and HTTP/2 for it: `proxies.py POSTLOGIN [--long]`.

Debian's nginx, haproxy and Apache, set up as the README says. People log in through them, over new and kept connections; the
address of whoever asks is the one that the proxy speaks with; long headers pass; a reload of either is noticed by nobody.
"""

import json
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import peer
import peer_tenant
import tenants
from authority import Authority
from row import check
from server import TARGET, Scheme, free_port
from visitor import Visitor

ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  if (event.request.query['ext-ip'] ?? event.request.body['ext-ip']) api.access.deny(event.request.ip);
};"""
# Whoever asks: not the proxy, which is believed.
CLIENT = "127.0.0.2"


def nginx(folder: Path, authority: Authority, port: int, server: int, _: str) -> list[str]:
    (folder / "nginx.conf").write_text(f"""
daemon off;
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream postlogin {{
    server 127.0.0.1:{server};
    keepalive 16;
  }}
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {authority.cert};
    ssl_certificate_key {authority.key};
    location / {{
      proxy_pass http://postlogin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffer_size 32k;
      proxy_buffers 8 32k;
    }}
  }}
}}
""")
    return ["/usr/sbin/nginx", "-p", str(folder), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]


def haproxy(folder: Path, authority: Authority, port: int, server: int, admin: str) -> list[str]:
    (folder / "pem").write_text(authority.cert.read_text() + authority.key.read_text())
    (folder / "haproxy.cfg").write_text(f"""
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s

frontend https
  bind 127.0.0.1:{port} ssl crt {folder}/pem alpn h2,http/1.1
  option forwardfor
  default_backend postlogin

backend postlogin
  option httpchk GET /readyz
  server one 127.0.0.1:{server} check port {admin.rstrip('/').rpartition(':')[2]}
""")
    # One master, which reads the file again at SIGUSR2.
    return ["/usr/sbin/haproxy", "-W", "-q", "-f", f"{folder}/haproxy.cfg"]


def apache(folder: Path, authority: Authority, port: int, server: int, _: str) -> list[str]:
    modules = ["mpm_event", "authz_core", "http2", "proxy", "proxy_http", "ssl"]
    loaded = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules)
    (folder / "httpd.conf").write_text(f"""
{loaded}
Listen 127.0.0.1:{port}
ServerName localhost:{port}
User www-data
Group www-data
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/log
StartServers 2
SSLEngine on
SSLCertificateFile {authority.cert}
SSLCertificateKeyFile {authority.key}
Protocols h2 http/1.1
ProxyPreserveHost On
ProxyPass / http://127.0.0.1:{server}/
""")
    return ["/usr/sbin/apache2", "-d", str(folder), "-f", f"{folder}/httpd.conf", "-D", "FOREGROUND"]


RELOAD = {nginx: signal.SIGHUP, haproxy: signal.SIGUSR2, apache: signal.SIGUSR1}


class Behind:
    """A server, the proxy in front of it, and the program that the proxy is."""

    def __init__(self, server: peer.Served, proxy: subprocess.Popen, reload: signal.Signals):
        self.server, self.proxy, self.reload = server, proxy, reload

    def curl(self, path: str, *options: str) -> str:
        ca = str(self.server.authority.ca)
        command = ["curl", "--silent", "--show-error", "--cacert", ca, "--interface", CLIENT, *options]
        return subprocess.run([*command, self.server.path(path)], check=True, capture_output=True, text=True).stdout

    # The tests

    def logins(self) -> None:
        """login, silent login, userinfo, refresh, logout"""
        visitor = Visitor(self.server)
        tokens = visitor.tokens()
        check(all("; Secure" in line for line in visitor.browser.set), f"a cookie is not Secure: {visitor.browser.set}")
        check(all(line.startswith("__Host-") for line in visitor.browser.set), f"a cookie has another name: {visitor.browser.set}")
        check("code" in visitor.silently(), "no silent login")
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        told = visitor.browser.get(self.server.path("userinfo"), bearer)
        check(told.json()["email"] == "ada@example.org", str(told))
        check(visitor.refresh(tokens["refresh_token"]).status == 200, "no refresh")
        query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://web.example/out"}
        left = visitor.browser.open(self.server.path("oidc/logout", query))
        check(left.location == "https://web.example/out", str(left))
        check(visitor.silently().get("error") == "login_required", "a session after the logout")

    def address(self) -> None:
        """the address is whom the proxy speaks with, whatever the request says, over HTTP/2"""
        fields = {
            "grant_type": "password", "username": "ada@example.org", "password": tenants.PASSWORD, "scope": "openid",
            "client_id": "machine", "client_secret": peer_tenant.SECRET, "ext-ip": "1",
        }  # fmt: skip
        data = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
        for forged in ([], ["--header", "X-Forwarded-For: 198.51.100.9"], ["--header", "X-Forwarded-For: 127.0.0.1"]):
            told = self.curl("oauth/token", "--http2", *data, *forged, "--write-out", "\n%{http_version}")
            body, _, version = told.rpartition("\n")
            check(json.loads(body).get("error_description") == CLIENT, told)
            check(version == "2", f"it is HTTP/{version}")

    def long_headers(self) -> None:
        """a state of 3,000 bytes comes back, and a header of 6,000 bytes passes"""
        state = "s" * 3_000
        came = Visitor(self.server).log_in(state=state)
        check(came.get("state") == state, "the state is another one")
        told = self.curl("userinfo", "--header", f"Authorization: Bearer {2 * state}")
        check(json.loads(told)["error"] == "invalid_token", told)

    def kept(self) -> None:
        """many requests over one connection"""
        urls = [self.server.path(".well-known/jwks.json")] * 49
        told = self.curl(".well-known/jwks.json", "--http1.1", "--write-out", "%{num_connects}\n", *urls)
        connects = [line for line in told.replace("}", "}\n").split() if line in ("0", "1")]
        check(connects.count("1") == 1 and len(connects) == 50, f"connections: {connects}")

    def reloads(self) -> None:
        """a reload of the proxy and one of the server, while people log in"""
        failed: list[str] = []
        over = threading.Event()

        def log_in() -> None:
            while not over.is_set():
                try:
                    Visitor(self.server).tokens()
                except Exception:
                    failed.append(traceback.format_exc())

        people = [threading.Thread(target=log_in) for _ in range(2)]
        for one in people:
            one.start()
        for _ in range(3):
            over.wait(0.4)
            self.proxy.send_signal(self.reload)
            self.server.process.send_signal(signal.SIGHUP)
        over.wait(0.4)
        over.set()
        for one in people:
            one.join()
        check(not failed, f"{len(failed)} logins failed: {failed[:1]}")

    def other_host(self) -> None:
        """a proxy that hands on another Host is told so"""
        answer = self.server.browser().get(f"http://{self.server.listen}/authorize")
        check(answer.status == 421 and self.server.url in answer.text and "proxy_set_header Host" in answer.text, str(answer))


TESTS: list[Callable[[Behind], None]] = [
    Behind.logins, Behind.address, Behind.long_headers, Behind.kept, Behind.reloads, Behind.other_host,
]  # fmt: skip


@contextmanager
def behind(postlogin: str, kind: Callable) -> Iterator[Behind]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        machine = ["client_credentials", "password"]
        by_post = {"token_endpoint_auth_method": "client_secret_post"}
        clients = [peer_tenant.client("web", **by_post), peer_tenant.client("machine", grant_types=machine, **by_post)]
        tenant = peer_tenant.write(folder / "tenant", clients, ACTION)
        (tenant / "postlogin.toml").write_text('[server]\ntrusted_proxies = ["127.0.0.1"]\n')
        port, listen = free_port(), free_port()
        options = ["--listen", f"127.0.0.1:{listen}", "--url", f"https://localhost:{port}/"]
        with peer.Served(postlogin, tenant, Scheme.HTTP, *options) as server:
            (folder / "proxy").mkdir()
            command = kind(folder / "proxy", Authority.make(TARGET / "authority"), port, listen, server.admin)
            proxy = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            try:
                path = server.path(".well-known/jwks.json")
                peer.until(lambda: server.browser().get(path).status == 200, 20, "the proxy")
                yield Behind(server, proxy, RELOAD[kind])
            finally:
                proxy.terminate()
                proxy.wait(20)
            check(not server.panics(), str(server.panics()))


def main(postlogin: str) -> int:
    passed = failed = 0
    for kind in RELOAD:
        with behind(postlogin, kind) as one:
            for test in TESTS:
                try:
                    test(one)
                    told = ""
                except Exception as error:
                    told = f": {error}" if isinstance(error, AssertionError) else f": {traceback.format_exc()}"
                passed, failed = passed + (not told), failed + bool(told)
                print(f"{'FAILED' if told else 'ok':7} {kind.__name__}: {test.__doc__}{told}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
