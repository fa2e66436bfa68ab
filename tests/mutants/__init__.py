"""Mutation testing of the code that judges, counts and settles: `make mutants` (docs/testing.md)."""
