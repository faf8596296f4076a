"""The report to a sender as a table: every finding, with all row numbers."""

import csv
import io

from flow_pipeline.quality.feedback import Feedback
from flow_pipeline.quality.feedback_words import Reader, advice_on, day, file_of, share_of
from flow_pipeline.quality.mending import EFFECTS

_CSV = (
    "file",
    "source",
    "contract",
    "received_at",
    "rule",
    "field",
    "effect",
    "rows",
    "of_rows",
    "share",
    "previous_share",
    "trend",
    "row_numbers",
    "shapes",
    "what",
    "mend",
)


def feedback_csv(told: Feedback, reader: Reader) -> str:
    """Every finding of every submission, with all row numbers."""
    received = dict(told.summary.select("submission_id", "received_at").iter_rows())
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(_CSV)
    for row in told.findings.to_dicts():
        said = advice_on(row, reader)
        lines.writerow(
            (
                file_of(row, reader),
                row["source"],
                row["contract"],
                day(received.get(row["submission_id"])),
                row["rule"],
                row["column"],
                EFFECTS[row["severity"]],
                row["n_rows"],
                row["n_of"],
                share_of(row["rate"]),
                share_of(row["previous_rate"]),
                row["trend"],
                row["row_numbers"],
                row["shapes"],
                said.what,
                said.mend,
            )
        )
    return out.getvalue()
