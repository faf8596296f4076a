"""What is published, the range the generator is held to, and the table that shows both."""

from collections.abc import Callable
from dataclasses import dataclass

from flow_pipeline.synthetic.calibration import (
    EMERGENCY,
    Truth,
    aged_75,
    aged_over,
    bed_day_share,
    cost_share,
    deaths,
    did_not_attend,
    home_support,
    late_arrivals,
    length_of_stay,
    many_moves,
    over_years,
    per_head,
    persistence,
    readmission,
    waited,
    within_four_hours,
)

# A dagger marks a level that is widely published but was not read again for this version.
REPORT = "The challenge and potential of whole system flow (2016)"
NHSE = "NHS England"


@dataclass(frozen=True)
class Target:
    """A published level, the range that a test holds the generator to, and how it is measured."""

    name: str
    target: str
    source: str
    low: float
    high: float
    measure: Callable[[Truth], float]
    unit: str = "share"


def measure_all(truth: Truth) -> dict[str, float]:
    """Every target's value for one generated economy."""
    return {target.name: target.measure(truth) for target in TARGETS}


TARGETS: tuple[Target, ...] = (
    Target(
        "Top 2 % of people: share of mapped cost",
        "about half",
        f"{REPORT}, App. 2",
        0.44,
        0.58,
        over_years(cost_share),
    ),
    Target(
        "Top 2 %: share of unplanned bed days",
        "about three quarters",
        f"{REPORT}, App. 2",
        0.66,
        0.84,
        over_years(bed_day_share),
    ),
    Target(
        "Top 2 %: aged 75 or over",
        "about 40 %",
        f"{REPORT}, App. 2",
        0.32,
        0.48,
        over_years(aged_75),
    ),
    Target("Top 2 %: in it again next year", "24 %", f"{REPORT}, App. 2", 0.15, 0.32, persistence),
    Target(
        "Emergency department: left within 4 hours, all types",
        "73–76 %",
        f"{NHSE}, A&E attendances 2024/25 †",
        0.70,
        0.79,
        within_four_hours,
    ),
    Target(
        "Major departments: over 8 hours",
        "15–22 %",
        f"{NHSE}, ECDS 2024/25 †",
        0.13,
        0.24,
        waited(480, major_only=True),
    ),
    Target(
        "Major departments: over 12 hours",
        "about 10 %",
        f"{NHSE}, ECDS 2024/25 †",
        0.06,
        0.13,
        waited(720, major_only=True),
    ),
    Target(
        "Nights in unplanned acute spells, mean",
        "7.7 before improvement, 6.2 after",
        f"{REPORT}, case study",
        5.8,
        8.0,
        length_of_stay(0),
        "nights",
    ),
    Target(
        "The same, aged 75 or over",
        "12.6 before improvement, 9.5 after",
        f"{REPORT}, case study",
        8.8,
        12.8,
        length_of_stay(75),
        "nights",
    ),
    Target(
        "More than three ward moves, unplanned spells of 2 nights or more",
        "14 % before, 2 % after",
        f"{REPORT}, case study 1",
        0.09,
        0.18,
        many_moves,
    ),
    Target(
        "Outpatients: did not attend",
        "6.4–7 %",
        f"{NHSE}, Hospital Outpatient Activity †",
        0.055,
        0.078,
        did_not_attend("outpatient"),
    ),
    Target(
        "General practice: did not attend",
        "4–5 %",
        f"{NHSE}, Appointments in General Practice †",
        0.035,
        0.058,
        did_not_attend("gp_appointment"),
    ),
    Target(
        "Community contacts: did not attend",
        "4–6 %",
        "Community Services Data Set †",
        0.025,
        0.065,
        did_not_attend("community_contact"),
    ),
    Target(
        "Ready to home support, intervention site before",
        "5.5 days",
        f"{REPORT}, Sheffield",
        4.2,
        6.8,
        home_support(at_site=True, after=False),
        "days",
    ),
    Target(
        "Ready to home support, intervention site after",
        "1.2 days",
        f"{REPORT}, Sheffield",
        0.8,
        1.7,
        home_support(at_site=True, after=True),
        "days",
    ),
    Target(
        "Ready to home support, other sites after",
        "no change",
        "design of the intervention",
        4.2,
        6.8,
        home_support(at_site=False, after=True),
        "days",
    ),
    Target(
        "Emergency readmission within 30 days",
        "about 14–15 %",
        f"{NHSE}, I02040 Emergency readmissions †",
        0.11,
        0.18,
        readmission,
    ),
    Target(
        "Frail older people: arrive from 18:00 to 08:00",
        "two thirds after 18:00",
        f"{REPORT}, case study",
        0.55,
        0.72,
        late_arrivals,
    ),
    Target(
        "Emergency admissions per resident and year",
        "0.10–0.12",
        f"{NHSE}, Hospital Episode Statistics †",
        0.085,
        0.135,
        per_head("", EMERGENCY),
        "rate",
    ),
    Target(
        "Emergency department attendances per resident and year",
        "0.40–0.47",
        f"{NHSE}, A&E attendances †",
        0.36,
        0.50,
        per_head("emergency"),
        "rate",
    ),
    Target(
        "Practice appointments per resident and year",
        "5.5–6.2",
        f"{NHSE}, Appointments in General Practice †",
        4.7,
        6.4,
        per_head("gp_appointment"),
        "rate",
    ),
    Target(
        "Deaths per 1,000 residents and year",
        "9–10.5",
        "ONS, deaths registered †",
        7.5,
        11.5,
        deaths,
        "rate",
    ),
    Target(
        "Residents aged 75 or over",
        "9–10 %",
        "ONS, mid-year estimates †",
        0.08,
        0.11,
        aged_over(75),
    ),
)


def table(values: dict[int, dict[str, float]]) -> str:
    """A Markdown table of targets, sources and what each seed gave."""
    seeds = sorted(values)
    lines = [
        "| What | Published | Source | " + " | ".join(f"seed {s}" for s in seeds) + " | held to |",
        "|---|---|---|" + "---|" * (len(seeds) + 1),
    ]
    for target in TARGETS:
        cells = [_shown(values[s][target.name], target.unit) for s in seeds]
        held = f"{_shown(target.low, target.unit)} to {_shown(target.high, target.unit)}"
        lines.append(
            f"| {target.name} | {target.target} | {target.source} | {' | '.join(cells)} | {held} |"
        )
    return "\n".join(lines)


def _shown(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "share" else f"{value:.2f}"
