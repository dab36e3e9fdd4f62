"""How fast the harness is, as ratios within one run. ``python -m bench --help``."""
