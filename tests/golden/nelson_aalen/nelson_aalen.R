# Golden cumulative hazards: cumhaz and std.chaz of R's survfit on data sets of the R package survival (LGPL).
# Run in this folder: Rscript nelson_aalen.R   Writes <case>.csv (the rows used) and <case>_hazard.csv. A cause's hazard
# is that of survfit with the other causes as censorings. R gives no interval of a cumulative hazard: both are formulas.
library(survival)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
hazard <- function(case, rows) {
  causes <- setdiff(unique(rows$cause), "none")
  pieces <- list()
  for (cause in causes) {
    rows$event <- as.integer(rows$cause == cause)
    fit <- survfit(Surv(start, stop, event) ~ group, data = rows, weights = weight, robust = FALSE, ctype = 1)
    strata <- if (is.null(fit$strata)) rep("all", length(fit$time)) else rep(sub("group=", "", names(fit$strata)), fit$strata)
    z <- qnorm(0.975)
    pieces[[cause]] <- data.frame(group = strata, cause = cause, time = fit$time, n_risk = fit$n.risk,
      n_event = fit$n.event, estimate = fit$cumhaz, std_error = fit$std.chaz,
      log_low = fit$cumhaz * exp(-z * fit$std.chaz / fit$cumhaz), log_high = fit$cumhaz * exp(z * fit$std.chaz / fit$cumhaz),
      plain_low = pmax(fit$cumhaz - z * fit$std.chaz, 0), plain_high = fit$cumhaz + z * fit$std.chaz)
  }
  write_csv(rows[, c("start", "stop", "cause", "weight", "group")], paste0(case, ".csv"))
  write_csv(do.call(rbind, pieces), paste0(case, "_hazard.csv"))
}
hazard("lung", with(lung, data.frame(start = 0, stop = time, cause = ifelse(status == 2, "died", "none"), weight = 1, group = paste0("sex", sex))))
hazard("lung_weights", with(lung, data.frame(start = 0, stop = time, cause = ifelse(status == 2, "died", "none"), weight = round(age / 20, 2), group = paste0("sex", sex))))
hazard("heart_delayed", with(heart, data.frame(start = start, stop = stop, cause = ifelse(event == 1, "died", "none"), weight = 1 + (id %% 3) / 2, group = paste0("transplant", transplant))))
m <- with(mgus2, data.frame(start = 0, stop = ifelse(pstat == 1, ptime, futime), cause = ifelse(pstat == 1, "pcm", ifelse(death == 1, "died", "none")), weight = 1, group = as.character(sex)))
hazard("mgus2_causes", m)
late <- transform(m, start = (seq_along(stop) * 7) %% 24, weight = 1 + (seq_along(stop) %% 4) / 4)
hazard("mgus2_causes_delayed_weights", subset(late, start < stop))
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
