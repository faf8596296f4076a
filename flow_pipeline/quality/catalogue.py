"""The catalogue of checks: what each looks for, how bad a failure is, and what is allowed.

Ids, dimensions and defaults are those of the domain's data-quality catalogue, but for P13, which is
ours; only checks that this version runs are listed.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "quarantine", "warn"]
Measure = Literal["share", "count"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One entry of the catalogue.

    ``threshold`` is the share (or count) of failing rows that is allowed; above ``block_above``,
    where that is given, a warning about one sender becomes a block. Severity ``quarantine`` means
    that ingest refuses such rows: one among the accepted rows is a fault of ours and blocks.
    """

    catalogue_id: str
    dimension: str
    severity: Severity
    threshold: float
    meaning: str
    block_above: float | None = None
    measure: Measure = "share"


_CHECKS = (
    Check(
        catalogue_id="C01",
        dimension="Completeness",
        severity="quarantine",
        threshold=0,
        meaning="A required field is filled (where its condition holds).",
    ),
    Check(
        catalogue_id="C02",
        dimension="Completeness",
        severity="warn",
        threshold=0.05,
        block_above=0.20,
        meaning="An expected field is filled where it applies.",
    ),
    Check(
        catalogue_id="C03",
        dimension="Completeness",
        severity="warn",
        threshold=0.05,
        meaning="The NHS number is present (allowed to miss: acute and GP 1 %, council 10 %, "
        "others 5 %).",
    ),
    Check(
        catalogue_id="C05",
        dimension="Completeness",
        severity="warn",
        threshold=0.03,
        meaning="The postcode leads to a small area.",
    ),
    Check(
        catalogue_id="C06",
        dimension="Completeness",
        severity="warn",
        threshold=0.005,
        meaning="The birth date is present at the precision the source declares.",
    ),
    Check(
        catalogue_id="C07",
        dimension="Completeness",
        severity="warn",
        threshold=0.10,
        meaning="The discharge-ready date is present for stays of at least one night.",
    ),
    Check(
        catalogue_id="C10",
        dimension="Completeness",
        severity="warn",
        threshold=0,
        meaning="No field holds a text that means nothing was recorded, like NULL.",
    ),
    Check(
        catalogue_id="C11",
        dimension="Completeness",
        severity="warn",
        threshold=0,
        measure="count",
        meaning="Every provider has events of each of its families in every month between its "
        "first and its last, and every sender a submission for every interval in which the "
        "configuration expects one.",
    ),
    Check(
        catalogue_id="V01",
        dimension="Validity",
        severity="block",
        threshold=0,
        measure="count",
        meaning="A table has its declared columns and types, and no null where none may be; "
        "references from one table lead to a row of the other.",
    ),
    Check(
        catalogue_id="V02",
        dimension="Validity",
        severity="warn",
        threshold=0.005,
        meaning="The NHS number has ten digits and a valid check digit.",
    ),
    Check(
        catalogue_id="V03",
        dimension="Validity",
        severity="warn",
        threshold=0,
        meaning="The NHS number is no sentinel or test number.",
    ),
    Check(
        catalogue_id="V04",
        dimension="Validity",
        severity="warn",
        threshold=0.005,
        meaning="The CHI number has a date, a ninth digit that agrees with the sex, and a check "
        "digit of modulus 11 or 10.",
    ),
    Check(
        catalogue_id="V05",
        dimension="Validity",
        severity="warn",
        threshold=0.01,
        meaning="The code is in its list.",
    ),
    Check(
        catalogue_id="V06",
        dimension="Validity",
        severity="warn",
        threshold=0.01,
        meaning="The organisation of an event was open on its day, as the directory has it.",
    ),
    Check(
        catalogue_id="V07",
        dimension="Validity",
        severity="warn",
        threshold=0.01,
        meaning="The postcode is in the directory, or says that somebody has none.",
    ),
    Check(
        catalogue_id="V08",
        dimension="Validity",
        severity="warn",
        threshold=0.01,
        meaning="The value has the form of its coding system.",
    ),
    Check(
        catalogue_id="V09",
        dimension="Validity",
        severity="warn",
        threshold=0,
        meaning="Times can be read. (Dates that cannot, or lie outside 1900 to today, are refused "
        "at ingest.)",
    ),
    Check(
        catalogue_id="V11",
        dimension="Validity",
        severity="warn",
        threshold=0.001,
        meaning="Discharge destination 79 goes with a discharge by death.",
    ),
    Check(
        catalogue_id="V12",
        dimension="Validity",
        severity="warn",
        threshold=0.01,
        meaning="A field is filled only where it applies.",
    ),
    Check(
        catalogue_id="V13",
        dimension="Validity",
        severity="warn",
        threshold=0.005,
        meaning="The value is of its type and lies in its range.",
    ),
    Check(
        catalogue_id="U01",
        dimension="Uniqueness",
        severity="block",
        threshold=0,
        measure="count",
        meaning="The key of a table names one row; event_id names one accepted record.",
    ),
    Check(
        catalogue_id="U02",
        dimension="Uniqueness",
        severity="warn",
        threshold=0.001,
        meaning="No row is wholly another row of its submission; the copies are left out.",
    ),
    Check(
        catalogue_id="U03",
        dimension="Uniqueness",
        severity="warn",
        threshold=0.005,
        meaning="No two events of one person, kind, provider and specialty begin in one minute.",
    ),
    Check(
        catalogue_id="U08",
        dimension="Uniqueness",
        severity="block",
        threshold=0,
        measure="count",
        meaning="A person has one row in each table of persons.",
    ),
    Check(
        catalogue_id="K01",
        dimension="Consistency",
        severity="quarantine",
        threshold=0,
        meaning="What ends does so after it started.",
    ),
    Check(
        catalogue_id="K02",
        dimension="Consistency",
        severity="warn",
        threshold=0.01,
        meaning="The discharge-ready date lies between admission and discharge.",
    ),
    Check(
        catalogue_id="K07",
        dimension="Consistency",
        severity="warn",
        threshold=0.01,
        meaning="Referral or booking comes before what it led to.",
    ),
    Check(
        catalogue_id="K09",
        dimension="Consistency",
        severity="warn",
        threshold=0.02,
        meaning="The moments of an emergency attendance are in order.",
    ),
    Check(
        catalogue_id="K12",
        dimension="Consistency",
        severity="warn",
        threshold=0.001,
        meaning="Nothing happens to a person more than 7 days after the death.",
    ),
    Check(
        catalogue_id="K13",
        dimension="Consistency",
        severity="quarantine",
        threshold=0,
        meaning="Nothing happens before birth.",
    ),
    Check(
        catalogue_id="P01",
        dimension="Plausibility",
        severity="warn",
        threshold=0.0005,
        meaning="The age at the event lies between 0 and 120.",
    ),
    Check(
        catalogue_id="P11",
        dimension="Plausibility",
        severity="warn",
        threshold=0.10,
        meaning="The cost of a costed event is known, and neither negative nor, in more than a "
        "tenth, zero.",
    ),
    Check(
        catalogue_id="P13",
        dimension="Plausibility",
        severity="warn",
        threshold=0,
        measure="count",
        meaning="Nobody has more than 1,000 events in a year: a record of many people, or a test.",
    ),
    Check(
        catalogue_id="R01",
        dimension="Reconciliation",
        severity="warn",
        threshold=0.05,
        meaning="Not too many rows of a source are refused, nor too many submissions poor; the "
        "newest submission holds about as many rows, people, cost and bed days, per day of its "
        "period, as the one before (beyond 5 % it warns, beyond 20 % it blocks, and neither where "
        "chance makes as much).",
    ),
    Check(
        catalogue_id="R02",
        dimension="Reconciliation",
        severity="block",
        threshold=0,
        measure="count",
        meaning="A file is what its manifest says: rows, digest, control totals.",
    ),
    Check(
        catalogue_id="R03",
        dimension="Reconciliation",
        severity="block",
        threshold=0,
        measure="count",
        meaning="The row law: every delivered row is accounted for once, and the accepted rows "
        "are those of the core tables.",
    ),
    Check(
        catalogue_id="R05",
        dimension="Reconciliation",
        severity="warn",
        threshold=0.02,
        meaning="A resubmission leaves out few of the events of what it replaces.",
    ),
    Check(
        catalogue_id="T01",
        dimension="Timeliness",
        severity="warn",
        threshold=2,
        measure="count",
        meaning="A file comes within 2 days of the day it is due; one that is missing 10 days "
        "after it blocks where its sender usually has more than a tenth of the rows (days; from "
        "expected.judged_from on).",
    ),
    Check(
        catalogue_id="T02",
        dimension="Timeliness",
        severity="warn",
        threshold=0,
        meaning="The period that a submission states is that of its rows: months of at least "
        "2 % of them.",
    ),
    Check(
        catalogue_id="T03",
        dimension="Timeliness",
        severity="warn",
        threshold=7,
        measure="count",
        meaning="The median time from a row's date to its receipt does not grow by more than "
        "7 days.",
    ),
    Check(
        catalogue_id="T05",
        dimension="Timeliness",
        severity="warn",
        threshold=90,
        measure="count",
        meaning="A reference file that is published anew every so often is of the last 90 days of "
        "the period (days).",
    ),
    Check(
        catalogue_id="X01",
        dimension="Cross-source",
        severity="warn",
        threshold=0.10,
        meaning="An emergency attendance that ended in admission has a hospital stay.",
    ),
    Check(
        catalogue_id="X02",
        dimension="Cross-source",
        severity="warn",
        threshold=0.15,
        meaning="A hospital stay admitted through the emergency department has an attendance.",
    ),
    Check(
        catalogue_id="L01",
        dimension="Linkage",
        severity="warn",
        threshold=0.03,
        meaning="The share of records that are linked does not fall, by source and sender, from "
        "the twelve months before to the newest, nor from the last release to this one (beyond 3 "
        "points it warns, beyond 10 it blocks, and neither where chance makes as much).",
    ),
    Check(
        catalogue_id="L02",
        dimension="Linkage",
        severity="warn",
        threshold=0,
        measure="count",
        meaning="No subgroup is missed more than everybody, surely by over one percentage point.",
    ),
    Check(
        catalogue_id="L03",
        dimension="Linkage",
        severity="warn",
        threshold=0.005,
        meaning="Links of records without a usable number are right (0.5 % may be wrong) and found "
        "(3 % may be missed). It blocks by the truth, and where hidden numbers leave no doubt.",
    ),
    Check(
        catalogue_id="L04",
        dimension="Linkage",
        severity="warn",
        threshold=0.2,
        meaning="Reviewers agree on pairs that two of them decided (1 − kappa).",
    ),
    Check(
        catalogue_id="L05",
        dimension="Linkage",
        severity="block",
        threshold=0,
        measure="count",
        meaning="No person holds two different verified NHS numbers. Groups that were taken apart "
        "because they were too many people for one warn until they are settled.",
    ),
    Check(
        catalogue_id="L06",
        dimension="Linkage",
        severity="warn",
        threshold=0,
        measure="count",
        meaning="Nobody's history is one that no single person can have: each is put up for review "
        "and warns until it is settled; one that nobody is asked about blocks.",
    ),
    Check(
        catalogue_id="L07",
        dimension="Linkage",
        severity="warn",
        threshold=0.02,
        meaning="A threshold one band lower or higher changes little.",
    ),
    Check(
        catalogue_id="L08",
        dimension="Linkage",
        severity="block",
        threshold=0,
        measure="count",
        meaning="Every person's id is held by the registry, from which the next run takes it.",
    ),
    Check(
        catalogue_id="L09",
        dimension="Linkage",
        severity="warn",
        threshold=0.1,
        measure="count",
        meaning="Who is linked does not differ from who is not (standardised difference, beyond "
        "three standard errors).",
    ),
    Check(
        catalogue_id="L10",
        dimension="Linkage",
        severity="warn",
        threshold=0.02,
        meaning="Blocking rules find the pairs of one person.",
    ),
    Check(
        catalogue_id="D01",
        dimension="Disclosure",
        severity="block",
        threshold=0,
        measure="count",
        meaning="No count of 1 to 7, nor a measure resting on one, is visible in a released table.",
    ),
    Check(
        catalogue_id="D02",
        dimension="Disclosure",
        severity="block",
        threshold=0,
        measure="count",
        meaning="A released table has no column that is not declared for release.",
    ),
)

CATALOGUE: dict[str, Check] = {check.catalogue_id: check for check in _CHECKS}
