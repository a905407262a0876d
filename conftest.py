"""For pytest: how many processes run tests and notebooks, and with how many threads each."""

import os

# Where several processes share the cores, threads wait for each other: two notebooks with two
# threads each take many times as long. The notebooks' kernels inherit the variable.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"


def pytest_xdist_auto_num_workers(config):
    """One process a core, at most four; none beside the caller's where notebooks are left out."""
    everything = any("notebooks" in str(argument) for argument in config.args)
    return min(os.cpu_count() or 1, 4) if everything else 0
