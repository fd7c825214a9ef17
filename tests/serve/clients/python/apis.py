"""APIs that check tokens with the key set: PyJWT with its PyJWKClient, and python-jose with the whole key set at once."""

import jwt
import requests
from jose import jwt as jose
from person import expect, judge, setting

ISSUER = setting["issuer"]
KEYS = f"{ISSUER}.well-known/jwks.json"


def access_token() -> str:
    asked = {
        "grant_type": "client_credentials",
        "client_id": "machine",
        "client_secret": setting["secret"],
        "audience": setting["api"],
    }
    return requests.post(f"{ISSUER}oauth/token", json=asked).json()["access_token"]


def pyjwt() -> None:
    """PyJWT: the key is found by its id"""
    token = access_token()
    key = jwt.PyJWKClient(KEYS).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=setting["api"], issuer=ISSUER)
    expect("sub", claims["sub"], "machine@clients")


def python_jose() -> None:
    """python-jose: any key of the set may have signed"""
    keys = requests.get(KEYS).json()
    claims = jose.decode(access_token(), keys, algorithms=["RS256"], audience=setting["api"], issuer=ISSUER)
    expect("scope", claims["scope"], "read:things")


judge("APIs in Python", [pyjwt, python_jose])
