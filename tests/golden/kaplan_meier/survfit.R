# Golden Kaplan-Meier curves: R's survfit on data sets of the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript survfit.R   Writes <case>.csv (the rows used) and <case>_curve.csv and
# <case>_median.csv (what survfit and its quantile say).
library(survival)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
curve <- function(case, rows, delayed, weighted, grouped) {
  rows$group <- if (grouped) rows$group else "all"
  rows$weight <- if (weighted) rows$weight else 1
  left <- if (delayed) with(rows, Surv(start, stop, event)) else with(rows, Surv(stop, event))
  pieces <- list()
  for (type in c("log-log", "log", "plain", "logit", "arcsin")) {
    fit <- survfit(left ~ group, data = rows, weights = weight, conf.type = type, robust = FALSE)
    strata <- if (is.null(fit$strata)) rep("all", length(fit$time)) else rep(sub("group=", "", names(fit$strata)), fit$strata)
    pieces[[type]] <- data.frame(conf_type = type, group = strata, time = fit$time, n_risk = fit$n.risk,
      n_event = fit$n.event, n_censor = fit$n.censor, estimate = fit$surv, std_error = fit$std.err * fit$surv,
      conf_low = fit$lower, conf_high = fit$upper)
  }
  fit <- survfit(left ~ group, data = rows, weights = weight, conf.type = "log-log", robust = FALSE)
  half <- quantile(fit, 0.5)
  groups <- if (is.null(fit$strata)) "all" else sub("group=", "", names(fit$strata))
  write_csv(data.frame(group = groups, estimate = as.vector(half$quantile), conf_low = as.vector(half$lower),
    conf_high = as.vector(half$upper)), paste0(case, "_median.csv"))
  write_csv(rows[, c("start", "stop", "event", "weight", "group")], paste0(case, ".csv"))
  write_csv(do.call(rbind, pieces), paste0(case, "_curve.csv"))
}
lung_rows <- with(lung, data.frame(start = 0, stop = time, event = as.integer(status == 2), weight = round(age / 20, 2), group = paste0("sex", sex)))
curve("lung_ties", lung_rows, FALSE, FALSE, TRUE)
curve("lung_weights", lung_rows, FALSE, TRUE, TRUE)
heart_rows <- with(heart, data.frame(start = start, stop = stop, event = event, weight = 1 + (id %% 3) / 2, group = paste0("transplant", transplant)))
curve("heart_delayed", heart_rows, TRUE, FALSE, TRUE)
curve("heart_delayed_weights", heart_rows, TRUE, TRUE, TRUE)
curve("heart_all", heart_rows, TRUE, FALSE, FALSE)
age <- subset(mgus, !is.na(futime))
age_rows <- with(age, data.frame(start = age, stop = age + futime / 365.25, event = death, weight = 1, group = as.character(sex)))
curve("mgus_age_scale", age_rows, TRUE, FALSE, TRUE)
near <- rbind(lung_rows, within(lung_rows, stop <- stop * (1 + 1e-12)))
curve("lung_near_ties", near, FALSE, FALSE, FALSE)
zero <- with(transplant, data.frame(start = 0, stop = futime, event = as.integer(event == "ltx"), weight = 1, group = as.character(abo)))
curve("transplant_time_zero", zero, FALSE, FALSE, TRUE)
all_leave <- with(aml, data.frame(start = 0, stop = time, event = status, weight = 1, group = as.character(x)))
curve("aml_ends_at_zero", all_leave, FALSE, FALSE, TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
