"""Commands beside the helpers; no lesson imports them. Run as `python -m course_utils.tools.NAME`.

`execute` re-executes the notebooks, `present` shows the slides, `diagrams` draws figures/,
`benchmark` times `fit`.
"""
