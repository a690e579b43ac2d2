"""adf plan, deploy, run, status and cancel against the fake Azure, which is strict and executes what was deployed."""

import json
import signal
import time

import pytest
from factory_site import make_archives, settings, write_manifest
from fake_azure.web import Answer, Fault
from program import Running, run_voxlake

RESOURCES = 8


def adf(azure, *arguments, **more):
    return run_voxlake("adf", *arguments, environment=settings(azure, **more))


def trigger(azure):
    return azure.factory.resources["triggers"]["voxlake_weekly"]["properties"]


def test_deploying_twice_changes_nothing(program, azure):
    assert "create  pipeline        voxlake_corpus" in adf(azure, "plan").stdout
    assert not azure.factory.puts
    first = adf(azure, "deploy")
    assert first.code == 0, first.text
    assert len(azure.factory.puts) == RESOURCES
    second = adf(azure, "deploy")
    assert second.code == 0, second.text
    assert "Nothing to do" in second.stdout
    assert len(azure.factory.puts) == RESOURCES
    assert "as it should be" in adf(azure, "plan").stdout


def test_plan_shows_what_somebody_changed_by_hand_and_deploy_puts_it_right(program, azure):
    adf(azure, "deploy")
    corpus = azure.factory.resources["pipelines"]["voxlake_corpus"]["properties"]
    corpus["concurrency"] = 7
    chunk = azure.factory.resources["pipelines"]["voxlake_copy_chunk"]["properties"]
    next(a for a in chunk["activities"] if a["name"] == "each_archive")["typeProperties"]["batchCount"] = 3
    del azure.factory.resources["triggers"]["voxlake_weekly"]
    plan = adf(azure, "plan")
    assert "concurrency: 7 -> 1" in plan.stdout
    assert 'activities["each_archive"].typeProperties.batchCount: 3 -> 50' in plan.stdout
    assert "create  trigger         voxlake_weekly" in plan.stdout
    assert "3 of 8 to do" in plan.stdout
    azure.factory.puts.clear()
    assert adf(azure, "deploy").code == 0
    assert azure.factory.puts == ["pipelines/voxlake_copy_chunk", "pipelines/voxlake_corpus", "triggers/voxlake_weekly"]
    assert "as it should be" in adf(azure, "plan").stdout


def test_what_earlier_settings_left_is_shown_and_left_alone(program, azure):
    by_function = {"adf_describe": "function", "adf_function_app": "speechfunctions", "adf_vault": "speechvault"}
    assert adf(azure, "deploy", **by_function).code == 0
    plan = adf(azure, "plan")
    for kind, name in (("pipeline", "call_function"), ("linked service", "function"), ("linked service", "vault")):
        assert f"unused  {kind:15} voxlake_{name}\n" in plan.stdout
    assert "1 of 11 to do" in plan.stdout  # the corpus's pipeline calls no function any more
    assert "1 of 11 resources changed" in adf(azure, "deploy").stdout
    plan = adf(azure, "plan")
    assert "as it should be" in plan.stdout and "unused" in plan.stdout
    assert "voxlake_call_function" in azure.factory.resources["pipelines"]


def test_an_interrupted_deployment_goes_on_where_it_stopped(program, azure):
    refused = Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
    azure.site.faults.append(Fault(r"^PUT .*/pipelines/voxlake_copy_chunk", 1, refused))
    first = adf(azure, "deploy")
    assert first.code == 1
    assert "cannot write the pipeline voxlake_copy_chunk" in first.stderr
    assert "Data Factory Contributor" in first.stderr
    half = list(azure.factory.puts)
    assert 0 < len(half) < RESOURCES
    assert adf(azure, "deploy").code == 0
    assert len(azure.factory.puts) == len(set(azure.factory.puts)) == RESOURCES


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, 137)])
def test_a_deployment_that_is_stopped_half_way_goes_on_later(program, azure, how, code):
    running = None

    def interrupt():
        running.send(how)
        time.sleep(0.2)

    azure.site.faults.append(Fault(r"^PUT .*/datasets/voxlake_archive_on_web", 1, action=interrupt))
    running = Running(["adf", "deploy"], environment=settings(azure))
    assert running.wait(120).code == code
    deadline = time.monotonic() + 60
    while not any(
        told["method"] == "PUT" and told["path"].endswith("/voxlake_archive_on_web") for told in azure.site.log
    ):
        assert time.monotonic() < deadline, azure.site.log
        time.sleep(0.01)  # what it still sent arrives
    half = set(azure.factory.puts)
    assert 0 < len(half) < RESOURCES
    azure.factory.puts.clear()
    assert adf(azure, "deploy").code == 0
    assert not half & set(azure.factory.puts) and len(half) + len(azure.factory.puts) == RESOURCES


def test_the_trigger_runs_as_configured_also_when_it_is_changed(program, azure):
    adf(azure, "deploy", adf_schedule="started")
    assert trigger(azure)["runtimeState"] == "Started"
    assert "as it should be" in adf(azure, "plan", adf_schedule="started").stdout
    changed = adf(azure, "deploy", adf_schedule="started", adf_weekday="Monday", adf_hour="5")
    assert changed.code == 0, changed.text
    assert trigger(azure)["runtimeState"] == "Started"
    assert trigger(azure)["typeProperties"]["recurrence"]["schedule"]["weekDays"] == ["Monday"]
    assert "stop    trigger" in adf(azure, "deploy", adf_weekday="Monday", adf_hour="5").stdout
    assert trigger(azure)["runtimeState"] == "Stopped"
    adf(azure, "deploy", adf_schedule="started")
    assert "stop    trigger" in adf(azure, "deploy", adf_schedule="none").stdout
    assert trigger(azure)["runtimeState"] == "Stopped"


def test_run_follows_the_run_and_tells_what_came(program, azure, web, tmp_path):
    names = make_archives(tmp_path / "site", 60)
    write_manifest(azure, web(tmp_path / "site"), names, chunk=25)
    adf(azure, "deploy")
    outcome = adf(azure, "run")
    assert outcome.code == 0, outcome.text
    assert "60 archives copied" in outcome.stdout
    assert {file.name for file in (tmp_path / "lake/bronze/sample").iterdir()} == set(names)
    again = adf(azure, "run", log="json")
    told = [json.loads(line) for line in again.stderr.splitlines()]
    assert [row["total"] for row in told if row["event"] == "begin"] == [60]
    assert [(row["out"], row["refused"]) for row in told if row["event"] == "end"] == [(60, 0)]
    assert "everything_came" in [row["text"] for row in told if row["event"] == "message"]
    listed = adf(azure, "status")
    assert listed.stdout.count("Succeeded") == 2
    again = adf(azure, "status", listed.stdout.split()[0])
    assert again.code == 0
    assert "60 archives copied" in again.stdout


def test_archives_that_failed_are_named_and_the_exit_status_says_so(program, azure, web, tmp_path):
    names = make_archives(tmp_path / "site", 30)
    write_manifest(azure, web(tmp_path / "site", ["404:/speaker7-*:*", "503:/speaker8-*:2"]), names)
    adf(azure, "deploy")
    outcome = adf(azure, "run")
    assert outcome.code == 3, outcome.text
    assert "29 archives copied" in outcome.stdout
    assert "1 failed" in outcome.stdout
    assert "speaker7-20100101-abc.tgz: ErrorCode=HttpRequestFailed" in outcome.stdout
    assert "speaker8" not in outcome.stdout


def test_databricks_decodes_and_describes_what_came(program, azure, web, tmp_path):
    names = make_archives(tmp_path / "site", 3)
    write_manifest(azure, web(tmp_path / "site"), names)
    databricks = {
        "adf_describe": "databricks",
        "adf_databricks": "adb-1234567890123456.7.azuredatabricks.net",
        "adf_databricks_workspace": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w",
        "adf_databricks_cluster": "0123-456789-abcdefgh",
    }
    assert adf(azure, "deploy", **databricks).code == 0
    outcome = adf(azure, "run", **databricks)
    assert outcome.code == 0, outcome.text
    around = azure.factory.surroundings
    parameters = {"lake": "abfss://speechlake.dfs.core.windows.net", "corpus": "sample", "features_set": "spectral"}
    expected = {"cluster": "0123-456789-abcdefgh", "parameters": parameters}
    assert around.notebooks == [{**expected, "path": f"/Shared/voxlake/{name}"} for name in ("decode", "features")]
    around.broken_notebooks.add("/Shared/voxlake/decode")
    outcome = adf(azure, "run", **databricks)
    assert outcome.code == 1, outcome.text
    assert "voxlake_corpus, decode: [3204] Databricks execution failed" in outcome.stdout


def test_a_run_without_a_manifest_fails_with_the_services_words(program, azure):
    adf(azure, "deploy")
    outcome = adf(azure, "run")
    assert outcome.code == 1, outcome.text
    assert "voxlake_corpus, read_index: [UserErrorFileNotFound] The required Blob is missing" in outcome.stdout


def test_throttling_broken_services_and_revoked_tokens_do_not_end_a_run(program, azure, web, tmp_path):
    names = make_archives(tmp_path / "site", 20)
    write_manifest(azure, web(tmp_path / "site", ["slow:/speaker1*:*:30"]), names)
    throttled = Answer(429, {"error": {"code": "TooManyRequests", "message": "later"}}, {"Retry-After": "1"})
    azure.site.faults += [
        Fault(r"^PUT .*/datasets/", 2, throttled),
        Fault(r"^GET .*/pipelines/", 1, Answer(503)),
        Fault(r"^POST .*/createRun", 1, throttled),
        Fault(r"^POST .*/queryActivityruns", 1, Answer(500)),
        Fault(r"^GET .*/pipelineruns/", 1, action=azure.tokens.revoke_all),
        Fault(r"^GET .*/pipelineruns/", 1, None),
    ]
    deployed = adf(azure, "deploy")
    assert deployed.code == 0, deployed.text
    outcome = adf(azure, "run")
    assert outcome.code == 0, outcome.text
    assert "20 archives copied" in outcome.stdout
    assert len([run for run in azure.factory.runs.values() if run.pipeline == "voxlake_corpus"]) == 1
    assert 401 in [row["status"] for row in azure.site.log]


def test_tokens_that_expire_while_a_run_is_followed_are_renewed(program, azure, web, tmp_path):
    azure.tokens.lifetime = 3
    names = make_archives(tmp_path / "site", 3)
    write_manifest(azure, web(tmp_path / "site", ["slow:/speaker1*:*:10"]), names)
    assert adf(azure, "deploy").code == 0
    azure.factory.surroundings.seconds_a_second = 0.002
    outcome = adf(azure, "run")
    assert outcome.code == 0, outcome.text
    assert len(azure.tokens.issued) > 2


@pytest.mark.parametrize("answer", [None, Answer(500)])
def test_a_run_whose_start_was_not_confirmed_is_found_and_not_started_twice(program, azure, web, tmp_path, answer):
    names = make_archives(tmp_path / "site", 3)
    write_manifest(azure, web(tmp_path / "site"), names)
    adf(azure, "deploy")
    azure.site.faults.append(Fault(r"^POST .*/createRun", 1, answer, before=False))
    outcome = adf(azure, "run")
    assert outcome.code == 0, outcome.text
    assert len([run for run in azure.factory.runs.values() if run.pipeline == "voxlake_corpus"]) == 1


def test_a_start_that_never_arrived_says_how_to_find_out(program, azure):
    adf(azure, "deploy")
    azure.site.faults.append(Fault(r"^POST .*/createRun", 1, None))
    outcome = adf(azure, "run")
    assert outcome.code == 1
    assert "adf status" in outcome.stderr
    assert not azure.factory.runs


def start_slow(azure, web, tmp_path):
    names = make_archives(tmp_path / "site", 60)
    write_manifest(azure, web(tmp_path / "site", ["slow:/speaker*:*:10"]), names)
    adf(azure, "deploy")
    running = Running(["adf", "run"], environment=settings(azure))
    while not any(run.status == "InProgress" and run.children for run in list(azure.factory.runs.values())):
        time.sleep(0.02)
    return running, next(run for run in azure.factory.runs.values() if run.pipeline == "voxlake_corpus")


def test_a_run_that_is_cancelled_from_outside_ends_with_its_own_status(program, azure, web, tmp_path):
    running, run = start_slow(azure, web, tmp_path)
    cancelled = adf(azure, "cancel", run.identifier)
    assert cancelled.code == 0, cancelled.text
    outcome = running.wait(120)
    assert outcome.code == 130, outcome.text
    assert "was cancelled" in outcome.stderr
    assert all(child.cancel.is_set() for child in run.children)


def test_an_unknown_run_is_told_from_a_wrong_factory(program, azure):
    for command in ("status", "cancel"):
        unknown = adf(azure, command, "00000000-0000-0000-0000-000000000000")
        assert unknown.code == 1 and "lists the last runs" in unknown.stderr, unknown.text
        assert adf(azure, command, "../../x?").code == 2


def test_ctrl_c_leaves_the_run_going_on_and_says_how_to_find_it(program, azure, web, tmp_path):
    running, run = start_slow(azure, web, tmp_path)
    running.send(signal.SIGINT)
    outcome = running.wait(120)
    assert outcome.code == 130
    assert f"voxlake adf status {run.identifier}" in outcome.stderr
    assert run.status in ("InProgress", "Succeeded")
    run.cancel.set()


def test_a_wrong_factory_or_right_is_said_before_anything_is_done(program, azure):
    wrong = adf(azure, "deploy", adf_factory="nowhere")
    assert wrong.code == 1
    assert "adf.factory" in wrong.stderr
    unset = adf(azure, "plan", adf_subscription="")
    assert unset.code == 2
    assert "adf.subscription" in unset.stderr
    insecure = adf(azure, "plan", adf_endpoint="http://127.0.0.1:1")
    assert insecure.code == 2
    assert "https" in insecure.stderr
    assert not azure.factory.puts


def test_no_secret_or_token_is_shown(program, azure):
    environment = settings(azure)
    for arguments in (["plan"], ["deploy"], ["run"], ["status"]):
        outcome = run_voxlake("adf", *arguments, environment=environment)
        assert environment["AZURE_CLIENT_SECRET"] not in outcome.stdout + outcome.stderr
        assert "eyJ" not in outcome.stdout + outcome.stderr
    assert "SecureString" not in json.dumps(azure.factory.resources)
