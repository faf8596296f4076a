"""Assets that say how good linkage is: the threshold before it, figures and doubts after it."""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import duckdb
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.link.blocking_recall import blocking_rows
from flow_pipeline.link.differences import differences
from flow_pipeline.link.estimates import gaps
from flow_pipeline.link.hidden_numbers import (
    Relinked,
    hidden,
    relinked,
    trials,
    with_added_errors,
)
from flow_pipeline.link.identities import Identities, identities
from flow_pipeline.link.matched_sample import ATTRIBUTES, drawn, labelled, units
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.persons import BAND, THRESHOLD, grouped
from flow_pipeline.link.quality_rows import quality_rows
from flow_pipeline.link.review import uncertain_pairs
from flow_pipeline.link.threshold import (
    ABOVE,
    BESIDE,
    Choice,
    chosen,
    held_out,
    thresholds,
    tried,
)
from flow_pipeline.link.true_links import counted, matched_records, true_outcomes
from flow_pipeline.link.weighing import LEAST_WEIGHT, Model, weighed
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.link import SEED, threshold_of
from flow_pipeline.orchestration.link_model import kept, learned_by
from flow_pipeline.orchestration.link_tokens import accepted_tokens
from flow_pipeline.orchestration.link_truth import person_of_records, truth_digest
from flow_pipeline.orchestration.spark import spark_session
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.quality.subgroups import record_attributes
from flow_pipeline.tables import table
from flow_pipeline.tables.link_quality import LINK_SENSITIVITY, LINK_THRESHOLD, LINK_TRIAL
from flow_pipeline.tables.linkage import RECORD_TOLD

_TRIALS = ("link_trial", "link_threshold")
_FIGURES = (
    "linkage_quality",
    "link_gap",
    "link_difference",
    "link_blocking",
    "uncertain_pair",
    "link_sensitivity",
)
_TOKENS = ("record_token", "record_identity", "settled", "foreign_bridge")
HIDDEN, WITH_ERRORS, TRUTH = "hidden_number", "hidden_number_with_added_errors", "truth"


def link_quality_assets(contracts: tuple[str, ...]) -> list[dg.AssetsDefinition]:
    """The assets ``hidden_numbers``, before linkage, and ``linkage_quality``, after it."""
    cores = tuple(contract(name).core_table for name in contracts)
    return [_before(contracts, (*_TOKENS, *cores)), _after(contracts, (*_TOKENS, *cores))]


def _before(contracts: tuple[str, ...], inputs: tuple[str, ...]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="hidden_numbers",
        specs=specs(_TRIALS, group="link", deps=inputs, owner="team:linkage"),
    )
    def _hidden(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Verified numbers are hidden and linked without: which threshold is good, and how good."""
        run = economy_run
        yield from materialise(
            run,
            "how good linkage is",
            outputs=_TRIALS,
            inputs=inputs,
            build=lambda: _tried(run, contracts),
            parameters={"seed": SEED, "threshold": run.economy.link_threshold},
        )

    return _hidden


def _tried(run: EconomyRun, contracts: tuple[str, ...]) -> Tables:
    if kept(run) is not None:  # then the threshold stays too, until the model is learned anew
        return {name: run.store.scan(name).collect().lazy() for name in _TRIALS}
    found = identities(_records(run))
    records = labelled(found)
    told = units(records, _attributes(run, contracts))
    sample = drawn(told.described)
    if sample.is_empty():
        return {"link_trial": LINK_TRIAL.empty(), "link_threshold": _untried(run)}
    without = hidden(records, told.of_records, sample).drop("unique_id", "anchor")
    made = _relinked(run, without)
    results, choice = _search(run, made, sample)
    worse = _relinked(run, with_added_errors(without), known=made.known.model)
    outcomes = pl.concat(
        [
            results.with_columns(basis=pl.lit(HIDDEN)),
            trials(worse, sample, thresholds=[choice.threshold]).with_columns(
                basis=pl.lit(WITH_ERRORS)
            ),
        ]
    )
    by_threshold = tried(outcomes.filter(basis=HIDDEN))
    is_chosen = pl.col("threshold") == choice.threshold
    threshold = by_threshold.with_columns(
        is_chosen=is_chosen, reason=pl.when(is_chosen).then(pl.lit(choice.reason))
    )
    return {
        "link_trial": LINK_TRIAL.conform(outcomes.lazy()),
        "link_threshold": LINK_THRESHOLD.conform(threshold.lazy()),
    }


def _relinked(run: EconomyRun, records: pl.DataFrame, known: Model | None = None) -> Relinked:
    """``hidden_numbers.relinked`` on a connection of its own."""
    configured = run.economy.link_threshold
    least = LEAST_WEIGHT if configured is None else min(configured, LEAST_WEIGHT)
    with duckdb.connect(":memory:") as connection, spark_session(run.economy) as session:
        return relinked(
            records, connection, seed=SEED, least_weight=least, known=known, session=session
        )


def _search(run: EconomyRun, made: Relinked, sample: pl.DataFrame) -> tuple[pl.DataFrame, Choice]:
    """Outcomes at the thresholds that had to be tried, and the one to use."""
    configured = run.economy.link_threshold
    if configured is not None:
        results = trials(made, sample, thresholds=[configured])
        return results, Choice(configured, "configured")
    results = trials(made, sample, thresholds=thresholds([0]))
    choice = chosen(tried(results))
    if choice.reason == "proven":  # only then may another do better
        results = pl.concat([results, trials(made, sample, thresholds=thresholds(BESIDE))])
        choice = chosen(tried(results))
    for step in ABOVE:
        if choice.reason != "refuted":
            break
        results = pl.concat([results, trials(made, sample, thresholds=thresholds([step]))])
        choice = chosen(tried(results))
    return results, choice


def _untried(run: EconomyRun) -> pl.LazyFrame:
    """The one threshold in use where no number could be hidden."""
    configured = run.economy.link_threshold
    row = dict.fromkeys(LINK_THRESHOLD.column_names) | {
        "threshold": THRESHOLD if configured is None else configured,
        "is_chosen": True,
        "reason": "shipped" if configured is None else "configured",
    }
    return LINK_THRESHOLD.conform(pl.LazyFrame([row], schema=LINK_THRESHOLD.schema()))


def _after(contracts: tuple[str, ...], inputs: tuple[str, ...]) -> dg.AssetsDefinition:
    needed = (*inputs, *_TRIALS, "person_link")

    @dg.multi_asset(
        name="linkage_quality",
        specs=specs(_FIGURES, group="link", deps=needed, owner="team:linkage"),
    )
    def _quality(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Figures overall and by subgroup, with truth where there is one; uncertain pairs."""
        run = economy_run
        yield from materialise(
            run,
            "linkage_quality",
            outputs=_FIGURES,
            inputs=needed,
            build=lambda: _judged(run, contracts),
            parameters={"seed": SEED, "truth": truth_digest(run.economy.link_truth)},
        )

    return _quality


def _judged(run: EconomyRun, contracts: tuple[str, ...]) -> Tables:
    if run.economy.link_truth is None and _judged_by(run) == learned_by(run) != run.run_id:
        # What is known of a model does not change while it is in use.
        return {name: run.store.scan(name).collect().lazy() for name in _FIGURES}
    figures = Judged.of(run, contracts, person_of_records(run, run.economy.link_truth))
    return {
        "linkage_quality": figures.quality.with_columns(run_id=pl.lit(run.run_id)).lazy(),
        "link_gap": figures.gaps.lazy(),
        "link_difference": figures.differences.lazy(),
        "link_blocking": figures.blocking.lazy(),
        **_doubts(run, figures.found),
    }


def _judged_by(run: EconomyRun) -> str | None:
    told = run.store.scan("linkage_quality").select("run_id").unique().collect()
    return str(told.item()) if told.height == 1 else None


@dataclass(frozen=True)
class Judged:
    """``quality``: linkage_quality without run_id. ``found``: identities. The others: tables
    link_gap, link_difference and link_blocking."""

    quality: pl.DataFrame
    gaps: pl.DataFrame
    differences: pl.DataFrame
    blocking: pl.DataFrame
    found: Identities

    @classmethod
    def of(
        cls, run: EconomyRun, contracts: tuple[str, ...], truth: pl.DataFrame | None
    ) -> "Judged":
        """In: what linkage last came to, in the store; ``truth``: record_key, true_person."""
        found = identities(_records(run))
        attributes = _attributes(run, contracts)
        records = labelled(found)
        told = units(records, attributes)
        link = run.store.scan("person_link").select("record_key", "person_id", "method").collect()
        matched = matched_records(records, link, told)
        bases = _estimated(run)
        if truth is not None:
            bases[TRUTH] = true_outcomes(records, link, truth, told)
        rows = [quality_rows(o, matched, ATTRIBUTES, basis=b) for b, o in bases.items()]
        apart = [
            gaps(o, ATTRIBUTES).with_columns(basis=pl.lit(b))
            for b, o in bases.items()
            if b != WITH_ERRORS
        ]
        return cls(
            quality=_joined(rows, "linkage_quality"),
            gaps=_joined(apart, "link_gap"),
            differences=differences(told.described, told.of_records, link, ATTRIBUTES),
            blocking=_blocked(found, records, truth),
            found=found,
        )


def _blocked(found: Identities, records: pl.DataFrame, truth: pl.DataFrame | None) -> pl.DataFrame:
    """What blocking finds: by the truth, if there is one, and by verified numbers."""
    verified = records.filter("is_person_verified", pl.col("nhs_number_token").is_not_null())
    known = verified.select("unique_id", pl.col("known_person").cast(pl.String).alias("person"))
    with duckdb.connect(":memory:") as connection:
        made = [
            blocking_rows(
                found.distinct,
                known.unique("unique_id", keep="first", maintain_order=True),
                connection,
                basis="verified_number",
                with_numbers=False,
            )
        ]
        if truth is not None:
            true = records.join(truth, on="record_key").group_by("unique_id")
            person = true.agg(pl.col("true_person").mode().sort().first().alias("person"))
            made.append(blocking_rows(found.distinct, person, connection, basis=TRUTH))
    return pl.concat(made)


def _joined(frames: list[pl.DataFrame], name: str) -> pl.DataFrame:
    """The frames one after another, or the table's columns without rows."""
    if frames:
        return pl.concat(frames)
    return table(name).empty().drop("run_id", strict=False).collect()


def _estimated(run: EconomyRun) -> dict[str, pl.DataFrame]:
    """Outcomes of hidden numbers by basis, each person at the threshold that the others chose."""
    trial = run.store.scan("link_trial").collect()
    if trial.is_empty():
        return {}
    hidden_rows = trial.filter(basis=HIDDEN)
    configured = run.economy.link_threshold is not None
    return {
        HIDDEN: hidden_rows if configured else held_out(hidden_rows),
        WITH_ERRORS: trial.filter(basis=WITH_ERRORS),
    }


def _doubts(run: EconomyRun, found: Identities) -> Tables:
    """Pairs about which the threshold decides, and how much hangs on it."""
    at = threshold_of(run)
    link = run.store.scan("person_link").select("record_key", "person_id", "method").collect()
    now = (
        found.records.join(link, on="record_key")
        .group_by("unique_id")
        .agg(pl.col("person_id").sort().first().alias("group"))
    )
    with duckdb.connect(":memory:") as connection:
        least = min(at - BAND, LEAST_WEIGHT)
        pairs = weighed(found, connection, seed=SEED, least_weight=least, before=kept(run))
    at_lower, higher = grouped(pairs, at - BAND), grouped(pairs, at + BAND).identities
    lower = at_lower.identities
    # Stronger links come first: those given up at the threshold in use are the same at a lower one.
    parted = at_lower.parted.filter(pl.col("weight") >= at)
    doubtful = uncertain_pairs(found, lower=lower, now=now, higher=higher, parted=parted)
    counts = [
        {"threshold": t, "is_in_use": t == at, **counted(found, groups)}
        for t, groups in ((at - BAND, lower), (at, now), (at + BAND, higher))
    ]
    sensitivity = pl.DataFrame(counts, schema=LINK_SENSITIVITY.schema())
    return {"uncertain_pair": doubtful.lazy(), "link_sensitivity": sensitivity.lazy()}


def _records(run: EconomyRun) -> pl.DataFrame:
    tokens = RECORD_TOLD.conform(accepted_tokens(run))
    return tokens.sort(*RECEIVED, nulls_last=True).collect()


def _attributes(run: EconomyRun, contracts: tuple[str, ...]) -> pl.DataFrame:
    core = {name: run.store.scan(contract(name).core_table) for name in contracts}
    return record_attributes(core).unique("record_key", keep="first").collect()
