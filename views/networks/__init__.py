"""The Networks page: optimizers train one network, and their paths lie on one honest slice of its loss."""
