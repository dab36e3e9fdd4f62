"""Results into files that people read: JUnit, the failure text, the overview of a run, annotations."""
