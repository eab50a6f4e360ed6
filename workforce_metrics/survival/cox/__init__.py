"""Cox regression of leaving."""

from workforce_metrics.survival.cox.concordance import Concordance, concordance
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.cox.proportional_hazards import ProportionalHazardsTest
from workforce_metrics.survival.cox.result import CoxModel

__all__ = ["Concordance", "CoxModel", "ProportionalHazardsTest", "concordance", "cox"]
