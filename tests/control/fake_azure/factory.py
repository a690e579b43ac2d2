"""Resource Manager with one data factory: what is deployed, and the runs of it."""

import copy
import re
import threading
import uuid

from . import schema, stores
from .activities import Surroundings
from .engine import Execution, Run, timestamp
from .tokens import MANAGEMENT, TokenIssuer, Unauthorized
from .web import Answer, Refusal, Request, Site

API_VERSION = "2018-06-01"
SUBSCRIPTION, GROUP, FACTORY = "0b1f6471-1bf0-4dda-aec3-cb9272f09590", "speech", "speech-factory"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.DataFactory/factories/{FACTORY}"
PAGE = 100
COLLECTIONS = ("linkedServices", "datasets", "pipelines", "triggers")


class Factory:
    """Its REST interface on a site, and the execution of its pipelines. Thread safe."""

    def __init__(self, site: Site, issuer: TokenIssuer, store: stores.Store, account: str, secret) -> None:
        self.issuer = issuer
        self.resources: dict[str, dict[str, dict]] = {collection: {} for collection in COLLECTIONS}
        self.runs: dict[str, Run] = {}
        self.lock = threading.RLock()
        self.surroundings = Surroundings(self.resources, store, account, self.start_child, secret)
        self.puts: list[str] = []
        name = "(?P<name>[A-Za-z0-9_][^/]*)"
        for collection in COLLECTIONS:
            at = re.escape(ROOT) + f"/(?P<collection>{collection})"
            site.route("PUT", f"{at}/{name}", self._checked(self.put))
            site.route("GET", f"{at}/{name}", self._checked(self.get))
            site.route("DELETE", f"{at}/{name}", self._checked(self.delete))
            site.route("GET", at, self._checked(self.list))
        run = re.escape(ROOT) + "/pipelineruns/(?P<run>[^/]+)"
        site.route("POST", re.escape(ROOT) + f"/pipelines/{name}/createRun", self._checked(self.create_run))
        site.route("POST", re.escape(ROOT) + f"/triggers/{name}/start", self._checked(self.start_trigger))
        site.route("POST", re.escape(ROOT) + f"/triggers/{name}/stop", self._checked(self.stop_trigger))
        site.route("POST", re.escape(ROOT) + "/queryPipelineRuns", self._checked(self.query_runs))
        site.route("GET", run, self._checked(self.get_run))
        site.route("POST", f"{run}/queryActivityruns", self._checked(self.query_activities))
        site.route("POST", f"{run}/cancel", self._checked(self.cancel))
        site.route("GET", re.escape(ROOT), self._checked(self.get_factory))

    def _checked(self, handler):
        def handle(request: Request) -> Answer:
            version = request.query.get("api-version")
            if version != API_VERSION:
                code = "MissingApiVersionParameter" if version is None else "InvalidApiVersionParameter"
                raise Refusal(400, code, f"the api-version must be {API_VERSION}, not {version}")
            try:
                self.issuer.check(request.headers.get("authorization"), MANAGEMENT)
            except Unauthorized as error:
                challenge = {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error}"'}
                raise Refusal(401, "AuthenticationFailed", str(error), challenge) from None
            return handler(request)

        return handle

    def get_factory(self, _: Request) -> Answer:
        return Answer(
            body={
                "id": ROOT,
                "name": FACTORY,
                "type": "Microsoft.DataFactory/factories",
                "location": "eastus",
                "properties": {"provisioningState": "Succeeded"},
            }
        )

    def _find(self, collection: str, name: str) -> dict:
        found = self.resources[collection].get(name)
        if found is None:
            raise Refusal(404, "NotFound", f"The document could not be retrieved because it does not exist: {name}")
        return found

    def put(self, request: Request) -> Answer:
        collection, name = _collection(request), request.groups["name"]
        body = request.json()
        with self.lock:
            present = self.resources[collection].get(name)
            if collection == "triggers" and present and present["properties"]["runtimeState"] == "Started":
                raise Refusal(
                    400,
                    "TriggerEnabledCannotUpdate",
                    f"Cannot update enabled Trigger; the trigger needs to be disabled first: {name}",
                )
            try:
                schema.check(collection, body, self.resources)
            except schema.Invalid as error:
                raise Refusal(400, "BadRequest", str(error)) from None
            stored = {
                "id": f"{ROOT}/{collection}/{name}",
                "name": name,
                "type": f"Microsoft.DataFactory/factories/{collection.lower()}",
                "etag": str(uuid.uuid4()),
                "properties": _as_service_keeps(collection, body["properties"]),
            }
            self.resources[collection][name] = stored
            self.puts.append(f"{collection}/{name}")
        return Answer(body=stored)

    def get(self, request: Request) -> Answer:
        return Answer(body=self._find(_collection(request), request.groups["name"]))

    def delete(self, request: Request) -> Answer:
        collection, name = _collection(request), request.groups["name"]
        with self.lock:
            for other in (body for group in self.resources.values() for body in group.values()):
                if (collection, name) in schema.references(other["properties"]):
                    raise Refusal(
                        400, "BadRequest", f"The document cannot be deleted since it is referenced by {other['name']}."
                    )
            found = self.resources[collection].pop(name, None)
        return Answer(200 if found else 204)

    def list(self, request: Request) -> Answer:
        return Answer(body={"value": list(self.resources[_collection(request)].values())})

    def start_trigger(self, request: Request) -> Answer:
        self._find("triggers", request.groups["name"])["properties"]["runtimeState"] = "Started"
        return Answer()

    def stop_trigger(self, request: Request) -> Answer:
        self._find("triggers", request.groups["name"])["properties"]["runtimeState"] = "Stopped"
        return Answer()

    def create_run(self, request: Request) -> Answer:
        name = request.groups["name"]
        given = request.json() if request.body else {}
        run = self.start(name, given, {"name": "Manual", "invokedByType": "Manual"})
        return Answer(body={"runId": run.identifier})

    def start(self, name: str, given: dict, invoked_by: dict) -> Run:
        properties = copy.deepcopy(self._find("pipelines", name)["properties"])
        wanted = properties.get("parameters", {})
        parameters = {key: value["defaultValue"] for key, value in wanted.items() if "defaultValue" in value} | given
        missing, unknown = set(wanted) - set(parameters), set(parameters) - set(wanted)
        if missing or unknown:
            raise Refusal(
                400, "BadRequest", f"parameters of {name} missing: {missing or 'none'}, unknown: {unknown or 'none'}"
            )
        run = Run(name, parameters, invoked_by)
        with self.lock:
            self.runs[run.identifier] = run
        threading.Thread(target=self._execute, args=(run, properties), daemon=True).start()
        return run

    def _execute(self, run: Run, properties: dict) -> None:
        most = properties.get("concurrency")
        while most and not run.cancel.is_set():
            with self.lock:
                before = [r for r in self.runs.values() if r.pipeline == run.pipeline and r.status == "InProgress"]
                if len(before) < most:
                    run.status = "InProgress"
                    break
            run.cancel.wait(0.02)
        Execution(run, properties, self.surroundings).execute()

    def start_child(self, parent: Run, name: str, parameters: dict) -> Run:
        child = self.start(name, parameters, {"name": parent.identifier, "invokedByType": "PipelineActivity"})
        parent.children.append(child)
        if parent.cancel.is_set():  # meanwhile
            child.cancel.set()
        return child

    def _find_run(self, request: Request) -> Run:
        run = self.runs.get(request.groups["run"])
        if run is None:
            raise Refusal(404, "NotFound", f"No pipeline run found with id {request.groups['run']}")
        return run

    def get_run(self, request: Request) -> Answer:
        return Answer(body=self._find_run(request).as_json())

    def query_runs(self, request: Request) -> Answer:
        _check_filter(request.json())
        runs = sorted(self.runs.values(), key=lambda run: run.started, reverse=True)
        filters = {f["operand"]: f["values"] for f in request.json().get("filters", [])}
        if "PipelineName" in filters:
            runs = [run for run in runs if run.pipeline in filters["PipelineName"]]
        return Answer(body={"value": [run.as_json() for run in runs[:PAGE]]})

    def query_activities(self, request: Request) -> Answer:
        run = self._find_run(request)
        body = request.json()
        _check_filter(body)
        with run.lock:
            rows = [dict(row) for row in run.activities]
        rows = [row for row in rows if (row["activityRunEnd"] or timestamp()) > body["lastUpdatedAfter"]]
        for condition in body.get("filters", []):
            if condition["operand"] == "Status" and condition["operator"] == "Equals":
                rows = [row for row in rows if row["status"] in condition["values"]]
        offset = int(body.get("continuationToken") or 0)
        page = {"value": rows[offset : offset + PAGE]}
        if offset + PAGE < len(rows):
            page["continuationToken"] = str(offset + PAGE)
        return Answer(body=page)

    def cancel(self, request: Request) -> Answer:
        run = self._find_run(request)
        if run.finished.is_set():
            raise Refusal(400, "BadRequest", f"The pipeline run {run.identifier} is not in progress")
        self._cancel(run, request.query.get("isRecursive", "false").lower() == "true")
        return Answer()

    def close(self) -> None:
        """Cancels what still runs, and waits for its end: the folders that it writes to go away."""
        for run in list(self.runs.values()):
            run.cancel.set()
        for run in list(self.runs.values()):
            assert run.finished.wait(60), f"the run of {run.pipeline} did not end"

    def _cancel(self, run: Run, children_too: bool) -> None:
        run.status = "Canceling"
        run.cancel.set()
        for child in run.children if children_too else ():
            self._cancel(child, True)


def _collection(request: Request) -> str:
    """Resource Manager does not look at the case of its paths."""
    return next(c for c in COLLECTIONS if c.lower() == request.groups["collection"].lower())


def _check_filter(body: dict) -> None:
    for key in ("lastUpdatedAfter", "lastUpdatedBefore"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", str(body.get(key))):
            raise Refusal(400, "BadRequest", f"{key} must be a date and time, not {body.get(key)}")
    unknown = set(body) - {"lastUpdatedAfter", "lastUpdatedBefore", "filters", "orderBy", "continuationToken"}
    if unknown:
        raise Refusal(400, "BadRequest", f"unknown: {unknown}")


def _as_service_keeps(collection: str, properties: dict) -> dict:
    """The service adds what it knows, and drops what is empty."""
    kept = {key: value for key, value in copy.deepcopy(properties).items() if value not in ([], {})}
    if collection == "pipelines":
        kept["lastPublishTime"] = timestamp()
    if collection == "triggers":
        kept["runtimeState"] = "Stopped"
    return kept
