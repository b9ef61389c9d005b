"""Pure helpers for every floor above: addresses, bytes to text, dates, text, hashes, symbols. No I/O, no state."""
