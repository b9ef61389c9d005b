"""Who does the work: in this process (local), and what follows a change (republish)."""
