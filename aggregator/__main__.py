"""`python -m aggregator`: the command line. Takes the words behind it; see aggregator.cli."""

import gc

# Loading modules makes nothing but what stays: looking for garbage meanwhile is a tenth of the start. App.__enter__
# turns it on again, and what opens no App is soon over. Worker processes import this module, too: they are left alone.
if __name__ == "__main__":
    gc.disable()

from aggregator.cli import main

if __name__ == "__main__":
    main()
