"""A certificate authority for one run of the tests, and the certificate of everything that is served at this machine."""

import fcntl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# What the certificate is for. Names under `.test` belong to nobody (RFC 2606): whoever uses them says that they are this machine.
NAMES = ["localhost", "*.postlogin.test", "*.other.test", "*.third.test"]


@dataclass(frozen=True)
class Authority:
    """Files in PEM."""

    ca: Path
    cert: Path
    key: Path

    @staticmethod
    def make(folder: Path) -> "Authority":
        """The authority of `folder`, made at its first use and again before it is over. Its own key is thrown away."""
        authority = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        folder.mkdir(parents=True, exist_ok=True)
        # Parts of the tests run side by side.
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not authority.is_fresh():
                authority.make_anew(folder)
        return authority

    def is_fresh(self) -> bool:
        return self.cert.exists() and time.time() - self.cert.stat().st_mtime < 10 * 24 * 3600

    def make_anew(self, folder: Path) -> None:
        ca_key, request, terms = folder / "ca.key", folder / "server.csr", folder / "terms"
        names = ",".join(f"DNS:{name}" for name in NAMES) + ",IP:127.0.0.1"
        terms.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:false\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
        openssl(
            *["req", "-x509", *new_key, "-keyout", ca_key, "-out", self.ca],
            *["-days", 30, "-subj", "/CN=postlogin test authority"],
            *["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        )
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        openssl(
            *["x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-out", self.cert],
            *["-days", 20, "-extfile", terms],
        )
        for file in (ca_key, request, terms):
            file.unlink()

    def environment(self) -> dict[str, str]:
        """With these variables curl, Node.js, Python and OpenSSL believe the authority."""
        ca = str(self.ca)
        return {
            "CURL_CA_BUNDLE": ca,
            "NODE_EXTRA_CA_CERTS": ca,
            "REQUESTS_CA_BUNDLE": ca,
            "SSL_CERT_FILE": ca,
        }


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
