"""Commands beside the helpers; no lesson imports them. Run as `python -m course_utils.tools.NAME`.

For students: `learn` makes and opens a copy of the lessons, `progress` counts exercises passed.
For a class: `present` shows the slides, `publish` writes the course as HTML.
For changing the course: `execute` re-executes the notebooks, `diagrams` draws figures/, `benchmark`
times `fit`.
"""
