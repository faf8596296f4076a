"""Errors an operator sees: each says what, where and what to do next, and carries an exit code.

No message ever holds a value from an extract: columns, rows, rules and shapes only.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell sees. Warnings do not change ``DONE``."""

    DONE = 0
    OUR_FAULT = 1
    CONFIGURATION = 2
    INPUT_REFUSED = 3
    QUALITY_BLOCKED = 4
    STORE = 5
    KEY_OR_PURPOSE = 6
    LOCKED = 7
    LINKAGE_BLOCKED = 8
    INTERRUPTED = 130


class FlowError(Exception):
    """Base of all foreseeable errors: shown without a traceback."""

    exit_code = ExitCode.OUR_FAULT


class ConfigurationError(FlowError):
    """The configuration or the command line is wrong; nothing was read."""

    exit_code = ExitCode.CONFIGURATION


class InputRefused(FlowError):
    """A delivered file cannot be taken as the extract it is said to be."""

    exit_code = ExitCode.INPUT_REFUSED


class QualityBlocked(FlowError):
    """The quality gate found a blocking failure; nothing was published."""

    exit_code = ExitCode.QUALITY_BLOCKED


class StoreError(FlowError):
    """A store, disk or server cannot be read or written."""

    exit_code = ExitCode.STORE


class KeyOrPurposeError(FlowError):
    """A key, purpose, agreement or opt-out list is missing or not fit for use."""

    exit_code = ExitCode.KEY_OR_PURPOSE


class Locked(FlowError):
    """Another run holds the economy's lock."""

    exit_code = ExitCode.LOCKED


class LinkageBlocked(FlowError):
    """The linkage or the disclosure gate found a blocking failure; nothing was published."""

    exit_code = ExitCode.LINKAGE_BLOCKED
