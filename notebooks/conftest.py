"""For pytest: the kernels that nbval starts show no progress bars, as in the saved notebooks."""

import os

os.environ["TQDM_DISABLE"] = "1"
