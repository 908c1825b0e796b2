"""How the command line tells people what went wrong: one clear message, and an exit code."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec

import typer

from hubspot_pipeline.cli.screen import errors

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_DELIVERED = 1
"""Exit code where rows were refused or are still to be delivered."""

USER_MISTAKE = 2
"""Exit code where what was asked for cannot be done: a wrong name, file, option or setting."""

Arguments = ParamSpec("Arguments")


class UserError(Exception):
    """What was asked for cannot be done; the message says what, where, why and what to do."""


def explained(verb: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Make a verb show its user's mistakes as a message without a traceback."""

    @functools.wraps(verb)
    def explain(*args: Arguments.args, **options: Arguments.kwargs) -> None:
        try:
            verb(*args, **options)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if not isinstance(error, user_errors()):
                raise
            show_problem(str(error))
            raise typer.Exit(USER_MISTAKE) from error

    return explain


def show_problem(message: str) -> None:
    """Write a message to standard error."""
    console = errors()
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False, highlight=False, soft_wrap=True)


def user_errors() -> tuple[type[Exception], ...]:
    """Return the errors of every room whose messages are for users.

    Imported only once something failed: the rooms are heavy, and most verbs need few of them.
    """
    from hubspot_pipeline.pipeline import USER_ERRORS

    return (UserError, *USER_ERRORS)
