"""What each version of the server does, as data: names, shapes, and what is a known defect.

profile    `Profile`, and how one is loaded and chosen
quirk      the entries of its tables
v0_163_0   the tables of that version, its schema and the keys that it always sends
"""

from turnproof.profile.profile import Profile, ProfileError, choose, known, load
from turnproof.profile.quirk import Quirk

__all__ = ["Profile", "ProfileError", "Quirk", "choose", "known", "load"]
