# Golden tests of Gray: cmprsk's cuminc on data sets of the R packages survival and MASS (published studies).
# Run in this folder: Rscript cuminc.R   Writes <case>.csv (the rows used) and <case>_tests.csv (what cuminc says, by
# rho and with and without strata).
library(survival)
library(cmprsk)
options(digits = 17)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
golden <- function(case, rows) {
  rows <- rows[complete.cases(rows), ]
  pieces <- list()
  for (rho in c(0, 1, -0.5, 2)) for (stratified in c(FALSE, TRUE)) {
    strata <- if (stratified) rows$stratum else rep(1, nrow(rows))
    tests <- with(rows, cuminc(stop, cause, group, strata, rho = rho, cencode = "censored"))$Tests
    pieces[[length(pieces) + 1]] <- data.frame(rho = rho, stratified = as.integer(stratified), cause = rownames(tests),
      statistic = tests[, "stat"], p_value = tests[, "pv"], df = tests[, "df"])
  }
  write_csv(rows[, c("stop", "cause", "group", "stratum")], paste0(case, ".csv"))
  write_csv(do.call(rbind, pieces), paste0(case, "_tests.csv"))
}
mgus <- with(mgus2, data.frame(stop = ifelse(pstat == 1, ptime, futime),
  cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "censored")), group = as.character(sex),
  stratum = as.character(cut(age, c(0, 60, 70, 80, 100)))))
mgus$stratum <- gsub(",", "-", mgus$stratum)
golden("mgus2_sex", mgus)
golden("mgus2_ties", within(mgus, { stop <- ceiling(stop / 24); hold <- group; group <- stratum; stratum <- hold; rm(hold) }))
golden("transplant_blood_group", with(transplant, data.frame(stop = futime, cause = as.character(event),
  group = as.character(abo), stratum = as.character(sex))))
golden("pbc_stage", with(pbc, data.frame(stop = time, cause = c("censored", "transplant", "death")[status + 1],
  group = paste0("stage", pmin(stage, 4)), stratum = as.character(sex))))
golden("melanoma_ulcer", with(MASS::Melanoma, data.frame(stop = time, cause = c("melanoma", "censored", "other")[status],
  group = paste0("ulcer", ulcer), stratum = paste0("sex", sex))))
golden("mgus_small", with(subset(mgus, seq_along(stop) %% 40 == 0), data.frame(stop = stop, cause = cause,
  group = stratum, stratum = group)))
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk"))), "versions.txt")
