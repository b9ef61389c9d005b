"""`python -m aggregator`: the command line. Takes the words behind it; see aggregator.cli."""

import gc

# Loading modules makes nothing but what stays: looking for garbage meanwhile is a tenth of the start. app/core.py sets
# the usual rhythm again.
gc.set_threshold(100_000)

from aggregator.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
