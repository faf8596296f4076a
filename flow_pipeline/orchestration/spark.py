"""The Spark session on which linkage weighs pairs, where the configuration asks for one.

Which cluster, how much of it and how it is secured is the environment's own configuration of
Spark. What is set here, unless the environment sets it, keeps tokens inside the linkage zone.
"""

import importlib.util
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flow_pipeline.config import Economy
from flow_pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

SPARK = "spark"
TEMPORARY = Path("linkage") / "spark"  # under the economy's root; leftovers go with the next run
_INSTALL = "install flow-pipeline[spark] and Java 17 or later, or take linkage.backend: spark out"


def require_spark(economy: Economy) -> None:
    """Raises ConfigurationError where Spark is asked for and cannot be there."""
    if economy.link_backend != SPARK:
        return
    if not has_pyspark():
        raise ConfigurationError(f"linkage.backend is spark but there is no PySpark: {_INSTALL}.")
    if not has_java():
        raise ConfigurationError(f"linkage.backend is spark but there is no Java: {_INSTALL}.")


def has_pyspark() -> bool:
    """Whether the extra ``spark`` is installed."""
    return importlib.util.find_spec("pyspark") is not None


def has_java() -> bool:
    """Whether there is a Java where Spark looks for it: under JAVA_HOME, else on the path."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java") if home else "java") is not None


@contextmanager
def spark_session(economy: Economy) -> Iterator["SparkSession | None"]:
    """A session while linkage needs it; None where the economy is linked on DuckDB.

    Raises ConfigurationError where it does not start.
    """
    if economy.link_backend != SPARK:
        yield None
        return
    require_spark(economy)
    session = _started(economy.root / TEMPORARY)
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(economy.root / TEMPORARY, ignore_errors=True)


def _started(temporary: Path) -> "SparkSession":
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    try:
        with warnings.catch_warnings():
            # That PySpark knows no pandas 3: no frame of pandas goes in or comes out.
            warnings.simplefilter("ignore", FutureWarning)
            session = SparkSession.builder.config(conf=_configured(temporary)).getOrCreate()
    except (PySparkException, OSError) as error:
        raise ConfigurationError(
            f"Spark does not start ({type(error).__name__}); look at its messages above. "
            "Its master and options are those of spark-defaults.conf and PYSPARK_SUBMIT_ARGS."
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _configured(temporary: Path) -> "SparkConf":
    """The environment's configuration and what it leaves open."""
    from pyspark import SparkConf, SparkContext

    SparkContext._ensure_initialized()  # else the environment's own configuration is not read
    conf = SparkConf().setAppName("flow-pipeline linkage")
    if conf.get("spark.master", "local[*]").startswith("local"):
        # On a cluster it is its operator who says where temporary files go.
        conf.setIfMissing("spark.local.dir", str(temporary))
    conf.setIfMissing("spark.io.encryption.enabled", "true")
    conf.setIfMissing("spark.sql.warehouse.dir", str(temporary / "warehouse"))
    conf.setIfMissing("spark.ui.enabled", "false")
    # Not left open: PySpark sets it whenever it is started from Python.
    return conf.set("spark.ui.showConsoleProgress", "false")
