"""Run by the Python that has Airflow: its own operator runs pipelines of the factory.

Each line of standard input is one task (JSON: pipeline, parameters; kill_after: seconds from its run's beginning until
it is killed as Airflow kills tasks), executed as a worker would, but without a scheduler and its database. Each line of
standard output is JSON: the run's id, and the exception that would have failed the task.
"""

import json
import os
import sys
import threading
import time

from airflow.providers.microsoft.azure.operators.data_factory import AzureDataFactoryRunPipelineOperator


class TaskInstance:
    """What the operator needs of one."""

    def __init__(self) -> None:
        self.pushed = {}

    def xcom_push(self, key: str, value: object, **_) -> None:
        self.pushed[key] = value


def kill(operator: AzureDataFactoryRunPipelineOperator, seconds: float) -> None:
    """So long after its run began: before, there is nothing to cancel."""
    while not getattr(operator, "run_id", None):
        time.sleep(0.05)
    time.sleep(seconds)
    operator.on_kill()


def run(asked: dict) -> dict:
    operator = AzureDataFactoryRunPipelineOperator(
        task_id="copy_corpus",
        azure_data_factory_conn_id="factory",
        resource_group_name=os.environ["GROUP"],
        factory_name=os.environ["FACTORY"],
        pipeline_name=asked["pipeline"],
        parameters=asked["parameters"],
        check_interval=1,
        timeout=60,
    )
    if "kill_after" in asked:
        threading.Thread(target=kill, args=(operator, asked["kill_after"]), daemon=True).start()
    task, told = TaskInstance(), {}
    try:
        operator.execute({"ti": task})
    except Exception as error:
        told = {"error": type(error).__name__, "said": str(error)}
    return {**told, "run": task.pushed.get("run_id")}


answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")  # what Airflow logs is not an answer
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), file=answers, flush=True)
os._exit(0)  # clients of asyncio that were never opened complain at the interpreter's end
