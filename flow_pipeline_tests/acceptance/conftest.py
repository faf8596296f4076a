"""One small Anyborough, made and run once, that the acceptance tests look at."""

import shutil
from pathlib import Path

import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.synthetic import generate
from flow_pipeline_tests.acceptance.commands import flow_pipeline

PEOPLE, YEARS, SEED = 800, 1, 7


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic economy that nobody has run yet; copy it, do not change it."""
    folder = tmp_path_factory.mktemp("extracts") / "economy"
    generate(folder, people=PEOPLE, years=YEARS, seed=SEED, profile="typical")
    make_key(folder / "keys" / "active.key")
    return folder


@pytest.fixture(scope="session")
def published(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same economy after a run; read it, do not change it."""
    folder = tmp_path_factory.mktemp("published") / "economy"
    shutil.copytree(extracts, folder)
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def economy(extracts: Path, tmp_path: Path) -> Path:
    """A copy of the economy for one test, free to be damaged."""
    folder = tmp_path / "economy"
    shutil.copytree(extracts, folder)
    return folder


@pytest.fixture
def ran(published: Path, tmp_path: Path) -> Path:
    """A copy of the economy after a run, free to be changed and run again."""
    folder = tmp_path / "economy"
    shutil.copytree(published, folder, symlinks=True)
    return folder
