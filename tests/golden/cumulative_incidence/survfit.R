# Golden cumulative incidences: R's survfit (multi-state), cmprsk's cuminc and etm's etm on data sets of the R packages
# survival and MASS (published studies).
# Run in this folder: Rscript survfit.R   Writes <case>.csv (the rows used), <case>_survfit.csv (estimate, its standard
# error by the infinitesimal jackknife, intervals), <case>_cuminc.csv (Gray's variance; no delayed entry, no
# weights) and <case>_etm.csv (Greenwood's variance; no weights). Cases with clusters or time served (`given`) are
# written as <case>_rows.csv and <case>_robust.csv. survfit 3.5 leaves cluster= out of the standard errors of several
# causes, but gives each row's influence: summed by cluster here, then squared.
library(survival)
library(cmprsk)
library(etm)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
long <- function(x) as.vector(t(x)) # one row a time and cause

by_survfit <- function(case, rows, causes, types) {
  for (type in types) {
    fit <- if (any(rows$start > 0)) {
      survfit(Surv(start, stop, state) ~ group, data = rows, id = id, weights = weight, conf.type = type)
    } else {
      survfit(Surv(stop, state) ~ group, data = rows, weights = weight, conf.type = type)
    }
    names <- if (is.null(fit$strata)) rows$group[1] else sub("group=", "", names(fit$strata))
    group <- rep(names, if (is.null(fit$strata)) length(fit$time) else fit$strata)
    k <- length(causes)
    if (type == "log-log") {
      frame <- data.frame(group = rep(group, each = k), time = rep(fit$time, each = k), cause = causes,
        n_event = long(fit$n.event[, -1]), estimate = long(fit$pstate[, -1]), std_error = long(fit$std.err[, -1]))
    }
    frame[[paste0(type, "_low")]] <- long(array(fit$lower, dim(fit$pstate))[, -1])
    frame[[paste0(type, "_high")]] <- long(array(fit$upper, dim(fit$pstate))[, -1])
  }
  write_csv(frame, paste0(case, "_survfit.csv"))
}

by_cuminc <- function(case, rows, causes) {
  fit <- with(rows, cuminc(stop, as.character(state), group, cencode = "censored"))
  pieces <- list()
  for (g in unique(rows$group)) for (cause in causes) {
    curve <- fit[[paste(g, cause)]]
    if (is.null(curve)) next
    corner <- !duplicated(curve$time, fromLast = TRUE) & curve$time > 0
    pieces[[length(pieces) + 1]] <- data.frame(group = g, cause = cause, time = curve$time[corner],
      estimate = curve$est[corner], variance = curve$var[corner])
  }
  write_csv(do.call(rbind, pieces), paste0(case, "_cuminc.csv"))
}

by_etm <- function(case, rows, causes) {
  tra <- matrix(FALSE, length(causes) + 1, length(causes) + 1)
  tra[1, -1] <- TRUE
  pieces <- list()
  for (g in unique(rows$group)) {
    own <- rows[rows$group == g, ]
    to <- match(as.character(own$state), c("censored", causes)) - 1
    spells <- data.frame(id = seq_len(nrow(own)), from = 0, to = ifelse(to == 0, "cens", to), entry = own$start, exit = own$stop)
    fit <- suppressWarnings(etm(spells, as.character(0:length(causes)), tra, "cens", s = 0)) # warns of a cause that a group lacks
    for (k in seq_along(causes)) {
      pieces[[length(pieces) + 1]] <- data.frame(group = g, cause = causes[k], time = fit$time,
        estimate = trprob(fit, paste(0, k)), variance = trcov(fit, paste(0, k)))
    }
  }
  write_csv(do.call(rbind, pieces), paste0(case, "_etm.csv"))
}

golden <- function(case, rows, counted = TRUE, types = c("log-log", "log")) {
  causes <- sort(setdiff(unique(rows$cause), "censored"))
  rows$id <- seq_len(nrow(rows))
  rows$state <- factor(rows$cause, c("censored", causes))
  write_csv(rows[, c("start", "stop", "cause", "weight", "group")], paste0(case, ".csv"))
  by_survfit(case, rows, causes, types)
  if (all(rows$weight == 1) && all(rows$start == 0) && counted) by_cuminc(case, rows, causes)
  if (all(rows$weight == 1) && all(rows$stop > 0) && counted) by_etm(case, rows, causes)
}

mgus <- with(subset(mgus2, id <= 500), data.frame(start = 0, stop = ifelse(pstat == 1, ptime, futime),
  cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "censored")), weight = 1, group = as.character(sex), age = age))
mgus <- subset(mgus, stop > 0)
golden("mgus2_ties", mgus)
golden("mgus2_age_scale", within(mgus, { stop <- age + stop / 12; start <- age; rm(age) }))
years <- within(mgus, { stop <- ceiling(stop / 12); start <- pmin(seq_along(stop) %% 4, stop - 1) })
all_types <- c("log-log", "log", "plain", "logit", "arcsin")
golden("mgus2_years_delayed", years, types = all_types)
golden("mgus2_years_delayed_weights", within(years, weight <- round(age / 40, 2)), types = all_types)
golden("mgus2_near_ties", rbind(mgus, within(mgus, stop <- stop * (1 + 1e-12))), counted = FALSE) # only survfit mends ties
graft <- with(transplant, data.frame(start = 0, stop = futime, cause = as.character(event), weight = 1, group = as.character(abo)))
golden("transplant_time_zero", graft)
golden("transplant_weights", within(graft, weight <- 0.5 + (seq_along(stop) %% 5) / 2))
cirrhosis <- with(pbc, data.frame(start = round(age * 365.25), stop = round(age * 365.25) + time,
  cause = c("censored", "transplant", "death")[status + 1], weight = 1, group = paste0("stage", pmin(stage, 4))))
cirrhosis <- subset(cirrhosis, group != "stageNA")
golden("pbc_age_scale", cirrhosis)
golden("pbc_age_scale_weights", within(cirrhosis, weight <- 1 + (seq_along(stop) %% 3)))
skin <- with(MASS::Melanoma, data.frame(start = 0, stop = time, cause = c("melanoma", "censored", "other")[status], weight = 1, group = paste0("ulcer", ulcer)))
golden("melanoma", skin, types = all_types)
# everyone at risk leaves at 2, others enter later
golden("emptied", data.frame(start = c(0, 0, 1, 3, 3, 4), stop = c(1, 2, 2, 5, 6, 6), cause = c("a", "b", "a", "a", "b", "censored"),
  weight = 1, group = "all"), types = all_types)
robust <- function(case, rows, given = 0, clusters = TRUE) {
  if (is.null(rows$weight)) rows$weight <- 1
  causes <- sort(setdiff(unique(rows$cause), "censored"))
  write_csv(cbind(rows[, c("start", "stop", "cause", "weight", "group", "cluster")], given = given), paste0(case, "_rows.csv"))
  rows$state <- factor(rows$cause, c("censored", causes))
  rows$id <- seq_len(nrow(rows))
  pieces <- list()
  for (g in sort(unique(rows$group))) {
    own <- rows[rows$group == g & (rows$stop > given | given == 0), ]
    fit <- if (any(rows$start > 0) || given > 0) {
      survfit(Surv(pmax(start, given), stop, state) ~ 1, data = own, id = id, weights = weight, influence = TRUE)
    } else {
      survfit(Surv(stop, state) ~ 1, data = own, weights = weight, influence = TRUE)
    }
    moved <- fit$influence.pstate[, , -1, drop = FALSE]
    moved <- moved[, dim(moved)[2] - length(fit$time) + seq_along(fit$time), , drop = FALSE]
    by <- if (clusters) own$cluster else own$id
    error <- sapply(seq_along(causes), function(k) sqrt(colSums(rowsum(moved[, , k] * own$weight, by)^2)))
    p <- fit$pstate[, -1]
    limits <- survival:::survfit_confint(p, error, logse = FALSE, conf.type = "log-log", conf.int = 0.95)
    pieces[[g]] <- data.frame(group = g, time = rep(fit$time, each = length(causes)), cause = causes, estimate = long(p),
      std_error = long(error), conf_low = long(limits$lower), conf_high = long(limits$upper))
  }
  write_csv(do.call(rbind, pieces), paste0(case, "_robust.csv"))
}
blood <- subset(mgus2, id <= 500)
blood <- with(blood, data.frame(start = 0, stop = ceiling(ifelse(pstat == 1, ptime, futime) / 12), group = as.character(sex),
  cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "censored")), cluster = id %% 17, age = age))
blood <- subset(blood, stop > 0)
late <- within(blood, { start <- pmin(seq_along(stop) %% 4, stop - 1); weight <- round(age / 40, 2) })
robust("mgus2_clusters", blood)
robust("mgus2_clusters_delayed_weights", late)
robust("mgus2_given_delayed_weights", late, given = 3, clusters = FALSE)
robust("mgus2_given_clusters_delayed_weights", late, given = 2)
robust("pbc_clusters_age_scale", within(subset(cirrhosis, group != "stage1"), { start <- floor(start / 100); stop <- floor(stop / 100) + 1; cluster <- seq_along(stop) %% 23 }))
robust("transplant_clusters_weights", within(subset(graft, group %in% c("A", "B")), { stop <- ceiling(stop / 30); weight <- 0.5 + (seq_along(stop) %% 5) / 2; cluster <- seq_along(stop) %% 11 }))
robust("melanoma_clusters", within(skin, { stop <- ceiling(stop / 30); cluster <- MASS::Melanoma$year }))
robust("melanoma_given_clusters", within(skin, { stop <- ceiling(stop / 30); cluster <- MASS::Melanoma$year }), given = 24)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk")),
  paste("etm", packageVersion("etm"))), "versions.txt")
