"""Register to cohort to risk table to curves, risks and the decomposition of a change in leavers."""
