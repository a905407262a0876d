"""For pytest: the tests' matrices are small, and on a busy machine threads wait for each other."""

import torch

torch.set_num_threads(1)
