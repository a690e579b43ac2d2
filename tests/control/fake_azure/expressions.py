"""Data Factory's expressions, computed by Microsoft's own engine: the one in data-factory-testing-framework, on .NET.

Only what an expression mentions is handed to the engine: a Lookup's 5,000 rows are not, for each of its items. And mere
names, of which there are nine for each archive, are looked up here (test_export.py: the engine says the same).
"""

import functools
import importlib.util
import json
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

_dnv = importlib.util.find_spec("dnv")
os.environ.setdefault(
    "DOTNET_ROOT", str(Path(next(iter(_dnv.submodule_search_locations))) / "net" / "runtime" / ".net")
)
os.environ.setdefault("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")

from data_factory_testing_framework._expression_runtime.expression_runtime import ExpressionRuntime  # noqa: E402
from data_factory_testing_framework.state import (  # noqa: E402
    ActivityResult,
    DependencyCondition,
    PipelineRunState,
    PipelineRunVariable,
    RunParameter,
    RunParameterType,
)

_lock = threading.Lock()
_runtime = ExpressionRuntime()
_KINDS = {
    "pipeline": RunParameterType.Pipeline,
    "system": RunParameterType.System,
    "dataset": RunParameterType.Dataset,
    "linkedService": RunParameterType.LinkedService,
}
_NAME = re.compile(r"@(item\(\)|dataset\(\)|linkedService\(\)|pipeline\(\)\.parameters)\.(\w+)")


class ExpressionError(Exception):
    """The engine refused."""


@dataclass
class Scope:
    """What an expression may speak of."""

    parameters: dict[str, object] = field(default_factory=dict)
    system: dict[str, object] = field(default_factory=dict)
    variables: dict[str, object] = field(default_factory=dict)
    activities: dict[str, dict] = field(default_factory=dict)  # name to {"status", "output", "error"}
    item: object = None
    dataset: dict[str, object] = field(default_factory=dict)
    linked_service: dict[str, object] = field(default_factory=dict)

    def state(self, text: str) -> PipelineRunState:
        values = {
            "pipeline": self.parameters,
            "system": self.system,
            "dataset": self.dataset,
            "linkedService": self.linked_service,
        }
        named = set(re.findall(r"activity\('([^']+)'\)", text))
        results = []
        for name in named & self.activities.keys():
            activity = self.activities[name]
            result = ActivityResult(name, DependencyCondition(activity["status"]), activity.get("output"))
            result.error = activity.get("error")
            results.append(result)
        return PipelineRunState(
            [
                RunParameter(_KINDS[kind], name, value)
                for kind, group in values.items()
                for name, value in group.items()
            ],
            [PipelineRunVariable(name, value) for name, value in self.variables.items()],
            results,
            self.item,
        )


@functools.lru_cache(maxsize=1000)
def _transformed(text: str) -> str:
    return _runtime.dftf_expressions_transformer.transform_to_dftf_evaluator_expression(text, PipelineRunState())


def named(text: str, scope: Scope) -> str | None:
    """The value of a mere name where it is a text."""
    name = _NAME.fullmatch(text.replace("@{", "@").removesuffix("}") if text.startswith("@{") else text)
    if not name:
        return None
    groups = {
        "item()": scope.item,
        "dataset()": scope.dataset,
        "linkedService()": scope.linked_service,
        "pipeline().parameters": scope.parameters,
    }
    group = groups[name[1]]
    value = group.get(name[2]) if isinstance(group, dict) else None
    return value if isinstance(value, str) else None


def evaluate_text(text: str, scope: Scope) -> object:
    """The value of `@…`; texts without an expression in them are what they are."""
    if "@" not in text:
        return text
    known = named(text, scope)
    return known if known is not None else evaluate_by_engine(text, scope)


def evaluate_by_engine(text: str, scope: Scope) -> object:
    try:
        with _lock:
            return _runtime.dftf_expressions_evaluator.evaluate(_transformed(text), scope.state(text))
    except Exception as error:  # of .NET
        raise ExpressionError(f"{text}: {str(error).splitlines()[0]}") from None


def evaluate(value: object, scope: Scope) -> object:
    """`value` with each {"type": "Expression"} in it, and each text with an expression, computed."""
    if isinstance(value, str):
        return evaluate_text(value, scope)
    if isinstance(value, list):
        return [evaluate(element, scope) for element in value]
    if isinstance(value, dict):
        if value.get("type") == "Expression" and ("value" in value or "content" in value):
            return evaluate_text(value.get("value", value.get("content")), scope)
        return {key: evaluate(element, scope) for key, element in value.items()}
    return value


def all_expressions(value: object) -> list[str]:
    """Every expression in a resource."""
    if isinstance(value, str):
        return [value] if value.startswith("@") else []
    if isinstance(value, list):
        return [text for element in value for text in all_expressions(element)]
    if isinstance(value, dict):
        return [text for element in value.values() for text in all_expressions(element)]
    return []


def plain(value: object) -> str:
    return json.dumps(value, sort_keys=True)
