"""When things happen: poll times (policy), the clockwork (ticker), the chores (housekeeping)."""
