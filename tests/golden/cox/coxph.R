# Golden Cox regressions: R's coxph on data sets of the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript coxph.R   Writes for each case <case>.csv (the rows used: start, stop, event, weight,
# stratum, cluster, offset, covariates) and what coxph and its companions say of them: <case>_fit.csv (coefficients, model and
# robust standard errors), <case>_tests.csv (log-likelihoods, tests, concordance), <case>_zph.csv, <case>_baseline.csv,
# <case>_risk.csv (survfit of the first rows), and for small cases <case>_residuals.csv and <case>_schoenfeld.csv.
library(survival)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
index <- data.frame()
strict <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
case <- function(name, rows, formula, stop, event, start = NULL, weight = NULL, strata = NULL, cluster = NULL, offset = NULL) {
  covariates <- all.vars(as.formula(paste("~", formula)))
  own <- data.frame(stop = rows[[stop]], event = as.integer(rows[[event]]))
  own$start <- if (is.null(start)) 0 else rows[[start]]
  own$weight <- if (is.null(weight)) 1 else rows[[weight]]
  own$stratum <- if (is.null(strata)) "all" else as.character(rows[[strata]])
  own$cluster <- if (is.null(cluster)) seq_len(nrow(rows)) else as.integer(factor(rows[[cluster]]))
  own$shift <- if (is.null(offset)) 0 else rows[[offset]]
  d <- cbind(own, rows[, covariates, drop = FALSE])
  d <- d[complete.cases(d), ]
  for (v in covariates) if (is.factor(d[[v]])) d[[v]] <- as.character(d[[v]])
  rownames(d) <- NULL
  small <- nrow(d) <= 300
  left <- if (is.null(start)) "Surv(stop, event)" else "Surv(start, stop, event)"
  right <- paste(c(formula, if (!is.null(strata)) "strata(stratum)", if (!is.null(offset)) "offset(shift)"), collapse = " + ")
  f <- as.formula(paste(left, "~", right))
  fits <- tests <- zphs <- bases <- risks <- residuals <- schoenfelds <- list()
  for (ties in c("efron", "breslow")) {
    plain <- coxph(f, d, weights = weight, ties = ties, robust = FALSE, control = strict, x = TRUE, y = TRUE)
    robust <- coxph(f, d, weights = weight, ties = ties, cluster = cluster, control = strict, x = TRUE, y = TRUE)
    k <- length(coef(plain))
    fits[[ties]] <- data.frame(ties = ties, column = seq_len(k), estimate = unname(coef(plain)),
      model_std_error = sqrt(diag(plain$var)), std_error = sqrt(diag(robust$var)))
    agreement <- concordance(plain, cluster = seq_len(nrow(d))); clustered <- concordance(robust, cluster = d$cluster)
    tests[[ties]] <- data.frame(ties = ties, null_log_likelihood = plain$loglik[1], log_likelihood = plain$loglik[2],
      score = plain$score, wald = unname(plain$wald.test), robust_wald = unname(robust$wald.test), n = plain$n, n_event = plain$nevent,
      concordance = unname(agreement$concordance), concordance_std_error = sqrt(agreement$var),
      clustered_std_error = sqrt(clustered$var))
    for (transform in c("km", "rank", "identity", "log")) {
      z <- tryCatch(cox.zph(plain, transform = transform), error = function(e) NULL)
      if (!is.null(z) && all(is.finite(z$table))) zphs[[paste(ties, transform)]] <- data.frame(ties = ties, transform = transform,
        row = seq_len(nrow(z$table)), statistic = unname(z$table[, "chisq"]), df = unname(z$table[, "df"]), p_value = unname(z$table[, "p"]))
    }
    base <- basehaz(plain)
    # basehaz stands at weighted means of right-censored rows but at unweighted ones of start-stop rows: bring all to the former
    centre <- ifelse(plain$means == 0, 0, apply(plain$x, 2, weighted.mean, w = d$weight))
    base$hazard <- base$hazard * exp(sum(coef(plain) * (centre - plain$means)))
    if (is.null(base$strata)) base$strata <- "all"
    base$strata <- sub("stratum=", "", as.character(base$strata))
    if (nrow(base) > 120) base <- base[round(seq(1, nrow(base), length.out = 120)), ]
    bases[[ties]] <- data.frame(ties = ties, stratum = base$strata, time = base$time, estimate = base$hazard)
    at <- as.vector(quantile(d$stop[d$event == 1], c(0.25, 0.6), type = 1))
    some <- d[round(seq(1, nrow(d), length.out = 5)), ]
    for (i in seq_len(nrow(some))) {
      s <- survfit(plain, newdata = some[i, ], conf.type = "log-log")
      for (t in at) {
        if (t > max(d$stop[d$stratum == some$stratum[i]])) next
        m <- summary(s, times = t, extend = TRUE)
        risks[[paste(ties, i, t)]] <- data.frame(ties = ties, person = round(seq(1, nrow(d), length.out = 5))[i] - 1L, time = t,
          estimate = 1 - m$surv, std_error = m$std.err, conf_low = 1 - m$upper, conf_high = 1 - m$lower)
      }
    }
    if (small) {
      score <- as.matrix(residuals(plain, "score")); dfbeta <- as.matrix(residuals(plain, "dfbeta"))
      colnames(score) <- paste0("score", seq_len(k)); colnames(dfbeta) <- paste0("dfbeta", seq_len(k))
      residuals[[ties]] <- data.frame(ties = ties, martingale = unname(residuals(plain, "martingale")),
        deviance = unname(residuals(plain, "deviance")), score, dfbeta)
      r <- as.matrix(residuals(plain, "schoenfeld")); s <- as.matrix(residuals(plain, "scaledsch"))
      colnames(r) <- paste0("schoenfeld", seq_len(k)); colnames(s) <- paste0("scaled", seq_len(k))
      schoenfelds[[ties]] <- data.frame(ties = ties, r, s, row.names = NULL)
    }
  }
  write_csv(d, paste0(name, ".csv"))
  parts <- list(fit = fits, tests = tests, zph = zphs, baseline = bases, risk = risks, residuals = residuals, schoenfeld = schoenfelds)
  for (part in names(parts)) if (length(parts[[part]])) write_csv(do.call(rbind, parts[[part]]), paste0(name, "_", part, ".csv"))
  index <<- rbind(index, data.frame(case = name, formula = formula, delayed = !is.null(start), weighted = !is.null(weight),
    stratified = !is.null(strata), clustered = !is.null(cluster), offset = !is.null(offset)))
}
late <- function(time) ifelse(seq_along(time) %% 4 == 0, floor(time * 0.4), 0)
cases_of <- function(n) 1 + (seq_len(n) %% 3) / 2
lung1 <- transform(lung, dead = status == 2, sexed = paste0("s", sex), from = late(time), w = cases_of(nrow(lung)))
case("lung_ties", lung1, "age + sexed + ph.ecog", "time", "dead")
case("lung_late", lung1, "age + sexed + ph.ecog", "time", "dead", start = "from")
case("lung_all", lung1, "age * ph.ecog", "time", "dead", start = "from", weight = "w", strata = "sexed", cluster = "inst")
veteran1 <- transform(veteran, cell = as.character(celltype), given = paste0("t", trt), w = cases_of(nrow(veteran)))
case("veteran_levels", veteran1, "cell + karno + given", "time", "status")
case("veteran_strata", veteran1, "karno + given", "time", "status", strata = "cell", weight = "w")
ovarian1 <- transform(ovarian, arm = paste0("r", rx), shift = log(ecog.ps))
case("ovarian_offset", ovarian1, "age + arm", "futime", "fustat", offset = "shift")
aml1 <- transform(aml, arm = ifelse(x == "Maintained", "kept", "none"), weeks = ceiling(time / 4))
case("aml_many_ties", aml1, "arm", "weeks", "status")
kidney1 <- transform(kidney, sexed = paste0("s", sex))
case("kidney_cluster", kidney1, "age + sexed + disease", "time", "status", cluster = "id")
heart1 <- transform(heart, planted = paste0("t", transplant), w = cases_of(nrow(heart)))
case("heart_start_stop", heart1, "age + year + surgery + planted", "stop", "event", start = "start", cluster = "id")
case("heart_weights_strata", heart1, "age + year + planted", "stop", "event", start = "start", weight = "w", strata = "surgery", cluster = "id")
rats1 <- transform(rats, w = 1 + (litter %% 3), sexed = as.character(sex))
case("rats_litters", rats1, "rx", "time", "status", cluster = "litter", strata = "sexed")
bladder1 <- transform(subset(bladder2, stop > start), arm = paste0("r", rx), episode = paste0("e", enum))
case("bladder_recurrent", bladder1, "arm + number + size", "stop", "event", start = "start", cluster = "id", strata = "episode")
cgd1 <- transform(cgd, arm = ifelse(treat == "placebo", "no", "yes"), place = as.character(hos.cat))
case("cgd_recurrent", cgd1, "arm + age + steroids", "tstop", "status", start = "tstart", cluster = "id")
pbc1 <- transform(pbc, dead = status == 2, months = round(time / 30.4), sexed = as.character(sex), staged = paste0("s", stage))
case("pbc_months", subset(pbc1, !is.na(stage)), "age + sexed + log(bili) + albumin", "months", "dead", strata = "staged")
mgus1 <- transform(mgus, until = age + futime / 365.25, sexed = as.character(sex), start = age)
case("mgus_age_scale", mgus1, "sexed + alb + creat", "until", "death", start = "start")
stanford1 <- transform(subset(stanford2, time > 0), w = cases_of(sum(stanford2$time > 0)))
case("stanford_weights", stanford1, "age + t5", "time", "status", weight = "w")
myeloma1 <- transform(myeloma, from = entry)
case("myeloma_delayed", myeloma1, "year", "futime", "death", start = "from")
diabetic1 <- transform(diabetic, kind = as.character(laser), treated = paste0("t", trt))
case("diabetic_eyes", diabetic1, "treated * kind + age", "time", "status", cluster = "id")
colon1 <- transform(subset(colon, etype == 2), arm = as.character(rx), obstructed = obstruct)
case("colon_levels", colon1, "arm + age + obstructed + node4", "time", "status", weight = NULL)
nwtco1 <- transform(nwtco, histology = paste0("h", histol), staged = paste0("s", stage), years = ceiling(edrel / 365.25), w = cases_of(nrow(nwtco)))
case("nwtco_years", nwtco1, "histology * staged + age", "years", "rel", weight = "w")
gbsg1 <- transform(gbsg, from = late(rfstime), cell = paste0("g", grade))
case("gbsg_late", gbsg1, "cell + size + hormon + pgr", "rfstime", "status", start = "from", strata = "meno")
retinopathy1 <- transform(retinopathy, kind = as.character(type), shift = log(futime + 1) / 10)
case("retinopathy_offset", retinopathy1, "kind + trt + risk", "futime", "status", cluster = "id", offset = "shift")
write.csv(index, "cases.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
