"""Where the program starts: the commonest questions are answered without loading much."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and end the process with its exit code (design §8)."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from jzy import __version__  # noqa: PLC0415

        sys.stdout.write(f"jzy {__version__}\n")
        return
    if arguments in ([], ["--help"], ["-h"]):
        from jzy.cli.first import show  # noqa: PLC0415

        show()
        return
    if arguments[0] == "__complete":
        from jzy.cli.complete import main as complete  # noqa: PLC0415

        complete(arguments[1:])
        return
    from jzy.cli.app import run  # noqa: PLC0415

    # Most of what is made lasts to the end, so that looking for cycles at every 700 things finds none.
    gc.set_threshold(20_000)
    try:
        sys.exit(run(arguments))
    finally:
        # At its end Python looks for cycles in all that is left, which the system takes back at once.
        gc.freeze()


if __name__ == "__main__":
    main()
