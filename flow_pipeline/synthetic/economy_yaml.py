"""The configuration that goes with the extracts."""

from collections.abc import Iterable
from fnmatch import fnmatch

import numpy as np

from flow_pipeline.synthetic import clock, places, recording
from flow_pipeline.synthetic.clock import Period
from flow_pipeline.synthetic.places import Block
from flow_pipeline.synthetic.profiles import Profile
from flow_pipeline.synthetic.senders import PAS_CHANGE, Sender, senders

DUE_DAY = 20


def economy_yaml(
    blocks: list[Block], period: Period, profile: Profile, paths: Iterable[str]
) -> str:
    """The text of ``economy.yaml``: a source for each kind of file that was written."""
    delivered = tuple(paths)
    parts = [
        _head(period),
        "organisations:",
        *_organisations(blocks),
        "sources:",
        *[line for s in senders(profile) for line in _sources(s, period, profile, delivered)],
        _tail(),
    ]
    return "\n".join(parts) + "\n"


def _head(period: Period) -> str:
    start, end = clock.date_of(period.start), clock.date_of(period.end)
    return f"""\
# A synthetic economy: nobody in it exists. Paths are relative to this file.
economy: Anyborough
jurisdiction: england
purpose: whole-system-flow-2026
period: {{start: {start}, end: {end}}}
storage: {{root: ./data}}
publish: duckdb:///data/anyborough.duckdb
pseudonymisation: {{key_file: ./keys/active.key}}"""


def _organisations(blocks: list[Block]) -> list[str]:
    rows = [
        ("RXA", "Anyborough Hospitals NHS Trust", "acute"),
        ("RXB", "St Bride's and Eastgate NHS Trust", "acute"),
        (places.COMMUNITY, "Anyborough Community Health", "community"),
        (places.MENTAL_HEALTH, "Vale Mental Health", "mental_health"),
        (places.AMBULANCE, "Westland Ambulance", "ambulance"),
        (places.COUNCIL, "Anyborough Council", "council"),
    ]
    for block in blocks:
        for k in range(block.n_practice):
            number = block.first_practice + k
            name = f"{places.PRACTICE_NAMES[number % len(places.PRACTICE_NAMES)]} Surgery"
            rows.append((places.practice_codes(np.array([number]))[0], name, "gp"))
    return [
        f'  - {{code: "{code}", name: "{name}", sector: {sector}}}' for code, name, sector in rows
    ]


def _sources(
    sender: Sender, period: Period, profile: Profile, delivered: tuple[str, ...]
) -> list[str]:
    """One entry, or two where a sender changes a column half-way."""
    base = f"extracts/{sender.folder}/{sender.contract}_{sender.organisation}"
    changed = bool(sender.later_columns) and clock.day_of(PAS_CHANGE) <= period.end
    before = not changed or clock.date_of(period.start) < PAS_CHANGE
    kinds = []
    if before:
        kinds.append((f"{base}_20*.{sender.ending}", sender.columns))
    if changed:
        kinds.append((f"{base}_pas2_*.{sender.ending}", sender.later_columns))
    return [
        line
        for pattern, columns in kinds
        if any(fnmatch(path, pattern) for path in delivered)
        for line in _source(sender, pattern, columns, profile)
    ]


def _source(
    sender: Sender, files: str, columns: dict[str, tuple[str, str]], profile: Profile
) -> list[str]:
    organisation = f'"{sender.organisation}"'
    if sender.organisation_column:
        organisation = f"{{column: {sender.organisation_column}, known: listed}}"
    lines = [
        f"  - contract: {sender.contract}",
        f"    organisation: {organisation}",
        f"    files: {files}",
    ]
    if sender.version:
        lines.append(f'    version: "{sender.version}"')
    if columns:
        lines.append("    columns:")
        lines += [f"      {field}: {sql}" for field, (_, sql) in columns.items()]
    shapes = ", ".join(f'{kind}: "{shape}"' for kind, shape in sender.formats.items())
    lines.append(f'    formats: {{{shapes}, nulls: ["", "NULL"]}}')
    if sender.foreign:
        lines.append(
            f"    identity: {{scheme: foreign, namespace: {recording.FOREIGN_NAMESPACE}, "
            f"key: {recording.FOREIGN_KEY}}}"
        )
    lines.append(f"    expected: {{every: {sender.every}, due_day: {DUE_DAY}}}")
    return lines


def _tail() -> str:
    return """\
reference:
  organisations: reference/organisations.csv
  postcodes: reference/postcodes.csv
  deprivation: reference/deprivation.csv
  areas: reference/areas.csv
population: {from: gp_registration}
journeys: {gap_days: 30, cips_variant: nhsd}
cohorts: {cost_scope: health, unit_costs: reference/unit_costs.csv}
disclosure: {suppress_below: 8, round_to: 5}
governance:
  purposes:
    - {code: whole-system-flow-2026, description: How people flow through Anyborough}"""
