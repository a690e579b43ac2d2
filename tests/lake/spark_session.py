"""What Spark does with tables of ours, in a real session: one process, for a session takes long to begin.

usage: spark_session.py LAKE JARS CLIPS

The tables LAKE/silver/utterances and LAKE/gold/features/wide are read, by the vectorised reader and the other one, and
the first is merged into. Of CLIPS/silver/utterances, real recordings, the samples are added up by both readers. What
was seen goes to stdout as JSON.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

LAKE, JARS, CLIPS = (Path(argument) for argument in sys.argv[1:4])
UTTERANCES, WIDE = f"delta.`{LAKE}/silver/utterances`", f"delta.`{LAKE}/gold/features/wide`"


def begin() -> SparkSession:
    settings = {
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.jars": ",".join(str(jar) for jar in sorted(JARS.glob("*.jar"))),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": str(LAKE / "spark-warehouse"),
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def utterances(spark) -> list:
    return sorted(
        [row.utterance_id, row.prompt, row.samples, row.fingerprint]
        for row in spark.sql(f"SELECT utterance_id, prompt, samples, fingerprint FROM {UTTERANCES}").collect()
    )


def samples(spark) -> list:
    """Of every clip: how many samples it has, and their sum."""
    total = "aggregate(signal, 0D, (sum, sample) -> sum + sample)"
    rows = spark.sql(f"SELECT utterance_id, size(signal), {total} FROM delta.`{CLIPS}/silver/utterances`").collect()
    return sorted(list(row) for row in rows)


def main() -> None:
    spark = begin()
    seen = {"spark": spark.version, "utterances": utterances(spark)}
    clip = spark.sql(f"SELECT * FROM {UTTERANCES} WHERE utterance_id = 'speaker3-20080101-abc/a0002'").collect()
    seen["signal"] = list(clip[0].signal)
    seen["types"] = {field.name: field.dataType.simpleString() for field in spark.table(UTTERANCES).schema}
    plan = spark.sql(f"SELECT utterance_id, samples FROM {UTTERANCES}")._jdf.queryExecution().executedPlan().toString()
    seen["vectorised"] = "Batched: true" in plan
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", "false")
    seen["utterances_row_by_row"] = utterances(spark)
    seen["samples_row_by_row"] = samples(spark)
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", "true")
    seen["samples"] = samples(spark)
    wide = spark.sql(
        f"SELECT feature_0_mean, feature_4289_mean, speaker FROM {WIDE} ORDER BY feature_0_mean NULLS FIRST"
    )
    seen["wide"] = [list(row) for row in wide.collect()]
    seen["wide_columns"] = len(spark.table(WIDE).columns)
    history = spark.sql(f"DESCRIBE HISTORY {UTTERANCES}").collect()
    seen["history"] = [
        [row.version, row.operation, (row.operationMetrics or {}).get("numOutputRows")] for row in history
    ]
    before = spark.sql(f"SELECT count(*) FROM {UTTERANCES} VERSION AS OF 10").collect()[0][0]
    seen["rows_of_version_10"] = before
    spark.sql(f"""
        MERGE INTO {UTTERANCES} AS kept
        USING (SELECT 'speaker1-20080101-abc/a0001' AS id UNION ALL SELECT 'new/1' AS id) AS came
        ON kept.utterance_id = came.id
        WHEN MATCHED THEN UPDATE SET fingerprint = 'merged by Spark'
        WHEN NOT MATCHED BY SOURCE AND kept.archive = 'speaker2-20080101-abc' THEN DELETE""")
    seen["merged"] = utterances(spark)
    spark.sql(f"OPTIMIZE {UTTERANCES}")
    spark.sql(f"DELETE FROM {UTTERANCES} WHERE utterance_id = 'speaker4-20080101-abc/a0000'")
    seen["deleted"] = utterances(spark)
    spark.stop()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
