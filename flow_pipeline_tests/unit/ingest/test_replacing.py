"""A full or refreshed submission replaces what was sent before for its period."""

from flow_pipeline.ingest.replacing import with_replaced
from flow_pipeline.tables.ingest import MANIFEST, SUBMISSION
from flow_pipeline_tests.drawn import drawn

_SUBMISSIONS = """
submission_id | source | organisation_code | received_at | period_stated_end | period_derived_end
a             | apc    | RXA               | 2024-02-01 09:00 | 2024-01-31        |
b             | apc    | RXA               | 2024-03-01 09:00 |                   | 2024-01-31
c             | apc    | RXA               | 2024-04-01 09:00 | 2024-01-31        |
feb           | apc    | RXA               | 2024-04-01 09:00 | 2024-02-29        |
other         | apc    | RXB               | 2024-04-02 09:00 | 2024-01-31        |
source        | op     | RXA               | 2024-04-02 09:00 | 2024-01-31        |
more          | apc    | RXA               | 2024-05-01 09:00 | 2024-01-31        |
undated       | apc    | RXA               | 2024-06-01 09:00 |                   |
undated_too   | apc    | RXA               | 2024-07-01 09:00 |                   |
"""
_MANIFESTS = """
submission_id | submission_type
b             | refresh
c             | full
feb           | full
other         | refresh
source        | refresh
more          | delta
undated_too   | full
"""


def test_what_each_submission_replaces():
    rows = drawn(_SUBMISSIONS, SUBMISSION)
    for submissions in (rows, rows.reverse()):
        found = with_replaced(submissions, drawn(_MANIFESTS, MANIFEST)).collect()
        told = dict(found.select("submission_id", "supersedes").rows())
        assert {k: v for k, v in told.items() if v} == {"b": "a", "c": "b"}
        assert found.height == 9


def test_a_full_one_replaces_what_was_added_before_it_too():
    submissions = drawn(
        """
        submission_id | source | received_at      | period_stated_end
        first         | apc    | 2024-02-01 09:00 | 2024-01-31
        added         | apc    | 2024-03-01 09:00 | 2024-01-31
        whole         | apc    | 2024-04-01 09:00 | 2024-01-31
        late          | apc    | 2024-05-01 09:00 | 2024-01-31
        """,
        SUBMISSION,
    )
    manifests = drawn(
        "submission_id | submission_type\nadded | delta\nwhole | full\nlate | delta", MANIFEST
    )
    found = with_replaced(submissions, manifests).collect()
    told = dict(found.select("submission_id", "supersedes").rows())
    assert {k: v for k, v in told.items() if v} == {"added": "first", "whole": "added"}


def test_without_manifests_nothing_is_replaced():
    found = with_replaced(drawn(_SUBMISSIONS, SUBMISSION), MANIFEST.empty()).collect()
    assert found["supersedes"].null_count() == 9
    assert found.schema == SUBMISSION.schema()
