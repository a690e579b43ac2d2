"""A small Azure on 127.0.0.1: Entra ID, Resource Manager with a data factory, a key vault, the metadata service."""

import time
import urllib.parse
from pathlib import Path

from . import tokens
from .factory import Factory
from .stores import Store
from .tokens import CLIENT, CLIENT_SECRET, STORAGE, TENANT, VAULT, TokenIssuer, Unauthorized
from .web import Answer, Refusal, Request, Site, make_certificate

ACCOUNT = "https://speechlake.dfs.core.windows.net"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
POD_TOKEN = "header.of-a-service-account.signature"
IDENTITY_HEADER = "5f1c3a0e-not-a-real-header"


class FakeAzure:
    """Close it in the end. `site` takes faults and has a log of requests."""

    def __init__(self, folder: Path, store: Store, account: str = ACCOUNT) -> None:
        self.certificate = make_certificate(folder)
        self.site = Site(self.certificate)
        self.metadata = Site()  # plain http, as 169.254.169.254 is
        self.tokens = TokenIssuer()
        self.secrets: dict[str, dict] = {}
        self.may_read_secrets = True  # whether who asks has the role Key Vault Secrets User
        self.factory = Factory(self.site, self.tokens, store, account, self._secret_value)
        self.site.route("POST", f"/{TENANT}/oauth2/v2.0/token", self._token)
        self.site.route("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration", self._openid)
        self.site.route("GET", "/secrets/(?P<name>[A-Za-z0-9-]+)(/(?P<version>[0-9a-f]*))?", self._secret)
        self.metadata.route("GET", "/metadata/identity/oauth2/token", self._machine_token)
        self.metadata.route("GET", "/msi/token", self._function_token)

    def close(self) -> None:
        self.factory.close()
        self.site.close()
        self.metadata.close()

    @property
    def url(self) -> str:
        return self.site.url

    def put_secret(self, name: str, value: str, **attributes) -> None:
        self.secrets[name] = {"value": value, "attributes": {"enabled": True, **attributes}}

    def environment(self) -> dict[str, str]:
        """What a service principal's program is started with."""
        return {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
            "AZURE_AUTHORITY_HOST": self.url,
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": self.metadata.url,
            "SSL_CERT_FILE": str(self.certificate),
        }

    def pod_environment(self, folder: Path) -> dict[str, str]:
        """What AKS gives a pod that has a workload identity; its token is put into `folder`."""
        (folder / "pod-token").write_text(POD_TOKEN)
        return {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_FEDERATED_TOKEN_FILE": str(folder / "pod-token"),
            "AZURE_AUTHORITY_HOST": self.url,
            "SSL_CERT_FILE": str(self.certificate),
        }

    def function_environment(self) -> dict[str, str]:
        """What an app of App Service or Functions is given with its identity."""
        return {
            "IDENTITY_ENDPOINT": f"{self.metadata.url}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
            "SSL_CERT_FILE": str(self.certificate),
        }

    def machine_environment(self) -> dict[str, str]:
        """A virtual machine has its identity from the metadata service, which here is elsewhere."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.metadata.url, "SSL_CERT_FILE": str(self.certificate)}

    def _openid(self, request: Request) -> Answer:
        base = f"https://{request.headers['host']}/{TENANT}"
        return Answer(
            body={
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "issuer": f"{base}/v2.0",
            }
        )

    def _token(self, request: Request) -> Answer:
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "AADSTS70003: the grant type is not supported")
        if form.get("client_id") != CLIENT:
            return _oauth_error("unauthorized_client", "AADSTS700016: the application was not found in the directory")
        if "client_assertion" in form:
            if form.get("client_assertion_type") != JWT_BEARER:
                return _oauth_error("invalid_request", "AADSTS900144: the assertion's type is wrong")
            if form["client_assertion"] != POD_TOKEN:
                return _oauth_error("invalid_client", "AADSTS70021: No matching federated identity record found", 401)
        elif form.get("client_secret") != CLIENT_SECRET:
            return _oauth_error("invalid_client", "AADSTS7000215: Invalid client secret provided", 401)
        if not form.get("scope", "").split(" ")[0].endswith("/.default"):
            return _oauth_error("invalid_scope", "AADSTS1002012: the scope must end with /.default")
        try:
            token, lifetime = self.tokens.issue(form["scope"].split(" ")[0])
        except Unauthorized as error:
            return _oauth_error("invalid_resource", str(error))
        return Answer(
            body={"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}
        )

    def _machine_token(self, request: Request) -> Answer:
        if request.headers.get("metadata") != "true":
            return _oauth_error("bad_request_102", "Required metadata header not specified")
        if request.query.get("api-version") != "2018-02-01" or "resource" not in request.query:
            return _oauth_error("bad_request", "api-version and resource are required")
        return self._managed_token(request)

    def _function_token(self, request: Request) -> Answer:
        """As App Service and Functions have it beside each app."""
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return Answer(403, {"statusCode": 403, "message": "the header X-IDENTITY-HEADER is not this app's"})
        if request.query.get("api-version") != "2019-08-01" or "resource" not in request.query:
            return Answer(400, {"statusCode": 400, "message": "api-version and resource are required"})
        return self._managed_token(request)

    def _managed_token(self, request: Request) -> Answer:
        try:
            token, lifetime = self.tokens.issue(request.query["resource"])
        except Unauthorized as error:
            return _oauth_error("invalid_resource", str(error))
        return Answer(
            body={
                "access_token": token,
                "client_id": CLIENT,
                "expires_in": str(lifetime),
                "expires_on": str(int(time.time()) + lifetime),
                "not_before": str(int(time.time()) - 5),
                "resource": request.query["resource"],
                "token_type": "Bearer",
            }
        )

    def _secret(self, request: Request) -> Answer:
        if not request.query.get("api-version"):
            raise Refusal(400, "BadParameter", "api-version is missing")
        try:
            self.tokens.check(request.headers.get("authorization"), VAULT)
        except Unauthorized as error:
            challenge = f'Bearer authorization="{self.url}/{TENANT}", resource="{VAULT}"'
            raise Refusal(401, "Unauthorized", str(error), {"WWW-Authenticate": challenge}) from None
        if not self.may_read_secrets:
            said = "Caller is not authorized to perform action on resource: Microsoft.KeyVault/vaults/secrets/getSecret"
            raise Refusal(403, "Forbidden", said, inner="ForbiddenByRbac")
        secret = self.secrets.get(request.groups["name"])
        if secret is None:
            raise Refusal(
                404,
                "SecretNotFound",
                f"A secret with (name/id) {request.groups['name']} was not found in this key vault.",
            )
        if not secret["attributes"]["enabled"]:
            said = "Operation get is not allowed on a disabled secret."
            raise Refusal(403, "Forbidden", said, inner="SecretDisabled")
        version = "0123456789abcdef0123456789abcdef"
        return Answer(body={"id": f"{self.url}/secrets/{request.groups['name']}/{version}", **secret})

    def _secret_value(self, vault: str, name: str) -> str:
        """As the factory's own identity reads it."""
        if name not in self.secrets:
            raise KeyError(f"{vault}: {name}")
        return self.secrets[name]["value"]


def _oauth_error(code: str, description: str, status: int = 400) -> Answer:
    return Answer(status, {"error": code, "error_description": description, "error_codes": []})


__all__ = ["ACCOUNT", "FakeAzure", "STORAGE", "tokens"]
