"""The other half of the pytest plug-in: loaded when there is something to play."""
