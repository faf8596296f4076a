"""``flow-pipeline link-quality``: what the last run knows of its linkage, told and drawn."""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flow_pipeline.errors import ConfigurationError
from flow_pipeline.link.model import n_pairs
from flow_pipeline.link.model_charts import match_weights
from flow_pipeline.orchestration.economy_run import EconomyRun, economy_run
from flow_pipeline.orchestration.link_quality import Judged
from flow_pipeline.orchestration.link_truth import person_of_records
from flow_pipeline.orchestration.step import sealed
from flow_pipeline.publish.explain import Section
from flow_pipeline.publish.link_quality_page import Parameters, page
from flow_pipeline.publish.link_quality_tables import Figures, sections
from flow_pipeline.store import write_text

PAGE, MODEL_PAGE = "linkage_quality.html", "linkage_model.html"


@dataclass(frozen=True)
class Report:
    """``sections``: the tables. ``page``: where they lie with charts; beside it lies MODEL_PAGE,
    Splink's own chart. ``review``: the folder that holds a list for each sender."""

    sections: list[Section]
    page: Path
    review: Path


def link_quality(config: Path, truth: Path | None) -> Report:
    """Judge the linkage of the last run, with truth where a folder of it is given or configured.

    Nothing is linked anew. Raises ConfigurationError where nothing was linked yet.
    """
    with economy_run(config) as run, sealed("link-quality"):
        if not run.store.digest("person_link"):
            raise ConfigurationError(
                f"{config}: nothing was linked yet. Run first: flow-pipeline run {config}"
            )
        figures = _figures(run, truth or run.economy.link_truth)
        told = sections(figures)
        parameters = _model_drawn(run)
        path = run.store.root / "analytic" / PAGE
        write_text(path, page(run.economy.name, told, figures.gaps, parameters, MODEL_PAGE))
    return Report(told, path, review_folder(run))


def _model_drawn(run: EconomyRun) -> Parameters:
    """Write Splink's own chart of the model in use. Out: its parameters."""
    [row] = run.store.scan("link_model").collect().to_dicts()
    parameters: Parameters = json.loads(row["parameters"])
    probability = row["matches"] / n_pairs(row["n_identities"])
    with duckdb.connect(":memory:") as connection:
        chart = match_weights(parameters, connection, probability=probability)
    write_text(run.store.root / "analytic" / MODEL_PAGE, chart)
    return parameters


def review_folder(run: EconomyRun) -> Path:
    """The folder that holds a folder with a list of uncertain rows for each sender."""
    return run.store.root / "linkage" / "review"


def _figures(run: EconomyRun, truth: Path | None) -> Figures:
    scan = run.store.scan
    judged = Judged.of(run, run.contracts, person_of_records(run, truth))
    outcomes = scan("link_decision").group_by("outcome").len().collect()
    reasons = scan("link_review").group_by("reason").len().collect()
    return Figures(
        quality=judged.quality,
        gaps=judged.gaps,
        thresholds=scan("link_threshold").collect(),
        sensitivity=scan("link_sensitivity").collect(),
        blocking=judged.blocking,
        differences=judged.differences,
        reviewed=dict(reasons.iter_rows()),
        decisions=dict(outcomes.iter_rows()),
    )
