"""Azurite, Microsoft's emulator of Azure's blob service, on a free port while a test needs it."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / ".deps" / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
# Every emulator's; documented, and no secret.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
LAKE = f"abfss://{ACCOUNT}.dfs.core.windows.net"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=voxlake test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def token(audience: str = "https://storage.azure.com", seconds: int = 3600) -> str:
    """A token as Microsoft Entra makes them, as far as Azurite looks."""

    def part(value: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(time.time())
    issuer = "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/"
    claims = {"aud": audience, "iss": issuer, "iat": now - 60, "nbf": now - 60, "exp": now + seconds}
    claims |= {"oid": "23657296-5cd5-45b0-a809-d972a7f4dfe1", "tid": "dd0d0df1-06c3-436c-8034-4b9a153097ce"}
    claims |= {"appid": "5d2a4ad8-9a19-4b9e-8a3a-5c0e8c0a9b0d", "upn": "engineer@contoso.example"}
    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmVk"


def signature(hours: int = 1) -> str:
    """A shared access signature for everything in the account."""
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    expiry = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{ACCOUNT}\nracwdl\nb\nsco\n\n{expiry}\n\nhttps,http\n2020-12-06\n\n"
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    proof = quote(base64.b64encode(digest).decode(), safe="")
    return f"sv=2020-12-06&ss=b&srt=sco&sp=racwdl&se={expiry}&spr=https,http&sig={proof}"


class Azurite:
    """Started by the making; `stop` ends it."""

    def __init__(self, folder: Path, secure: bool = False) -> None:
        assert MAIN.is_file(), "Azurite is not installed: setup/install.sh test"
        self.folder, self.certificate = folder, None
        self.process = None
        node = shutil.which("node") or str(ROOT / ".deps" / "tools" / "node")
        options = ["--location", str(folder), "--loose", "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
        if secure:
            self.certificate, key = make_certificate(folder)
            options += ["--oauth", "basic", "--cert", str(self.certificate), "--key", str(key)]
        for _ in range(5):  # another process may take the port first
            port = free_port()
            command = [node, str(MAIN), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self._answers(port):
                self.endpoint = f"{'https' if secure else 'http'}://127.0.0.1:{port}/{ACCOUNT}"
                return
            self.stop()
        raise RuntimeError("Azurite does not start")

    def _answers(self, port: int) -> bool:
        for _ in range(600):
            if self.process.poll() is not None:
                return False
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return True
            time.sleep(0.05)
        return False

    def environment(self, **more: str) -> dict[str, str]:
        """What a voxlake needs to use it by its key. Never the identity of the machine that the test runs on."""
        settings = {"VOXLAKE_AZURE_ENDPOINT": self.endpoint, "VOXLAKE_AZURE_ACCOUNT_KEY": KEY}
        settings["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1"
        if self.certificate:
            settings["VOXLAKE_AZURE_CA_FILE"] = str(self.certificate)
        return {**settings, **more}

    def storage_options(self) -> dict[str, str]:
        """The same for deltalake and Polars."""
        return {
            "azure_storage_account_name": ACCOUNT,
            "azure_storage_account_key": KEY,
            "azure_storage_endpoint": self.endpoint,
            "azure_allow_http": "true",
        }

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def azure_path(table: str) -> str:
    """Where a table of a lake with a container for each layer is."""
    container, _, rest = table.partition("/")
    return f"abfss://{container}@{ACCOUNT}.dfs.core.windows.net/{rest}"


def fake_az(folder: Path, text: str) -> dict[str, str]:
    """A PATH with an `az` that writes `text`."""
    program = folder / "az"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
