"""The crate `openidconnect` (rust/): login with PKCE, userinfo, refresh."""

import os
import subprocess
from pathlib import Path

from person import Person, expect, judge, setting

FOLDER = Path(__file__).resolve().parents[1] / "rust"
TARGET = Path(__file__).resolve().parents[4] / "target/serve/rust"


def login() -> None:
    """login with PKCE, userinfo, refresh"""
    build = ["cargo", "build", "--locked", "--quiet", "--manifest-path", FOLDER / "Cargo.toml", "--target-dir", TARGET]
    subprocess.run(build, check=True)
    callback = setting["callbacks"]["web"]
    client = subprocess.Popen(
        [TARGET / "debug/openidconnect-client", setting["issuer"], "web", setting["secret"], callback],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ,
        text=True,
    )
    url = client.stdout.readline().strip()
    assert url.startswith(setting["issuer"]), url + client.stdout.read()
    told, _ = client.communicate(Person().visit(url, callback) + "\n", timeout=60)
    assert client.returncode == 0, told
    expect("what was verified", told.strip(), "auth0|ada ada@example.org")


judge("openidconnect", [login])
