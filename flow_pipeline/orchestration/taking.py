"""One delivered file, read into a batch."""

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.intake import FileIntake, Taken
from flow_pipeline.orchestration.batch import ROWS_AT_ONCE, Batch
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.landing import Landed

_SHOWN = 8  # characters of a digest that tell two makings of one file apart


def take_file(run: EconomyRun, landed: Landed, batch: Batch, made_from: str) -> Taken:
    """Read a file into the batch; what was written of it is taken back when it is refused.

    ``made_from``: digest of all that shapes what becomes of it. Raises InputRefused also for a file
    that changes while it is read, as one that is still being uploaded does.

    Dates of what has happened are not later than the end of the period, not than today, so that
    the same extracts give the same result whenever they are run.
    """
    economy = run.economy
    intake = FileIntake(
        path=landed.path,
        sources=landed.sources,
        digest=landed.digest,
        period=(economy.period_start, economy.period_end),
        today=economy.period_end,
        max_unselected=economy.max_unselected,
        copy=landed.copy,
        rows_at_once=ROWS_AT_ONCE,
    )
    try:
        for number, judged in enumerate(intake.batches()):
            batch.add(intake.file_id, made_from[:_SHOWN], number, judged)
        taken = intake.taken()
        if landed.has_changed():
            raise InputRefused(
                f"{landed.path}: changed while it was read. Run again once it is whole."
            )
        return taken
    except InputRefused:
        batch.discard(intake.file_id)
        raise
