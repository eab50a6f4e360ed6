# Golden numbers for estimation under a survey design, made with R survey.
# Run in this folder:  Rscript survey.R
# Writes api.csv (input), expected.csv (results) and versions.txt. See README.md for the source of the data.
suppressPackageStartupMessages(library(survey))
data(api)

# Input: three samples of one population; api00 and target are numbers, `both` and `awards` are yes or no.
# `lonely` is stype with one school in a stratum of its own; `dropped` is pw with every seventh weight 0.
columns <- c("stype", "dnum", "pw", "fpc", "api00", "target", "both", "awards")
prepare <- function(data, sample) {
  data <- data[, columns]
  data$sample <- sample
  data$lonely <- as.character(data$stype)
  data$lonely[5] <- "Z"
  data$dropped <- ifelse(seq_len(nrow(data)) %% 7 == 0, 0, data$pw)
  data$both <- as.integer(data$both == "Yes")
  data$awards <- as.integer(data$awards == "Yes")
  data$awards[seq_len(nrow(data)) %% 11 == 0] <- NA
  data
}
srs <- prepare(apisrs, "srs")
strat <- prepare(apistrat, "strat")
clus <- prepare(apiclus1, "clus")
write.csv(rbind(srs, strat, clus), "api.csv", row.names = FALSE, na = "", quote = FALSE)

rows <- list()
add <- function(case, sample, design, by, indicator, share, level = 0.95) {
  groups <- if (by == "") "" else sort(unique(as.character(design$variables[[by]])))
  for (group in groups) {
    answered <- !is.na(design$variables[[indicator]]) & weights(design, "sampling") > 0
    if (by != "") answered <- answered & as.character(design$variables[[by]]) %in% group
    if (sum(answered) == 0) next
    domain <- design[answered, ]
    formula <- as.formula(paste0("~", indicator))
    mean <- svymean(formula, domain)
    df <- degf(domain)
    # "xlogit" is the logit interval from the linearised standard error; "logit" gets the same limits from an
    # iterated fit, so only to the fit's tolerance.
    ci <- if (share) attr(svyciprop(formula, domain, method = "xlogit", level = level, df = df), "ci") else
      confint(mean, level = level, df = df)
    fitted <- if (!share) ci else suppressWarnings(  # a share of 0 or 1 has no logit: its limits are missing
      attr(svyciprop(formula, domain, method = "logit", level = level, df = df), "ci"))
    stopifnot(all(abs(as.numeric(ci) - as.numeric(fitted)) < 1e-6, na.rm = TRUE))
    rows[[length(rows) + 1]] <<- data.frame(
      case = case, sample = sample, by = by, group = group, indicator = indicator, share = share, conf_level = level,
      estimate = coef(mean)[[1]], std_error = SE(mean)[[1]], conf_low = ci[[1]], conf_high = ci[[2]],
      df = df, n = sum(answered), weight_sum = sum(weights(domain, "sampling")))
  }
}
each <- function(case, sample, design, by) {
  add(case, sample, design, by, "api00", FALSE)
  add(case, sample, design, by, "target", FALSE, level = 0.9)
  add(case, sample, design, by, "both", TRUE)
  add(case, sample, design, by, "awards", TRUE, level = 0.99)
}

for (by in c("", "stype")) {
  each("none", "srs", svydesign(id = ~1, weights = rep(1, nrow(srs)), data = srs), by)
  each("weight", "srs", svydesign(id = ~1, weights = ~pw, data = srs), by)
  each("weight_fpc", "srs", svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = srs), by)
  each("zero_weight", "strat", svydesign(id = ~1, strata = ~stype, weights = ~dropped, data = strat), by)
  each("strata", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat), by)
  each("strata_fpc", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat), by)
  each("fpc_is_weight", "strat", svydesign(id = ~1, strata = ~stype, fpc = ~fpc, data = strat), by)
  each("cluster", "clus", svydesign(id = ~dnum, weights = ~pw, data = clus), by)
  each("cluster_fpc", "clus", svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus), by)
  each("nested", "clus", svydesign(id = ~dnum, strata = ~stype, weights = ~pw, data = clus, nest = TRUE), by)
}
each("strata", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat), "awards")
each("cluster", "clus", svydesign(id = ~dnum, weights = ~pw, data = clus), "dnum")
for (rule in c("certainty", "adjust")) {
  options(survey.lonely.psu = rule)
  design <- svydesign(id = ~1, strata = ~lonely, weights = ~pw, data = strat)
  each(paste0("lonely_", rule), "strat", design, "")
  each(paste0("lonely_", rule), "strat", design, "both")
}
options(survey.lonely.psu = "fail")

# svyby agrees with the subsets above (it drops missing answers inside the group).
design <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
table <- svyby(~target, ~both, design, svymean, na.rm = TRUE)
for (group in c("0", "1")) {
  answered <- !is.na(strat$target) & as.character(strat$both) == group
  stopifnot(isTRUE(all.equal(SE(table)[[which(table$both == group)]], SE(svymean(~target, design[answered, ]))[[1]],
                             tolerance = 1e-14)))
}

expected <- do.call(rbind, rows)
for (name in c("estimate", "std_error", "conf_low", "conf_high", "weight_sum")) {
  expected[[name]] <- formatC(expected[[name]], digits = 17, format = "g", width = 1)
}
expected[expected == "NaN" | expected == "NA"] <- ""
write.csv(expected, "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survey", packageVersion("survey"))), "versions.txt")
