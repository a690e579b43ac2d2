"""Who a program is, and what it may read of a vault: the same fake, asked by azure-identity and by the program."""

import json
import time

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ManagedIdentityCredential, WorkloadIdentityCredential
from azure.keyvault.secrets import SecretClient
from fake_azure import tokens
from fake_azure.azure import ACCOUNT
from fake_azure.factory import FACTORY, GROUP, SUBSCRIPTION
from fake_azure.internet import HOSTS, SOVEREIGN_HOSTS, Proxy
from fake_azure.web import Answer, Fault
from program import run_voxlake

VALUE = "a-value-that-nobody-sees"
REFERENCE = "keyvault://speechvault/prefix"


def environment_of(kind, azure, folder):
    return {
        "environment": azure.environment,
        "workload": lambda: azure.pod_environment(folder),
        "function": azure.function_environment,
        "machine": azure.machine_environment,
    }[kind]()


def official_credential(kind, azure, monkeypatch, folder):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.certificate))
    for name, value in environment_of(kind, azure, folder).items():
        monkeypatch.setenv(name, value)
    if kind == "workload":
        return WorkloadIdentityCredential(authority=azure.url, disable_instance_discovery=True)
    return ManagedIdentityCredential()


def nobody(**more):
    """A program's environment with no identity and no home."""
    return {
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1",
        "PATH": "/nowhere",
        "HOME": "/nowhere",
        "TMPDIR": "/nowhere",
    } | more


CREDENTIALS = {
    "environment": "service principal (secret)",
    "workload": "workload identity",
    "function": "managed identity (App Service)",
    "machine": "managed identity (machine)",
}


@pytest.mark.parametrize("kind", ["workload", "function", "machine"])
def test_official_credentials_take_the_fakes_tokens(azure, kind, monkeypatch, tmp_path):
    azure.put_secret("prefix", VALUE)
    vault = SecretClient(
        azure.url, official_credential(kind, azure, monkeypatch, tmp_path), verify_challenge_resource=False
    )
    assert vault.get_secret("prefix").value == VALUE


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("service", ["storage", "vault", "management"])
def test_one_chain_serves_storage_vault_and_management(program, azure, kind, service, tmp_path):
    environment = nobody(**environment_of(kind, azure, tmp_path))
    outcome = run_voxlake("azure", "whoami", "--json", "--for", service, environment=environment)
    assert outcome.code == 0, outcome.text
    told = json.loads(outcome.stdout)
    assert (told["credential"], told["tenant"]) == (CREDENTIALS[kind], tokens.TENANT)
    audience = {"storage": tokens.STORAGE, "vault": tokens.VAULT, "management": tokens.MANAGEMENT}[service]
    assert azure.tokens.issued[-1]["aud"] == audience


@pytest.fixture
def internet(azure):
    """The environment of a service principal's program that finds the fake by Azure's own names, and nothing else."""
    proxy = Proxy(azure.url)
    told = azure.environment()
    for name in ("AZURE_AUTHORITY_HOST", "AZURE_POD_IDENTITY_AUTHORITY_HOST"):
        del told[name]
    yield told | {"HTTPS_PROXY": proxy.url, "NO_PROXY": "", "no_proxy": ""}, proxy.asked
    proxy.close()


def test_services_are_found_by_their_own_names(program, azure, internet):
    environment, asked = internet
    azure.put_secret("prefix", "fromvault")
    named = {
        "ADF_SUBSCRIPTION": SUBSCRIPTION,
        "ADF_RESOURCE_GROUP": GROUP,
        "ADF_FACTORY": FACTORY,
        "ADF_STORAGE": ACCOUNT,
        "ADF_PREFIX": REFERENCE,
    }
    named = {f"VOXLAKE_{name}": value for name, value in named.items()}
    outcome = run_voxlake("adf", "deploy", environment=environment | named)
    assert outcome.code == 0, outcome.text
    assert "fromvault_corpus" in azure.factory.resources["pipelines"]
    assert {name.removesuffix(":443") for name in asked} == set(HOSTS)


@pytest.mark.parametrize(
    ("cloud", "authority", "vault", "management"),
    [
        ("usgovernment", SOVEREIGN_HOSTS[0], tokens.SOVEREIGN[0], tokens.SOVEREIGN[1]),
        ("china", SOVEREIGN_HOSTS[1], tokens.SOVEREIGN[2], tokens.SOVEREIGN[3]),
    ],
)
def test_sovereign_clouds_have_their_own_authorities_and_audiences(
    program, azure, internet, cloud, authority, vault, management
):
    environment, asked = internet
    for service, audience in (("storage", tokens.STORAGE), ("vault", vault), ("management", management)):
        words = ["azure", "whoami", "--json", "--for", service, "--azure-cloud", cloud]
        outcome = run_voxlake(*words, environment=environment)
        assert outcome.code == 0, outcome.text
        assert json.loads(outcome.stdout)["resource"].rstrip("/") == audience == azure.tokens.issued[-1]["aud"]
    assert set(asked) == {f"{authority}:443"}


def export(azure, folder, **more):
    """A command that needs a value of the vault, run as in a Function: with its identity and nothing else."""
    environment = azure.function_environment() | {
        "VOXLAKE_ADF_STORAGE": ACCOUNT,
        "VOXLAKE_ADF_PREFIX": REFERENCE,
        "VOXLAKE_AZURE_VAULT_ENDPOINT": azure.url,
    }
    return run_voxlake("adf", "export", "--output", folder, environment=nobody(**environment | more))


def test_a_function_reads_the_vault_with_nothing_local(program, azure, tmp_path):
    azure.put_secret("prefix", "fromvault")
    outcome = export(azure, tmp_path / "out")
    assert outcome.code == 0, outcome.text
    assert (tmp_path / "out/git/pipeline/fromvault_corpus.json").is_file()
    assert [claims["aud"] for claims in azure.tokens.issued] == [tokens.VAULT]


def forbid(azure):
    azure.may_read_secrets = False


def break_token(azure):
    azure.site.faults.append(Fault("^GET /secrets/", -1, action=azure.tokens.revoke_all))


def forget(azure):
    azure.secrets.clear()


def disable(azure):
    azure.put_secret("prefix", VALUE, enabled=False)


def let_expire(azure):
    azure.put_secret("prefix", VALUE, exp=int(time.time()) - 9)


CASES = [
    (break_token, "401", "azure.tenant_id"),
    (forbid, "403", "the role Key Vault Secrets User"),
    (forget, "404", "check the secret's name"),
    (disable, "403", "enable the secret"),
    (let_expire, "it has expired", "a new version"),
]


@pytest.mark.parametrize(("spoil", "said", "remedy"), CASES)
def test_what_a_vault_refuses_is_said_with_its_remedy_and_without_its_value(
    program, azure, spoil, said, remedy, tmp_path
):
    azure.put_secret("prefix", VALUE)
    spoil(azure)
    outcome = export(azure, tmp_path / "out")
    assert outcome.code == 1, outcome.text
    assert f"{REFERENCE}: " in outcome.stderr
    assert said in outcome.stderr and remedy in outcome.stderr, outcome.text
    assert VALUE not in outcome.stdout + outcome.stderr and "eyJ" not in outcome.stderr


def test_the_official_client_is_refused_alike(azure, monkeypatch, tmp_path):
    azure.put_secret("prefix", VALUE)
    forbid(azure)
    vault = SecretClient(
        azure.url, official_credential("function", azure, monkeypatch, tmp_path), verify_challenge_resource=False
    )
    with pytest.raises(HttpResponseError, match="not authorized"):
        vault.get_secret("prefix")


def test_a_throttled_vault_is_waited_for(program, azure, tmp_path):
    azure.put_secret("prefix", "fromvault")
    throttled = Answer(429, {"error": {"code": "Throttled", "message": "later"}}, {"Retry-After": "1"})
    azure.site.faults.append(Fault("^GET /secrets/", 2, throttled))
    outcome = export(azure, tmp_path / "out")
    assert outcome.code == 0, outcome.text
    assert [row["status"] for row in azure.site.log].count(429) == 2
