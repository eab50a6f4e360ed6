# Golden numbers of variance by level, ICC and agreement, made with R lme4, nlme and multilevel.
# Run in this folder:  Rscript levels.R
# Writes nested.csv, companies.csv (inputs), components.csv, anova.csv, icc.csv, agreement.csv and versions.txt.
suppressPackageStartupMessages({library(lme4); library(nlme); library(multilevel); library(numDeriv)})
options(digits = 17)
text <- function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1))
level <- 0.95

# Inputs. "uneven": invented, three levels, groups of unequal size. "companies": leadership climate items of lq2002
# (data of the package multilevel, GPL), companies of unequal size. "pastes": lme4's Pastes, balanced (casks in batches).
set.seed(20)
org <- rep(1:24, times = sample(c(6, 12, 20, 30), 24, replace = TRUE))
region <- (org - 1) %/% 4 + 1
team <- unlist(lapply(split(org, org), function(o) sample(1:sample(2:5, 1), length(o), replace = TRUE)))
y <- 5 + rnorm(6, 0, 0.6)[region] + rnorm(24, 0, 0.5)[org] + rnorm(200, 0, 0.7)[org * 6 + team] + rnorm(length(org), 0, 1.6)
uneven <- data.frame(case = "uneven", top = region, middle = org, low = team, y = round(y, 3))
pastes <- data.frame(case = "pastes", top = 0, middle = as.integer(Pastes$batch), low = as.integer(Pastes$cask), y = Pastes$strength)
write.csv(rbind(uneven, pastes), "nested.csv", row.names = FALSE, quote = FALSE)
data(lq2002)
items <- paste0("LEAD0", 1:5)
companies <- lq2002[, c("COMPID", items)]
companies[cbind(seq(10, 2000, by = 97), rep(2:6, length.out = length(seq(10, 2000, by = 97))))] <- NA
companies <- companies[companies$COMPID %in% head(sort(unique(companies$COMPID)), 24), ]
write.csv(companies, "companies.csv", row.names = FALSE, na = "", quote = FALSE)

# REML: the deviance of lme4 as a function of the variances, minimised to the last digit, and its profile.
fit_case <- function(data, levels, name) {
  group <- character(0)
  for (i in seq_along(levels)) {
    data[[paste0("g", i)]] <- interaction(data[levels[1:i]], drop = TRUE)
    group <- c(group, paste0("g", i))
  }
  formula <- as.formula(paste("y ~ 1 +", paste0("(1 | ", group, ")", collapse = " + ")))
  model <- suppressMessages(lmer(formula, data, control = lmerControl(calc.derivs = FALSE, check.conv.singular = "ignore")))
  terms <- names(getME(model, "flist"))
  inner <- update(model, devFunOnly = TRUE)
  n <- nrow(data)
  deviance <- function(tau) {  # tau in the order of `group`, persons last
    sigma2 <- tau[length(tau)]
    inner(sqrt(tau[match(terms, group)] / sigma2))
    e <- environment(inner)
    pwrss <- e$resp$wrss() + e$pp$sqrL(1)
    e$pp$ldL2() + e$pp$ldRX2() + (n - 1) * log(2 * pi * sigma2) + pwrss / sigma2
  }
  start <- pmax(c(as.data.frame(VarCorr(model))$vcov[match(group, as.data.frame(VarCorr(model))$grp)], sigma(model)^2), 1e-3)
  best <- nlminb(log(start), function(x) deviance(exp(x)), control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 1000))$par
  for (i in 1:3) best <- best - solve(hessian(function(x) deviance(exp(x)), best), grad(function(x) deviance(exp(x)), best))
  tau <- exp(best)
  stopifnot(max(abs(grad(function(x) deviance(exp(x)), best))) < 1e-5,
            abs(deviance(tau) - REMLcrit(model)) < 1e-4)
  other <- lme(y ~ 1, random = as.formula(paste("~ 1 |", paste(levels, collapse = "/"))),
               data = transform(data), control = lmeControl(msTol = 1e-12, tolerance = 1e-12, returnObject = TRUE))
  from_nlme <- na.omit(suppressWarnings(as.numeric(VarCorr(other)[, "Variance"])))
  stopifnot(max(abs(from_nlme / tau - 1)) < 1e-3)
  covariance <- 2 * solve(hessian(deviance, tau))
  share <- tau / sum(tau)
  slope <- (diag(length(tau)) - share) / sum(tau)
  low_dev <- deviance(tau)
  crossing <- function(make, centre, side) {  # make(value, log others) -> tau; log scale
    over <- function(log_value) {  # the best of several starts: where a component goes to 0 its logarithm has no slope
      heights <- sapply(c(-6, -3, -1, 0, 1), function(shift)
        nlminb(make$start + shift * (seq_along(make$start) < length(make$start)),
               function(x) deviance(make$tau(exp(log_value), exp(x))), lower = -23,
               control = list(rel.tol = 1e-14, x.tol = 1e-11, iter.max = 500))$objective)
      min(heights) - low_dev - qchisq(level, 1)
    }
    out <- log(centre) + side * 0.25
    while (over(out) < 0) { out <- out + side * 0.5; if (abs(out) > 14) return(if (side < 0) 0 else Inf) }
    stopifnot(over(log(centre)) < 0)
    exp(uniroot(over, sort(c(out, log(centre))), tol = 1e-10)$root)
  }
  rows <- list()
  for (at in seq_along(tau)) {
    put <- function(own, others) append(others, own, after = at - 1)
    value <- list(start = log(tau[-at]), tau = function(v, o) put(v, o))
    ratio <- list(start = log(tau[-at]), tau = function(r, o) put(r * sum(o), o))
    limits <- c(crossing(value, tau[at], -1), crossing(value, tau[at], 1))
    ratios <- c(crossing(ratio, tau[at] / sum(tau[-at]), -1), crossing(ratio, tau[at] / sum(tau[-at]), 1))
    shares <- 1 - 1 / (1 + ratios)
    term <- c(levels, "person")[at]
    rows[[length(rows) + 1]] <- data.frame(case = name, term = term, measure = "variance", estimate = tau[at],
      std_error = sqrt(covariance[at, at]), conf_low = limits[1], conf_high = limits[2])
    rows[[length(rows) + 1]] <- data.frame(case = name, term = term, measure = "share of variance", estimate = share[at],
      std_error = sqrt((slope %*% covariance %*% t(slope))[at, at]), conf_low = shares[1], conf_high = shares[2])
  }
  do.call(rbind, rows)
}
companies_y <- data.frame(top = companies$COMPID, y = companies$LEAD01)
companies_y <- companies_y[!is.na(companies_y$y), ]
components <- rbind(fit_case(uneven, c("top", "middle", "low"), "uneven"), fit_case(uneven, c("middle", "low"), "uneven_two"),
                    fit_case(pastes, c("middle", "low"), "pastes"), fit_case(companies_y, "top", "companies"))
for (name in c("estimate", "std_error", "conf_low", "conf_high")) components[[name]] <- text(components[[name]])
write.csv(components, "components.csv", row.names = FALSE, quote = FALSE)

# Analysis of variance: expectations of the sums of squares as traces of matrices, nothing of the nesting used.
anova_of <- function(data, levels) {
  n <- nrow(data)
  design <- list(matrix(1, n, 1))
  for (i in seq_along(levels)) {
    g <- interaction(data[levels[1:i]], drop = TRUE)
    design[[i + 1]] <- model.matrix(~ g - 1)
  }
  design[[length(levels) + 2]] <- diag(n)
  projection <- lapply(design, function(z) z %*% solve(crossprod(z), t(z)))
  k <- length(levels) + 1
  squares <- sapply(1:k, function(l) as.numeric(t(data$y) %*% (projection[[l + 1]] - projection[[l]]) %*% data$y))
  expected <- sapply(1:k, function(m) sapply(1:k, function(l)
    sum(diag(t(design[[m + 1]]) %*% (projection[[l + 1]] - projection[[l]]) %*% design[[m + 1]]))))
  solve(expected, squares)
}
jackknife_of <- function(data, levels, name) {
  tops <- unique(data[[levels[1]]])
  groups <- c(sapply(seq_along(levels), function(i) nlevels(interaction(data[levels[1:i]], drop = TRUE))), nrow(data))
  whole <- anova_of(data, levels)
  each <- sapply(tops, function(top) anova_of(data[data[[levels[1]]] != top, ], levels))
  spread <- function(x) sqrt((length(x) - 1) / length(x) * sum((x - mean(x))^2))
  rows <- list()
  for (measure in c("variance", "share of variance")) for (at in seq_along(whole)) {
    share <- measure != "variance"
    x <- if (share) whole[at] / sum(whole) else whole[at]
    others <- if (share) each[at, ] / colSums(each) else each[at, ]
    offset <- (if (share) 1 else sum(whole)) / (nrow(data) / groups[at])
    half <- suppressWarnings(qt((1 + level) / 2, length(tops) - 1) * spread(log(others + offset)))
    low <- max(exp(log(x + offset) - half) - offset, 0)
    high <- exp(log(x + offset) + half) - offset
    rows[[length(rows) + 1]] <- data.frame(case = name, term = c(levels, "person")[at], measure = measure, estimate = x,
      std_error = spread(others), conf_low = low, conf_high = if (share) min(high, 1) else high)
  }
  do.call(rbind, rows)
}
anova <- rbind(jackknife_of(uneven, c("middle", "low"), "uneven_two"), jackknife_of(uneven, c("top", "middle", "low"), "uneven"),
               jackknife_of(pastes, c("middle", "low"), "pastes"))
for (name in c("estimate", "std_error", "conf_low", "conf_high")) anova[[name]] <- text(anova[[name]])
write.csv(anova, "anova.csv", row.names = FALSE, quote = FALSE)

# ICC(1) and ICC(2) of multilevel; with the expected size of group by the formula; Wald's limits from the group means.
icc <- list()
for (item in items) {
  data <- na.omit(data.frame(g = factor(companies$COMPID), y = companies[[item]]))
  table <- aov(y ~ g, data)
  size <- as.numeric(table(data$g)); n <- sum(size); groups <- length(size)
  ms <- summary(table)[[1]][, "Mean Sq"]
  k0 <- (n - sum(size^2) / n) / (groups - 1)
  means <- tapply(data$y, data$g, mean)
  weighted <- function(theta) {
    w <- 1 / (theta + 1 / size)
    sum(w * (means - sum(w * means) / sum(w))^2) / (groups - 1) / ms[2]
  }
  limit <- function(p) uniroot(function(t) weighted(t) - qf(p, groups - 1, n - groups), c(-1 / max(size) + 1e-9, 50), tol = 1e-14)$root
  theta <- c(limit((1 + level) / 2), limit((1 - level) / 2))
  icc[[item]] <- data.frame(item = item, mean_1 = ICC1(table), icc_2 = ICC2(table), expected_1 = (ms[1] - ms[2]) / (ms[1] + (k0 - 1) * ms[2]),
    low_1 = theta[1] / (1 + theta[1]), high_1 = theta[2] / (1 + theta[2]), low_2 = k0 * theta[1] / (1 + k0 * theta[1]),
    high_2 = k0 * theta[2] / (1 + k0 * theta[2]), statistic = ms[1] / ms[2], p_value = summary(table)[[1]][1, "Pr(>F)"], n = n)
}
icc <- do.call(rbind, icc)
for (name in setdiff(names(icc), "item")) icc[[name]] <- text(icc[[name]])
write.csv(icc, "icc.csv", row.names = FALSE, quote = FALSE)

# Agreement of multilevel, with the uniform null of five options (2) and a skewed one (0.9); a group of one added.
one <- rbind(companies, c(99, 1, 2, 3, 4, 5))
rows <- list()
keep <- function(measure, null, frame, value) rows[[length(rows) + 1]] <<- data.frame(
  measure = measure, null = null, group = frame$grpid, estimate = text(as.numeric(value)))
for (null in c(2, 0.9)) {
  found <- rwg(one$LEAD01, one$COMPID, ranvar = null); keep("rwg", null, found, found$rwg)
  found <- rwg.j(one[, items], one$COMPID, ranvar = null); keep("rwg(j)", null, found, found$rwg.j)
}
found <- awg(one[, items], one$COMPID, range = c(1, 5)); keep("a_wg", 2, found, found$a.wg)
found <- awg(one$LEAD01, one$COMPID, range = c(1, 5)); keep("a_wg one", 2, found, found$a.wg)
write.csv(do.call(rbind, rows), "agreement.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, sapply(c("lme4", "nlme", "multilevel", "numDeriv"), function(p) paste(p, packageVersion(p)))), "versions.txt")
