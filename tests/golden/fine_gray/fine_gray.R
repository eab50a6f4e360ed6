# Golden tests of Fine and Gray's model: cmprsk::crr, and coxph on the rows of survival::finegray.
# Run in this folder: Rscript fine_gray.R   Writes <case>.csv (the rows used), <case>_crr.csv and <case>_finegray.csv
# (coefficients, standard errors, score test), <case>_people.csv and <case>_incidence.csv (predictions), cases.csv.
# crr counts those who leave at a time among those who can be censored at it, the other source does not. Times here are
# whole numbers, and crr is given censorings half a unit later, which makes the two the same.
# finegray makes rows for the leavings of the own stratum alone: groups of censoring are the strata of the model there.
# finegray leaves case weights out of the weights' estimate: rows are repeated for it, and one of each is kept after it.
suppressMessages({library(survival); library(cmprsk)})
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
by_crr <- function(case, rows, terms, people, times, of, by) {
  x <- model.matrix(as.formula(paste("~", terms)), rows)[, -1, drop = FALSE]
  status <- ifelse(rows$cause == "censored", 0, ifelse(rows$cause == of, 1, 2))
  called <- list(rows$stop + ifelse(status == 0, 0.5, 0), status, x, gtol = 1e-14, maxiter = 60)
  if (!is.null(by)) called$cengroup <- rows[[by]]
  fit <- do.call(crr, called)
  write_csv(data.frame(estimate = unname(fit$coef), std_error = sqrt(diag(fit$var)), log_likelihood = fit$loglik,
    null_log_likelihood = fit$loglik.null), paste0(case, "_crr.csv"))
  for (name in names(people)) if (is.character(people[[name]]))
    people[[name]] <- factor(people[[name]], sort(unique(rows[[name]])))
  shown <- predict(fit, model.matrix(as.formula(paste("~", terms)), people)[, -1, drop = FALSE])
  sapply(seq_len(nrow(people)), function(one) stepfun(shown[, 1], c(0, shown[, one + 1]))(times))
}
by_finegray <- function(case, rows, terms, people, times, of, by, strata, ties, late) {
  rows$id <- seq_len(nrow(rows))
  rows$ending <- factor(rows$cause, unique(c("censored", sort(rows$cause))))
  if (!is.null(rows$cluster)) rows$unit <- rows$cluster else rows$unit <- rows$id
  rows <- rows[rep(seq_len(nrow(rows)), rows$w), ]
  rows$row <- seq_len(nrow(rows))
  rows$again <- duplicated(rows$id)
  response <- if (late) "Surv(start, stop, ending)" else "Surv(stop, ending)"
  made <- paste(response, "~ .", if (!is.null(by)) paste0("+ strata(censored_by)"))
  if (!is.null(by)) rows$censored_by <- rows[[by]]
  long <- finegray(as.formula(made), data = rows, etype = of, id = row)
  long <- long[!long$again, ]
  long$weight <- long$fgwt * long$w
  model <- paste("Surv(fgstart, fgstop, fgstatus) ~", terms, if (!is.null(strata)) paste0("+ strata(", strata, ")"))
  fit <- coxph(as.formula(model), data = long, weights = weight, cluster = unit, ties = ties,
    control = coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60))
  write_csv(data.frame(estimate = unname(coef(fit)), std_error = sqrt(diag(fit$var)),
    model_std_error = sqrt(diag(fit$naive.var)), log_likelihood = fit$loglik[2], null_log_likelihood = fit$loglik[1],
    score = fit$rscore), paste0(case, "_finegray.csv"))
  sapply(seq_len(nrow(people)), function(one) {
    curve <- survfit(fit, newdata = people[one, , drop = FALSE], se.fit = FALSE)
    stepfun(curve$time, c(0, 1 - exp(-curve$cumhaz)))(times)
  })
}
cases <- list()
golden <- function(case, rows, terms, people, times, of, by = NULL, strata = NULL, ties = "breslow") {
  rows <- rows[complete.cases(rows), ]
  if (is.null(rows$w)) rows$w <- 1
  late <- !is.null(rows$start)
  incidence <- if (is.null(by) || identical(by, strata))
    by_finegray(case, rows, terms, people, times, of, by, strata, ties, late)
  if (!late && ties == "breslow" && all(rows$w == 1) && is.null(strata) && is.null(rows$cluster)) {
    other <- by_crr(case, rows, terms, people, times, of, by)
    stopifnot(is.null(incidence) || max(abs(other - incidence)) < 1e-8)
    incidence <- other
  }
  write_csv(rows, paste0(case, ".csv"))
  write_csv(people, paste0(case, "_people.csv"))
  write_csv(data.frame(person = rep(seq_len(nrow(people)) - 1L, each = length(times)), time = times,
    estimate = c(incidence)), paste0(case, "_incidence.csv"))
  named <- function(name) if (is.null(name)) "" else name
  cases[[length(cases) + 1]] <<- data.frame(case = case, terms = terms, of = of, by = named(by), strata = named(strata),
    ties = ties)
}
mgus <- with(mgus2, data.frame(stop = ifelse(pstat == 1, ptime, futime),
  cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "censored")), age = age, sex = as.character(sex),
  mspike = mspike))
mgus <- mgus[mgus$stop > 0, ]
people <- data.frame(age = c(50, 75), sex = c("F", "M"), mspike = c(0.5, 2.5))
times <- c(12, 60, 120, 240)
golden("mgus2_months", mgus, "age + sex + mspike", people, times, "malignancy")
golden("mgus2_death_efron", mgus, "age + sex + mspike", people, times, "death", ties = "efron")
golden("mgus2_by_sex", mgus, "age + mspike", people, times, "death", by = "sex")
golden("mgus2_strata_efron", mgus, "age + mspike", people, times, "death", by = "sex", strata = "sex", ties = "efron")
golden("mgus2_strata_weights", transform(mgus, w = 1 + seq_along(age) %% 3), "age + mspike", people, times,
  "malignancy", strata = "sex")
late <- subset(with(mgus, data.frame(start = round(age * 12), stop = round(age * 12) + stop, cause = cause, sex = sex,
  mspike = mspike, cluster = seq_along(age) %% 40)), start > 500)
golden("mgus2_age_scale", late[names(late) != "cluster"], "sex + mspike", people, c(840, 960, 1080), "malignancy")
golden("mgus2_age_scale_efron_clusters", transform(late, w = 1 + seq_along(start) %% 2), "sex + mspike", people,
  c(840, 960, 1080), "death", ties = "efron")
liver <- with(pbc, data.frame(stop = ceiling(time / 30), cause = c("censored", "transplant", "death")[status + 1],
  age = age, edema = edema, bili = log(bili), trt = trt))
golden("pbc_transplant", liver, "age + edema + bili + trt", data.frame(age = c(40, 60), edema = c(0, 1),
  bili = c(0, 2), trt = 1), c(12, 48, 96), "transplant")
golden("pbc_death", liver, "age + edema + bili + trt", data.frame(age = c(40, 60), edema = c(0, 1),
  bili = c(0, 2), trt = 1), c(12, 48, 96), "death", ties = "efron")
waiting <- with(transplant, data.frame(stop = futime + 1, cause = as.character(event), age = age, abo = as.character(abo),
  year = year - 1990))
golden("transplant_days", waiting, "age + abo + year", data.frame(age = c(30, 60), abo = c("A", "O"), year = 5),
  c(30, 180, 720), "ltx")
golden("transplant_died_late", within(waiting, start <- pmin((seq_along(stop) * 7) %% 60, stop - 1)), "age + year",
  data.frame(age = c(30, 60), year = 5), c(90, 360), "death", ties = "efron")
skin <- with(MASS::Melanoma, data.frame(stop = time, cause = c("melanoma", "censored", "other")[status],
  thickness = thickness, ulcer = ulcer, sex = sex))
golden("melanoma_days", skin, "thickness + ulcer + sex", data.frame(thickness = c(1, 5), ulcer = c(0, 1), sex = 0:1),
  c(365, 1826, 3000), "melanoma")
first <- merge(subset(colon, etype == 1), subset(colon, etype == 2), by = "id")
bowel <- with(first, data.frame(stop = ceiling(pmin(time.x, time.y) / 7), cause = ifelse(status.x == 1, "recurrence",
  ifelse(status.y == 1, "death", "censored")), age = age.x, nodes = nodes.x, rx = as.character(rx.x), cluster = id %% 50))
golden("colon_clusters", bowel, "age + nodes + rx", data.frame(age = c(50, 70), nodes = c(1, 6), rx = c("Obs", "Lev")),
  c(52, 156), "recurrence", ties = "efron")
data(abortion, package = "etm")
births <- with(abortion, data.frame(start = round(entry), stop = round(exit), group = group,
  cause = c("induced", "birth", "spontaneous")[cause]))
golden("abortion_weeks", subset(births, start < stop), "group", data.frame(group = 0:1), c(12, 20, 38), "spontaneous")
leukaemia <- with(myeloid, data.frame(stop = pmin(ifelse(is.na(txtime), Inf, txtime), futime), cause = ifelse(
  !is.na(txtime) & txtime <= futime, "transplant", ifelse(death == 1, "death", "censored")), trt = as.character(trt),
  sex = as.character(sex)))
golden("myeloid_transplant", leukaemia, "trt + sex", data.frame(trt = c("A", "B"), sex = c("f", "m")), c(100, 200, 400),
  "transplant")
write_csv(do.call(rbind, cases), "cases.csv")
writeLines(c(R.version.string, paste(c("survival", "cmprsk", "etm", "MASS"), sapply(c("survival", "cmprsk", "etm", "MASS"),
  function(package) as.character(packageVersion(package))))), "versions.txt")
