"""The command line as a user calls it, in this process so that starting up costs nothing."""

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from flow_pipeline import cli


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
    consoles = mock.patch.multiple(cli, _OUT=_console(out), _ERR=_console(err))
    printed = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with mock.patch.object(sys, "argv", argv), consoles, printed[0], printed[1]:
        try:
            cli.main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def _console(file: io.StringIO) -> object:
    return cli.Console(file=file, width=200, highlight=False)
