"""Golden values of the dataset room, by scikit-learn: what the fit of a table must come to.

Writes dataset/transform.json beside this script: columns of float32 (null: missing), the class of each row
(-1: unlabelled), which rows are for training, and what SimpleImputer(median), StandardScaler, f_classif and SelectKBest
make of the training rows in float64. F is the same wherever a column's zero lies; f_classif loses its figures far from
zero, so it is given the distances from the median.

Writes dataset/neighbours.json too: rows of float32, and for each the five nearest others by NearestNeighbors (brute
force), as SMOTE in imbalanced-learn looks for them. And it checks that SMOTE adds as
many rows as src/dataset/balance.h plans: floor(ratio * larger) - smaller.

    python tests/golden/make_dataset.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from imblearn.over_sampling import SMOTE
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

ROWS = 400
SELECTED = [1, 2, 3, 6]


def make_columns(random, classes):
    """Columns that are hard in one way each."""
    step = np.where(classes == 1, 1.0, 0.0)
    normal = random.normal(size=(12, ROWS))
    columns = {
        "normal": normal[0],
        "separates": normal[1] + 2 * step,
        "separates_a_little": normal[2] + 0.3 * step,
        "far_from_zero": 1e6 + normal[3],
        "very_far_from_zero": 1.6e7 + np.round(normal[4]),
        "tiny": 1e-20 * normal[5],
        "huge": 1e30 * normal[6],
        "skewed": np.exp(4 * normal[7]),
        "few_values": np.round(normal[8] + step),
        "half_missing": np.where(random.random(ROWS) < 0.5, np.nan, normal[9] + 5 * step),
        "one_value_there": np.where(np.arange(ROWS) == 7, 3.5, np.nan),
        "constant": np.full(ROWS, 0.1),
        "constant_where_there": np.where(random.random(ROWS) < 0.3, np.nan, 7.0),
        "all_missing": np.full(ROWS, np.nan),
        "one_row_differs": np.where(np.arange(ROWS) == 11, 2.0, 1.0),
        "tells_the_class": step,
        "twin": normal[1] + 2 * step,
    }
    return {name: values.astype(np.float32) for name, values in columns.items()}


def fitted(columns, classes, training):
    names = list(columns)
    table = np.column_stack([columns[name] for name in names]).astype(np.float64)[training]
    there = [i for i in range(len(names)) if not np.all(np.isnan(table[:, i]))]
    imputer = SimpleImputer(strategy="median").fit(table)
    imputed = imputer.transform(table)
    assert imputed.shape[1] == len(there)
    varying = [k for k in range(len(there)) if np.ptp(imputed[:, k]) > 0]
    scaler = StandardScaler().fit(imputed[:, varying])
    standardised = scaler.transform(imputed[:, varying])
    labelled = classes[training] >= 0
    scored = (imputed - imputer.statistics_[there])[:, varying][labelled]
    known = classes[training][labelled]
    selected = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        scores, _ = f_classif(scored, known)
        for count in SELECTED:
            chosen = SelectKBest(f_classif, k=count).fit(scored, known).get_support(indices=True)
            selected[count] = [names[there[varying[j]]] for j in chosen]
    result = {name: {"state": "all_missing"} for name in names}
    for i in there:
        result[names[i]] = {"state": "constant", "median": imputer.statistics_[i]}
    for j, k in enumerate(varying):
        score = scores[j]
        result[names[there[k]]].update(
            state="kept",
            mean=scaler.mean_[j],
            scale=scaler.scale_[j],
            f_score="infinite" if np.isinf(score) else score,
            first_rows=list(standardised[:5, j]),
        )
    return result, selected


def neighbours(random):
    rows, columns = 150, 9
    matrix = random.normal(size=(rows, columns)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(matrix.astype(np.float64))
    nearest = search.kneighbors(return_distance=True, X=matrix.astype(np.float64))[1]
    assert (nearest[:, 0] == np.arange(rows)).all()
    return {
        "rows": rows,
        "columns": columns,
        "matrix": [float(v) for v in matrix.ravel()],
        "neighbours": nearest[:, 1:].ravel().tolist(),
    }


def check_smote_counts(random):
    for larger, smaller, ratio in [(600, 100, 1.0), (600, 100, 0.5), (333, 70, 0.7)]:
        table = random.normal(size=(larger + smaller, 3))
        classes = np.repeat([0, 1], [larger, smaller])
        made = SMOTE(sampling_strategy=ratio, random_state=1).fit_resample(table, classes)[1]
        assert len(made) - len(classes) == int(np.floor(ratio * larger * (1 + 1e-12))) - smaller


def write(name, golden):
    path = pathlib.Path(__file__).parent / "dataset" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(golden) + "\n")


def main():
    random = np.random.default_rng(20080101)
    classes = np.where(random.random(ROWS) < 0.15, 1, 0)
    classes[random.random(ROWS) < 0.05] = -1
    training = random.random(ROWS) < 0.7
    training[[7, 11]] = True
    columns = make_columns(random, classes)
    result, selected = fitted(columns, classes, training)
    golden = {
        "made_by": f"scikit-learn {sklearn.__version__}",
        "classes": classes.tolist(),
        "training": training.astype(int).tolist(),
        "values": {name: [None if np.isnan(v) else float(v) for v in values] for name, values in columns.items()},
        "fits": result,
        "selected": selected,
    }
    write("transform.json", golden)
    write("neighbours.json", neighbours(random))
    check_smote_counts(random)


if __name__ == "__main__":
    main()
