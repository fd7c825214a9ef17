"""Tenant folders for the tests: users with a password, and files as the deploy CLI exports them."""

import json
from pathlib import Path

PASSWORD = "correct horse"
# bcrypt of PASSWORD.
HASH = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"

# File and content; what is not text is written as JSON.
Files = dict[str, object]


def write(folder: Path, files: Files) -> Path:
    """Writes a tenant, and returns its folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return folder


def user(name: str, **more: object) -> dict:
    """A user for `users.json` who logs in as `NAME@example.org` with PASSWORD."""
    return {
        "user_id": f"auth0|{name}",
        "email": f"{name}@example.org",
        "email_verified": True,
        "name": name.capitalize(),
        "identities": [{"connection": "db", "provider": "auth0", "user_id": name, "isSocial": False}],
        "password_hash": HASH,
        **more,
    }


def actions(**sources: str) -> Files:
    """Actions with these names and sources, bound in this order."""
    files: Files = {
        "triggers/triggers.json": {
            "post-login": [{"action_name": name, "display_name": name} for name in sources]
        }
    }
    for name, source in sources.items():
        files[f"actions/{name}.json"] = {
            "name": name,
            "code": f"./actions/{name}/code.js",
            "supported_triggers": [{"id": "post-login"}],
        }
        files[f"actions/{name}/code.js"] = source
    return files
