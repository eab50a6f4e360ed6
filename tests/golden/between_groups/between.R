# Golden numbers for the variance between groups, shrinkage and ranks, made with R.
# Run in this folder:  Rscript between.R
# Writes groups.csv (input), expected.csv (one row a data set and method), shrunk.csv (one row a group), ranges.csv
# (quantiles of the range) and versions.txt.
# The variance between groups is had twice: from metafor, and from a likelihood (or equation) written out here.
suppressPackageStartupMessages(library(metafor))

set.seed(20260)
data <- list(
  bcg = with(escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), data.frame(y = yi, v = vi)),
  noise = data.frame(y = 5 + 0.3 * rnorm(12), v = rep(0.3^2, 12)),
  few = data.frame(y = c(4.1, 5.2, 5.9, 7.4), v = c(0.1, 0.4, 0.2, 0.9)),
  large = local({ v <- runif(150, 0.01, 0.4)^2; data.frame(y = 6 + 0.25 * rnorm(150) + sqrt(v) * rnorm(150), v = v) }),
  shares = local({ n <- round(exp(runif(40, 3, 7))); p <- plogis(-1 + 0.2 * rnorm(40)); x <- pmin(pmax(rbinom(40, n, p), 1), n - 1)
                   data.frame(y = x / n, v = x * (n - x) / n^3) }))
text <- function(x) formatC(x, digits = 17, format = "g", width = 1)
groups <- do.call(rbind, lapply(names(data), function(name)
  data.frame(set = name, group = seq_len(nrow(data[[name]])), estimate = text(as.numeric(data[[name]]$y)),
             std_error = text(sqrt(as.numeric(data[[name]]$v))))))
write.csv(groups, "groups.csv", row.names = FALSE, quote = FALSE)

restricted <- function(a, y, v) {
  w <- 1 / (a + v); m <- sum(w * y) / sum(w)
  -0.5 * (sum(log(a + v)) + log(sum(w)) + sum(w * (y - m)^2))
}
q_of <- function(a, y, v) { w <- 1 / (a + v); m <- sum(w * y) / sum(w); sum(w * (y - m)^2) }
by_hand <- function(method, y, v) {
  k <- length(y); w <- 1 / v
  if (method == "DL") return(max(0, (q_of(0, y, v) - (k - 1)) / (sum(w) - sum(w^2) / sum(w))))
  if (method == "PM") {
    if (q_of(0, y, v) <= k - 1) return(0)
    return(uniroot(function(a) q_of(a, y, v) - (k - 1), c(0, 100 * var(y)), tol = 1e-14)$root)
  }
  slope <- function(a) { w <- 1 / (a + v); m <- sum(w * y) / sum(w); sum(w^2 * (y - m)^2) + sum(w^2) / sum(w) - sum(w) }
  if (slope(0) <= 0) return(0)
  a <- uniroot(slope, c(0, 100 * var(y)), tol = 1e-14)$root
  stopifnot(restricted(a, y, v) >= restricted(a * 1.01, y, v), restricted(a, y, v) >= restricted(a * 0.99, y, v))
  a
}

expected <- list(); shrunk <- list()
for (name in names(data)) for (method in c("REML", "PM", "DL")) {
  y <- as.numeric(data[[name]]$y); v <- as.numeric(data[[name]]$v); k <- length(y)
  fit <- rma(yi = y, vi = v, method = method, control = list(threshold = 1e-13, maxiter = 10000, tol = 1e-13))
  own <- by_hand(method, y, v)
  stopifnot(abs(fit$tau2 - own) <= 1e-9 * max(own, 1e-3))
  a <- own; w <- 1 / (a + v); m <- sum(w * y) / sum(w)
  expected[[length(expected) + 1]] <- data.frame(
    set = name, method = method, groups = k, mean = text(m), mean_error = text(1 / sqrt(sum(w))), between = text(a),
    metafor = text(fit$tau2), q = text(fit$QE), p_value = text(pchisq(fit$QE, k - 1, lower.tail = FALSE)),
    i_squared = text(max(0, 1 - (k - 1) / fit$QE)), reliability = text(mean(a / (a + v))))
  # Best linear unbiased predictions, as metafor has them, lack Morris's factor (k - 3) / (k - 1).
  full <- v / (v + a)
  if (a > 0) stopifnot(isTRUE(all.equal(as.numeric(blup(fit)$pred), as.numeric((1 - full) * y + full * m), tolerance = 1e-7)))
  b <- (k - 3) / (k - 1) * full
  v_mean <- weighted.mean(v, w)
  variance <- v * (1 - (1 - w / sum(w)) * b) + 2 / (k - 3) * b^2 * (v_mean + a) / (v + a) * (y - m)^2
  shrunk[[length(shrunk) + 1]] <- data.frame(set = name, method = method, group = seq_len(k),
    estimate = text((1 - b) * y + b * m), std_error = text(sqrt(variance)), reliability = text(1 - b))
}
write.csv(do.call(rbind, expected), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, shrunk), "shrunk.csv", row.names = FALSE, quote = FALSE)

# The distribution of the range by integration: qtukey stops short of convergence, and ptukey of ten digits.
ranges <- expand.grid(groups = c(2, 3, 5, 10, 40, 200, 1000), quantile = c(2.5, 3.5, 4.5, 6, 7.5))
ranges$below <- mapply(function(k, q) integrate(
  function(z) k * dnorm(z) * (pnorm(z) - pnorm(z - q))^(k - 1), -9, 9, rel.tol = 1e-13, subdivisions = 2000L)$value,
  ranges$groups, ranges$quantile)
stopifnot(abs(ranges$below - ptukey(ranges$quantile, ranges$groups, Inf)) < 1e-5)  # ptukey loses digits with many groups
ranges <- subset(ranges, below > 1e-6 & below < 1 - 1e-4)
ranges$below <- text(ranges$below)
write.csv(ranges, "ranges.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor"))), "versions.txt")
