"""Facts as data files (questions, scales, scores, published figures) and the code that reads them."""
