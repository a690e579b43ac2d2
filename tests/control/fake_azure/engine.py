"""Runs pipelines as Data Factory does: dependencies, retries, ForEach, Until, limits, return values, cancellation."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .activities import ACTIVITIES, ActivityFailed, Surroundings
from .expressions import ExpressionError, Scope, evaluate


def timestamp() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


class Cancelled(Exception):
    """The run was cancelled."""


@dataclass
class Run:
    """A run of a pipeline."""

    pipeline: str
    parameters: dict
    invoked_by: dict
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Queued"
    message: str = ""
    started: str = field(default_factory=timestamp)
    ended: str | None = None
    activities: list[dict] = field(default_factory=list)
    children: list["Run"] = field(default_factory=list)
    return_value: dict = field(default_factory=dict)
    cancel: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def as_json(self) -> dict:
        return {
            "runId": self.identifier,
            "debugRunId": None,
            "runGroupId": self.identifier,
            "pipelineName": self.pipeline,
            "parameters": {name: str(value) for name, value in self.parameters.items()},
            "invokedBy": self.invoked_by,
            "runStart": self.started,
            "runEnd": self.ended,
            "durationInMs": 1,
            "status": self.status,
            "message": self.message,
            "lastUpdated": timestamp(),
            "isLatest": True,
        }


class Execution:
    """The execution of one run."""

    def __init__(self, run: Run, properties: dict, surroundings: Surroundings) -> None:
        self.run = run
        self.properties = properties
        self.surroundings = surroundings
        defaults = {
            name: variable.get("defaultValue", [] if variable["type"] == "Array" else None)
            for name, variable in properties.get("variables", {}).items()
        }
        self.variables = {name: list(value) if isinstance(value, list) else value for name, value in defaults.items()}
        self.lock = threading.Lock()

    def execute(self) -> None:
        run = self.run
        run.status = "InProgress"
        scope = Scope(
            parameters=run.parameters,
            system={"RunId": run.identifier, "Pipeline": run.pipeline, "DataFactory": "factory"},
            variables=self.variables,
        )
        try:
            error = self.run_scope(self.properties.get("activities", []), scope)
            status, message = "Failed" if error else "Succeeded", error or ""
        except Cancelled:
            status, message = "Cancelled", "Cancelled by the user"
        except Exception as defect:
            status, message = "Failed", f"the fake factory failed: {defect!r}"
            raise
        finally:
            run.ended = timestamp()  # before the status: the next run may begin once that is told
            run.status, run.message = status, message
            run.finished.set()

    def run_scope(self, activities: list[dict], scope: Scope) -> str | None:
        """Runs activities in the order of their dependencies; the error that the whole of them ends with."""
        outcome: dict[str, str] = {}
        waiting = list(activities)
        while waiting:
            ready = next(a for a in waiting if all(d["activity"] in outcome for d in a.get("dependsOn", [])))
            waiting.remove(ready)
            outcome[ready["name"]] = self.run_or_skip(ready, outcome, scope)
        return self.judge(activities, outcome, scope)

    def run_or_skip(self, activity: dict, outcome: dict[str, str], scope: Scope) -> str:
        for dependency in activity.get("dependsOn", []):
            state = outcome[dependency["activity"]]
            allowed = {"Succeeded", "Failed"} if "Completed" in dependency["dependencyConditions"] else set()
            if state not in allowed | set(dependency["dependencyConditions"]):
                return "Skipped"
        return self.run_activity(activity, scope)

    @staticmethod
    def judge(activities: list[dict], outcome: dict[str, str], scope: Scope) -> str | None:
        """A leaf that was skipped is judged by what it waited for."""
        by_name = {activity["name"]: activity for activity in activities}
        inner = {d["activity"] for activity in activities for d in activity.get("dependsOn", [])}
        judged = [name for name in by_name if name not in inner]
        while judged:
            name = judged.pop()
            if outcome[name] == "Skipped":
                judged += [dependency["activity"] for dependency in by_name[name].get("dependsOn", [])]
            elif outcome[name] == "Failed":
                return f"Operation on target {name} failed: {scope.activities[name]['error']['message']}"
        return None

    def run_activity(self, activity: dict, scope: Scope) -> str:
        policy = activity.get("policy", {})
        attempts = 1 + int(policy.get("retry", 0))
        for attempt in range(1, attempts + 1):
            self.check_cancelled()
            record = {
                "activityName": activity["name"],
                "activityType": activity["type"],
                "activityRunId": str(uuid.uuid4()),
                "pipelineName": self.run.pipeline,
                "pipelineRunId": self.run.identifier,
                "activityRunStart": timestamp(),
                "activityRunEnd": None,
                "durationInMs": None,
                "retryAttempt": attempt - 1 if attempt > 1 else None,
                "linkedServiceName": activity.get("linkedServiceName", {}).get("referenceName", ""),
                "input": {},
                "output": {},
                "status": "InProgress",
                "error": {"errorCode": "", "message": "", "failureType": "", "target": activity["name"]},
            }
            with self.run.lock:
                self.run.activities.append(record)
            status, output, error = self.attempt(activity, scope, record)
            record["activityRunEnd"], record["durationInMs"] = timestamp(), 1
            is_long = activity["type"] == "Lookup" and output.get("count", 0) > 100
            record["output"] = {"count": output["count"]} if is_long else output
            record["status"] = status
            if error:
                record["error"] = {**error, "failureType": "UserError", "target": activity["name"]}
            if status == "Cancelled":
                raise Cancelled
            if status == "Succeeded" or attempt == attempts:
                break
            self.pause(policy.get("retryIntervalInSeconds", 30))
        result = {"status": status, "output": output}
        if error:
            result["error"] = {"errorCode": error["errorCode"], "message": error["message"]}
        scope.activities = {**scope.activities, activity["name"]: result}
        return status

    def attempt(self, activity: dict, scope: Scope, record: dict) -> tuple[str, dict, dict | None]:
        try:
            control = {"ForEach": self.for_each, "IfCondition": self.if_condition, "Until": self.until}
            if activity["type"] in control:
                return "Succeeded", control[activity["type"]](activity["typeProperties"], scope) or {}, None
            if activity["type"] in ("SetVariable", "AppendVariable"):
                return "Succeeded", self.set_variable(activity, scope), None
            if activity["type"] == "ExecutePipeline":
                return "Succeeded", self.execute_pipeline(activity["typeProperties"], scope, record), None
            if activity["type"] == "Wait":
                self.pause(evaluate(activity["typeProperties"]["waitTimeInSeconds"], scope))
                return "Succeeded", {}, None
            return "Succeeded", ACTIVITIES[activity["type"]](activity, scope, self.surroundings), None
        except Cancelled:
            return "Cancelled", {}, {"errorCode": "Cancelled", "message": "cancelled"}
        except ActivityFailed as failed:
            return "Failed", failed.output, {"errorCode": failed.code, "message": str(failed)}
        except ExpressionError as error:
            return (
                "Failed",
                {},
                {"errorCode": "InvalidTemplate", "message": f"The expression cannot be evaluated: {error}"},
            )

    def pause(self, seconds: float) -> None:
        if self.run.cancel.wait(seconds * self.surroundings.seconds_a_second):
            raise Cancelled

    def check_cancelled(self) -> None:
        if self.run.cancel.is_set():
            raise Cancelled

    def for_each(self, properties: dict, scope: Scope) -> dict:
        items = evaluate(properties["items"], scope)
        if not isinstance(items, list):
            raise ActivityFailed("InvalidTemplate", "the items of a ForEach must be an array")
        if len(items) > 100_000:
            raise ActivityFailed("ForEachItemsLimit", "a ForEach takes 100,000 items")
        at_once = 1 if properties.get("isSequential") else properties.get("batchCount", 20)

        def one(item: object) -> str | None:
            inner = Scope(
                parameters=scope.parameters,
                system=scope.system,
                variables=scope.variables,
                activities=scope.activities,
                item=item,
            )
            return self.run_scope(properties["activities"], inner)

        with ThreadPoolExecutor(at_once) as pool:
            futures = [pool.submit(one, item) for item in items]
            errors = [error for error in (future.result() for future in futures) if error]
        if errors:
            raise ActivityFailed("BadRequest", f"{len(errors)} iterations failed; the first: {errors[0]}")
        return {"itemsCount": len(items)}

    def if_condition(self, properties: dict, scope: Scope) -> dict:
        chosen = evaluate(properties["expression"], scope)
        if not isinstance(chosen, bool):
            raise ActivityFailed("InvalidTemplate", f"the condition is {chosen!r}, which is no boolean")
        error = self.run_scope(properties.get("ifTrueActivities" if chosen else "ifFalseActivities", []), scope)
        if error:
            raise ActivityFailed("ActivityFailed", error)
        return {}

    def until(self, properties: dict, scope: Scope) -> dict:
        for _ in range(10_000):
            error = self.run_scope(properties["activities"], scope)
            if error:
                raise ActivityFailed("ActivityFailed", error)
            if evaluate(properties["expression"], scope) is True:
                return {}
            self.check_cancelled()
        raise ActivityFailed("Timeout", "the Until timed out")

    def set_variable(self, activity: dict, scope: Scope) -> dict:
        properties = activity["typeProperties"]
        name = properties["variableName"]
        if properties.get("setSystemVariable"):
            self.run.return_value = {
                entry["key"]: evaluate(entry["value"], scope)
                if entry["value"]["type"] == "Expression"
                else entry["value"]["content"]
                for entry in properties["value"]
            }
            return {"name": name, "value": self.run.return_value}
        value = evaluate(properties["value"], scope)
        with self.lock:
            if activity["type"] == "AppendVariable":
                self.variables[name] = [*self.variables[name], value]
            else:
                self.variables[name] = value
        return {"name": name, "value": value}

    def execute_pipeline(self, properties: dict, scope: Scope, record: dict) -> dict:
        name = properties["pipeline"]["referenceName"]
        parameters = evaluate(properties.get("parameters", {}), scope)
        child = self.surroundings.start_child(self.run, name, parameters)
        record["output"] = {"pipelineRunId": child.identifier, "pipelineName": name}
        while not child.finished.wait(0.01):
            self.check_cancelled()
        self.check_cancelled()
        output = {"pipelineRunId": child.identifier, "pipelineName": name}
        if child.return_value:
            output["pipelineReturnValue"] = child.return_value
        if child.status != "Succeeded":
            raise ActivityFailed(
                "InnerPipelineFailed", f"Operation on target {name} failed: {child.message or child.status}", output
            )
        return output
