"""The least that does the same work: what the harness is measured against. At most 40 lines each, no event loop."""
