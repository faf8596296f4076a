"""Splink's own charts of a linkage model."""

import duckdb
from splink import DuckDBAPI

from flow_pipeline.link import model
from flow_pipeline.link.identities import identities
from flow_pipeline.tables.linkage import RECORD_TOLD


def match_weights(
    parameters: model.Parameters, connection: duckdb.DuckDBPyConnection, *, probability: float
) -> str:
    """Splink's chart of match weights as a page of HTML that needs nothing but itself.

    In:  ``parameters``: of the model, as Linked.model has them. ``connection``: a DuckDB
         connection, left without tables. ``probability``: that two identities drawn at random are
         one person; in bits it is the weight that a pair starts from.
    """
    nobody = identities(RECORD_TOLD.empty().collect()).distinct
    with model.tables(connection, nobody=nobody):
        linker = model.linker_of(
            DuckDBAPI(connection), "nobody", parameters, probability=probability, by_rarity=False
        )
        chart = linker.visualisations.match_weights_chart()
        return str(chart.to_html(inline=True))
