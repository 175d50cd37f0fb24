"""`python -m model_training STAGE …`."""

from __future__ import annotations

import sys

from model_training.stages import run_stage


def main(argv: list[str] | None = None) -> None:
    """Run one stage."""
    try:
        run_stage(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
