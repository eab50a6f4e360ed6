"""One Spark session for all tests of this folder; without Spark or Java they are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "properties"))

WITHOUT_SPARK = "pyspark is not installed: pip install '.[spark]'"
WITHOUT_JAVA = "Spark needs Java 17 and there is no java: on Debian apt-get install default-jre-headless"


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason=WITHOUT_SPARK)
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip(WITHOUT_JAVA)
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than a few hundred people do
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # nor is it worth while to optimise
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the gateway's sockets are closed with the process
        builder = sql.SparkSession.builder.master("local[2]").appName("workforce_metrics tests")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()
