"""What must hold, by topic: the scenarios that are shipped with turnproof.

Play them with ``pytest --pyargs turnproof_scenarios``.
"""
