"""docs/conformance.md, seen from outside: an EHR of ours against the service as it is run in production."""
