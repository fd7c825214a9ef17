"""A certificate authority for one run of the tests, and the certificate of everything that is served at this machine."""

import subprocess
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
        """The authority of `folder`, made at its first use. Its own key is thrown away."""
        authority = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        if authority.cert.exists():
            return authority
        folder.mkdir(parents=True, exist_ok=True)
        ca_key, request, terms = folder / "ca.key", folder / "server.csr", folder / "terms"
        names = ",".join(f"DNS:{name}" for name in NAMES) + ",IP:127.0.0.1"
        terms.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:false\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
        openssl(
            *["req", "-x509", *new_key, "-keyout", ca_key, "-out", authority.ca],
            *["-days", 30, "-subj", "/CN=postlogin test authority"],
            *["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        )
        openssl("req", *new_key, "-keyout", authority.key, "-out", request, "-subj", "/CN=localhost")
        openssl(
            *["x509", "-req", "-in", request, "-CA", authority.ca, "-CAkey", ca_key, "-out", authority.cert],
            *["-days", 20, "-extfile", terms],
        )
        for file in (ca_key, request, terms):
            file.unlink()
        return authority

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
