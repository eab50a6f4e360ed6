# Golden numbers for differences and ratios between groups of one survey, made with R survey.
# Run in this folder:  Rscript compare.R
# Reads ../survey/api.csv. Writes editions.csv (input of the trend cases), expected.csv, adjusted.csv and versions.txt.
suppressPackageStartupMessages(library(survey))
data(api)
api <- read.csv("../survey/api.csv", na.strings = "")
rows <- list()

keep <- function(case, sample, indicator, against, group, term, estimate, se, df, low, high, statistic, p) {
  rows[[length(rows) + 1]] <<- data.frame(
    case = case, sample = sample, indicator = indicator, against = against, group = group, term = term,
    estimate = estimate, std_error = se, df = df, conf_low = low, conf_high = high, statistic = statistic, p_value = p)
}
wald <- function(case, sample, indicator, against, group, term, estimate, se, df) {
  half <- qt(0.975, df) * se
  shown <- if (term == "ratio") exp else identity
  keep(case, sample, indicator, against, group, term, shown(estimate),
       if (term == "ratio") exp(estimate) * se else se, df, shown(estimate - half), shown(estimate + half),
       estimate / se, 2 * pt(-abs(estimate / se), df))
}

# Difference of a group from others by the coefficient of svyglm, checked against svycontrast of svyby; the ratio by
# svycontrast of the logarithms.
pair <- function(case, sample, domain, indicator, against, group, is_group, share) {
  domain$variables$is_group <- as.integer(is_group(domain$variables))
  fit <- svyglm(as.formula(paste(indicator, "~ is_group")), domain)
  table <- summary(fit)$coefficients
  both <- svyby(as.formula(paste0("~", indicator)), ~is_group, domain, svymean, covmat = TRUE)
  linear <- svycontrast(both, c(`0` = -1, `1` = 1))
  stopifnot(abs(SE(linear)[[1]] - SE(fit)[[2]]) < 1e-9 * SE(fit)[[2]], abs(coef(linear) - coef(fit)[[2]]) < 1e-8)
  limits <- confint(fit, df = fit$df.residual)[2, ]
  keep(case, sample, indicator, against, group, "difference", coef(fit)[[2]], SE(fit)[[2]], fit$df.residual,
       limits[[1]], limits[[2]], table[2, 3], 2 * pt(-abs(table[2, 3]), fit$df.residual))
  if (share && all(coef(both) > 0)) {
    log_ratio <- svycontrast(both, quote(log(`1` / `0`)))
    wald(case, sample, indicator, against, group, "ratio", coef(log_ratio)[[1]], SE(log_ratio)[[1]], fit$df.residual)
  }
}
# Against all, the group included: a difference of two ratios of totals.
with_all <- function(case, sample, domain, indicator, group, share) {
  v <- domain$variables
  domain$variables$g <- as.numeric(v$stype == group)
  domain$variables$y <- v[[indicator]]
  domain$variables$yg <- domain$variables$y * domain$variables$g
  domain$variables$one <- 1
  totals <- svytotal(~ yg + g + y + one, domain)
  df <- degf(domain) - 1
  found <- svycontrast(totals, quote(yg / g - y / one))
  wald(case, sample, indicator, "all", group, "difference", coef(found)[[1]], SE(found)[[1]], df)
  if (share && coef(totals)[["yg"]] > 0) {
    found <- svycontrast(totals, quote(log((yg / g) / (y / one))))
    wald(case, sample, indicator, "all", group, "ratio", coef(found)[[1]], SE(found)[[1]], df)
  }
}
each <- function(case, sample, design) {
  for (indicator in c("api00", "target", "both", "awards")) {
    share <- indicator %in% c("both", "awards")
    answered <- design[!is.na(design$variables[[indicator]]) & weights(design, "sampling") > 0, ]
    for (group in c("E", "H", "M")) {
      if (sum(answered$variables$stype == group) < 2) next
      pair(case, sample, answered, indicator, "rest", group, function(v) v$stype == group, share)
      with_all(case, sample, answered, indicator, group, share)
      if (group != "H") {
        two <- answered[answered$variables$stype %in% c(group, "H"), ]
        pair(case, sample, two, indicator, "H", group, function(v) v$stype == group, share)
      }
    }
  }
}

srs <- subset(api, sample == "srs"); strat <- subset(api, sample == "strat"); clus <- subset(api, sample == "clus")
each("none", "srs", svydesign(id = ~1, weights = rep(1, nrow(srs)), data = srs))
each("weight_fpc", "srs", svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = srs))
each("strata", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat))
each("strata_fpc", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat))
each("zero_weight", "strat", svydesign(id = ~1, strata = ~stype, weights = ~dropped, data = strat))
each("cluster", "clus", svydesign(id = ~dnum, weights = ~pw, data = clus))
each("cluster_fpc", "clus", svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus))
options(survey.lonely.psu = "certainty")
each("district_strata", "clus", svydesign(id = ~1, strata = ~dnum, weights = ~pw, data = clus, nest = TRUE))
each("lonely_certainty", "strat", svydesign(id = ~1, strata = ~lonely, weights = ~pw, data = strat))
options(survey.lonely.psu = "adjust")
each("lonely_adjust", "strat", svydesign(id = ~1, strata = ~lonely, weights = ~pw, data = strat))
options(survey.lonely.psu = "fail")

# Two editions: the schools of apiclus1 in 1999 and 2000, districts drawn once; and two independent stratified samples.
year <- function(data, edition, score, keep) {
  data <- data[keep, ]
  data.frame(edition = edition, stype = data$stype, dnum = data$dnum, pw = data$pw, score = data[[score]],
             high = as.integer(data[[score]] >= 650))
}
clustered <- rbind(year(apiclus1, 1999, "api99", -(1:9)), year(apiclus1, 2000, "api00", -(170:183)))
independent <- rbind(year(apistrat, 1999, "api99", TRUE), year(apisrs, 2000, "api00", TRUE))
clustered$kind <- "clusters"; independent$kind <- "independent"
write.csv(rbind(clustered, independent), "editions.csv", row.names = FALSE, quote = FALSE)
for (group in c("", "E", "M")) {
  for (indicator in c("score", "high")) {
    for (kind in c("clusters", "independent")) {
      design <- if (kind == "clusters") svydesign(id = ~dnum, weights = ~pw, data = clustered) else
        svydesign(id = ~1, strata = ~interaction(edition, stype, drop = TRUE), weights = ~pw, data = independent)
      if (group != "") design <- design[design$variables$stype == group, ]
      pair(kind, kind, design, indicator, "1999", group, function(v) v$edition == 2000, indicator == "high")
    }
  }
}

expected <- do.call(rbind, rows)
numbers <- vapply(expected, is.numeric, TRUE)
expected[numbers] <- lapply(expected[numbers], function(x) formatC(x, digits = 17, format = "g", width = 1))
write.csv(expected, "expected.csv", row.names = FALSE, quote = FALSE)

p <- c(0.012, 0.0004, 0.31, 0.047, 0.012, 0.9, 0.0019)
adjusted <- data.frame(p = p, bonferroni = p.adjust(p, "bonferroni"), holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH"))
adjusted[] <- lapply(adjusted, function(x) formatC(x, digits = 17, format = "g", width = 1))
write.csv(adjusted, "adjusted.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survey", packageVersion("survey"))), "versions.txt")
