"""The activities that touch something outside: Lookup, Copy, Web, Function, Fail."""

import email.utils
import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .expressions import Scope, evaluate
from .stores import Store

if TYPE_CHECKING:
    from .engine import Run

LOOKUP_ROWS, LOOKUP_BYTES = 5000, 4 * 1024 * 1024


class ActivityFailed(Exception):
    def __init__(self, code: str, message: str, output: dict | None = None) -> None:
        super().__init__(message)
        self.code, self.output = code, output or {}


@dataclass
class Surroundings:
    """What pipelines run in."""

    resources: dict[str, dict[str, dict]]  # collection, name, body
    store: Store
    account: str
    start_child: Callable[["Run", str, dict], "Run"]
    secret: Callable[[str, str], str]  # vault's address and name to value
    notebooks: list[dict] = field(default_factory=list)  # that were run: cluster, path, parameters
    broken_notebooks: set[str] = field(default_factory=set)
    seconds_a_second: float = 0.002  # a retry's 30 s pass in 60 ms
    connections: threading.local = field(default_factory=threading.local)

    def linked_service(self, reference: dict, scope: Scope) -> dict:
        service = self.resources["linkedServices"][reference["referenceName"]]["properties"]
        given = evaluate(reference.get("parameters", {}), scope)
        wanted = service.get("parameters", {})
        for name, parameter in wanted.items():
            if name not in given and "defaultValue" not in parameter:
                raise ActivityFailed("MissingParameter", f"the linked service's parameter {name} has no value")
        return evaluate(service["typeProperties"], Scope(linked_service=given)) if wanted else service["typeProperties"]

    def dataset(self, reference: dict, scope: Scope) -> tuple[dict, dict]:
        """(properties with the location computed, linked service)"""
        body = self.resources["datasets"][reference["referenceName"]]["properties"]
        given = evaluate(reference.get("parameters", {}), scope)
        if set(given) != set(body.get("parameters", {})):
            raise ActivityFailed(
                "InvalidParameter", f"{reference['referenceName']} takes other parameters than {given}"
            )
        inner = Scope(dataset=given)
        location = evaluate(body["typeProperties"]["location"], inner)
        return {**body, "location": location}, self.linked_service(body["linkedServiceName"], inner)

    def check_account(self, service: dict) -> None:
        if urllib.parse.urlsplit(service["url"]).hostname != urllib.parse.urlsplit(self.account).hostname:
            raise ActivityFailed("AdlsGen2OperationFailed", f"there is no account at {service['url']}")

    def http(self, method: str, url: str, headers: dict, body: bytes | None) -> tuple[int, bytes]:
        """One request over a connection that is kept."""
        parts = urllib.parse.urlsplit(url)
        kept = self.connections.__dict__.setdefault("open", {})
        for fresh in (False, True):
            connection = None if fresh else kept.pop(parts.netloc, None)
            if connection is None:
                connection = http.client.HTTPConnection(parts.netloc, timeout=20)
            try:
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                connection.request(method, target, body=body, headers=headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if fresh:
                    raise
                continue
            kept[parts.netloc] = connection
            return answer.status, content
        raise AssertionError


def path_of(location: dict) -> str:
    return "/".join(part for part in (location.get("folderPath"), location.get("fileName")) if part)


def run_lookup(activity: dict, scope: Scope, around: Surroundings) -> dict:
    properties = activity["typeProperties"]
    dataset, service = around.dataset(properties["dataset"], scope)
    around.check_account(service)
    location = dataset["location"]
    content = around.store.read(location["fileSystem"], path_of(location))
    if content is None:
        raise ActivityFailed(
            "UserErrorFileNotFound", f"The required Blob is missing: {location['fileSystem']}/{path_of(location)}"
        )
    try:
        rows = json.loads(content)
    except ValueError as error:
        raise ActivityFailed("JsonInvalidDataFormat", str(error)) from None
    rows = rows if isinstance(rows, list) else [rows]
    if properties.get("firstRowOnly", True):
        return {"firstRow": rows[0] if rows else None}
    rows = rows[:LOOKUP_ROWS]  # the rest is dropped without a word
    if len(json.dumps(rows, ensure_ascii=False).encode()) > LOOKUP_BYTES:
        raise ActivityFailed(
            "LookupResultTooLarge", "The size of lookup activity result exceeds the limitation 4194304."
        )
    return {"count": len(rows), "value": rows}


def run_copy(activity: dict, scope: Scope, around: Surroundings) -> dict:
    source, web = around.dataset(activity["inputs"][0], scope)
    sink, storage = around.dataset(activity["outputs"][0], scope)
    around.check_account(storage)
    target = path_of(sink["location"])
    url = web["url"] + source["location"]["relativeUrl"]
    try:
        status, content = around.http("GET", url, {"Accept-Encoding": "identity"}, None)
    except (OSError, http.client.HTTPException) as error:
        raise ActivityFailed(
            "UserErrorFailedFileOperation",
            f"ErrorCode=UserErrorFailedFileOperation, Upload file failed at path {target}: {type(error).__name__}",
            {"dataRead": 0, "dataWritten": 0, "filesWritten": 0, "errors": [{"Code": 9003}]},
        ) from None
    if status != 200:
        raise ActivityFailed(
            "HttpRequestFailedWithClientError" if status < 500 else "HttpRequestFailedWithServerError",
            f"ErrorCode=HttpRequestFailed, Http request failed with status code {status}: {url}",
            {"dataRead": 0, "dataWritten": 0, "filesWritten": 0, "errors": [{"Code": status}]},
        )
    around.store.write(sink["location"]["fileSystem"], path_of(sink["location"]), content)
    return {
        "dataRead": len(content),
        "dataWritten": len(content),
        "filesRead": 1,
        "filesWritten": 1,
        "copyDuration": 1,
        "errors": [],
        "usedDataIntegrationUnits": activity["typeProperties"].get("dataIntegrationUnits", 4),
    }


def is_now(date: str) -> bool:
    try:
        return abs(email.utils.parsedate_to_datetime(date).timestamp() - time.time()) < 900
    except ValueError:
        return False


def run_web(activity: dict, scope: Scope, around: Surroundings) -> dict:
    """Only what a managed identity may do to the account: Put Blob."""
    properties = evaluate(activity["typeProperties"], scope)
    if properties["authentication"] != {"type": "MSI", "resource": "https://storage.azure.com/"}:
        raise ActivityFailed("2108", "the storage account refuses this authentication")
    parts = urllib.parse.urlsplit(properties["url"])
    if parts.hostname != urllib.parse.urlsplit(around.account.replace(".dfs.", ".blob.")).hostname:
        raise ActivityFailed("2108", f"there is no account at {parts.hostname}")
    headers = {name.lower(): value for name, value in properties["headers"].items()}
    if properties["method"] != "PUT" or headers.get("x-ms-blob-type") != "BlockBlob" or "x-ms-version" not in headers:
        raise ActivityFailed("2108", "InvalidHeaderValue")
    if not is_now(headers.get("x-ms-date", "")):
        raise ActivityFailed("2108", "the header x-ms-date must be given, and be now")
    container, _, path = urllib.parse.unquote(parts.path).lstrip("/").partition("/")
    around.store.write(container, path, properties["body"].encode())
    return {"ADFWebActivityResponseHeaders": {}}


def run_function(activity: dict, scope: Scope, around: Surroundings) -> dict:
    service = around.linked_service(activity["linkedServiceName"], scope)
    properties = evaluate(activity["typeProperties"], scope)
    reference = service["functionKey"]
    vault = around.linked_service(reference["store"], scope)["baseUrl"]
    headers = {**properties.get("headers", {}), "x-functions-key": around.secret(vault, reference["secretName"])}
    body = properties.get("body")
    content = body if isinstance(body, str) else json.dumps(body)
    url = f"{service['functionAppUrl']}/api/{properties['functionName']}"
    try:
        status, answer = around.http(properties["method"], url, headers, content.encode())
    except (OSError, http.client.HTTPException) as error:
        raise ActivityFailed("3608", f"Call to provided Azure function failed: {error}") from None
    if not 200 <= status < 300:
        said = answer.decode(errors="replace")
        called = f"Call to provided Azure function '{properties['functionName']}' failed"
        raise ActivityFailed("3608", f"{called} with status-'{status}' and message - '{said}'.")
    try:
        output = json.loads(answer)
    except ValueError:
        output = None
    if not isinstance(output, dict):
        raise ActivityFailed("3603", "Response Content is not a valid JObject.")
    return output


def run_notebook(activity: dict, scope: Scope, around: Surroundings) -> dict:
    """Notes what Databricks would be asked for."""
    service = around.linked_service(activity["linkedServiceName"], scope)
    if service.get("authentication") != "MSI" or not service.get("workspaceResourceId"):
        raise ActivityFailed("3200", "the workspace refuses this authentication")
    properties = evaluate(activity["typeProperties"], scope)
    path, parameters = properties["notebookPath"], properties.get("baseParameters", {})
    around.notebooks.append({"cluster": service["existingClusterId"], "path": path, "parameters": parameters})
    if path in around.broken_notebooks:
        raise ActivityFailed("3204", f"Databricks execution failed with error state: InternalError. {path}")
    return {"runPageUrl": f"{service['domain']}/#job/1/run/1"}


def run_fail(activity: dict, scope: Scope, _: Surroundings) -> dict:
    properties = evaluate(activity["typeProperties"], scope)
    raise ActivityFailed(properties["errorCode"], properties["message"])


ACTIVITIES = {
    "Lookup": run_lookup,
    "Copy": run_copy,
    "WebActivity": run_web,
    "AzureFunctionActivity": run_function,
    "DatabricksNotebook": run_notebook,
    "Fail": run_fail,
}
