"""Imported once by the fork server, so that a worker starts with everything heavy in place.

The compiler is never used, but torch imports it (3 s) at the first dispatch mode or optimiser, and
pyarrow imports pandas at the first array.
"""

import pandas as _pandas
import torch._dynamo as _dynamo

from . import worker

__all__ = ["worker"]
_ = (_pandas, _dynamo)
