"""Servers of a whole deployment, on this machine alone: `make cluster`, `make cluster-test`, and the tests."""
