"""Numbered scripts that bring a database to the schema of this version, applied in order by upgrade.py.

A script is never changed once it was released: it holds its own frozen copy of what it creates.
"""
