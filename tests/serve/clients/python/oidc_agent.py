"""oidc-agent of Debian: an agent that holds refresh tokens for programs on the command line."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from person import Person, expect, judge, setting

PORT = setting["ports"]["agent"]


def login() -> None:
    """code with PKCE by a loopback callback, and access tokens by refresh"""
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "OIDC_CONFIG_DIR": f"{home}/oidc", "PATH": os.environ["PATH"]}
        Path(home, "oidc").mkdir()
        Path(home, "password").write_text("of the agent\n")

        def run(*command: str) -> str:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
            return done.stdout

        said = run("oidc-agent")
        environment |= dict(re.findall(r"(OIDC\w+)=([^;]+);", said))
        try:
            generated = subprocess.Popen(
                [
                    "oidc-gen", "test", "--manual", "--flow=code", "--no-url-call", "--prompt=none",
                    f"--issuer={setting['issuer']}", "--client-id=agent", "--client-secret=",
                    f"--redirect-uri=http://localhost:{PORT}", "--scope=openid offline_access email",
                    f"--cert-path={setting['ca']}", f"--pw-file={home}/password",
                ],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            told, url = "", None
            for line in generated.stdout:
                told += line
                if url is None and (found := re.search(r"https://\S*authorize\S*", line)):
                    url = found[0]
                    person = Person()
                    callback = person.visit(url, f"http://localhost:{PORT}")
                    person.browser.get(callback)
            assert generated.wait(timeout=60) == 0, told
            first = run("oidc-token", "--force-new", "test").strip()
            second = run("oidc-token", "--force-new", "test").strip()
            assert first and second and first != second, "no new access token"
            answer = Person().browser.get(f"{setting['issuer']}userinfo", {"Authorization": f"Bearer {second}"})
            expect("sub", answer.json()["sub"], "auth0|ada")
        finally:
            run("oidc-agent", "--kill")


judge("oidc-agent", [login])
