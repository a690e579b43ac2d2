"""A function app with nothing local: settings in the environment and a vault, its own identity for all of it."""

import http.server
import json
import ssl
import threading
import time
import urllib.parse

import pytest
from azurite import ACCOUNT, Azurite, token

IDENTITY_HEADER = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"
CLIENT = "b0d5a7c1-91e2-4f36-8b1d-5c2e9f4a6d10"


class Identity:
    """The endpoint that App Service and Functions give an app for its identity: only to who has the header."""

    def __init__(self) -> None:
        self.asked, self.tokens = [], {}
        identity = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                good = self.headers["X-IDENTITY-HEADER"] == IDENTITY_HEADER and query["api-version"] == "2019-08-01"
                resource = query.get("resource", "").rstrip("/")
                identity.asked.append(resource)
                made = identity.tokens.setdefault(resource, token(resource))
                expires = str(int(time.time()) + 3600)  # a text: that is how App Service gives it
                body = {"access_token": made, "expires_on": expires, "resource": resource, "token_type": "Bearer"}
                send(self, 200 if good else 403, {**body, "client_id": CLIENT} if good else {})

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.environment = {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.server.server_port}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
        }


def send(handler: http.server.BaseHTTPRequestHandler, status: int, body: dict) -> None:
    content = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def vault_with(secrets: dict[str, str], identity: Identity, azurite: Azurite) -> http.server.ThreadingHTTPServer:
    """A Key Vault over https that takes the identity's token for vaults."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            expected = identity.tokens.get("https://vault.azure.net")
            if not expected or self.headers["Authorization"] != f"Bearer {expected}":
                return send(self, 401, {})
            name = urllib.parse.urlsplit(self.path).path.removeprefix("/secrets/")
            if name not in secrets:
                return send(self, 404, {"error": {"code": "SecretNotFound"}})
            return send(self, 200, {"value": secrets[name], "id": name, "attributes": {"enabled": True}})

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(azurite.certificate, azurite.folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Cloud:
    """What the function app is started with: the lake is Azurite over https, by token."""

    def __init__(self, azurite: Azurite, identity: Identity, vault: http.server.ThreadingHTTPServer) -> None:
        environment = azurite.environment()
        del environment["VOXLAKE_AZURE_ACCOUNT_KEY"]
        self.environment = {
            **environment,
            **identity.environment,
            "VOXLAKE_LAKE": f"abfss://identity@{ACCOUNT}.dfs.core.windows.net",
            "VOXLAKE_AZURE_VAULT_ENDPOINT": f"https://127.0.0.1:{vault.server_port}",
            "VOXLAKE_AZURE_CREDENTIAL": "managed",
        }


@pytest.fixture
def cloud(tmp_path, small, web):
    azurite = Azurite(tmp_path, secure=True)
    identity = Identity()
    secrets = {"corpus-address": f"{web(small.folder)}", "corpus-name": "sample"}
    vault = vault_with(secrets, identity, azurite)
    yield Cloud(azurite, identity, vault), identity, secrets
    vault.shutdown()
    identity.server.shutdown()
    azurite.stop()


def test_an_identity_of_functions_and_settings_in_a_vault_are_enough(host_on, small, cloud):
    around, identity, secrets = cloud
    named = {"corpus": "keyvault://my-vault/corpus-address", "name": "keyvault://my-vault/corpus-name"}
    host = host_on(around, **named)
    answer = host.call("discover", {})
    assert answer.status == 202, (answer, host.log())
    told = host.wait_for(answer.json()["id"])
    assert told["state"] == "done", (told, host.log())
    assert told["result"]["corpus"] == "sample"
    assert told["result"]["stages"][0]["out"] == len(small.archives)
    assert set(identity.asked) == {"https://vault.azure.net", "https://storage.azure.com"}
    host.restart()
    assert host.call("status", {"id": answer.json()["id"]}).json()["state"] == "done"
    for secret in (IDENTITY_HEADER, *identity.tokens.values()):
        assert secret not in host.log()
    del secrets["corpus-name"]
    host.restart()
    missing = host.call("discover", {})
    assert missing.status == 503
    assert "keyvault://my-vault/corpus-name" in missing.json()["error"]
