"""The tested helpers of the autoencoder course.

Each module is named for what it holds and may import those above it in this list, none below:
`data`, `corruption`, `models`, `losses`, `training`, `metrics`, `plots`, `claims`, `exercises`.
Commands, run as `python -m course_utils.NAME`: `diagrams` draws figures/, `execute` re-executes the
notebooks, `present` shows the slides, `badges` links to Colab and Binder, `benchmark` times `fit`.
"""

import scipy.linalg  # noqa: F401 (loads SciPy's linear algebra, so that it is limited, too)
from threadpoolctl import threadpool_limits

# The matrices that NumPy, SciPy and scikit-learn get here are small: their threads would cost more
# time than they save (a logistic regression: two to four times). torch keeps its own.
threadpool_limits(1, user_api="blas")
