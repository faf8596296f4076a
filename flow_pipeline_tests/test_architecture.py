"""The house rules of the package, read from its source: layers, purity, sizes, names of files.

Each rule is a function of a module's name and source, so that the tests below can show that it
fails when it is broken.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flow_pipeline

ROOT = Path(flow_pipeline.__file__).parent
PACKAGE = "flow_pipeline"

FOUNDATION = {"tables", "contracts", "calendar", "errors"}
CORE_STAGES = {
    "ingest",
    "pseudonymise",
    "link",
    "journeys",
    "cohorts",
    "flow",
    "quality",
    "governance",
}
# Modules of core stages that touch the world outside, and why they must.
EDGE_MODULES = {
    "ingest.reading": "opens the delivered files",
    "ingest.unpacking": "opens the delivered files and what is packed in them",
    "ingest.text_table": "reads the streams of delivered files",
    "ingest.text_rows": "gives such streams to the readers of rows",
    "ingest.parquet_table": "opens delivered Parquet files",
    "ingest.workbook": "opens delivered workbooks",
    "ingest.intake": "takes one delivered file for all the sources it serves",
    "ingest.check_report": "writes the report of files that were checked",
    "ingest.checking": "checks the delivered files of an economy without running",
    "ingest.reference_files": "opens reference files",
    "ingest.manifest": "reads the manifest beside a delivered file",
    "ingest.package": "writes and opens what senders pseudonymise themselves",
    "ingest.selection": "tells the path of a file whose rows are taken by none or by several",
    "ingest.wrong_files": "tells the path of a file that is evidently another",
    "ingest.wrong_headers": "tells the path of a file whose columns are those of another",
    "ingest.refusals": "tells the path of the file that is refused",
    "quality.expectations": "runs Great Expectations",
    "quality.feedback_table": "makes a file's text of CSV",
    "quality.feedback_page": "writes the report to a sender",
    "quality.refusal_page": "writes why a file was refused",
    "quality.data_docs": "writes the results as HTML",
}
# Of governance only disclosure control is core.
CORE_OF_GOVERNANCE = "governance.disclosure"
MAY_IMPORT_SYNTHETIC = {"cli", "orchestration", "synthetic"}
MAY_IMPORT_ORCHESTRATION = {"cli", "orchestration"}

WORLD = {
    "aiohttp",
    "dagster",
    "datetime.datetime.now",
    "duckdb_engine",
    "glob",
    "great_expectations",
    "http",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlalchemy",
    "subprocess",
    "tempfile",
    "time",
    "urllib",
    "uuid",
}
CLOCK_CALLS = {"now", "today", "utcnow"}
FILE_CALLS = ("scan_", "read_", "sink_", "write_")
FRAME_LIBRARIES = {"pl", "polars", "pd", "pandas", "pq"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 60
# Lists of declarations, one after another: long, but nothing to understand beyond one entry.
DECLARATIONS = ("contracts.", "tables.", "synthetic.name_lists", "quality.catalogue")


def layer(module: str) -> str:
    """foundation, core, edge or synthetic; ``module`` without the package's name."""
    top = module.split(".")[0]
    if top in FOUNDATION or module == "":
        return "foundation"
    if top == "synthetic":
        return "synthetic"
    if module in EDGE_MODULES or top not in CORE_STAGES:
        return "edge"
    is_core = top != "governance" or module.startswith(CORE_OF_GOVERNANCE) or module == top
    return "core" if is_core else "edge"


def imports(tree: ast.AST, module: str) -> Iterator[tuple[str, bool]]:
    """Everything a module imports, as full names, and whether inside a function.

    ``from a import b`` gives a and a.b: b may be a module. What is imported for type checking
    only counts too: a type is a dependency.
    """
    inside = {id(n) for f in ast.walk(tree) if _is_function(f) for n in ast.walk(f)}
    for node in ast.walk(tree):
        within = id(node) in inside
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, within
        elif isinstance(node, ast.ImportFrom):
            name = _absolute(node, module)
            yield name, within
            for alias in node.names:
                yield f"{name}.{alias.name}", within


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    parents = [PACKAGE, *module.split(".")][: -node.level]
    return ".".join([*parents, *filter(None, [node.module])])


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def ours(name: str) -> str | None:
    """The part of an import that names a module of ours, or None."""
    return name.removeprefix(f"{PACKAGE}.") if name.startswith(f"{PACKAGE}.") else None


def broken_layers(module: str, source: str) -> list[str]:
    """Imports that cross the layers in the wrong direction.

    The ``__init__`` of a stage may gather what edges import of it, its own edge included.
    """
    own_layer, own_top = layer(module), module.split(".")[0]
    found = set()
    for name, _ in imports(ast.parse(source), module):
        other = ours(name)
        if other is None:
            continue
        top = other.split(".")[0]
        if own_layer == "foundation" and top not in FOUNDATION:
            found.add(f"the foundation imports {other}")
        if own_layer == "core" and top not in FOUNDATION | {own_top}:
            found.add(f"core imports {other}: stages meet in tables")
        if own_layer == "core" and module != own_top and other in EDGE_MODULES:
            found.add(f"core imports the edge {other}")
        if own_layer == "synthetic" and top not in {"synthetic", "errors"}:
            found.add(f"synthetic imports {other}")
        if top == "synthetic" and own_top not in MAY_IMPORT_SYNTHETIC:
            found.add(f"{own_top} imports synthetic")
        if top == "orchestration" and own_top not in MAY_IMPORT_ORCHESTRATION:
            found.add(f"{own_top} imports orchestration")
    return sorted(found)


def broken_libraries(module: str, source: str) -> list[str]:
    """Dagster out of orchestration; Great Expectations at import time; SQLAlchemy too low."""
    top = module.split(".")[0]
    found = set()
    for name, within in imports(ast.parse(source), module):
        library = name.split(".")[0]
        if library == "dagster" and top != "orchestration":
            found.add("imports dagster")
        if library == "great_expectations" and not within:
            found.add("imports great_expectations when it is imported itself")
        if library in {"sqlalchemy", "duckdb_engine"} and layer(module) in {"foundation", "core"}:
            found.add(f"imports {library}")
    return sorted(found)


def broken_purity(module: str, source: str) -> list[str]:
    """Files, clock, logging, environment and randomness in the foundation or the core."""
    if layer(module) not in {"foundation", "core"}:
        return []
    tree = ast.parse(source)
    found = {f"imports {n}" for n, _ in imports(tree, module) if n.split(".")[0] in WORLD}
    found |= {f"calls {c}" for c in map(_worldly_call, ast.walk(tree)) if c}
    return sorted(found)


def _worldly_call(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Name):
        return called.id if called.id in {"open", "print", "input"} else None
    if not isinstance(called, ast.Attribute):
        return None
    on = ast.unparse(called.value)
    if called.attr in CLOCK_CALLS and on.split(".")[-1] in {"datetime", "date"}:
        return f"{on}.{called.attr}"
    is_read = called.attr.startswith(FILE_CALLS[:2]) and on in FRAME_LIBRARIES
    is_written = called.attr.startswith(FILE_CALLS[2:]) or called.attr in {"write_text"}
    opens = on == "duckdb" and called.attr == "connect"
    return f"{on}.{called.attr}" if is_read or is_written or opens else None


def broken_sizes(module: str, source: str) -> list[str]:
    """Files and functions that are too long to be read in one go."""
    found = []
    lines = len(source.splitlines())
    if lines > MOST_LINES and not module.startswith(DECLARATIONS):
        found.append(f"{lines} lines")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                found.append(f"{node.name} has {length} lines")
    return found


def broken_names(module: str, source: str) -> list[str]:
    """Files named after no subject."""
    del source
    return [part for part in module.split(".") if part.strip("_") in VAGUE_NAMES]


RULES = (broken_layers, broken_libraries, broken_purity, broken_sizes, broken_names)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted(p for p in ROOT.rglob("*.py") if "__pycache__" not in p.parts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_to_the_house_rules(rule):
    found = {m: broken for p in FILES if (broken := rule(m := module_name(p), p.read_text()))}
    assert not found


def test_the_modules_said_to_be_edges_exist_and_have_a_reason():
    modules = {module_name(p) for p in FILES}
    assert not set(EDGE_MODULES) - modules
    assert all(EDGE_MODULES.values())


def test_every_part_of_the_house_is_in_one_layer():
    tops = {module_name(p).split(".")[0] for p in FILES} - {""}
    edges = {"publish", "orchestration", "store", "lock", "cli"}
    edges |= {top for top in tops if top.startswith("config")}
    assert tops - FOUNDATION - CORE_STAGES - {"synthetic"} <= edges


_GOOD = [
    ("tables.journeys", "from flow_pipeline.tables.language import Table"),
    ("link.model", "import duckdb\nfrom flow_pipeline.tables import table\nfrom . import numbers"),
    ("journeys.steps", "import datetime as dt\ndef f(today): return dt.date(2024, 4, 1)"),
    ("publish.releases", "import os\nfrom flow_pipeline.store import Store"),
    ("quality.expectations", "def run():\n    import great_expectations"),
    ("orchestration.jobs", "import dagster\nfrom flow_pipeline.synthetic import generate"),
    ("synthetic.people", "import random\nfrom flow_pipeline.errors import FlowError"),
    ("governance.erasure", "from pathlib import Path"),
]


@pytest.mark.parametrize(("module", "source"), _GOOD, ids=lambda value: value[:30])
def test_what_is_allowed_breaks_no_rule(module, source):
    assert [rule(module, source) for rule in RULES] == [[]] * len(RULES)


_BAD = [
    (broken_layers, "tables.core", "from flow_pipeline.link.model import fit"),
    (broken_layers, "contracts.acute", "import flow_pipeline.store"),
    (broken_layers, "journeys.steps", "from flow_pipeline.cohorts.costs import priced"),
    (broken_layers, "journeys.steps", "def f():\n    from flow_pipeline import store"),
    (broken_layers, "journeys.steps", "from ..link import model"),
    (broken_layers, "quality.gate", "from flow_pipeline.quality.expectations import run"),
    (broken_layers, "quality.gate", "from flow_pipeline.quality import expectations"),
    (broken_layers, "ingest.parsing", "from flow_pipeline.ingest.reading import open_delivered"),
    (broken_layers, "ingest.parsing", "import flow_pipeline.governance"),
    (broken_layers, "governance.disclosure", "from flow_pipeline.publish import releases"),
    (broken_layers, "synthetic.people", "from flow_pipeline.contracts import contract"),
    (broken_layers, "publish.summary", "from flow_pipeline.synthetic import generate"),
    (broken_layers, "store", "from flow_pipeline.orchestration import run"),
    (broken_libraries, "cli", "def f():\n    import dagster as dg"),
    (broken_libraries, "store", "from dagster import asset"),
    (broken_libraries, "quality.expectations", "import great_expectations as gx"),
    (broken_libraries, "tables.language", "import sqlalchemy as sa"),
    (broken_purity, "link.registry", "from pathlib import Path"),
    (broken_purity, "cohorts.costs", "def f():\n    import os"),
    (broken_purity, "flow.handoffs", "import logging"),
    (broken_purity, "journeys.steps", "import datetime as dt\nx = dt.date.today()"),
    (broken_purity, "journeys.steps", "from datetime import datetime\nx = datetime.now()"),
    (broken_purity, "pseudonymise.keys", "import secrets"),
    (broken_purity, "ingest.expressions", "x = open('file')"),
    (broken_purity, "journeys.steps", "import polars as pl\nx = pl.scan_parquet('a')"),
    (broken_purity, "journeys.steps", "frame.sink_parquet('a')"),
    (broken_purity, "link.model", "import duckdb\nc = duckdb.connect()"),
    (broken_sizes, "publish.releases", "x = 1\n" * 401),
    (broken_sizes, "store", "def f():\n" + "    x = 1\n" * 60),
    (broken_names, "journeys.utils", ""),
    (broken_names, "link._common", ""),
]


@pytest.mark.parametrize(("rule", "module", "source"), _BAD)
def test_each_rule_fails_when_it_is_broken(rule, module, source):
    assert rule(module, source)
