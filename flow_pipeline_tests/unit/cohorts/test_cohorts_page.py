import re
from pathlib import Path

from flow_pipeline.cohorts.rates import default_unit_costs
from flow_pipeline.cohorts.segments import CONDITION_GROUPS, HEALTHY

PAGE = (Path(__file__).parents[3] / "docs" / "cohorts.md").read_text(encoding="utf-8")


def test_every_default_unit_cost_stands_on_the_page():
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for family, unit, amount, base in (
        default_unit_costs().select("event_family", "unit", "amount", "price_base").collect().rows()
    ):
        assert any(
            f"`{family}`" in line and line.endswith(f"| {unit} | {amount} | {base} |")
            for line in lines
        ), (family, amount)


def test_segments_stand_on_the_page_in_the_order_in_which_they_apply():
    named = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE.split("## Segments")[1], re.M)
    groups = [g.segment for g in CONDITION_GROUPS]

    assert named == ["end_of_life", *groups, "child_major", "adult_major", HEALTHY]
