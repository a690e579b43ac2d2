"""adf export: what Data Factory itself would take, judged by its own models and its own expression engine."""

import json

import pytest
from exported import ALL_PARTS, export
from fake_azure import schema
from fake_azure.expressions import Scope, all_expressions, evaluate, evaluate_by_engine, named
from program import run_voxlake

COPIED = {"dataRead": 10, "dataWritten": 10, "filesWritten": 1}
FAILED = {"errorCode": "2200", "message": 'status code 404: "x"\nhttp://h/a.tgz'}


@pytest.fixture(scope="module")
def exported(program, tmp_path_factory):
    return export(tmp_path_factory.mktemp("export"))


def activity(exported, pipeline, name):
    activities = schema.all_activities(exported["pipelines"][pipeline]["properties"]["activities"])
    return next(a for a in activities if a["name"] == name)


@pytest.mark.parametrize("describe", ["none", "function", "databricks"])
@pytest.mark.parametrize("discover", ["none", "function"])
def test_every_field_is_one_of_the_official_models_and_every_reference_is_there(program, tmp_path, discover, describe):
    resources = export(tmp_path, adf_discover=discover, adf_describe=describe)
    for collection, bodies in resources.items():
        for body in bodies.values():
            schema.check(collection, body, resources)
    assert set(resources["pipelines"]) >= {"voxlake_corpus", "voxlake_copy_chunk"}
    assert ("voxlake_call_function" in resources["pipelines"]) == ("function" in (discover, describe))


@pytest.mark.parametrize("break_it", ["unknown field", "unknown type", "unknown reference", "nested loop", "variable"])
def test_the_check_itself_refuses_what_the_service_would(exported, break_it):
    body = json.loads(json.dumps(exported["pipelines"]["voxlake_copy_chunk"]))
    loop = next(a for a in body["properties"]["activities"] if a["type"] == "ForEach")
    if break_it == "unknown field":
        loop["typeProperties"]["batchcount"] = 50
    elif break_it == "unknown type":
        loop["typeProperties"]["activities"][0]["type"] = "Kopy"
    elif break_it == "unknown reference":
        loop["typeProperties"]["activities"][0]["inputs"][0]["referenceName"] = "nothing"
    elif break_it == "nested loop":
        inner = {**json.loads(json.dumps(loop)), "name": "again", "dependsOn": []}
        inner["typeProperties"]["activities"] = []
        loop["typeProperties"]["activities"].append(inner)
    else:
        del body["properties"]["variables"]
    with pytest.raises(schema.Invalid):
        schema.check("pipelines", body, exported)


def test_the_template_has_the_same_resources_after_what_they_need(program, tmp_path):
    resources = export(tmp_path)
    template = json.loads((tmp_path / "template.json").read_text())
    made = []
    for resource in template["resources"]:
        collection = resource["type"].rsplit("/", 1)[1]
        name = resource["name"].removeprefix("[concat(parameters('factoryName'), '/").removesuffix("')]")
        assert all(need.split("'/")[1].removesuffix("')]") in made for need in resource["dependsOn"])
        assert {f"{c}/{n}" for c, n in schema.references(resource["properties"])} <= set(made) | {
            f"{collection}/{name}"
        }
        made.append(f"{collection}/{name}")
        assert resource["apiVersion"] == "2018-06-01"
        assert resource["properties"] == resources[collection][name]["properties"]
    assert len(made) == sum(len(bodies) for bodies in resources.values())


def test_export_is_the_same_each_time(program, tmp_path):
    assert export(tmp_path / "a") == export(tmp_path / "b")


def test_every_expression_is_one_that_the_engine_takes(exported):
    """With every name in it known, none may fail."""
    scope = Scope(
        parameters={"corpus": "voxforge", "chunk": "chunk-0001.json", "rows": 2, "function": "decode"},
        system={"RunId": "run"},
        variables={"failures": [], "incomplete": [], "state": "done", "error": ""},
        item={"BaseURL": "http://h/", "RelativeURL": "a.tgz", "FileName": "a.tgz", "Rows": 2},
        dataset={"base_url": "http://h/", "relative_url": "a.tgz", "folder": "voxforge", "file": "a.tgz"},
        linked_service={"base_url": "http://h/"},
        activities={
            "read_chunk": {"status": "Succeeded", "output": {"count": 2, "value": [1, 2]}},
            "read_index": {"status": "Succeeded", "output": {"count": 1, "value": [1]}},
            "copy_archive": {"status": "Succeeded", "output": COPIED},
            "copy_chunk": {"status": "Succeeded", "output": {"pipelineReturnValue": {"failed": 1}}},
            "ask": {"status": "Succeeded", "output": {"state": "done"}},
        },
    )
    texts = [text for bodies in exported.values() for body in bodies.values() for text in all_expressions(body)]
    assert len(texts) > 25
    values = {text: evaluate_by_engine(text, scope) for text in texts}
    names = {text: named(text, scope) for text in texts if named(text, scope) is not None}
    assert len(names) >= 9
    assert names == {text: values[text] for text in names}


@pytest.mark.parametrize(
    ("output", "error", "copied"),
    [
        (COPIED, None, True),
        ({**COPIED, "dataWritten": 9}, None, False),
        ({**COPIED, "dataRead": 0, "dataWritten": 0}, None, False),
        ({**COPIED, "filesWritten": 0}, None, False),
        (COPIED, FAILED, False),
        ({}, FAILED, False),
        (None, FAILED, False),
    ],
)
def test_only_whole_copies_count(exported, output, error, copied):
    check = activity(exported, "voxlake_copy_chunk", "is_copied")
    scope = Scope(
        item={"FileName": "a.tgz"}, activities={"copy_archive": {"status": "Failed", "output": output, "error": error}}
    )
    assert evaluate(check["typeProperties"]["expression"], scope) is copied
    if not copied:
        note = evaluate(check["typeProperties"]["ifFalseActivities"][0]["typeProperties"]["value"], scope)
        name, why = json.loads(note)
        assert name == "a.tgz"
        assert why == (
            error["message"] if error else f"read {output['dataRead']} bytes and wrote {output['dataWritten']}"
        )


def test_failures_are_written_as_one_json_array(exported):
    write = activity(exported, "voxlake_copy_chunk", "write_failures")["typeProperties"]
    notes = [json.dumps(["a.tgz", 'said "no"']), json.dumps(["b.tgz", "gone"])]
    scope = Scope(parameters={"corpus": "voxforge", "chunk": "chunk-0000.json"}, variables={"failures": notes})
    assert json.loads(evaluate(write["body"], scope)) == [["a.tgz", 'said "no"'], ["b.tgz", "gone"]]
    assert (
        evaluate(write["url"], scope)
        == "https://speechlake.blob.core.windows.net/miscellaneous/failures/voxforge/chunk-0000.json"
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"VOXLAKE_ADF_STORAGE": ""}, "adf.storage is not set"),
        ({"VOXLAKE_ADF_STORAGE": "ftp://x"}, "adf.storage is `ftp://x`"),
        ({"VOXLAKE_ADF_PREFIX": "a-b"}, "adf.prefix"),
        ({"VOXLAKE_ADF_VAULT": ""}, "adf.vault is not set"),
        ({"VOXLAKE_ADF_FUNCTION_APP": ""}, "adf.function_app is not set"),
        ({"VOXLAKE_ADF_PARALLEL_COPIES": "51"}, "from 1 to 50"),
        ({"VOXLAKE_ADF_RETRY_SECONDS": "5"}, "from 30 to 86400"),
        ({"VOXLAKE_ADF_DESCRIBE": "databricks", "VOXLAKE_ADF_DATABRICKS": ""}, "adf.databricks is not set"),
    ],
)
def test_settings_that_the_service_would_refuse_are_refused_here(program, tmp_path, settings, said):
    outcome = run_voxlake("adf", "export", "-o", tmp_path / "out", environment=ALL_PARTS | settings)
    assert outcome.code == 2, outcome.text
    assert said in outcome.stderr
    assert not (tmp_path / "out").exists()
