"""How the configuration says that files are laid out."""

from pathlib import Path

import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.ingest.layout import Layout
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy

_LINE_OF_LAYOUT = CONFIG[: CONFIG.index("    columns:")].count("\n") + 1


def _layout(folder: Path, written: str) -> Layout:
    config = CONFIG.replace("    columns:", f"    layout: {written}\n    columns:")
    return load_economy(economy(folder, config)).sources[0].layout


@pytest.mark.parametrize(
    ("written", "layout"),
    [
        ("{}", Layout()),
        (
            "{encoding: auto, delimiter: auto, quote: auto, skip: 0, header: auto, sheet: 1,"
            " names: []}",
            Layout(),
        ),
        ("{encoding: latin-1, delimiter: ';'}", Layout(encoding="latin-1", delimiter=";")),
        ("{delimiter: tab}", Layout(delimiter="\t")),
        (r"{delimiter: '\t'}", Layout(delimiter="\t")),
        (r'{delimiter: "\x1f"}', Layout(delimiter="\x1f")),
        ("{quote: none, skip: 2}", Layout(quote="none", skip=2)),
        ("{quote: '\"'}", Layout(quote='"')),
        ("{header: no, names: [a, b]}", Layout(header="no", names=("a", "b"))),
        ("{sheet: 2}", Layout(sheet=2)),
        ("{sheet: April}", Layout(sheet="April")),
    ],
)
def test_what_is_written_is_the_layout_and_the_rest_is_found_out(tmp_path, written, layout):
    assert _layout(tmp_path, written) == layout


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{encoding: utf-9}", "layout.encoding: 'utf-9' is no encoding"),
        ("{encoding: base64}", "layout.encoding: 'base64' is no encoding"),
        ("{delimiter: '||'}", "layout.delimiter: expected one sign"),
        ("{delimiter: '\"'}", "layout.delimiter: expected one sign"),
        ("{quote: '`'}", "layout.quote: expected"),
        ("{skip: -1}", "layout.skip: expected at least 0"),
        ("{skip: some}", "layout.skip: expected a whole number"),
        ("{header: none}", "layout.header: expected one of auto, yes, no"),
        ("{sheet: 0}", "layout.sheet: expected a number from 1"),
        ("{names: [a, b, a]}", "layout.names: expected names"),
        ("{names: [a, {b: c}]}", "layout.names[1]: expected text"),
        ("{heading: yes}", "layout.heading: unknown key"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path, written, says):
    with pytest.raises(ConfigurationError) as told:
        _layout(tmp_path, written)
    [mistake] = [line for line in str(told.value).splitlines() if "layout" in line]
    assert says in mistake
    assert mistake.startswith(f"economy.yaml:{_LINE_OF_LAYOUT}:")


def test_sources_of_one_file_read_it_alike(tmp_path):
    head, tail = CONFIG.split("governance:")
    source = head[head.index("  - contract") :]
    second = source.replace("contract:", "name: other\n    contract:") + "    layout: {skip: 1}\n"
    with pytest.raises(ConfigurationError, match="of source 'gp_appointment' in another layout"):
        load_economy(economy(tmp_path, f"{head}{second}governance:{tail}"))
