"""Audits how politically even-handed a language model is."""
