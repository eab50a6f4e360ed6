# Golden discrete-time hazards: R's glm on one row a person and interval, for data sets of the R package survival
# (LGPL; the data are published studies). Run in this folder: Rscript discrete_hazard.R
# Writes <case>.csv (the spells), <case>_fit.csv (parameters), <case>_risk.csv (predictions) and fits.csv (likelihoods).
library(survival)
library(sandwich)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
# A person-period file: who has entered when an interval begins and is still there is at risk in it; who is censored
# inside it counts `part` of a person.
expand <- function(rows, ends, part) {
  starts <- c(0, head(ends, -1))
  pieces <- lapply(seq_along(ends), function(k) {
    at_risk <- rows[rows$entry <= starts[k] & rows$duration > starts[k], ]
    at_risk$period <- k
    at_risk$cause_here <- ifelse(at_risk$cause > 0 & at_risk$duration <= ends[k], at_risk$cause, 0)
    at_risk$w <- at_risk$weight * ifelse(at_risk$cause == 0 & at_risk$duration < ends[k], part, 1)
    at_risk
  })
  do.call(rbind, pieces)
}
likelihoods <- list()
fit_case <- function(case, rows, ends, covariates, part = 0.5, at = ends[c(1, length(ends))]) {
  rows$entry <- if (is.null(rows$entry)) 0 else rows$entry
  rows$weight <- if (is.null(rows$weight)) 1 else rows$weight
  long <- expand(rows, ends, part)
  long$period <- factor(long$period)
  tables <- list()
  risks <- list()
  for (link in c("cloglog", "logit")) {
    for (cause in seq_len(max(rows$cause))) {
      long$y <- as.numeric(long$cause_here == cause)
      model <- as.formula(paste("y ~ 0 + period +", covariates))
      fit <- suppressWarnings(glm(model, data = long, weights = w, family = binomial(link)))
      for (i in 1:25)  # glm stops when its deviance does, with half the digits of the coefficients still to come
        fit <- suppressWarnings(glm(model, data = long, weights = w, family = binomial(link), start = coef(fit),
          control = glm.control(maxit = 1)))
      robust <- vcovCL(fit, cluster = long$cluster, type = "HC0", cadjust = FALSE)
      tables[[paste(link, cause)]] <- data.frame(link = link, cause = cause, term = names(coef(fit)),
        estimate = coef(fit), std_error = sqrt(diag(vcov(fit))), robust = sqrt(diag(robust)))
      likelihoods[[paste(case, link, cause)]] <<- data.frame(case = case, link = link, cause = cause,
        log_likelihood = -deviance(fit) / 2)
      if (max(rows$cause) == 1) {  # risk of the first ten people; standard errors from numerical derivatives
        people <- rows[1:10, ]
        for (time in at) {
          grid <- people[rep(1:10, each = sum(ends <= time)), ]
          grid$period <- factor(rep(which(ends <= time), 10), levels = levels(long$period))
          design <- model.matrix(delete.response(terms(fit)), grid, xlev = fit$xlevels)
          log_stay <- function(beta) as.vector(tapply(log1p(-fit$family$linkinv(as.vector(design %*% beta))), rep(1:10, each = sum(ends <= time)), sum))
          beta <- coef(fit)
          gradient <- sapply(seq_along(beta), function(j) {
            h <- 1e-5 * sqrt(diag(vcov(fit)))[j]
            up <- beta; up[j] <- up[j] + h; down <- beta; down[j] <- down[j] - h
            (log_stay(up) - log_stay(down)) / (2 * h)
          })
          stay <- exp(log_stay(beta))
          error <- stay * sqrt(rowSums((gradient %*% vcov(fit)) * gradient))
          risks[[paste(link, time)]] <- data.frame(link = link, row = 0:9, time = time, estimate = 1 - stay, std_error = error)
        }
      }
    }
  }
  kept <- c("entry", "duration", "cause", "weight", "cluster", setdiff(all.vars(as.formula(paste("~", covariates))), "period"))
  write_csv(rows[, kept], paste0(case, ".csv"))
  write_csv(do.call(rbind, tables), paste0(case, "_fit.csv"))
  if (length(risks)) write_csv(do.call(rbind, risks), paste0(case, "_risk.csv"))
}
lung_rows <- with(subset(lung, !is.na(ph.ecog) & !is.na(inst)), data.frame(duration = time, cause = as.integer(status == 2),
  cluster = inst, age = age, sex = paste0("s", sex), weight = round(age / 20, 2)))
fit_case("lung_days_in_quarters", transform(lung_rows, weight = 1), 91 * 1:8, "age + sex")
fit_case("lung_censored_count_full", transform(lung_rows, weight = 1), 91 * 1:8, "age + sex", part = 1)
fit_case("lung_weights", lung_rows, c(100, 200, 400, 700), "age * sex")
fit_case("lung_scaled", transform(lung_rows, weight = 1, age = age * 1e6), 91 * 1:8, "age + sex")
heart_rows <- with(heart, data.frame(entry = floor(start), duration = ceiling(stop), cause = event, cluster = id,
  transplant = paste0("t", transplant), age = age, surgery = surgery))
heart_rows$entry <- pmin(heart_rows$entry, heart_rows$duration - 1)
fit_case("heart_start_stop", heart_rows, c(15, 30, 60, 120, 400), "transplant + age + surgery")
colon_rows <- with(subset(colon, !is.na(nodes)), data.frame(duration = ceiling(time / 30.4375), cause = status,
  cluster = id, rx = as.character(rx), nodes = nodes, adhere = adhere))
fit_case("colon_months_clusters", colon_rows, 12 * 1:7, "rx + nodes + adhere")
mgus_rows <- with(subset(mgus2, !is.na(mspike)), data.frame(
  duration = ifelse(pstat == 1, ptime, futime), cause = ifelse(pstat == 1, 1, ifelse(death == 1, 2, 0)),
  cluster = floor(age), sex = as.character(sex), mspike = mspike, age = age))
mgus_rows <- subset(mgus_rows, duration > 0)
fit_case("mgus_causes", mgus_rows, 24 * 1:9, "sex + mspike + age")
late <- transform(mgus_rows, entry = pmin(floor(duration / 3), 40), weight = 1 + (floor(age) %% 3) / 2)
fit_case("mgus_causes_late_weights", late, 24 * 1:9, "sex + mspike")
nwt <- with(nwtco, data.frame(duration = ceiling(edrel / 30.4375), cause = rel, cluster = instit * 10 + stage,
  stage = paste0("stage", stage), histol = paste0("h", histol), age = round(age / 12)))
nwt <- subset(nwt, duration > 0)
fit_case("nwtco_years", nwt, 12 * 1:4, "stage + histol + age")
write_csv(do.call(rbind, likelihoods), "fits.csv")
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("sandwich", packageVersion("sandwich"))), "versions.txt")
