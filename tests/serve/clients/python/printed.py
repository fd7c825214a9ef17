"""Relying parties in other languages: `printed.py NAME`. Each is a program of its own that prints the URL of its authorization
request, reads the URL to which the browser came back, and prints whom it verified: by discovery, with userinfo."""

import os
import subprocess
import sys
from pathlib import Path

from person import Person, expect, judge, setting

CLIENTS = Path(__file__).resolve().parents[1]
TARGET = CLIENTS.parents[2] / "target/serve"


def rust() -> list[str]:
    """the crate openidconnect: login with PKCE, userinfo, refresh"""
    manifest = ["--manifest-path", CLIENTS / "rust/Cargo.toml", "--target-dir", TARGET / "rust"]
    subprocess.run(["cargo", "build", "--locked", "--quiet", *manifest], check=True)
    return [str(TARGET / "rust/debug/openidconnect-client")]


def ruby() -> list[str]:
    """omniauth_openid_connect: login with PKCE, userinfo"""
    return ["ruby", str(CLIENTS / "ruby/omniauth.rb")]


PROGRAMS = {"openidconnect": rust, "omniauth": ruby}


def log_in() -> None:
    callback = setting["callbacks"]["web"]
    client = subprocess.Popen(
        [*made(), setting["issuer"], "web", setting["secret"], callback],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = client.stdout.readline().strip()
    assert url.startswith(setting["issuer"]), url + client.stdout.read()
    told, _ = client.communicate(Person().visit(url, callback) + "\n", timeout=60)
    assert client.returncode == 0, told
    expect("what was verified", told.strip(), "auth0|ada ada@example.org")


made = PROGRAMS[sys.argv[1]]
log_in.__doc__ = made.__doc__
judge(sys.argv[1], [log_in])
