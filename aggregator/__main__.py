"""`python -m aggregator`: the command line. Takes the words behind it; see aggregator.cli."""

from aggregator.cli import main

if __name__ == "__main__":
    main()
