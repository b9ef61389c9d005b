"""When things happen: poll times (policy), the clockwork that looks at them (ticker), the daily chores (housekeeping)."""
