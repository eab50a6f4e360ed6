# Golden numbers for ratios, design effects, intervals of shares and rules for lonely clusters, made with R survey.
# Run in this folder after survey.R, whose api.csv it reads:  Rscript options.R
# Writes own.csv (an invented sample with three designs) and options.csv (results).
suppressPackageStartupMessages(library(survey))

api <- read.csv("api.csv", na.strings = "")
sample_of <- function(name) api[api$sample == name, ]

# Invented: 5 sites of unequal size, teams of 1 to 9 people, weights of any size, a site with one team, answers missing.
set.seed(20)
own <- data.frame(site = rep(c("A", "B", "C", "D", "E"), c(60, 40, 30, 20, 5)))
own$team <- c(sample(1:12, 60, TRUE), sample(1:7, 40, TRUE), sample(1:4, 30, TRUE), sample(1:3, 20, TRUE), rep(1, 5))
own$teams <- c(A = 40, B = 7, C = 9, D = 30, E = 6)[own$site]
own$weight <- round(exp(rnorm(155, 1, 0.7)), 3)
own$days <- sample(c(110, 165, 220), 155, TRUE)
own$sick <- rpois(155, own$days / 40)
own$score <- round(5 + (own$team %% 3) + rnorm(155), 2)
own$yes <- as.integer(runif(155) < 0.15 + 0.1 * (own$team %% 4))
own$sex <- sample(c("F", "M"), 155, TRUE, c(0.7, 0.3))
own$score[seq(7, 155, 13)] <- NA
own$yes[seq(5, 155, 17)] <- NA
own$sick[seq(3, 155, 19)] <- NA
write.csv(own, "own.csv", row.names = FALSE, na = "", quote = FALSE)

wilson <- function(p, v, n, df, level) {
  m <- p * (1 - p) / v * (qt((1 + level) / 2, n - 1) / qt((1 + level) / 2, df))^2
  z <- qnorm((1 + level) / 2)
  (p + z^2 / (2 * m) + c(-1, 1) * z * sqrt(p * (1 - p) / m + z^2 / (4 * m^2))) / (1 + z^2 / m)
}

rows <- list()
keep <- function(case, by, group, indicator, kind, domain, values, level = 0.95) {
  row <- c(list(case = case, by = by, group = group, indicator = indicator, kind = kind, conf_level = level), values)
  rows[[length(rows) + 1]] <<- as.data.frame(row)
}
limits <- function(ci) as.numeric(ci)
one <- function(case, design, by, group, indicator, kind, level) {
  parts <- strsplit(indicator, " / ", fixed = TRUE)[[1]]
  answered <- weights(design, "sampling") > 0
  for (part in parts) answered <- answered & !is.na(design$variables[[part]])
  if (by != "") answered <- answered & as.character(design$variables[[by]]) %in% group
  if (sum(answered) < 2) return()
  domain <- design[answered, ]
  df <- degf(domain)
  if (df < 1) return()
  formula <- as.formula(paste0("~", parts[1]))
  if (kind == "ratio") {
    below <- as.formula(paste0("~", parts[2]))
    found <- svyratio(formula, below, domain, deff = "replace")
    fixed <- svyratio(formula, below, domain, deff = TRUE)
    values <- list(estimate = coef(found)[[1]], std_error = SE(found)[[1]], deff_replace = attr(found, "deff")[1],
                   deff = attr(fixed, "deff")[1])
  } else {
    found <- svymean(formula, domain, deff = "replace")
    fixed <- suppressWarnings(svymean(formula, domain, deff = TRUE))
    values <- list(estimate = coef(found)[[1]], std_error = SE(found)[[1]], deff_replace = deff(found)[[1]],
                   deff = deff(fixed)[[1]])
  }
  plain <- values$estimate + c(-1, 1) * qt((1 + level) / 2, df) * values$std_error
  beta <- wil <- logit <- c(NA, NA)
  if (kind == "share" && values$std_error > 0) {
    beta <- limits(attr(svyciprop(formula, domain, method = "beta", level = level, df = df), "ci"))
    logit <- limits(attr(svyciprop(formula, domain, method = "xlogit", level = level, df = df), "ci"))
    stopifnot(all.equal(plain, limits(attr(svyciprop(formula, domain, method = "mean", level = level, df = df), "ci"))))
    wil <- wilson(values$estimate, values$std_error^2, sum(answered), df, level)
  }
  keep(case, by, group, indicator, kind, domain, c(values, list(
    plain_low = plain[1], plain_high = plain[2], beta_low = beta[1], beta_high = beta[2], logit_low = logit[1],
    logit_high = logit[2], wilson_low = wil[1], wilson_high = wil[2], df = df, n = sum(answered))), level)
}
each <- function(case, design, by, asked) {
  groups <- if (by == "") "" else sort(unique(as.character(design$variables[[by]])))
  for (group in groups) for (name in names(asked)) one(case, design, by, group, name, asked[[name]], 0.95)
}
of_api <- c("api00" = "mean", "target" = "mean", "both" = "share", "awards" = "share", "target / api00" = "ratio")
of_own <- c("score" = "mean", "yes" = "share", "sick / days" = "ratio")

# Without a rule.
own_four <- own[own$site != "E", ]
for (by in c("", "stype")) {
  each("srs_fpc", svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = sample_of("srs")), by, of_api)
  each("strata_fpc", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = sample_of("strat")), by, of_api)
  each("cluster_fpc", svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = sample_of("clus")), by, of_api)
}
for (by in c("", "site", "sex")) {
  each("own_strata", svydesign(id = ~1, strata = ~site, weights = ~weight, data = own_four), by, of_own)
  each("own_teams", svydesign(id = ~team, strata = ~site, weights = ~weight, data = own_four, nest = TRUE), by, of_own)
  each("own_fpc", svydesign(id = ~team, strata = ~site, weights = ~weight, fpc = ~teams, data = own_four, nest = TRUE),
       by, of_own)
}

# Every rule for lonely clusters, with and without the one for domains. `few` makes a group that has one cluster of a
# stratum but for site A; site E has one team of six.
own$few <- ifelse(own$team == 1 | (own$site == "A" & own$team <= 3), "few", "others")
few <- svydesign(id = ~team, strata = ~site, weights = ~weight, data = own, nest = TRUE)
few_fpc <- svydesign(id = ~team, strata = ~site, weights = ~weight, fpc = ~teams, data = own, nest = TRUE)
lonely <- svydesign(id = ~1, strata = ~lonely, weights = ~pw, data = sample_of("strat"))
for (rule in c("remove", "certainty", "adjust", "average")) for (in_domain in c(FALSE, TRUE)) {
  options(survey.lonely.psu = rule, survey.adjust.domain.lonely = in_domain)
  name <- paste0(rule, if (in_domain) "_domain" else "")
  suppressWarnings({
    for (by in c("", "sex", "few")) {
      each(paste0("teams_", name), few, by, of_own)
      each(paste0("fpc_", name), few_fpc, by, of_own)
    }
    for (by in c("", "both")) each(paste0("rows_", name), lonely, by, c("api00" = "mean", "awards" = "share"))
  })
}

expected <- do.call(rbind, rows)
numbers <- sapply(expected, is.numeric) & !(names(expected) %in% c("conf_level", "df", "n"))
for (name in names(expected)[numbers]) expected[[name]] <- formatC(expected[[name]], digits = 17, format = "g", width = 1)
expected[expected == "NaN" | expected == "NA" | expected == "Inf"] <- ""
write.csv(expected, "options.csv", row.names = FALSE, quote = FALSE)
