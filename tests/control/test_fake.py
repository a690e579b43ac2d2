"""The fake Azure is itself judged by Microsoft's clients: they sign in, deploy, run and cancel as on Azure."""

import datetime
import gzip
import json
import time

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.datafactory import DataFactoryManagementClient
from azure.mgmt.datafactory import models as adf
from exported import export
from factory_site import make_archives, write_manifest
from fake_azure import tokens
from fake_azure.factory import FACTORY, GROUP, SUBSCRIPTION
from fake_azure.web import Answer, Fault

ORDER = ("linkedServices", "datasets", "pipelines", "triggers")


@pytest.fixture
def credential(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.certificate))
    return ClientSecretCredential(
        tokens.TENANT, tokens.CLIENT, tokens.CLIENT_SECRET, authority=azure.url, disable_instance_discovery=True
    )


@pytest.fixture
def client(azure, credential):
    return DataFactoryManagementClient(
        credential,
        SUBSCRIPTION,
        base_url=azure.url,
        credential_scopes=["https://management.azure.com/.default"],
        retry_backoff_factor=0.01,
    )


@pytest.fixture(scope="module")
def resources(program, tmp_path_factory):
    return export(tmp_path_factory.mktemp("export"), adf_discover="none", adf_describe="none")


def deploy(client, resources):
    """By the models and operations of the official client; pipelines may need others, so until all are there."""
    operations = {
        "linkedServices": (client.linked_services, adf.LinkedServiceResource),
        "datasets": (client.datasets, adf.DatasetResource),
        "pipelines": (client.pipelines, adf.PipelineResource),
        "triggers": (client.triggers, adf.TriggerResource),
    }
    left = [(c, n) for c in ORDER for n in resources[c]]
    while left:
        again = []
        for collection, name in left:
            group, model = operations[collection]
            try:
                group.create_or_update(GROUP, FACTORY, name, model.deserialize(resources[collection][name]))
            except HttpResponseError as error:
                assert "could not be found" in str(error), error
                again.append((collection, name))
        assert len(again) < len(left)
        left = again


def wait(client, run, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = client.pipeline_runs.get(GROUP, FACTORY, run)
        if state.status in ("Succeeded", "Failed", "Cancelled"):
            return state
        time.sleep(0.05)
    raise AssertionError(f"the run {run} is still {state.status}")


def activities(client, run):
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    filters = adf.RunFilterParameters(last_updated_after=now - day, last_updated_before=now + day)
    rows = []
    while True:
        answer = client.activity_runs.query_by_pipeline_run(GROUP, FACTORY, run, filters)
        rows += answer.value
        if not answer.continuation_token:
            return rows
        filters.continuation_token = answer.continuation_token


def test_the_official_client_deploys_what_we_export_and_runs_it(azure, client, resources, web, tmp_path):
    names = make_archives(tmp_path / "site", 120)
    site = web(tmp_path / "site", ["503:/speaker5-*:2"])
    write_manifest(azure, site, names, chunk=50)
    deploy(client, resources)
    run = client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus", parameters={"corpus": "sample"}).run_id
    state = wait(client, run)
    assert state.status == "Succeeded", state.message
    assert {file.name for file in (tmp_path / "lake" / "bronze" / "sample").iterdir()} == set(names)
    for name in names:
        assert gzip.decompress((tmp_path / "lake" / "bronze" / "sample" / name).read_bytes()) == name.encode()
    children = [
        row.output["pipelineRunId"] for row in activities(client, run) if row.activity_type == "ExecutePipeline"
    ]
    assert len(children) == 3
    copies = [row for child in children for row in activities(client, child) if row.activity_type == "Copy"]
    assert len(copies) == 122  # two of them tried again
    assert sorted(row.status for row in copies).count("Failed") == 2


def test_a_failed_copy_is_a_row_and_the_others_come(azure, client, resources, web, tmp_path):
    names = make_archives(tmp_path / "site", 20)
    site = web(tmp_path / "site", ["404:/speaker7-*:*", "drop:/speaker9-*:*"])
    write_manifest(azure, site, names)
    deploy(client, resources)
    run = client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus", parameters={"corpus": "sample"}).run_id
    state = wait(client, run)
    assert state.status == "Failed"
    assert "archives could not be copied: 2 of 20 in chunk-0000.json" in state.message
    assert len(list((tmp_path / "lake" / "bronze" / "sample").iterdir())) == 18
    failures = json.loads((tmp_path / "lake/miscellaneous/failures/sample/chunk-0000.json").read_text())
    assert {name.split("-")[0] for name, _ in failures} == {"speaker7", "speaker9"}
    assert "status code 404" in dict(failures)["speaker7-20100101-abc.tgz"]
    # Nothing is left to do by hand: once the server behaves, the same run again brings them.
    write_manifest(azure, web(tmp_path / "site"), names)
    run = client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus", parameters={"corpus": "sample"}).run_id
    assert wait(client, run).status == "Succeeded"


def test_rows_beyond_five_thousand_are_dropped_silently_and_we_notice(azure, client, resources, tmp_path):
    write_manifest(azure, "http://127.0.0.1:9/", [f"n{n}.tgz" for n in range(5001)], chunk=6000)
    deploy(client, resources)
    run = client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus").run_id
    state = wait(client, run)
    assert state.status == "Failed"
    assert "has 5001 rows, but Lookup read 5000" in state.message


def test_a_lookup_of_more_than_four_megabytes_fails(azure, client, resources):
    write_manifest(azure, "http://127.0.0.1:9/", ["n" * 2000 + f"{n}.tgz" for n in range(1100)])
    deploy(client, resources)
    state = wait(client, client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus").run_id)
    assert state.status == "Failed"
    assert "limitation" in state.message


def test_a_cancelled_run_stops(azure, client, resources, web, tmp_path):
    names = make_archives(tmp_path / "site", 60)
    site = web(tmp_path / "site", ["slow:/speaker*:*:10"])
    write_manifest(azure, site, names)
    deploy(client, resources)
    run = client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus").run_id
    while client.pipeline_runs.get(GROUP, FACTORY, run).status != "InProgress":
        time.sleep(0.02)
    client.pipeline_runs.cancel(GROUP, FACTORY, run, is_recursive=True)
    assert wait(client, run).status == "Cancelled"


def test_two_runs_of_a_corpus_follow_each_other(azure, client, resources, web, tmp_path):
    names = make_archives(tmp_path / "site", 5)
    write_manifest(azure, web(tmp_path / "site"), names)
    deploy(client, resources)
    first, second = (client.pipelines.create_run(GROUP, FACTORY, "voxlake_corpus").run_id for _ in range(2))
    assert wait(client, first).status == "Succeeded"
    assert wait(client, second).status == "Succeeded"
    runs = azure.factory.runs
    assert runs[second].activities[0]["activityRunStart"] >= runs[first].ended


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p["activities"][0]["typeProperties"].update(firstRowOnlyy=False), "firstRowOnlyy"),
        (
            lambda p: p["activities"][0].update(dependsOn=[{"activity": "x", "dependencyConditions": []}]),
            "depends on x",
        ),
        (lambda p: p["activities"][0]["typeProperties"]["dataset"].update(referenceName="x"), "could not be found"),
    ],
)
def test_wrong_bodies_are_refused(azure, credential, client, resources, change, said):
    deploy(client, resources)
    body = json.loads(json.dumps(resources["pipelines"]["voxlake_corpus"]))
    change(body["properties"])
    token = credential.get_token("https://management.azure.com/.default").token
    url = f"{azure.url}{azure.factory.resources['pipelines']['voxlake_corpus']['id']}?api-version=2018-06-01"
    answer = requests.put(url, json=body, headers={"Authorization": f"Bearer {token}"}, verify=str(azure.certificate))
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_the_api_version_and_the_audience_are_looked_at(azure, credential, client, resources):
    deploy(client, resources)
    url = f"{azure.url}{azure.factory.resources['pipelines']['voxlake_corpus']['id']}"

    def ask(query, scope):
        headers = {"Authorization": f"Bearer {credential.get_token(scope).token}"}
        return requests.get(url + query, headers=headers, verify=str(azure.certificate))

    management = "https://management.azure.com/.default"
    assert ask("?api-version=2018-06-01", management).status_code == 200
    assert ask("", management).status_code == 400
    assert ask("?api-version=2017-09-01-preview", management).status_code == 400
    assert ask("?api-version=2018-06-01", "https://vault.azure.net/.default").status_code == 401
    azure.tokens.revoke_all()
    assert ask("?api-version=2018-06-01", management).status_code == 401


def test_a_started_trigger_cannot_be_changed(client, resources):
    deploy(client, resources)
    client.triggers.begin_start(GROUP, FACTORY, "voxlake_weekly").result()
    assert client.triggers.get(GROUP, FACTORY, "voxlake_weekly").properties.runtime_state == "Started"
    trigger = adf.TriggerResource.deserialize(resources["triggers"]["voxlake_weekly"])
    with pytest.raises(HttpResponseError, match="TriggerEnabledCannotUpdate"):
        client.triggers.create_or_update(GROUP, FACTORY, "voxlake_weekly", trigger)
    client.triggers.begin_stop(GROUP, FACTORY, "voxlake_weekly").result()
    client.triggers.create_or_update(GROUP, FACTORY, "voxlake_weekly", trigger)


def test_what_others_refer_to_cannot_be_deleted(client, resources):
    deploy(client, resources)
    with pytest.raises(HttpResponseError, match="referenced by"):
        client.datasets.delete(GROUP, FACTORY, "voxlake_manifest")
    with pytest.raises(ResourceNotFoundError):
        client.pipelines.get(GROUP, FACTORY, "nothing")


def test_the_official_client_goes_on_after_throttling(azure, client, resources):
    azure.site.faults.append(Fault(r"^PUT .*/datasets/", 2, Answer(429, {"error": {}}, {"Retry-After": "0"})))
    deploy(client, resources)
    assert [row["status"] for row in azure.site.log].count(429) == 2


def test_a_wrong_secret_of_the_principal_is_refused(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.certificate))
    wrong = ClientSecretCredential(
        tokens.TENANT, tokens.CLIENT, "wrong", authority=azure.url, disable_instance_discovery=True
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        wrong.get_token("https://management.azure.com/.default")


def test_the_official_client_reads_the_vault_as_a_machine_and_as_a_principal(azure, credential, monkeypatch):
    azure.put_secret("voxlake-function-key", "k3y")
    azure.put_secret("off", "x", enabled=False)
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.metadata.url)
    for who in (credential, ManagedIdentityCredential()):
        vault = SecretClient(azure.url, who, verify_challenge_resource=False)
        assert vault.get_secret("voxlake-function-key").value == "k3y"
        with pytest.raises(ResourceNotFoundError):
            vault.get_secret("nothing")
        with pytest.raises(HttpResponseError, match="disabled"):
            vault.get_secret("off")
