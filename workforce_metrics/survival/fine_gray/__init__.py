"""Fine and Gray's regression of the probability of leaving by one cause."""

from workforce_metrics.survival.fine_gray.fit import fine_gray
from workforce_metrics.survival.fine_gray.result import FineGrayModel

__all__ = ["FineGrayModel", "fine_gray"]
