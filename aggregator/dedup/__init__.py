"""Which articles tell one story: identity (title and day), fingerprint (likeness of texts), place (the decision)."""
