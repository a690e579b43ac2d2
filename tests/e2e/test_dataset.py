"""dataset: what scikit-learn would make of gold/features."""

import json

import numpy
import polars
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler
from tables import DATASET, FEATURES, SPEAKERS, read

NOT_FEATURES = {"utterance_id", "window", "speaker", "gender", "split", "synthetic", "corpus", "fingerprint"}


@pytest.fixture(scope="module")
def dataset(sample_lake) -> polars.DataFrame:
    return read(sample_lake.folder, DATASET)


@pytest.fixture(scope="module")
def features(sample_lake) -> polars.DataFrame:
    speakers = read(sample_lake.folder, SPEAKERS).select("speaker", "split", gender="gender")
    return read(sample_lake.folder, FEATURES).drop("gender").join(speakers, on="speaker")


def columns_of(dataset) -> list[str]:
    return [name for name in dataset.columns if name not in NOT_FEATURES]


def test_rows_are_those_of_features_and_made_ones_are_only_in_training(dataset, features):
    real = dataset.filter(~polars.col("synthetic"))
    wanted = features.select("utterance_id", "window", "split")
    key = ["utterance_id", "window", "split"]
    assert real.select(key).sort(key).equals(wanted.select(key).sort(key))
    assert set(dataset.filter(polars.col("synthetic"))["split"]) <= {"train"}
    training = dict(dataset.filter(polars.col("split") == "train").group_by("gender").len().iter_rows())
    assert training["male"] == training["female"]


def test_imputed_and_standardised_as_scikit_learn_does_on_the_training_part(dataset, features):
    columns = columns_of(dataset)
    training = features.filter(polars.col("split") == "train")
    imputer, scaler = SimpleImputer(strategy="median"), StandardScaler()
    scaler.fit(imputer.fit_transform(training.select(columns).cast(polars.Float64).to_numpy()))
    real = dataset.filter(~polars.col("synthetic")).sort("utterance_id", "window")
    joined = (
        real.select("utterance_id", "window")
        .join(features, on=["utterance_id", "window"], how="left")
        .sort("utterance_id", "window")
    )
    expected = scaler.transform(imputer.transform(joined.select(columns).cast(polars.Float64).to_numpy()))
    found = real.select(columns).cast(polars.Float64).to_numpy()
    numpy.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_nothing_is_missing_and_constant_columns_are_gone(dataset, features):
    columns = columns_of(dataset)
    assert dataset.select(columns).null_count().sum_horizontal()[0] == 0
    training = features.filter(polars.col("split") == "train")
    every = [name for name in training.columns if training.schema[name] == polars.Float32]
    constant = {name for name in every if training[name].drop_nulls().n_unique() <= 1}
    assert not constant & set(columns)


def test_transform_says_what_was_fitted(sample_lake, dataset, features):
    transform = json.loads((sample_lake.folder / "gold" / "transforms" / "spectral.json").read_text())
    text = json.dumps(transform)
    for name in columns_of(dataset):
        assert f'"{name}"' in text
    training = features.filter(polars.col("split") == "train")
    median = float(training["rms_mean"].median())
    assert any(abs(number - median) < 1e-7 for number in numbers_in(transform))


def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def test_a_model_trained_on_it_tells_gender_of_speakers_it_never_saw(dataset):
    columns = columns_of(dataset)
    dataset = dataset.filter(polars.col("gender") != "unknown")
    training, other = (dataset.filter((polars.col("split") == "train") == wanted) for wanted in (True, False))
    model = LogisticRegression(max_iter=2000, C=0.01).fit(
        training.select(columns).to_numpy(), training["gender"].to_list()
    )
    assert balanced_accuracy_score(other["gender"].to_list(), model.predict(other.select(columns).to_numpy())) > 0.75
