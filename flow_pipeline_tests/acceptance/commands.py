"""The command line as a user calls it, in this process so that starting up costs nothing."""

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from flow_pipeline import cli
from flow_pipeline.publish import terminal


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def flow_pipeline(*arguments: object) -> Ended:
    """Run ``flow-pipeline`` with arguments; its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    argv = ["flow-pipeline", *(str(a) for a in arguments)]
    shown = _console(out)
    consoles = (
        mock.patch.multiple(cli, OUT=shown, _ERR=_console(err)),
        mock.patch.object(terminal, "OUT", shown),
    )
    printed = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with contextlib.ExitStack() as stack:
        for context in (mock.patch.object(sys, "argv", argv), *consoles, *printed):
            stack.enter_context(context)
        try:
            cli.main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def _console(file: io.StringIO) -> object:
    return cli.Console(file=file, width=200, highlight=False)
