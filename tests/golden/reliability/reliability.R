# Golden numbers of alpha, omega total and item figures, made with R psych, lavaan and factanal.
# Run in this folder:  Rscript reliability.R
# Writes bfi.csv (input), scale.csv, items.csv and versions.txt. bfi: data of the package psych(Tools), GPL, every sixth row.
suppressPackageStartupMessages({library(psych); library(lavaan); library(numDeriv)})
text <- function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1))
bfi <- if (requireNamespace("psychTools", quietly = TRUE)) psychTools::bfi else psych::bfi
scales <- list(agreeable = list(items = paste0("A", 1:5), reverse = "A1"),
               conscientious = list(items = paste0("C", 1:5), reverse = c("C4", "C5")),
               neurotic = list(items = paste0("N", 1:5), reverse = character(0)),
               three = list(items = c("N1", "N2", "N4"), reverse = character(0)),
               two = list(items = c("N1", "N2"), reverse = character(0)))
data <- bfi[seq(1, nrow(bfi), by = 6), unique(unlist(lapply(scales, `[[`, "items")))]
write.csv(data, "bfi.csv", row.names = FALSE, na = "", quote = FALSE)

scale_rows <- item_rows <- list()
for (name in names(scales)) {
  items <- scales[[name]]$items
  x <- na.omit(data[, items])
  for (item in scales[[name]]$reverse) x[[item]] <- 7 - x[[item]]
  n <- nrow(x); k <- ncol(x)
  found <- suppressWarnings(alpha(x))
  estimate <- found$total$raw_alpha
  feldt <- alpha.ci(estimate, n.obs = n, n.var = k)
  # Bonett's limits by his formula, and the distribution-free error by the sandwich of numerical derivatives.
  half <- qnorm(0.975) * sqrt(2 * k / ((k - 1) * (n - 2)))
  of_cov <- function(v) { c <- matrix(0, k, k); c[lower.tri(c, TRUE)] <- v; c <- c + t(c) - diag(diag(c)); k / (k - 1) * (1 - sum(diag(c)) / sum(c)) }
  s <- cov(x); d <- scale(as.matrix(x), scale = FALSE)
  lower <- which(lower.tri(s, TRUE), arr.ind = TRUE)
  products <- d[, lower[, 1], drop = FALSE] * d[, lower[, 2], drop = FALSE]
  gradient <- grad(of_cov, s[lower.tri(s, TRUE)])
  free <- sqrt(as.numeric(t(gradient) %*% cov(products) %*% gradient) / n)
  row <- data.frame(scale = name, n = n, alpha = estimate, ase = found$total$ase, feldt_low = feldt$lower.ci,
    feldt_high = feldt$upper.ci, bonett_low = 1 - (1 - estimate) * exp(half), bonett_high = 1 - (1 - estimate) * exp(-half),
    free_error = free, omega = NA, omega_error = NA, omega_free_error = NA)
  if (k > 2) {
    # omega: the one-factor likelihood; its errors from lavaan
    l <- paste0("l", 1:k); u <- paste0("u", 1:k)
    model <- paste0("f =~ NA*", items[1], " + ", paste0(l, "*", items, collapse = " + "), "\nf ~~ 1*f\n",
      paste0(items, " ~~ ", u, "*", items, collapse = "\n"),
      "\nomega := (", paste(l, collapse = "+"), ")^2 / ((", paste(l, collapse = "+"), ")^2 + ", paste(u, collapse = "+"), ")")
    control <- list(reltol = 1e-16)
    normal <- cfa(model, x, information = "expected", optim.method = "BFGS", control = control)
    free <- cfa(model, x, estimator = "MLM", optim.method = "BFGS", control = control)
    exact <- function(fit) as.numeric(fit@Fit@est[fit@ParTable$lhs == "omega"])
    error <- function(fit) as.numeric(fit@Fit@se[fit@ParTable$lhs == "omega"])
    misfit <- function(p) { m <- tcrossprod(p[1:k]) + diag(p[k + 1:k]); log(det(m)) + sum(diag(solve(m, s))) }
    p <- normal@Fit@est[match(c(l, u), normal@ParTable$label)]  # to the last digit by Newton's method
    for (i in 1:4) p <- p - solve(hessian(misfit, p), grad(misfit, p))
    row$omega <- sum(p[1:k])^2 / (sum(p[1:k])^2 + sum(p[k + 1:k]))
    stopifnot(abs(row$omega - exact(normal)) < 1e-7)
    row$omega_error <- error(normal); row$omega_free_error <- error(free)
    if (k > 3) {
      fa <- factanal(covmat = list(cov = s, n.obs = n), factors = 1, control = list(nstart = 3, opt = list(factr = 1e2)))
      loading <- fa$loadings[, 1] * sqrt(diag(s)); unique <- fa$uniquenesses * diag(s)
      stopifnot(abs(sum(loading)^2 / (sum(loading)^2 + sum(unique)) - row$omega) < 1e-5)
    }
  }
  scale_rows[[name]] <- row
  if (k > 2) item_rows[[name]] <- data.frame(scale = name, item = items, item_rest = found$item.stats$r.drop,
    without = found$alpha.drop$raw_alpha)
}
scales_out <- do.call(rbind, scale_rows); items_out <- do.call(rbind, item_rows)
for (name in setdiff(names(scales_out), c("scale", "n"))) scales_out[[name]] <- text(scales_out[[name]])
for (name in c("item_rest", "without")) items_out[[name]] <- text(items_out[[name]])
write.csv(scales_out, "scale.csv", row.names = FALSE, quote = FALSE)
write.csv(items_out, "items.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, sapply(c("psych", "lavaan", "numDeriv"), function(p) paste(p, packageVersion(p)))), "versions.txt")
