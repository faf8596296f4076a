"""Whom the published methods of waits for councils and reablement count, each rule at its edges."""

import datetime as dt

import pytest

from flow_pipeline.journeys import Parameters, linked_rows, reablement_outcome
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, History, core, history, links

CLD = "id|person|org|kind|began|ended|client_type|service|part|outcome|route|birth_month"
USER, CARER = "Service User", "Carer"
LONG, OTHER = "Long Term Support: Community", "Short Term Support: Other Short Term"
ST_MAX = "Short Term Support: ST-Max"
NURSING, PRISON = "Long Term Support: Nursing Care", "Long Term Support: Prison"
ON = "Progress to Assessment"
EPISODE = (
    "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready|"
    "activity_treatment_function_code|birth_month"
)


def _council(*rows: str, parameters: Parameters = PARAMETERS) -> History:
    return history(parameters, cld_event="\n".join([CLD, *rows]))


def _asked(day: str = "2024-06-30", client: str = USER, born: str = "1950-01-01") -> str:
    return f"q|p|999|Request|{day}|{day}|{client}|||{ON}|Prison|{born}"


def _service(kind: str, began: str, ended: str, org: str = "999") -> str:
    return f"s|p|{org}|Service|{began}|{ended}|{USER}|{kind}|Home Support|||1950-01-01"


def _left_out(made: History, measure: str) -> list[str | None]:
    return made.delay.filter(measure=measure).sort("from_event_id")["left_out"].to_list()


@pytest.mark.parametrize(
    ("rule", "rows", "reason"),
    [
        ("nobody's client yet", [_asked()], None),
        ("a carer", [_asked(client=CARER)], "not_service_user"),
        ("client type not said", [_asked(client="")], "client_type_unknown"),
        ("25 in June", [_asked(born="1999-06-01")], None),
        ("25 in July", [_asked(born="1999-07-01")], "under_25"),
        ("nobody knows the birth", [_asked(born="")], "age_unknown"),
        ("long-term care goes on", [_asked(), _service(LONG, "2022-01-01", "")], "existing_client"),
        (
            "it ended a year before",
            [_asked(), _service(LONG, "2022-01-01", "2023-06-30")],
            "existing_client",
        ),
        ("it ended longer ago", [_asked(), _service(LONG, "2022-01-01", "2023-06-29")], None),
        ("it began on the day", [_asked(), _service(LONG, "2024-06-30", "")], None),
        ("of another council", [_asked(), _service(LONG, "2022-01-01", "", org="998")], None),
        (
            "short-term care ended 3 months before",
            [_asked(), _service(OTHER, "2023-01-01", "2024-03-30")],
            "existing_client",
        ),
        (
            "short-term care ended longer ago",
            [_asked(), _service(OTHER, "2023-01-01", "2024-03-29")],
            None,
        ),
        (
            "an older service outlasts a newer one",
            [
                _asked(),
                _service(LONG, "2022-01-01", ""),
                _service(LONG, "2022-02-01", "2022-03-01").replace("s|", "t|", 1),
            ],
            "existing_client",
        ),
    ],
)
def test_whose_wait_for_the_council_counts(rule: str, rows: list[str], reason: str | None) -> None:
    made = _council(*rows)
    assert _left_out(made, "request_to_assessment") == [reason], rule
    assert _left_out(made, "request_to_service") == [reason], rule


def test_requests_count_from_april_2023_on() -> None:
    early = Parameters(period_start=dt.date(2022, 4, 1), period_end=dt.date(2025, 3, 31))
    for day, reason in (("2023-03-31", "before_april_2023"), ("2023-04-01", None)):
        made = _council(_asked(day), parameters=early)
        assert _left_out(made, "request_to_service") == [reason]


def test_an_assessment_counts_where_its_request_does() -> None:
    assessment = (
        "a{n}|{who}|999|Assessment|2024-07-05|2024-07-06|Service User|||"
        "Progress to Support Planning / Services||1950-01-01"
    )
    made = _council(
        _asked(),
        assessment.format(n=1, who="p"),
        _asked(client=CARER).replace("q|p", "r|o"),
        assessment.format(n=2, who="o"),
        assessment.format(n=3, who="n"),
    )
    expected = [None, "not_service_user", "no_request"]
    assert _left_out(made, "assessment_to_service") == expected


def test_rejections_by_community_services_are_told_but_not_summed_up() -> None:
    made = history(
        csds_referral="""id|person|org|ref|received|closed|rejected|team
r1|p|RYC|R1|2024-05-01|||T
r2|p|RYC|R2|2024-05-01||2024-05-04|T"""
    )
    rows = made.delay.filter(measure="referral_to_triage")
    told = rows.select("from_event_id", "minutes", "end_kind", "left_out").rows()
    assert told == [("r2", 3 * 1440, "event", "acceptance_not_recorded")]


STAY = "a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1||300|1950-01-01"
CARE = f"s1|p|999|Service|2024-05-12||{USER}|{ST_MAX}|Reablement|||1950-01-01"


def _after(*rows: str, stays: str = STAY, care: str = CARE, **more: str) -> dict[str, str]:
    return {
        "apc_episode": f"{EPISODE}\n{stays}",
        "cld_event": "\n".join([CLD, care, *rows]),
        **more,
    }


def _in(kind: str, began: str, ended: str = "") -> str:
    return f"s9|p|999|Service|{began}|{ended}|{USER}|{kind}|Other Long Term Support|||1950-01-01"


@pytest.mark.parametrize(
    ("rule", "tables", "reason"),
    [
        ("counts", _after(), None),
        (
            "64 at the last episode",
            _after(
                stays=STAY.replace("1950-01", "1959-06"), care=CARE.replace("1950-01", "1959-06")
            ),
            "under_65",
        ),
        (
            "65 by then",
            _after(
                stays=STAY.replace("1950-01", "1959-05"), care=CARE.replace("1950-01", "1959-05")
            ),
            None,
        ),
        ("maternity", _after(stays=STAY.replace("|21|", "|31|")), "admission_method"),
        (
            "to another hospital",
            _after(stays=STAY.replace("|1|19|", "|1|51|")),
            "discharge_destination",
        ),
        ("learning disability", _after(stays=STAY.replace("|300|", "|700|")), "specialty"),
        ("physiotherapy", _after(stays=STAY.replace("|300|", "|650|")), "specialty"),
        (
            "other support to the full",
            _after(care=CARE.replace("Reablement", "Meals")),
            "not_reablement",
        ),
        ("nursing care on the day", _after(_in(NURSING, "2024-01-01")), "long_term_care"),
        ("prison", _after(_in(PRISON, "2024-01-01", "2024-05-01")), "long_term_care"),
        (
            "nursing care until the day before",
            _after(_in(NURSING, "2024-01-01", "2024-04-30")),
            None,
        ),
        ("at home with long-term care", _after(_in(LONG, "2024-01-01")), None),
        (
            "admitted after reablement began",
            _after(
                stays=STAY.replace("|2024-05-01|2024-05-01|", "|2024-05-09|2024-05-09|"),
                care=CARE.replace("2024-05-12", "2024-05-08"),
            ),
            "admitted_after_start",
        ),
    ],
)
def test_which_discharges_into_reablement_count(rule, tables, reason):
    assert _left_out(history(**tables), "discharge_to_reablement") == [reason], rule


def _outcome(tables: dict[str, str], parameters: Parameters = PARAMETERS) -> tuple[object, ...]:
    made = history(parameters, **tables)
    cores = {name: core(name, text) for name, text in tables.items()}
    deaths = linked_rows(cores, links(cores)).deaths
    table = reablement_outcome(made.events.event, cores, made.stays, deaths, parameters).collect()
    assert table["event_id"].to_list() == ["a1"]
    flags = ("has_died", "was_readmitted", "has_entered_long_term_care", "has_stayed_in_community")
    return table.select(flags).row(0)


def _again(admitted: str, left: str, method: str = "21") -> str:
    return (
        f"{STAY}\na2|p|RXA|S2|1|{admitted}|{admitted}|{left}|{left}|1|19|{method}|19|1||300|"
        "1950-01-01"
    )


# Discharged on 10 May: day 84 is 2 August.
@pytest.mark.parametrize(
    ("rule", "tables", "outcome"),
    [
        ("nothing happened", _after(), (False, False, False, True)),
        (
            "an emergency on day 84",
            _after(stays=_again("2024-08-02", "2024-08-03")),
            (False, True, False, False),
        ),
        (
            "on day 85",
            _after(stays=_again("2024-08-03", "2024-08-04")),
            (False, False, False, True),
        ),
        (
            "a planned stay",
            _after(stays=_again("2024-07-02", "2024-07-03", method="11")),
            (False, False, False, True),
        ),
        (
            "no night",
            _after(stays=_again("2024-07-02", "2024-07-02")),
            (False, False, False, True),
        ),
        (
            "into nursing care on the day of discharge",
            _after(_in(NURSING, "2024-05-10")),
            (False, False, True, False),
        ),
        ("long-term care at home", _after(_in(LONG, "2024-05-20")), (False, False, False, True)),
        (
            "died on day 84",
            _after(death="id|person|org|person_death_date\nx|p|REG|2024-08-02"),
            (True, False, False, False),
        ),
    ],
)
def test_who_stayed_in_the_community_for_84_days(rule, tables, outcome):
    assert _outcome(tables) == outcome, rule


def test_what_has_not_happened_yet_is_not_known_before_84_days_are_over() -> None:
    ends = Parameters(period_start=PARAMETERS.period_start, period_end=dt.date(2024, 8, 1))
    assert _outcome(_after(), ends) == (None, None, None, None)
    again = _after(stays=_again("2024-07-02", "2024-07-03"))
    assert _outcome(again, ends) == (None, True, None, False)
