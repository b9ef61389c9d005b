"""Small programs that run in the environment of a peer, and import nothing of ours."""
