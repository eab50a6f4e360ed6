# Golden tests of validate: R's survival on its own data sets (published studies).
# Run in this folder: Rscript concordance.R   Writes <case>.csv (the rows used, with a made-up predicted risk) and
# <case>_golden.csv: the risk at the horizon by survfit; Uno's and Harrell's concordance up to the horizon; the Brier
# score and the cumulative, dynamic area from the weights of survfit's censoring curve, as in Graf et al. and Uno et al.
library(survival)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
golden <- function(case, rows, at) {
  rows <- rows[complete.cases(rows), ]
  d <- with(rows, data.frame(time = pmin(time, at), left = left & time <= at, reached = time > at | (time == at & !left),
    risk = risk, weight = weight))
  lost <- !d$left & !d$reached
  # the curve of being lost: leavers go before those lost at the same time, so they are put just before it
  gap <- min(diff(sort(unique(d$time)))) / 4
  g <- survfit(Surv(ifelse(d$left, time - gap, time), lost) ~ 1, data = d, weights = weight)
  before <- function(t) c(1, g$surv)[findInterval(t - 2 * gap, g$time) + 1]
  a <- ifelse(lost, 0, d$weight / before(d$time))
  case_a <- a * d$left
  control <- a * d$reached
  pairs <- outer(d$risk, d$risk, ">") + outer(d$risk, d$risk, "==") / 2
  km <- summary(survfit(Surv(time, left) ~ 1, data = d, weights = weight, robust = FALSE), times = at)
  q <- 1 - km$surv
  brier <- sum(a * (d$left - d$risk)^2) / sum(d$weight)
  uno <- concordance(Surv(time, left) ~ risk, data = d, weights = weight, timewt = "n/G2", reverse = TRUE)
  harrell <- concordance(Surv(time, left) ~ risk, data = d, weights = weight, reverse = TRUE)
  write_csv(rows, paste0(case, ".csv"))
  write_csv(data.frame(at = at, term = c("observed", "brier", "scaled_brier", "auc", "concordance_uno",
    "concordance_harrell"), estimate = c(q, brier, 1 - brier / (q * (1 - q)),
    sum(outer(case_a, control) * pairs) / (sum(case_a) * sum(control)), uno$concordance, harrell$concordance),
    std_error = c(km$std.err, NA, NA, NA, NA, sqrt(harrell$var))), paste0(case, "_golden.csv"))
}
lung$risk <- with(lung, round(plogis((age - 62) / 10 + ph.ecog / 2), 3))
golden("lung", with(lung, data.frame(time, left = status == 2, risk, weight = 1)), 500)
golden("lung_ties", with(lung, data.frame(time = ceiling(time / 60), left = status == 2, risk = round(risk, 1), weight = 1)), 9)
golden("lung_weights", with(lung, data.frame(time, left = status == 2, risk, weight = (seq_along(time) %% 4 + 1) / 2)), 400)
golden("veteran", with(veteran, data.frame(time, left = status == 1, risk = round(1 - karno / 110, 3), weight = 1)), 120)
gbsg$risk <- with(gbsg, round(plogis(-0.5 + nodes / 10 - pgr / 300), 3))
golden("gbsg", with(subset(gbsg, seq_along(age) %% 3 == 0), data.frame(time = rfstime, left = status == 1, risk, weight = 1)), 1461)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
