"""Where a lazy chain is cut."""

import polars as pl


def kept(frame: pl.LazyFrame) -> pl.LazyFrame:
    """``frame`` computed once, for all that is made of it.

    Polars plans each use of a frame anew. Stays and steps are used many times over by what is made
    of them, so that an uncut plan grows tenfold with each stage: minutes and gigabytes for four
    rows.
    """
    return frame.collect().lazy()
