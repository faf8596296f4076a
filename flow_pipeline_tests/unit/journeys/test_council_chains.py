"""Council chains: which requests are one, which reablement is one, and what a request led to."""

import polars as pl
import pytest

from flow_pipeline.journeys.council_chains import reablement_clusters, request_sequel
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, History, history

CLD = "id|person|org|kind|began|ended|client_type|service|part|outcome|route"
USER, ST_MAX = "Service User", "Short Term Support: ST-Max"
HOME_CARE = "Long Term Support: Community"
UNCLASSIFIED = ("could_not_be_classified", None)
ON, NFA, DECLINED = "Progress to Assessment", "NFA - Other", "NFA - Support declined"


def _history(rows: str) -> History:
    """Rows: id, kind (Q, A, S), began, ended, service, outcome; all of one person and council."""
    kinds = {"Q": "Request", "A": "Assessment", "S": "Service"}
    lines = []
    for line in rows.strip().splitlines():
        name, kind, began, ended, service, outcome = (cell.strip() for cell in line.split("|"))
        part = "Reablement" if service == ST_MAX else "Home Support" if service else ""
        route = "Community / other route" if kind == "Q" else ""
        cells = (name, "p", "999", kinds[kind], began, ended, USER, service, part, outcome, route)
        lines.append("|".join(cells))
    return history(cld_event="\n".join([CLD, *lines]))


def _sequels(rows: str) -> list[tuple[object, ...]]:
    made = request_sequel(_history(rows).events.event, PARAMETERS).collect()
    return made.select("event_id", "n_requests", "sequel", "sequel_event_id").rows()


@pytest.mark.parametrize(
    ("rule", "second", "n_requests"),
    [
        ("4 days after the last ended", "2024-05-10", [2]),
        ("5 days", "2024-05-11", [1, 1]),
        ("while it goes on", "2024-05-03", [2]),
    ],
)
def test_requests_that_follow_on_within_4_days_are_one(rule, second, n_requests):
    rows = f"""q1|Q|2024-05-01|2024-05-06||{NFA}
q2|Q|{second}|{second}||{NFA}"""
    assert [row[1] for row in _sequels(rows)] == n_requests, rule


def test_a_chain_of_requests_is_one_though_its_ends_lie_far_apart():
    rows = "\n".join(f"q{n}|Q|2024-05-{4 * n:02}|2024-05-{4 * n:02}||{NFA}" for n in range(1, 7))
    assert _sequels(rows) == [("q1", 6, "no_further_action", None)]


_REQUEST = f"q1|Q|2024-05-01|2024-05-02||{ON}"


@pytest.mark.parametrize(
    ("rule", "rows", "sequel"),
    [
        ("a service within 28 days", f"s1|S|2024-05-30||{HOME_CARE}|", ("long_term", "s1")),
        ("a service on day 29", f"s1|S|2024-05-31||{HOME_CARE}|", UNCLASSIFIED),
        (
            "an assessment carries on to a service 3 days after it",
            f"a1|A|2024-05-10|2024-05-12||{ON}\ns1|S|2024-05-15||{HOME_CARE}|",
            ("long_term", "s1"),
        ),
        (
            "a gap of 4 days breaks the chain",
            f"a1|A|2024-05-10|2024-05-12||{ON}\ns1|S|2024-05-16||{HOME_CARE}|",
            UNCLASSIFIED,
        ),
        (
            "reablement wins over home care",
            f"s1|S|2024-05-10||{HOME_CARE}|\ns2|S|2024-05-11|2024-05-20|{ST_MAX}|",
            ("st_max", "s2"),
        ),
        (
            "of two alike the first",
            f"s2|S|2024-05-10||{HOME_CARE}|\ns1|S|2024-05-11||{HOME_CARE}|",
            ("long_term", "s2"),
        ),
        ("declined at assessment", f"a1|A|2024-05-10|2024-05-12||{DECLINED}", ("declined", None)),
        ("a service that ran before", f"s1|S|2024-04-20||{HOME_CARE}|", UNCLASSIFIED),
        ("nothing seen", "", UNCLASSIFIED),
    ],
)
def test_what_a_request_led_to(rule, rows, sequel):
    assert _sequels(f"{_REQUEST}\n{rows}")[0][2:] == sequel, rule


@pytest.mark.parametrize(
    ("outcome", "sequel"),
    [
        (NFA, "no_further_action"),
        (DECLINED, "declined"),
        ("Admitted to hospital", "admitted_to_hospital"),
        ("NFA - Deceased", "died"),
    ],
)
def test_without_activity_the_outcome_tells(outcome, sequel):
    assert _sequels(f"q1|Q|2024-05-01|2024-05-02||{outcome}") == [("q1", 1, sequel, None)]


def test_a_request_whose_28_days_reach_beyond_the_data_is_in_progress():
    told = _sequels(f"q1|Q|2025-03-02|2025-03-04||{ON}\nq2|Q|2025-03-10|2025-03-10||{NFA}")
    assert told == [("q1", 1, "in_progress", None), ("q2", 1, "no_further_action", None)]


def test_the_28_days_may_end_with_the_data():
    # the data end on 31 March
    assert _sequels(f"q1|Q|2025-03-01|2025-03-03||{ON}")[0][2] == "could_not_be_classified"
    assert _sequels(f"q1|Q|2025-03-01|2025-03-04||{ON}")[0][2] == "in_progress"


@pytest.mark.parametrize(
    ("gap", "within", "clusters"),
    [(7, 7, 1), (8, 7, 2), (1, 1, 1), (2, 1, 2)],
)
def test_reablement_that_follows_on_is_one(gap, within, clusters):
    rows = f"""s1|S|2024-05-01|2024-05-10|{ST_MAX}|
s2|S|2024-05-{10 + gap}|2024-06-10|{ST_MAX}|"""
    found = reablement_clusters(_history(rows).events.event, within).collect()
    assert found["first_event_id"].n_unique() == clusters
    assert found.filter(event_id="s2")["last_event_id"].item() == "s2"


def test_the_wait_for_an_answer_begins_with_the_first_request_of_the_cluster():
    made = _history(
        f"""q1|Q|2024-05-01|2024-05-02||{NFA}
q2|Q|2024-05-04|2024-05-05||{ON}
a1|A|2024-05-10|2024-05-12||{ON}
s1|S|2024-05-20||{HOME_CARE}|"""
    )
    waits = made.delay.filter(pl.col("measure").str.starts_with("request_"))
    assert sorted(waits.select("measure", "from_event_id", "to_event_id", "minutes").rows()) == [
        ("request_to_assessment", "q1", "a1", 9 * 1440),
        ("request_to_service", "q1", "s1", 19 * 1440),
    ]


def test_a_request_that_was_declined_in_the_end_waits_for_nothing():
    made = _history(f"q1|Q|2024-05-01|2024-05-02||{ON}\nq2|Q|2024-05-04|2024-05-05||{DECLINED}")
    assert made.delay.filter(pl.col("measure").str.starts_with("request_")).is_empty()


def _after_assessment(rows: str) -> list[tuple[object, ...]]:
    waits = _history(f"{_REQUEST}\n{rows}").delay.filter(measure="assessment_to_service")
    told = waits.sort("from_event_id").select("from_event_id", "to_event_id", "minutes", "end_kind")
    return [(*row[:2], row[2] // 1440, row[3]) for row in told.rows()]


_SERVED = f"s1|S|2024-05-20||{HOME_CARE}|"


@pytest.mark.parametrize(
    ("rule", "rows", "waits"),
    [
        (
            "2 days between",
            f"a1|A|2024-05-10|2024-05-12||{ON}\na2|A|2024-05-14|2024-05-16||{ON}\n{_SERVED}",
            [("a2", "s1", 4, "event")],
        ),
        (
            "4 days between",
            f"a1|A|2024-05-08|2024-05-10||{ON}\na2|A|2024-05-14|2024-05-16||{ON}\n{_SERVED}",
            [("a2", "s1", 4, "event")],
        ),
        (
            "5 days between",
            f"a1|A|2024-05-07|2024-05-09||{ON}\na2|A|2024-05-14|2024-05-16||{ON}\n{_SERVED}",
            [("a1", None, 326, "censored"), ("a2", "s1", 4, "event")],
        ),
        (
            "one within the other: the block ends with what ends last",
            f"a1|A|2024-05-08|2024-05-18||{ON}\na2|A|2024-05-10|2024-05-12||{ON}\n{_SERVED}",
            [("a1", "s1", 2, "event")],
        ),
        (
            "the outcome of the block is that of the last",
            f"a1|A|2024-05-10|2024-05-12||{NFA}\na2|A|2024-05-14|2024-05-16||{ON}\n{_SERVED}",
            [("a2", "s1", 4, "event")],
        ),
        (
            "answered in the end",
            f"a1|A|2024-05-10|2024-05-12||{ON}\na2|A|2024-05-14|2024-05-16||{NFA}\n{_SERVED}",
            [],
        ),
        (
            "no service",
            f"a1|A|2024-05-10|2024-05-12||{ON}\na2|A|2024-05-14|2024-05-16||{ON}",
            [("a2", None, 319, "censored")],
        ),
        (
            "another request lies between",
            f"a1|A|2024-05-08|2024-05-10||{ON}\nq2|Q|2024-05-11|2024-05-11||{ON}\n"
            f"a2|A|2024-05-12|2024-05-16||{ON}\n{_SERVED}",
            [("a1", None, 325, "censored"), ("a2", "s1", 4, "event")],
        ),
    ],
)
def test_assessments_that_follow_on_within_4_days_wait_as_one(rule, rows, waits):
    assert _after_assessment(rows) == waits, rule


@pytest.mark.parametrize(
    ("rule", "services", "ended_on"),
    [
        ("it began before the assessment ended", ["2024-05-15"], "2024-05-20"),
        ("it began on the day the assessment began", ["2024-05-10"], "2024-05-20"),
        ("it began on the day the assessment ended", ["2024-05-20"], "2024-05-20"),
        ("another began after it", ["2024-05-15", "2024-05-25"], "2024-05-20"),
        ("between two assessments of a block", ["2024-05-21"], "2024-05-24"),
    ],
)
def test_a_service_that_began_while_an_assessment_went_on_was_not_waited_for(
    rule, services, ended_on
):
    second = f"a2|A|2024-05-22|2024-05-24||{ON}\n" if ended_on == "2024-05-24" else ""
    begun = "\n".join(f"s{n}|S|{day}||{HOME_CARE}|" for n, day in enumerate(services))
    rows = f"{_REQUEST}\na1|A|2024-05-10|2024-05-20||{ON}\n{second}{begun}"
    wait = _history(rows).delay.filter(measure="assessment_to_service")
    told = wait.select("to_event_id", "minutes", pl.col("start_at", "end_at").dt.to_string("%F"))
    assert told.rows() == [("s0", 0, ended_on, ended_on)], rule


def test_a_block_of_assessments_ends_the_waits_of_its_request_once():
    made = _history(
        f"{_REQUEST}\na1|A|2024-05-10|2024-05-12||{ON}\na2|A|2024-05-14|2024-05-16||{ON}\n{_SERVED}"
    )
    waits = made.delay.filter(pl.col("measure").str.starts_with("request_"))
    assert waits.select("to_event_id", "minutes").rows() == [("a1", 9 * 1440), ("s1", 19 * 1440)]


def test_what_follows_reablement_is_counted_from_the_end_of_the_cluster():
    made = _history(
        f"""s1|S|2024-05-01|2024-05-10|{ST_MAX}|
s2|S|2024-05-15|2024-06-10|{ST_MAX}|
s3|S|2024-06-20||{HOME_CARE}|"""
    )
    waits = made.delay.filter(measure="reablement_to_long_term_service")
    assert waits.select("from_event_id", "to_event_id", "minutes").rows() == [
        ("s2", "s3", 10 * 1440)
    ]


def test_a_discharge_leads_to_the_start_of_a_cluster_of_reablement():
    made = history(
        apc_episode="""id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class
i1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1
i2|p|RXA|S2|1|2024-05-16|2024-05-16|2024-05-18|2024-05-18|1|19|21|19|1""",
        cld_event=f"""{CLD}
s1|p|999|Service|2024-05-11|2024-05-16|{USER}|{ST_MAX}|Reablement||
s2|p|999|Service|2024-05-19|2024-06-16|{USER}|{ST_MAX}|Reablement||""",
    )
    waits = made.delay.filter(measure="discharge_to_reablement")
    assert waits.select("from_event_id", "to_event_id").rows() == [("i1", "s1")]
