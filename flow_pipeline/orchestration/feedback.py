"""The asset ``feedback``: a report for each sender, written before anything can block."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg

from flow_pipeline.config import Economy
from flow_pipeline.errors import InputRefused
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.landing import Landed, Landing
from flow_pipeline.orchestration.step import made_from, sealed
from flow_pipeline.quality.feedback import feedback, of_sender, senders_of
from flow_pipeline.quality.feedback_page import PAGE, write_feedback
from flow_pipeline.quality.feedback_words import Reader
from flow_pipeline.quality.refusal_page import (
    Refusal,
    folder_of,
    remove_refusals,
    write_refusals,
)
from flow_pipeline.store import store_errors, write_text

INPUTS = (
    "submission",
    "row_status",
    "settled",
    "quarantine",
    "rule_count",
    "manifest",
    "control_total",
    "reconciliation",
)


@dg.multi_asset(
    name="tell_senders",
    specs=[
        dg.AssetSpec(
            "feedback",
            group_name="ingest",
            deps=list(INPUTS),
            owners=["team:data-engineers"],
            description="A page and a CSV file for each sender: what was wrong and how to mend it.",
            kinds={"html", "csv"},
        )
    ],
)
def feedback_asset(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Write the report of every sender, unless nothing has changed."""
    run = economy_run
    with sealed("feedback"), store_errors(run.store.root):
        fingerprint = made_from(run, "feedback", INPUTS, run.economy.parameters())
        if not _is_written(run, fingerprint):
            run.progress("feedback")
            _write(run)
            write_text(_note(run), fingerprint)
        remove_refusals(folder(run.economy))
        n_reports = sum(1 for _ in folder(run.economy).glob(f"*/{PAGE}"))
    yield dg.MaterializeResult(asset_key="feedback", metadata={"reports": n_reports})


def tell_refusals(run: EconomyRun, refused: Iterable[tuple[Landed, InputRefused]]) -> list[Path]:
    """Write what senders are told of files that were refused whole; returns the pages.

    In: each file with its refusal. What is written stays until a run takes every file.
    """
    refusals = [
        Refusal(
            path=landed.path,
            source=source.name,
            organisation_code=source.sender.code,
            message=str(error),
        )
        for landed, error in refused
        for source in landed.sources
    ]
    return write_refusals(
        folder(run.economy),
        refusals,
        names={o.code: o.name for o in run.economy.organisations},
        today=run.started_at.date(),
    )


def folder(economy: Economy) -> Path:
    """The folder that holds a folder for each sender."""
    return economy.root / "feedback"


def _note(run: EconomyRun) -> Path:
    return folder(run.economy) / ".made"


def _is_written(run: EconomyRun, fingerprint: str) -> bool:
    note = _note(run)
    return note.exists() and note.read_text() == fingerprint


def _write(run: EconomyRun) -> None:
    told = feedback({name: run.store.scan(name) for name in INPUTS})
    names = {o.code: o.name for o in run.economy.organisations}
    files = _file_names(run)
    written = set()
    for code in senders_of(told):
        reader = Reader(
            economy=run.economy.name,
            code=code,
            name=names.get(code or "", code or "rows that name no sender"),
            made_on=run.started_at.date(),
            files=files,
            contracts=run.economy.contract_by_source,
        )
        write_feedback(folder(run.economy) / folder_of(code), of_sender(told, code), reader)
        written.add(folder_of(code))
    for old in folder(run.economy).glob(f"*/{PAGE}"):
        if old.parent.name not in written:
            shutil.rmtree(old.parent)


def _file_names(run: EconomyRun) -> dict[str, str]:
    """The name of the delivered file by submission."""
    known = Landing(run.store, run.economy.config_dir).known
    return {
        str(row["submission_id"]): Path(name).name
        for name, one in known.items()
        for row in one.rows["submission"]
    }
