"""Potentially preventable admissions, and attendances that needed no major emergency department.

The list of conditions is that of Public Health Scotland, as its Source Linkage Files apply it:
ambulatory care sensitive conditions, some unless an operation shows that they were severe.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.families import BED_FAMILIES
from flow_pipeline.journeys.flags import flagged_by_nearest, unplanned_admissions
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.records import event_code
from flow_pipeline.journeys.stays import Stays

CODES_READ = 6  # diagnoses of the episode that the list looks at


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Three characters are a category with all below it, four a single code; dots are left out.
_MAIN_CONDITION = (
    *_codes("H66 J06 J028 J029 J038 J039 J321"),  # ear, nose and throat
    *_codes("K02 K03 K04 K05 K06 K08"),  # teeth
    *_codes("G40 G41 R56 O15"),  # convulsions and epilepsy
    *_codes("E40 E41 E43 E550 E643 M833"),  # deficient nutrition
    *_codes("E86 K522 K528 K529"),  # dehydration and gastroenteritis
    *_codes("N10 N11 N12"),  # kidney infection
    *_codes("N70 N73"),  # pelvic inflammation
    *_codes("J45 J46"),  # asthma
    *_codes("J41 J42 J43 J44 J47"),  # chronic obstructive pulmonary disease
    *(f"K{n}{d}" for n in (25, 26, 27, 28) for d in _codes("0 1 2 4 5 6")),  # ulcer, bleeding
    *_codes("D501 D508 D509"),  # iron deficiency
)
_ANY_CONDITION = (
    *_codes("R02"),  # gangrene
    *_codes("J10 J11 J13 J181"),  # influenza and pneumonia
    *_codes("A35 A36 A80 B05 B06 B26 A370 A379 B161 B169"),  # preventable by vaccine
    *(f"E{n}{d}" for n in range(10, 15) for d in range(9)),  # diabetes with complications
)
_HEART = (*(f"K{n:02}" for n in range(1, 51)), "K56", "K60", "K61")
_UNLESS_OPERATED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (_codes("I20"), _codes("K40 K45 K49 K60 K65 K66")),  # angina
    (
        _codes("L03 L04 L080 L088 L089 L980"),  # cellulitis
        _codes("S06 S57 S68 S70 W90 X11"),
    ),
    (_codes("I10 I110 I119"), _HEART),  # hypertension
    (_codes("I50 J81"), _HEART),  # heart failure
)
_OF_STAYS = tuple(
    c.name for c in all_contracts().values() if any(m.family in BED_FAMILIES for m in c.events)
)
_BRONCHITIS, _WITH_OBSTRUCTION = _codes("J20"), _codes("J41 J42 J43 J44 J47")

_MAJOR_DEPARTMENT = "01"
_FIRST_ATTENDANCE = "1"
_NOT_URGENT = ("1077241000000103", "1077251000000100")  # acuity standard, low
_GOES_HOME = ("home", "care_home_existing")


def is_preventable() -> pl.Expr:
    """Whether ``diagnoses`` and ``operations`` (lists of codes, the main one first) are those of a
    potentially preventable admission; false where there is no diagnosis."""
    main = pl.col("diagnoses").list.get(0, null_on_oob=True)
    second = pl.col("diagnoses").list.get(1, null_on_oob=True)
    operation = pl.col("operations").list.get(0, null_on_oob=True)
    first_six = pl.col("diagnoses").list.head(CODES_READ)
    spared = [
        _among(main, conditions) & ~_among(operation, operations)
        for conditions, operations in _UNLESS_OPERATED
    ]
    return pl.any_horizontal(
        _among(main, _MAIN_CONDITION),
        first_six.list.eval(_among(pl.element(), _ANY_CONDITION)).list.any().fill_null(False),
        _among(main, _BRONCHITIS) & _among(second, _WITH_OBSTRUCTION),
        *spared,
    )


def _among(code: pl.Expr, listed: Iterable[str]) -> pl.Expr:
    """Whether the code is one of those listed or falls under one of them."""
    plain = code.str.replace_all(".", "", literal=True)
    found = [plain.str.slice(0, n).is_in([c for c in listed if len(c) == n]) for n in (3, 4)]
    return pl.any_horizontal(found).fill_null(False)


def preventable_admissions(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], stays: Stays
) -> pl.LazyFrame:
    """``fd_ppa``: emergency continuous spells whose first episode has a listed condition."""
    admissions = unplanned_admissions(event, stays)
    first = kept(event.join(admissions, on="event_id", how="semi"))
    keys = first.select("record_key")
    rows = {
        n: kept(core[n].join(keys, on="record_key", how="semi")) for n in _OF_STAYS if n in core
    }
    of_first = event_code(rows, first).sort("event_id", "position").group_by("event_id")
    lists = of_first.agg(
        pl.col("code").filter(pl.col("code_system") == "ICD-10").alias("diagnoses"),
        pl.col("code").filter(pl.col("code_system") == "OPCS-4").alias("operations"),
    )
    found = admissions.join(lists.filter(is_preventable()), on="event_id", how="semi")
    return flagged_by_nearest(found, event, stays, "fd_ppa")


def attendances_for_ambulatory_care(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], stays: Stays
) -> pl.LazyFrame:
    """``fd_ed_for_ambulatory``: first attendances at a major department, by the department's own
    acuity standard or low, that ended at home.

    The published definition of a non-urgent attendance (O'Keeffe and others 2018) looks at
    investigations and treatments. No contract has them, so the acuity stands in for them; where it
    is not recorded nothing is flagged.
    """
    visits = event.filter(
        (pl.col("event_family") == "emergency")
        & pl.col("is_bridging")
        & (pl.col("event_type") == _MAJOR_DEPARTMENT)
        & (pl.col("event_subtype") == _FIRST_ATTENDANCE)
        & pl.col("destination_class").is_in(_GOES_HOME)
    )
    slight = visits.join(_not_urgent(core), on="event_id", how="semi")
    return flagged_by_nearest(slight, event, stays, "fd_ed_for_ambulatory")


def _not_urgent(core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    if "ecds_attendance" not in core:
        return pl.LazyFrame(schema={"event_id": pl.String})
    low = pl.col("emergency_care_acuity_snomed_ct").is_in(_NOT_URGENT)
    return core["ecds_attendance"].filter(low).select("event_id").unique()
