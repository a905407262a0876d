"""The tested helpers of the autoencoder course.

Each module is named for what it holds and may import those above it in this list, none below:
`data`, `corruption`, `models`, `losses`, `training`, `metrics`, `plots`, `claims`, `exercises`.
Commands, run as `python -m course_utils.NAME`: `diagrams` draws figures/, `execute` re-executes the
notebooks.
"""
