"""The tested helpers of the autoencoder course.

Each module is named for what it holds and may import those above it in this list, none below:
`checks`, `data`, `corruption`, `models`, `losses`, `training`, `metrics`, `palette`, `plots`,
`claims`, `exercises`. Beside them `tools`: commands, run as `python -m course_utils.tools.NAME`; no
lesson imports them.
"""

import scipy.linalg  # noqa: F401 (loads SciPy's linear algebra, so that it is limited, too)
from threadpoolctl import threadpool_limits

# The matrices that NumPy, SciPy and scikit-learn get here are small: their threads would cost more
# time than they save (a logistic regression: two to four times). torch keeps its own.
threadpool_limits(1, user_api="blas")
