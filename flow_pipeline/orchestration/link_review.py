"""Assets of every run's links: how many there are, and what reviewers are asked about them, once it
is known which histories cannot be."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from flow_pipeline.link.contradicted import review
from flow_pipeline.link.match_rates import match_rates
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.link_decisions import write_review
from flow_pipeline.orchestration.link_tokens import accepted_tokens
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.tables.linkage import RECORD_TOLD

_ASKED = ("uncertain_pair", "impossible_history", "link_decision")
_INPUTS = (*_ASKED, "person_link", "record_token", "record_identity", "settled", "foreign_bridge")
_COUNTED = ("person_link", "record_token", "submission")


@dg.multi_asset(
    name="match_rate",
    specs=specs(("match_rate",), group="link", deps=_COUNTED, owner="team:linkage"),
)
def match_rate_asset(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """How many records are linked, by source, sender and month."""
    scan = economy_run.store.scan
    yield from materialise(
        economy_run,
        "match_rate",
        outputs=("match_rate",),
        inputs=_COUNTED,
        build=lambda: {"match_rate": match_rates(*(scan(name) for name in _COUNTED))},
    )


@dg.multi_asset(
    name="link_review",
    specs=specs(("link_review",), group="link", deps=_INPUTS, owner="team:linkage"),
)
def link_review_asset(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Uncertain links and those that an impossible history speaks against, and a list of their own
    rows for each sender. Of the analytic zone nothing comes here but record keys and codes."""
    run = economy_run
    yield from materialise(
        run,
        "what is to be reviewed",
        outputs=("link_review",),
        inputs=_INPUTS,
        build=lambda: _asked(run),
    )


def _asked(run: EconomyRun) -> Tables:
    uncertain, impossible, decisions = (run.store.scan(name).collect() for name in _ASKED)
    link = run.store.scan("person_link")
    keys = pl.concat(
        frame.select(pl.col(name).alias("record_key"))
        for frame in (uncertain, impossible, decisions)
        for name in ("record_key", "other_record_key")
    )
    people = link.join(keys.unique().lazy(), on="record_key", how="semi").select("person_id")
    of_them = link.join(people.unique(), on="person_id", how="semi").collect()
    tokens = accepted_tokens(run).join(of_them.select("record_key").lazy(), "record_key", "semi")
    records = RECORD_TOLD.conform(tokens).sort(*RECEIVED, nulls_last=True).collect()
    asked = review(uncertain, impossible, records, of_them, decisions)
    write_review(run.store.root / "linkage" / "review", asked)
    return {"link_review": asked.lazy()}


ASSETS = [match_rate_asset, link_review_asset]
