# Golden parametric models for data sets of the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript parametric.R
# Right-censored spells: survreg. Late entry and splines, which survreg does not have: the likelihood written out below,
# maximised by optim and then by Newton steps with Richardson derivatives (numDeriv). Where survreg can, both are made
# and must agree. Writes <case>.csv (the spells), <case>_fit.csv (parameters), <case>_risk.csv and fits.csv.
library(survival)
library(numDeriv)
library(splines)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
# Royston and Parmar's columns and their derivatives by log time
rp <- function(u, k) {
  n <- length(k)
  p <- function(x, d) if (d == 0) pmax(x, 0)^3 else 3 * pmax(x, 0)^2
  one <- function(j, d) {
    l <- (k[n] - k[j]) / (k[n] - k[1])
    p(u - k[j], d) - l * p(u - k[1], d) - (1 - l) * p(u - k[n], d)
  }
  inner <- seq_len(n)[-c(1, n)]
  list(value = cbind(u, sapply(inner, one, d = 0)), slope = cbind(1, sapply(inner, one, d = 1)))
}
ns_columns <- function(u, k) {  # another basis of the same functions, for the check that the basis does not matter
  f <- function(x) unclass(ns(x, knots = k[-c(1, length(k))], Boundary.knots = k[c(1, length(k))]))
  list(value = f(u), slope = (f(u + 1e-5) - f(u - 1e-5)) / 2e-5)
}
# log hazard and cumulative hazard at time t
log_h <- function(dist, t, eta, shape, k, basis) switch(dist,
  spline = { b <- basis(log(t), k); s <- as.vector(b$slope %*% shape)
    as.vector(eta + b$value %*% shape) + log(pmax(s, 1e-300)) - log(t) },
  exponential = dexp(t, exp(-eta), log = TRUE) - pexp(t, exp(-eta), lower = FALSE, log = TRUE),
  weibull = dweibull(t, exp(-shape), exp(eta), log = TRUE) - pweibull(t, exp(-shape), exp(eta), lower = FALSE, log = TRUE),
  "log-normal" = dlnorm(t, eta, exp(shape), log = TRUE) - plnorm(t, eta, exp(shape), lower = FALSE, log = TRUE),
  "log-logistic" = dlogis(log(t), eta, exp(shape), log = TRUE) - log(t) - plogis(log(t), eta, exp(shape), lower = FALSE, log = TRUE))
big_h <- function(dist, t, eta, shape, k, basis) {
  value <- switch(dist,
    spline = exp(as.vector(eta + basis(log(pmax(t, 1e-9)), k)$value %*% shape)),
    exponential = -pexp(t, exp(-eta), lower = FALSE, log = TRUE),
    weibull = -pweibull(t, exp(-shape), exp(eta), lower = FALSE, log = TRUE),
    "log-normal" = -plnorm(t, eta, exp(shape), lower = FALSE, log = TRUE),
    "log-logistic" = -plogis(log(t), eta, exp(shape), lower = FALSE, log = TRUE))
  ifelse(t > 0, value, 0)
}
each <- function(theta, dist, rows, x, k, basis) {
  p <- ncol(x); eta <- as.vector(x %*% theta[1:p]); shape <- theta[-(1:p)]
  ifelse(rows$event, log_h(dist, rows$duration, eta, shape, k, basis), 0) - big_h(dist, rows$duration, eta, shape, k, basis) +
    big_h(dist, rows$entry, eta, shape, k, basis)
}
maximise <- function(start, dist, rows, x, k = NULL, basis = rp) {
  size <- pmax(apply(abs(x), 2, max), 1e-8); size <- c(size, rep(1, length(start) - ncol(x)))  # columns of like size
  f <- function(z) sum(rows$weight * each(z / size, dist, rows, x, k, basis))
  z <- start * size
  for (i in 1:4) z <- optim(z, function(z) { v <- -f(z); if (is.finite(v)) v else 1e10 }, method = "BFGS",
    control = list(maxit = 2000, reltol = 1e-15, fnscale = sum(rows$weight)))$par
  # in units of standard errors (theta = centre + root u), where differences of 0.5 leave ten digits of the derivatives
  root <- diag(1, length(z)); centre <- z
  for (i in 1:5) {
    near <- if (i == 1) list() else list(eps = 0.5)
    g <- function(u) f(centre + as.vector(root %*% u))
    zero <- if (i == 1) z * 0 + 1e-3 else z * 0
    bend <- -hessian(g, zero, method.args = near)
    step <- solve(bend, grad(g, zero * 0, method.args = near))
    centre <- centre + as.vector(root %*% step)
    v <- root %*% solve(bend) %*% t(root)
    root <- t(chol((v + t(v)) / 2))
  }
  stopifnot(max(abs(step)) < 1e-8)
  theta <- centre / size; v <- v / outer(size, size)
  scores <- jacobian(function(u) each((centre + as.vector(root %*% u)) / size, dist, rows, x, k, basis), z * 0,
    method.args = list(eps = 0.05)) %*% solve(root)
  u <- rowsum(rows$weight * scores, rows$cluster) %*% diag(size, length(size))
  list(theta = theta, model = v, robust = v %*% crossprod(u) %*% v, value = f(centre))
}
inverted_cdf <- function(t, w, share) sapply(share, function(s) { o <- order(t); t[o][which(cumsum(w[o]) >= s * sum(w) * (1 - 1e-12))[1]] })
fits <- list()
fit_case <- function(case, rows, covariates, at, given = 0, dists = c("exponential", "weibull", "log-normal", "log-logistic"), df = 3) {
  if (is.null(rows$entry)) rows$entry <- 0
  if (is.null(rows$weight)) rows$weight <- 1
  if (is.null(rows$cluster)) rows$cluster <- seq_len(nrow(rows))
  x <- model.matrix(as.formula(paste("~", covariates)), rows)
  terms <- colnames(x)
  tables <- list(); risks <- list()
  for (dist in dists) {
    k <- NULL; n_shape <- as.integer(dist != "exponential"); names_shape <- rep("log(scale)", n_shape)
    if (dist == "spline") {
      left <- rows[rows$event, ]
      k <- log(inverted_cdf(left$duration, left$weight, (0:df) / df)); n_shape <- df; names_shape <- paste0("gamma", 1:df)
      start <- c(log(sum(rows$weight[rows$event]) / sum(rows$weight * (rows$duration - rows$entry))), rep(0, ncol(x) - 1), 1, rep(0, df - 1))
    } else {
      fit <- survreg(as.formula(paste("Surv(duration, event) ~", covariates)), data = rows, weights = weight, cluster = cluster,
        dist = c(exponential = "exponential", weibull = "weibull", "log-normal" = "lognormal", "log-logistic" = "loglogistic")[[dist]],
        control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
      start <- c(coef(fit), if (n_shape) log(fit$scale))
    }
    own <- maximise(start, dist, rows, x, k)
    if (dist != "spline" && all(rows$entry == 0)) {
      stopifnot(max(abs(own$theta - start) / sqrt(diag(own$model))) < 1e-6, abs(own$value - fit$loglik[2]) < 1e-6,
        max(abs(own$model / fit$naive.var - 1)) < 1e-4)
      # survreg(cluster = ) leaves weights out of the scores that it adds up (survival 3.5-3); coxph and survey take them
      fit$var <- crossprod(rowsum(residuals(fit, "dfbeta", weighted = TRUE), rows$cluster))
      stopifnot(max(abs(own$robust / fit$var - 1)) < 1e-4)
      own <- list(theta = start, model = fit$naive.var, robust = fit$var, value = fit$loglik[2])
    }
    if (dist == "spline") {
      z <- ns_columns(log(rows$duration), k)$value
      b <- lm.fit(cbind(1, z), rp(log(rows$duration), k)$value %*% own$theta[-(1:ncol(x))])$coefficients
      start <- own$theta[1:ncol(x)]; start[1] <- start[1] + b[1]
      other <- maximise(c(start, b[-1]), dist, rows, x, k, ns_columns)
      print(c(case, other$value - own$value, max(abs(other$theta[2:ncol(x)] - own$theta[2:ncol(x)]))))
      stopifnot(abs(other$value - own$value) < 1e-6)
    }
    tables[[dist]] <- data.frame(distribution = dist, term = c(terms, names_shape), estimate = own$theta,
      std_error = sqrt(diag(as.matrix(own$model))), robust = sqrt(diag(as.matrix(own$robust))))
    fits[[paste(case, dist)]] <<- data.frame(case = case, distribution = dist, log_likelihood = own$value,
      aic = 2 * length(own$theta) - 2 * own$value, knots = if (is.null(k)) "" else paste(formatC(exp(k), digits = 17, format = "g"), collapse = " "))
    people <- 1:5
    for (time in at) {
      lasting <- function(theta) big_h(dist, rep(time, 5), as.vector(x[people, , drop = FALSE] %*% theta[1:ncol(x)]), theta[-(1:ncol(x))], k, rp) -
        big_h(dist, rep(given, 5), as.vector(x[people, , drop = FALSE] %*% theta[1:ncol(x)]), theta[-(1:ncol(x))], k, rp)
      root <- t(chol(own$robust))
      slope <- jacobian(function(u) lasting(own$theta + as.vector(root %*% u)), own$theta * 0, method.args = list(eps = 0.02))
      error <- sqrt(rowSums(slope^2))
      h <- lasting(own$theta); e <- qnorm(0.975) * error / h
      risks[[paste(dist, time)]] <- data.frame(distribution = dist, row = people - 1, time = time, given = given,
        estimate = -expm1(-h), std_error = exp(-h) * error, conf_low = -expm1(-h * exp(-e)), conf_high = -expm1(-h * exp(e)))
    }
  }
  write_csv(rows[, unique(c("entry", "duration", "event", "weight", "cluster", all.vars(as.formula(paste("~", covariates)))))], paste0(case, ".csv"))
  write_csv(do.call(rbind, tables), paste0(case, "_fit.csv"))
  write_csv(do.call(rbind, risks), paste0(case, "_risk.csv"))
}
all_five <- c("exponential", "weibull", "log-normal", "log-logistic", "spline")
fit_case("veteran", with(veteran, data.frame(duration = time, event = status == 1, karno = karno, celltype = as.character(celltype))),
  "karno + celltype", c(30, 365), dists = all_five)
lung_rows <- with(subset(lung, !is.na(inst) & !is.na(ph.ecog)), data.frame(duration = time, event = status == 2, cluster = inst,
  weight = round(age / 20, 2), age = age, sex = paste0("s", sex)))
fit_case("lung_weights_clusters", lung_rows, "age * sex", c(100, 1000), given = 50, dists = all_five)
fit_case("lung_scaled", transform(lung_rows, weight = 1, age = age * 1e6), "age + sex", 300)
fit_case("colon_clusters", with(subset(colon, !is.na(nodes)), data.frame(duration = time / 365.25, event = status == 1, cluster = id,
  rx = as.character(rx), nodes = nodes)), "rx + nodes", c(1, 5), dists = c("weibull", "log-normal", "log-logistic"))
mgus_rows <- with(subset(mgus2, !is.na(mspike) & futime > 0), data.frame(duration = futime, event = death == 1, sex = as.character(sex),
  mspike = mspike, age = age, cluster = floor(age), weight = 1 + (floor(age) %% 3) / 2))
mgus_rows$entry <- (37 * seq_len(nrow(mgus_rows))) %% 60  # who has not stayed until entry is never seen
mgus_rows <- subset(mgus_rows, duration > entry)
fit_case("mgus_late_weights_clusters", mgus_rows, "sex + mspike", c(60, 300), given = 12, dists = all_five)
heart_rows <- with(heart, data.frame(entry = start, duration = stop, event = event == 1, cluster = id,
  transplant = paste0("t", transplant), age = age))
fit_case("heart_start_stop", heart_rows, "transplant + age", c(30, 365), dists = c("exponential", "weibull", "spline"))
fit_case("aml_none", with(aml, data.frame(duration = time, event = status == 1)), "1", c(5, 30), dists = c("exponential", "weibull", "log-normal", "log-logistic"))
write_csv(do.call(rbind, fits), "fits.csv")
writeLines(c(R.version.string, sprintf("%s %s", c("survival", "numDeriv"), c(format(packageVersion("survival")), format(packageVersion("numDeriv"))))), "versions.txt")
