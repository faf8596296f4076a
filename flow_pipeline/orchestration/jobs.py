"""Jobs and the schedule: everything, or one stage from what is there."""

import dagster as dg

EVERYTHING = "everything"
STAGES = ("ingest", "link", "journeys", "cohorts", "flow", "quality", "publish")
STAGE_JOBS = {stage: f"only_{stage}" for stage in STAGES}
_GROUPS = {stage: (stage,) for stage in STAGES} | {"ingest": ("reference", "ingest")}
_EVERY_NIGHT = "0 2 * * *"

_everything = dg.define_asset_job(
    EVERYTHING,
    selection=dg.AssetSelection.all(),
    description="From extracts to a published release; only what has changed is done again.",
)

JOBS = [
    _everything,
    *(
        dg.define_asset_job(
            STAGE_JOBS[stage],
            selection=dg.AssetSelection.groups(*_GROUPS[stage]),
            description=f"Only {stage}, from what earlier runs left.",
        )
        for stage in STAGES
    ),
]

SCHEDULES = [
    dg.ScheduleDefinition(
        name="every_night",
        job=_everything,
        cron_schedule=_EVERY_NIGHT,
        execution_timezone="Europe/London",
        description="Extracts that arrived during the day are published by the morning.",
    )
]
