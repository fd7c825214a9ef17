"""OpenID provider conformance: `python -m conformance POSTLOGIN [--long] [PLAN or MODULE]...`, in tests/serve.

Carries out the modules of four plans of the certification suite against a running server, over https. Each module is a
function with its name. `warning` is what the suite itself calls so: the server does less than it might.
"""

import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import peer
import peer_tenant
from server import Scheme

from . import basic, config, logout, plans
from .relying_party import BY_POST, FIRST, SECOND, RelyingParty, Skipped

PLANS = {
    "basic": (plans.BASIC, basic, None),
    "form-post-basic": (plans.BASIC, basic, "form_post"),
    "config": (plans.CONFIG, config, None),
    "rp-initiated-logout": (plans.LOGOUT, logout, None),
}


def main(postlogin: str, only: list[str]) -> int:
    clients = [
        peer_tenant.client(
            one.client_id,
            client_secret=one.secret,
            token_endpoint_auth_method=one.method,
        )
        for one in (FIRST, SECOND, BY_POST)
    ]
    jobs = [
        (plan, module, getattr(functions, module.replace("-", "_")), mode)
        for plan, (modules, functions, mode) in PLANS.items()
        for module in modules
        if not only or module in only or plan in only
    ]
    with tempfile.TemporaryDirectory() as folder:
        tenant = peer_tenant.write(Path(folder), clients)
        with peer.Served(postlogin, tenant, Scheme.HTTPS) as server, ThreadPoolExecutor(8) as pool:
            verdicts = list(pool.map(lambda job: run(server, *job[1:]), jobs))
            panics = server.panics()
    counts: dict[str, int] = {}
    for (plan, module, *_), (verdict, told, took) in zip(jobs, verdicts, strict=True):
        counts[verdict] = counts.get(verdict, 0) + 1
        print(f"{verdict:8} {plan:20} {module} ({took:.1f} s){': ' if told else ''}{told}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    for line in panics:
        print(line)
    failed = counts.get("FAILED", 0) + bool(panics)
    print(f"{len(jobs) - counts.get('FAILED', 0)} passed, {failed} failed")
    return 1 if failed else 0


def run(server: peer.Served, module: str, function, mode: str | None) -> tuple[str, str, float]:
    began, warnings = time.monotonic(), []
    try:
        party = RelyingParty(server, mode)
        warnings = party.warnings
        function(party)
        verdict, told = "passed", ""
    except Skipped as why:
        verdict, told = "skipped", f"as the suite does: {why}"
    except AssertionError as why:
        verdict, told = "FAILED", str(why)
    except Exception:
        verdict, told = "FAILED", traceback.format_exc()
    if warnings and verdict == "passed":
        verdict, told = "warning", "; ".join(dict.fromkeys(warnings))
    return verdict, told, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [name for name in sys.argv[2:] if name != "--long"]))
