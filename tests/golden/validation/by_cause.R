# Golden tests of validate by cause: R packages on mgus2 of survival (a published study: progression beside death).
# Run in this folder: Rscript by_cause.R   Writes by_cause_<case>.csv (the rows used, with a made-up predicted risk) and
# by_cause_<case>_golden.csv: the incidence at the horizon by survfit (Aalen-Johansen, jackknife); Brier score and AUC
# with their standard errors by riskRegression's Score (controls: all who have not left by the cause); the concordance
# of Wolbers and others 2014 by pec's cindex; that of 2009, without weights, by survival's concordance, in which who
# left by the other cause is taken as there to the end. The cause asked about is always status 1: for another, this
# version of Score returns other standard errors of the AUC for the same data. Where times tie, cindex weighs by
# censoring at, not before, the leaving, and Score's standard errors resolve ties otherwise: those are left out there.
suppressMessages({ library(survival); library(riskRegression); library(pec) })
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
golden <- function(case, rows, at) {
  score <- Score(list(m = rows$risk), Hist(time, status) ~ 1, data = rows, times = at, cause = 1,
    cens.model = "km", conservative = FALSE)
  rows <- as.data.frame(rows)  # Score makes it a data.table in place
  auc <- score$AUC$score
  brier <- score$Brier$score[model == "m"]
  null <- score$Brier$score[model == "Null model"]
  wolbers <- cindex(list(m = cbind(rows$risk)), Hist(time, status) ~ 1, data = rows, eval.times = at, pred.times = at,
    cause = 1, cens.model = "marginal", verbose = FALSE)$AppCindex$m
  aj <- survfit(Surv(time, factor(status)) ~ 1, data = rows)
  here <- findInterval(at, aj$time)
  rows$end <- with(rows, ifelse(time > at | status == 2, at, time))
  harrell <- concordance(Surv(end, time <= at & status == 1) ~ risk, data = rows, reverse = TRUE)
  untied <- anyDuplicated(rows$time) == 0
  write_csv(rows[c("time", "status", "risk")], paste0("by_cause_", case, ".csv"))
  write_csv(data.frame(at = at,
    term = c("observed", "brier", "scaled_brier", "auc", "concordance_uno", "concordance_harrell"),
    estimate = c(aj$pstate[here, 2], brier$Brier, 1 - brier$Brier / null$Brier, auc$AUC, if (untied) wolbers else NA,
      harrell$concordance),
    std_error = c(aj$std.err[here, 2], if (untied) brier$se else NA, NA, if (untied) auc$se else NA, NA,
      sqrt(harrell$var))), paste0("by_cause_", case, "_golden.csv"))
}
d <- subset(mgus2, !is.na(hgb) & !is.na(mspike))
d$time <- with(d, ifelse(pstat == 1, ptime, futime))
d$status <- with(d, ifelse(pstat == 1, 1, 2 * death))
d <- subset(d, time > 0)
d <- d[seq(1, nrow(d), 3), ]
apart <- (seq_len(nrow(d)) * 7919) %% 997 / 1000  # so that no two times are the same
d$older <- round(plogis((d$age - 70) / 10), 3)
dying <- c(0, 2, 1)[d$status + 1]
golden("progression", with(d, data.frame(time = time + apart, status, risk = round(plogis(mspike - 3), 3))), 120)
golden("death", with(d, data.frame(time = time + apart, status = dying, risk = older)), 60)
golden("months", with(d, data.frame(time, status = dying, risk = older)), 60.5)
golden("ties", with(d, data.frame(time = ceiling(time / 24), status = dying, risk = round(older, 1))), 5.5)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")),
  paste("riskRegression", packageVersion("riskRegression")), paste("pec", packageVersion("pec"))), "by_cause_versions.txt")
