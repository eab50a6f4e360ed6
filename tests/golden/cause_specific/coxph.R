# Golden tests of cause-specific models: multi-state coxph and its survfit on data sets of the R package survival.
# Run in this folder: Rscript coxph.R   Writes <case>.csv (the rows used), <case>_fit.csv (coefficients, model and
# robust standard errors), <case>_people.csv and <case>_incidence.csv (incidences implied for them).
library(survival)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
by_states <- function(curve, n_causes, time) {
  array(curve$pstate, c(length(curve$time), n_causes + 1))[sum(curve$time <= time), -1]
}
by_hazards <- function(curves, time) {
  times <- sort(unique(unlist(lapply(curves, function(curve) curve$time))))
  hazard <- sapply(curves, function(curve) diff(stepfun(curve$time, c(0, curve$cumhaz))(c(-1, times[times <= time]))))
  state <- c(1, rep(0, length(curves)))
  for (step in seq_len(nrow(hazard))) {
    generator <- rbind(c(-sum(hazard[step, ]), hazard[step, ]), matrix(0, length(curves), length(curves) + 1))
    state <- drop(state %*% as.matrix(Matrix::expm(generator)))
  }
  state[-1]
}
golden <- function(case, rows, formula, people, times, ties, late = FALSE) {
  rows <- rows[complete.cases(rows), ]
  rows$id <- seq_len(nrow(rows))
  rows$ending <- factor(rows$cause, c("censored", sort(setdiff(unique(rows$cause), "censored"))))
  causes <- levels(rows$ending)[-1]
  response <- if (late) "Surv(start, stop, ending)" else "Surv(stop, ending)"
  called <- function(response) as.formula(paste(response, "~", formula))
  # multi-state coxph takes Breslow's ties whenever ties are named, and its survfit
  # returns the curves of all strata: Efron's ties and strata are fitted cause by cause
  multi <- ties == "breslow" && !grepl("strata", formula)
  fits <- if (multi) list(do.call(coxph, list(called(response), data = rows, id = quote(id), ties = ties,
    weights = rows$w)))
    else lapply(causes, function(cause) do.call(coxph, list(called(sub("ending", paste0("ending == '", cause, "'"),
      response)), data = rows, ties = ties, weights = rows$w, robust = TRUE)))
  of_all <- function(get) unlist(lapply(fits, get), use.names = FALSE)
  write_csv(data.frame(cause = rep(causes, each = length(of_all(coef)) / length(causes)), estimate = of_all(coef),
    model_std_error = of_all(function(fit) sqrt(diag(fit$naive.var))), std_error = of_all(function(fit) sqrt(diag(fit$var)))),
    paste0(case, "_fit.csv"))
  pieces <- list()
  for (person in seq_len(nrow(people))) for (time in times) {
    one <- people[person, , drop = FALSE]
    estimate <- if (multi) by_states(survfit(fits[[1]], newdata = one), length(causes), time)
      else by_hazards(lapply(fits, survfit, newdata = one), time)
    pieces[[length(pieces) + 1]] <- data.frame(person = person - 1L, time = time, cause = causes, estimate = estimate)
  }
  write_csv(rows[setdiff(names(rows), c("id", "ending"))], paste0(case, ".csv"))
  write_csv(people, paste0(case, "_people.csv"))
  write_csv(do.call(rbind, pieces), paste0(case, "_incidence.csv"))
}
mgus <- with(mgus2, data.frame(stop = ifelse(pstat == 1, ptime, futime),
  cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "censored")), age = age, sex = as.character(sex),
  mspike = mspike, w = 1))
people <- data.frame(age = c(50, 75, 85), sex = c("F", "M", "M"), mspike = c(0.5, 1.5, 2.5))
golden("mgus2_efron", mgus, "age + sex + mspike", people, c(12, 60, 120, 240), "efron")
golden("mgus2_breslow_strata", mgus, "age + mspike + strata(sex)", people, c(12, 60, 120, 240), "breslow")
late <- subset(within(mgus, { start <- age; stop <- age + stop / 12; w <- 1 + seq_along(age) %% 3 }), stop > start)
golden("mgus2_age_weights", late, "mspike + sex", people[2:3], c(60, 70, 80, 90), "breslow", late = TRUE)
small <- with(transplant, data.frame(stop = ceiling(futime / 60) + 1, cause = as.character(event), age = age,
  sex = as.character(sex), mspike = year - 1994, w = 1))
golden("transplant_ties", subset(small, cause != "withdraw"), "age + mspike", people[c("age", "mspike")], c(2, 6, 12), "efron")
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
