"""The page of golden histories: ``python -m flow_pipeline_tests.golden.page``."""

import sys
from collections.abc import Iterator

from flow_pipeline_tests.golden.histories import GOLDEN, Golden

_INTRODUCTION = """\
# Golden histories

Small histories, each with the rule it shows and what comes of it. Tests hold the pipeline to every
line. Made from `flow_pipeline_tests/golden/` by `python -m flow_pipeline_tests.golden.page`; do not
edit. The data are April 2024 to March 2025; nobody in them exists. Events have letters; groups are
apart by `|`. A step tells, in brackets, its hand-off, the minutes since the step before it ended,
and since when it was waited for.
"""


def golden_page() -> str:
    """The page, as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    number = 0
    for heading, histories in GOLDEN.items():
        yield f"## {heading}\n"
        for history in histories:
            number += 1
            yield from _told(number, history)


def _told(number: int, history: Golden) -> Iterator[str]:
    yield f"**{number}.** {history.rule}\n"
    if history.parameters:
        told = ", ".join(f"`{k}` {v}" for k, v in history.parameters.items())
        yield f"With {told}.\n"
    for name, text in history.drawn().items():
        yield f"`{name}`\n"
        yield from _table(text)
        yield ""
    for question, answer in history.expected.items():
        yield f"- {question}: {f'`{answer.strip()}`' if answer else 'none'}"
    yield ""


def _table(text: str) -> Iterator[str]:
    """A drawn table in Markdown, without the columns that hold nothing."""
    head, *rows = [line.split("|") for line in text.splitlines()]
    shown = [i for i in range(len(head)) if any(row[i] for row in rows)]
    for number, row in enumerate([head, *rows]):
        yield "| " + " | ".join(row[i] for i in shown) + " |"
        if number == 0:
            yield "|" + "---|" * len(shown)


if __name__ == "__main__":
    sys.stdout.write(golden_page())
