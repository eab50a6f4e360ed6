"""How often intervals of Fine and Gray's model hold the truth, over many simulated cohorts.

The cohorts are those of `tests/unit/test_fine_gray.py`: two covariates, other causes that depend on one of them, and,
where asked for, delayed entry. Covered should be: both coefficients, and the incidence at one year of somebody.

    python tests/benchmarks/fine_gray_coverage.py [--cohorts 2000] [--people 400] [--late]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from test_fine_gray import EFFECT, SHARE, fitted, simulated

PERSON = pd.DataFrame({"age": [0.5], "home": [0.0]})
TRUTH = [*EFFECT, 1 - (1 - SHARE * (1 - np.exp(-1.0))) ** np.exp(0.5 * EFFECT[0])]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cohorts", type=int, default=2000)
    arguments.add_argument("--people", type=int, default=400)
    arguments.add_argument("--late", action="store_true")
    asked = arguments.parse_args()
    found = []
    for seed in tqdm(range(asked.cohorts)):
        model = fitted(simulated(asked.people, seed, late=asked.late), late=asked.late)
        risk = model.predict_incidence(PERSON, at=1)
        found.append(pd.concat([model.frame, risk])[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy())
    estimate, error, low, high = np.moveaxis(np.array(found), 2, 0)
    for column, name in enumerate(("age", "home", "incidence at 1")):
        covered = ((low < TRUTH) & (high > TRUTH))[:, column].mean()
        ratio = error[:, column].mean() / estimate[:, column].std()
        bias = estimate[:, column].mean() - TRUTH[column]
        print(f"{name:16s} covered {covered:7.2%}   error over spread {ratio:6.3f}   bias {bias:8.4f}")


if __name__ == "__main__":
    main()
