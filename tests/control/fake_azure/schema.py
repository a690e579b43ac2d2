"""What a factory takes: fields that azure-mgmt-datafactory knows, the service's rules, references to what is there."""

import functools
from collections.abc import Iterator

from azure.mgmt.datafactory import models
from azure.mgmt.datafactory._utils.serialization import Deserializer, Serializer

CLASSES = {name: value for name, value in vars(models).items() if isinstance(value, type)}
RESOURCES = {
    "linkedServices": "LinkedServiceResource",
    "datasets": "DatasetResource",
    "pipelines": "PipelineResource",
    "triggers": "TriggerResource",
}
REFERENCES = {
    "LinkedServiceReference": "linkedServices",
    "DatasetReference": "datasets",
    "PipelineReference": "pipelines",
}
CONTAINERS = ("ForEach", "Until", "IfCondition", "Switch")
MOST_ACTIVITIES = 80


class Invalid(Exception):
    """Why a body is refused."""


@functools.cache
def _coders() -> tuple[Serializer, Deserializer]:
    return Serializer(CLASSES), Deserializer(CLASSES)


def check_fields(kind: str, body: dict) -> None:
    """Every field is one of the models': what they read and write again is what was read."""
    serializer, deserializer = _coders()
    model = deserializer(RESOURCES[kind], body)
    for part in _parts(model):
        extra = {
            key: value for key, value in (getattr(part, "additional_properties", None) or {}).items() if key != "type"
        }
        if extra:
            raise Invalid(f"{type(part).__name__} has no field {', '.join(extra)}")
        if type(part) in (models.Activity, models.LinkedService, models.Dataset, models.Trigger, models.CopySource):
            raise Invalid(f"{getattr(part, 'type', None)} is no known type of {type(part).__name__}")
    again = serializer.body(model, RESOURCES[kind])
    lost = _differences({"properties": body["properties"]}, {"properties": again["properties"]}, "")
    if lost:
        raise Invalid(f"unknown or malformed: {', '.join(lost)}")


def _parts(model: object) -> Iterator[object]:
    if isinstance(model, list):
        for element in model:
            yield from _parts(element)
    elif isinstance(model, dict):
        for element in model.values():
            yield from _parts(element)
    elif hasattr(model, "_attribute_map"):
        yield model
        for name in model._attribute_map:
            if name != "additional_properties":
                yield from _parts(getattr(model, name, None))


def _differences(before: object, after: object, path: str) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in before:
            if key not in after:
                found.append(f"{path}.{key}")
            else:
                found += _differences(before[key], after[key], f"{path}.{key}")
        return found
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            text
            for index, pair in enumerate(zip(before, after, strict=True))
            for text in _differences(*pair, f"{path}[{index}]")
        ]
    return [] if before == after or before is None else [path]


def all_activities(activities: list[dict]) -> Iterator[dict]:
    for activity in activities:
        yield activity
        for inner in inner_lists(activity):
            yield from all_activities(inner)


def inner_lists(activity: dict) -> list[list[dict]]:
    properties = activity.get("typeProperties", {})
    lists = [properties.get(key, []) for key in ("activities", "ifTrueActivities", "ifFalseActivities")]
    return [*lists, *(case.get("activities", []) for case in properties.get("cases", []))]


def references(value: object) -> Iterator[tuple[str, str]]:
    """(collection, name) of all that a resource refers to."""
    if isinstance(value, dict):
        if value.get("type") in REFERENCES and "referenceName" in value:
            yield REFERENCES[value["type"]], value["referenceName"]
        for element in value.values():
            yield from references(element)
    elif isinstance(value, list):
        for element in value:
            yield from references(element)


def check_pipeline(properties: dict) -> None:
    activities = list(all_activities(properties.get("activities", [])))
    if len(activities) > MOST_ACTIVITIES:
        raise Invalid(f"{len(activities)} activities are more than {MOST_ACTIVITIES}")
    names = [activity["name"] for activity in activities]
    if len(set(names)) != len(names):
        raise Invalid("two activities have one name")
    for name in names:
        if not 0 < len(name) <= 55:
            raise Invalid(f"the activity name {name} is too long")
    _check_scope(properties.get("activities", []), ())
    variables = properties.get("variables", {})
    for activity in activities:
        if activity["type"] in ("SetVariable", "AppendVariable"):
            _check_variable(activity, variables)


def _check_variable(activity: dict, variables: dict) -> None:
    properties = activity["typeProperties"]
    name = properties["variableName"]
    if properties.get("setSystemVariable"):
        if name != "pipelineReturnValue":
            raise Invalid(f"{name} is no system variable")
        return
    if name not in variables:
        raise Invalid(f"{activity['name']}: the pipeline has no variable {name}")
    if activity["type"] == "AppendVariable" and variables[name]["type"] != "Array":
        raise Invalid(f"{activity['name']}: {name} is no array")


def _check_scope(activities: list[dict], around: tuple[str, ...]) -> None:
    names = {activity["name"] for activity in activities}
    for activity in activities:
        kind, properties = activity["type"], activity.get("typeProperties", {})
        for dependency in activity.get("dependsOn", []):
            if dependency["activity"] not in names:
                raise Invalid(f"{activity['name']} depends on {dependency['activity']}, which is not beside it")
        if kind in ("ForEach", "Until") and {"ForEach", "Until"} & set(around):
            raise Invalid(f"{activity['name']}: a {kind} cannot stand inside {around[-1]}")
        if kind in ("IfCondition", "Switch") and {"IfCondition", "Switch"} & set(around):
            raise Invalid(f"{activity['name']}: a {kind} cannot stand inside {around[-1]}")
        if kind == "ForEach" and not 1 <= properties.get("batchCount", 20) <= 50:
            raise Invalid(f"{activity['name']}: batchCount must be from 1 to 50")
        policy = activity.get("policy", {})
        if "retryIntervalInSeconds" in policy and not 30 <= policy["retryIntervalInSeconds"] <= 86400:
            raise Invalid(f"{activity['name']}: retryIntervalInSeconds must be from 30 to 86400")
        for inner in inner_lists(activity):
            _check_scope(inner, (*around, kind))


def check(kind: str, body: dict, present: dict[str, dict]) -> None:
    """Raises Invalid. `present`: names by collection."""
    if not isinstance(body, dict) or not isinstance(body.get("properties"), dict):
        raise Invalid("the body must have `properties`")
    check_fields(kind, body)
    if kind == "pipelines":
        check_pipeline(body["properties"])
    for collection, name in references(body["properties"]):
        if name not in present[collection]:
            raise Invalid(f"the document {name} of {collection} could not be found")
