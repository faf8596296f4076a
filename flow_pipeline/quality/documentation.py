"""The page of all checks, ``docs/quality.md``, made from the code."""

from collections.abc import Iterable, Sequence

from flow_pipeline.contracts import all_contracts
from flow_pipeline.quality.catalogue import CATALOGUE, Check
from flow_pipeline.quality.contract_checks import RowCheck, contract_checks

# Checks of tables: catalogue id and name, what is looked at, what fails.
TABLE_CHECKS: tuple[tuple[str, str, str], ...] = (
    ("C11 provider_months", "each event family", "months of a provider without an event"),
    ("V01 columns", "each published table", "columns missing, of another type, or not declared"),
    ("V01 no_nulls_where_none_may_be", "each published table", "rows with such a null"),
    ("V01 <column>_is_in_<table>", "each reference between tables", "rows that lead nowhere"),
    ("V06 organisation_open_on_event_date", "care_event", "events where nothing was open"),
    ("T05 reference_age", "each national reference file", "days since its newest entry"),
    ("U01 key", "each published table", "rows whose key is another row's too"),
    ("U03 near_duplicates", "each event family", "events beyond the first of such a minute"),
    ("U08 one_row_per_person", "person, person_year", "rows beyond one a person (and year)"),
    ("K12 nothing_after_death", "each event family", "events over 7 days after the death"),
    ("P13 events_of_a_person", "event", "persons and years with more than that"),
    ("P11 cost_is_known", "each costed family", "costed events without a known cost"),
    ("P11 cost_is_not_zero", "each costed family", "costed events that cost 0"),
    ("P11 cost_is_not_negative", "each costed family", "costed events that cost less than 0"),
    ("P11 mapped_cost_is_not_negative", "person_year", "people and years of net negative cost"),
    ("R01 refused_rows", "each source", "rows that were refused, of those selected"),
    ("R01 poor_submissions", "submission", "submissions with over a tenth of rows refused"),
    ("R03 files_balance", "row_ledger", "files whose rows are not all accounted for"),
    ("R03 sources_balance", "row_ledger", "files and sources whose classes do not add up"),
    ("R03 accepted_rows_are_in_the_core_table", "each contract", "rows by which the two differ"),
    ("X01 admitted_attendance_has_stay", "emergency", "attendances admitted without a stay"),
    ("X02 emergency_stay_has_attendance", "inpatient", "stays without an attendance"),
    ("L05 two_verified_nhs_numbers", "person_link", "persons with two verified numbers"),
    ("D01 no_small_number", "each released table", "figures visible that should not be"),
    ("D02 declared_columns_only", "each released table", "columns not declared"),
)

# Checks of how good linkage is: catalogue id and name, what is looked at, what fails.
LINKAGE_CHECKS: tuple[tuple[str, str, str], ...] = (
    ("L01 match_rate", "each source and sender", "records not linked, of the newest month"),
    ("L02 recall_by_<attribute>", "link_gap", "values whose people are missed more"),
    ("L03 estimated_precision, estimated_recall", "link_threshold", "shortfall on hidden numbers"),
    ("L03 true_precision, true_recall", "linkage_quality", "shortfall by the truth, if given"),
    ("L04 reviewers_agree", "link_decision", "1 - kappa, with 20 pairs decided twice"),
    ("L05 groups_taken_apart", "link_review", "people, undecided by reviewers; it warns"),
    ("L06 histories_to_be_settled", "impossible_history", "people, undecided by reviewers"),
    ("L06 histories_are_asked_about", "impossible_history", "people on nobody's list"),
    ("L07 n_persons_a_band_away", "link_sensitivity", "people more or fewer"),
    ("L07 n_matched_a_band_away", "link_sensitivity", "links more or fewer without number"),
    ("L08 persons_are_registered", "person_link", "persons whose id would not last"),
    ("L09 linked_and_unlinked_by_<attribute>", "link_difference", "values that differ"),
    ("L10 pairs_are_compared_by_<basis>", "link_blocking", "pairs that no rule finds"),
)

# Checks of submissions, all by sender: catalogue id and name, what is looked at, what fails.
SUBMISSION_CHECKS: tuple[tuple[str, str, str], ...] = (
    ("C10 placeholder_text", "each source", "values like NULL"),
    ("C11 expected_periods", "each contract", "intervals that expect a file and have none"),
    ("V05, V08, V09, V12, V13 <field>", "each source", "rows flagged, where too many"),
    ("U02 whole_row", "each source", "rows that are copies within their submission"),
    ("T01 received_by_due_day", "each contract", "intervals whose file came late"),
    ("T02 stated_and_derived_period", "each source", "submissions of which the two differ"),
    ("T03 lag_median", "each source", "days by which the newest submission is older than before"),
    ("R01 rows", "each source", "change of the newest submission, per day of its period"),
    ("R01 people", "each source", "the same of people"),
    ("R01 cost", "each source", "the same of pounds, where rows carry a cost"),
    ("R01 bed_days", "each source", "the same of bed days, where rows are stays"),
    ("R02 record_count", "each source", "submissions with other rows than their manifest says"),
    ("R02 digest", "each source", "submissions with another SHA-256 than their manifest says"),
    ("R02 control_totals", "each source", "submissions with another total than is stated"),
    ("R05 deleted_events", "each source", "events that the last submission no longer has"),
)

_INTRODUCTION = """\
# Checks of quality

Made from the code by `quality_page` of `flow_pipeline/quality/documentation.py`; do not edit.

Every check leaves one row in `quality_result`: what was looked at, how many rows, how many failed,
what is allowed. No value of a person is in a result, a message or the data docs. A check looks at
rows where it applies: a null is a failure only of a check that asks whether a field is filled.

A failure **blocks** publishing when its severity is *block*, or *quarantine*: ingest refuses such
rows, so one among the accepted rows is a fault of ours. Then the run ends with exit code 4, says
check, source, what was seen and what is allowed, and leaves the last release as it was. Every
other failure **warns**: the release is made and `quality_result` and the report say so.

The suites of the extracts run in Great Expectations on the accepted rows; their pages (the data
docs) open from disk, without a network.

**C02** is judged for all senders of an extract together, where it only warns, and once more for
each sender (`organisation_code`) that leaves more than is allowed empty. There it blocks above
20 %, where the sender has at least 100 rows and fills the field at all: a sender that never had a
field is known from its first file, one that stops filling it has broken something.
"""

_ABOUT_SUBMISSIONS = """\
Each by sender. **R01** compares the newest submission with the one of the period before, in table
`reconciliation`. What is allowed is 5 %, or what chance makes when that is more: people come and
go, each with all their rows, and three standard deviations of that are chance. So a large sender
is held to 5 %, and the month of a small practice may vary. It blocks beyond 20 %, and beyond five
standard deviations, where the periods are of about equal length, and, in a file of many senders,
where the whole file has changed too: of hundreds of comparisons some exceed three deviations by
chance alone. So a sender of 25 people never blocks, one of 300 beyond about 37 %, one of 1,250 at
20 %. `quality.changes` sets the three numbers. A first submission is never judged. One that covers
a shorter time than the one before, down to a third of it, and holds less warns: its end may have
been lost on the way.

**C11** and **T01** rest on `sources[].expected`. What is missing is told; when a file came is
judged from `expected.judged_from` on, so that a backfill of old periods is not late. A sender is
expected while table `organisation` says that it is open. **R02** rests on the manifest beside a
file; a submission that another replaces is not judged.

An entry of `quality.overrides` changes what a check allows, or waives its failure, for a time: who,
why and until when stand in `quality_result.override`. One that has expired is not applied, and
says so. D01, D02, L05, R03, U01, U08 and V01 cannot be overridden.
"""

_ABOUT_LINKAGE = """\
How the figures come about is told in `linkage_quality.md`. **L03** rests on the truth where there
is one (`linkage.truth`), and on hidden numbers where these are worth at least 200 people: there a
shortfall warns, and blocks when the whole 95 % interval falls short. What blocks ends the run with
exit code 8.

**L01** counts every record as linked that came to its person by number, pseudonym or likeness, or
through somebody who did, by the month of the row's date (of receipt where it has none). The newest
month with 20 people is held against the twelve before it, and all months that the last release has
too against what it says of them. **L06** is told in `linkage_quality.md`;
a decision about the pair settles it, whichever way. **L09** compares what is known of people of
whom a sender's records were linked with those of whom no other identity was found. Not everybody
should be linked: who is known to one sender only is not, so a difference may be one of use of care.
**L10** rests on the truth where there is one; else on the pairs that verified numbers join, without
the rule that compares numbers.
"""


def quality_page() -> str:
    """The whole page, as Markdown."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## Catalogue\n",
            _table(
                (
                    "Check",
                    "Dimension",
                    "Severity",
                    "Allowed",
                    "Blocks above (one sender)",
                    "What must hold",
                ),
                map(_catalogue_row, CATALOGUE.values()),
            ),
            "\n## Checks of tables\n",
            _table(("Check", "Looked at", "Fails"), TABLE_CHECKS),
            "\n## Checks of linkage\n",
            _ABOUT_LINKAGE,
            _table(("Check", "Looked at", "Fails"), LINKAGE_CHECKS),
            "\n## Checks of submissions\n",
            _ABOUT_SUBMISSIONS,
            _table(("Check", "Looked at", "Fails"), SUBMISSION_CHECKS),
            "\n## Checks of extracts\n",
            "Derived from each contract; *where* is the condition on which a row is looked at.",
            *(_contract_section(name) for name in all_contracts()),
        ]
    )


def _contract_section(name: str) -> str:
    rows = map(_check_row, contract_checks(all_contracts()[name]))
    return f"\n### {name}\n\n" + _table(("Check", "Severity", "Allowed", "Holds", "Where"), rows)


def _catalogue_row(check: Check) -> tuple[str, ...]:
    above = "" if check.block_above is None else _allowed(check.block_above, check)
    return (
        check.catalogue_id,
        check.dimension,
        check.severity,
        _allowed(check.threshold, check),
        above,
        check.meaning,
    )


def _check_row(check: RowCheck) -> tuple[str, ...]:
    allowed = _allowed(check.check.threshold, check.check)
    where = f"`{check.applies}`" if check.applies else ""
    return (check.check_id, check.check.severity, allowed, _holds(check), where)


def _holds(check: RowCheck) -> str:
    if check.kind == "in_list":
        return f"one of {len(check.allowed)} codes"
    if check.kind == "matches":
        return f"`{check.pattern}`"
    if check.kind == "in_range":
        limits = ("" if x is None else f"{x:g}" for x in (check.minimum, check.maximum))
        return " to ".join(limits).strip()
    if check.kind == "holds" and check.check.catalogue_id != "V08":
        return f"`{check.condition}`"
    return {"unique": "unique", "filled": "filled"}.get(check.kind, "all have their form")


def _allowed(threshold: float, check: Check) -> str:
    return f"{threshold:g}" if check.measure == "count" else f"{100 * threshold:g} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in cells) + "\n"
