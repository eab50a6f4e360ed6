# Golden log-rank tests: R's survdiff, and for delayed entry the score test of coxph with exact ties, on data sets of
# the R package survival (LGPL; the data are published studies).
# Run in this folder: Rscript logrank.R   Writes <case>.csv (the rows used), tests.csv, groups.csv and pairs.csv.
library(survival)
write_csv <- function(frame, file) {
  numeric <- vapply(frame, is.double, logical(1))
  frame[numeric] <- lapply(frame[numeric], function(x) trimws(formatC(x, digits = 17, format = "g")))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
tests <- list(); groups <- list(); pairs <- list()
logrank <- function(case, rows) {
  rows <- rows[complete.cases(rows), ]
  write_csv(rows, paste0(case, ".csv"))
  if (is.null(rows$start)) for (rho in c(0, 0.5, 1)) for (stratified in c(FALSE, TRUE)) {
    if (stratified && is.null(rows$stratum)) next
    form <- if (stratified) Surv(stop, event) ~ group + strata(stratum) else Surv(stop, event) ~ group
    found <- survdiff(form, data = rows, rho = rho)
    sums <- function(x) if (is.matrix(x)) rowSums(x) else x
    key <- paste(case, rho, stratified)
    tests[[key]] <<- data.frame(case = case, rho = rho, stratified = stratified, statistic = found$chisq,
      df = length(found$n) - 1, p_value = found$pvalue)
    groups[[key]] <<- data.frame(case = case, rho = rho, stratified = stratified, group = sort(unique(rows$group)),
      n = as.vector(found$n), observed = sums(found$obs), expected = sums(found$exp))
  } else for (stratified in c(FALSE, TRUE)) {
    if (stratified && is.null(rows$stratum)) next
    form <- if (stratified) Surv(start, stop, event) ~ factor(group) + strata(stratum) else Surv(start, stop, event) ~ factor(group)
    found <- coxph(form, data = rows, ties = "exact", iter.max = 0)
    df <- length(unique(rows$group)) - 1
    tests[[paste(case, stratified)]] <<- data.frame(case = case, rho = 0, stratified = stratified,
      statistic = found$score, df = df, p_value = pchisq(found$score, df, lower.tail = FALSE))
  }
  if (is.null(rows$start) && length(unique(rows$group)) > 2) {
    both <- combn(sort(unique(rows$group)), 2)
    found <- apply(both, 2, function(pair) survdiff(Surv(stop, event) ~ group, data = rows[rows$group %in% pair, ])[c("chisq", "pvalue")])
    p <- sapply(found, `[[`, "pvalue")
    pairs[[case]] <<- data.frame(case = case, term = paste(both[1, ], "vs", both[2, ]), statistic = sapply(found, `[[`, "chisq"),
      none = p, holm = p.adjust(p, "holm"), bonferroni = p.adjust(p, "bonferroni"))
  }
}
logrank("lung", with(lung, data.frame(stop = time, event = as.integer(status == 2), group = paste0("sex", sex), stratum = paste0("ecog", ifelse(is.na(ph.ecog), 9, ph.ecog)))))
logrank("veteran", with(veteran, data.frame(stop = time, event = status, group = as.character(celltype), stratum = paste0("trt", trt))))
logrank("colon", with(subset(colon, etype == 2), data.frame(stop = time, event = status, group = as.character(rx), stratum = paste0("nodes", pmin(nodes, 6)))))
logrank("ovarian", with(ovarian, data.frame(stop = futime, event = fustat, group = paste0("rx", rx))))
logrank("kidney", with(kidney, data.frame(stop = time, event = status, group = as.character(disease), stratum = paste0("sex", sex))))
logrank("aml", with(aml, data.frame(stop = time, event = status, group = gsub(" ", "", as.character(x)))))
logrank("mgus", with(mgus2, data.frame(stop = futime, event = death, group = paste0("age", findInterval(age, c(0, 60, 70, 80))), stratum = as.character(sex)))[1:600, ])
logrank("lung_months", with(lung, data.frame(stop = ceiling(time / 30.4), event = as.integer(status == 2), group = paste0("ecog", ph.ecog), stratum = paste0("sex", sex))))
logrank("heart_delayed", with(heart, data.frame(start = start, stop = stop, event = event, group = paste0("transplant", transplant), stratum = paste0("surgery", surgery))))
logrank("veteran_delayed", subset(with(veteran, data.frame(start = (seq_along(time) * 13) %% 40, stop = time, event = status, group = as.character(celltype), stratum = paste0("trt", trt))), start < stop))
write_csv(do.call(rbind, tests), "tests.csv")
write_csv(do.call(rbind, groups), "groups.csv")
write_csv(do.call(rbind, pairs), "pairs.csv")
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")
