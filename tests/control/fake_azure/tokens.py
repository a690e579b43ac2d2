"""Tokens as Microsoft Entra ID makes them (JWT, RS256), and the strict look that services take at them."""

import functools
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

TENANT = "3f2b1c5e-7a4d-4c1b-9a77-0a5d7f1e2c33"
CLIENT = "b0d5a7c1-91e2-4f36-8b1d-5c2e9f4a6d10"
CLIENT_SECRET = "not~a~real~secret"
STORAGE, VAULT, MANAGEMENT = "https://storage.azure.com", "https://vault.azure.net", "https://management.azure.com"
SOVEREIGN = (
    "https://vault.usgovcloudapi.net",
    "https://management.usgovcloudapi.net",
    "https://vault.azure.cn",
    "https://management.chinacloudapi.cn",
)


class Unauthorized(Exception):
    """Why a token was not taken."""


@functools.cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TokenIssuer:
    """Issues tokens that live `lifetime` seconds. `revoke_all` makes services refuse what was issued so far."""

    def __init__(self) -> None:
        self._key = signing_key()
        self.lifetime = 3600
        self.issued: list[dict] = []
        self._valid_from = 0

    def issue(self, resource: str) -> tuple[str, int]:
        audience = resource.removesuffix("/.default").rstrip("/")
        if audience not in (STORAGE, VAULT, MANAGEMENT, *SOVEREIGN):
            raise Unauthorized(f"AADSTS500011: the resource principal named {audience} was not found")
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now,
            "nbf": now - 5,
            "exp": now + self.lifetime,
            "oid": "5e8d2b8e-4f0b-4d6e-8a52-3f6f4a1a8d01",
            "tid": TENANT,
            "jti": str(uuid.uuid4()),
            "serial": len(self.issued),
        }
        self.issued.append(claims)
        return jwt.encode(claims, self._key, algorithm="RS256"), self.lifetime

    def revoke_all(self) -> None:
        self._valid_from = len(self.issued)

    def check(self, authorization: str | None, audience: str) -> None:
        if not authorization or not authorization.startswith("Bearer "):
            raise Unauthorized("no bearer token")
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "), self._key.public_key(), algorithms=["RS256"], audience=audience
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("the access token has expired") from None
        except jwt.InvalidTokenError as error:
            raise Unauthorized(f"the access token is invalid: {error}") from None
        if claims["serial"] < self._valid_from:
            raise Unauthorized("the access token was revoked")
