# Golden numbers for direct standardisation under a survey design, made with R survey.
# Run in this folder:  Rscript standardised.R
# Writes api.csv (input), standard.csv (a mix that is given), expected.csv (results) and versions.txt.
# The data are the samples of the California Academic Performance Index that come with the package.
suppressPackageStartupMessages(library(survey))
data(api)

# `group` is what is compared, `award` x `meal` x `size` the mix; `w` varies within every cell; every eleventh
# answer of `target` is missing, and `grown` is a share.
prepare <- function(data, sample) {
  row <- seq_len(nrow(data))
  data.frame(
    sample = sample, stype = as.character(data$stype), dnum = data$dnum, pw = data$pw, fpc = data$fpc,
    w = data$pw * (1 + (row %% 5) / 4), api00 = data$api00,
    target = ifelse(row %% 11 == 0, NA, data$target), grown = as.integer(data$comp.imp == "Yes"),
    group = ifelse(row %% 3 == 0, "a", ifelse(row %% 3 == 1, "b", "c")), award = as.character(data$awards),
    meal = ifelse(data$meals < 50, "low", "high"), size = ifelse(data$enroll < 1000, "small", "large"))
}
samples <- list(srs = prepare(apisrs, "srs"), strat = prepare(apistrat, "strat"), clus = prepare(apiclus1, "clus"))
write.csv(do.call(rbind, samples), "api.csv", row.names = FALSE, na = "", quote = FALSE)
given <- expand.grid(award = c("No", "Yes"), meal = c("high", "low"), stringsAsFactors = FALSE)
given$share <- c(0.1, 0.2, 0.3, 0.4)
write.csv(given, "standard.csv", row.names = FALSE, quote = FALSE)

rows <- list()
add <- function(case, sample, design, by, mix, indicator, standard) {
  cells <- as.formula(paste0("~", paste(mix, collapse = "+")))
  groups <- as.formula(paste0("~", by))
  formula <- as.formula(paste0("~", indicator))
  margin <- as.data.frame(svytable(cells, design))
  if (standard == "given") margin$Freq <- given$share[match(do.call(paste, margin[mix]), do.call(paste, given[mix]))]
  fixed <- suppressWarnings(svystandardize(design, by = cells, over = groups, population = margin$Freq,
                                           excluding.missing = formula))
  table <- svyby(formula, groups, fixed, svymean)
  share <- margin$Freq / sum(margin$Freq)
  for (group in as.character(table[[by]])) {
    member <- as.character(design$variables[[by]]) == group & !is.na(design$variables[[indicator]])
    domain <- design[member, ]
    here <- do.call(paste, margin[mix]) %in% do.call(paste, design$variables[member, mix, drop = FALSE])
    estimate <- table[table[[by]] == group, indicator]
    error <- table[table[[by]] == group, "se"]
    # A second route: the means of the group's cells with their covariance, added up with the shares.
    own <- svyby(formula, cells, domain, svymean, covmat = TRUE)
    part <- share[match(do.call(paste, own[mix]), do.call(paste, margin[mix]))]
    part <- part / sum(part)
    stopifnot(isTRUE(all.equal(sum(part * coef(own)), estimate, tolerance = 1e-12)),
              isTRUE(all.equal(sqrt(drop(t(part) %*% vcov(own) %*% part)), error, tolerance = 1e-10)))
    t <- qt(0.975, degf(domain))
    half <- if (indicator == "grown") t * error / (estimate * (1 - estimate)) else t * error
    limits <- if (indicator == "grown") plogis(qlogis(estimate) + c(-1, 1) * half) else estimate + c(-1, 1) * half
    rows[[length(rows) + 1]] <<- data.frame(
      case = case, sample = sample, by = by, mix = paste(mix, collapse = "+"), standard = standard, group = group,
      indicator = indicator, estimate = estimate, std_error = error, conf_low = limits[1], conf_high = limits[2],
      df = degf(domain), n = sum(member), not_covered = sum(share[!here]))
  }
}
each <- function(case, sample, design) {
  for (indicator in c("api00", "target", "grown")) {
    for (standard in c("all", "given")) add(case, sample, design, "group", c("award", "meal"), indicator, standard)
    add(case, sample, design, "stype", "award", indicator, "all")
    add(case, sample, design, "stype", c("award", "meal", "size"), indicator, "all")
  }
}
srs <- samples$srs; strat <- samples$strat; clus <- samples$clus
each("none", "srs", svydesign(id = ~1, weights = rep(1, nrow(srs)), data = srs))
each("weight", "srs", svydesign(id = ~1, weights = ~w, data = srs))
each("strata", "strat", svydesign(id = ~1, strata = ~stype, weights = ~w, data = strat))
each("strata_fpc", "strat", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat))
each("cluster", "clus", svydesign(id = ~dnum, weights = ~w, data = clus))
each("cluster_fpc", "clus", svydesign(id = ~dnum, weights = ~w, fpc = ~fpc, data = clus))
each("nested", "clus", svydesign(id = ~dnum, strata = ~stype, weights = ~w, data = clus, nest = TRUE))

expected <- do.call(rbind, rows)
for (name in c("estimate", "std_error", "conf_low", "conf_high", "not_covered")) {
  expected[[name]] <- formatC(expected[[name]], digits = 17, format = "g", width = 1)
}
write.csv(expected, "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survey", packageVersion("survey"))), "versions.txt")
