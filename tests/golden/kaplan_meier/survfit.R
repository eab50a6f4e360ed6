# Golden Kaplan-Meier curves: R's survfit on data sets of the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript survfit.R   Writes <case>.csv (the rows used) and <case>_curve.csv, <case>_median.csv
# and <case>_quantile.csv (what survfit and its quantile say). Cases with clusters or time served (`given`) are
# written as <case>_rows.csv and <case>_robust.csv: curve, standard errors and cumulative hazard of those at risk after
# `given` (start.time; who left up to then is left out, since start.time itself keeps who left just then).
library(survival)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
write_quantiles <- function(fit, groups, file) {
  shares <- c(0.05, 0.1, 0.25, 0.5, 0.625, 0.75, 0.9, 1)
  found <- lapply(quantile(fit, shares), function(x) as.vector(t(x)))
  write_csv(data.frame(group = rep(groups, each = length(shares)), probability = rep(shares, length(groups)),
    estimate = found$quantile, conf_low = found$lower, conf_high = found$upper), file)
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
  write_quantiles(fit, groups, paste0(case, "_quantile.csv"))
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
# staying rests at exactly 0.75, 0.5 and 0.25; in the second group at 0.5 until the end, in the third at 0
rest <- data.frame(start = 0, stop = c(1, 2, 4, 5, 7, 9, 11, 12, 2, 3, 5, 6, 9, 9, 10, 12, 1, 2, 4, 4), weight = 1,
  event = c(rep(1, 8), 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1), group = rep(c("a", "b", "c"), c(8, 8, 4)))
curve("rests", rest, FALSE, FALSE, TRUE)

robust <- function(case, rows, delayed, given = 0, clusters = TRUE) {
  if (is.null(rows$weight)) rows$weight <- 1
  write_csv(cbind(rows[, c("start", "stop", "event", "weight", "group", "cluster")], given = given), paste0(case, "_rows.csv"))
  rows <- rows[rows$stop > given | given == 0, ]
  left <- if (delayed) with(rows, Surv(start, stop, event)) else with(rows, Surv(stop, event))
  asked <- list(left ~ group, data = rows, weights = rows$weight, conf.type = "log-log")
  asked <- c(asked, if (clusters) list(cluster = rows$cluster) else list(robust = FALSE))
  if (given > 0) asked$start.time <- given
  fit <- do.call(survfit, asked)
  groups <- sub("group=", "", names(fit$strata))
  write_csv(data.frame(group = rep(groups, fit$strata), time = fit$time, n_risk = fit$n.risk, estimate = fit$surv,
    std_error = if (clusters) fit$std.err else fit$std.err * fit$surv, conf_low = fit$lower, conf_high = fit$upper,
    hazard = fit$cumhaz, hazard_std_error = fit$std.chaz), paste0(case, "_robust.csv"))
  write_quantiles(fit, groups, paste0(case, "_robust_quantile.csv"))
}
lung_sites <- with(subset(lung, !is.na(inst)), data.frame(start = 0, stop = time, event = as.integer(status == 2), group = paste0("sex", sex), cluster = inst))
robust("lung_clusters", lung_sites, FALSE)
robust("lung_clusters_weights", within(lung_sites, weight <- 0.5 + (seq_along(stop) %% 7) / 3), FALSE)
robust("lung_given", lung_sites, FALSE, given = 200, clusters = FALSE)
robust("lung_given_clusters", lung_sites, FALSE, given = 167.5)
heart_sites <- with(heart, data.frame(start = start, stop = stop, event = event, group = paste0("transplant", transplant), cluster = id %% 13))
robust("heart_clusters_delayed", heart_sites, TRUE)
robust("heart_clusters_delayed_weights", within(heart_sites, weight <- 1 + (seq_along(stop) %% 3) / 2), TRUE)
robust("heart_given_delayed_weights", within(heart_sites, weight <- 1 + (seq_along(stop) %% 3)), TRUE, given = 28, clusters = FALSE)
robust("heart_given_clusters_delayed_weights", within(heart_sites, weight <- 1 + (seq_along(stop) %% 3) / 2), TRUE, given = 28)
litters <- with(rats, data.frame(start = 0, stop = time, event = status, group = sex, cluster = litter))
robust("rats_litters", litters, FALSE)
robust("rats_litters_given", litters, FALSE, given = 64)
eyes <- with(retinopathy, data.frame(start = 0, stop = futime, event = status, group = paste0("trt", trt), cluster = id))
robust("retinopathy_people", eyes, FALSE)
infections <- with(cgd, data.frame(start = tstart, stop = tstop, event = status, group = as.character(treat), cluster = id))
robust("cgd_people_delayed", infections, TRUE)
robust("cgd_centres_delayed", within(infections, cluster <- as.integer(cgd$center)), TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
