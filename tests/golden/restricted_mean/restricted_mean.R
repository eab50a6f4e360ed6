# Golden restricted means: R's survfit on data sets of the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript restricted_mean.R   Writes <case>.csv (the rows used) and means.csv. By cause: rmean of the
# multi-state survfit with its influence standard error, which without delayed entry and weights is the multinomial one.
library(survival)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
means <- list()
keep <- function(case, horizon, group, cause, estimate, std_error)
  means[[length(means) + 1]] <<- data.frame(case = case, horizon = horizon, group = group, cause = cause, estimate = estimate, std_error = std_error)
restricted <- function(case, rows, horizons) {
  write_csv(rows[, c("start", "stop", "cause", "weight", "group")], paste0(case, ".csv"))
  causes <- sort(setdiff(unique(rows$cause), "none"))
  for (horizon in horizons) {
    fit <- survfit(Surv(start, stop, cause != "none") ~ group, data = rows, weights = weight, robust = FALSE)
    found <- summary(fit, rmean = horizon)$table
    keep(case, horizon, sub("group=", "", rownames(found)), "all", found[, "rmean"], found[, "se(rmean)"])
    if (length(causes) > 1 && all(rows$start == 0)) for (group in sort(unique(rows$group))) {
      own <- rows[rows$group == group, ]
      fit <- survfit(Surv(stop, factor(cause, c("none", causes))) ~ 1, data = own, influence = TRUE)
      found <- summary(fit, rmean = horizon)$table
      keep(case, horizon, group, causes, found[causes, "rmean"], found[causes, "se(rmean)"])
    }
  }
}
restricted("lung", with(lung, data.frame(start = 0, stop = time, cause = ifelse(status == 2, "died", "none"), weight = 1, group = paste0("sex", sex))), c(100, 365, 700))
restricted("lung_weights", with(lung, data.frame(start = 0, stop = time, cause = ifelse(status == 2, "died", "none"), weight = round(age / 20, 2), group = paste0("sex", sex))), c(365, 700))
restricted("aml", with(aml, data.frame(start = 0, stop = time, cause = ifelse(status == 1, "died", "none"), weight = 1, group = gsub(" ", "", as.character(x)))), c(23, 44.5))
restricted("heart_delayed", with(heart, data.frame(start = start, stop = stop, cause = ifelse(event == 1, "died", "none"), weight = 1 + (id %% 3) / 2, group = paste0("transplant", transplant))), c(90, 400))
restricted("mgus2_causes", with(mgus2, data.frame(start = 0, stop = ifelse(pstat == 1, ptime, futime), cause = ifelse(pstat == 1, "pcm", ifelse(death == 1, "died", "none")), weight = 1, group = as.character(sex)))[1:700, ], c(60, 240))
restricted("transplant_causes", with(subset(transplant, futime > 0), data.frame(start = 0, stop = futime, cause = ifelse(event == "censored", "none", as.character(event)), weight = 1, group = as.character(abo))), c(200, 500))
write_csv(do.call(rbind, means), "means.csv")
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
